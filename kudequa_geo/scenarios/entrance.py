"""Where houses and places join a changed network: as if it had been prepared anew."""

from __future__ import annotations

import numpy as np

from kudequa_geo.access import snapping
from kudequa_geo.access.graph import Network, Positions
from kudequa_geo.access.labels import Float64, Int64, to_labels, to_metres
from kudequa_geo.constants import SNAP_MAX_M
from kudequa_geo.scenarios.paths import Streets


def moved(before: Positions, points: Float64, streets: Streets) -> Positions:
    """Return where points lie after changes of paths.

    Who lived on a path that is cut lives on one of its parts; who lived on a path that is gone, and who is
    near to a new street, joins the nearest one there is.

    Parameters
    ----------
    before
        Their positions in the base.
    points
        Their coordinates in the metric CRS, shape (points, 2).
    streets
        The changed network.
    """
    edge, offset_m = np.append(streets.row_of, np.int32(-1))[before.edge], before.offset_m.copy()
    lost = np.flatnonzero((edge < 0) & (before.edge >= 0))
    for parent, parts in streets.cut.items():
        rows = lost[before.edge[lost] == parent]
        at = to_labels(before.offset_m[rows])
        for row, first, last in parts:
            start_m = float(to_metres(np.array([first]))[0])
            here = rows[(at >= first) & (at <= last) & (edge[rows] < 0)]
            edge[here] = row
            offset_m[here] = np.maximum(before.offset_m[here] - start_m, 0.0)
    now = Positions(edge, offset_m, before.leg_m.copy())
    lost = lost[edge[lost] < 0]
    _replace(now, lost, snapped(points[lost], streets.network, streets.boxes, streets.snappable), always=True)
    if len(streets.fresh):
        near = _near(points, streets.boxes[:, streets.fresh])
        found = snapped(points[near], streets.network, streets.boxes, streets.fresh)
        _replace(now, near, found, always=False)
    return now


def snapped(points: Float64, network: Network, boxes: Float64, edges: Int64) -> Positions:
    """Return where a few points join some edges of a network.

    Parameters
    ----------
    points
        Coordinates in the metric CRS, shape (points, 2).
    network
        The network.
    boxes
        Smallest x, smallest y, largest x and largest y of each of its edges, shape (4, edges).
    edges
        Rows of the edges that may be joined; of equally near ones the first.
    """
    if not len(points) or not len(edges):
        count = len(points)
        return Positions(np.full(count, -1, np.int32), np.full(count, np.nan), np.full(count, np.nan))
    reach = SNAP_MAX_M.value
    west, south, east, north = boxes
    (low_x, low_y), (high_x, high_y) = points.min(axis=0) - reach, points.max(axis=0) + reach
    about = (west <= high_x) & (east >= low_x) & (south <= high_y) & (north >= low_y)
    rows = edges[about[edges]]
    if not len(rows):
        return snapped(points, network, boxes, rows)
    counts = network.shape_start[rows + 1] - network.shape_start[rows]
    first = np.repeat(network.shape_start[rows] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    near = snapping.Streets(
        np.concatenate(([0], np.cumsum(counts))),
        network.shape[first + np.arange(len(first))],
        to_metres(network.length[rows]),
    )
    found = near.snap(points[:, 0], points[:, 1], max_distance_m=reach)
    edge = np.where(found.edge >= 0, rows[found.edge], -1).astype(np.int32)
    return Positions(edge, found.offset_m, found.leg_m)


def _near(points: Float64, boxes: Float64) -> Int64:
    """Return the rows of the points that lie near one of the boxes."""
    reach = SNAP_MAX_M.value
    near = np.zeros(len(points), dtype=bool)
    for west, south, east, north in boxes.T:
        near |= (
            (points[:, 0] >= west - reach)
            & (points[:, 0] <= east + reach)
            & (points[:, 1] >= south - reach)
            & (points[:, 1] <= north + reach)
        )
    return np.flatnonzero(near)


def _replace(now: Positions, rows: Int64, found: Positions, *, always: bool) -> None:
    """Write positions found into those there are: always, or where they are nearer."""
    better = np.ones(len(rows), dtype=bool)
    if not always:
        better = (found.edge >= 0) & ~(now.leg_m[rows] <= found.leg_m)
    now.edge[rows[better]] = found.edge[better]
    now.offset_m[rows[better]] = found.offset_m[better]
    now.leg_m[rows[better]] = found.leg_m[better]
