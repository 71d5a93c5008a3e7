"""The map itself: ground, coloured homes, places, the subject's outline, names."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patheffects import Stroke
from numpy.typing import NDArray

from kudequa_geo.export import lettering, shapes
from kudequa_geo.export.canvas import PT_PER_MM, RING_PT
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import Focus, Scope
from kudequa_geo.export.ground import draw_ground
from kudequa_geo.export.labels import draw_labels
from kudequa_geo.export.legend import HATCH
from kudequa_geo.export.paper import Bounds
from kudequa_geo.export.picture import Picture
from kudequa_geo.maps import palette
from kudequa_geo.maps.palette import Code

_FINE_MM = 0.04
#: A home is at least this wide on paper, so that its colour can be seen.
_LEAST_MM = 0.35


def draw_map(axes: Axes, edition: Edition, focus: Focus, picture: Picture, scale: int, factor: float) -> None:
    """Draw one state of the city into axes that show its extent.

    Parameters
    ----------
    axes
        Where to; their limits are the extent in metres.
    edition
        The municipality.
    focus
        Subject; the ground around a district, site or gap is paler.
    picture
        Homes, their classes and the places.
    scale
        Denominator of the scale.
    factor
        Size of type and symbols against A4.
    """
    (minx, maxx), (miny, maxy) = axes.get_xlim(), axes.get_ylim()
    bounds: Bounds = (minx, miny, maxx, maxy)
    roads = draw_ground(axes, edition, bounds, scale)
    _homes(axes, picture, bounds, scale)
    if focus.shape is not None and focus.scope != Scope.AREA:
        _outline(axes, focus, bounds, scale)
    points = shapely.point_on_surface(picture.places.geometry.to_numpy())
    near = shapes.inside(points, bounds)
    if len(near):
        symbol = palette.FIELD_SYMBOLS[picture.question.kind.field]
        xy = shapely.get_coordinates(points[near])
        shapes.symbols(axes, xy, symbol, _radius(scale) * factor, zorder=6, clip_on=True)
    if picture.new[near].any():
        xy = shapely.get_coordinates(points[near][picture.new[near]])
        size = 3.6 * _radius(scale) * factor
        ring: dict[str, Any] = {
            "markerfacecolor": "none",
            "markeredgecolor": palette.ACCENT,
            "markeredgewidth": RING_PT,
        }
        axes.plot(xy[:, 0], xy[:, 1], linestyle="none", marker="o", markersize=size, zorder=6.2, **ring)
    covered = shapely.buffer(
        points[near], _radius(scale) * factor / PT_PER_MM * scale / 1000, cap_style="square"
    )
    if focus.shape is not None and focus.scope != Scope.AREA:
        rim = shapely.buffer(shapely.boundary(focus.shape), 0.8 * scale / 1000)
        covered = np.append(covered, rim)
    draw_labels(axes, edition.study.tables["districts"], roads, scale, factor, avoid=covered)


def draw_gaps(axes: Axes, areas: gpd.GeoDataFrame, scale: int, factor: float) -> None:
    """Draw gap areas as outlines with their ranks.

    Parameters
    ----------
    axes
        Axes of the extent.
    areas
        ``rank`` and outline in the metric CRS.
    scale, factor
        As :func:`draw_map`.
    """
    (minx, maxx), (miny, maxy) = axes.get_xlim(), axes.get_ylim()
    frame = shapely.box(minx, miny, maxx, maxy)
    for rank, shape in zip(areas["rank"], areas.geometry, strict=True):
        if not frame.intersects(shape):
            continue
        outline = shapely.boundary(shapely.simplify(shape, _FINE_MM * scale / 1000))
        shapes.stroke(axes, outline, edgecolor=palette.TEXT, linewidth=0.3 * PT_PER_MM, zorder=5.6)
        point = shapely.point_on_surface(shapely.intersection(shape, frame))
        words, size = str(rank), 7.5 * factor
        given: dict[str, Any] = {"ha": "center", "va": "center_baseline", "clip_on": True}
        font = lettering.font(words, size, lettering.BOLD)
        halo = Stroke(linewidth=0.35 * size, foreground="white")
        axes.text(point.x, point.y, words, fontproperties=font, path_effects=[halo], zorder=7.2, **given)
        axes.text(point.x, point.y, words, fontproperties=font, color=palette.TEXT, zorder=7.3, **given)


def _radius(scale: int) -> float:
    """Return the radius of a symbol in points."""
    return float(np.clip(4.4 - 0.9 * np.log2(scale / 10_000), 2.2, 4.6))


def _homes(axes: Axes, picture: Picture, bounds: Bounds, scale: int) -> None:
    geometry = picture.buildings.geometry.to_numpy()
    near = shapes.inside(geometry, bounds)
    homes = _visible(shapely.simplify(geometry[near], _FINE_MM * scale / 1000), scale)
    codes = picture.codes[near]
    thin = 0.06 * PT_PER_MM if scale <= 15_000 else 0.0
    # Without a rim the lightest class would be lost on the ground of a grey print.
    pale = palette.SEQUENTIAL[1]
    for code in range(len(palette.SEQUENTIAL)):
        shapes.fill(
            axes,
            homes[codes == code],
            facecolor=palette.SEQUENTIAL[code],
            edgecolor=palette.OUTLINE if thin else pale if code == 0 else "none",
            linewidth=thin or (0.08 * PT_PER_MM if code == 0 else 0.0),
            zorder=4 + 0.01 * code,
        )
    shapes.fill(
        axes,
        homes[codes == Code.NOT_CONNECTED],
        facecolor=palette.HATCH_GROUND,
        edgecolor=palette.HATCH,
        linewidth=0.2,
        hatch=HATCH,
        zorder=4.1,
    )
    shapes.fill(
        axes,
        homes[codes == Code.NO_DATA],
        facecolor=palette.NO_DATA,
        edgecolor=palette.NO_DATA_OUTLINE,
        linewidth=0.3,
        zorder=4.1,
    )


def _visible(homes: NDArray[np.object_], scale: int) -> NDArray[np.object_]:
    """Return homes as areas wide enough to be seen; points and tiny footprints become squares."""
    least = _LEAST_MM * scale / 1000
    boxes = shapely.bounds(homes)
    small = np.flatnonzero(
        (boxes[:, 2] - boxes[:, 0] < least) & (boxes[:, 3] - boxes[:, 1] < least)
        | (shapely.get_dimensions(homes) < 2)
    )
    if not len(small):
        return homes
    middle = (boxes[small, :2] + boxes[small, 2:]) / 2
    seen = homes.copy()
    low, high = middle - least / 2, middle + least / 2
    seen[small] = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    return seen


def _outline(axes: Axes, focus: Focus, bounds: Bounds, scale: int) -> None:
    shape = shapely.simplify(focus.shape, _FINE_MM * scale / 1000)
    if focus.rows is not None:
        around = shapely.difference(shapely.box(*bounds), shape)
        shapes.fill(axes, around, facecolor="white", alpha=0.55, zorder=5)
    if shapely.get_dimensions(shape) == 2:
        shapes.stroke(
            axes, shapely.boundary(shape), edgecolor=palette.ACCENT, linewidth=0.5 * PT_PER_MM, zorder=5.5
        )
        return
    point = shapely.get_coordinates(shapely.point_on_surface(shape))
    axes.plot(
        point[:, 0],
        point[:, 1],
        linestyle="none",
        marker=shapes.marker("star"),
        markersize=9,
        markerfacecolor=palette.ACCENT,
        markeredgecolor="white",
        zorder=6.5,
    )
