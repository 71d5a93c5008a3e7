"""Fields, levels and walks from a clicked point on the access page, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.screen import WAIT_MS, building, choose, click_building, map_frame, view

pytestmark = pytest.mark.browser


def _open(page: Page, address: str, query: str = "") -> Frame:
    page.goto(f"{address}/Erreichbarkeit{query}")
    return map_frame(page)


def _units(frame: Frame) -> str:
    frame.wait_for_selector("[data-units]", timeout=WAIT_MS)
    return str(frame.locator("[data-units]").get_attribute("data-units"))


def _click_the_middle(page: Page, frame: Frame) -> None:
    # The legend may lie there.
    frame.evaluate("document.querySelector('.kdq-legend').open = false")
    page.wait_for_timeout(500)
    page.locator("iframe[title*='st_folium']").click()


def test_levels_are_drawn_in_place_and_buildings_come_back(page: Page, address: str) -> None:
    frame = _open(page, address)
    frame.evaluate("map.setView(map.getCenter(), map.getZoom() + 1, {animate: false})")
    before = view(frame)
    painted = frame.locator("[data-painted]").get_attribute("data-painted")
    choose(page, "Darstellung nach", "Zellen von 100 m")
    cells = _units(frame)
    expect(frame.locator("img.kdq-cells")).to_be_visible()
    expect(frame.locator(".kdq-legend")).to_contain_text("mittlerer Weg der Zelle")
    choose(page, "Darstellung nach", "Bezirke")
    page.wait_for_function(
        "before => document.querySelector('iframe').contentDocument"
        ".querySelector('[data-units]')?.dataset.units !== before",
        arg=cells,
        timeout=WAIT_MS,
    )
    expect(frame.locator("img.kdq-cells")).to_have_count(0)
    expect(frame.locator(".kdq-legend")).to_contain_text("mittlerer Weg des Bezirks")
    choose(page, "Person", "über 85 Jahre")
    expect(frame.locator(".kdq-legend summary")).to_contain_text("über 85", timeout=WAIT_MS)
    assert _units(frame)
    choose(page, "Person", "Erwachsene")
    choose(page, "Darstellung nach", "Gebäude")
    expect(frame.locator("[data-units]")).to_have_count(0, timeout=WAIT_MS)
    expect(frame.locator("[data-painted]")).to_have_attribute("data-painted", str(painted), timeout=WAIT_MS)
    assert view(frame) == pytest.approx(before)


def test_a_click_on_a_district_tells_its_figures_and_the_address_keeps_them(page: Page, address: str) -> None:
    frame = _open(page, address, "?level=districts")
    _units(frame)
    click_building(page, frame)
    told = page.get_by_text(re.compile("Hier wohnen .* Menschen"))
    expect(told).to_be_visible(timeout=WAIT_MS)
    page.wait_for_url(re.compile("at="), timeout=WAIT_MS)
    shared, words = page.url, told.inner_text()
    expect(page.locator("tr.kdq-here")).to_have_count(1)
    fresh = page.context.browser.new_context()
    other = fresh.new_page()
    other.goto(shared)
    expect(other.get_by_text(words)).to_be_visible(timeout=WAIT_MS)
    fresh.close()
    page.get_by_role("button", name="Auswahl aufheben").click()
    expect(told).to_have_count(0, timeout=WAIT_MS)


def test_a_click_shows_the_walks_from_there(page: Page, address: str) -> None:
    frame = _open(page, address)
    page.get_by_text("Wege von hier").click()
    expect(page.get_by_text("wie weit man von dort")).to_be_visible(timeout=WAIT_MS)
    before = view(frame)
    click_building(page, frame)
    frame.wait_for_selector("[data-areas='3']", timeout=WAIT_MS)
    expect(frame.locator(".kdq-ring")).to_have_count(3)
    assert view(frame) == pytest.approx(before)
    expect(page.get_by_text(re.compile("Höchstens 15.min Fußweg von der gewählten Stelle"))).to_be_visible()
    page.wait_for_url(re.compile("at="), timeout=WAIT_MS)
    shared = page.url
    assert "click=ways" in shared
    # Somebody slower comes less far; the point stays.
    table = page.get_by_role("region", name="Wer in der Nähe wohnt")
    adults = table.inner_text()
    choose(page, "Person", "über 85 Jahre")
    expect(frame.locator(".kdq-legend summary")).to_contain_text("über 85", timeout=WAIT_MS)
    expect(table).not_to_have_text(adults, timeout=WAIT_MS)
    fresh = page.context.browser.new_context()
    other = fresh.new_page()
    other.goto(shared)
    map_frame(other).wait_for_selector("[data-areas='3']", timeout=WAIT_MS)
    fresh.close()
    page.get_by_text("Gebäude erklären").click()
    expect(frame.locator("[data-areas]")).to_have_count(0, timeout=WAIT_MS)
    frame.wait_for_selector("[data-walk='drawn']", timeout=WAIT_MS)


def test_a_place_can_be_the_beginning(page: Page, address: str) -> None:
    frame = _open(page, address, "?click=ways")
    frame.evaluate(
        """() => {
            let place = null;
            map.eachLayer((layer) => (place = layer.options.shape ? layer : place));
            map.setView(place.getLatLng(), 17, { animate: false });
        }"""
    )
    _click_the_middle(page, frame)
    expect(page.get_by_text(re.compile("Fußweg von „.*“ \\(Supermarkt\\) wohnen im Gebiet"))).to_be_visible(
        timeout=WAIT_MS
    )


def test_a_whole_field_counts_its_services(page: Page, address: str) -> None:
    frame = _open(page, address)
    choose(page, "Dienst oder ganzes Feld", "Nahversorgung gesamt")
    legend = frame.locator(".kdq-legend")
    expect(legend.locator("summary")).to_contain_text("Nahversorgung gesamt", timeout=WAIT_MS)
    expect(legend).to_contain_text("Dienste innerhalb")
    expect(page.get_by_text("Grenze in")).to_have_count(0)
    point = building(frame)
    frame.evaluate("p => map.setView(map.containerPointToLatLng([p.x, p.y]), 18, {animate: false})", point)
    _click_the_middle(page, frame)
    expect(page.get_by_text(re.compile("Diensten „Nahversorgung“ liegen innerhalb"))).to_be_visible(
        timeout=WAIT_MS
    )
    page.wait_for_url(re.compile("field=local_supply"), timeout=WAIT_MS)
    page.get_by_role("link", name="Versorgungslücken").click()
    expect(page.locator("h1")).to_have_text("Versorgungslücken", timeout=WAIT_MS)
    page.wait_for_url(re.compile("Versorgungsluecken.*area|Versorgungsluecken.*order"), timeout=WAIT_MS)
    page.get_by_role("link", name="Erreichbarkeit").click()
    expect(page.locator(".kdq-answer").first).to_contain_text("„Nahversorgung“", timeout=WAIT_MS)
