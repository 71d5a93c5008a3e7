"""Charts as plain HTML and SVG: no script, no request; each has a table beside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from kudequa_geo.maps import palette
from kudequa_geo.maps.layers import CODE_COLOURS
from kudequa_geo.maps.palette import Code
from kudequa_geo.ui import i18n

#: Size of the curve's drawing area and its margins, in units of the drawing.
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 520, 250, 44, 34, 10
_SVG = 'xmlns="http://www.w3.org/2000/svg"'
#: An image does not read the style sheet of the page.
_STYLE = (
    "<style>text{font:13px 'Source Sans 3','Segoe UI',Arial,sans-serif;fill:#1f2933}"
    ".kdq-grid{stroke:#d3d7db}.kdq-border{stroke:#0b4f8a;stroke-width:2}"
    ".kdq-end{text-anchor:end}.kdq-mid{text-anchor:middle}"
    ".kdq-limit-word{fill:#0b4f8a;font-weight:650}</style>"
)
#: Strokes of the curves: told apart without colour.
_STROKES = (("#1f2933", "", 2.5), (palette.ACCENT, "9 4", 3.5), ("#b35806", "2 4", 3.5))


@dataclass(frozen=True)
class Row:
    """One bar: name, what stands at its end, people per code, whether it is pointed out."""

    name: str
    value: str
    people: Sequence[float]
    here: bool = False


def class_bars(caption: str, classes: Sequence[str], rows: Sequence[Row]) -> None:
    """Show how people are spread over the classes of the map, each bar the whole of its row.

    Parameters
    ----------
    caption
        What is shown.
    classes
        Words of the codes, in their order.
    rows
        From top to bottom.
    """
    present = [code for code in range(len(classes)) if any(row.people[code] > 0 for row in rows)]
    legend = "".join(
        f'<li><span class="kdq-chip" style="{_fill(code)}"></span>{escape(classes[code])}</li>'
        for code in present
    )
    bars = "".join(_bar(row, classes) for row in rows)
    st.html(
        f'<p class="kdq-h">{escape(caption)}</p><ul class="kdq-series">{legend}</ul>'
        f'<div class="kdq-scroll" tabindex="0" role="region" aria-label="{escape(caption)}" '
        f'style="--kdq-table:30rem"><ol class="kdq-bars kdq-whole">{bars}</ol></div>'
    )


def _fill(code: int) -> str:
    if code == Code.NOT_CONNECTED:
        lines = f"{palette.HATCH} 0 1.5px, {palette.HATCH_GROUND} 1.5px 5px"
        return f"background:repeating-linear-gradient(135deg,{lines})"
    return f"background:{CODE_COLOURS[code]}"


def _bar(row: Row, classes: Sequence[str]) -> str:
    total = sum(row.people)
    parts = [(code, people / total) for code, people in enumerate(row.people) if people > 0]
    pieces = "".join(f'<span style="width:{100 * share:.2f}%;{_fill(code)}"></span>' for code, share in parts)
    words = ", ".join(f"{classes[code]}: {i18n.percent(share)}" for code, share in parts)
    here = " class=kdq-here" if row.here else ""
    return (
        f'<li{here}><span class="kdq-bar-label">{escape(row.name)}</span>'
        f'<span class="kdq-bar" role="img" aria-label="{escape(words)}"><span class="kdq-bar-body">{pieces}'
        f'</span></span><span class="kdq-bar-value">{escape(row.value)}</span></li>'
    )


def curves(
    caption: str,
    upper: Sequence[float],
    series: Sequence[tuple[str, Sequence[float]]],
    *,
    limit: float,
    ticks: Sequence[tuple[float, str]],
    limit_words: str,
) -> None:
    """Show which share of people is reached within which walk, the limit marked.

    Parameters
    ----------
    caption
        What is shown.
    upper
        Walks, ascending from 0.
    series
        Name and shares (0 to 1) of up to three curves; NaN throughout = left out.
    limit, limit_words
        Planning limit in the unit of the walks, and its words.
    ticks
        Walks to name, with their words.
    """
    drawn = [(name, shares) for name, shares in series if not np.isnan(shares[0])]
    width, height = _WIDTH - _LEFT - 12, _HEIGHT - _BOTTOM - _TOP

    def at(walk: float, share: float) -> tuple[float, float]:
        return _LEFT + width * walk / upper[-1], _TOP + height * (1 - share)

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = at(0, share)
        parts.append(f'<line x1="{x:.1f}" x2="{x + width}" y1="{y:.1f}" y2="{y:.1f}" class="kdq-grid"/>')
        parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" class="kdq-end">{i18n.percent(share)}</text>')
    for walk, words in ticks:
        x, y = at(walk, 0)
        parts.append(f'<text x="{x:.1f}" y="{y + 18:.1f}" class="kdq-mid">{escape(words)}</text>')
    x, y = at(limit, 0)
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{y:.1f}" class="kdq-border"/>')
    parts.append(f'<text x="{x + 5:.1f}" y="{y - 6:.1f}" class="kdq-limit-word">{escape(limit_words)}</text>')
    for (_name, shares), (colour, dash, stroke) in zip(drawn, _STROKES, strict=False):
        points = " ".join("{:.1f},{:.1f}".format(*at(*pair)) for pair in zip(upper, shares, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{stroke}" '
            f'stroke-dasharray="{dash}"/>'
        )
    keys = "".join(
        f"<li>{_picture(_line(34, 10, 5, style), '', 34)} {escape(name)}</li>"
        for (name, _shares), style in zip(drawn, _STROKES, strict=False)
    )
    picture = _picture(
        f'<svg {_SVG} viewBox="0 0 {_WIDTH} {_HEIGHT}">{_STYLE}{"".join(parts)}</svg>', caption
    )
    st.html(f'<p class="kdq-h">{escape(caption)}</p><ul class="kdq-series">{keys}</ul>{picture}')


def _line(width: int, height: int, y: int, style: tuple[str, str, float]) -> str:
    colour, dash, stroke = style
    return (
        f'<svg {_SVG} width="{width}" height="{height}"><line x1="1" x2="{width - 1}" y1="{y}" y2="{y}" '
        f'stroke="{colour}" stroke-width="{stroke}" stroke-dasharray="{dash}"/></svg>'
    )


def _picture(svg: str, words: str, width: int | None = None) -> str:
    """Return a drawing as an image: Streamlit takes SVG out of a page's own HTML."""
    packed = base64.b64encode(svg.encode()).decode("ascii")
    size = f' width="{width}"' if width else ' class="kdq-curves"'
    return f'<img{size} alt="{escape(words)}" src="data:image/svg+xml;base64,{packed}">'
