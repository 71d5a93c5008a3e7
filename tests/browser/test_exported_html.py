"""What is sent around opens in a browser from the file system, without any network."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kudequa_geo.config import load_municipality
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.facts import Facts
from kudequa_geo.export.focus import area_focus
from kudequa_geo.export.guide import make_guide
from kudequa_geo.export.html_map import html_map
from kudequa_geo.export.picture import picture_of
from kudequa_geo.export.question import ask
from kudequa_geo.language import Language
from kudequa_geo.study import load_study
from tests.browser.screen import WAIT_MS
from tests.fixtures.prepared import Prepared

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def edition(town: Prepared) -> Edition:
    study = load_study(load_municipality(town.key, town.data_dir), town.data_dir)
    return Edition(study, town.folder, Language("de"), date(2024, 6, 1))


def test_map_paints_its_buildings(page: Page, edition: Edition, tmp_path: Path) -> None:
    question = ask(edition.study, "cafe", "adult")
    path = tmp_path / "karte.html"
    path.write_bytes(html_map(edition, area_focus(edition), picture_of(edition.study, question))[0])
    page.goto(path.as_uri())
    page.wait_for_selector("#map[data-painted]", timeout=WAIT_MS)
    page.wait_for_selector("#map canvas", timeout=WAIT_MS)
    assert "Menschen" in page.inner_text(".kdq-legend")
    assert "OpenStreetMap" in page.inner_text("footer")
    assert "Modelldaten" in page.inner_text("header")
    # Every tile of the home zoom came out of the page itself.
    assert page.evaluate("fetch('https://kudequa.invalid/ground.pmtiles').then((r) => r.status)") == 200


def test_guide_shows_its_map_and_font(page: Page, edition: Edition, tmp_path: Path) -> None:
    path = tmp_path / "wegweiser.html"
    facts = Facts(edition, ask(edition.study, "supermarket", "adult"), "adult")
    path.write_bytes(make_guide(facts).html())
    page.goto(path.as_uri())
    assert page.evaluate("document.images[0].naturalWidth") > 500
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"KuDeQua Sans\"'))")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
