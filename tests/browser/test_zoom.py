"""Enlarged to twice and four times the size, home and the access page need no sideways scrolling."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import WAIT_MS, map_frame

pytestmark = pytest.mark.browser
#: A window of 1280 × 800 enlarged to 200 % has this many CSS pixels.
DOUBLE = (640, 400)


@pytest.mark.parametrize("language", ["de", "en", "tr"])
@pytest.mark.parametrize("path", ["", "Erreichbarkeit"])
def test_twice_the_size_needs_no_sideways_scrolling(
    page: Page, address: str, path: str, language: str
) -> None:
    page.set_viewport_size({"width": DOUBLE[0], "height": DOUBLE[1]})
    page.goto(f"{address}/{path}?lang={language}")
    map_frame(page)
    expect(page.locator(".kdq-answer").first).to_be_visible(timeout=WAIT_MS)
    for looked_at in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{looked_at}.scrollWidth") <= DOUBLE[0]
    # Nothing is cut off at the right either, save what scrolls in a frame of its own: navigation and tables.
    cut = page.evaluate(
        """width => Array.from(document.querySelectorAll('[data-testid=stMain] *')).filter((each) => {
            const box = each.getBoundingClientRect();
            const own = each.closest('.st-key-bar, .kdq-scroll, .st-key-present, [data-testid=stSlider]');
            return each.checkVisibility() && !own && box.width > 1 && box.right > width + 1;
        }).map((each) => each.outerHTML.slice(0, 120))""",
        DOUBLE[0],
    )
    assert cut == []


def test_statement_needs_no_sideways_scrolling(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/Barrierefreiheit")
    expect(page.get_by_text("Durchsetzung")).to_be_visible(timeout=WAIT_MS)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
