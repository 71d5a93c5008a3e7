"""Texts, numbers and dates in the reader's language, which the session keeps."""

from __future__ import annotations

import threading
from datetime import date

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from kudequa_geo.language import CATALOGUES, LANGUAGES, SOURCE, UNKNOWN, Language

__all__ = ["CATALOGUES", "LANGUAGES", "SOURCE", "UNKNOWN"]

#: Where the chosen language stands in the session.
KEY = "view.lang"


#: What a thread that runs a page has found; a page asks thousands of times, the session answers slowly.
_FOUND = threading.local()


def language() -> str:
    """Return the key of the reader's language."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and getattr(_FOUND, "context", None) is context:
        return str(_FOUND.language)
    chosen = st.session_state.get(KEY, SOURCE)
    found = chosen if chosen in LANGUAGES else SOURCE
    _FOUND.context, _FOUND.language = context, found
    return found


def forget() -> None:
    """Ask the session again: the language may have changed."""
    _FOUND.context = None


def spoken() -> Language:
    """Return the reader's language."""
    return Language(language())


def _(text: str) -> str:
    """Return a text in the reader's language; the empty text stays empty."""
    return spoken()(text)


def number(value: float, digits: int = 0) -> str:
    """Return a number in the reader's notation; NaN as a dash."""
    return spoken().number(value, digits)


def short(value: float) -> str:
    """Return a number with one digit where it has one: 7,5 but 10."""
    return spoken().short(value)


def percent(share: float, digits: int = 0) -> str:
    """Return a share (0 to 1) as a percentage; NaN as a dash."""
    return spoken().percent(share, digits)


def metres(value: float) -> str:
    """Return metres with their unit."""
    return spoken().metres(value)


def minutes(value: float) -> str:
    """Return minutes with their unit, one digit below ten minutes."""
    return spoken().minutes(value)


def day(value: str | date) -> str:
    """Return a day in the reader's notation; what is no ISO date is returned as it is."""
    return spoken().day(value)
