"""Texts, numbers and dates in the reader's language; German is the source language."""

from __future__ import annotations

import gettext
import io
import math
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import streamlit as st
from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

#: Languages by their URL key, each with its own name and the locale of its numbers and dates.
LANGUAGES: dict[str, str] = {"de": "Deutsch", "en": "English", "tr": "Türkçe"}
_LOCALES = {"de": Locale("de", "DE"), "en": Locale("en", "GB"), "tr": Locale("tr", "TR")}
SOURCE = "de"
#: Where the chosen language stands in the session.
KEY = "view.lang"
CATALOGUES = Path(__file__).parent.parent / "locales"
#: Shown where a number is not known.
UNKNOWN = "–"


def language() -> str:
    """Return the key of the reader's language."""
    chosen = st.session_state.get(KEY, SOURCE)
    return chosen if chosen in LANGUAGES else SOURCE


@cache
def catalogue(key: str) -> gettext.NullTranslations:
    """Return the texts of a language, compiled from its ``.po`` file.

    Compiling at the start costs some ten milliseconds once and cannot be forgotten.
    """
    if key == SOURCE:
        return gettext.NullTranslations()
    path = CATALOGUES / key / "LC_MESSAGES" / "kudequa.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=key)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(text: str) -> str:
    """Return a text in the reader's language; the empty text stays empty."""
    return catalogue(language()).gettext(text) if text else text


def number(value: float, digits: int = 0) -> str:
    """Return a number in the reader's notation; NaN as a dash."""
    if math.isnan(value):
        return UNKNOWN
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(_rounded(value, digits), format=pattern, locale=_LOCALES[language()]))


def _rounded(value: float, digits: int) -> Decimal:
    # As people round: 6.25 is 6.3.
    return Decimal(str(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def short(value: float) -> str:
    """Return a number with one digit where it has one: 7,5 but 10."""
    return str(format_decimal(_rounded(value, 1), format="#,##0.#", locale=_LOCALES[language()]))


def percent(share: float, digits: int = 0) -> str:
    """Return a share (0 to 1) as a percentage; NaN as a dash."""
    if math.isnan(share):
        return UNKNOWN
    locale = _LOCALES[language()]
    pattern = locale.percent_formats[None].pattern
    if digits:
        pattern = pattern.replace("0", "0." + "0" * digits)
    return str(format_percent(share, format=pattern, locale=locale))


def metres(value: float) -> str:
    """Return metres with their unit."""
    return _("{value}\u00a0m").format(value=number(value))


def minutes(value: float) -> str:
    """Return minutes with their unit, one digit below ten minutes."""
    return _("{value}\u00a0min").format(value=number(value, 1 if value < 10 else 0))


def day(value: str | date) -> str:
    """Return a day in the reader's notation; what is no ISO date is returned as it is."""
    try:
        known = datetime.fromisoformat(value).date() if isinstance(value, str) else value
    except ValueError:
        return str(value) or UNKNOWN
    return str(format_date(known, format="medium", locale=_LOCALES[language()]))
