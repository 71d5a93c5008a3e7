"""The address restores the view exactly, in another browser too; back and forward work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.screen import WAIT_MS, choose, map_frame, view

pytestmark = pytest.mark.browser
#: Half a pixel of the town in degrees, and more than the digits of the address leave out.
METRE = 1e-5


def _section(page: Page) -> list[float]:
    """Return centre and zoom as the address tells them."""
    found = re.search(r"[?&]view=([^&]*)", page.url)
    return [float(part) for part in found[1].split(",")] if found else []


def _move(page: Page, *, closer: int = 1, right: int = 90) -> list[float]:
    """Move the map as a reader does, and return what it shows once the address tells it."""
    frame = map_frame(page)
    box = page.locator("iframe[title*='st_folium']").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.3
    page.mouse.move(x, y)
    for _step in range(closer):
        zoom = view(frame)[0]
        page.mouse.wheel(0, -120)
        frame.wait_for_function(f"map.getZoom() > {zoom} && !map._animatingZoom", timeout=WAIT_MS)
        page.wait_for_timeout(300)
    before = view(frame)
    page.mouse.down()
    page.mouse.move(x - right, y - 20, steps=4)
    # Held still, so that the map does not glide on.
    page.wait_for_timeout(300)
    page.mouse.up()
    frame.wait_for_function(f"map.getCenter().lng !== {before[2]}", timeout=WAIT_MS)
    page.wait_for_timeout(1000)
    return view(frame)


def _agrees(shown: list[float], section: list[float]) -> None:
    zoom, lat, lng = shown
    assert section == pytest.approx([lat, lng, zoom], abs=METRE), (shown, section)


def _history(page: Page) -> int:
    return int(page.evaluate("history.length"))


def _named(frame: Frame, person: str) -> None:
    expect(frame.locator(".kdq-legend summary")).to_contain_text(person, timeout=WAIT_MS)


def test_moving_the_map_writes_the_address_and_nothing_else(page: Page, address: str) -> None:
    page.goto(f"{address}/Erreichbarkeit")
    frame = map_frame(page)
    assert _section(page) == []
    frame.evaluate("window.mark = 'same frame'")
    steps = _history(page)
    page.evaluate(
        """() => { window.runs = 0; new MutationObserver(() => window.runs++).observe(
            document.querySelector('[data-testid="stMain"]'), { childList: true, subtree: true }); }"""
    )
    shown = _move(page, closer=2)
    _agrees(shown, _section(page))
    assert _history(page) == steps
    assert page.evaluate("window.runs") == 0
    assert frame.evaluate("window.mark") == "same frame"
    # A choice keeps the section, in the map and in the address, and is one step of the history.
    choose(page, "Person", "über 85 Jahre")
    _named(frame, "über 85")
    page.wait_for_url(re.compile("person=senior_85.*view="), timeout=WAIT_MS)
    assert _history(page) == steps + 1
    assert view(frame) == shown
    _agrees(shown, _section(page))


def test_another_browser_shows_the_same_section(page: Page, address: str) -> None:
    page.goto(f"{address}/Erreichbarkeit?person=senior_85")
    map_frame(page)
    choose(page, "Gebiet", "Süd")
    page.wait_for_url(re.compile("district="), timeout=WAIT_MS)
    page.wait_for_timeout(2500)
    shown = _move(page, closer=2)
    fresh = page.context.browser.new_context(viewport={"width": 1280, "height": 800})
    other = fresh.new_page()
    other.goto(page.url)
    seen = view(map_frame(other))
    assert seen == pytest.approx(shown, abs=METRE)
    # Not written anew: the address stays as it was sent.
    other.wait_for_timeout(1000)
    assert other.url == page.url
    # A smaller window keeps the middle.
    other.set_viewport_size({"width": 900, "height": 700})
    other.wait_for_timeout(1000)
    assert view(map_frame(other)) == pytest.approx(shown, abs=METRE)
    fresh.close()


def test_back_and_forward_bring_choice_and_section(page: Page, address: str) -> None:
    page.goto(f"{address}/Erreichbarkeit")
    frame = map_frame(page)
    start = view(frame)
    first = _move(page)
    choose(page, "Person", "über 85 Jahre")
    page.wait_for_url(re.compile("senior_85"), timeout=WAIT_MS)
    second = _move(page, closer=1, right=140)
    page.go_back()
    _named(frame, "Erwachsene")
    assert view(frame) == pytest.approx(first, abs=METRE)
    page.go_forward()
    _named(frame, "über 85")
    assert view(frame) == pytest.approx(second, abs=METRE)
    _agrees(second, _section(page))
    # Another page begins with its own section; back brings the one of before.
    page.get_by_role("link", name="Versorgungslücken").first.click()
    page.wait_for_url(re.compile("Versorgungsluecken.*person="), timeout=WAIT_MS)
    page.wait_for_timeout(2500)
    assert _section(page) == []
    assert view(map_frame(page))[0] == start[0]
    page.go_back()
    page.wait_for_url(re.compile("Erreichbarkeit.*view="), timeout=WAIT_MS)
    page.wait_for_timeout(2500)
    _agrees(view(map_frame(page)), _section(page))
    _agrees(second, _section(page))


def test_a_district_moves_the_map_and_back_undoes_it(page: Page, address: str) -> None:
    page.goto(f"{address}/Erreichbarkeit")
    frame = map_frame(page)
    before = _move(page)
    choose(page, "Gebiet", "Süd")
    page.wait_for_url(re.compile("district="), timeout=WAIT_MS)
    page.wait_for_timeout(2500)
    assert _section(page) == []
    assert view(frame)[1:] != pytest.approx(before[1:], abs=METRE)
    page.go_back()
    page.wait_for_timeout(2500)
    assert "district=" not in page.url
    _agrees(before, _section(page))
    assert view(frame) == pytest.approx(before, abs=METRE)


@pytest.mark.parametrize(
    "wrong", ["quatsch", "51.5", "1,2,3", "51.55,7.4,99", "NaN,NaN,12", "48.1,11.6,12", "%3Cb%3E,1,12"]
)
def test_a_section_of_nowhere_is_left_out_and_told(page: Page, address: str, wrong: str) -> None:
    page.goto(f"{address}/Erreichbarkeit")
    start = view(map_frame(page))
    page.goto(f"{address}/Erreichbarkeit?view={wrong}")
    # The note above the map leaves it a little less room.
    assert view(map_frame(page)) == pytest.approx(start, abs=3 * METRE)
    expect(page.get_by_text("Die Angabe view =")).to_be_visible()
    page.wait_for_timeout(1000)
    assert "view=" not in page.url


def test_pairs_presentation_and_language_keep_the_section(page: Page, address: str) -> None:
    page.goto(f"{address}/Vergleich?compare=persons")
    map_frame(page)
    shown = _move(page)
    _agrees(shown, _section(page))

    def all_maps() -> list[list[float]]:
        handles = [each.element_handle() for each in page.locator("iframe[title*='st_folium']").all()]
        frames = [handle.content_frame() for handle in handles if handle is not None]
        return [view(frame) for frame in frames if frame is not None]

    assert all_maps() == [pytest.approx(shown, abs=METRE)] * 2
    page.get_by_role("button", name="Präsentation").click()
    page.wait_for_url(re.compile("present=1.*view="), timeout=WAIT_MS)
    page.wait_for_timeout(1500)
    assert all_maps() == [pytest.approx(shown, abs=METRE)] * 2
    page.goto(page.url)
    map_frame(page)
    page.wait_for_timeout(1500)
    assert all_maps() == [pytest.approx(shown, abs=METRE)] * 2
    page.goto(page.url.replace("present=1&", "").replace("&present=1", ""))
    map_frame(page)
    choose(page, "Sprache", "English")
    expect(page.get_by_role("link", name="Comparison").first).to_be_visible(timeout=WAIT_MS)
    page.wait_for_url(re.compile("lang=en.*view="), timeout=WAIT_MS)
    page.wait_for_timeout(2500)
    assert all_maps() == [pytest.approx(shown, abs=METRE)] * 2
    _agrees(shown, _section(page))


@pytest.mark.parametrize(
    "path", ["", "Versorgungsluecken", "Flaechen_und_Leerstaende", "Quartierslabore", "Szenarien"]
)
def test_every_map_page_restores_its_section(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    map_frame(page)
    shown = _move(page)
    _agrees(shown, _section(page))
    page.reload()
    assert view(map_frame(page)) == pytest.approx(shown, abs=METRE)
    _agrees(shown, _section(page))


def test_a_bare_address_is_one_step_of_the_history(page: Page, address: str) -> None:
    page.goto(f"{address}/")
    map_frame(page)
    page.wait_for_url(re.compile("service="), timeout=WAIT_MS)
    steps = _history(page)
    page.get_by_role("link", name="Erreichbarkeit").first.click()
    page.wait_for_url(re.compile("Erreichbarkeit.*level="), timeout=WAIT_MS)
    map_frame(page)
    assert _history(page) == steps + 1
    page.go_back()
    expect(page.locator("h1")).to_have_text("Überblick", timeout=WAIT_MS)
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Erreichbarkeit", timeout=WAIT_MS)
