"""The page on data and method on the toy town."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from kudequa_geo.ui.method import MEASURES, numbers
from tests.fixtures.pages import open_sound
from tests.fixtures.prepared import Prepared

pytestmark = pytest.mark.usefixtures("shown")


def _open(**query: str) -> AppTest:
    return open_sound("pages/6_Daten_und_Methodik.py", **query)


def _words(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_every_formula_number_and_source_is_there() -> None:
    app = _open()
    # Folded parts are made when they are opened.
    assert not app.latex
    for part in ("method.formulas", "method.numbers"):
        app.session_state[part] = True
    app.run()
    assert [latex.value.strip("$\n ") for latex in app.latex] == [measure.formula for measure in MEASURES]
    words = _words(app)
    for number in numbers():
        assert number.name in words
    assert "musterstadt.osm.pbf" in words
    assert "ODbL 1.0" in words


def test_completeness_follows_the_district() -> None:
    app = _open()
    whole = _words(app).split("<caption>Vollständigkeit</caption>")[1].split("</table>")[0]
    app.selectbox(key="widget.district").select_index(1).run()
    part = _words(app).split("<caption>Vollständigkeit</caption>")[1].split("</table>")[0]
    assert whole != part
    assert whole.count("<tr") == part.count("<tr")


def test_a_service_without_a_place_has_no_share() -> None:
    table = _words(_open()).split("<caption>Vollständigkeit</caption>")[1].split("</table>")[0]
    row = next(line for line in table.split("<tr") if "Schwimmbad" in line)
    assert "%" not in row


def test_lists_of_the_report_are_shown_as_text(town: Prepared) -> None:
    report = json.loads((town.folder / "report.json").read_text(encoding="utf-8"))
    app = _open(list="places_merged")
    words = _words(app)
    for row in report["lists"]["places_merged"]:
        assert row["kept"] in words
    app.selectbox(key="widget.list").select("islands").run()
    assert "Netzinseln" in _words(app)


def test_a_list_that_is_not_there_falls_back_with_a_note() -> None:
    app = _open(list="<b>")
    assert "Angabe list = „&lt;b&gt;“" in _words(app)
