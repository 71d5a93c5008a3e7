"""What the browser tests look at on the screen."""

from __future__ import annotations

import io
from collections import Counter

from PIL import Image
from playwright.sync_api import Frame, Page

from kudequa_geo.maps import palette

WAIT_MS = 30_000


def map_frame(page: Page) -> Frame:
    """Return the map's frame once its buildings are painted."""
    handle = page.wait_for_selector("iframe[title*='st_folium']", timeout=WAIT_MS)
    frame = handle.content_frame()
    assert frame is not None
    frame.wait_for_selector("[data-painted]", timeout=WAIT_MS)
    page.wait_for_timeout(700)
    return frame


def colours(page: Page) -> Counter[str]:
    """Return how many pixels of the map have each colour of a class."""
    box = page.locator("iframe[title*='st_folium']").bounding_box()
    assert box is not None
    image = Image.open(io.BytesIO(page.screenshot(clip=box))).convert("RGB")
    wanted = {tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)): colour for colour in palette.SEQUENTIAL}
    counted = Counter(image.get_flattened_data() if hasattr(image, "get_flattened_data") else image.getdata())
    return Counter({colour: counted[rgb] for rgb, colour in wanted.items() if counted[rgb]})


def view(frame: Frame) -> list[float]:
    """Return zoom and centre of the map."""
    found: list[float] = frame.evaluate("[map.getZoom(), map.getCenter().lat, map.getCenter().lng]")
    return found


def painted(frame: Frame) -> str:
    """Return what identifies the colours on the map."""
    return str(frame.locator("[data-painted]").get_attribute("data-painted"))


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a selection by what is written there."""
    page.get_by_role("combobox", name=label).first.click()
    page.keyboard.type(option)
    page.get_by_role("option", name=option).first.click()


def building(frame: Frame) -> dict[str, float]:
    """Return the middle of the building nearest to the middle of the map, in pixels of the map."""
    found: dict[str, float] = frame.evaluate(
        """() => {
            const layer = map.kudequaBuildings.layer, size = map.getSize();
            const zoom = map.getZoom(), middle = [size.x / 2, size.y / 2];
            let best = null;
            for (const view of layer.views.values()) {
                for (const [key, entry] of view.tileCache.cache) {
                    const [x, y, z] = key.split(":").map(Number);
                    if (z !== Math.min(Math.round(zoom) - 1, 14)) continue;
                    const scale = 2 ** (zoom - z - 1);
                    for (const feature of entry.data.get("buildings") || []) {
                        const b = feature.bbox;
                        const world = L.point((x * 512 + (b.minX + b.maxX) / 2) * scale,
                            (y * 512 + (b.minY + b.maxY) / 2) * scale);
                        const at = world.subtract(map.getPixelOrigin());
                        const p = map.layerPointToContainerPoint(at);
                        const away = Math.hypot(p.x - middle[0], p.y - middle[1]);
                        if (!best || away < best.away) best = { away, x: p.x, y: p.y };
                    }
                }
            }
            return best;
        }"""
    )
    return found


def click_building(page: Page, frame: Frame) -> None:
    """Click the building that is nearest to the middle of the map."""
    point = building(frame)
    box = page.locator("iframe[title*='st_folium']").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + point["x"], box["y"] + point["y"])
