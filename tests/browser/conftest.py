"""A real browser before the dashboard, cut off from everything but this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.fixtures.prepared import Prepared, prepare_town, served

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Before a deep link is known to be one, Streamlit asks below the page's own address; the 404 is its answer.
_PROBE = re.compile(r"/[^/]+/_stcore/(health|host-config)$")


class Watched:
    """Collects what a page must not do: foreign requests, console errors, failed requests."""

    def __init__(self, context: BrowserContext) -> None:
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self._probes = 0
        context.route(re.compile(r"^https?://(?!localhost[:/])"), self._block)
        context.on("page", self._watch)

    def _block(self, route) -> None:
        self.foreign.append(route.request.url)
        route.abort()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(f"pageerror: {error}"))
        page.on("response", self._response)
        page.on("console", self._console)

    def _response(self, response) -> None:
        if response.status < 400:
            return
        if _PROBE.search(response.url):
            self._probes += 1
        else:
            self.errors.append(f"{response.status} {response.url}")

    def _console(self, message) -> None:
        if message.type != "error":
            return
        if _PROBE.search(message.location.get("url", "")):
            return
        self.errors.append(f"console: {message.text}")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare_town(tmp_path_factory.mktemp("town"), modelled=True)


@pytest.fixture(scope="session")
def address(town: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(town, tmp_path_factory.mktemp("log") / "server.log") as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.is_file():
        reason = f"NO BROWSER TEST RUNS: chromium is not at {CHROMIUM}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[tuple[Page, Watched]]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    guard = Watched(context)
    yield context.new_page(), guard
    context.close()
    assert guard.foreign == []
    assert guard.errors == []


@pytest.fixture
def page(watched: tuple[Page, Watched]) -> Page:
    return watched[0]
