"""What a planner tries on the page of scenarios, from the click to the new picture."""

from __future__ import annotations

import re
import sys
import time

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.screen import WAIT_MS, building, map_frame, painted

pytestmark = pytest.mark.browser
_MAP = "iframe[title*='st_folium']"


def _press(page: Page, words: str) -> None:
    button = page.get_by_role("button", name=words, exact=True)
    # While a page is drawn anew, elements of before and after stand side by side for a moment.
    expect(button).to_have_count(1, timeout=WAIT_MS)
    button.click()


def _repainted(frame: Frame, before: str) -> float:
    """Wait for other colours and return the seconds that took."""
    begin = time.perf_counter()
    frame.wait_for_function(
        "before => document.querySelector('[data-painted]')?.dataset.painted !== before",
        arg=before,
        timeout=WAIT_MS,
    )
    return time.perf_counter() - begin


def _click(page: Page, x: float, y: float) -> None:
    box = page.locator(_MAP).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x, box["y"] + y)


def test_a_site_is_tried_undone_and_tried_again(page: Page, address: str) -> None:
    page.goto(f"{address}/Szenarien?service=pharmacy&person=pram")
    frame = map_frame(page)
    page.get_by_role("combobox", name=re.compile("^Wo: ")).first.click()
    page.keyboard.type("Ehem. Kaufhaus")
    page.keyboard.press("Enter")
    opening = page.get_by_role("button", name="Eröffnen", exact=True)
    expect(opening).to_be_enabled(timeout=WAIT_MS)
    before = painted(frame)
    opening.click()
    added = _repainted(frame, before)
    expect(page.locator(".kdq-answer")).to_contain_text("Mit „Mein Szenario“", timeout=WAIT_MS)
    expect(page.get_by_text("1. Neu: ")).to_be_visible()
    assert frame.locator("[data-sketch]").get_attribute("data-sketch") == "0/1"
    before = painted(frame)
    _press(page, "Rückgängig")
    undone = _repainted(frame, before)
    expect(page.locator(".kdq-answer")).to_contain_text("noch nichts geändert", timeout=WAIT_MS)
    before = painted(frame)
    _press(page, "Wiederholen")
    again = _repainted(frame, before)
    expect(page.get_by_text("1. Neu: ")).to_be_visible(timeout=WAIT_MS)
    # How long that takes depends on the machine: told, not demanded.
    sys.stdout.write(f"\nseconds from the press to new pixels: {added:.2f}, {undone:.2f}, {again:.2f}\n")


def test_a_path_is_drawn_with_two_clicks(page: Page, address: str) -> None:
    page.goto(f"{address}/Szenarien?change=open_path")
    frame = map_frame(page)
    expect(page.get_by_text("Zuerst den Anfang")).to_be_visible(timeout=WAIT_MS)
    spot = building(frame)
    _click(page, spot["x"], spot["y"])
    expect(page.get_by_text("Anfang A ist gesetzt")).to_be_visible(timeout=WAIT_MS)
    _click(page, spot["x"] + 60, spot["y"] + 30)
    expect(page.get_by_text("Anfang A und Ende B sind gesetzt")).to_be_visible(timeout=WAIT_MS)
    _press(page, "Weg öffnen")
    # Either it joins two streets, or the page says why not; never half of it.
    listed = page.get_by_text("1. Weg geöffnet")
    expect(listed.or_(page.get_by_test_id("stAlert")).first).to_be_visible(timeout=WAIT_MS)
    if listed.count():
        assert frame.locator("[data-sketch]").get_attribute("data-sketch") == "1/1"
    else:
        expect(page.locator(".kdq-answer")).to_contain_text("noch nichts geändert")


def test_a_suggestion_reaches_the_map_and_the_scenario(page: Page, address: str) -> None:
    page.goto(f"{address}/Szenarien?task=suggest&from=building&number=2&limit=200m")
    frame = map_frame(page)
    _press(page, "Vorschlag rechnen")
    expect(page.locator(".kdq-answer")).to_contain_text("2 vorgeschlagenen Orten", timeout=WAIT_MS)
    expect(page.get_by_text("Nachweislich die beste Auswahl")).to_be_visible()
    frame.wait_for_selector("[data-sketch='0/2']", timeout=WAIT_MS)
    _press(page, "Übernehmen")
    expect(page.get_by_text("Wer gewinnt, wer verliert – nach")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".kdq-answer")).to_contain_text("Mit „Mein Szenario“")


def test_a_site_page_leads_to_the_trial(page: Page, address: str) -> None:
    page.goto(f"{address}/Flaechen_und_Leerstaende?service=bakery")
    map_frame(page)
    page.locator("[data-testid=stRadio] label").filter(has_text="Alte Ziegelei").first.click()
    _press(page, "Hier ausprobieren")
    page.wait_for_url(re.compile("/Szenarien"), timeout=WAIT_MS)
    map_frame(page)
    expect(page.get_by_text(re.compile("^Wo: Bäckerei")).first).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Eröffnen", exact=True)).to_be_enabled(timeout=WAIT_MS)
