"""The committed model data set: plausible, marked, small, and what the documentation says it is."""

import json

import geopandas as gpd
import osmium
import pytest
import shapely

from kudequa_geo.config import load_municipality
from kudequa_geo.model import build
from kudequa_geo.model.derive import derive_facts, study_area
from kudequa_geo.model.extract import FIRST_ID
from kudequa_geo.model.facts import RESOURCES, read_facts, write_facts
from kudequa_geo.model.services import NO_FOOD_SHOP
from tests.conftest import ROOT

DATA = ROOT / "data"
FOLDER = DATA / "dortmund-nord"


@pytest.fixture(scope="module")
def config():
    return load_municipality("dortmund-nord", DATA)


@pytest.fixture(scope="module")
def districts(config):
    facts = read_facts(config.model.facts, config.crs)
    return study_area(facts.districts, config.area.districts)


@pytest.fixture(scope="module")
def places(config):
    """Every tagged node of the extract, in the metric CRS."""
    processor = osmium.FileProcessor(str(config.osm.file), osmium.osm.NODE)
    rows = [
        {**dict(node.tags), "lon": node.location.lon, "lat": node.location.lat, "id": node.id}
        for node in processor.with_filter(osmium.filter.EmptyTagFilter())
    ]
    frame = gpd.GeoDataFrame(
        rows, geometry=gpd.points_from_xy([r["lon"] for r in rows], [r["lat"] for r in rows])
    )
    return frame.set_crs("EPSG:4326").to_crs(config.crs)


@pytest.fixture(scope="module")
def ways(config):
    processor = osmium.FileProcessor(str(config.osm.file), osmium.osm.WAY)
    return [dict(way.tags) for way in processor]


@pytest.fixture(scope="module")
def figures():
    return json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))


def test_the_whole_data_set_is_small():
    sizes = {path: path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()}
    own = {
        path: size
        for path, size in sizes.items()
        if path.parent.name == "facts" or path.name.startswith("model")
    }
    assert sum(own.values()) < 12_000_000
    assert max(own.values()) < 5_000_000


def test_figures_are_plausible(figures):
    assert 1.25 <= figures["detour_mean"] <= 1.45
    assert 2.6 <= figures["edges_per_junction"] <= 3.3
    assert figures["pairs_joined_share"] >= 0.97
    assert 2300 <= figures["residents_per_food_shop"] <= 3000
    assert 20_000 <= figures["houses"] <= 30_000
    assert figures["detour_mean_across_barrier"] > figures["detour_mean_without_barrier"] + 0.15


def test_residents_per_stadtbezirk_are_those_of_the_register(figures):
    # Source: register of residents, 31 December 2022.
    whole = {
        "Eving": 39211,
        "Innenstadt-Nord": 60641,
        "Scharnhorst": 47133,
        "Huckarde": 36489,
        "Mengede": 39537,
    }
    found = figures["residents_by_stadtbezirk"]
    assert {name: found[name] for name in whole} == whole


def test_the_documentation_tells_the_figures(figures):
    text = (ROOT / "docs" / "model_data.md").read_text(encoding="utf-8")
    for key in (
        "detour_mean",
        "detour_mean_without_barrier",
        "detour_mean_across_barrier",
        "edges_per_junction",
        "residents_per_food_shop",
        "residents",
        "houses",
        "food_shops_real",
        "food_shops_modelled",
        "places_real",
        "places_modelled",
        "steps",
        "bridges_and_underpasses",
    ):
        value = figures[key]
        digits = 2 if isinstance(value, float) and value < 100 else 0
        shown = f"{value:,.{digits}f}".replace(",", " ").replace(".", ",").replace(" ", ".")
        assert f" {shown} " in text, (key, shown)


def test_food_shops_are_as_many_as_told_and_none_is_modelled_where_there_is_none(figures, places, districts):
    shops = places[places["shop"] == "supermarket"].sjoin(districts[["name", "geometry"]], rsuffix="district")
    modelled = shops[shops["modelled"] == "yes"]
    assert len(modelled) == figures["food_shops_modelled"]
    assert len(shops) - len(modelled) == figures["food_shops_real"]
    assert not set(modelled["name_district"]) & set(NO_FOOD_SHOP)


def test_every_invented_place_says_so_and_every_real_one_names_its_source(places):
    modelled = places["modelled"] == "yes"
    named = places[modelled & places["name"].notna()]
    assert len(named) > 1000
    assert named["name"].str.endswith(" (Modell)").all()
    real = places[~modelled]
    assert len(real) > 1500
    assert real[["source", "source:date"]].notna().all(axis=None)
    assert not real["name"].str.contains("(Modell)", regex=False, na=False).any()


def test_every_way_and_house_is_marked_and_water_and_rails_are_not(ways):
    for tags in ways:
        invented = {"highway", "building", "landuse"} & tags.keys()
        assert ("modelled" in tags) == bool(invented), tags
        assert invented or "source" in tags or not tags


def test_numbers_are_none_that_openstreetmap_has_given(places):
    assert places["id"].min() >= FIRST_ID


def test_modelled_vacancies_lie_in_the_problem_areas(places, districts):
    vacant = places[places["shop"] == "vacant"].sjoin(districts[["name", "geometry"]], rsuffix="district")
    assert set(vacant["name_district"]) == {"Derne", "Westerfilde", "Mengede", "Marten"}
    assert (vacant["modelled"] == "yes").all()


def test_houses_stand_in_the_study_area_only(config, districts):
    area = shapely.buffer(districts.to_crs("EPSG:4326").union_all(), 1e-5)
    shapely.prepare(area)
    processor = osmium.FileProcessor(str(config.osm.file)).with_locations()
    outside = 0
    for way in processor:
        if way.is_way() and way.tags.get("building") == "detached":
            node = way.nodes[0]
            outside += not area.contains(shapely.Point(node.lon, node.lat))
    assert outside == 0


@pytest.mark.slow
def test_rebuilding_gives_the_same_bytes(config, tmp_path):
    target = config.osm.model_copy(update={"file": tmp_path / "model.osm.pbf"})
    build(config.model_copy(update={"osm": target}))
    assert target.file.read_bytes() == config.osm.file.read_bytes()
    assert (tmp_path / "model.json").read_bytes() == (FOLDER / "model.json").read_bytes()


@pytest.mark.slow
def test_deriving_the_facts_again_gives_the_same_bytes(config, real_data, tmp_path):
    write_facts(derive_facts(real_data, config.area.districts, config.crs), tmp_path)
    for name in [resource.file for resource in RESOURCES.values()]:
        assert (tmp_path / name).read_bytes() == (config.model.facts / name).read_bytes(), name
