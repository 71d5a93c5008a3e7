"""Gaps, data and method, report and scenarios: nothing foreign, nothing serious, the right language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kudequa_geo.ui.frame import PAGES
from tests.browser.screen import WAIT_MS, choose, map_frame, painted
from tests.browser.test_accessibility import PAGES as SEEN_FIRST
from tests.browser.test_accessibility import _nothing_serious

pytestmark = pytest.mark.browser
WITH_MAP = (
    "Versorgungsluecken",
    "Versorgungsluecken?service=pharmacy&person=wheelchair",
    "Vergleich?compare=states",
    "Szenarien",
)
OPENED = (*WITH_MAP, "Daten_und_Methodik", "Bericht")


def _open(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    expect(page.locator(".kdq-answer, .kdq-text").first).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(1500)


@pytest.mark.parametrize("name", OPENED)
@pytest.mark.parametrize("language", ["de", "en", "tr"])
def test_page_opens_without_serious_defects(page: Page, address: str, name: str, language: str) -> None:
    _open(page, address, f"{name}{'&' if '?' in name else '?'}lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    if name in WITH_MAP and "states" not in name:
        map_frame(page)
        _nothing_serious(page, page.frames[-1])
    else:
        _nothing_serious(page)


def test_axe_sees_every_page() -> None:
    known = {Path(script).stem.partition("_")[2] for script in PAGES}
    seen = {name.partition("?")[0] for name in (*SEEN_FIRST, *OPENED)}
    # The statement has a test of its own.
    assert seen | {"Barrierefreiheit"} == known


@pytest.mark.parametrize(("language", "head"), [("de", "level;district_id;"), ("en", "level,district_id,")])
def test_a_table_is_fetched_in_the_language_of_the_page(
    page: Page, address: str, language: str, head: str
) -> None:
    _open(page, address, f"?lang={language}")
    with page.expect_download(timeout=WAIT_MS) as fetched:
        page.locator("[class*='st-key-home'] button").first.click()
    text = Path(fetched.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith(head)
    assert "OpenStreetMap" in text


def test_a_gap_is_chosen_explained_and_shared(page: Page, address: str) -> None:
    _open(page, address, "Versorgungsluecken?limit=100m")
    frame = map_frame(page)
    assert int(frame.locator("[data-gaps]").get_attribute("data-gaps") or 0) > 0
    choose(page, "Gebiet auswählen", "1. ")
    page.wait_for_url(re.compile("area="), timeout=WAIT_MS)
    told = page.locator(".kdq-answer").first.inner_text()
    other = page.context.browser.new_context().new_page()
    other.goto(page.url)
    map_frame(other)
    assert other.locator(".kdq-answer").first.inner_text() == told
    other.context.close()


def test_a_control_repaints_the_gaps(page: Page, address: str) -> None:
    _open(page, address, "Versorgungsluecken")
    frame = map_frame(page)
    before = painted(frame)
    choose(page, "Dienst", "Apotheke")
    expect(frame.locator(".kdq-legend summary")).to_contain_text("Apotheke", timeout=WAIT_MS)
    page.wait_for_timeout(700)
    assert painted(frame) != before


def test_formulas_and_sources_open_by_keyboard(page: Page, address: str) -> None:
    _open(page, address, "Daten_und_Methodik")
    summary = page.get_by_text("Formeln der Maße mit ihren Quellen")
    summary.scroll_into_view_if_needed()
    page.locator("summary", has_text="Formeln der Maße").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Median und 90. Perzentil").first).to_be_visible(timeout=WAIT_MS)


@pytest.mark.parametrize("name", ["Versorgungsluecken", "Daten_und_Methodik", "Vergleich?compare=states"])
def test_phone_shows_no_sideways_scroll(page: Page, address: str, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, address, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
