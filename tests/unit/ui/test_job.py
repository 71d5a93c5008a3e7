"""Long work beside the page: what it made, that it stops, and what went wrong."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import date

from streamlit.testing.v1 import AppTest

from kudequa_geo.errors import AnalysisError
from kudequa_geo.ui.job import Job

DAY = date(2024, 6, 1)


def _finished(job: Job) -> Job:
    job._thread.join(10)
    assert not job.running
    return job


def _two(stopped: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
    yield "a.pdf", b"first"
    yield "b.pdf", b"second"


def test_archive_holds_every_file_and_is_the_same_again() -> None:
    one, other = (_finished(Job(2, _two, DAY)) for _ in range(2))
    with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
        assert archive.namelist() == ["a.pdf", "b.pdf"]
        assert archive.read("b.pdf") == b"second"
    assert (one.done, one.last) == (2, "b.pdf")
    assert one.content == other.content


def test_cancelled_work_ends_and_gives_nothing() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def make(stopped: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
        yield "a.pdf", b"first"
        begun.set()
        go_on.wait(10)
        if not stopped():
            yield "b.pdf", b"second"

    job = Job(2, make, DAY)
    assert begun.wait(10)
    job.cancel()
    go_on.set()
    assert _finished(job).cancelled
    assert (job.done, job.content) == (1, b"")


def test_errors_are_kept_for_the_page() -> None:
    def fail(stopped: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
        raise AnalysisError("kaputt")
        yield "a.pdf", b""

    def break_(stopped: Callable[[], bool]) -> Iterator[tuple[str, bytes]]:
        raise ZeroDivisionError
        yield "a.pdf", b""

    assert "kaputt" in str(_finished(Job(1, fail, DAY)).error)
    assert _finished(Job(1, break_, DAY)).broken


def _page() -> None:
    import threading
    from datetime import date

    import streamlit as st

    from kudequa_geo.ui import job, state

    state.begin()
    gate = st.session_state.setdefault("gate", threading.Event())

    def files(stopped: object) -> object:
        yield "a.pdf", b"first"
        gate.wait(10)
        if not stopped():  # type: ignore[operator]
            yield "b.pdf", b"second"

    question = st.text_input("question", "a", key="question")
    wanted = job.Wanted(question, "Alle", f"{question}.zip", lambda: job.Job(2, files, date(2024, 6, 1)))
    job.offer("all", wanted)


def _running() -> AppTest:
    app = AppTest.from_function(_page).run()
    app.button(key="all.begin").click().run()
    assert not app.exception
    return app


def test_a_running_job_can_be_cancelled_after_another_question() -> None:
    app = _running()
    app.text_input(key="question").set_value("b").run()
    assert len(app.get("progress")) == 1
    app.button(key="all.cancel").click().run()
    app.session_state["gate"].set()
    _finished(app.session_state["all"][1])
    app.run()
    assert app.get("download_button") == []
    assert app.button(key="all.begin").label == "Alle"


def test_an_archive_is_dropped_with_its_question() -> None:
    app = _running()
    app.session_state["gate"].set()
    _finished(app.session_state["all"][1])
    app.run()
    assert [each.proto.label for each in app.get("download_button")] == ["2 Dateien herunterladen (ZIP)"]
    app.text_input(key="question").set_value("b").run()
    assert app.get("download_button") == []
    assert "all" not in app.session_state
