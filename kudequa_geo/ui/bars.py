"""Stacked bars as plain HTML: no script, no request, each with its figures in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from kudequa_geo.ui import i18n
from kudequa_geo.ui.i18n import _


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, what it says at its end, and its parts by series."""

    label: str
    value: str
    parts: Mapping[str, float]
    note: str = ""
    here: bool = False


#: Dark enough for 3:1 on white, and different in lightness, so that a grey print keeps them apart.
COLOURS = ("#1b5e83", "#d95f02", "#00695c", "#4a4a4a", "#6a2c70", "#7fa32b", "#8c8c8c")


def stacked(caption: str, series: Mapping[str, str], bars: Sequence[Bar]) -> None:
    """Show bars of one scale, each with its parts in the order of the legend.

    Parameters
    ----------
    caption
        What is shown, with its unit.
    series
        Key -> label of the parts.
    bars
        From top to bottom.
    """
    colour = {key: COLOURS[at % len(COLOURS)] for at, key in enumerate(series)}
    legend = "".join(
        f'<li><span class="kdq-chip" style="background:{colour[key]}"></span>{escape(label)}</li>'
        for key, label in series.items()
    )
    longest = max((sum(bar.parts.values()) for bar in bars), default=0.0)
    rows = "".join(_row(bar, series, colour, longest) for bar in bars)
    st.html(
        f'<p class="kdq-h">{escape(caption)}</p><ul class="kdq-series">{legend}</ul>'
        f'<div class="kdq-scroll" tabindex="0" role="region" aria-label="{escape(caption)}" '
        f'style="--kdq-table:34rem"><ol class="kdq-bars">{rows}</ol></div>'
    )


def _row(bar: Bar, series: Mapping[str, str], colour: Mapping[str, str], longest: float) -> str:
    total = sum(bar.parts.values())
    shares = [(key, bar.parts.get(key, 0.0) / total if total else 0.0) for key in series]
    words = ", ".join(
        _("{part} {share}").format(part=series[key], share=i18n.percent(share))
        for key, share in shares
        if share
    )
    pieces = "".join(
        f'<span style="width:{100 * share:.2f}%;background:{colour[key]}" '
        f'title="{escape(series[key])} {escape(i18n.percent(share))}"></span>'
        for key, share in shares
        if share
    )
    width = 100 * total / longest if longest else 0.0
    note = f"<small>{escape(bar.note)}</small>" if bar.note else ""
    here = " class=kdq-here" if bar.here else ""
    return (
        f'<li{here}><span class="kdq-bar-label">{escape(bar.label)}{note}</span>'
        f'<span class="kdq-bar" role="img" aria-label="{escape(bar.value)}: {escape(words)}">'
        f'<span class="kdq-bar-body" style="width:{width:.2f}%">{pieces}</span></span>'
        f'<span class="kdq-bar-value">{escape(bar.value)}</span></li>'
    )
