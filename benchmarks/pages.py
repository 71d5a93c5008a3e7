"""How fast the pages answer in a browser, and how many bytes they send: ``python -m benchmarks.pages``.

Starts the dashboard as the command for it does, opens every page in a fresh browser and changes the service
there. *painted* is the time from the key that chooses to the frame in which the map has its new colours;
*settled* to the last change anywhere on the page, tables and figures included. *warm* is opening the page on
a server that has shown it before, with an empty browser cache, to the painted map.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.measure import processor_s

ROOT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
PAGES = (
    "",
    "Erreichbarkeit",
    "Versorgungsluecken",
    "Vergleich",
    "Flaechen_und_Leerstaende",
    "Quartierslabore",
    "Daten_und_Methodik",
    "Bericht",
    "Szenarien",
)
#: Pages that have no control of the service.
WITHOUT_CONTROL = ("", "Daten_und_Methodik")
SERVICES = ("Apotheke", "Supermarkt", "Grundschule", "Bäckerei", "Hausarztpraxis")
#: Nothing has changed for so long: the page is done.
QUIET_MS = 700
#: What belongs to whom, by the path of the address; the first that fits.
OWNERS = {
    "tiles": re.compile(r"/app/static/tiles/"),
    "ours": re.compile(r"/app/static/"),
    "map": re.compile(r"/component/|/vstreams|/media/"),
    "streamlit": re.compile(r""),
}
#: In every frame the page looks which colours its maps have; any other change is told by the browser.
_WATCH = """
if (window.parent === window) {
  const marks = (window.kdq = { start: 0, painted: 0, changed: 0 });
  const begin = () => Object.assign(marks, { start: performance.now(), painted: 0, changed: 0 });
  addEventListener("keydown", (event) => event.key === "Enter" && begin(), true);
  new MutationObserver(() => requestAnimationFrame(() => (marks.changed = performance.now())))
    .observe(document, { subtree: true, childList: true, characterData: true, attributes: true,
      attributeFilter: ["src"] });
  let before = "";
  const look = () => {
    const colours = Array.from(document.querySelectorAll("iframe"), (frame) =>
      frame.contentDocument?.querySelector("[data-painted]")?.dataset.painted).join();
    if (colours.replaceAll(",", "") && colours !== before) {
      before = colours;
      marks.painted = marks.changed = performance.now();
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


@dataclass
class Measured:
    """What one page needed: milliseconds, bytes by owner, processor time of the server."""

    warm: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    received: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    messages: int = 0

    def row(self, name: str) -> str:
        """Return the row of the table."""

        def times(values: list[float]) -> str:
            return f"{median(values):,.0f} / {min(values):,.0f}" if values else "–"

        parts = {owner: self.received[owner] / 1e3 for owner in OWNERS}
        cells = [times(self.warm), times(self.painted), times(self.settled)]
        cells.append(f"{median(self.processor):,.0f}" if self.processor else "–")
        cells += [f"{size:,.0f}" for size in (*parts.values(), self.messages / 1e3)]
        cells.append(f"{sum(parts.values()) + self.messages / 1e3:,.0f}")
        return "| " + " | ".join([name or "Überblick", *cells]) + " |"


HEAD = (
    "page",
    "warm ms",
    "painted ms",
    "settled ms",
    "processor ms",
    "tiles kB",
    "ours kB",
    "map component kB",
    "Streamlit kB",
    "messages kB",
    "all kB",
)


@contextmanager
def served(municipality: str, data_dir: Path) -> Iterator[tuple[str, int]]:
    """Start the dashboard; yield its address and the process that serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "kudequa_geo.ui.server", str(ROOT / "dashboard.py")]
    command += ["--port", str(port), "--address", "localhost"]
    environment = {
        **os.environ,
        "KUDEQUA_MUNICIPALITY": municipality,
        "KUDEQUA_DATA_DIR": str(data_dir.resolve()),
    }
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://localhost:{port}"
            _until_it_answers(url)
            yield url, server.pid
        finally:
            server.terminate()
            server.wait(20)


def _until_it_answers(url: str, patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the dashboard did not start")


def count_bytes(page: Page, measured: Measured) -> None:
    """Count what comes over the wire: encoded bytes of responses, and messages of the connection."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    owner: dict[str, str] = {}

    def told(event: dict) -> None:
        path = re.sub(r"^https?://[^/]+", "", event["response"]["url"])
        owner[event["requestId"]] = next(name for name, pattern in OWNERS.items() if pattern.search(path))

    def finished(event: dict) -> None:
        if event["requestId"] in owner:
            measured.received[owner[event["requestId"]]] += int(event["encodedDataLength"])

    def message(event: dict) -> None:
        text = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2
        measured.messages += len(text) * 3 // 4 if binary else len(text)

    session.on("Network.responseReceived", told)
    session.on("Network.loadingFinished", finished)
    session.on("Network.webSocketFrameReceived", message)


def fresh(browser: Browser) -> BrowserContext:
    """Return a browser that has seen nothing, in German, of a laptop's size."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
    context.add_init_script(_WATCH)
    return context


def settled(page: Page) -> dict[str, float]:
    """Wait until nothing changes any more; return the marks of the page."""
    page.wait_for_function(
        f"window.kdq && kdq.changed > kdq.start && performance.now() - kdq.changed > {QUIET_MS}",
        timeout=60_000,
    )
    marks: dict[str, float] = page.evaluate("kdq")
    return marks


def opened(browser: Browser, url: str, name: str, measured: Measured, *, count: bool) -> Page:
    """Open a page in a fresh browser and wait until it stands still."""
    page = fresh(browser).new_page()
    if count:
        count_bytes(page, measured)
    page.goto(f"{url}/{name}")
    page.wait_for_selector(".kdq-answer, .kdq-table, .kdq-text", timeout=60_000)
    marks = settled(page)
    measured.warm.append(marks["painted"] or marks["changed"])
    return page


def choose(page: Page, service: str) -> dict[str, float]:
    """Choose a service by the keyboard; return the marks of the page."""
    page.get_by_role("combobox", name="Dienst").first.click()
    page.keyboard.type(service)
    page.wait_for_timeout(250)
    page.keyboard.press("Enter")
    return settled(page)


def measure(browser: Browser, url: str, server: int, name: str, *, repeat: int) -> Measured:
    """Measure one page."""
    measured = Measured()
    opened(browser, url, name, Measured(), count=False).context.close()
    for _ in range(2):
        opened(browser, url, name, measured, count=False).context.close()
    page = opened(browser, url, name, measured, count=True)
    if name not in WITHOUT_CONTROL:
        for number in range(repeat + len(SERVICES)):
            used = processor_s(server)
            marks = choose(page, SERVICES[number % len(SERVICES)])
            # The first round computes what the others find ready.
            if number < len(SERVICES):
                continue
            measured.settled.append(marks["changed"] - marks["start"])
            measured.processor.append((processor_s(server) - used) * 1e3)
            if marks["painted"]:
                measured.painted.append(marks["painted"] - marks["start"])
    page.context.close()
    return measured


def main() -> None:
    """Measure every page and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--municipality", default="dortmund-nord")
    parser.add_argument(
        "--data-dir", type=Path, default=Path(os.environ.get("KUDEQUA_DATA_DIR", ROOT / "data"))
    )
    parser.add_argument("--repeat", type=int, default=15, help="changes of the service on each page")
    parser.add_argument("--pages", nargs="*", default=PAGES, help="pages as in the address")
    asked = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |")
    print("| --- |" + " --: |" * (len(HEAD) - 1))
    with served(asked.municipality, asked.data_dir) as (url, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for name in asked.pages:
            print(measure(browser, url, server, name, repeat=asked.repeat).row(name), flush=True)
        browser.close()
    print("\nTimes: median / best. Bytes: opening the page and the changes of the service, on the wire.")


if __name__ == "__main__":
    main()
