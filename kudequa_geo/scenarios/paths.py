"""Paths that open, close, are cut or lose their barriers: the network with a few edges changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kudequa_geo.access.graph import Network
from kudequa_geo.access.hierarchy import extended
from kudequa_geo.access.labels import Bool, Float64, Int32, Int64, to_labels, to_metres
from kudequa_geo.constants import Barrier, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.change import CloseGate, ClosePath, FreePath, OpenGate, OpenPath, PathChange, Xy

JOIN_MAX_M = Sourced(
    25.0,
    "m",
    "Annahme: wer eine Stelle eines Weges meint, zeigt höchstens so weit daneben",
    2025,
    assumption=True,
)
GATE_MAX_M = Sourced(
    5.0,
    "m",
    "Annahme: wer ein Tor meint, zeigt höchstens so weit daneben",
    2025,
    assumption=True,
)
_Value = TypeVar("_Value", bound=np.generic)
#: Ends of paths this near to each other lie at the same point.
_SAME_POINT_M = 0.01


@dataclass(frozen=True)
class Edge:
    """An edge that the base does not have: a new path or a part of a path that was cut.

    Attributes
    ----------
    tail, head
        Its nodes.
    length
        As a label (see :mod:`kudequa_geo.access.labels`).
    oneway
        As in the network.
    barriers
        What stops people on it.
    line
        Points from tail to head, shape (points, 2).
    parent, start
        The edge of the base it is a part of, and where it begins there (label); -1 for a new path.
    snappable
        Whether houses and places may be joined to it.
    """

    tail: int
    head: int
    length: int
    oneway: int
    barriers: frozenset[Barrier]
    line: Float64
    parent: int
    start: int
    snappable: bool


@dataclass(frozen=True)
class Streets:
    """The network after all changes of paths, and where the base's edges are in it.

    Attributes
    ----------
    network
        The changed network; its hierarchy keeps the order of the base.
    row_of
        New row of each edge of the base; -1 where it is closed or cut.
    cut
        For each edge of the base that was cut: new row, first and last offset (labels) of its parts that
        are left, ascending.
    snappable
        Rows of the edges that houses and places may be joined to: in the order of the base, parts where the
        whole was, new paths last, so that of equally near edges the same one is first as in the base.
    fresh
        Those of them that were not snappable, or not there, in the base.
    boxes
        Smallest x, smallest y, largest x and largest y of each edge, shape (4, edges).
    """

    network: Network
    row_of: Int32
    cut: dict[int, list[tuple[int, int, int]]]
    snappable: Int64
    fresh: Int64
    boxes: Float64


class Draft:
    """A network being changed: what is gone, what is new. The base's edges keep their rows, new ones follow.

    Parameters
    ----------
    base
        The city; it is not changed.
    """

    def __init__(self, base: Base) -> None:
        self.base = base
        self.network = base.network
        self.edges: list[Edge] = []
        self.gone: set[int] = set()
        self.freed: dict[int, frozenset[Barrier]] = {}
        self.nodes: list[tuple[float, float]] = []

    def make(self, change: PathChange) -> None:
        """Make a change after those made already.

        Raises
        ------
        AnalysisError
            If it means no path, or changes nothing; it has not been made then.
        """
        match change:
            case OpenPath():
                self.open_path(change)
            case ClosePath():
                self.gone.add(self.find(change.at)[0])
            case CloseGate():
                self.split(*self.find(change.at), joined=False)
            case OpenGate():
                self.open_gate(change.at)
            case FreePath():
                self.free(change.at, frozenset(change.barriers))

    def edge(self, row: int) -> Edge:
        """Return an edge of the base or a new one."""
        network = self.network
        if row >= network.n_edges:
            return self.edges[row - network.n_edges]
        flags = {barrier for barrier, has in network.barriers.items() if has[row]}
        return Edge(
            tail=int(network.tail[row]),
            head=int(network.head[row]),
            length=int(network.length[row]),
            oneway=int(network.oneway[row]),
            barriers=frozenset(flags) - self.freed.get(row, frozenset()),
            line=network.shape[network.shape_start[row] : network.shape_start[row + 1]],
            parent=row,
            start=0,
            snappable=bool(self.base.snappable[row]),
        )

    def find(self, at: Xy, *, barriers: frozenset[Barrier] = frozenset()) -> tuple[int, int]:
        """Return the edge nearest to a point, of those with a barrier if told, and the offset (label)."""
        x, y = at
        reach = JOIN_MAX_M.value
        west, south, east, north = self.base.edge_boxes
        near = (west <= x + reach) & (east >= x - reach) & (south <= y + reach) & (north >= y - reach)
        rows = [row for row in np.flatnonzero(near).tolist() if row not in self.gone]
        rows += [
            self.network.n_edges + number
            for number in range(len(self.edges))
            if self.network.n_edges + number not in self.gone
        ]
        found = {row: self.edge(row) for row in rows}
        if barriers:
            found = {row: edge for row, edge in found.items() if edge.barriers & barriers}
        else:
            found = {row: edge for row, edge in found.items() if edge.length > 0}
        point = shapely.Point(x, y)
        nearest = min(
            (
                (float(shapely.LineString(edge.line).distance(point)), _place_in_order(edge, row), row)
                for row, edge in found.items()
            ),
            default=(np.inf, (0, 0), -1),
        )
        if nearest[0] > reach:
            raise _no_path(at, barriers=bool(barriers))
        edge = found[nearest[2]]
        line = shapely.LineString(edge.line)
        share = line.project(point) / line.length if line.length > 0 else 0.0
        return nearest[2], int(to_labels(share * to_metres(np.array([edge.length])))[0])

    def split(self, row: int, offset: int, *, joined: bool) -> int:
        """Cut an edge at an offset (label) and return the node there; parts not joined get a node each."""
        edge = self.edge(row)
        if joined and offset <= 0:
            return edge.tail
        if joined and offset >= edge.length:
            return edge.head
        line = shapely.LineString(edge.line)
        share = offset / edge.length if edge.length else 0.0
        point = line.interpolate(share, normalized=True)
        along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(edge.line, axis=0).T))))
        before = along < share * along[-1]
        middle = np.array([[point.x, point.y]])
        node = self.add_node(point.x, point.y)
        other = node if joined else self.add_node(point.x, point.y)
        self.gone.add(row)
        first = np.vstack((edge.line[before], middle))
        second = np.vstack((middle, edge.line[~before]))
        self.edges.append(replace(edge, head=node, length=offset, line=first))
        self.edges.append(
            replace(edge, tail=other, length=edge.length - offset, line=second, start=edge.start + offset)
        )
        return node

    def add_node(self, x: float, y: float) -> int:
        """Add a node and return its number."""
        self.nodes.append((x, y))
        return self.network.n_nodes + len(self.nodes) - 1

    def point(self, node: int) -> tuple[float, float]:
        """Return the coordinates of a node."""
        if node >= self.network.n_nodes:
            return self.nodes[node - self.network.n_nodes]
        return float(self.network.x[node]), float(self.network.y[node])

    def open_path(self, change: OpenPath) -> None:
        """Join the network's points nearest to both ends of a line."""
        ends = []
        for at in (change.points[0], change.points[-1]):
            row, offset = self.find(at)
            ends.append(self.split(row, offset, joined=True))
        tail, head = ends
        if tail == head:
            raise AnalysisError(
                msg("Der neue Weg beginnt und endet an derselben Stelle und verbindet nichts."),
                where=_where(change.points[0]),
                remedy=msg("Bitte zwei verschiedene Stellen des Wegenetzes verbinden."),
            )
        line = np.array([self.point(tail), *change.points[1:-1], self.point(head)])
        length = int(to_labels(np.array([shapely.LineString(line).length]))[0])
        barriers = frozenset(change.barriers)
        self.edges.append(Edge(tail, head, length, 0, barriers, line, -1, 0, change.frontage))

    def open_gate(self, at: Xy) -> None:
        """Join the nodes that lie at the same point without being joined."""
        points = np.column_stack((self.network.x, self.network.y))
        if self.nodes:
            points = np.vstack((points, np.array(self.nodes)))
        away = np.hypot(points[:, 0] - at[0], points[:, 1] - at[1])
        for nearest in np.argsort(away, kind="stable")[:20]:
            if away[nearest] > GATE_MAX_M.value:
                break
            here = np.flatnonzero(np.hypot(*(points - points[nearest]).T) <= _SAME_POINT_M).tolist()
            apart = self._apart(here)
            if len(apart) > 1:
                for node in apart[1:]:
                    line = np.array([self.point(apart[0]), self.point(node)])
                    self.edges.append(Edge(apart[0], node, 0, 0, frozenset(), line, -1, 0, False))
                return
        raise AnalysisError(
            msg("Hier gibt es kein geschlossenes Tor."),
            where=_where(at),
            remedy=msg("Bitte genau auf das Tor zeigen oder einen neuen Weg einzeichnen."),
        )

    def _apart(self, nodes: list[int]) -> list[int]:
        """Return one node of each group that is joined by edges of no length."""
        links = {node: node for node in nodes}

        def root(node: int) -> int:
            while links[node] != node:
                node = links[node]
            return node

        among = (
            np.isin(self.network.tail, nodes) & np.isin(self.network.head, nodes) & (self.network.length == 0)
        )
        rows = [row for row in np.flatnonzero(among).tolist() if row not in self.gone]
        pairs = [(int(self.network.tail[row]), int(self.network.head[row])) for row in rows]
        pairs += [
            (edge.tail, edge.head)
            for number, edge in enumerate(self.edges)
            if edge.length == 0 and self.network.n_edges + number not in self.gone
        ]
        for tail, head in pairs:
            if tail in links and head in links:
                links[root(tail)] = root(head)
        return [node for node in nodes if root(node) == node]

    def free(self, at: Xy, barriers: frozenset[Barrier]) -> None:
        """Take barriers off the nearest edge that has one of them."""
        row, _ = self.find(at, barriers=barriers)
        if row >= self.network.n_edges:
            number = row - self.network.n_edges
            edge = self.edges[number]
            self.edges[number] = replace(edge, barriers=edge.barriers - barriers)
        else:
            self.freed[row] = self.freed.get(row, frozenset()) | barriers

    def streets(self) -> Streets:
        """Return the network with all changes."""
        old, count = self.network, self.network.n_edges
        kept = np.ones(count, dtype=bool)
        kept[[row for row in self.gone if row < count]] = False
        new = [edge for number, edge in enumerate(self.edges) if count + number not in self.gone]
        row_of = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        first_new = int(kept.sum())
        cut: dict[int, list[tuple[int, int, int]]] = {}
        for number, edge in enumerate(new):
            if edge.parent >= 0:
                cut.setdefault(edge.parent, []).append(
                    (first_new + number, edge.start, edge.start + edge.length)
                )
        for parts in cut.values():
            parts.sort(key=lambda part: part[1:])
        network = (
            old if kept.all() and not new else _joined(old, kept, new, np.array(self.nodes).reshape(-1, 2))
        )
        if self.freed:
            network = self._without_freed(network, row_of)
        snappable, fresh = self._snappable(kept, new)
        boxes = self.base.edge_boxes
        if network is not old:
            own = [np.append(edge.line.min(axis=0), edge.line.max(axis=0)) for edge in new]
            boxes = np.hstack((_kept(boxes.T, ~kept).T, np.array(own).reshape(-1, 4).T))
        return Streets(network, row_of, cut, snappable, fresh, boxes)

    def _without_freed(self, network: Network, row_of: Int32) -> Network:
        barriers = {barrier: has.copy() for barrier, has in network.barriers.items()}
        for row, freed in self.freed.items():
            for barrier in freed:
                if row_of[row] >= 0:
                    barriers[barrier][row_of[row]] = False
        changed = replace(network, barriers=barriers)
        changed.__dict__["hierarchy"] = network.hierarchy
        return changed

    def _snappable(self, kept: Bool, new: list[Edge]) -> tuple[Int64, Int64]:
        """Return the snappable edges, and those newly so: new streets and islands now joined."""
        own = np.array([edge.snappable and edge.length > 0 for edge in new], dtype=bool)
        street = np.array([edge.parent >= 0 for edge in new], dtype=bool)
        after = np.concatenate((self.base.snappable[kept], own))
        before = np.concatenate((self.base.snappable[kept], own & street))
        if not street.all():
            part = self._parts(new)
            tails = np.concatenate((self.network.tail[kept], np.array([edge.tail for edge in new], np.int32)))
            # A new path without frontage stays so, whatever it joins.
            long = np.concatenate(
                (
                    self.network.length[kept] > 0,
                    np.array([edge.length > 0 for edge in new], dtype=bool) & street,
                )
            )
            alive = np.zeros(part.max() + 1, dtype=bool)
            alive[part[tails[after]]] = True
            after |= long & alive[part[tails]]
        rows = np.flatnonzero(kept)
        ranked = sorted(
            range(len(new)), key=lambda number: _place_in_order(new[number], 2 * len(kept) + number)
        )
        before_which = np.searchsorted(rows, [_place_in_order(new[n], len(kept))[0] for n in ranked])
        order = np.insert(np.arange(len(rows)), before_which, len(rows) + np.array(ranked, dtype=np.int64))
        return order[after[order]], order[(after & ~before)[order]]

    def _parts(self, new: list[Edge]) -> Int32:
        """Return the connected part of every node; what was connected in the base counts as connected."""
        count = int(self.base.component.max()) + 1
        element = np.concatenate((self.base.component, count + np.arange(len(self.nodes)))).astype(np.int64)
        links = [(edge.tail, edge.head) for edge in self.edges if edge.parent >= 0]
        links += [(edge.tail, edge.head) for edge in new if edge.parent < 0]
        tail, head = element[np.array(links, dtype=np.int64).T]
        size = count + len(self.nodes)
        graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(size, size))
        part: Int32 = connected_components(graph, directed=False)[1][element].astype(np.int32)
        return part


def _place_in_order(edge: Edge, row: int) -> tuple[int, int]:
    return (edge.parent, edge.start) if edge.parent >= 0 else (row, 0)


def _joined(old: Network, kept: Bool, new: list[Edge], nodes: Float64) -> Network:
    """Return the network of kept and new edges and new nodes, in the old order of contraction."""
    gone = ~kept
    points = np.diff(old.shape_start)
    sizes = _appended(_kept(points, gone), [len(edge.line) for edge in new])
    left = [old.shape[old.shape_start[first] : old.shape_start[last]] for first, last in _runs(gone)]
    network = Network(
        x=np.concatenate((old.x, nodes[:, 0])),
        y=np.concatenate((old.y, nodes[:, 1])),
        tail=_appended(_kept(old.tail, gone), [edge.tail for edge in new]),
        head=_appended(_kept(old.head, gone), [edge.head for edge in new]),
        length=_appended(_kept(old.length, gone), [edge.length for edge in new]),
        oneway=_appended(_kept(old.oneway, gone), [edge.oneway for edge in new]),
        barriers={
            barrier: _appended(_kept(has, gone), [barrier in edge.barriers for edge in new])
            for barrier, has in old.barriers.items()
        },
        shape_start=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        shape=np.vstack((*left, *(edge.line for edge in new))),
    )
    # Arcs over closed edges do no harm: nothing gives them a weight.
    ends = {name: _kept(getattr(old.hierarchy, name), gone) for name in ("tail", "head", "edge_arc")}
    hierarchy = replace(old.hierarchy, **ends)
    if new:
        further = network.n_edges - len(new)
        hierarchy = extended(hierarchy, network.n_nodes, network.tail[further:], network.head[further:])
    network.__dict__["hierarchy"] = hierarchy
    return network


def _runs(gone: Bool) -> list[tuple[int, int]]:
    """Return first and past-last row of each run of rows between those that are gone."""
    stops = [-1, *np.flatnonzero(gone).tolist(), len(gone)]
    return [(before + 1, stop) for before, stop in pairwise(stops)]


def _kept(old: NDArray[_Value], gone: Bool) -> NDArray[_Value]:
    """Return the rows that are left; few are gone, so whole runs are copied."""
    return np.concatenate([old[first:last] for first, last in _runs(gone)])


def _appended(old: NDArray[_Value], new: list[Any]) -> NDArray[_Value]:
    return np.concatenate((old, np.array(new, dtype=old.dtype)))


def _no_path(at: Xy, *, barriers: bool) -> AnalysisError:
    if barriers:
        what = msg("Im Umkreis von {reach} m gibt es keinen Weg mit einem solchen Hindernis.")
    else:
        what = msg("Im Umkreis von {reach} m gibt es keinen Weg; die Änderung verbindet nichts.")
    return AnalysisError(
        what,
        where=_where(at),
        remedy=msg("Bitte einen Punkt auf einem Weg wählen."),
        reach=JOIN_MAX_M.value,
    )


def _where(at: Xy) -> str:
    return f"{at[0]:.1f} / {at[1]:.1f}"
