"""Charts hold text from data as text, and widths that add up."""

from __future__ import annotations

import base64
import re

import pytest
import streamlit as st

from kudequa_geo.ui import charts

_HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    html: list[str] = []
    monkeypatch.setattr(st, "html", html.append)
    return html


def test_bars_are_whole_and_escaped(drawn: list[str]) -> None:
    people = [10.0, 30.0, 0.0, 0.0, 20.0, 40.0, 0.0]
    words = [f"{_HOSTILE}{code}" for code in range(7)]
    charts.class_bars(_HOSTILE, words, [charts.Row(_HOSTILE, "1 %", people, here=True)])
    (html,) = drawn
    assert "<script" not in html
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%", html)]
    assert widths == pytest.approx([10, 30, 20, 40])
    assert html.count("kdq-chip") == 4
    assert "repeating-linear-gradient" in html


def test_curves_stay_in_their_frame(drawn: list[str]) -> None:
    upper = [0.0, 500.0, 1000.0]
    series = [(_HOSTILE, [0.0, 0.5, 1.0]), ("B", [0.1, 0.1, 0.2]), ("nobody", [float("nan")] * 3)]
    charts.curves("C", upper, series, limit=500.0, ticks=[(0.0, "0"), (1000.0, "1 km")], limit_words="G")
    (html,) = drawn
    assert "<script" not in html
    assert "nobody" not in html
    pictures = [base64.b64decode(code).decode() for code in re.findall(r'base64,([^"]+)"', html)]
    lines = re.findall(r'points="([^"]+)"', pictures[-1])
    assert len(pictures) == 3
    assert len(lines) == 2
    points = [tuple(map(float, pair.split(","))) for line in lines for pair in line.split()]
    assert all(0 <= x <= 520 and 0 <= y <= 250 for x, y in points)
