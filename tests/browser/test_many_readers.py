"""Ten readers at once get the right answers, and a long session lets the memory of the server stay flat."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st
from playwright.sync_api import Browser, Page, expect

from benchmarks.measure import memory_mb
from benchmarks.pages import served
from kudequa_geo.config import load_municipality
from kudequa_geo.study import Study, load_study
from kudequa_geo.ui import i18n
from kudequa_geo.ui.answer import Answer
from kudequa_geo.ui.view import View
from tests.browser.screen import WAIT_MS
from tests.fixtures.prepared import Prepared

pytestmark = pytest.mark.browser
READERS = 10
#: Most of it are the libraries; what ten readers add is small.
MOST_MB = 900
#: Changes of a control that count, after as many as fill the bounded caches.
CHANGES, WARM_UP = 110, 30
GROWTH_MB = 20
SERVICES = ("Apotheke", "Supermarkt", "Bäckerei", "Bushaltestelle", "Hausarztpraxis")


@dataclass(frozen=True)
class Server:
    """A dashboard of its own, its process and what it should say."""

    url: str
    process: int
    study: Study

    def sentence(self, service: str, person: str) -> str:
        """What the analysis answers to a question in metres, in German."""
        kind = next(kind for kind in self.study.kinds if kind.label == service)
        asked = View(kind, self.study.persons[person], kind.limit.sourced(), False, "")
        return Answer(self.study, asked).sentence()


@pytest.fixture(scope="module")
def server(town: Prepared) -> Iterator[Server]:
    with served(town.key, town.data_dir) as (url, process):
        yield Server(url, process, load_study(load_municipality(town.key, town.data_dir), town.data_dir))


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {i18n.KEY: "de"})


def _pick(page: Page, service: str) -> None:
    """Choose a service and do not wait for the answer."""
    page.get_by_role("combobox", name="Dienst").first.click()
    page.keyboard.type(service)
    page.get_by_role("option", name=re.compile(f"^{service}")).first.wait_for(timeout=WAIT_MS)
    page.keyboard.press("Enter")


def _plain(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace("\xa0", r"\s").replace(r"\ ", r"\s"))


def test_ten_readers_at_once_get_their_own_answers(chromium: Browser, server: Server) -> None:
    persons = list(server.study.persons)
    readers = []
    for number in range(READERS):
        page = chromium.new_context(locale="de-DE").new_page()
        person = persons[number % len(persons)]
        page.goto(f"{server.url}/Erreichbarkeit?person={person}", wait_until="commit")
        readers.append((page, person))
    for page, _person in readers:
        expect(page.get_by_role("combobox", name="Dienst").first).to_be_visible(timeout=WAIT_MS)
    for turn in range(3):
        asked = [SERVICES[(number + turn) % len(SERVICES)] for number in range(READERS)]
        for (page, _person), service in zip(readers, asked, strict=True):
            _pick(page, service)
        for (page, person), service in zip(readers, asked, strict=True):
            answer = page.locator(".kdq-answer").first
            expect(answer).to_have_text(_plain(server.sentence(service, person)), timeout=WAIT_MS)
    used = memory_mb(server.process)
    for page, _person in readers:
        page.context.close()
    assert used < MOST_MB


@pytest.mark.slow
def test_memory_is_flat_over_a_long_session(chromium: Browser, server: Server) -> None:
    if not Path(f"/proc/{os.getpid()}/statm").is_file():
        pytest.skip("this system does not tell the memory of a process")
    page = chromium.new_context(locale="de-DE").new_page()
    page.goto(f"{server.url}/Erreichbarkeit")
    expect(page.get_by_role("combobox", name="Dienst").first).to_be_visible(timeout=WAIT_MS)
    used = []
    for number in range(WARM_UP + CHANGES):
        service = SERVICES[number % len(SERVICES)]
        _pick(page, service)
        sentence = _plain(server.sentence(service, "adult"))
        expect(page.locator(".kdq-answer").first).to_have_text(sentence, timeout=WAIT_MS)
        used.append(memory_mb(server.process))
    page.context.close()
    # Once warm, nothing may pile up.
    assert used[-1] - used[WARM_UP] < GROWTH_MB, used[::20]
