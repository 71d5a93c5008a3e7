"""Long work beside the page: what it made, that it stops, and what went wrong."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import date

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
