"""What a planner does on the pages of sites and of comparison, with every host but this machine blocked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.screen import WAIT_MS, map_frame, view

pytestmark = pytest.mark.browser
_MAPS = "iframe[title*='st_folium']"


def _maps(page: Page) -> list[Frame]:
    page.wait_for_function(f'document.querySelectorAll("{_MAPS}").length === 2', timeout=WAIT_MS)
    frames = [handle.content_frame() for handle in page.query_selector_all(_MAPS)]
    for frame in frames:
        assert frame is not None
        frame.wait_for_selector("[data-painted]", timeout=WAIT_MS)
    page.wait_for_timeout(700)
    return [frame for frame in frames if frame is not None]


def test_two_maps_move_together(page: Page, address: str) -> None:
    page.goto(f"{address}/Vergleich?compare=persons&person2=senior_85")
    first, second = _maps(page)
    assert view(first) == pytest.approx(view(second))
    before = view(first)
    box = page.query_selector_all(_MAPS)[1].bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 150, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 190, steps=5)
    page.mouse.up()
    page.wait_for_timeout(800)
    assert view(first) != pytest.approx(before)
    assert view(first) == pytest.approx(view(second))
    first.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(1200)
    assert view(first)[0] == before[0] + 1
    assert view(first) == pytest.approx(view(second))


def test_difference_is_drawn_in_its_own_classes(page: Page, address: str) -> None:
    page.goto(f"{address}/Vergleich?compare=services&service=supermarket&service2=bus_stop&show=difference")
    frame = map_frame(page)
    legend = frame.locator(".kdq-legend")
    expect(legend.locator("summary")).to_contain_text("Bushaltestelle")
    assert legend.locator(".kdq-classes tbody tr").count() == 9
    assert legend.locator(".kdq-limit").count() == 0


def test_curves_are_visible(page: Page, address: str) -> None:
    page.goto(f"{address}/Vergleich")
    map_frame(page)
    curve = page.locator("img.kdq-curves")
    assert curve.evaluate("image => image.complete && image.naturalWidth > 100")


def test_a_click_on_a_site_opens_its_profile_and_the_address_restores_it(page: Page, address: str) -> None:
    page.goto(f"{address}/Flaechen_und_Leerstaende?kinds=brownfield")
    frame = map_frame(page)
    point = frame.evaluate(
        """() => {
            let found = null;
            map.eachLayer((layer) => {
                if (layer.settings && layer.settings.sites) {
                    const p = map.latLngToContainerPoint(layer.settings.sites[0].slice(0, 2));
                    found = [p.x, p.y];
                }
            });
            return found;
        }"""
    )
    box = page.locator(_MAPS).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + point[0], box["y"] + point[1])
    expect(page.locator(".kdq-answer")).to_contain_text("Alte Ziegelei", timeout=WAIT_MS)
    frame.wait_for_selector("[data-areas]", timeout=WAIT_MS)
    page.wait_for_url(re.compile("site="), timeout=WAIT_MS)
    shared = page.url
    other = page.context.browser.new_context().new_page()
    other.goto(shared)
    assert map_frame(other).wait_for_selector("[data-areas]", timeout=WAIT_MS)
    expect(other.locator(".kdq-answer")).to_contain_text("Alte Ziegelei")
    other.context.close()


@pytest.mark.parametrize("name", ["Vergleich", "Flaechen_und_Leerstaende", "Quartierslabore"])
def test_phone_shows_no_sideways_scroll(page: Page, address: str, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/{name}")
    map_frame(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(_MAPS).bounding_box()
    assert box is not None
    assert box["y"] < 180
