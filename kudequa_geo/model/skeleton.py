"""Main roads: a planar proximity graph over real stops and stations, drawn as smooth through roads."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from kudequa_geo.model.landscape import Landscape
from kudequa_geo.model.shortest import way

Floats = NDArray[np.float64]

#: A pair of neighbouring stops is joined when the way round is longer than this multiple of the beeline.
_STRETCH = 1.65
#: The same where the join crosses a railway or water, and how far apart such crossings lie at least.
_STRETCH_CROSSING = 2.2
_CROSSING_SPACING_M = 380.0
_CROSSING_MAX_M = 150.0
_MIN_ANGLE = math.radians(38)
_MAX_EDGE_M = 2200.0
#: Roads are joined this far inside the domain, since a curve swings out beside its chord.
_CURVE_ROOM_M = 60.0


@dataclass(slots=True)
class Skeleton:
    """Main roads as a graph.

    Attributes
    ----------
    points
        x, y of the nodes.
    edges
        Pairs of nodes.
    crossing
        For each edge whether it crosses a barrier.
    curves
        For each edge its course from the first to the second node.
    stroke
        For each edge the number of the through road it belongs to.
    """

    points: Floats
    edges: list[tuple[int, int]] = field(default_factory=list)
    crossing: list[bool] = field(default_factory=list)
    curves: list[Floats] = field(default_factory=list)
    stroke: list[int] = field(default_factory=list)


def anchors(points: Floats, landscape: Landscape, *, merge_m: float = 90.0) -> Floats:
    """Return the points to join: on free ground, inside the domain, none closer than ``merge_m``."""
    inside = shapely.contains_xy(landscape.domain.buffer(-_CURVE_ROOM_M), points[:, 0], points[:, 1])
    points = points[inside]
    points = points[np.lexsort((points[:, 1], points[:, 0]))]
    pairs = cKDTree(points).query_pairs(merge_m, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    label = connected_components(graph, directed=False)[1]
    centre = np.array([points[label == group].mean(axis=0) for group in range(label.max() + 1)])
    return _freed(centre, landscape)


def _freed(points: Floats, landscape: Landscape) -> Floats:
    """Move points that lie on a barrier to the nearest free ground within 60 m; drop the rest."""
    angle = np.linspace(0, 2 * math.pi, 16, endpoint=False)
    kept = []
    for x, y in points:
        for radius in (0, 15, 30, 45, 60):
            free = ~landscape.is_blocked(x + radius * np.cos(angle), y + radius * np.sin(angle))
            if free.any():
                first = angle[free.argmax()]
                kept.append((x + radius * math.cos(first), y + radius * math.sin(first)))
                break
    return np.array(kept)


def build_skeleton(points: Floats, landscape: Landscape) -> Skeleton:
    """Join the anchors: shortest neighbours first, and only where the way round is long.

    A greedy spanner of the Delaunay triangulation is planar, has few acute angles and short detours; its
    crossings of barriers are rare and apart from each other, as bridges are.

    Source: Althöfer et al. 1993, On sparse spanners of weighted graphs (greedy spanner).
    """
    skeleton = Skeleton(points)
    candidates = _candidates(points, landscape)
    neighbours: list[dict[int, float]] = [{} for _ in points]
    crossings: list[tuple[float, float]] = []
    for length, u, v, crossing, middle in candidates:
        stretch = _STRETCH_CROSSING if crossing else _STRETCH
        if crossing and any(math.dist(middle, other) < _CROSSING_SPACING_M for other in crossings):
            continue
        if not _angles_free(points, neighbours, u, v):
            continue
        if way(neighbours, u, v, stretch * length) <= stretch * length:
            continue
        _join(skeleton, neighbours, (u, v), length, crossing=crossing)
        if crossing:
            crossings.append(middle)
    _connect(skeleton, neighbours, candidates)
    _draw(skeleton, neighbours, landscape)
    return skeleton


_Candidate = tuple[float, int, int, bool, tuple[float, float]]


def _candidates(points: Floats, landscape: Landscape) -> list[_Candidate]:
    triangles = Delaunay(points).simplices
    pairs = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    lines = shapely.linestrings(points[pairs])
    shapely.prepare(landscape.barriers)
    crosses = shapely.intersects(landscape.barriers, lines)
    inner = landscape.domain.buffer(-_CURVE_ROOM_M)
    inside = shapely.contains(inner, lines)
    found = []
    for (u, v), line, crossing in zip(
        pairs[inside].tolist(), lines[inside], crosses[inside].tolist(), strict=True
    ):
        length = line.length
        middle = (0.0, 0.0)
        if length > _MAX_EDGE_M:
            continue
        if crossing:
            over = line.intersection(landscape.barriers)
            if over.length > _CROSSING_MAX_M or line.intersects(landscape.impassable):
                continue
            middle = (over.centroid.x, over.centroid.y)
        found.append((length, u, v, crossing, middle))
    return sorted(found)


def _angles_free(points: Floats, neighbours: list[dict[int, float]], u: int, v: int) -> bool:
    for start, end in ((u, v), (v, u)):
        direction = points[end] - points[start]
        for other in neighbours[start]:
            side = points[other] - points[start]
            cosine = direction @ side / math.sqrt((direction @ direction) * (side @ side))
            if math.acos(max(-1.0, min(1.0, cosine))) < _MIN_ANGLE:
                return False
    return True


def _join(
    skeleton: Skeleton,
    neighbours: list[dict[int, float]],
    edge: tuple[int, int],
    length: float,
    *,
    crossing: bool,
) -> None:
    u, v = edge
    neighbours[u][v] = neighbours[v][u] = length
    skeleton.edges.append(edge)
    skeleton.crossing.append(crossing)


def _connect(skeleton: Skeleton, neighbours: list[dict[int, float]], candidates: list[_Candidate]) -> None:
    """Join what is still apart by the shortest candidates."""
    parent = list(range(len(skeleton.points)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for u, v in skeleton.edges:
        parent[root(u)] = root(v)
    for length, u, v, crossing, _ in candidates:
        if root(u) != root(v):
            parent[root(u)] = root(v)
            _join(skeleton, neighbours, (u, v), length, crossing=crossing)


def _draw(skeleton: Skeleton, neighbours: list[dict[int, float]], landscape: Landscape) -> None:
    """Pair edges that run on at a node and draw each edge as a curve through its pairs."""
    points = skeleton.points
    onward: dict[tuple[int, int], int] = {}
    for node, around in enumerate(neighbours):
        for one, other in _through_pairs(points, node, sorted(around)):
            onward[node, one], onward[node, other] = other, one
    for (u, v), crossing in zip(skeleton.edges, skeleton.crossing, strict=True):
        before, after = onward.get((u, v)), onward.get((v, u))
        chord = points[v] - points[u]
        start = points[v] - points[before] if before is not None else chord
        end = points[after] - points[u] if after is not None else chord
        curve = hermite(points[u], points[v], start, end)
        if not crossing and shapely.intersects(landscape.barriers, shapely.linestrings(curve)):
            curve = hermite(points[u], points[v], chord, chord)
        skeleton.curves.append(curve)
    skeleton.stroke = _strokes(skeleton.edges, onward)


def _through_pairs(points: Floats, node: int, around: list[int]) -> list[tuple[int, int]]:
    """Return the pairs of neighbours that continue each other, straightest first, each used once."""
    turns = []
    for index, one in enumerate(around):
        for other in around[index + 1 :]:
            a, b = points[one] - points[node], points[other] - points[node]
            cosine = a @ b / math.sqrt((a @ a) * (b @ b))
            turns.append((math.pi - math.acos(max(-1.0, min(1.0, cosine))), one, other))
    used: set[int] = set()
    pairs = []
    for turn, one, other in sorted(turns):
        if turn < math.radians(55) and one not in used and other not in used:
            pairs.append((one, other))
            used |= {one, other}
    return pairs


def _strokes(edges: list[tuple[int, int]], onward: dict[tuple[int, int], int]) -> list[int]:
    number = {edge: index for index, edge in enumerate(edges)}
    stroke = [-1] * len(edges)
    for index, edge in enumerate(edges):
        if stroke[index] >= 0:
            continue
        stroke[index] = index
        for start, end in (edge, edge[::-1]):
            node, last = end, start
            while (following := onward.get((node, last))) is not None:
                pair = (node, following) if (node, following) in number else (following, node)
                if stroke[number[pair]] >= 0:
                    break
                stroke[number[pair]] = index
                last, node = node, following
    return stroke


def hermite(start: Floats, end: Floats, leave: Floats, arrive: Floats, *, step_m: float = 12.0) -> Floats:
    """Return a smooth curve from start to end with the given directions, points every ``step_m``."""
    length = math.dist(start, end)
    t = np.linspace(0, 1, max(2, int(length / step_m) + 1))[:, None]
    tangent_0 = leave / max(float(np.hypot(*leave)), 1e-9) * length
    tangent_1 = arrive / max(float(np.hypot(*arrive)), 1e-9) * length
    curve: Floats = (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * tangent_0
        + (-2 * t**3 + 3 * t**2) * end
        + (t**3 - t**2) * tangent_1
    )
    return curve
