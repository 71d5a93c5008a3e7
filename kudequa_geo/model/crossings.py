"""Where ways pass railways and rivers: bridges and underpasses, and the steps and kerbs on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from kudequa_geo.model.landscape import Landscape
from kudequa_geo.model.network import Edge, Net
from kudequa_geo.model.shortest import neighbours, way

Floats = NDArray[np.float64]

_RAMP_M = 12.0
_FOOT_FROM_M, _FOOT_TO_M = 25.0, 210.0
_FOOT_DETOUR_M = 800.0
_FOOT_SPACING_M = 480.0
_STEPS_M = 9.0


def add_foot_crossings(
    net: Net, landscape: Landscape, rng: np.random.Generator, *, share: float = 0.55
) -> int:
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
    around = neighbours(net)
    added = 0
    for row in np.lexsort((pairs[:, 1], pairs[:, 0], length)):
        u, v = (int(node) for node in pairs[row])
        middle = shapely.centroid(lines[row])
        if built and min(shapely.distance(built, middle)) < _FOOT_SPACING_M:
            continue
        inner = shapely.linestrings(shapely.get_coordinates(_inset(lines[row], 3.0)))
        if len(streets.query(inner, predicate="intersects")):
            continue
        if way(around, u, v, _FOOT_DETOUR_M) <= _FOOT_DETOUR_M:
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
    _replace(net, {int(index): _spans(net.edges[index], landscape) for index in crossing})


def build_steps(net: Net, rng: np.random.Generator, *, share: float = 0.06) -> None:
    """Put steps into the middle of some footpaths; a share of those long enough gets them."""
    chosen: dict[int, list[_Span]] = {}
    for index, edge in enumerate(net.edges):
        if edge.highway == "footway" and edge.length > 30 and not edge.tags and rng.random() < share:
            middle = edge.length / 2
            first, last = middle - _STEPS_M / 2, middle + _STEPS_M / 2
            chosen[index] = [(first, "footway", ()), (last, "steps", ()), (edge.length, "footway", ())]
    _replace(net, chosen)


#: A stretch of a way: where it ends along the way in metres, its class and tags.
_Span = tuple[float, str, tuple[tuple[str, str], ...]]


def _spans(edge: Edge, landscape: Landscape) -> list[_Span]:
    """Return the stretches of a way that passes barriers; barriers close together share a bridge."""
    line = shapely.linestrings(edge.course)
    # Even numbers go over, odd ones under: as good a rule as any, and the same in every run.
    under = (edge.u + edge.v) % 2 == 1
    built = (("tunnel", "yes"), ("layer", "-1")) if under else (("bridge", "yes"), ("layer", "1"))
    plain = "footway" if edge.highway == "steps" else edge.highway
    spans: list[_Span] = []
    for first, last in _passages(line, landscape):
        if edge.highway == "steps":
            up, down = first - _STEPS_M, last + _STEPS_M
            spans += [(up, plain, ()), (first, "steps", ()), (last, plain, built), (down, "steps", ())]
        else:
            spans += [(first, plain, ()), (last, plain, built)]
    return [*spans, (line.length, plain, ())]


def _passages(line: shapely.LineString, landscape: Landscape) -> list[tuple[float, float]]:
    """Return from where to where a way is on or under a barrier, with its ramps."""
    over = shapely.get_parts(line.intersection(landscape.barriers))
    found: list[tuple[float, float]] = []
    reaches = [
        sorted(line.line_locate_point(shapely.points(end)) for end in shapely.get_coordinates(part)[[0, -1]])
        for part in over
    ]
    for first, last in sorted(reaches):
        if found and first - found[-1][1] < 3 * _RAMP_M:
            found[-1] = (found[-1][0], last + _RAMP_M)
        else:
            found.append((first - _RAMP_M, last + _RAMP_M))
    return found


def _replace(net: Net, spans: dict[int, list[_Span]]) -> None:
    """Put the stretches of the numbered edges in the place of these edges."""
    parts = [part for index, told in spans.items() for part in _cut(net, net.edges[index], told)]
    net.keep(index not in spans for index in range(len(net.edges)))
    net.edges.extend(parts)


def _cut(net: Net, edge: Edge, spans: list[_Span]) -> list[Edge]:
    """Cut an edge; stretches shorter than a metre fall to the next one."""
    line = shapely.linestrings(edge.course)
    parts = []
    node, done = edge.u, 0.0
    for number, (until, highway, tags) in enumerate(spans):
        end = min(until, line.length)
        final = number == len(spans) - 1 or end > line.length - 1.0
        if not final and end - done < 1.0:
            continue
        course = _stretch(line, edge.course, done, line.length if final else end)
        target = edge.v if final else net.add_node(float(course[-1][0]), float(course[-1][1]))
        parts.append(replace(edge, u=node, v=target, course=course, highway=highway, tags=tags))
        node, done = target, end
        if final:
            break
    return parts


def _stretch(line: shapely.LineString, course: Floats, start: float, end: float) -> Floats:
    reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(course, axis=0).T))])
    between = course[(reached > start + 0.3) & (reached < end - 0.3)]
    ends = shapely.get_coordinates(shapely.line_interpolate_point(line, [start, end]))
    # The ends of the whole course are nodes: they keep their exact place.
    ends[0] = course[0] if start <= 0 else ends[0]
    ends[1] = course[-1] if end >= line.length else ends[1]
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
