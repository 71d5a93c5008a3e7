"""Where points join the network: the nearest point of the nearest edge, never just its nodes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.labels import Bool, Float64


def snap(
    x: Float64,
    y: Float64,
    edges: gpd.GeoDataFrame,
    *,
    max_distance_m: float,
    allowed: Bool | None = None,
) -> Positions:
    """Return the nearest point of the network for each point.

    Parameters
    ----------
    x, y
        Points in the CRS of the edges (metric), float64 of shape (points,).
    edges
        Edges in the order of their ids with ``geometry`` (LineString from u to v) and, where it is known,
        ``length_m``, to which offsets are scaled.
    max_distance_m
        Who is farther from every edge is not connected.
    allowed
        Edges that may be snapped to, Boolean in the order of the edges; all where omitted.

    Returns
    -------
    Positions
        Edge -1 and NaN where no edge is near enough. Of equally near edges the one with the lowest id.
    """
    lines = edges.geometry.to_numpy()
    rows = np.arange(len(lines)) if allowed is None else np.flatnonzero(allowed)
    edge = np.full(len(x), -1, dtype=np.int32)
    offset_m, leg_m = np.full(len(x), np.nan), np.full(len(x), np.nan)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    points = shapely.points(np.asarray(x)[known], np.asarray(y)[known])
    tree = shapely.STRtree(lines[rows])
    (point, found), distance = tree.query_nearest(
        points, max_distance=max(max_distance_m, 1e-9), return_distance=True
    )
    order = np.lexsort((rows[found], point))
    point, found, distance = point[order], found[order], distance[order]
    first = np.concatenate(([True], point[1:] != point[:-1])) if len(point) else np.zeros(0, bool)
    point, found, distance = point[first], rows[found[first]], distance[first]
    edge[known[point]] = found
    leg_m[known[point]] = distance
    drawn_m = shapely.length(lines[found])
    length_m = edges["length_m"].to_numpy(dtype=np.float64)[found] if "length_m" in edges else drawn_m
    along = shapely.line_locate_point(lines[found], points[point])
    share = np.divide(along, drawn_m, out=np.zeros_like(along), where=drawn_m > 0)
    offset_m[known[point]] = np.clip(share, 0, 1) * length_m
    return Positions(edge, offset_m, leg_m)
