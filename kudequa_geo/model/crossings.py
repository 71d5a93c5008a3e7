"""Where ways pass railways and rivers: bridges and underpasses, and the steps and kerbs on the way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from kudequa_geo.model.landscape import Landscape
from kudequa_geo.model.network import Edge, Net
from kudequa_geo.model.paths import weights

Floats = NDArray[np.float64]

_RAMP_M = 12.0
_FOOT_FROM_M, _FOOT_TO_M = 25.0, 150.0
_FOOT_DETOUR_M = 900.0
_FOOT_SPACING_M = 650.0
_STEPS_M = 9.0


def add_foot_crossings(net: Net, landscape: Landscape, rng: np.random.Generator, *, share: float = 0.5) -> int:
    """Add footbridges and underpasses where a barrier forces a long way round; return how many.

    Parameters
    ----------
    net, landscape
        The network and its barriers.
    rng
        Decides which of the possible ones exist, and which have steps.
    share
        Share of the possible ones that exist; the others keep their detour.
    """
    used = np.flatnonzero(net.degrees() > 0)
    pairs = used[cKDTree(net.nodes[used]).query_pairs(_FOOT_TO_M, output_type="ndarray")]
    lines = shapely.linestrings(net.nodes[pairs])
    length = shapely.length(lines)
    crosses = shapely.intersects(landscape.barriers, lines) & (length > _FOOT_FROM_M)
    crosses &= ~shapely.intersects(landscape.impassable, lines)
    pairs, length, lines = pairs[crosses], length[crosses], lines[crosses]
    streets = shapely.STRtree([shapely.linestrings(edge.course) for edge in net.edges])
    built = [shapely.centroid(line) for line in _crossing_ways(net, landscape)]
    graph = weights(net)
    added = 0
    for row in np.lexsort((pairs[:, 1], pairs[:, 0], length)):
        u, v = (int(node) for node in pairs[row])
        middle = shapely.centroid(lines[row])
        if built and min(shapely.distance(built, middle)) < _FOOT_SPACING_M:
            continue
        inner = shapely.linestrings(shapely.get_coordinates(_inset(lines[row], 3.0)))
        if len(streets.query(inner, predicate="intersects")):
            continue
        way = dijkstra(graph, directed=False, indices=u, limit=_FOOT_DETOUR_M)[v]
        if np.isfinite(way):
            continue
        built.append(middle)
        if rng.random() < share:
            steps = "steps" if rng.random() < 0.6 else "footway"
            net.edges.append(Edge(u, v, net.nodes[[u, v]], steps))
            added += 1
    return added


def _crossing_ways(net: Net, landscape: Landscape) -> list[shapely.LineString]:
    lines = np.array([shapely.linestrings(edge.course) for edge in net.edges])
    crossing = lines[shapely.intersects(landscape.barriers, lines)]
    return [line.intersection(landscape.barriers) for line in crossing]


def _inset(line: shapely.LineString, by: float) -> NDArray[np.object_]:
    points: NDArray[np.object_] = shapely.line_interpolate_point(line, [by, max(by, line.length - by)])
    return points


def build_crossings(net: Net, landscape: Landscape) -> None:
    """Cut every way that passes a barrier into its approaches and the bridge or underpass between."""
    shapely.prepare(landscape.barriers)
    lines = np.array([shapely.linestrings(edge.course) for edge in net.edges])
    crossing = np.flatnonzero(shapely.intersects(landscape.barriers, lines))
    parts: list[Edge] = []
    for index in crossing.tolist():
        parts.extend(_cut(net, net.edges[index], landscape))
    gone = set(crossing.tolist())
    net.keep(index not in gone for index in range(len(net.edges)))
    net.edges.extend(parts)


def _cut(net: Net, edge: Edge, landscape: Landscape) -> list[Edge]:
    line = shapely.linestrings(edge.course)
    over = line.intersection(landscape.barriers)
    ends = [shapely.line_locate_point(line, shapely.points(point)) for point in shapely.get_coordinates(over)]
    first, last = max(0.0, min(ends) - _RAMP_M), min(line.length, max(ends) + _RAMP_M)
    steps = edge.highway == "steps"
    # Even numbers go over, odd ones under: as good a rule as any, and the same in every run.
    under = (edge.u + edge.v) % 2 == 1
    built = (("tunnel", "yes"), ("layer", "-1")) if under else (("bridge", "yes"), ("layer", "1"))
    highway = "footway" if steps else edge.highway
    cuts = [(0.0, first, edge.highway, ()), (first, last, highway, built), (last, line.length, edge.highway, ())]
    if steps:
        cuts = _with_steps(first, last, line.length, built)
    parts = []
    node, done = edge.u, 0.0
    wanted = [cut for cut in cuts if cut[1] - cut[0] > 1.0]
    for number, (_, end, kind, tags) in enumerate(wanted):
        final = number == len(wanted) - 1
        end = line.length if final else end
        course = _stretch(line, edge.course, done, end)
        target = edge.v if final else net.add_node(float(course[-1][0]), float(course[-1][1]))
        parts.append(replace(edge, u=node, v=target, course=course, highway=kind, tags=tags))
        node, done = target, end
    return parts


_Cut = tuple[float, float, str, tuple[tuple[str, str], ...]]


def _with_steps(first: float, last: float, length: float, built: tuple[tuple[str, str], ...]) -> list[_Cut]:
    up, down = max(0.0, first - _STEPS_M), min(length, last + _STEPS_M)
    return [
        (0.0, up, "footway", ()),
        (up, first + 1.5, "steps", ()),
        (first + 1.5, last - 1.5, "footway", built),
        (last - 1.5, down, "steps", ()),
        (down, length, "footway", ()),
    ]


def _stretch(line: shapely.LineString, course: Floats, start: float, end: float) -> Floats:
    reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(course, axis=0).T))])
    between = course[(reached > start + 0.3) & (reached < end - 0.3)]
    ends = shapely.get_coordinates(shapely.line_interpolate_point(line, [start, end]))
    return np.vstack([ends[:1], between, ends[1:]])


def kerb_at(edge: Edge, rng: np.random.Generator) -> tuple[float, str] | None:
    """Return where along a footpath its kerb to the street lies, in metres, and how high it is told to be.

    One footpath in eight meets the street at a raised kerb; half tell a lowered one; the rest tells nothing.
    """
    if edge.highway != "footway" or edge.length < 20 or edge.tags:
        return None
    told = rng.random()
    if told > 0.62:
        return None
    return min(4.0, edge.length / 4), "raised" if told < 0.12 else "lowered"


def detour(net: Net, pairs: NDArray[np.int64]) -> Floats:
    """Return network distance over beeline for pairs of nodes; infinite where there is no way."""
    graph = weights(net)
    ratios = np.full(len(pairs), math.inf)
    starts, rows = np.unique(pairs[:, 0], return_inverse=True)
    for number, start in enumerate(starts):
        mine = np.flatnonzero(rows == number)
        way = dijkstra(graph, directed=False, indices=start, limit=8000)
        beeline = np.hypot(*(net.nodes[pairs[mine, 1]] - net.nodes[start]).T)
        ratios[mine] = way[pairs[mine, 1]] / beeline
    return ratios
