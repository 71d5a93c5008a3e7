"""No page sends more than 1.5 MB to a browser that has seen nothing, Streamlit's own files included."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from benchmarks.pages import PAGES, Measured, opened

pytestmark = pytest.mark.browser
LIMIT = 1_500_000
#: What the tiles and tables of a city need beyond those of the toy town, measured on the default data.
CITY = 450_000


@pytest.mark.parametrize("name", PAGES)
def test_a_first_visit_stays_below_the_budget(chromium: Browser, address: str, name: str) -> None:
    measured = Measured()
    opened(chromium, address, name, measured, count=True).context.close()
    parts = {**measured.received, "messages": measured.messages}
    assert parts["streamlit"] > 100_000, parts
    room = CITY if parts.get("tiles") else 0
    # Streamlit's highlighter of code alone would need 500 kB.
    assert parts["streamlit"] < 800_000, parts
    assert sum(parts.values()) < LIMIT - room, parts
