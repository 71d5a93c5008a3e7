"""The street network: lines cut where they meet, cleaned, with a class and a name for every edge."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kudequa_geo.model.streets import Street

Floats = NDArray[np.float64]

_GRID_M = 0.5
#: Junctions closer than this are one junction.
_JOIN_M = 13.0
_STUB_M = 32.0
_ACUTE = math.radians(27)


@dataclass(frozen=True, slots=True)
class Edge:
    """A stretch of way between two nodes.

    Attributes
    ----------
    u, v
        Node numbers.
    course
        x, y from u to v.
    highway
        OSM class.
    name
        Street name, empty = none.
    stroke
        Number of the through road, -1 for others.
    street
        Number of the street it is part of, -1 for links and footpaths.
    tags
        Further OSM tags.
    """

    u: int
    v: int
    course: Floats
    highway: str
    name: str = ""
    stroke: int = -1
    street: int = -1
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def length(self) -> float:
        """Length in metres."""
        along = np.diff(self.course, axis=0)
        return float(np.hypot(along[:, 0], along[:, 1]).sum())


@dataclass(slots=True)
class Net:
    """Nodes and edges; node numbers are stable, unused ones stay in the array."""

    nodes: Floats
    edges: list[Edge] = field(default_factory=list)

    def degrees(self) -> NDArray[np.int64]:
        """Return the number of edge ends at each node."""
        ends = np.array([(edge.u, edge.v) for edge in self.edges], dtype=np.int64).reshape(-1, 2)
        return np.bincount(ends.ravel(), minlength=len(self.nodes))

    def components(self) -> NDArray[np.int64]:
        """Return the component of each node; 0 is the one with most edges."""
        ends = np.array([(edge.u, edge.v) for edge in self.edges], dtype=np.int64).reshape(-1, 2)
        count = len(self.nodes)
        graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
        label = connected_components(graph, directed=False)[1]
        size = np.bincount(label[ends[:, 0]], minlength=label.max() + 1)
        rank = np.empty_like(size)
        rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
        found: NDArray[np.int64] = rank[label]
        return found

    def add_node(self, x: float, y: float) -> int:
        """Add a node and return its number."""
        self.nodes = np.vstack([self.nodes, [[x, y]]])
        return len(self.nodes) - 1

    def split(self, index: int, x: float, y: float) -> int:
        """Split an edge at the point of it nearest to x, y; return the node there.

        An end nearer than 8 m is used instead of a new node.
        """
        edge = self.edges[index]
        line = shapely.linestrings(edge.course)
        along = float(shapely.line_locate_point(line, shapely.points(x, y)))
        if along < 8 or line.length - along < 8:
            return edge.u if along < 8 else edge.v
        at = shapely.get_coordinates(shapely.line_interpolate_point(line, along))[0]
        node = self.add_node(float(at[0]), float(at[1]))
        reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(edge.course, axis=0).T))])
        before = edge.course[reached < along - 0.5]
        after = edge.course[reached > along + 0.5]
        self.edges[index] = replace(edge, v=node, course=np.vstack([before, at]))
        self.edges.append(replace(edge, u=node, course=np.vstack([at, after])))
        return node

    def keep(self, wanted: Iterable[bool]) -> None:
        """Drop the edges that are not wanted."""
        self.edges = [edge for edge, keep in zip(self.edges, wanted, strict=True) if keep]


def build_net(streets: list[Street]) -> Net:
    """Cut the streets where they meet and clean what proximity leaves behind.

    Junctions a few metres apart become one, stubs and edges that leave a junction almost in the same
    direction go; main roads stay where they are.
    """
    net = _noded(streets)
    _join_close_nodes(net)
    _drop_doubles(net)
    for _ in range(2):
        _drop_acute(net)
        _drop_stubs(net)
    return net


def _noded(streets: list[Street]) -> Net:
    lines = [shapely.linestrings(street.course) for street in streets]
    pieces = shapely.get_parts(shapely.union_all(lines, grid_size=_GRID_M))
    pieces = pieces[shapely.length(pieces) > 0]
    ends = np.array([shapely.get_coordinates(piece)[[0, -1]] for piece in pieces]).reshape(-1, 2)
    nodes, number = np.unique(ends, axis=0, return_inverse=True)
    pairs = number.reshape(-1, 2)
    source = _sources(pieces, lines, streets)
    net = Net(nodes)
    for piece, (u, v), index in zip(pieces, pairs.tolist(), source, strict=True):
        street = streets[index]
        highway = "tertiary" if street.level == 0 else "residential"
        course = shapely.get_coordinates(piece)
        net.edges.append(Edge(u, v, course, highway, street.name, street.stroke, index))
    return net


def _sources(
    pieces: NDArray[np.object_], lines: list[shapely.LineString], streets: list[Street]
) -> list[int]:
    """Return for each piece the street it is part of; main roads first where two coincide."""
    tree = shapely.STRtree(lines)
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    piece_of, line_of = tree.query(middles, predicate="dwithin", distance=2.0)
    order = np.lexsort((line_of, [streets[index].level for index in line_of], piece_of))
    first = np.unique(piece_of[order], return_index=True)[1]
    found: list[int] = line_of[order][first].tolist()
    return found


def _join_close_nodes(net: Net) -> None:
    """Contract short edges; the node of the main road stays in place."""
    main = np.zeros(len(net.nodes), dtype=bool)
    for edge in net.edges:
        if edge.stroke >= 0:
            main[[edge.u, edge.v]] = True
    parent = list(range(len(net.nodes)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for edge in sorted(net.edges, key=lambda edge: edge.length):
        if edge.length >= _JOIN_M:
            break
        one, other = root(edge.u), root(edge.v)
        if one == other or (main[one] and main[other] and edge.stroke < 0):
            continue
        kept, gone = (one, other) if main[one] or not main[other] else (other, one)
        parent[gone] = kept
    joined = []
    for edge in net.edges:
        u, v = root(edge.u), root(edge.v)
        if u == v and edge.length < 80:
            continue
        course = edge.course.copy()
        course[0], course[-1] = net.nodes[u], net.nodes[v]
        joined.append(replace(edge, u=u, v=v, course=course))
    net.edges = joined


def _drop_doubles(net: Net) -> None:
    """Of edges between the same nodes keep the main road or the shortest, unless they enclose a block."""
    best: dict[tuple[int, int], tuple[bool, float]] = {}
    order = sorted(range(len(net.edges)), key=lambda i: (net.edges[i].stroke < 0, net.edges[i].length, i))
    keep = [True] * len(net.edges)
    for index in order:
        edge = net.edges[index]
        pair = (min(edge.u, edge.v), max(edge.u, edge.v))
        if pair in best and edge.length < 1.6 * best[pair][1] + 40:
            keep[index] = False
        else:
            best.setdefault(pair, (edge.stroke < 0, edge.length))
    net.keep(keep)


def _ends_at(net: Net) -> list[list[int]]:
    ends: list[list[int]] = [[] for _ in net.nodes]
    for index, edge in enumerate(net.edges):
        ends[edge.u].append(index)
        ends[edge.v].append(index)
    return ends


def _leaving(edge: Edge, node: int) -> float:
    """Return the direction in which an edge leaves a node, judged over its first metres."""
    course = edge.course if edge.u == node else edge.course[::-1]
    target = shapely.line_interpolate_point(shapely.linestrings(course), min(22.0, edge.length))
    return math.atan2(shapely.get_y(target) - course[0][1], shapely.get_x(target) - course[0][0])


def _drop_acute(net: Net) -> None:
    """Of two edges that leave a node in almost the same direction, drop the local or shorter one."""
    dropped: set[int] = set()
    for node, around in enumerate(_ends_at(net)):
        for position, one in enumerate(around):
            for other in around[position + 1 :]:
                if one in dropped or other in dropped:
                    continue
                a, b = net.edges[one], net.edges[other]
                turn = abs(_leaving(a, node) - _leaving(b, node)) % (2 * math.pi)
                if min(turn, 2 * math.pi - turn) < _ACUTE and (a.stroke < 0 or b.stroke < 0):
                    rank_a, rank_b = (a.stroke >= 0, a.length), (b.stroke >= 0, b.length)
                    dropped.add(one if rank_a < rank_b else other)
    net.keep(index not in dropped for index in range(len(net.edges)))


def _drop_stubs(net: Net) -> None:
    degree = net.degrees()
    net.keep(
        edge.stroke >= 0 or edge.length >= _STUB_M or min(degree[edge.u], degree[edge.v]) > 1
        for edge in net.edges
    )
