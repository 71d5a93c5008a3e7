"""A page measured in millimetres from its upper left corner, and columns of type on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Outline

from kudequa_geo.export import lettering
from kudequa_geo.export.lettering import REGULAR, SEMIBOLD
from kudequa_geo.export.paper import Bounds
from kudequa_geo.maps import palette

MM_PER_INCH = 25.4
PT_PER_MM = 72 / MM_PER_INCH
#: Distance of two base lines in units of the font size.
LEADING = 1.28
#: Width of the ring around what is new.
RING_PT = 1.6
#: Height of a letter above the base line, and where a line's base lies below its top, in font sizes.
_CAP, _BASE = 0.66, 0.95


class Canvas:
    """One page to draw on.

    Parameters
    ----------
    width_mm, height_mm
        Its size.
    factor
        Size of type and symbols against A4; every size in points is multiplied by it.
    """

    def __init__(self, width_mm: float, height_mm: float, factor: float = 1.0) -> None:
        self.width_mm = width_mm
        self.height_mm = height_mm
        self.factor = factor
        self.figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), facecolor="white")
        self.page: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.page.set_axis_off()
        self.page.set_xlim(0, width_mm)
        self.page.set_ylim(height_mm, 0)
        self.page.set_zorder(2)
        self.page.patch.set_alpha(0)

    def text(self, x: float, y: float, words: str, size: float, **style: Any) -> None:
        """Write one line with its base line at ``y``; ``weight``, ``colour`` and ``align`` by name."""
        line = lettering.plain(words)
        self.page.text(
            x,
            y,
            line,
            fontproperties=lettering.font(line, size * self.factor, style.get("weight", REGULAR)),
            color=style.get("colour", palette.TEXT),
            ha=style.get("align", "left"),
            va="baseline",
        )

    def box(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        """Draw a rectangle, its upper left corner at ``x``, ``y``.

        ``fill``, ``edge`` (colours), ``line_mm`` and ``hatch`` by name.
        """
        hatch = style.get("hatch")
        area = Rectangle(
            (x, y),
            width,
            height,
            linewidth=style.get("line_mm", 0.2) * PT_PER_MM,
            hatch=hatch,
            facecolor=style.get("fill", "none"),
            edgecolor=palette.HATCH if hatch else style.get("edge", "none"),
        )
        self.page.add_artist(area)

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: str, line_mm: float) -> None:
        """Draw a straight line."""
        self.page.plot(
            [start[0], end[0]],
            [start[1], end[1]],
            color=colour,
            linewidth=line_mm * PT_PER_MM,
            solid_capstyle="butt",
        )

    def symbol(self, x: float, y: float, shape: Outline, radius_mm: float, colour: str) -> None:
        """Draw a symbol with a white casing."""
        self.page.plot(
            [x],
            [y],
            marker=shape,
            markersize=2 * radius_mm * PT_PER_MM,
            color=colour,
            markeredgecolor="white",
            markeredgewidth=0.6,
        )

    def ring(self, x: float, y: float, radius_mm: float, colour: str) -> None:
        """Draw a circle without filling."""
        self.page.plot(
            [x],
            [y],
            marker="o",
            markersize=2 * radius_mm * PT_PER_MM,
            markerfacecolor="none",
            markeredgecolor=colour,
            markeredgewidth=RING_PT,
        )

    def map_axes(self, x: float, y: float, width: float, height: float, bounds: Bounds) -> Axes:
        """Return axes that show exactly these bounds in a box; ``bounds`` must have its proportions."""
        left, bottom = x / self.width_mm, 1 - (y + height) / self.height_mm
        axes = self.figure.add_axes((left, bottom, width / self.width_mm, height / self.height_mm))
        axes.set_xlim(bounds[0], bounds[2])
        axes.set_ylim(bounds[1], bounds[3])
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_zorder(1)
        axes.set_facecolor(palette.GROUND["background"])
        for spine in axes.spines.values():
            spine.set_linewidth(0.25 * PT_PER_MM)
            spine.set_edgecolor(palette.QUIET)
            spine.set_zorder(20)
        return axes


class Column:
    """A column of type: everything is set below what came before.

    Parameters
    ----------
    canvas
        The page.
    x, y, width
        Upper left corner and width in millimetres; ``y`` moves down.
    bottom
        Where the column ends, in millimetres; None = at the foot of the page.
    """

    def __init__(
        self, canvas: Canvas, x: float, y: float, width: float, *, bottom: float | None = None
    ) -> None:
        self.canvas = canvas
        self.x = x
        self.y = y
        self.width = width
        self.bottom = canvas.height_mm if bottom is None else bottom

    def room(self, millimetres: float) -> bool:
        """Return whether so much, counted on A4, fits below what came before."""
        return self.y + self.mm(millimetres) <= self.bottom

    @property
    def right(self) -> float:
        """Right border in millimetres."""
        return self.x + self.width

    def mm(self, millimetres: float) -> float:
        """Return a length of an A4 page on this page."""
        return millimetres * self.canvas.factor

    def skip(self, millimetres: float) -> None:
        """Leave space, counted on A4."""
        self.y += self.mm(millimetres)

    def step(self, size: float) -> float:
        """Return the distance of two lines of a size in points, in millimetres."""
        return size * self.canvas.factor * LEADING / PT_PER_MM

    def write(self, words: str, size: float, *, indent: float = 0.0, **style: Any) -> None:
        """Write wrapped lines; ``indent`` in millimetres on A4."""
        left = self.x + self.mm(indent)
        real = size * self.canvas.factor
        weight = style.get("weight", REGULAR)
        for line in lettering.wrapped(words, real, self.right - left, weight):
            self.canvas.text(left, self.y + _BASE * real / PT_PER_MM, line, size, **style)
            self.y += self.step(size)

    def cells(self, words: Sequence[str], size: float, *, at: Sequence[float], **style: Any) -> None:
        """Write one line: the first words at the left, the others ending at ``at`` (mm from the left)."""
        real = size * self.canvas.factor
        base = self.y + _BASE * real / PT_PER_MM
        weight = style.get("weight", REGULAR)
        next_cell = lettering.width_mm(words[1], real, weight) if at else 0.0
        room = (at[0] if at else self.width) - next_cell - self.mm(1.5)
        first = lettering.shortened(words[0], real, max(room, self.mm(10)), weight)
        self.canvas.text(self.x, base, first, size, **style)
        for right, cell in zip(at, words[1:], strict=True):
            self.canvas.text(self.x + right, base, cell, size, **{**style, "align": "right"})
        self.y += self.step(size)

    def beside(self, top: float, height: float, size: float) -> float:
        """Return the base line that centres a line of type on a row."""
        return top + height / 2 + _CAP / 2 * size * self.canvas.factor / PT_PER_MM

    def heading(self, words: str, size: float = 9.5) -> None:
        """Write a heading."""
        self.write(words, size, weight=SEMIBOLD)
        self.skip(0.8)
