"""From where a point is reached within a limit, as areas along the streets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import shapely
from contourpy import FillType, contour_generator

from kudequa_geo.access.graph import Network, Positions
from kudequa_geo.access.labels import LANES, UNREACHED, Ends, Float64, Int64, to_labels, to_metres
from kudequa_geo.access.nearest import Router
from kudequa_geo.errors import AnalysisError, msg

#: Width of a cell of the grid that is walked over beside the streets.
CELL_M = 15.0
#: How far one walks off a street, straight and at the same speed: a front yard, a car park.
BESIDE_M = 45.0


def isochrones(router: Router, centre: Positions, limits_m: Sequence[float]) -> list[shapely.MultiPolygon]:
    """Return the areas from where a point is reached within each limit.

    Every point of every street within the limit is walked to exactly; beside the streets one walks on
    straight for up to ``BESIDE_M``, counted on a grid of ``CELL_M``. The outline is exact to a cell.

    Parameters
    ----------
    router
        The person's network.
    centre
        One position: a place, a site or a clicked point.
    limits_m
        Limits in metres, legs included (minutes times the person's metres per minute).

    Returns
    -------
    list of MultiPolygon
        In the metric CRS, in the order of the limits; a larger limit's area contains a smaller one's.
        Empty where the centre is not connected.

    Raises
    ------
    AnalysisError
        If there is no limit, one is negative or not a number, or the position is out of range.
    """
    limits = np.asarray(limits_m, dtype=np.float64)
    if not len(limits) or not (limits >= 0).all():
        raise AnalysisError(
            msg("Eine Grenze für die Gehzeit fehlt, ist negativ oder keine Zahl."), where="limits_m"
        )
    points, metres = street_points(router, centre, float(limits.max()), CELL_M / 2)
    if not len(points):
        return [shapely.MultiPolygon() for _ in limits]
    corner, field = _field(points, metres, float(limits.max()))
    x, y = (corner[axis] + CELL_M * np.arange(field.shape[1 - axis]) for axis in (0, 1))
    contours = contour_generator(x, y, field, fill_type=FillType.OuterOffset)
    return [_area(contours, limit) for limit in limits]


def street_points(
    router: Router, centre: Positions, limit_m: float, spacing_m: float
) -> tuple[Float64, Float64]:
    """Return points along all streets within a limit and the walk from each to the centre.

    Parameters
    ----------
    router, centre, limit_m
        As in :func:`isochrones`.
    spacing_m
        Points of an edge are at most this far apart.

    Returns
    -------
    points : float64 array
        Of shape (points, 2), metric CRS.
    metres : float64 array
        Walk of each, at most ``limit_m``.
    """
    network, limit = router.network, to_labels(np.array([limit_m]))[0]
    goal = router.anchor(centre, leaving=False)
    labels = np.empty((network.n_nodes, LANES), dtype=np.int64)
    router.spread(labels, goal, np.zeros(1, dtype=np.int32))
    by_rank, hierarchy = labels[:, 0], network.hierarchy
    near = (by_rank[hierarchy.tail] <= limit) | (by_rank[hierarchy.head] <= limit)
    if goal[0][0] >= 0:
        near[goal[0][0]] = True
    rows = np.flatnonzero(near & ~router.closed_edges)
    edge, offset = _spaced(network, rows, spacing_m)
    walk = _walks(network, by_rank, edge, offset, goal)
    within = walk <= limit
    edge, offset = edge[within], offset[within]
    share = offset / np.maximum(network.length[edge], 1)
    first, last = (network.chainage[network.shape_start[edge + end] - end] for end in (0, 1))
    along = first + share * (last - first)
    points = [np.interp(along, network.chainage, network.shape[:, axis]) for axis in (0, 1)]
    return np.column_stack(points), to_metres(walk[within])


def _spaced(network: Network, rows: Int64, spacing_m: float) -> tuple[Int64, Int64]:
    """Return edges and offsets (labels) of points along edges, both ends among them."""
    parts = np.ceil(network.length_m[rows] / spacing_m).astype(np.int64) + 1
    edge = np.repeat(rows, parts + 1)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    return edge, network.length[edge] // np.repeat(parts, parts + 1) * number


def _walks(network: Network, by_rank: Int64, edge: Int64, offset: Int64, goal: Ends) -> Int64:
    """Return the labels of the walks from points on edges to the centre."""
    length, oneway, hierarchy = network.length[edge], network.oneway[edge], network.hierarchy
    by_tail = np.where((oneway <= 0) | (offset == 0), by_rank[hierarchy.tail[edge]] + offset, UNREACHED)
    by_head = np.where(
        (oneway >= 0) | (offset == length), by_rank[hierarchy.head[edge]] + length - offset, UNREACHED
    )
    way = goal[5][0] - offset
    here = (edge == goal[0][0]) & (np.sign(way) * oneway >= 0)
    walk: Int64 = np.minimum(
        np.minimum(by_tail, by_head), np.where(here, np.abs(way) + goal[6][0], UNREACHED)
    )
    return walk


def _field(points: Float64, metres: Float64, limit_m: float) -> tuple[Float64, Float64]:
    """Return the walk from every cell, rows from south to north, and the centre of the first cell."""
    around = int(np.ceil(BESIDE_M / CELL_M)) + 1
    # Twice as much room: once for what lies beside the outermost streets, once to look around from there.
    corner = (np.floor(points.min(axis=0) / CELL_M) - 2 * around) * CELL_M
    column, row = np.rint((points - corner) / CELL_M).astype(np.int64).T
    shape = (int(row.max()) + 2 * around + 1, int(column.max()) + 2 * around + 1)
    beyond = limit_m + 2 * CELL_M
    street = np.full(shape, beyond)
    np.minimum.at(street, (row, column), metres)
    field = street.copy()
    inner = field[around:-around, around:-around]
    steps = range(1 - around, around)
    for up, right in itertools.product(steps, steps):
        beside_m = CELL_M * float(np.hypot(up, right))
        if 0 < beside_m <= BESIDE_M:
            below, left = around - up, around - right
            moved = street[below : below + inner.shape[0], left : left + inner.shape[1]]
            np.minimum(inner, moved + beside_m, out=inner)
    return corner, field


def _area(contours: object, limit_m: float) -> shapely.MultiPolygon:
    """Return the area where the walk is within the limit."""
    outlines, offsets = contours.filled(-1.0, limit_m)  # type: ignore[attr-defined]
    polygons = [
        shapely.Polygon(rings[0], rings[1:])
        for rings in (np.split(line, cuts[1:-1]) for line, cuts in zip(outlines, offsets, strict=True))
    ]
    area = shapely.make_valid(shapely.MultiPolygon(polygons))
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts) if area.geom_type != "MultiPolygon" else area
