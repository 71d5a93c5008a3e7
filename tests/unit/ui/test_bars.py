"""Stacked bars: widths, words, and text that stays text."""

from __future__ import annotations

import pytest
import streamlit as st

from kudequa_geo.ui.bars import Bar, stacked

SERIES = {"a": "Läden", "b": "<b>Ärzte</b>", "c": "nie"}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, german: None) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(st, "html", found.append)
    return found


def test_parts_and_bars_are_to_scale(drawn: list[str]) -> None:
    stacked("Bedarf", SERIES, [Bar("eins", "10", {"a": 6.0, "b": 2.0}), Bar("zwei", "4", {"b": 4.0})])
    first, second = drawn[0].split("<li")[4:]
    assert 'kdq-bar-body" style="width:100.00%"' in first
    assert "width:75.00%" in first
    assert "width:25.00%" in first
    assert 'kdq-bar-body" style="width:50.00%"' in second
    assert 'aria-label="10: Läden 75\xa0%, &lt;b&gt;Ärzte&lt;/b&gt; 25\xa0%"' in first
    assert "nie" not in first


def test_text_stays_text(drawn: list[str]) -> None:
    stacked("<i>", SERIES, [Bar("<script>", "<1>", {"a": 1.0}, "<note>", here=True)])
    for tag in ("<script>", "<1>", "<note>", "<i>", "<b>"):
        assert tag not in drawn[0]
    assert "kdq-here" in drawn[0]


def test_nothing_to_show_is_no_division(drawn: list[str]) -> None:
    stacked("Bedarf", SERIES, [Bar("leer", "0", {"a": 0.0})])
    assert "width:0.00%" in drawn[0]
    stacked("Bedarf", SERIES, [])
    assert "<ol" in drawn[1]
