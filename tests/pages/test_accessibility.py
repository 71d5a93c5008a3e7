"""The statement on accessibility, the twins of the maps, and presentation mode, without a browser."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kudequa_geo.ui import frame, i18n, presentation
from kudequa_geo.ui.accessibility import BARRIERS, CHECKS
from tests.fixtures.pages import html_words, open_page
from tests.fixtures.prepared import ROOT, Prepared

pytestmark = pytest.mark.usefixtures("shown")

STATEMENT = "pages/9_Barrierefreiheit.py"
_OPERATOR = """
[operator]
name = "Stadt <b>Muster</b>"
email = "barrierefrei@musterstadt.de"
reviewed = 2026-01-31
enforcement = "Ombudsstelle Muster"
enforcement_url = "https://ombud.example.de/"
"""


def _open(page: str, **query: str) -> AppTest:
    app = open_page(page, **query)
    assert not app.exception
    assert not app.error
    return app


@pytest.mark.parametrize("test", [test for check in CHECKS for test in check.tests])
def test_every_check_of_the_statement_exists(test: str) -> None:
    path, _separator, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_statement_says_what_is_tested_and_what_is_not_accessible(language: str) -> None:
    words = html_words(_open(STATEMENT, lang=language))
    assert words.count("<tr>") >= len(CHECKS) + len(BARRIERS)
    assert "EN 301 549" in words
    assert "Streamlit" in words
    for check in CHECKS:
        assert all(test in words for test in check.tests)
    # Nobody has named a contact here: it must not look as if somebody had.
    assert "[operator]" in words
    assert "mailto:" not in words


def test_contact_comes_from_the_municipality(town: Prepared, tmp_path: Path, monkeypatch) -> None:
    import shutil

    shutil.copytree(town.data_dir, tmp_path / "data")
    told = tmp_path / "data" / "municipalities" / f"{town.key}.toml"
    told.write_text(told.read_text(encoding="utf-8") + _OPERATOR, encoding="utf-8")
    monkeypatch.setenv("KUDEQUA_DATA_DIR", str(tmp_path / "data"))
    words = html_words(_open(STATEMENT))
    assert "mailto:barrierefrei@musterstadt.de" in words
    assert "Stadt &lt;b&gt;Muster&lt;/b&gt;" in words
    assert "31.01.2026" in words
    assert 'href="https://ombud.example.de/"' in words
    assert "[operator]" not in words


@pytest.mark.parametrize("script", tuple(frame.PAGES))
def test_every_page_leads_to_the_statement(script: str) -> None:
    app = _open(script)
    links = [link.proto for link in app.get("page_link")]
    assert "Erklärung zur Barrierefreiheit" in [link.label for link in links]


#: Before anything is changed, the page of scenarios has no answer yet; with one it offers its own tables.
ANSWERS = tuple(script for script in presentation.PAGES if script != "pages/8_Szenarien.py")


@pytest.mark.parametrize("script", ANSWERS)
def test_every_map_has_its_twin(script: str) -> None:
    app = _open(script)
    words = html_words(app)
    assert 'class="kdq-answer"' in words
    assert "<table" in words or "<ol" in words
    assert app.get("download_button")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("script", tuple(presentation.PAGES))
def test_presentation_is_in_the_address_of_every_map_page(script: str, language: str) -> None:
    app = _open(script, lang=language, present="1")
    assert app.query_params["present"] in ("1", ["1"])
    words = html_words(app)
    assert '"present": "1"' in words
    assert words.count("<h1") == 1
    assert words.count("<kbd>") >= 10


def test_presentation_is_started_and_left() -> None:
    app = _open("pages/1_Erreichbarkeit.py")
    assert "present" not in app.query_params
    app.button(key="present-start").click().run()
    assert app.query_params["present"] in ("1", ["1"])
    app.switch_page("pages/2_Versorgungsluecken.py").run()
    assert app.query_params["present"] in ("1", ["1"])
    app.button(key="present-leave").click().run()
    assert "present" not in app.query_params


def test_a_page_without_a_map_is_not_presented() -> None:
    app = _open("pages/6_Daten_und_Methodik.py", present="1")
    assert "present" not in app.query_params
    assert '"present": ""' in html_words(app)
    assert "present-start" not in [button.key for button in app.button]
