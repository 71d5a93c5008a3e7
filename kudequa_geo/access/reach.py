"""What lies within a limit, and the way there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from kudequa_geo.access.graph import Network, Positions
from kudequa_geo.access.labels import (
    LANES,
    PLACE_MASK,
    UNREACHED,
    Ends,
    Float64,
    Found,
    Int32,
    Int64,
    to_labels,
    to_metres,
)
from kudequa_geo.access.nearest import Router, checked_kinds, places_on_edges
from kudequa_geo.errors import AnalysisError, msg


@dataclass(frozen=True, eq=False)
class Within:
    """All pairs of an origin and a place within a limit, grouped by place.

    Attributes
    ----------
    origin
        Row of the origin, int32, one per pair; a pair occurs once.
    start
        The pairs of place ``p`` are ``start[p]`` to ``start[p + 1]``, int32 of shape (places + 1,).
    metres
        Leg of the origin + walk along edges + leg of the place, float64, one per pair.
    """

    origin: Int32
    start: Int32
    metres: Float64

    @property
    def place(self) -> Int32:
        """Row of the place of each pair, ascending."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int32), np.diff(self.start))


def within(router: Router, origins: Positions, places: Positions, limit_m: float) -> Within:
    """Return which origins reach which places within a limit.

    The search runs from the places' side, over only that part of the network that is near enough.

    Parameters
    ----------
    router
        The person's network.
    origins, places
        Where people start and where they go.
    limit_m
        Longest walk in metres, legs included; a walk of exactly that length counts.

    Raises
    ------
    AnalysisError
        If the limit is negative or not a number, or a position is out of range.
    """
    order, parts = _search(router, origins, places, limit_m)
    sizes = np.zeros(len(places) + 1, dtype=np.int32)
    sizes[order + 1] = np.concatenate([np.empty(0, np.int32), *(count_of for _, _, count_of in parts)])
    start = np.cumsum(sizes, dtype=np.int32)
    origin, metres, begin = np.empty(start[-1], dtype=np.int32), np.empty(start[-1]), start[order]
    router.run_all(lambda found: router.engine.group(found, begin, origin, metres), parts)
    return Within(origin, start, metres)


def choice(
    router: Router,
    origins: Positions,
    places: Positions,
    kinds: NDArray[np.integer],
    *,
    n_kinds: int,
    limit_m: float,
) -> Float64:
    """Return how many places of each kind each origin reaches within a limit.

    Parameters
    ----------
    router
        The person's network.
    origins, places
        Where people start and where they go.
    kinds
        Kind of each place, 0 to ``n_kinds`` - 1.
    n_kinds
        Number of kinds.
    limit_m
        Longest walk in metres, legs included.

    Returns
    -------
    float64 array
        Of shape (origins, n_kinds); NaN for who is not connected to the network.

    Raises
    ------
    AnalysisError
        If the limit is negative or not a number, or a kind or a position is out of range.
    """
    kind_of = checked_kinds(places, kinds, n_kinds)
    order, parts = _search(router, origins, places, limit_m)
    counts = np.zeros((len(origins), n_kinds), dtype=np.int32)
    for found in parts:
        router.engine.tally(found, kind_of[order], counts)
    lost = origins.edge < 0
    lost[~lost] = router.closed_edges[origins.edge[~lost]]
    return np.where(lost[:, None], np.nan, counts)


def _search(
    router: Router, origins: Positions, places: Positions, limit_m: float
) -> tuple[Int32, list[Found]]:
    """Return who is within the limit of which places, and the places' rows in the order of the labels."""
    if not limit_m >= 0:
        raise AnalysisError(msg("Die Grenze von {limit} m ist negativ oder keine Zahl."), limit=limit_m)
    limit = min(int(to_labels(np.array([limit_m]))[0]) + PLACE_MASK, UNREACHED - 1)
    engine = router.engine
    homes = router.homes(origins)
    order, _ = router.by_rank(places)
    goal = router.anchor(places.take(order), leaving=False)
    on_edges = places_on_edges(router, goal, np.arange(len(order), dtype=np.int32))
    goals = goal, on_edges, router.network.oneway
    tree = router.arcs, router.network.hierarchy.subtree

    def search(first: int) -> Found:
        with router.network.workspace(len(origins)) as work:
            found: Found = engine.reach(first, goals, homes, tree, limit, work)
            return found

    return order, router.run_all(search, range(0, len(order), LANES))


@dataclass(frozen=True, eq=False)
class Path:
    """A shortest walk.

    Attributes
    ----------
    line
        From the origin to the place in the metric CRS, with their legs where their points were given.
    metres
        Length of the walk with both legs.
    edges
        Rows of the edges that are walked on, in their order, int32.
    """

    line: shapely.LineString
    metres: float
    edges: Int32


def path(
    router: Router,
    origin: Positions,
    place: Positions,
    *,
    origin_xy: tuple[float, float] | None = None,
    place_xy: tuple[float, float] | None = None,
) -> Path | None:
    """Return the shortest walk from one origin to one place.

    Parameters
    ----------
    router
        The person's network.
    origin, place
        One position each.
    origin_xy, place_xy
        Their points in the metric CRS, so that the line begins and ends there.

    Returns
    -------
    Path or None
        None where there is no walk. Of equally short walks always the same one is returned.
    """
    labels = np.empty((router.network.n_nodes, LANES), dtype=np.int64)
    start, goal = router.anchor(origin, leaving=True), router.anchor(place, leaving=False)
    router.spread(labels, goal, np.zeros(1, dtype=np.int32))
    edge, ranks, costs = int(start[0][0]), (start[1][0], start[2][0]), (start[3][0], start[4][0])
    if edge < 0 or goal[0][0] < 0:
        return None
    by_node = [int(labels[rank, 0] + cost) for rank, cost in zip(ranks, costs, strict=True)]
    direct = _direct(router.network, start, goal)
    best = min(direct, *by_node)
    if best >= UNREACHED:
        return None
    if best == direct:
        steps: list[tuple[int, Int64]] = [(edge, np.array([start[5][0], goal[5][0]]))]
    else:
        end = by_node.index(best)
        node = int((router.network.tail, router.network.head)[end][edge])
        exit_at = int(router.network.length[edge]) if end else 0
        steps = [(edge, np.array([start[5][0], exit_at])), *_descend(router, labels[:, 0], node, goal)]
    points = np.concatenate([_cut(router.network, row, *ends) for row, ends in steps])
    if origin_xy is not None:
        points = np.concatenate(([origin_xy], points))
    if place_xy is not None:
        points = np.concatenate((points, [place_xy]))
    keep = np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))
    points = points[keep] if keep.sum() > 1 else points[[0, 0]]
    walked = [row for row, ends in steps if ends[0] != ends[1]]
    return Path(
        shapely.LineString(points),
        float(to_metres(np.array([best]))[0]),
        np.array(walked, dtype=np.int32),
    )


def _direct(network: Network, start: Ends, goal: Ends) -> int:
    """Return the walk along the one edge that both lie on, ``UNREACHED`` where it cannot be walked."""
    row, way = int(start[0][0]), int(goal[5][0] - start[5][0])
    if row != goal[0][0] or way * int(network.oneway[row]) < 0:
        return UNREACHED
    return int(start[6][0] + goal[6][0]) + abs(way)


def _descend(router: Router, labels: Int64, node: int, goal: Ends) -> list[tuple[int, Int64]]:
    """Return the edges from a node down to the place, each with the offsets between which it is walked.

    An edge leads down where it is as long as the difference of the labels of its ends. Edges of length 0 can
    lead in a circle, so each node is entered once and a blind end is left again.
    """
    network, rank = router.network, router.network.hierarchy.rank
    exits = {int(goal[1][0]): (int(goal[3][0]), 0), int(goal[2][0]): (int(goal[4][0]), 1)}
    if goal[1][0] == goal[2][0] and goal[3][0] <= goal[4][0]:
        exits = {int(goal[1][0]): (int(goal[3][0]), 0)}
    seen, trail, open_edges = {node}, [], [iter(network.edges_at(node))]
    while True:
        cost, at_head = exits.get(int(rank[node]), (-1, 0))
        if cost == labels[rank[node]]:
            row = int(goal[0][0])
            trail.append((node, row, np.array([network.length[row] * at_head, goal[5][0]])))
            return [(row, ends) for _, row, ends in trail]
        for row, other, forward in open_edges[-1]:
            length = network.length[row]
            may = not router.closed_edges[row] and network.oneway[row] * (1 if forward else -1) >= 0
            if may and other not in seen and labels[rank[other]] + length == labels[rank[node]]:
                trail.append((node, row, np.array([0, length] if forward else [length, 0])))
                node = other
                seen.add(node)
                open_edges.append(iter(network.edges_at(node)))
                break
        else:
            open_edges.pop()
            node = trail.pop()[0]


def _cut(network: Network, row: int, first: int, last: int) -> Float64:
    """Return the points of an edge between two offsets (labels), in the direction of walking."""
    points = network.shape[network.shape_start[row] : network.shape_start[row + 1]]
    length = int(network.length[row])
    if {first, last} == {0, length}:
        return points if first == 0 else points[::-1]
    line = shapely.LineString(points)
    scale = line.length / length if length else 0.0
    part: Float64 = shapely.get_coordinates(substring(line, first * scale, last * scale))
    return part
