"""Numbers, dates and texts in the reader's notation."""

import math

import pytest
import streamlit as st

from kudequa_geo.ui import i18n


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch):
    def switch(key: str) -> None:
        monkeypatch.setattr(st, "session_state", {i18n.KEY: key})

    return switch


@pytest.mark.parametrize(
    ("key", "number", "percent", "day"),
    [
        ("de", "1.234,5", "21\xa0%", "01.05.2024"),
        ("en", "1,234.5", "21%", "1 May 2024"),
        ("tr", "1.234,5", "%21", "1 May 2024"),
    ],
)
def test_notation(speak, key: str, number: str, percent: str, day: str) -> None:
    speak(key)
    assert i18n.number(1234.5, 1) == number
    assert i18n.percent(0.21) == percent
    assert i18n.day("2024-05-01T10:00:00+00:00") == day


def test_rounds_as_people_do(speak) -> None:
    speak("de")
    assert i18n.short(6.25) == "6,3"
    assert i18n.short(12.0) == "12"
    assert i18n.number(0.5) == "1"
    assert i18n.number(2.5) == "3"
    assert i18n.percent(0.125, 1) == "12,5\xa0%"


@pytest.mark.parametrize(
    ("share", "told"), [(0.125, "13"), (0.145, "15"), (0.285, "29"), (0.005, "1"), (0.1249999, "12")]
)
def test_shares_round_as_numbers_do(speak, share: float, told: str) -> None:
    speak("de")
    assert i18n.percent(share) == f"{told}\xa0%"
    assert i18n.number(round(100 * share, 9)) == told


def test_people_round_as_numbers_do(speak) -> None:
    speak("de")
    assert [i18n.spoken().people(value) for value in (12.5, 1245.0, 2235.0)] == ["13", "1.250", "2.240"]


def test_unknown_is_a_dash(speak) -> None:
    speak("de")
    assert i18n.number(math.nan) == i18n.percent(math.nan) == i18n.UNKNOWN
    assert i18n.day("") == i18n.UNKNOWN
    assert i18n.day("Frühjahr 2024") == "Frühjahr 2024"


def test_unknown_language_is_the_source_language(speak) -> None:
    speak("xx")
    assert i18n.language() == "de"
    assert i18n._("Erreichbarkeit") == "Erreichbarkeit"


def test_the_empty_text_is_not_the_catalogue_head(speak) -> None:
    speak("en")
    assert i18n._("") == ""


def test_turkish_and_english_speak(speak) -> None:
    speak("en")
    assert i18n._("Minuten") == "Minutes"
    speak("tr")
    assert i18n._("Minuten") == "Dakika"
