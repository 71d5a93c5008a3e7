"""The page of reports: the preview says what it shows, and every file can be made."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from kudequa_geo.config import load_municipality
from kudequa_geo.export.edition import printing_day
from kudequa_geo.export.paper import Orientation, Paper, Size
from kudequa_geo.export.saving import Format
from kudequa_geo.export.sheet import Design
from kudequa_geo.scenarios.change import AddPlace, Spot
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.study import Study, load_study
from kudequa_geo.ui.report_order import Order
from kudequa_geo.ui.view import View
from tests.fixtures.pages import open_page, show
from tests.fixtures.pdf import text_of
from tests.fixtures.prepared import Prepared, prepare_town
from tests.fixtures.town import ORIGIN, grid_point


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare_town(tmp_path_factory.mktemp("report"), modelled=True)


@pytest.fixture(autouse=True)
def shown(town: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    show(town, monkeypatch)


@pytest.fixture(scope="module")
def study(town: Prepared) -> Study:
    return load_study(load_municipality(town.key, town.data_dir), town.data_dir)


def _page(**query: str) -> AppTest:
    return open_page("pages/7_Bericht.py", **query)


def _words(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html")).replace("\xa0", " ")


def test_preview_follows_the_choices() -> None:
    app = _page(service="supermarket")
    assert not app.exception
    assert "Musterstadt: Vorschau des Kartenblatts, 1 : " in _words(app)
    app.selectbox(key="report.scale").set_value(10_000).run()
    assert "Vorschau des Kartenblatts, 1 : 10.000" in _words(app)
    app.radio(key="report.orientation").set_value(Orientation.LANDSCAPE).run()
    app.selectbox(key="widget.district").select_index(1).run()
    assert not app.exception
    assert "Vorschau des Kartenblatts" in _words(app)


def test_gaps_and_sites_can_be_the_subject() -> None:
    app = _page(service="supermarket")
    app.selectbox(key="report.subject").set_value("gap").run()
    assert not app.exception
    assert "Lücke 1" in _words(app)
    app.selectbox(key="report.subject").set_value("site").run()
    app.selectbox(key="report.site").select_index(0).run()
    assert not app.exception
    assert "Vorschau des Kartenblatts" in _words(app)
    assert "der Umgebung (15 min Fußweg)" in _words(app)


def test_extent_of_the_map_goes_onto_the_sheet() -> None:
    app = _page(service="supermarket")
    app.session_state["report.map"] = {
        "bounds": {
            "_southWest": {"lat": 51.515, "lng": 7.455},
            "_northEast": {"lat": 51.540, "lng": 7.460},
        }
    }
    app.selectbox(key="report.subject").set_value("extent").run()
    assert not app.exception
    assert "Ausschnitt Musterstadt: Vorschau des Kartenblatts" in _words(app)


def test_every_district_is_offered_at_once() -> None:
    app = _page(service="supermarket")
    labels = [button.label for button in app.button]
    assert "Alle Steckbriefe (2)" in labels
    assert "Alle Kartenblätter (2)" in labels


def test_series_and_profiles_of_the_page(study: Study) -> None:
    kind, person = study.kinds[0], study.persons["adult"]
    view = View(kind, person, kind.limit.sourced(), False, "")
    order = Order(study, view, "de", printing_day(), Design(Paper(Size.A4)), turn=True)
    assert [name for name, _ in order.series(bool)] == [
        "supermarket_adult_sued.pdf",
        "supermarket_adult_nord.pdf",
    ]
    assert all(content.startswith(b"%PDF") for _name, content in order.profiles(bool))
    assert list(order.series(lambda: True)) == []


def test_logo_comes_onto_the_sheet_and_a_bad_one_is_told() -> None:
    app = _page(service="supermarket")
    plain = _words(app)
    logo = io.BytesIO()
    Image.new("RGB", (200, 100), "navy").save(logo, "PNG")
    app.file_uploader(key="report.logo").set_value(("logo.png", logo.getvalue(), "image/png")).run()
    assert not app.exception
    assert _words(app) != plain
    app.file_uploader(key="report.logo").set_value(("<b>x</b>.png", b"GIF89a", "image/png")).run()
    assert not app.exception
    assert "keine PNG-Datei" in app.error[0].value
    assert "<b>x" not in _words(app)
    assert "Vorschau des Kartenblatts" in _words(app)


def test_scenario_reaches_every_file_that_shows_the_city(study: Study) -> None:
    kind, person = study.kinds[0], study.persons["adult"]
    view = View(kind, person, kind.limit.sourced(), False, "")
    x, y = (float(value) for value in grid_point(4, 5))
    shop = AddPlace(place_id="neu-1", kind=kind.key, at=Spot(point=(ORIGIN[0] + x, ORIGIN[1] + y)))
    scenario = Scenario(name="Laden am Platz", changes=(shop,))
    order = Order(study, view, "de", printing_day(), Design(Paper(Size.A4)), scenario=scenario, turn=True)
    papers = [order.page(Format.PDF), order.profile(), order.guide("pdf")]
    papers += [content for make in (order.series, order.profiles) for _name, content in make(bool)]
    assert len(papers) == 7
    assert all("Laden am Platz" in text_of(content) for content in papers)
    assert "Laden am Platz" in order.interactive().decode()


@pytest.mark.parametrize("district", [False, True])
def test_every_file_can_be_made(study: Study, *, district: bool) -> None:
    kind, person = study.kinds[0], study.persons["adult"]
    chosen = study.tables["districts"]["district_id"].iloc[0] if district else ""
    view = View(kind, person, kind.limit.sourced(), False, chosen)
    order = Order(study, view, "de", printing_day(), Design(Paper(Size.A4)))
    begins = {Format.PDF: b"%PDF", Format.PNG: b"\x89PNG", Format.SVG: b"<?xml"}
    for form, start in begins.items():
        assert order.page(form).startswith(start)
    assert order.profile().startswith(b"%PDF")
    assert order.table("xlsx").startswith(b"PK")
    assert order.interactive().startswith(b"<!DOCTYPE html>")
    assert order.name("karte", "pdf").endswith("_supermarket_adult.pdf")
