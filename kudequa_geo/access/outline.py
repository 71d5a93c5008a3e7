"""Where areas join the network whose middle lies too far from every street."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.labels import Bool, Float64, Int64

#: Streets this near to being the nearest are as near, in metres.
_SAME_M = 1e-6


def join_outlines(
    before: Positions,
    shapes: NDArray[Any],
    edges: gpd.GeoDataFrame,
    *,
    max_distance_m: float,
    allowed: Bool,
) -> Positions:
    """Return positions in which areas without one join the street nearest to their outline.

    Of several streets that touch or cross an area, it joins the one nearest to its middle. The walk on the
    area itself is not counted: the leg is the way between the outline and the street.

    Parameters
    ----------
    before
        Where the middles of the shapes lie on the network, shape (n,); edge -1 = too far from every street.
    shapes
        Geometries in the metric CRS, shape (n,); only polygons are joined by their outline.
    edges
        Columns ``length_m``, to which offsets are scaled, and geometry in the metric CRS.
    max_distance_m
        Farther streets are no entrance.
    allowed
        Edges that may be joined, shape (edges,).
    """
    lost = np.flatnonzero((before.edge < 0) & (shapely.get_dimensions(shapes) == 2))
    streets = np.flatnonzero(allowed)
    if not len(lost) or not len(streets):
        return before
    lines, length_m = edges.geometry.to_numpy(), edges["length_m"].to_numpy(np.float64)
    tree = shapely.STRtree(lines[streets])
    edge, offset_m, leg_m = before.edge.copy(), before.offset_m.copy(), before.leg_m.copy()
    for row in lost.tolist():
        near = streets[tree.query(shapes[row], predicate="dwithin", distance=max_distance_m)]
        if len(near):
            edge[row], offset_m[row], leg_m[row] = _entrance(shapes[row], np.sort(near), lines, length_m)
    return Positions(edge, offset_m, leg_m)


def _entrance(shape: Any, near: Int64, lines: NDArray[Any], length_m: Float64) -> tuple[int, float, float]:
    """Return edge, offset and leg of the way into an area."""
    away = shapely.distance(lines[near], shape)
    closest = near[away <= away.min() + _SAME_M]
    middle = shapely.point_on_surface(shape)
    # Of a street that crosses the area the part on it, of others the point nearest to it.
    reached = shapely.intersection(lines[closest], shape)
    apart = shapely.is_empty(reached)
    reached[apart] = shapely.get_point(shapely.shortest_line(lines[closest[apart]], shape), 0)
    best = int(shapely.distance(reached, middle).argmin())
    point = shapely.get_point(shapely.shortest_line(reached[best], middle), 0)
    line = lines[closest[best]]
    share = shapely.line_locate_point(line, point, normalized=True)
    return int(closest[best]), float(share * length_m[closest[best]]), float(away.min())
