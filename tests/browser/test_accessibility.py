"""axe finds nothing serious on any page, and the page names its language."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from tests.browser.screen import WAIT_MS, map_frame

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "Erreichbarkeit",
    "Vergleich",
    "Vergleich?compare=persons",
    "Vergleich?compare=services&show=difference",
    "Flaechen_und_Leerstaende",
    "Quartierslabore",
    "Erreichbarkeit?field=local_supply&level=cells",
    "Erreichbarkeit?level=districts&click=ways&at=51.54200,7.45600",
    "?present=1",
    "Erreichbarkeit?present=1",
    "Versorgungsluecken?present=1",
    "Vergleich?compare=persons&present=1",
    "Flaechen_und_Leerstaende?present=1",
    "Quartierslabore?present=1",
    "Szenarien?present=1",
    "Szenarien",
    "Szenarien?change=open_path",
    "Szenarien?task=effect",
    "Szenarien?task=suggest",
    "Szenarien?task=potential",
    "Szenarien?task=compare",
    "Szenarien?task=file",
)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}")
    map_frame(page)
    _nothing_serious(page, page.frames[-1])
    if "present=1" in name:
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        _nothing_serious(page)
    assert page.locator("html").get_attribute("lang") == "de"


def test_axe_finds_nothing_serious_in_the_statement(page: Page, address: str) -> None:
    page.goto(f"{address}/Barrierefreiheit")
    expect(page.get_by_text("Durchsetzung")).to_be_visible(timeout=WAIT_MS)
    _nothing_serious(page)


def _nothing_serious(*frames: Page | Frame) -> None:
    # axe looks into the page it was given alone: the map is a page of its own.
    for looked_at in frames:
        found = Axe().run(looked_at).response["violations"]
        serious = [
            f"{rule['id']}: {node['target']} {node['html'][:160]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]
        assert serious == []
