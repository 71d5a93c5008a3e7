"""One file in the making beside the page: it comes by itself when it is ready, unless it is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

import streamlit as st

from kudequa_geo.progress import Progress
from kudequa_geo.ui import work
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.work import Work

_KEY = "making"


@dataclass(frozen=True)
class Wanted:
    """A file that a reader asks for.

    Attributes
    ----------
    question
        What it answers; another question makes it old.
    name, mime
        Name and media type of the file.
    make
        Makes it.
    """

    question: str
    name: str
    mime: str
    make: Callable[[Progress], bytes]


@dataclass
class _Begun:
    wanted: Wanted
    work: Work
    token: str


def button(label: str, wanted: Wanted, key: str) -> None:
    """Draw the button that begins a file; the one before is no longer wanted then."""
    st.button(label, on_click=_begin, args=(wanted,), key=key)


def _begin(wanted: Wanted) -> None:
    before = _begun()
    if before is not None:
        before.work.cancel()
    begun = _Begun(wanted, Work(wanted.make), token_hex(8))
    begun.work.wait()
    st.session_state[_KEY] = begun


def _begun() -> _Begun | None:
    found: _Begun | None = st.session_state.get(_KEY)
    return found


def draw(question: str) -> None:
    """Draw the file that has been begun: its progress, the file itself, or why there is none."""
    begun = _begun()
    if begun is None:
        return
    if begun.wanted.question != question:
        begun.work.cancel()
        del st.session_state[_KEY]
        return
    if begun.work.running:
        work.progress("making", begun.work, begun.wanted.name)
        return
    if not begun.work.ready:
        work.outcome(begun.work)
        return
    st.download_button(
        _("{name} herunterladen").format(name=begun.wanted.name),
        begun.work.result,
        begun.wanted.name,
        begun.wanted.mime,
        on_click="ignore",
        key="making-ready",
    )
    st.html(_fetch(begun.token), unsafe_allow_javascript=True)


def _fetch(token: str) -> str:
    """Return the script that presses the button of the finished file, which the reader has already asked for.

    Parameters
    ----------
    token
        Tells files apart; each is fetched once, however often the page is drawn.
    """
    return f"""<script>{{
      let tries = 0;
      const timer = setInterval(() => {{
        const button = document.querySelector(".st-key-making-ready button");
        if (window.kudequaFetched === "{token}" || button || ++tries > 100) clearInterval(timer);
        if (!button || window.kudequaFetched === "{token}") return;
        window.kudequaFetched = "{token}";
        button.click();
      }}, 100);
    }}</script>"""
