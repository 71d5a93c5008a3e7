"""Where points join the network: the nearest point of the nearest edge, never just its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely

from kudequa_geo.access import kernels, snapping_kernels
from kudequa_geo.access.engine import choose
from kudequa_geo.access.graph import Network, Positions
from kudequa_geo.access.labels import Bool, Float64, Int32, Int64, plain
from kudequa_geo.access.threads import run_all
from kudequa_geo.errors import AnalysisError, msg

#: Width of a cell: small enough for few segments in each, large enough to look at few cells.
CELL_M = 50.0
#: A network over a whole country gets wider cells instead of more of them.
MAX_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Streets:
    """The lines of the edges, ready to find the nearest of them.

    Attributes
    ----------
    start, points
        The line of edge ``e`` is ``points[start[e]:start[e + 1]]``, metric CRS.
    length_m
        Length of each edge in metres, to which offsets along its line are scaled.
    """

    start: Int64
    points: Float64
    length_m: Float64

    def snap(
        self,
        x: Float64,
        y: Float64,
        *,
        max_distance_m: float,
        allowed: Bool | None = None,
        compiled: bool | None = None,
    ) -> Positions:
        """Return the nearest point of the network for each point; see :func:`snap`."""
        if not max_distance_m >= 0:
            raise AnalysisError(
                msg("Die Grenze von {limit} m ist negativ oder keine Zahl."), limit=max_distance_m
            )
        x, y = plain(x, np.float64), plain(y, np.float64)
        may = np.ones(len(self.length_m), dtype=bool) if allowed is None else plain(allowed, np.bool_)
        if choose(compiled) is kernels:
            found, share, leg_m = self._by_grid(x, y, may, max_distance_m)
        else:
            found, share, leg_m = self._by_tree(x, y, may, max_distance_m)
        hit = found >= 0
        segment = self._segments[1][found[hit]]
        edge = np.full(len(x), -1, dtype=np.int32)
        edge[hit] = self._segments[2][found[hit]]
        along = self._chainage[segment] + share[hit] * (self._chainage[segment + 1] - self._chainage[segment])
        first, last = self._chainage[self.start[edge[hit]]], self._chainage[self.start[edge[hit] + 1] - 1]
        drawn = last - first
        part = np.divide(along - first, drawn, out=np.zeros_like(drawn), where=drawn > 0)
        offset_m = np.full(len(x), np.nan)
        offset_m[hit] = np.clip(part, 0, 1) * self.length_m[edge[hit]]
        return Positions(edge, offset_m, leg_m)

    @cached_property
    def _segments(self) -> tuple[Float64, Int64, Int32]:
        """All points, the first point of each segment, and the edge of each segment."""
        sizes = np.diff(self.start)
        edge_of_point = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        begins = np.ones(len(self.points), dtype=bool)
        begins[self.start[1:][sizes > 0] - 1] = False
        segment = np.flatnonzero(begins)
        return self.points, segment, edge_of_point[segment]

    @cached_property
    def _chainage(self) -> Float64:
        """Metres of each point along all lines laid end to end, gaps included."""
        steps = np.hypot(*np.diff(self.points, axis=0).T) if len(self.points) else np.empty(0)
        return np.concatenate(([0.0], np.cumsum(steps)))

    @cached_property
    def _cells(self) -> tuple[Int32, Int32, Float64, snapping_kernels.Frame]:
        """The segments by cell of the grid."""
        points = self.points if len(self.points) else np.zeros((1, 2))
        left, bottom = points.min(axis=0)
        width, height = points.max(axis=0) - (left, bottom)
        cell = max(CELL_M, float(np.sqrt(width * height / MAX_CELLS)), max(width, height) / MAX_CELLS)
        frame = float(left), float(bottom), cell, int(width / cell) + 1, int(height / cell) + 1
        return (*snapping_kernels.fill_cells(self.points, self._segments[1], frame), frame)

    def _by_grid(self, x: Float64, y: Float64, may: Bool, limit: float) -> tuple[Int64, Float64, Float64]:
        """Return segment, share along it and distance of each point, half of them per thread."""
        edge_of, cells = self._segments[2], self._cells
        half = len(x) // 2
        parts = run_all(
            lambda part: snapping_kernels.nearest_segment(x[part], y[part], edge_of, cells, may, limit),
            (slice(None, half), slice(half, None)),
            threads=2,
        )
        found, share, leg_m = (np.concatenate(column) for column in zip(*parts, strict=True))
        return found, share, leg_m

    def _by_tree(self, x: Float64, y: Float64, may: Bool, limit: float) -> tuple[Int64, Float64, Float64]:
        """Return what :func:`snapping_kernels.nearest_segment` does, by an R-tree of shapely."""
        points, segment, edge_of = self._segments
        rows = np.flatnonzero(may[edge_of])
        ends = segment[rows]
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        tree = shapely.STRtree(shapely.linestrings(np.stack((points[ends], points[ends + 1]), axis=1)))
        # The tree wants a limit above 0; what lies just beyond it is left out below.
        pair, distance = tree.query_nearest(
            shapely.points(x[known], y[known]), max_distance=limit + 1e-6, return_distance=True
        )
        near = distance <= limit
        who, row, distance = known[pair[0][near]], rows[pair[1][near]], distance[near]
        order = np.lexsort((row, edge_of[row], who))
        who, row, distance = who[order], row[order], distance[order]
        first = np.append(True, who[1:] != who[:-1])[: len(who)]
        found, share, leg_m = np.full(len(x), -1), np.full(len(x), np.nan), np.full(len(x), np.nan)
        found[who[first]], leg_m[who[first]] = row[first], distance[first]
        a, b = points[segment[row[first]]], points[segment[row[first]] + 1]
        square = ((b - a) ** 2).sum(axis=1)
        ahead = ((np.column_stack((x, y))[who[first]] - a) * (b - a)).sum(axis=1)
        share[who[first]] = np.clip(
            np.divide(ahead, square, out=np.zeros_like(square), where=square > 0), 0, 1
        )
        return found, share, leg_m


def streets_of(network: Network) -> Streets:
    """Return the streets of a network; keep them to snap more than once."""
    return Streets(network.shape_start, network.shape, network.length_m)


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
        Points in the CRS of the edges (metric), float64 of shape (points,); NaN = no position.
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

    Raises
    ------
    AnalysisError
        If the limit is negative or not a number.
    """
    lines = edges.geometry.to_numpy()
    start = np.concatenate(([0], np.cumsum(shapely.get_num_coordinates(lines)))).astype(np.int64)
    length_m = edges["length_m"].to_numpy(np.float64) if "length_m" in edges else shapely.length(lines)
    streets = Streets(start, shapely.get_coordinates(lines), length_m)
    return streets.snap(x, y, max_distance_m=max_distance_m, allowed=allowed)
