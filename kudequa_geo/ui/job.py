"""Many files made beside the page: their progress, their cancellation, and the archive of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
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
            for name, content in self._files(lambda: self.cancelled):
                entry = zipfile.ZipInfo(name, (self._day.year, self._day.month, self._day.day, 0, 0, 0))
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
                self.done, self.last = self.done + 1, name
                report("", self.done / max(self.total, 1))
        return sink.getvalue()


def offer(key: str, label: str, file_name: str, begin: Callable[[], Job]) -> None:
    """Draw the button that begins a job; while it runs its progress, afterwards its archive.

    Parameters
    ----------
    key
        Tells jobs of a session apart; another question is another key.
    label
        Words of the button.
    file_name
        Name of the archive.
    begin
        Starts the job.
    """
    job: Job | None = st.session_state.get(key)
    every = _EVERY_S if job is not None and job.running else None
    st.fragment(_drawn, run_every=every)(key, label, file_name, begin)


def _drawn(key: str, label: str, file_name: str, begin: Callable[[], Job]) -> None:
    job: Job | None = st.session_state.get(key)
    if job is not None and job.running:
        words = _("{done} von {total}: {name}").format(done=job.done, total=job.total, name=job.last or "…")
        st.progress(job.done / max(job.total, 1), words)
        if st.button(_("Abbrechen"), key=f"{key}.cancel", disabled=job.cancelled):
            job.cancel()
            st.rerun(scope="fragment")
        return
    if job is not None and not job.told:
        # The whole page once more: then nothing asks for progress any longer.
        job.told = True
        st.rerun()
    if job is not None and job.content:
        st.download_button(
            _("{count} Dateien herunterladen (ZIP)").format(count=job.done),
            job.content,
            file_name,
            "application/zip",
            on_click="ignore",
            key=f"{key}.zip",
        )
        return
    if job is not None:
        _told(job)
    if st.button(label, key=f"{key}.begin"):
        st.session_state[key] = begin()
        # The whole page: only then does the browser ask for progress again and again.
        st.rerun()


def _told(job: Job) -> None:
    if job.error is not None:
        widgets.refusal(job.error)
    elif job.broken:
        st.error(_("Die Dateien konnten nicht erstellt werden; der Grund steht im Protokoll des Servers."))
    elif job.cancelled:
        widgets.quiet(_("Abgebrochen nach {done} von {total}.").format(done=job.done, total=job.total))
