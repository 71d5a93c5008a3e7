"""The frames that ``analyse`` writes, on one street with two houses and one Kita: every figure by hand.

::

        A (80 people)   B (120 people)      both 10 m off the street, as is the Kita S
    0 ───┴────1────┬────┴──── 2
    x=0  50   100  S=140 150  200
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from kudequa_geo import schema
from kudequa_geo.config import Municipality
from kudequa_geo.constants import Sourced
from kudequa_geo.export.focus import gap_focus
from kudequa_geo.export.question import ask
from kudequa_geo.export.request import edition_of, states_of
from kudequa_geo.gaps.areas import LEAST_RESIDENTS
from kudequa_geo.gaps.need import weigh
from kudequa_geo.language import Language
from kudequa_geo.results.catchment import catchment_frame, competition
from kudequa_geo.results.equity import deprivation_of, equity_frame, known_groups
from kudequa_geo.results.gaps import found_areas, gap_frame, lacking, no_gap
from kudequa_geo.results.groups import groups_in
from kudequa_geo.results.labs import answered
from kudequa_geo.results.naming import gap_names, place_name
from kudequa_geo.results.need import need_frame
from kudequa_geo.results.today import today
from kudequa_geo.results.uncertainty import data_day, places_inside, uncertainty_at, uncertainty_frame
from kudequa_geo.results.walks import METRE_STEP, access_table, reference, walks
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.sources.labs import Fact
from kudequa_geo.store import DataPackage
from kudequa_geo.study import Study
from tests.fixtures.tables import street_tables

#: Legs of 10 m at both ends, 90 m and 10 m of street between.
WALKS = {"A": 110.0, "B": 30.0}
SHORT = Sourced(100.0, "m", "Test", 2025)


def _tables() -> dict[str, Any]:
    tables = street_tables()
    tables["places"] = tables["places"].assign(
        place_id="n9-kita", kind="kita", field="education", name="Kita Regenbogen", capacity=60.0
    )
    tables["buildings"] = tables["buildings"].assign(
        residents=[80.0, 120.0], residents_65_plus=[20.0, 40.0], residents_foreign=[8.0, 24.0]
    )
    return tables


def _study(tables: dict[str, Any], *, limit_m: float = 100.0) -> Study:
    told = {
        "key": "dorf",
        "path": Path("dorf.toml"),
        "name": "Dorf",
        "osm": {"file": Path("dorf.osm.pbf")},
        "area": {"bbox": [7.0, 51.0, 7.1, 51.1]},
        "services": ["kita", "gp"],
        "limits": {"kita": {"value": limit_m, "unit": "m", "source": "Test", "year": 2025}},
        "persons": {"use": ["adult", "senior_65"]},
    }
    package = DataPackage("Dorf", "2025-01-01T00:00:00+00:00", False, [{"date": "2024-06-01"}])
    return Study(Municipality.model_validate(told), package, tables, {"counts": {}, "lists": {}, "notes": []})


@pytest.fixture
def study() -> Study:
    return _study(_tables())


def _row(frame: pd.DataFrame, **wanted: str) -> pd.Series:
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_access_table_holds_every_walk(study: Study) -> None:
    table = schema.validate("access", access_table(study))
    assert len(table) == 2 * 2 * 2
    kita = table[table["kind"] == "kita"]
    assert list(kita["building_id"]) == ["w1", "w1", "w2", "w2"]
    assert list(kita["person"]) == ["adult", "senior_65"] * 2
    assert kita["metres"].to_numpy() == pytest.approx([110, 110, 30, 30], abs=METRE_STEP / 2)
    assert kita["minutes"].to_numpy() == pytest.approx([110 / 80, 110 / 60, 30 / 80, 30 / 60], abs=1e-3)
    assert set(kita["place_id"]) == {"n9-kita"}
    gp = table[table["kind"] == "gp"]
    assert gp["metres"].isna().all()
    assert gp["place_id"].isna().all()


def test_reference_person_is_the_first(study: Study) -> None:
    assert reference(study) == "adult"


def test_the_area_bears_the_name_of_the_municipality(study: Study) -> None:
    indicators = study.indicators()
    assert set(indicators.loc[indicators["level"] == "area", "name"]) == {"Dorf"}


def test_gap_area_is_house_a(study: Study) -> None:
    area = _row(gap_frame(study), kind="kita")
    assert area["residents"] == 80
    assert area["residents_65_plus"] == 20
    assert area["residents_foreign"] == 8
    assert np.isnan(area["residents_under_6"])
    # 80 people, 20 of them old (+ 1 each), 8 foreign (+ 0.5 each); of the GP the data hold no place.
    assert area["need"] == 80 + 20 + 4
    assert area["missing"] == "gp;kita"
    assert area["nearest_m"] == 110
    assert area["nearest_min"] == pytest.approx(1.4)
    assert area["beeline_m"] == round(np.hypot(90, 20))
    assert area["reason"] == "far"
    assert pd.isna(area["obstacle_text"])
    assert (area["kind_name"], area["limit"]) == ("Kita", "100 m")
    assert (area["street"], area["district"], area["nearest_name"]) == ("Straße", "Mitte", "Kita Regenbogen")
    assert shapely.covers(area.geometry, shapely.Point(50, 10))


def test_an_obstacle_between_is_named() -> None:
    tables = _tables()
    # East of the railway the street makes a loop, and B lives at its far end beside the Kita.
    tables["edges"].loc[1, "length_m"] = 400.0
    tables["places"]["offset_m"] = 390.0
    tables["buildings"].loc[1, "offset_m"] = 380.0
    area = _row(gap_frame(_study(tables)), kind="kita")
    assert (area["residents"], area["nearest_m"], area["reason"]) == (80, 10 + 50 + 390 + 10, "barrier")
    assert area["obstacle"] == "railway"
    assert area["obstacle_text"] == "Bahnstrecke"


def test_areas_are_found_once_and_anew_for_another_limit(study: Study) -> None:
    assert found_areas(study, "kita", "adult") is found_areas(study, "kita", "adult")
    other = Sourced(20.0, "m", "Test", 2025)
    both = found_areas(study, "kita", "adult", other)
    assert list(both.areas["residents"]) == [200.0]
    assert found_areas(study, "kita", "adult", SHORT).areas.equals(found_areas(study, "kita", "adult").areas)
    assert weigh(lacking(study, "kita", "adult", other)).total.to_list() == [200 + 60 + 16]


@pytest.mark.parametrize("language", ["de", "en", "tr"])
def test_no_gap_is_told_with_the_number_that_rules(language: str) -> None:
    assert LEAST_RESIDENTS.value == 50
    told = {"de": "mindestens 50 Menschen", "en": "at least 50 people", "tr": "En az 50 kişilik"}
    assert told[language] in no_gap(Language(language))


def test_walks_take_a_changed_limit(study: Study) -> None:
    assert walks(study, "adult", {"kita": SHORT}).limits["kita"] is SHORT
    assert walks(study, "adult").limits["gp"].value == 1000


def test_need_of_the_district(study: Study) -> None:
    row = _row(need_frame(study), level="district")
    assert row["need"] == 104
    assert row["need_per_1000"] == pytest.approx(104 / 200 * 1000)
    assert (row["rank"], row["same_rank"]) == (1, 1.0)
    parts = {name: row[name] for name in row.index if name.startswith("by_")}
    assert parts == {
        "by_people_residents": 80,
        "by_people_residents_65_plus": 20,
        "by_people_residents_foreign": 4,
        "by_service_kita": 104,
    }


def test_equity_by_closed_form(study: Study) -> None:
    groups = known_groups(study)
    assert groups == ("residents", "residents_65_plus", "residents_foreign")
    frame = equity_frame(study, study.indicators(groups=groups))
    row = _row(frame, level="resident", kind="kita", person="senior_65", group="residents")
    mean = (80 * 110 + 120 * 30) / 200
    assert row["gini"] == pytest.approx(2 * 80 * 120 * 80 / (2 * 200**2 * mean))
    # The worst tenth all live in A, the best four tenths in B.
    assert row["palma"] == pytest.approx(110 / 30)
    # One district: nobody is more deprived than anybody.
    assert row["concentration"] == pytest.approx(0)
    assert (row["units"], row["residents"]) == (2, 200)
    old = _row(frame, level="resident", kind="kita", person="adult", group="residents_65_plus")
    assert old["share_difference"] == pytest.approx(40 / 60 - 120 / 200)
    assert old["mean_ratio"] == pytest.approx(((20 * 110 + 40 * 30) / 60) / mean)
    none = _row(frame, level="resident", kind="gp", person="adult", group="residents")
    assert none["units"] == 0
    assert np.isnan(none["gini"])
    district = _row(frame, level="district", kind="kita", person="adult", group="residents")
    assert (district["units"], district["gini"]) == (1, 0)


def test_deprivation_follows_the_known_signs() -> None:
    tables = _tables()
    tables["buildings"]["district_id"] = ["1", "2"]
    second = tables["districts"].assign(district_id="2", name="Rand")
    tables["districts"] = pd.concat([tables["districts"], second], ignore_index=True)
    rank = deprivation_of(_study(tables))
    # 8 of 80 and 24 of 120: district 2 is the more deprived; ranks by people.
    assert rank.to_dict() == pytest.approx({"1": 0.2, "2": 0.7})


def test_catchment_shares_the_seats(study: Study) -> None:
    row = _row(catchment_frame(study), level="area", kind="kita")
    # Age under 6 is not known, so all 200 ask for the 60 seats; both live in the inner zone.
    assert (row["group"], row["unit"], row["people"]) == ("residents", "capacity", 200)
    assert row["enhanced_per_1000"] == pytest.approx(300)
    assert row["balanced_per_1000"] == pytest.approx(300)
    assert (row["people_none"], row["people_unconnected"]) == (0, 0)
    assert row["name"] == "Dorf"
    # The data hold no GP: no row, rather than a zero.
    assert set(catchment_frame(study)["kind"]) == {"kita"}


def test_catchment_does_not_know_who_is_not_connected() -> None:
    tables = _tables()
    tables["buildings"].loc[0, ["edge_id", "offset_m", "to_street_m"]] = [-1, np.nan, np.nan]
    study = _study(tables)
    assert np.isnan(competition(study, "kita", "adult").balanced[0])
    row = _row(catchment_frame(study), level="area")
    assert (row["people_none"], row["people_unconnected"]) == (0, 80)
    assert row["balanced_per_1000"] == pytest.approx(60 / 120 * 1000)


def test_band_completeness_and_age(study: Study) -> None:
    row = _row(uncertainty_frame(study), level="area", kind="kita")
    assert (row["share"], row["share_without"]) == (0.6, 0)
    # 90 m reach only B; 110 m is exactly A's walk.
    assert (row["share_limit_less"], row["share_limit_more"]) == (0.6, 1)
    assert (row["low"], row["high"]) == (0, 1)
    assert (row["places"], row["per_1000"]) == (1, 5)
    assert row["completeness"] == "usual"
    assert row["median_years"] == pytest.approx(31 / 365.25)
    assert (row["residents"], row["name"]) == (200, "Dorf")


def test_age_is_counted_to_the_data_not_to_today(study: Study) -> None:
    assert data_day(study) == pd.Timestamp("2024-06-01", tz="UTC")
    study.package.sources[0]["date"] = "2024"
    # A place edited in May tells the day better than the year alone.
    assert data_day(study) == pd.Timestamp("2024-05-01", tz="UTC")


def test_places_of_the_margin_do_not_count() -> None:
    tables = _tables()
    beyond = tables["places"].assign(place_id="n8-kita", geometry=[shapely.Point(900, 0)])
    tables["places"] = pd.concat([tables["places"], beyond], ignore_index=True)
    study = _study(tables)
    assert list(places_inside(study)["place_id"]) == ["n9-kita"]
    assert uncertainty_at(study).set_index("kind").loc["kita", "places"] == 1
    assert uncertainty_at(study, "1").set_index("kind").loc["kita", "name"] == "Mitte"


def test_without_districts_there_is_the_area_alone() -> None:
    tables = _tables()
    tables["districts"] = tables["districts"].iloc[:0]
    tables["buildings"]["district_id"] = pd.Series([None, None], dtype="str")
    study = _study(tables)
    for frame in (need_frame(study), catchment_frame(study), uncertainty_frame(study)):
        assert set(frame["level"]) == {"area"}
    assert set(equity_frame(study, study.indicators())["level"]) == {"resident"}
    assert gap_frame(study)["district"].isna().all()


def test_without_any_place_everybody_is_beyond_and_nothing_breaks() -> None:
    tables = _tables()
    tables["places"] = tables["places"].iloc[:0]
    study = _study(tables)
    assert set(gap_frame(study)["reason"]) == {"no_place"}
    assert (gap_frame(study)["need"] == 0).all()
    assert catchment_frame(study).empty
    assert (need_frame(study)["need"] == 0).all()


def test_analyse_writes_all_of_it(town_data: Path) -> None:
    folder = town_data / "musterstadt"
    gaps = json.loads((folder / "gaps.geojson").read_text(encoding="utf-8"))["features"]
    assert len(gaps) > 0
    for feature in gaps:
        for lon, lat in shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"]))):
            assert 7.44 < lon < 7.47
            assert 51.53 < lat < 51.55
            assert (lon, lat) == (round(lon, 6), round(lat, 6))
    assert {feature["properties"]["kind_name"] for feature in gaps} > {"Supermarkt"}
    need = pd.read_csv(folder / "need.csv")
    for family in ("by_people_", "by_service_"):
        assert need.filter(like=family).sum(axis=1).to_numpy() == pytest.approx(need["need"], rel=1e-4)
    for name in ("equity.csv", "catchment.csv", "uncertainty.csv"):
        assert len(pd.read_csv(folder / name)) > 0
    listed = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert {"gaps", "equity", "need", "catchment", "uncertainty"} <= {entry["name"] for entry in listed}


def test_walks_are_stored_in_a_few_bytes_each(town_data: Path) -> None:
    path = town_data / "musterstadt" / "access.parquet"
    assert path.stat().st_size < 4 * len(pd.read_parquet(path))


def test_pages_and_exports_share_the_city_of_today(study: Study) -> None:
    state = today(study)
    assert state is today(study)
    np.testing.assert_array_equal(state.metres("adult", "kita"), study.metres("adult", "kita"))
    edition = edition_of(study, Path("data"), "en", date(2026, 1, 2))
    first, tried = states_of(edition, [Scenario(name="x")])
    assert first.base is tried.base is state.base
    assert first.scenario.name == "State today"


def test_a_place_is_called_by_its_name_its_brand_or_that_it_has_none() -> None:
    places = pd.DataFrame({"name": ["Regenbogen", None, None], "brand": ["AWO", "AWO", None]})
    called = [place_name(places.iloc[row], Language("en")) for row in range(3)]
    assert called == ["Regenbogen", "AWO", "place without a name"]


def test_a_gap_has_one_name_on_screen_and_on_paper(study: Study) -> None:
    areas = found_areas(study, "kita", "adult")
    names = gap_names(study, areas, str)
    assert names == ["Straße (Mitte)"]
    edition = edition_of(study, Path("data"), "de", date(2026, 1, 2))
    asked = ask(study, "kita", "adult")
    assert gap_focus(edition, asked, 1).name == f"Lücke 1: {names[0]}"


def test_a_wish_is_answered_by_what_most_people_have() -> None:
    wish = Fact(
        about="wish",
        text={"de": "Treffpunkt"},
        kinds=("cafe", "park", "library", "kita"),
        source="Protokoll",
        url="https://example.org",
        year=2024,
    )
    assert answered(wish, {"cafe": 0.2, "park": 0.7, "kita": 0.7, "gp": 1.0}) == "park"
    assert answered(wish, {"cafe": float("nan"), "library": 0.0}) == "library"
    assert answered(wish, {"cafe": float("nan")}) is None


def test_groups_of_some_buildings_stand_beside_all(study: Study) -> None:
    found = groups_in(study, np.array([True, False]))
    assert found == {"residents_65_plus": (20.0, 0.25, 0.3), "residents_foreign": (8.0, 0.1, 0.16)}
    nobody = groups_in(study, np.array([False, False]))
    assert np.isnan([group.share for group in nobody.values()]).all()
