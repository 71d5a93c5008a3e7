"""Texts, numbers and dates in one language; German is the source language."""

from __future__ import annotations

import gettext
import io
import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from kudequa_geo.constants import SMALL_NUMBER
from kudequa_geo.errors import msg

#: Languages by their key, each with its own name, and the locale of its numbers and dates.
LANGUAGES: dict[str, str] = {"de": "Deutsch", "en": "English", "tr": "Türkçe"}
_LOCALES = {"de": Locale("de", "DE"), "en": Locale("en", "GB"), "tr": Locale("tr", "TR")}
SOURCE = "de"
CATALOGUES = Path(__file__).parent / "locales"
#: Shown where a number is not known.
UNKNOWN = "–"


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


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the tool.

    Attributes
    ----------
    key
        One of :data:`LANGUAGES`.
    """

    key: str = SOURCE

    def __call__(self, text: str) -> str:
        """Return a text in this language; the empty text stays empty."""
        return catalogue(self.key).gettext(text) if text else text

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number in the language's notation; NaN as a dash."""
        if math.isnan(value):
            return UNKNOWN
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return _decimal(_rounded(value, digits), pattern, self.key)

    def short(self, value: float) -> str:
        """Return a number with one digit where it has one: 7,5 but 10."""
        return _decimal(_rounded(value, 1), "#,##0.#", self.key)

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share (0 to 1) as a percentage; NaN as a dash."""
        if math.isnan(share):
            return UNKNOWN
        return _percent(_rounded(share, digits + 2), digits, self.key)

    def metres(self, value: float) -> str:
        """Return metres with their unit."""
        return self(msg("{value}\u00a0m")).format(value=self.number(value))

    def minutes(self, value: float) -> str:
        """Return minutes with their unit, one digit below ten minutes."""
        return self(msg("{value}\u00a0min")).format(value=self.number(value, 1 if value < 10 else 0))

    def length(self, value: float, unit: str) -> str:
        """Return a limit or class border in ``m`` or ``min`` with its unit."""
        if unit == "min":
            return self(msg("{value}\u00a0min")).format(value=self.short(value))
        return self.metres(value)

    def people(self, value: float) -> str:
        """Return a number of people, rounded as its certainty allows; below the small-number limit in words.

        Residents are distributed by a rule: the last digit of a large number would pretend too much.
        """
        if math.isnan(value):
            return UNKNOWN
        if 0 < value < SMALL_NUMBER.value:
            return self(msg("unter {number}")).format(number=self.number(SMALL_NUMBER.value))
        step = 10 if value >= 1000 else 1
        return self.number(step * float(_rounded(value / step, 0)))

    def day(self, value: str | date) -> str:
        """Return a day in the language's notation; what is no ISO date is returned as it is."""
        try:
            known = datetime.fromisoformat(value).date() if isinstance(value, str) else value
        except ValueError:
            return str(value) or UNKNOWN
        return str(format_date(known, format="medium", locale=_LOCALES[self.key]))


# A page words a thousand numbers, and most of them in every run: each is put into words once.
@lru_cache(maxsize=20_000)
def _decimal(value: Decimal, pattern: str, key: str) -> str:
    return str(format_decimal(value, format=pattern, locale=_LOCALES[key]))


@lru_cache(maxsize=20_000)
def _percent(share: Decimal, digits: int, key: str) -> str:
    locale = _LOCALES[key]
    pattern = locale.percent_formats[None].pattern
    if digits:
        pattern = pattern.replace("0", "0." + "0" * digits)
    return str(format_percent(share, format=pattern, locale=locale))


def _rounded(value: float, digits: int) -> Decimal:
    # As people round: 6.25 is 6.3.
    return Decimal(str(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
