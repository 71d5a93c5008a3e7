"""Enlarged to twice the size, no page needs sideways scrolling, nor do home and access at four times."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kudequa_geo.ui import frame
from tests.browser.screen import WAIT_MS

pytestmark = pytest.mark.browser
#: A window of 1280 × 800 enlarged to 200 % and 400 % has this many CSS pixels.
DOUBLE, FOURFOLD = (640, 400), (320, 200)
#: Addresses of all pages: the home page has none of its own.
PATHS = {script: Path(script).stem.partition("_")[2] for script in frame.PAGES}
#: What scrolls in a frame of its own: navigation, tables, presentation, commands.
_OWN = ".st-key-bar, .kdq-scroll, .st-key-present, [data-testid=stSlider], .kdq-code code"


def _overflow(page: Page, address: str, size: tuple[int, int]) -> list[str]:
    """Return what makes a page wider than the window, or is cut off at its right."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(address)
    expect(page.locator(".kdq-answer, .kdq-text").first).to_be_visible(timeout=WAIT_MS)
    # Parts of a page follow each other: it is looked at when no more have come for a while.
    page.wait_for_function(
        """() => {
            const count = document.querySelectorAll('[data-testid=stMain] *').length;
            const settled = window.kdqCount === count;
            window.kdqCount = count;
            return settled && !document.querySelector('[data-testid=stSkeleton]');
        }""",
        polling=1500,
        timeout=WAIT_MS,
    )
    wide = [
        looked_at
        for looked_at in ("document.documentElement", "document.querySelector('[data-testid=stMain]')")
        if page.evaluate(f"{looked_at}.scrollWidth") > size[0]
    ]
    cut: list[str] = page.evaluate(
        """([width, own]) => [...document.querySelectorAll('[data-testid=stMain] *')].filter((each) => {
            const box = each.getBoundingClientRect();
            return each.checkVisibility() && !each.closest(own) && box.width > 1 && box.right > width + 1;
        }).map((each) => each.outerHTML.slice(0, 120))""",
        [size[0], _OWN],
    )
    return wide + cut


@pytest.mark.parametrize("script", PATHS)
def test_twice_the_size_needs_no_sideways_scrolling(page: Page, address: str, script: str) -> None:
    assert _overflow(page, f"{address}/{PATHS[script]}", DOUBLE) == []


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("path", ["", "Erreichbarkeit"])
def test_other_languages_need_none_either(page: Page, address: str, path: str, language: str) -> None:
    assert _overflow(page, f"{address}/{path}?lang={language}", DOUBLE) == []


@pytest.mark.parametrize("path", ["", "Erreichbarkeit"])
def test_four_times_the_size_needs_none_either(page: Page, address: str, path: str) -> None:
    assert _overflow(page, f"{address}/{path}", FOURFOLD) == []


def test_statement_needs_no_sideways_scrolling(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/Barrierefreiheit")
    expect(page.get_by_text("Durchsetzung")).to_be_visible(timeout=WAIT_MS)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
