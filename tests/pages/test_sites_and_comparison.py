"""Comparison, sites and labs: what a planner chooses there, and municipalities that lack what they show."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from kudequa_geo import pipeline, states, store
from kudequa_geo.config import load_municipality
from kudequa_geo.language import Language
from kudequa_geo.maps import basemap
from kudequa_geo.ui import i18n
from tests.fixtures.pages import open_sound, show
from tests.fixtures.prepared import Prepared
from tests.fixtures.town import write_town

COMPARE, SITES, LABS = (
    "pages/3_Vergleich.py",
    "pages/4_Flaechen_und_Leerstaende.py",
    "pages/5_Quartierslabore.py",
)
_TOML = """
name = "Musterstadt"
[osm]
file = "musterstadt.osm.pbf"
[area]
bbox = [7.446, 51.537, 7.466, 51.5485]
[population]
total = 1200
year = 2024
source = "Test"
"""
_DISTRICTS = """
[districts]
osm_admin_level = 10
[sites]
own = "labs.csv"
labs = "labs.toml"
"""
_LABS = """
[[lab]]
key = "sued"
name = "Süd"
district = "{district}"
sites = ["own:labs:2"]

[[lab.fact]]
about = "tried"
text.de = "Ein Frühstück für <b>alle</b>"
source = "Protokoll & Bericht"
url = "https://example.org/?a=1&b=2"
year = 2024

[[lab.fact]]
about = "wish"
text.de = "ein Supermarkt"
text.en = "a supermarket"
kinds = ["supermarket"]
source = "Protokoll & Bericht"
url = "https://example.org/?a=1&b=2"
year = 2024
"""
_CSV = "name;kind;lon;lat;area_ha\nAlte Schule;Labor;7.4530;51.5412;\n"


def _prepare(folder: Path, toml: str, *, boundaries: bool, sites: bool) -> Prepared:
    municipalities = folder / "municipalities"
    municipalities.mkdir(parents=True)
    write_town(municipalities / "musterstadt.osm.pbf", no_boundaries=not boundaries)
    (municipalities / "musterstadt.toml").write_text(toml, encoding="utf-8")
    (municipalities / "labs.csv").write_text(_CSV, encoding="utf-8")
    (municipalities / "labs.toml").write_text(_LABS.format(district=""), encoding="utf-8")
    prepared = pipeline.prepare(load_municipality("musterstadt", folder))
    if not sites:
        prepared.tables["sites"] = prepared.tables["sites"].iloc[:0]
    districts = prepared.tables["districts"]
    if len(districts):
        key = districts["district_id"].iloc[0]
        (municipalities / "labs.toml").write_text(_LABS.format(district=key), encoding="utf-8")
    with store.writing(folder / "musterstadt", prepared.package) as stage:
        for table, frame in prepared.tables.items():
            stage.table(table, frame)
        stage.text("report.json", prepared.report.as_json())
        basemap.write(stage.path, prepared.features, prepared.tables)
    return Prepared(folder, "musterstadt")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Municipality with districts, sites and a lab."""
    return _prepare(tmp_path_factory.mktemp("full"), _TOML + _DISTRICTS, boundaries=True, sites=True)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Municipality without districts, sites and labs."""
    return _prepare(tmp_path_factory.mktemp("bare"), _TOML, boundaries=False, sites=False)


def _open(town: Prepared, monkeypatch: pytest.MonkeyPatch, page: str, **query: str) -> AppTest:
    show(town, monkeypatch)
    return open_sound(page, **query)


def _words(app: AppTest) -> str:
    html = "\n".join(element.proto.body for element in app.get("html"))
    plain = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    return plain.replace("\xa0", " ")


def _answer(app: AppTest) -> str:
    """The page's sentence."""
    found = re.search(r'<p class="kdq-answer">(.*?)</p>', _words(app))
    assert found
    return found[1]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("script", [COMPARE, SITES, LABS])
def test_without_districts_sites_and_labs_the_page_says_so(
    bare: Prepared, monkeypatch: pytest.MonkeyPatch, script: str, language: str
) -> None:
    app = _open(bare, monkeypatch, script, lang=language)
    told = {
        COMPARE: {"de": "hat keine Bezirke", "en": "has no districts", "tr": "semtleri yok"},
        SITES: {"de": "sind keine Brachflächen", "en": "No brownfields", "tr": "atıl alan"},
        LABS: {"de": "kein Quartierslabor", "en": "No neighbourhood lab", "tr": "mahalle laboratuvarı yok"},
    }
    assert told[script][language] in _words(app)
    assert "{" not in _words(app).replace("{name} %s", "")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("mode", ["districts", "persons", "services"])
@pytest.mark.parametrize("show", ["maps", "difference"])
def test_every_comparison_in_every_language(
    full: Prepared, monkeypatch: pytest.MonkeyPatch, mode: str, show: str, language: str
) -> None:
    app = _open(full, monkeypatch, COMPARE, lang=language, compare=mode, show=show)
    assert _answer(app)
    assert "{" not in _words(app).replace("{name} %s", "")
    maps = [e for e in app.get("component_instance") if "st_folium" in e.proto.component_name]
    assert len(maps) == (2 if mode != "districts" and show == "maps" else 1)
    assert app.query_params["compare"] in (mode, [mode])


def test_two_persons_differ_by_their_speed_only(full: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(full, monkeypatch, COMPARE, compare="persons", person="adult", person2="senior_85")
    numbers = [int(text) for text in re.findall(r"(\d+) %", _answer(app))]
    assert len(numbers) == 2
    assert numbers[0] > numbers[1]
    assert "Menschen weniger" in _answer(app)
    app.selectbox(key="widget.person2").select("adult").run()
    assert not app.exception
    alike = _answer(app)
    assert [int(text) for text in re.findall(r"(\d+) %", alike)] == numbers[:1]
    assert "ob „Erwachsene“ oder „Erwachsene“" in alike
    assert "weniger" not in alike


def test_two_services_are_swapped_with_the_opposite_sign(
    full: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"compare": "services", "limit": "300m"}
    one = _answer(_open(full, monkeypatch, COMPARE, service="supermarket", service2="bus_stop", **asked))
    two = _answer(_open(full, monkeypatch, COMPARE, service="bus_stop", service2="supermarket", **asked))
    figure = re.compile(r"also ([\d.]+) Menschen (mehr|weniger)")
    (people_one, sign_one), (people_two, sign_two) = figure.findall(one)[0], figure.findall(two)[0]
    assert people_one == people_two
    assert {sign_one, sign_two} == {"mehr", "weniger"}


def _curves(app: AppTest) -> int:
    """How many curves the drawings of the page hold."""
    pictures = re.findall(r'svg\+xml;base64,([^"]+)"', _words(app))
    return sum(base64.b64decode(code).decode().count("<polyline") for code in pictures)


def test_districts_are_ranked_and_drawn(full: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(full, monkeypatch, COMPARE)
    words = _words(app)
    assert "Am seltensten" in _answer(app)
    assert words.index("1. ") < words.index("2. ")
    assert words.count('class="kdq-bar"') == 3
    assert _curves(app) == 1
    app.selectbox(key="widget.district2").select_index(1).run()
    assert _curves(app) == 2
    assert app.query_params["district2"]
    app.selectbox(key="widget.rank").select("name").run()
    assert not app.exception


def test_a_chosen_site_shows_its_profile_and_stands_in_the_address(
    full: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _open(full, monkeypatch, SITES)
    assert "Flächen in Musterstadt sind gezeigt" in _answer(app)
    site = _site(full, "Alte Ziegelei")
    app.radio(key="widget.site").set_value(site).run()
    assert not app.exception
    assert "Alte Ziegelei" in _answer(app)
    assert "Wer hier wohnt" in _words(app)
    assert app.query_params["site"] in (site, [site])
    again = _open(full, monkeypatch, SITES, site=site, step="15")
    assert "Höchstens 15 min Fußweg von „Alte Ziegelei“" in _answer(again)
    again.button(key="sites.back").click().run()
    assert "sind gezeigt" in _answer(again)


def _site(town: Prepared, name: str) -> str:
    sites = store.read_table(town.folder, "sites")
    return str(sites.loc[sites["name"] == name, "site_id"].iloc[0])


def test_filters_leave_out_what_does_not_fit(full: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(full, monkeypatch, SITES, kinds="brownfield")
    assert [*app.radio(key="widget.site").options] == ["Alte Ziegelei"]
    app.number_input(key="widget.minarea").set_value(5.0).run()
    assert "entspricht den Filtern" in _answer(app)
    assert app.query_params["minarea"] in ("5", ["5"])
    everything = _open(full, monkeypatch, SITES)
    assert len(everything.radio(key="widget.site").options) > 3


def test_wrong_words_in_the_address_are_told(full: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(full, monkeypatch, SITES, kinds="castle", minarea="nan", step="7", site="<b>")
    told = _words(app)
    for name in ("kinds", "minarea", "step", "site"):
        assert f"Angabe {name} =" in told
    assert "sind gezeigt" in _answer(app)


def test_an_uploaded_list_is_shown_and_stays_in_its_session(
    full: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = _open(full, monkeypatch, SITES)
    before = len(app.radio(key="widget.site").options)
    text = "name;kind;lon;lat;area_ha\n=Kiosk <i>;Leerstand;7.4540;51.5420;0,2\nNur Adresse;Brache;;;\n"
    text = text.replace("area_ha", "area_ha;address").replace("0,2", "0,2;").replace(";;;", ";;;;Weg 1")
    app.file_uploader(key="sites.upload").set_value(("Liste.csv", text.encode(), "text/csv")).run()
    assert not app.exception
    assert not app.error
    options = app.radio(key="widget.site").options
    assert len(options) == before + 1
    assert "=Kiosk <i>" in options
    assert "1 Zeilen nennen nur eine Adresse" in _words(app)
    assert len(_open(full, monkeypatch, SITES).radio(key="widget.site").options) == before


def test_all_defects_of_an_uploaded_list_are_told(full: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(full, monkeypatch, SITES)
    text = "name;kind;lon;lat\nA;Schloss;7.45;51.54\nB;Brache;abc;51.54\n;Brache;7.45;51.54\n"
    app.file_uploader(key="sites.upload").set_value(("liste.csv", text.encode(), "text/csv")).run()
    assert not app.exception
    told = app.error[0].value
    for defect in ("Zeile 2, kind", "Zeile 3, lon", "Zeile 4, name"):
        assert defect in told
    assert "/tmp" not in told
    assert "sind gezeigt" in _answer(app)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"name;kind\n" + b"x" * 2_000_001])
def test_a_useless_upload_is_told(full: Prepared, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    app = _open(full, monkeypatch, SITES)
    app.file_uploader(key="sites.upload").set_value(("liste.csv", content, "text/csv")).run()
    assert not app.exception
    assert len(app.error) == 1


def test_a_geopackage_can_be_uploaded(
    full: Prepared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "eigene.gpkg"
    shape = shapely.box(7.4535, 51.5410, 7.4545, 51.5416)
    gpd.GeoDataFrame({"name": ["Gleisfeld"], "kind": ["Brache"]}, geometry=[shape], crs=4326).to_file(path)
    app = _open(full, monkeypatch, SITES)
    given = ("eigene.gpkg", path.read_bytes(), "application/geopackage+sqlite3")
    app.file_uploader(key="sites.upload").set_value(given).run()
    assert not app.exception
    assert "Gleisfeld" in app.radio(key="widget.site").options


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_lab_shows_its_quarter_wishes_and_sources(
    full: Prepared, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    app = _open(full, monkeypatch, LABS, lang=language)
    words = _words(app)
    assert "Süd" in _answer(app)
    assert "Ein Frühstück für &lt;b&gt;alle&lt;/b&gt;" in words
    assert 'href="https://example.org/?a=1&amp;b=2"' in words
    assert "Protokoll &amp; Bericht" in words
    assert {"de": "ein Supermarkt", "en": "a supermarket", "tr": "ein Supermarkt"}[language] in words
    assert "Alte Schule" in words
    assert app.query_params["lab"] in ("sued", ["sued"])


def test_csv_of_sites_holds_every_site(full: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    from kudequa_geo.study import load_study
    from kudequa_geo.ui import site_list, sites_page, view

    study = load_study(load_municipality("musterstadt", full.data_dir), full.data_dir)
    kind = study.kinds[0]
    asked = view.View(kind, study.persons["adult"], kind.limit.sourced(), False, "")
    sites = site_list.prepared(study)
    found = site_list.effects(study, asked, sites)
    every = list(range(len(sites.frame)))
    text = sites_page._sheet(study, asked, sites, every, found, Language("en")).decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["site_id"] for row in rows] == list(sites.frame["site_id"])
    assert all(row["service"] == kind.key and row["limit_unit"] == kind.limit.unit for row in rows)
    assert any(float(row["residents_15_min"] or 0) > 0 for row in rows)


@pytest.fixture(scope="module")
def aged(full: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The municipality with an earlier state: no supermarket, a stop less, two homes less."""
    data = Prepared(Path(shutil.copytree(full.data_dir, tmp_path_factory.mktemp("aged") / "data")), full.key)
    target = states.keep(data.folder, "2020")
    package = store.read_package(target)
    places, buildings = store.read_table(target, "places"), store.read_table(target, "buildings")
    gone = places["kind"] == "supermarket"
    gone |= places.index == places.index[places["kind"] == "bus_stop"][0]
    sources = [{**package.sources[0], "date": "2020-03-01"}, *package.sources[1:]]
    with store.writing(target, replace(package, sources=sources), keep=True) as stage:
        stage.table("places", places[~gone].reset_index(drop=True))
        stage.table("buildings", buildings.iloc[2:].reset_index(drop=True))
    return data


@pytest.mark.parametrize("show", ["maps", "difference"])
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_two_states_of_the_data_are_compared(
    aged: Prepared, monkeypatch: pytest.MonkeyPatch, language: str, show: str
) -> None:
    asked = {"compare": "states", "service": "bus_stop", "show": show, "lang": language}
    app = _open(aged, monkeypatch, COMPARE, **asked)
    assert "2020" in _answer(app)
    words = re.sub(r"<[^>]+>", " ", _words(app))
    buildings = store.read_table(aged.folder, "buildings")
    told = {"de": "nur im zweiten 2;", "en": "2 in the second only", "tr": "2 konut yalnızca ikincide"}
    assert told[language] in words
    assert i18n.spoken().number(len(buildings) - 2) in words
    assert "{" not in _words(app).replace("{name} %s", "")
    maps = [e for e in app.get("component_instance") if "st_folium" in e.proto.component_name]
    assert len(maps) == (2 if show == "maps" else 1)
    starts = {re.search(r'"bounds": (\[\[.*?\]\])', json.loads(e.proto.json_args)["script"])[1] for e in maps}
    assert len(starts) == 1


def test_the_same_state_twice_does_not_differ(aged: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(
        aged, monkeypatch, COMPARE, compare="states", earlier="2020", later="2020", service="bus_stop"
    )
    assert "sind" in _answer(app)
    assert "mehr." not in _answer(app)
    assert app.query_params["later"] in ("2020", ["2020"])


def test_a_state_without_any_place_is_named(aged: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _open(aged, monkeypatch, COMPARE, compare="states", service="supermarket", show="difference")
    assert re.search("enthält „Stand 2020 .*“ keinen einzigen Ort", _answer(app))


def test_a_bad_state_is_told_and_the_page_goes_on(
    aged: Prepared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = Prepared(Path(shutil.copytree(aged.data_dir, tmp_path / "data")), aged.key)
    for name in ("broken", "foreign"):
        shutil.copytree(data.folder / states.FOLDER / "2020", data.folder / states.FOLDER / name)
    (data.folder / states.FOLDER / "broken" / "edges.parquet").write_bytes(b"PAR1")
    package = data.folder / states.FOLDER / "foreign" / store.PACKAGE
    package.write_text(package.read_text("utf-8").replace("Musterstadt", "Anderstadt"), encoding="utf-8")
    app = _open(data, monkeypatch, COMPARE, compare="states", earlier="2020", service="bus_stop")
    for name, said in {"broken": "nicht lesbar", "foreign": "anderen Gemeinde: Anderstadt"}.items():
        app.selectbox(key="widget.earlier").select(name).run()
        assert not app.exception
        assert said in app.error[0].value
    app.selectbox(key="widget.earlier").select("2020").run()
    assert not app.error
    assert "2020" in _answer(app)
    app.radio(key="widget.compare").set_value("districts").run()
    assert "Am seltensten" in _answer(app)


def test_a_district_of_one_state_only_is_told(
    aged: Prepared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = Prepared(Path(shutil.copytree(aged.data_dir, tmp_path / "data")), aged.key)
    target = data.folder / states.FOLDER / "2020"
    districts = store.read_table(target, "districts")
    gone = districts.iloc[0]
    with store.writing(target, store.read_package(target), keep=True) as stage:
        stage.table("districts", districts.iloc[1:].reset_index(drop=True))
    app = _open(data, monkeypatch, COMPARE, compare="states", district=gone["district_id"])
    assert f"Den Bezirk „{gone['name']}“ gibt es nur in einem der Stände" in _words(app)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_without_an_earlier_state_the_page_says_how_one_is_kept(
    full: Prepared, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    app = _open(full, monkeypatch, COMPARE, compare="states", earlier="1999", lang=language)
    assert "prepare --keep-as" in _words(app)
    assert "1999" in _words(app)
