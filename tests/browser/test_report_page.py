"""Files of the page of reports: they come by themselves, show their progress, and can be cancelled."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import WAIT_MS

pytestmark = pytest.mark.browser


def test_a_sheet_comes_by_itself(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/Bericht")
    expect(page.get_by_alt_text("Vorschau des Kartenblatts")).to_be_visible(timeout=WAIT_MS)
    with page.expect_download(timeout=4 * WAIT_MS) as coming:
        page.get_by_role("button", name="PDF", exact=True).click()
    file = tmp_path / "sheet.pdf"
    coming.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF")
    assert coming.value.suggested_filename.endswith("_supermarket_adult.pdf")
    # It stays at hand, and does not come again with the next run.
    expect(page.get_by_role("button", name="herunterladen")).to_be_visible()
    again: list[str] = []
    page.on("download", lambda download: again.append(download.suggested_filename))
    page.locator("label", has_text="A3").click()
    page.wait_for_timeout(4000)
    assert again == []


def test_a_profile_can_be_cancelled(page: Page, address: str) -> None:
    page.goto(f"{address}/Bericht")
    expect(page.get_by_alt_text("Vorschau des Kartenblatts")).to_be_visible(timeout=WAIT_MS)
    came: list[str] = []
    page.on("download", lambda download: came.append(download.suggested_filename))
    page.get_by_role("button", name="Steckbrief (PDF)").click()
    expect(page.get_by_role("progressbar").first).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Abbrechen").click()
    expect(page.get_by_text("Abgebrochen.")).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(4000)
    assert came == []
    expect(page.get_by_role("button", name="Steckbrief (PDF)")).to_be_enabled()
