"""Many files made beside the page: their progress, their cancellation, and the archive of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import streamlit as st

from kudequa_geo.progress import Progress
from kudequa_geo.ui import widgets
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.work import Work

_EVERY_S = 1.0

#: Makes files one after another; asked with what tells whether to stop.
Maker = Callable[[Callable[[], bool]], Iterator[tuple[str, bytes]]]


class Job(Work):
    """Files in the making, gathered in an archive.

    Parameters
    ----------
    total
        How many there will be.
    make
        Makes them.
    day
        Day the archive's entries bear, so that the same files give the same archive.
    """

    def __init__(self, total: int, make: Maker, day: date) -> None:
        self.total = total
        self.done = 0
        self.last = ""
        self._files = make
        self._day = day
        super().__init__(self._archive)

    @property
    def content(self) -> bytes:
        """The archive; empty where it is not to be had."""
        return self.result if self.ready else b""

    def _archive(self, report: Progress) -> bytes:
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self._files(lambda: self.unwanted):
                entry = zipfile.ZipInfo(name, (self._day.year, self._day.month, self._day.day, 0, 0, 0))
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
                self.done, self.last = self.done + 1, name
                report("", self.done / max(self.total, 1))
        return sink.getvalue()


@dataclass(frozen=True)
class Wanted:
    """An archive that a reader may ask for.

    Attributes
    ----------
    question
        What it answers; another question makes a finished one old.
    label
        Words of the button.
    name
        Name of the archive.
    begin
        Starts the job.
    """

    question: str
    label: str
    name: str
    begin: Callable[[], Job]


def offer(key: str, wanted: Wanted) -> None:
    """Draw the button that begins a job; while it runs its progress, afterwards its archive.

    A running job is shown whatever the page asks meanwhile, so that it can be cancelled.

    Parameters
    ----------
    key
        Tells jobs of a session apart.
    wanted
        What the page offers now.
    """
    begun: tuple[Wanted, Job] | None = st.session_state.get(key)
    if begun is not None and not begun[1].running and begun[0].question != wanted.question:
        del st.session_state[key]
        begun = None
    every = _EVERY_S if begun is not None and begun[1].running else None
    st.fragment(_drawn, run_every=every)(key, wanted)


def _drawn(key: str, wanted: Wanted) -> None:
    begun: tuple[Wanted, Job] | None = st.session_state.get(key)
    if begun is not None and _shown(key, *begun):
        return
    if st.button(wanted.label, key=f"{key}.begin"):
        st.session_state[key] = (wanted, wanted.begin())
        # The whole page: only then does the browser ask for progress again and again.
        st.rerun()


def _shown(key: str, wanted: Wanted, job: Job) -> bool:
    """Draw a job that has been begun; tell whether that leaves no room for another."""
    job.ask()
    if job.running:
        name = widgets.plain(job.last or wanted.name)
        words = _("{done} von {total}: {name}").format(done=job.done, total=job.total, name=name)
        st.progress(job.done / max(job.total, 1), words)
        if st.button(_("Abbrechen"), key=f"{key}.cancel", disabled=job.cancelled):
            job.cancel()
            st.rerun(scope="fragment")
        return True
    if not job.told:
        # The whole page once more: then nothing asks for progress any longer.
        job.told = True
        st.rerun()
    if job.content:
        st.download_button(
            _("{count} Dateien herunterladen (ZIP)").format(count=job.done),
            job.content,
            wanted.name,
            "application/zip",
            on_click="ignore",
            key=f"{key}.zip",
        )
        return True
    _told(job)
    return False


def _told(job: Job) -> None:
    if job.error is not None:
        widgets.refusal(job.error)
    elif job.broken:
        st.error(_("Die Dateien konnten nicht erstellt werden; der Grund steht im Protokoll des Servers."))
    elif job.cancelled:
        widgets.quiet(_("Abgebrochen nach {done} von {total}.").format(done=job.done, total=job.total))
