"""What a planner does on the access page, with every host but this machine blocked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import WAIT_MS, building, choose, click_building, colours, map_frame, painted, view

pytestmark = pytest.mark.browser


def _open(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/Erreichbarkeit{query}")


def test_buildings_are_painted_in_classes(page: Page, address: str) -> None:
    _open(page, address)
    frame = map_frame(page)
    seen = colours(page)
    assert len(seen) >= 3, seen
    assert sum(seen.values()) > 1500
    expect(frame.locator(".kdq-legend")).to_contain_text("Grenze: 500")
    expect(page.locator(".kdq-answer")).to_contain_text("Musterstadt")


def test_home_leads_to_the_map_as_a_first_visit(page: Page, address: str) -> None:
    page.goto(address)
    map_frame(page)
    assert sum(colours(page).values()) > 300
    page.get_by_role("link", name="Erreichbarkeit").click()
    expect(page.get_by_text("Grenze in")).to_be_visible(timeout=WAIT_MS)
    map_frame(page)


def test_click_draws_the_walk_and_lists_the_nearest(page: Page, address: str) -> None:
    _open(page, address)
    frame = map_frame(page)
    click_building(page, frame)
    frame.wait_for_selector("[data-walk='drawn']", timeout=WAIT_MS)
    expect(page.get_by_text("Nächste Angebote").first).to_be_visible()
    expect(page.locator(".kdq-here").first).to_contain_text("Supermarkt")
    expect(page.locator(".kdq-text").first).to_contain_text("Frischmarkt Muster")


def test_control_repaints_and_keeps_the_view(page: Page, address: str) -> None:
    _open(page, address)
    frame = map_frame(page)
    frame.evaluate("map.setView(map.getCenter(), map.getZoom() + 1, {animate: false})")
    page.wait_for_timeout(500)
    before, colours_before = view(frame), painted(frame)
    choose(page, "Person", "über 85 Jahre")
    choose(page, "Dienst", "Apotheke")
    page.wait_for_function(
        "before => document.querySelector('iframe').contentDocument"
        ".querySelector('[data-painted]').dataset.painted !== before",
        arg=colours_before,
        timeout=WAIT_MS,
    )
    assert view(frame) == pytest.approx(before)
    assert frame.locator(".kdq-legend summary").inner_text().startswith("Apotheke – über 85")


def test_address_restores_the_view_for_someone_else(page: Page, address: str) -> None:
    _open(page, address)
    map_frame(page)
    choose(page, "Dienst", "Apotheke")
    choose(page, "Person", "mit Rollstuhl")
    page.wait_for_url(re.compile("person=wheelchair"), timeout=WAIT_MS)
    choose(page, "Sprache", "English")
    page.wait_for_url(re.compile("lang=en"), timeout=WAIT_MS)
    expect(page.locator("html")).to_have_attribute("lang", "en", timeout=WAIT_MS)
    shared = page.url
    assert "service=pharmacy" in shared
    expect(page.get_by_role("combobox", name="Sort districts by")).to_have_value(re.compile("share within"))
    fresh = page.context.browser.new_context()
    other = fresh.new_page()
    other.goto(shared)
    frame = map_frame(other)
    assert frame.locator(".kdq-legend summary").inner_text().startswith("Pharmacy")
    expect(other.locator("html")).to_have_attribute("lang", "en")
    fresh.close()


def test_back_and_forward_restore_the_view(page: Page, address: str) -> None:
    _open(page, address)
    frame = map_frame(page)
    choose(page, "Dienst", "Apotheke")
    legend = frame.locator(".kdq-legend summary")
    expect(legend).to_contain_text("Apotheke", timeout=WAIT_MS)
    page.wait_for_url(re.compile("service=pharmacy"), timeout=WAIT_MS)
    page.go_back()
    expect(legend).to_contain_text("Supermarkt", timeout=WAIT_MS)
    page.go_forward()
    expect(legend).to_contain_text("Apotheke", timeout=WAIT_MS)


def test_wrong_address_is_told_and_the_page_works(page: Page, address: str) -> None:
    _open(page, address, "?service=%3Cscript%3E&limit=9999999m&lang=xx")
    map_frame(page)
    expect(page.get_by_text("nicht möglich").first).to_be_visible()
    assert sum(colours(page).values()) > 1500


@pytest.mark.parametrize(
    ("language", "word"), [("de", "Supermarkt"), ("en", "Supermarket"), ("tr", "Süpermarket")]
)
def test_every_language(page: Page, address: str, language: str, word: str) -> None:
    _open(page, address, f"?lang={language}")
    frame = map_frame(page)
    expect(frame.locator(".kdq-legend summary")).to_contain_text(word)
    assert frame.evaluate("document.documentElement.lang") == language


def test_hostile_names_are_shown_as_text(page: Page, address: str) -> None:
    page.add_init_script("window.alert = () => { throw new Error('script from data ran') }")
    _open(page, address, "?service=cafe")
    frame = map_frame(page)
    click_building(page, frame)
    frame.wait_for_selector("[data-walk='drawn']", timeout=WAIT_MS)
    expect(page.locator(".kdq-here").first).to_contain_text("<script>alert('x')</script>")
    assert page.locator("img[src='x']").count() == frame.locator("img[src='x']").count() == 0


def test_address_cannot_bring_a_picture_or_a_link(page: Page, address: str) -> None:
    """The guard of the browser fails for every request to another host."""
    _open(page, address, "?service=![x](http://example.org/x.png)[y](http://example.org)")
    expect(page.get_by_text("![x](http://example.org/x.png)")).to_be_visible()
    assert page.locator("a[href^='http://example.org'], img[src*='example.org']").count() == 0
    assert page.request.get(address).headers["content-security-policy"].startswith("default-src 'self'")


def test_keyboard_alone_explains_a_building(page: Page, address: str) -> None:
    _open(page, address)
    frame = map_frame(page)
    point = building(frame)
    frame.evaluate("p => map.setView(map.containerPointToLatLng([p.x, p.y]), 18, {animate: false})", point)
    frame.locator("[role=application]").focus()
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    expect(frame.locator(".kdq-crosshair")).to_be_visible()
    frame.wait_for_selector("[data-walk='drawn']", timeout=WAIT_MS)
    expect(page.get_by_text("Nächste Angebote").first).to_be_visible(timeout=WAIT_MS)


def test_a_click_beside_the_buildings_says_so(page: Page, address: str) -> None:
    _open(page, address)
    frame = map_frame(page)
    box = page.locator("iframe[title*='st_folium']").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 6)
    expect(page.get_by_text("kein Wohngebäude").first).to_be_visible(timeout=WAIT_MS)
    assert frame.locator("[data-walk]").count() == 0


def test_phone_shows_the_map_first(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _open(page, address)
    map_frame(page)
    box = page.locator("iframe[title*='st_folium']").bounding_box()
    assert box is not None
    assert box["y"] < 180
    assert box["width"] > 340
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    controls = page.get_by_text("Grenze in").bounding_box()
    assert controls is not None
    assert controls["y"] > box["y"] + box["height"]
