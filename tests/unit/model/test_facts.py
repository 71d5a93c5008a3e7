import json
import shutil

import pytest

from kudequa_geo.errors import MissingInputError, SourceError
from kudequa_geo.model.facts import RESOURCES, read_facts, write_facts
from tests.conftest import ROOT

FACTS = ROOT / "data" / "dortmund-nord" / "facts"
CRS = "EPSG:25832"


@pytest.fixture(scope="module")
def facts():
    return read_facts(FACTS, CRS)


def test_every_table_names_source_licence_and_date():
    package = json.loads((FACTS / "datapackage.json").read_text(encoding="utf-8"))
    assert {entry["name"] for entry in package["resources"]} == set(RESOURCES)
    for entry in package["resources"]:
        assert entry["source"]
        assert entry["licence"]
        assert entry["date"]
        assert entry["rows"] > 0


def test_every_row_of_the_services_has_its_own_source_licence_and_date(facts):
    assert facts.services[["source", "licence", "date"]].notna().all(axis=None)


def test_reading_and_writing_again_gives_the_same_tables(facts, tmp_path):
    write_facts(facts, tmp_path)
    again = read_facts(tmp_path, CRS)
    assert again.services["name"].tolist() == facts.services["name"].tolist()
    assert again.districts.geometry.geom_equals_exact(facts.districts.geometry, 0.2).all()
    assert again.population.equals(facts.population)


def test_register_population_is_exact(facts):
    # Source: register of residents, 31 December 2022, by Stadtbezirk.
    register = {
        "Eving": 39211,
        "Innenstadt-Nord": 60641,
        "Scharnhorst": 47133,
        "Huckarde": 36489,
        "Mengede": 39537,
        "Lütgendortmund": 48530,
    }
    joined = facts.population.merge(facts.districts[["district_id", "parent"]])
    sums = joined.groupby("parent")["residents"].sum()
    assert {name: int(sums[name]) for name in register} == register


def test_marten_is_near_its_own_register_figure(facts):
    # Source: register of residents, 31 December 2023, statistischer Bezirk Marten: 9,680.
    marten = facts.districts.set_index("name").loc["Marten", "population"]
    assert marten == pytest.approx(9680, rel=0.03)


def test_groups_are_parts_of_the_residents(facts):
    for group in ("residents_65_plus", "residents_under_18", "residents_foreign"):
        assert (facts.population[group] < facts.population["residents"]).all()
        assert (facts.population[group] >= 0).all()


def test_one_school_is_one_place_and_nothing_unsure_counts_as_supply(facts):
    named = facts.schools.dropna(subset="name")
    jungferntal = named[named["name"] == "Jungferntal Grundschule"]
    assert len(jungferntal) == 1
    assert jungferntal["records"].iloc[0] == 5
    unsure = facts.services[facts.services["status"].str.contains("not confirmed", na=False)]
    assert len(unsure) == 1
    assert not unsure["supply"].any()


def test_a_changed_table_is_refused(tmp_path):
    shutil.copytree(FACTS, tmp_path / "facts")
    with (tmp_path / "facts" / "stops.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(SourceError, match="datapackage"):
        read_facts(tmp_path / "facts", CRS)


def test_a_missing_table_is_named(tmp_path):
    shutil.copytree(FACTS, tmp_path / "facts")
    (tmp_path / "facts" / "rails.geojson").unlink()
    with pytest.raises(MissingInputError, match="rails"):
        read_facts(tmp_path / "facts", CRS)


def test_a_folder_without_facts_is_named(tmp_path):
    with pytest.raises(MissingInputError, match="Fakten fehlen"):
        read_facts(tmp_path, CRS)


def test_a_broken_package_is_refused(tmp_path):
    (tmp_path / "datapackage.json").write_text("<html>", encoding="utf-8")
    with pytest.raises(SourceError, match="beschädigt"):
        read_facts(tmp_path, CRS)
