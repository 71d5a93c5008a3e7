"""One piece of long work beside the page: how far it is, its cancellation, what came of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from kudequa_geo.errors import KudequaError
from kudequa_geo.progress import Progress
from kudequa_geo.ui import widgets
from kudequa_geo.ui.i18n import _

_LOG = logging.getLogger(__name__)
_EVERY_S = 0.7
#: Work that ends within this time shows no progress, only its result.
PATIENCE_S = 0.5
#: Work that no page has asked for so long is given up; a browser lets a hidden page ask once a minute.
ABANDONED_S = 300.0


class Stopped(Exception):  # noqa: N818 - no error: the reader wanted it
    """The reader has cancelled the work; raised inside it, where it next tells its progress."""


class Work:
    """Work in a thread of its own, which the page does not wait for.

    Parameters
    ----------
    make
        Does the work and returns what comes of it; it tells its progress now and then.
    """

    def __init__(self, make: Callable[[Progress], Any]) -> None:
        self.words = ""
        self.share = 0.0
        self.result: Any = None
        self.error: KudequaError | None = None
        self.broken = False
        self.told = False
        self.began = self._asked = time.monotonic()
        self._make = make
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kudequa-work", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether work goes on that somebody still wants."""
        return self._thread.is_alive() and not self.cancelled

    @property
    def cancelled(self) -> bool:
        """Whether the reader has stopped it."""
        return self._stop.is_set()

    @property
    def ready(self) -> bool:
        """Whether it has ended with a result."""
        return not self._thread.is_alive() and not self.cancelled and not self.broken and self.error is None

    @property
    def unwanted(self) -> bool:
        """Whether the reader has stopped it or left."""
        return self.cancelled or time.monotonic() - self._asked > ABANDONED_S

    def ask(self) -> None:
        """Note that a page still waits for it."""
        self._asked = time.monotonic()

    def cancel(self) -> None:
        """Want it no longer: it ends at its next report, and what it makes until then is dropped."""
        self._stop.set()

    def wait(self) -> None:
        """Wait a moment for the end, so that short work shows its result at once."""
        self._thread.join(PATIENCE_S)

    def report(self, words: str, share: float) -> None:
        """Note how far it is; a German message and the share done, 0 to 1.

        Raises
        ------
        Stopped
            If the reader has cancelled it or left.
        """
        self.words, self.share = words, share
        if self.unwanted:
            self.cancel()
            raise Stopped

    def _run(self) -> None:
        try:
            self.result = self._make(self.report)
        except Stopped:
            pass
        except KudequaError as error:
            self.error = error
        except Exception:  # noqa: BLE001 - the reason stands below
            # A thread has no page to fail on; the reader is told there.
            _LOG.exception("Work beside a page has failed")
            self.broken = True


def progress(key: str, work: Work, words: str) -> None:
    """Draw how far the work is and offer to cancel it; when it has ended, the page is drawn once more.

    Parameters
    ----------
    key
        Tells it from other work of the session.
    work
        The work, running or just ended.
    words
        What is done, in the reader's language.
    """
    every = _EVERY_S if work.running else None
    st.fragment(_drawn, run_every=every)(key, work, words)


def _drawn(key: str, work: Work, words: str) -> None:
    work.ask()
    if not work.running:
        if not work.told:
            work.told = True
            st.rerun()
        return
    seconds = _("{seconds} s").format(seconds=round(time.monotonic() - work.began))
    step = _(work.words) if work.words else ""
    st.progress(min(max(work.share, 0.0), 1.0), " · ".join(part for part in (words, step, seconds) if part))
    if st.button(_("Abbrechen"), key=f"{key}.cancel"):
        work.cancel()
        work.told = True
        st.rerun()


def outcome(work: Work) -> None:
    """Say why ended work has no result, where it has none."""
    if work.error is not None:
        widgets.refusal(work.error)
    elif work.broken:
        st.error(_("Das ist nicht gelungen; der Grund steht im Protokoll des Servers."))
    elif work.cancelled:
        widgets.quiet(_("Abgebrochen."))
