"""Geometry as drawing paths: many in one, so that files stay small and drawing quick."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from kudequa_geo.export.paper import Bounds
from kudequa_geo.maps.palette import Symbol

#: One closed outline per shape in units of its radius, upwards; as in ``static/kudequa/map.js``.
_SHAPES: dict[str, list[tuple[float, float]]] = {
    "square": [(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)],
    "triangle": [(0, 1.1), (1, -0.75), (-1, -0.75)],
    "cross": [
        *[(-0.35, 1), (0.35, 1), (0.35, 0.35), (1, 0.35), (1, -0.35), (0.35, -0.35), (0.35, -1)],
        *[(-0.35, -1), (-0.35, -0.35), (-1, -0.35), (-1, 0.35), (-0.35, 0.35)],
    ],
    "diamond": [(0, 1.15), (1.15, 0), (0, -1.15), (-1.15, 0)],
    "hexagon": [(-1, 0), (-0.5, 0.87), (0.5, 0.87), (1, 0), (0.5, -0.87), (-0.5, -0.87)],
    "star": [
        (radius * np.sin(step * np.pi / 5), radius * np.cos(step * np.pi / 5))
        for step, radius in enumerate([1.2, 0.5] * 5)
    ],
}


def marker(shape: str) -> Outline:
    """Return the outline of a shape of the palette, radius 1."""
    if shape == "circle":
        return Outline.unit_circle()
    corners = _SHAPES[shape]
    return Outline([*corners, corners[0]], closed=True)


def inside(geometry: NDArray[np.object_], bounds: Bounds) -> NDArray[np.int64]:
    """Return the rows of geometries whose box touches the bounds."""
    boxes = shapely.bounds(geometry)
    with np.errstate(invalid="ignore"):
        touching = (
            (boxes[:, 0] <= bounds[2])
            & (boxes[:, 2] >= bounds[0])
            & (boxes[:, 1] <= bounds[3])
            & (boxes[:, 3] >= bounds[1])
        )
    return np.flatnonzero(touching)


def areas_path(geometry: Any) -> Outline | None:
    """Return polygons as one path; None without any. Holes turn the other way, so that they stay empty."""
    parts = shapely.get_parts(np.asarray(geometry, dtype=object))
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    polygons = polygons[~shapely.is_empty(polygons)]
    if not len(polygons):
        return None
    rings = shapely.get_rings(shapely.orient_polygons(polygons))
    return _compound(rings, closed=True)


def lines_path(geometry: Any) -> Outline | None:
    """Return lines as one path; None without any."""
    parts = shapely.get_parts(np.asarray(geometry, dtype=object))
    lines = parts[np.isin(shapely.get_type_id(parts), (1, 2)) & ~shapely.is_empty(parts)]
    return _compound(lines, closed=False) if len(lines) else None


def _compound(parts: NDArray[np.object_], *, closed: bool) -> Outline:
    points, index = shapely.get_coordinates(parts, return_index=True)
    codes = np.full(len(points), Outline.LINETO, dtype=Outline.code_type)
    first = np.ones(len(points), dtype=bool)
    first[1:] = index[1:] != index[:-1]
    codes[first] = Outline.MOVETO
    if closed:
        last = np.ones(len(points), dtype=bool)
        last[:-1] = first[1:]
        codes[last] = Outline.CLOSEPOLY
    return Outline(points, codes)


def fill(axes: Axes, geometry: Any, **style: Any) -> None:
    """Draw polygons as one patch; ``linewidth`` in points. The limits of the axes stay as they are."""
    path = areas_path(geometry)
    if path is not None:
        axes.add_artist(PathPatch(path, **{"linewidth": 0, "edgecolor": "none", **style}))


def stroke(axes: Axes, geometry: Any, **style: Any) -> None:
    """Draw lines as one patch; ``linewidth`` in points."""
    path = lines_path(geometry)
    if path is not None:
        given = {"fill": False, "capstyle": "round", "joinstyle": "round", **style}
        axes.add_artist(PathPatch(path, **given))


def symbols(axes: Axes, points: NDArray[np.float64], symbol: Symbol, radius_pt: float, **style: Any) -> None:
    """Draw the shape of a field of service at points, shape (n, 2); white casing around it."""
    axes.plot(
        points[:, 0],
        points[:, 1],
        linestyle="none",
        marker=marker(symbol.shape),
        markersize=2 * radius_pt,
        markerfacecolor=symbol.colour,
        **{"markeredgecolor": "white", "markeredgewidth": 0.7, **style},
    )
