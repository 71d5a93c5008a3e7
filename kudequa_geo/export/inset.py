"""The small map that shows where the sheet lies in the city."""

from __future__ import annotations

import numpy as np
import shapely
from matplotlib.patches import Rectangle

from kudequa_geo.errors import msg
from kudequa_geo.export import shapes
from kudequa_geo.export.canvas import PT_PER_MM, Column
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import Focus
from kudequa_geo.export.ground import streets
from kudequa_geo.export.paper import Bounds
from kudequa_geo.maps import palette

_TALLEST_MM = 44.0


def draw_inset(column: Column, edition: Edition, focus: Focus, extent: Bounds) -> None:
    """Draw the study area with the sheet's extent and its subject into a column.

    Parameters
    ----------
    column
        Where to.
    edition
        The municipality.
    focus
        Subject of the sheet.
    extent
        Ground the sheet shows, metres.
    """
    words = edition.say(msg("Lage in {municipality}"))
    column.heading(words.format(municipality=edition.study.config.name))
    whole = shapely.bounds(edition.outline)
    both = np.concatenate((np.minimum(whole[:2], extent[:2]), np.maximum(whole[2:], extent[2:])))
    width = column.width
    ratio = (both[3] - both[1]) / (both[2] - both[0])
    height = min(width * ratio, column.mm(_TALLEST_MM))
    width = min(width, height / ratio)
    size = max((both[2] - both[0]) / width, (both[3] - both[1]) / height) * 1.03
    middle = (both[:2] + both[2:]) / 2
    half = np.array([width, height]) * size / 2
    bounds: Bounds = (*(middle - half), *(middle + half))
    axes = column.canvas.map_axes(column.x, column.y, width, height, bounds)
    axes.set_facecolor("white")
    _area(axes, edition, size)
    roads = streets(edition.study.tables["edges"], bounds)
    main = roads[roads["kind"].isin(["motorway", "major"])].geometry.to_numpy()
    shapes.stroke(
        axes, shapely.simplify(main, 0.15 * size), edgecolor=palette.GROUND["rail"], linewidth=0.3, zorder=3
    )
    if focus.shape is not None:
        shapes.fill(
            axes, shapely.simplify(focus.shape, 0.1 * size), facecolor=palette.ACCENT, alpha=0.35, zorder=4
        )
    x0, y0, x1, y1 = extent
    axes.add_artist(
        Rectangle(
            (x0, y0),
            x1 - x0,
            y1 - y0,
            fill=False,
            edgecolor=palette.ACCENT,
            linewidth=0.45 * PT_PER_MM,
            zorder=5,
        )
    )
    column.y += height
    column.skip(2)


def _area(axes: object, edition: Edition, size: float) -> None:
    fine = 0.1 * size
    shapes.fill(axes, shapely.simplify(edition.outline, fine), facecolor=palette.GROUND["building"], zorder=1)  # type: ignore[arg-type]
    districts = edition.study.tables["districts"]
    if len(districts):
        lines = shapely.boundary(shapely.simplify(districts.geometry.to_numpy(), fine))
        shapes.stroke(axes, lines, edgecolor="white", linewidth=0.5, zorder=2)  # type: ignore[arg-type]
