"""What a meeting sees and touches: presentation mode of every map page in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from kudequa_geo.ui.presentation import PAGES
from tests.browser.screen import WAIT_MS, choose, click_building, map_frame, view

pytestmark = pytest.mark.browser
LEAST_PX = 22
#: Sizes of the letters that are seen, smallest first, each with its text.
SIZES = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (!text || !parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (["SCRIPT", "STYLE", "NOSCRIPT"].includes(parent.tagName)) continue;
    if (parent.dataset.testid === "stIconMaterial") continue;
    const range = document.createRange();
    range.selectNode(walker.currentNode);
    const box = range.getBoundingClientRect(), style = getComputedStyle(parent);
    if (box.width < 2 || box.height < 2 || style.clipPath !== "none" || style.clip !== "auto") continue;
    if (box.right < 0 || box.bottom < 0 || box.left > innerWidth || box.top > innerHeight) continue;
    found.push([parseFloat(style.fontSize), text.slice(0, 60)]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""


def _present(page: Page, address: str, path: str, query: str = "") -> None:
    page.goto(f"{address}/{path}?present=1{query}")
    map_frame(page)
    expect(page.locator(".kdq-answer").first).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(500)


def _no_overflow(page: Page) -> None:
    for axis in ("Width", "Height"):
        whole = page.evaluate(f"document.querySelector('[data-testid=stMain]').scroll{axis}")
        assert whole <= page.evaluate(f"window.inner{axis}"), axis


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 800)])
@pytest.mark.parametrize("path", [*PAGES.values(), "Vergleich?compare=persons"])
def test_type_is_large_and_nothing_overflows(
    page: Page, address: str, path: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    path, _mark, query = path.partition("?")
    _present(page, address, path, f"&{query}" if query else "")
    frame = map_frame(page)
    for looked_at in (page, frame):
        small = [found for found in looked_at.evaluate(SIZES) if found[0] < LEAST_PX]
        assert small == []
    _no_overflow(page)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".st-key-controls, .st-key-bar").first).to_be_hidden()
    shown = [box for box in page.locator("iframe[title*='st_folium']").all() if box.is_visible()]
    areas = [box["width"] * box["height"] for each in shown if (box := each.bounding_box())]
    assert sum(areas) > 0.5 * width * height


def test_keys_open_what_they_say_and_escape_leaves(page: Page, address: str) -> None:
    _present(page, address, "Erreichbarkeit")
    frame = map_frame(page)
    controls, table = page.get_by_text("Grenze in"), page.get_by_text("Bezirke sortieren nach")
    for key, panel in (("1", controls), ("2", table), ("?", page.get_by_role("dialog"))):
        expect(panel).to_be_hidden()
        page.keyboard.press(key)
        expect(panel).to_be_visible()
        page.keyboard.press(key)
        expect(panel).to_be_hidden()
    legend = frame.locator(".kdq-legend")
    expect(legend).to_have_attribute("open", "")
    page.keyboard.press("3")
    expect(legend).not_to_have_attribute("open", "")
    page.keyboard.press("3")
    zoom, _lat, lng = view(frame)
    page.keyboard.press("+")
    page.wait_for_timeout(700)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    after = view(frame)
    assert after[0] == zoom + 1
    assert after[2] > lng
    # From within the map, too.
    frame.locator("[role=application]").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert "present=1" in page.url
    page.keyboard.press("Escape")
    expect(page.get_by_text("Grenze in")).to_be_visible()
    page.wait_for_url(lambda url: "present" not in url, timeout=WAIT_MS)
    assert page.evaluate("document.documentElement.dataset.present") == ""
    # Out of the mode the keys mean nothing.
    page.locator("body").press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_it_starts_with_a_button_keeps_the_view_and_is_shared(page: Page, address: str) -> None:
    page.goto(f"{address}/Erreichbarkeit")
    frame = map_frame(page)
    frame.evaluate("map.setView(map.getCenter(), map.getZoom() + 1, {animate: false})")
    frame.evaluate("window.mark = 'same frame'")
    before = view(frame)
    page.get_by_role("button", name="Präsentation").click()
    expect(page.locator(".kdq-present-buttons")).to_be_visible(timeout=WAIT_MS)
    page.wait_for_url(re.compile("present=1"), timeout=WAIT_MS)
    assert frame.evaluate("window.mark") == "same frame"
    assert view(frame)[0] == before[0]
    fresh = page.context.browser.new_context()
    other = fresh.new_page()
    other.goto(page.url)
    map_frame(other)
    expect(other.locator(".kdq-present-buttons")).to_be_visible()
    fresh.close()
    page.go_back()
    expect(page.get_by_text("Grenze in")).to_be_visible(timeout=WAIT_MS)


def test_touch_targets_are_large_and_work(page: Page, address: str) -> None:
    _present(page, address, "Erreichbarkeit")
    frame = map_frame(page)
    buttons = [*page.locator(".kdq-present-buttons button").all(), page.get_by_role("button", name="Beenden")]
    for target in [*buttons, *frame.locator(".leaflet-bar a").all()]:
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, target
    page.get_by_role("button", name="Bedienung").click()
    choose(page, "Person", "über 85 Jahre")
    expect(frame.locator(".kdq-legend summary")).to_contain_text("über 85", timeout=WAIT_MS)
    assert page.evaluate("document.documentElement.dataset.panel") == "controls"
    page.get_by_role("button", name="Bedienung").click()
    expect(page.get_by_text("Grenze in")).to_be_hidden()
    page.get_by_role("button", name="Beenden").click()
    expect(page.get_by_text("Grenze in")).to_be_visible(timeout=WAIT_MS)


def test_a_question_from_the_audience_is_answered_beside_the_sentence(page: Page, address: str) -> None:
    _present(page, address, "Erreichbarkeit")
    frame = map_frame(page)
    frame.evaluate("document.querySelector('.kdq-legend').open = false")
    click_building(page, frame)
    frame.wait_for_selector("[data-walk='drawn']", timeout=WAIT_MS)
    expect(page.locator(".st-key-clicked .kdq-text").first).to_be_visible()
    expect(page.get_by_text("Nächste Angebote").first).to_be_hidden()
    _no_overflow(page)


def test_pages_are_leafed_through(page: Page, address: str) -> None:
    _present(page, address, "Erreichbarkeit")
    page.keyboard.press("PageDown")
    expect(page.locator("h1")).to_have_text("Versorgungslücken", timeout=WAIT_MS)
    map_frame(page)
    page.keyboard.press("PageUp")
    expect(page.locator("h1")).to_have_text("Erreichbarkeit", timeout=WAIT_MS)
    page.wait_for_url(re.compile("present=1"), timeout=WAIT_MS)


@pytest.mark.parametrize(("language", "word"), [("de", "Beenden"), ("en", "Leave"), ("tr", "Bitir")])
def test_every_language(page: Page, address: str, language: str, word: str) -> None:
    _present(page, address, "Erreichbarkeit", f"&lang={language}")
    expect(page.get_by_role("button", name=word)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_phone_shows_all_of_it(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _present(page, address, "Erreichbarkeit")
    _no_overflow(page)
    box = page.locator("iframe[title*='st_folium']").bounding_box()
    assert box is not None
    assert box["height"] > 300
    page.get_by_role("button", name="Zahlen").click()
    expect(page.get_by_text("Bezirke sortieren nach")).to_be_visible()
    expect(page.get_by_role("button", name="Beenden")).to_be_in_viewport()


def test_a_pair_has_its_figures_a_key_away(page: Page, address: str) -> None:
    _present(page, address, "Vergleich", "&compare=persons")
    table = page.get_by_text("Menschen je Klasse")
    expect(table).to_be_hidden()
    page.keyboard.press("2")
    expect(table).to_be_visible()
    small = [found for found in page.evaluate(SIZES) if found[0] < LEAST_PX]
    assert small == []
    page.keyboard.press("Escape")
    expect(table).to_be_hidden()


def test_the_map_fills_its_room_and_the_sources_are_whole(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    _present(page, address, "Erreichbarkeit")
    frame = map_frame(page)
    # The next half zoom would no longer fit beside the legend or below it.
    room = frame.evaluate(
        """() => {
            const box = L.latLngBounds(map.kudequaBounds), size = map.getSize(), zoom = map.getZoom() + 0.5;
            const a = map.project(box.getNorthWest(), zoom), b = map.project(box.getSouthEast(), zoom);
            const fits = zoom <= map.getMaxZoom() && b.x - a.x <= size.x - 18 && b.y - a.y <= size.y - 18;
            const free = size.x - (b.x - a.x) >= 430 || size.y - (b.y - a.y) >= 350;
            const legend = document.querySelector(".kdq-legend").getBoundingClientRect();
            const left = map.latLngToContainerPoint(box.getSouthWest());
            return { larger: fits && free, covered: left.x < legend.right && left.y > legend.top };
        }"""
    )
    assert room == {"larger": False, "covered": False}
    credit = frame.locator(".kdq-credit")
    expect(credit.locator("span")).to_be_hidden()
    credit.locator("summary").click()
    expect(credit.locator("span")).to_be_visible()
    cut = credit.evaluate("(node) => node.scrollWidth > node.clientWidth + 1")
    assert not cut
