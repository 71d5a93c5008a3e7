"""Tables and geodata opened again by the programs that will open them."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest

from kudequa_geo.errors import ConfigError
from kudequa_geo.export.bundle import FORMATS, table_file
from kudequa_geo.export.edition import Edition
from kudequa_geo.maps import palette

FORMULAS = ("=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


@pytest.fixture
def hostile(edition: Edition) -> Iterator[Edition]:
    """The town with formulas for names of sites and places."""
    tables = edition.study.tables
    kept = {name: tables[name] for name in ("sites", "places")}
    sites = tables["sites"].copy()
    sites["name"] = [FORMULAS[i % len(FORMULAS)] for i in range(len(sites))]
    places = tables["places"].copy()
    places["name"] = '=HYPERLINK("http://evil")'
    tables |= {"sites": sites, "places": places}
    yield edition
    tables |= kept


def _opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_workbook_opens_with_numbers_units_and_sources(edition: Edition) -> None:
    book = _opened(table_file(edition, "xlsx", person="adult"))
    assert book.sheetnames == ["Kennzahlen", "Lücken", "Flächen", "Definitionen", "Quellen und Lauf"]
    sheet = book["Kennzahlen"]
    heads = {cell.value: cell.column for row in sheet.iter_rows(max_row=8) for cell in row if cell.value}
    share = sheet.cell(9, heads["Anteil innerhalb [%]"])
    assert share.number_format == "0.0%"
    assert share.data_type == "n"
    assert 0 <= share.value <= 1
    assert sheet.freeze_panes
    assert sheet.auto_filter.ref
    told = " ".join(str(cell.value) for row in book["Quellen und Lauf"].iter_rows() for cell in row)
    assert "© OpenStreetMap contributors" in told
    assert "ODbL" in told
    assert "Modelldaten – keine Planungsgrundlage" in told
    meanings = [row[4].value for row in book["Definitionen"].iter_rows(min_row=2)]
    assert any("nächsten Angebot" in str(meaning) for meaning in meanings)
    assert "OpenStreetMap" in book.properties.keywords


def test_workbook_agrees_with_the_indicators(edition: Edition) -> None:
    sheet = _opened(table_file(edition, "xlsx", person="adult", service="supermarket"))["Kennzahlen"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(i for i, row in enumerate(rows) if row[0] == "Ebene")
    heads = rows[start]
    area = next(row for row in rows[start + 1 :] if row[0] == "Ganzes Gebiet")
    frame = edition.study.indicators(["adult"])
    wanted = frame[(frame["level"] == "area") & (frame["kind"] == "supermarket")].iloc[0]
    assert area[heads.index("Anteil innerhalb [%]")] == pytest.approx(wanted["share_within_limit"])
    assert area[heads.index("Menschen insgesamt [Menschen]")] == pytest.approx(1200)


def test_no_foreign_text_becomes_a_formula(hostile: Edition) -> None:
    book = _opened(table_file(hostile, "xlsx", person="adult"))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    names = [row[2].value for row in book["Flächen"].iter_rows(min_row=5)]
    assert "=cmd|'/c calc'!A1" in names


@pytest.mark.parametrize(("form", "layer"), [("csv", "flaechen"), ("csv-int", "flaechen"), ("csv", "orte")])
def test_no_cell_of_a_csv_begins_like_a_formula(hostile: Edition, form: str, layer: str) -> None:
    content = table_file(hostile, form, person="adult", layer=layer).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content), delimiter=";" if form == "csv" else ","))
    assert len(rows) > 1
    for row in rows:
        for cell in row:
            number = cell.replace(",", ".").lstrip("-").replace(".", "", 1).isdigit()
            assert number or cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), cell


def test_german_and_international_csv(edition: Edition) -> None:
    german = table_file(edition, "csv", person="adult", service="supermarket")
    assert german.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(german.decode("utf-8-sig")), delimiter=";"))
    assert rows[0]["Dienst"] == "Supermarkt"
    assert "," in rows[0]["Anteil innerhalb [%]"]
    other = table_file(edition, "csv-int", person="adult", service="supermarket").decode("utf-8")
    first = next(csv.DictReader(io.StringIO(other)))
    share = float(first["share_within_limit"])
    assert float(rows[0]["Anteil innerhalb [%]"].replace(",", ".")) == pytest.approx(100 * share, abs=0.06)
    assert "OpenStreetMap" in first["source"]
    assert first["modelled"] == "true"


@pytest.fixture(scope="module")
def package(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gpkg") / "t.gpkg"
    path.write_bytes(table_file(edition, "gpkg", person="adult"))
    return path


def test_geopackage_opens_with_styles(edition: Edition, package: Path) -> None:
    layers = {name for name, _ in pyogrio.list_layers(package)}
    assert {"wohngebaeude", "bezirke", "flaechen", "orte"} <= layers
    homes = gpd.read_file(package, layer="wohngebaeude")
    assert homes.crs == "EPSG:25832"
    assert len(homes) == len(edition.study.tables["buildings"])
    assert "residents" not in homes.columns
    with sqlite3.connect(package) as base:
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        known = base.execute(
            "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'"
        ).fetchone()
    assert known == ("attributes",)
    assert set(styles) <= layers
    first = palette.SEQUENTIAL[0]
    wanted = ",".join(str(int(first[i : i + 2], 16)) for i in (1, 3, 5))
    assert wanted in styles["wohngebaeude"]
    assert 'attr="class"' in styles["wohngebaeude"]


#: What each class of symbol layer is nothing without.
_NEEDED = {
    "SimpleFill": {"color", "style", "outline_color", "outline_width", "outline_style"},
    "SimpleMarker": {"name", "color", "size", "outline_color"},
}
_FILLS = {"solid", "no", "f_diagonal", "b_diagonal"}


def test_styles_are_what_qgis_reads(package: Path) -> None:
    """Built as QGIS itself writes them: a renderer, its categories, and a symbol with layers for each."""
    with sqlite3.connect(package) as base:
        rows = base.execute("SELECT f_table_name, f_geometry_column, styleQML FROM layer_styles").fetchall()
        geometry = dict(base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
    assert rows
    for layer, column, text in rows:
        assert geometry[layer] == column
        assert text.startswith("<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>")
        root = ElementTree.fromstring(text.split(">", 1)[1])
        assert (root.tag, root.get("styleCategories")) == ("qgis", "Symbology")
        renderer = root.find("renderer-v2")
        assert renderer is not None
        symbols = {symbol.get("name"): symbol for symbol in renderer.findall("symbols/symbol")}
        if renderer.get("type") == "categorizedSymbol":
            categories = renderer.findall("categories/category")
            values = [int(category.get("value", "")) for category in categories]
            assert values == list(range(7))
            assert all(category.get("label") and category.get("render") == "true" for category in categories)
            assert {category.get("symbol") for category in categories} == set(symbols)
            assert renderer.get("attr") in pyogrio.read_info(package, layer=layer)["fields"]
        else:
            assert renderer.get("type") == "singleSymbol"
            assert set(symbols) == {"0"}
        kind = "marker" if layer == "orte" else "fill"
        for symbol in symbols.values():
            assert symbol.get("type") == kind
            for part in symbol.findall("layer"):
                options = {o.get("name"): o.get("value", "") for o in part.findall("Option/Option")}
                assert _NEEDED[part.get("class", "")] <= set(options)
                assert re.fullmatch(r"(\d{1,3},){3}255", options["color"])
                assert kind == "marker" or options["style"] in _FILLS


def test_geopackage_explains_its_columns(package: Path) -> None:
    with sqlite3.connect(package) as base:
        told = {
            (table, column): (title, meaning)
            for table, column, title, meaning in base.execute(
                "SELECT table_name, column_name, title, description FROM gpkg_data_columns"
            )
        }
        extensions = {name for (name,) in base.execute("SELECT extension_name FROM gpkg_extensions")}
    title, meaning = told["wohngebaeude", "metres"]
    assert title == "Weg [m]"
    assert "leer = kein Weg" in meaning
    assert "gpkg_schema" in extensions
    fields = pyogrio.read_info(package, layer="bezirke")["fields"]
    assert {column for table, column in told if table == "bezirke"} == set(fields)


def test_every_row_of_a_csv_tells_question_source_licence_and_run(edition: Edition) -> None:
    text = table_file(edition, "csv", person="adult", service="supermarket").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {row["Ausgabe"] for row in rows} == {
        "Fußläufige Erreichbarkeit: Supermarkt, Erwachsene (4,8\u00a0km/h) – Musterstadt"
    }
    for row in rows:
        assert "OpenStreetMap" in row["Quelle"]
        assert "ODbL" in row["Lizenz"]
        assert len(row["Lauf"]) == 10
        assert row["Gedruckt am"] == "2024-06-01"


@pytest.mark.parametrize("form", ["csv", "csv-int"])
def test_a_site_has_its_own_source_and_that_of_the_data(edition: Edition, form: str) -> None:
    text = table_file(edition, form, person="adult", layer="flaechen").decode("utf-8-sig")
    heads = next(csv.reader(io.StringIO(text), delimiter=";" if form == "csv" else ","))
    assert len(set(heads)) == len(heads)


def test_definitions_as_a_table_of_their_own(edition: Edition) -> None:
    text = table_file(edition, "csv-int", person="adult", layer="definitionen").decode("utf-8")
    rows = {(row["table"], row["key"]): row for row in csv.DictReader(io.StringIO(text))}
    assert rows["Lücken", "nearest_m"]["unit"] == "m"
    assert rows["Bezirke", "share_within_limit"]["meaning"]


def test_geopackage_tells_its_origin(package: Path) -> None:
    told = pyogrio.read_info(package, layer="wohngebaeude")
    assert "OpenStreetMap" in told["layer_metadata"]["ATTRIBUTION"]
    record = json.loads(told["dataset_metadata"]["KUDEQUA"])
    assert record["municipality"] == "Musterstadt"


def test_geojson_is_in_degrees_and_tells_its_origin(edition: Edition) -> None:
    content = table_file(edition, "geojson", person="adult")
    told = json.loads(content)
    assert "OpenStreetMap" in told["metadata"]["attribution"]
    assert told["metadata"]["modelled"] is True
    assert {"name", "title", "unit", "description"} == set(told["metadata"]["columns"][0])
    frame = gpd.read_file(io.BytesIO(content))
    assert sorted(frame["name"]) == ["Nord", "Süd"]
    assert 7.4 < frame.total_bounds[0] < 7.5
    assert frame["residents"].sum() == pytest.approx(1200)


def test_geoparquet_opens_and_tells_its_origin(edition: Edition) -> None:
    content = table_file(edition, "parquet", person="adult", layer="luecken")
    frame = gpd.read_parquet(io.BytesIO(content))
    assert frame.crs == "EPSG:25832"
    metadata = pq.read_metadata(io.BytesIO(content)).metadata
    assert b"OpenStreetMap" in metadata[b"attribution"]
    assert json.loads(metadata[b"kudequa"])["tool"].startswith("KuDeQua Geo")
    assert {each["name"] for each in json.loads(metadata[b"columns"])} == set(frame.columns) - {"geometry"}


@pytest.mark.parametrize("form", FORMATS)
def test_same_inputs_give_the_same_bytes(edition: Edition, form: str) -> None:
    first = table_file(edition, form, person="adult")
    assert table_file(edition, form, person="adult") == first


def test_small_groups_stay_secret(edition: Edition) -> None:
    content = table_file(edition, "csv-int", person="adult", layer="luecken").decode("utf-8")
    for row in csv.DictReader(io.StringIO(content)):
        for group in ("residents_under_18", "residents_65_plus"):
            assert row[group] == "" or not 0 < float(row[group]) < 5


def test_unknown_layer_is_named(edition: Edition) -> None:
    with pytest.raises(ConfigError, match="bezirke"):
        table_file(edition, "geojson", person="adult", layer="kennzahlen")


def test_own_limit_counts_in_figures_and_districts(edition: Edition) -> None:
    buildings, metres = edition.study.tables["buildings"], edition.study.metres("adult", "supermarket")
    within = buildings["residents"][metres <= 800].sum() / buildings["residents"].sum()
    asked = {"person": "adult", "service": "supermarket", "limit": "800m"}
    rows = list(csv.DictReader(io.StringIO(table_file(edition, "csv-int", **asked).decode("utf-8"))))
    area = next(row for row in rows if row["level"] == "Ganzes Gebiet")
    assert float(area["limit"]) == 800
    assert float(area["share_within_limit"]) == pytest.approx(within, abs=1e-4)
    frame = gpd.read_file(io.BytesIO(table_file(edition, "geojson", **asked)))
    assert frame["residents_within_limit"].sum() == pytest.approx(within * 1200, abs=0.1)
