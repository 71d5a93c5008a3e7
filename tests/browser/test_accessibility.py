"""axe finds nothing serious on any page, and the page names its language."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.screen import map_frame

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "Erreichbarkeit",
    "Vergleich",
    "Vergleich?compare=persons",
    "Vergleich?compare=services&show=difference",
    "Flaechen_und_Leerstaende",
    "Quartierslabore",
)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    map_frame(page)
    # axe looks into the page it was given alone: the map is a page of its own.
    for looked_at in (page, page.frames[-1]):
        found = Axe().run(looked_at).response["violations"]
        serious = [
            f"{rule['id']}: {node['target']} {node['html'][:160]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
        assert serious == []
    assert page.locator("html").get_attribute("lang") == "de"
