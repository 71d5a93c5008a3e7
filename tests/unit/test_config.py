"""A municipality's file: what is accepted, and how wrong ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kudequa_geo.config import load_municipality, slug
from kudequa_geo.constants import PERSONS
from kudequa_geo.errors import ConfigError, MissingInputError
from kudequa_geo.kinds import load_kinds

MINIMAL = """
name = "Musterstadt"

[osm]
file = "town.osm.pbf"

[area]
bbox = [7.44, 51.53, 7.47, 51.55]
"""


def _write(folder: Path, text: str, name: str = "musterstadt") -> Path:
    path = folder / "municipalities" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _load(folder: Path, text: str):
    _write(folder, text)
    return load_municipality("Musterstadt", folder)


def test_minimal_file_has_defaults(tmp_path: Path) -> None:
    config = _load(tmp_path, MINIMAL)
    assert config.key == "musterstadt"
    assert config.crs == "EPSG:25832"
    assert config.margin_m == 2000
    assert config.osm.file == (tmp_path / "municipalities" / "town.osm.pbf").resolve()
    assert config.people() == PERSONS
    assert [kind.key for kind in config.kinds()] == list(load_kinds())


def test_path_of_a_toml_is_accepted(tmp_path: Path) -> None:
    path = _write(tmp_path, MINIMAL, name="Über Stadt")
    assert load_municipality(str(path), tmp_path / "nowhere").key == "ueber-stadt"


def test_persons_limits_and_services_are_overridden(tmp_path: Path) -> None:
    config = _load(
        tmp_path,
        MINIMAL
        + """
[persons]
use = ["senior_75", "adult"]
[persons.speed.adult]
value = 5.0
source = "Eigene Messung"
year = 2024
[limits.supermarket]
value = 700
unit = "m"
source = "Einzelhandelserlass Baden-Württemberg"
year = 2001
""",
    )
    assert list(config.people()) == ["senior_75", "adult"]
    assert config.people()["adult"].metres_per_minute == pytest.approx(5000 / 60)
    limits = {kind.key: kind.limit for kind in config.kinds()}
    assert limits["supermarket"].value == 700
    assert limits["pharmacy"] == load_kinds()["pharmacy"].limit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('nme = "x"', "nme: unbekannter Schlüssel; gemeint ist vielleicht „name“"),
        ("margin_m = -5", "margin_m: muss mindestens 0 sein"),
        ('margin_m = "weit"', "margin_m: muss eine Zahl sein"),
        ('crs = "EPSG:4326"', "rechnet nicht in Metern"),
        ('crs = "Gauß"', "ist kein Koordinatensystem"),
        ('services = ["supermarkt"]', "„supermarkt“ in services; gemeint ist vielleicht „supermarket“"),
        ('key = "other"', "„key“ wird aus dem Dateinamen gebildet"),
        ("name = ", "kein gültiges TOML"),
    ],
)  # fmt: skip
def test_wrong_top_level_key_or_value_is_named(tmp_path: Path, change: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, f"{change}\n{MINIMAL}" if "name =" not in change else change)
    assert message in str(caught.value)
    assert "musterstadt.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("[population]\ntotal = -97000", "population.total: muss größer als 0 sein"),
        ("[population]\ntotal = 5\nfrom_districts = true", "population: genau eine Angabe"),
        ("[population]\nfrom_districts = true", "braucht districts.population_column"),
        ('[population]\ntable = "p.csv"', "population.table braucht den Abschnitt [districts]"),
        ("[districts]\nlicence = 'x'", "districts: genau eine Angabe von file, osm_admin_level"),
        ('[persons]\nuse = ["giant"]', "unbekannte Person „giant“"),
        ("[limits.bakery]\nvalue = 500\nunit = 'm'", "limits.bakery.source: fehlt"),
        ("[limits.bakery]\nvalue = 500\nunit = 'km'\nsource='x'\nyear=2020", "limits.bakery.unit"),
        ("[limits.backery]\nvalue = 5\nunit = 'm'\nsource='x'\nyear=2020", "gemeint ist vielleicht „bakery“"),
    ],
)
def test_wrong_section_is_named(tmp_path: Path, section: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, f"{MINIMAL}\n{section}\n")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("area", "message"),
    [
        ("bbox = [7.5, 51.5, 7.4, 51.6]", "[West, Süd, Ost, Nord]"),
        ("bbox = [7.4, 51.5]", "area.bbox"),
        ("", "genau eine Angabe von osm_relation, polygon, bbox, districts"),
        ('osm_relation = 1\npolygon = "a.geojson"', "genau eine Angabe"),
        ("osm_relation = 0", "area.osm_relation: muss größer als 0 sein"),
        ('districts = ["1"]', "area.districts braucht den Abschnitt [districts]"),
    ],
)
def test_wrong_area_is_named(tmp_path: Path, area: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, MINIMAL.replace("bbox = [7.44, 51.53, 7.47, 51.55]", area))
    assert message in str(caught.value)


def test_all_defects_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, f"margin_m = -1\nnme = 1\n{MINIMAL}\n[population]\ntotal = 0\n")
    assert "Fehler (3)" in str(caught.value)


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="kein gültiges TOML"):
        load_municipality("musterstadt", tmp_path)


def test_unknown_name_lists_the_known(tmp_path: Path) -> None:
    _write(tmp_path, MINIMAL)
    with pytest.raises(MissingInputError, match="vorhanden: musterstadt"):
        load_municipality("Dorf", tmp_path)
    with pytest.raises(MissingInputError, match="gibt es nicht"):
        load_municipality("dorf.toml", tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kaiserslautern", "kaiserslautern"),
        ("Dortmund Nord", "dortmund-nord"),
        ("Köln/Müngersdorf", "koeln-muengersdorf"),
        ("../../etc/passwd", "etc-passwd"),
        ("Łódź", "odz"),
        ('x" = "y\n', "x-y"),
        ("☕", ""),
    ],
)
def test_slug_is_a_safe_file_name(name: str, expected: str) -> None:
    assert slug(name) == expected
