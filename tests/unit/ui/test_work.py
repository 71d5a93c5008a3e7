"""One piece of long work beside the page: its progress, its end, its cancellation, what went wrong."""

from __future__ import annotations

import threading

import pytest
from streamlit.testing.v1 import AppTest

from kudequa_geo.errors import AnalysisError
from kudequa_geo.progress import Progress
from kudequa_geo.ui.work import Work


def _ended(work: Work) -> Work:
    work._thread.join(10)
    assert not work._thread.is_alive()
    return work


def test_the_result_is_there_at_the_end_with_the_last_report() -> None:
    def make(report: Progress) -> int:
        report("Schritt", 0.5)
        return 42

    work = _ended(Work(make))
    assert (work.ready, work.running, work.result) == (True, False, 42)
    assert (work.words, work.share) == ("Schritt", 0.5)


def test_cancelled_work_is_not_waited_for_and_ends_at_its_next_report() -> None:
    begun, go_on, passed = threading.Event(), threading.Event(), []

    def make(report: Progress) -> int:
        begun.set()
        go_on.wait(10)
        report("weiter", 0.5)
        passed.append("never")
        return 42

    work = Work(make)
    assert begun.wait(10)
    assert work.running
    work.cancel()
    # The reader is free at once, though the thread still stands where it stands.
    assert not work.running
    assert work.cancelled
    go_on.set()
    _ended(work)
    assert (work.ready, work.result, passed) == (False, None, [])


@pytest.mark.parametrize("error", [AnalysisError("kaputt"), ZeroDivisionError()])
def test_errors_are_kept_for_the_page(error: Exception) -> None:
    def make(report: Progress) -> int:
        raise error

    work = _ended(Work(make))
    assert not work.ready
    assert work.broken == isinstance(error, ZeroDivisionError)
    assert (work.error is None) == work.broken


def _page() -> None:
    import threading

    import streamlit as st

    from kudequa_geo.ui import making, state
    from kudequa_geo.ui.making import Wanted

    state.begin()
    gate = st.session_state.setdefault("gate", threading.Event())

    def make(report: object) -> bytes:
        report("Karten werden gezeichnet", 0.4)  # type: ignore[operator]
        gate.wait(10)
        report("die Datei wird geschrieben", 0.8)  # type: ignore[operator]
        return b"file"

    question = st.text_input("question", "a", key="question")
    making.button("PDF", Wanted(question, "karte.pdf", "application/pdf", make), "go")
    making.draw(question)


def _pressed() -> AppTest:
    app = AppTest.from_function(_page).run()
    app.button(key="go").click().run()
    return app


def test_a_file_comes_after_its_progress() -> None:
    app = _pressed()
    assert not app.exception
    assert "karte.pdf · Karten werden gezeichnet" in app.get("progress")[0].proto.text
    app.session_state["gate"].set()
    _ended(app.session_state["making"].work)
    app.run()
    assert app.get("progress") == []
    assert [button.proto.label for button in app.get("download_button")] == ["karte.pdf herunterladen"]
    # Pressed once for the reader: the script stays the same with every run.
    scripts = [element.proto.body for element in app.get("html") if "making-ready" in element.proto.body]
    app.run()
    assert scripts == [e.proto.body for e in app.get("html") if "making-ready" in e.proto.body]
    assert len(scripts) == 1


def test_a_file_can_be_cancelled() -> None:
    app = _pressed()
    app.button(key="making.cancel").click().run()
    assert not app.exception
    assert app.get("download_button") == []
    assert any("Abgebrochen." in element.proto.body for element in app.get("html"))
    app.session_state["gate"].set()
    app.run()
    assert app.get("download_button") == []


def test_another_question_drops_the_file_of_the_old_one() -> None:
    app = _pressed()
    begun = app.session_state["making"].work
    app.text_input(key="question").set_value("b").run()
    assert begun.cancelled
    assert app.get("progress") == []
    app.session_state["gate"].set()


def test_work_that_no_page_asks_for_any_longer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader has closed the page."""
    begun, go_on = threading.Event(), threading.Event()

    def make(report: Progress) -> int:
        report("Schritt", 0.1)
        begun.set()
        go_on.wait(10)
        report("Schritt", 0.5)
        return 42

    work = Work(make)
    assert begun.wait(10)
    monkeypatch.setattr("kudequa_geo.ui.work.ABANDONED_S", 0.0)
    go_on.set()
    _ended(work)
    assert (work.cancelled, work.ready, work.result) == (True, False, None)
