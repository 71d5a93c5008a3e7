"""The drafted file is valid, whatever the name and the extract."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kudequa_geo.config import Municipality, load_municipality, slug
from kudequa_geo.draft import draft_municipality, toml_string
from kudequa_geo.errors import ConfigError, MissingInputError
from tests.fixtures.town import HOSTILE_NAME, write_town


def loaded(tmp_path: Path, name: str, osm: Path, population: float | None = None) -> Municipality:
    """The municipality as it is read back from the drafted file."""
    text = draft_municipality(name, osm, population=population)
    folder = tmp_path / "municipalities"
    folder.mkdir(exist_ok=True)
    path = folder / f"{slug(name) or 'x'}.toml"
    path.write_text(text, encoding="utf-8")
    assert path.parent == folder
    return load_municipality(str(path), tmp_path)


def test_a_city_with_its_boundary_and_districts(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town.osm.pbf")
    drafted = loaded(tmp_path, "Musterstadt", town.path, 1200)
    assert drafted.name == "Musterstadt"
    assert drafted.key == "musterstadt"
    assert drafted.area.osm_relation == town.relations["city"]
    assert drafted.districts is not None
    assert drafted.districts.osm_admin_level == 10
    assert drafted.population is not None
    assert drafted.population.total == 1200
    assert drafted.osm.file == town.path.resolve()
    assert drafted.crs == "EPSG:25832"


@pytest.mark.parametrize("name", ["musterstadt", "Muster-Stadt", " Musterstadt "])
def test_the_name_need_not_be_exact(tmp_path: Path, name: str) -> None:
    town = write_town(tmp_path / "town.osm.pbf")
    assert loaded(tmp_path, name, town.path).area.osm_relation == town.relations["city"]


def test_another_name_takes_the_box(tmp_path: Path) -> None:
    drafted = loaded(tmp_path, "Kaiserslautern", write_town(tmp_path / "town.osm.pbf").path)
    assert drafted.area.osm_relation is None
    assert drafted.area.bbox is not None


def test_an_incomplete_boundary_takes_the_box(tmp_path: Path) -> None:
    drafted = loaded(tmp_path, "Nachbarstadt", write_town(tmp_path / "town.osm.pbf").path)
    assert drafted.area.osm_relation is None


def test_without_boundaries_and_population(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town.osm.pbf", no_boundaries=True, stray_node=True)
    drafted = loaded(tmp_path, "Musterstadt", town.path)
    assert drafted.districts is None
    assert drafted.population is None
    assert drafted.area.bbox is not None
    west, south, east, north = drafted.area.bbox
    assert 7.44 < west < 7.45 < 7.46 < east < 7.47
    assert 51.53 < south < 51.54 < 51.545 < north < 51.55


def test_districts_without_a_city(tmp_path: Path) -> None:
    """A box that holds most of two districts has districts, whatever the city is called."""
    box = (7.446, 51.537, 7.466, 51.549)
    town = write_town(tmp_path / "town.osm.pbf", header_box=box)
    drafted = loaded(tmp_path, "Anderswo", town.path)
    assert drafted.area.bbox == box
    assert drafted.districts is not None
    assert drafted.districts.osm_admin_level == 10


@pytest.mark.parametrize(
    "name",
    [
        "Muster\"stadt\" \\ 'x'",
        "Muster\nstadt\r\n[osm]\nfile = 1",
        "../../etc/passwd",
        "a/b\\c:d",
        "<script>alert(1)</script> {name} %s",
        "\u202eקפה\u202c ☕",
        "Köln # kein Kommentar",
        HOSTILE_NAME[:120],
    ],
)
def test_hostile_names_are_kept_as_text(tmp_path: Path, name: str) -> None:
    town = write_town(tmp_path / "town.osm.pbf")
    assert loaded(tmp_path, name, town.path, 97_000).name == name.strip()
    assert "/" not in slug(name)
    assert ".." not in slug(name)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_is_a_toml_string(text: str) -> None:
    assert tomllib.loads(f"a = {toml_string(text)}") == {"a": text}


def test_a_lone_surrogate_is_replaced() -> None:
    damaged = "x\udcffy"
    assert tomllib.loads(f"a = {toml_string(damaged)}") == {"a": "x\ufffdy"}


def test_a_hostile_boundary_name_stays_in_its_comment(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    write_town(path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('v="Musterstadt"', 'v="Musterstadt&#xA;x = 1"'), encoding="utf-8")
    drafted = draft_municipality("Musterstadt x=1", path)
    assert "x" not in tomllib.loads(drafted)
    assert "osm_relation" in tomllib.loads(drafted)["area"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_unusable_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="1 bis 120 Zeichen"):
        draft_municipality(name, write_town(tmp_path / "town.osm.pbf").path)


@pytest.mark.parametrize("population", [0, -5, float("nan"), float("inf")])
def test_unusable_populations(tmp_path: Path, population: float) -> None:
    with pytest.raises(ConfigError, match="größer als 0"):
        draft_municipality("x", write_town(tmp_path / "town.osm.pbf").path, population=population)


def test_a_missing_extract(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        draft_municipality("x", tmp_path / "nowhere.osm.pbf")


def test_a_single_street_has_an_extent(tmp_path: Path) -> None:
    path = tmp_path / "street.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="51.5" lon="7.4"/>'
        '<node id="2" version="1" lat="51.6" lon="7.4"/><way id="9" version="1"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="path"/></way></osm>',
        encoding="utf-8",
    )
    assert loaded(tmp_path, "x", path).area.bbox is not None


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (13.4, 52.5, "EPSG:25833"),
        (8.7, 49.4, "EPSG:25832"),
        (-9.1, 38.7, "EPSG:25829"),
        (-70.6, -33.4, "EPSG:32719"),
        (7.4, 9.0, "EPSG:32632"),
    ],
)
def test_the_zone_follows_the_place(tmp_path: Path, lon: float, lat: float, crs: str) -> None:
    path = tmp_path / "town.osm"
    path.write_text(
        f'<osm version="0.6"><node id="1" version="1" lat="{lat}" lon="{lon}"/>'
        f'<node id="2" version="1" lat="{lat + 0.01}" lon="{lon + 0.01}"/><way id="9" version="1">'
        '<nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>',
        encoding="utf-8",
    )
    assert loaded(tmp_path, "x", path).crs == crs


def test_real_extracts(tmp_path: Path, real_data: Path) -> None:
    kaiserslautern = loaded(
        tmp_path, "Kaiserslautern", real_data / "osm" / "kaiserslautern-2013.osm.gz", 97_000
    )
    assert kaiserslautern.area.bbox == pytest.approx((7.7175, 49.41834, 7.82056, 49.45699))
    assert kaiserslautern.districts is None
    # The extract of one quarter holds the whole boundary of the city around it.
    corner = loaded(tmp_path, "Dortmund", real_data / "osm" / "dortmund-boevinghausen.osm.pbf")
    assert corner.area.bbox == pytest.approx((7.3099, 51.5191, 7.3225, 51.5242))
