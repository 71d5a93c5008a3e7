"""Links and footpaths: dead ends joined, blocks cut through, parts of the network made one."""

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

_STREET_LINK_M = 48.0
_PATH_LINK_M = 110.0
_SERVICE_REACH_M = 700.0
_CUT_FROM_M, _CUT_TO_M = 55.0, 190.0
_CUT_DETOUR = 3.1


class Linker:
    """Adds links to a network without crossing barriers or other ways.

    Parameters
    ----------
    net
        The network; links are added to it by :meth:`finish`.
    landscape
        Holds the barriers.
    """

    def __init__(self, net: Net, landscape: Landscape) -> None:
        self.net = net
        self.landscape = landscape
        self.tree = shapely.STRtree([shapely.linestrings(edge.course) for edge in net.edges])
        self._links: list[tuple[Edge, tuple[int, Floats] | None]] = []
        self._lines: list[shapely.LineString] = []
        shapely.prepare(landscape.barriers)

    def free(self, start: Floats, end: Floats) -> bool:
        """Return whether a straight link would touch no barrier and no way between its ends."""
        line = shapely.linestrings([start, end])
        if self.landscape.barriers.intersects(line):
            return False
        if line.length < 8:
            return True
        ends = shapely.line_interpolate_point(line, [3, line.length - 3])
        inner = shapely.linestrings(shapely.get_coordinates(ends))
        if len(self.tree.query(inner, predicate="intersects")):
            return False
        return not self._lines or not shapely.intersects(self._lines, inner).any()

    def link(self, u: int, v: int, highway: str) -> None:
        """Add a straight edge between nodes."""
        self._take(Edge(u, v, self.net.nodes[[u, v]], highway), None)

    def link_to_way(self, u: int, index: int, at: Floats, highway: str) -> None:
        """Add a straight edge from a node to a point on another edge, which is split there later."""
        self._take(Edge(u, u, np.vstack([self.net.nodes[u], at]), highway), (index, at))

    def _take(self, edge: Edge, target: tuple[int, Floats] | None) -> None:
        self._links.append((edge, target))
        self._lines.append(shapely.linestrings(edge.course))

    def finish(self) -> int:
        """Put the links into the network; return how many."""
        net = self.net
        waiting = [(edge, target) for edge, target in self._links if target is not None]
        lines = {index: shapely.linestrings(net.edges[index].course) for _, (index, _) in waiting}
        # From the far end of a way backwards: a split keeps the number of its first part.
        waiting.sort(
            key=lambda link: -shapely.line_locate_point(lines[link[1][0]], shapely.points(link[1][1]))
        )
        for edge, (index, at) in waiting:
            target = net.split(index, float(at[0]), float(at[1]))
            if target != edge.u:
                net.edges.append(replace(edge, v=target, course=net.nodes[[edge.u, target]]))
        net.edges.extend(edge for edge, target in self._links if target is None)
        return len(self._links)


def link_dead_ends(net: Net, landscape: Landscape, rng: np.random.Generator) -> int:
    """Run dead ends on to a way nearby: a short gap as a street, a longer one mostly as a footpath."""
    linker = Linker(net, landscape)
    degree = net.degrees()
    ends = [
        (node, edge)
        for edge in net.edges
        for node in (edge.u, edge.v)
        if degree[node] == 1 and edge.stroke < 0
    ]
    for node, edge in ends:
        found = _ahead(linker, node, edge)
        if found is None:
            continue
        index, at, distance = found
        if distance <= _STREET_LINK_M or rng.random() < 0.6:
            highway = "residential" if distance <= _STREET_LINK_M else "footway"
            linker.link_to_way(node, index, at, highway)
    return linker.finish()


def _ahead(linker: Linker, node: int, edge: Edge) -> tuple[int, Floats, float] | None:
    """Return the nearest way that a dead end looks at: edge, point on it, distance."""
    net = linker.net
    start = net.nodes[node]
    course = edge.course if edge.v == node else edge.course[::-1]
    heading = course[-1] - course[max(-3, -len(course))]
    heading = heading / max(float(np.hypot(*heading)), 1e-9)
    point = shapely.points(start)
    near = linker.tree.query(point, predicate="dwithin", distance=_PATH_LINK_M)
    options = []
    for index in near.tolist():
        other = net.edges[index]
        if node in (other.u, other.v):
            continue
        line = shapely.linestrings(other.course)
        at = shapely.get_coordinates(
            shapely.line_interpolate_point(line, shapely.line_locate_point(line, point))
        )[0]
        across = at - start
        distance = float(np.hypot(*across))
        if distance > 1 and across @ heading > 0.35 * distance:
            options.append((distance, index, float(at[0]), float(at[1])))
    for distance, index, x, y in sorted(options)[:3]:
        at = np.array([x, y])
        if linker.free(start, at):
            return index, at, distance
    return None


def cut_blocks(net: Net, landscape: Landscape, rng: np.random.Generator, *, share: float = 0.8) -> int:
    """Add footpaths where neighbours are close but the way round is long; return how many.

    Parameters
    ----------
    net, landscape
        The network and its barriers.
    rng
        Decides which of the possible paths exist.
    share
        Share of them that do.
    """
    linker = Linker(net, landscape)
    used = np.flatnonzero(net.degrees() > 0)
    tree = cKDTree(net.nodes[used])
    pairs = used[tree.query_pairs(_CUT_TO_M, output_type="ndarray")]
    beeline = np.hypot(*(net.nodes[pairs[:, 0]] - net.nodes[pairs[:, 1]]).T)
    pairs, beeline = pairs[beeline > _CUT_FROM_M], beeline[beeline > _CUT_FROM_M]
    order = np.lexsort((pairs[:, 1], pairs[:, 0], beeline))
    around = neighbours(net)
    near_path: dict[int, int] = {}
    for u, v, length in zip(*pairs[order].T.tolist(), beeline[order].tolist(), strict=True):
        if near_path.get(u, 0) + near_path.get(v, 0) > 0:
            continue
        if not linker.free(net.nodes[u], net.nodes[v]):
            continue
        if way(around, u, v, _CUT_DETOUR * length) < _CUT_DETOUR * length:
            continue
        near_path[u] = near_path[v] = 1
        if rng.random() < share:
            linker.link(u, v, "footway")
    return linker.finish()


def join_components(net: Net, landscape: Landscape, *, reach_m: float = 900.0) -> None:
    """Join the parts of the network by the shortest links that cross no barrier.

    Parts without such a link within reach stay apart.
    """
    while True:
        linker = Linker(net, landscape)
        component = net.components()
        joined = list(range(int(component.max()) + 1))
        for _, u, v in _gaps_between(net, component, reach_m):
            one, other = component[u], component[v]
            if joined[one] == joined[other] or not linker.free(net.nodes[u], net.nodes[v]):
                continue
            length = float(np.hypot(*(net.nodes[u] - net.nodes[v])))
            linker.link(u, v, "residential" if length < 250 else "unclassified")
            kept, gone = sorted((joined[one], joined[other]))
            joined = [kept if part == gone else part for part in joined]
        if not linker.finish():
            return


def _gaps_between(net: Net, component: NDArray[np.int64], reach_m: float) -> list[tuple[float, int, int]]:
    """Return the shortest gaps from each smaller part to the nodes of other parts: distance and nodes."""
    used = np.flatnonzero(net.degrees() > 0)
    gaps = []
    for part in range(1, int(component[used].max()) + 1):
        mine, others = used[component[used] == part], used[component[used] != part]
        distance, nearest = cKDTree(net.nodes[others]).query(
            net.nodes[mine], k=5, distance_upper_bound=reach_m
        )
        for row, option in np.argwhere(np.isfinite(distance)):
            gaps.append((float(distance[row, option]), int(mine[row]), int(others[nearest[row, option]])))
    return sorted(gaps)


def drop_islands(net: Net) -> int:
    """Drop what is not joined to the largest part; return how many edges went."""
    component = net.components()
    before = len(net.edges)
    net.keep(component[edge.u] == 0 for edge in net.edges)
    return before - len(net.edges)


def connect_points(net: Net, landscape: Landscape, points: Floats, *, far_m: float = 55.0) -> int:
    """Lead a service way to every point that lies far from any way; return how many.

    Parameters
    ----------
    net, landscape
        The network and its barriers.
    points
        x, y of real places.
    far_m
        Points nearer to a way than this need none.
    """
    linker = Linker(net, landscape)
    for x, y in points.tolist():
        point = shapely.points(x, y)
        near = linker.tree.query(point, predicate="dwithin", distance=_SERVICE_REACH_M)
        if not len(near):
            continue
        lines = linker.tree.geometries[near]
        order = np.argsort(shapely.distance(lines, point), kind="stable")[:16]
        if shapely.distance(lines[order[0]], point) < far_m:
            continue
        for index in order:
            line = lines[index]
            at = shapely.get_coordinates(
                shapely.line_interpolate_point(line, shapely.line_locate_point(line, point))
            )[0]
            if linker.free(np.array([x, y]), at):
                node = net.add_node(x, y)
                linker.link_to_way(node, int(near[index]), at, "service")
                break
    return linker.finish()
