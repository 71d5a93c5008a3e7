"""What stands around a map: title, notice, scale, and the lines that say where everything is from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path as Outline
from matplotlib_scalebar.scalebar import ScaleBar
from numpy.typing import NDArray

from kudequa_geo.errors import msg
from kudequa_geo.export import lettering
from kudequa_geo.export.canvas import PT_PER_MM, Canvas, Column
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.lettering import BOLD, SEMIBOLD
from kudequa_geo.export.logo import Logo
from kudequa_geo.export.paper import bar_length_m
from kudequa_geo.export.record import Record
from kudequa_geo.language import Language
from kudequa_geo.maps import palette

_LEFT_MM, _RIGHT_MM, _TOP_MM, _BOTTOM_MM = 15.0, 12.0, 11.0, 9.0
_BAND_FILL = "#eceff2"
_SMALL = 6.6


class Frame:
    """The room left on a page, in millimetres; header and footer take theirs.

    Parameters
    ----------
    canvas
        The page.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.left = _LEFT_MM
        self.right = canvas.width_mm - _RIGHT_MM
        self.top = _TOP_MM
        self.bottom = canvas.height_mm - _BOTTOM_MM


def draw_header(frame: Frame, title: str, subtitle: str, notice: str, logo: Logo | None = None) -> None:
    """Write title and subtitle, the notice as a band below them, the logo at the right."""
    room = frame.right - frame.left
    if logo is not None:
        room -= _logo(frame, logo.pixels)
    column = Column(frame.canvas, frame.left, frame.top, room)
    size = 17.0
    while len(lettering.wrapped(title, size * frame.canvas.factor, room, BOLD)) > 2 and size > 9:
        size -= 1
    column.write(title, size, weight=BOLD)
    column.write(subtitle, 10, colour=palette.QUIET)
    column.skip(2)
    if notice:
        height = column.mm(5.6)
        frame.canvas.box(frame.left, column.y, frame.right - frame.left, height, fill=_BAND_FILL)
        frame.canvas.box(frame.left, column.y, column.mm(1.2), height, fill=palette.TEXT)
        base = column.beside(column.y, height, 9)
        frame.canvas.text(frame.left + column.mm(3.5), base, notice, 9, weight=SEMIBOLD)
        column.y += height
        column.skip(2)
    frame.top = column.y


def _logo(frame: Frame, pixels: NDArray[np.uint8]) -> float:
    """Draw the logo; return the width it takes, in millimetres."""
    canvas = frame.canvas
    height = 13 * canvas.factor
    width = min(height * pixels.shape[1] / pixels.shape[0], 45 * canvas.factor)
    height = width * pixels.shape[0] / pixels.shape[1]
    left, bottom = (frame.right - width) / canvas.width_mm, 1 - (frame.top + height) / canvas.height_mm
    axes = canvas.figure.add_axes((left, bottom, width / canvas.width_mm, height / canvas.height_mm))
    axes.imshow(pixels, aspect="auto", interpolation="lanczos")
    axes.set_axis_off()
    return float(width + 4 * canvas.factor)


def draw_footer(frame: Frame, edition: Edition, record: Record) -> None:
    """Write sources, licences, dates, reference system and run record at the foot."""
    say = edition.say
    sources = say(msg("Quellen: {sources}.")).format(sources="; ".join(record.source_lines(say)))
    made = say(
        msg(
            "Berechnung: Wege auf dem Fußwegenetz, Einwohner auf Wohngebäude verteilt. "
            "Bezugssystem: {system}. Datenstand: {data}. Gedruckt am {printed}. "
            "{tool}, Daten {version}, Lauf {run}."
        )
    ).format(
        system=edition.reference_system,
        data=say.day(record.data_date) if record.data_date else say(msg("nicht angegeben")),
        printed=say.day(record.printed),
        tool=record.tool,
        version=record.data_version,
        run=record.short,
    )
    width = frame.right - frame.left
    real = _SMALL * frame.canvas.factor
    column = Column(frame.canvas, frame.left, frame.bottom, width)
    lines = sum(len(lettering.wrapped(text, real, width)) for text in (sources, made))
    column.y = frame.bottom - lines * column.step(_SMALL)
    frame.canvas.line(
        (frame.left, column.y - 0.8), (frame.right, column.y - 0.8), palette.GROUND["casing"], 0.2
    )
    frame.bottom = column.y - 2.2 * frame.canvas.factor
    column.write(sources, _SMALL, colour=palette.QUIET)
    column.write(made, _SMALL, colour=palette.QUIET)


def draw_scale(
    frame: Frame, axes: Axes, scale: int, spots: Sequence[tuple[float, float, float, float]], say: Language
) -> None:
    """Draw scale bar, scale number and grid north below the maps.

    Parameters
    ----------
    frame
        The page.
    axes
        Axes of the last map, whose scale the bar measures.
    scale
        Denominator.
    spots
        Boxes of the maps in millimetres.
    say
        Language.
    """
    canvas = frame.canvas
    k = canvas.factor
    left, foot = spots[0][0], max(y + height for _x, y, _w, height in spots)
    length = bar_length_m(scale, 55 * k)
    kilometres = length >= 1000
    words = f"{say.short(length / 1000)}\u00a0km" if kilometres else f"{say.number(length)}\u00a0m"
    bar = ScaleBar(
        1,
        "m",
        fixed_value=length / 1000 if kilometres else length,
        fixed_units="km" if kilometres else "m",
        bbox_to_anchor=(left / canvas.width_mm, 1 - (foot + 2.2 * k) / canvas.height_mm),
        bbox_transform=canvas.figure.transFigure,
        loc="upper left",
        width_fraction=0.006,
        scale_loc="none",
        box_alpha=0,
        border_pad=0,
        pad=0,
        color=palette.TEXT,
        rotation="horizontal-only",
    )
    bar.set_gid("scale-bar")
    axes.add_artist(bar)
    base = foot + 6.6 * k
    long = length * 1000 / scale
    canvas.text(left, base, "0", 8)
    canvas.text(left + long, base, words, 8, align="center" if long > 25 else "left")
    number = f"1 : {say.number(scale)}"
    canvas.text(
        left + long + 12 * k,
        base - 1.6 * k,
        say(msg("Maßstab {number}")).format(number=number),
        10,
        weight=SEMIBOLD,
    )
    right = spots[-1][0] + spots[-1][2]
    canvas.text(
        right - 3.5 * k, base - 1.6 * k, say(msg("Gitternord")), 8, colour=palette.QUIET, align="right"
    )
    arrow = Outline([(0, 1.3), (0.55, -0.9), (0, -0.45), (-0.55, -0.9), (0, 1.3)], closed=True)
    canvas.page.plot(
        [right - 1.4 * k],
        [base - 2.4 * k],
        marker=arrow,
        markersize=3.4 * PT_PER_MM * k / 1.0,
        color=palette.QUIET,
        markeredgewidth=0,
    )
