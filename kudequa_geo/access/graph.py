"""The walking network as arrays, and points that lie on its edges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.access.hierarchy import Hierarchy, build_hierarchy
from kudequa_geo.access.labels import (
    LANES,
    MAX_METRES,
    UNREACHED,
    Bool,
    Float64,
    Int8,
    Int32,
    Int64,
    Work,
    plain,
    to_labels,
    to_metres,
)
from kudequa_geo.constants import Barrier
from kudequa_geo.errors import AnalysisError, msg

__all__ = [
    "Bool",
    "Float64",
    "Int8",
    "Int32",
    "Int64",
    "Network",
    "Positions",
    "network_from_tables",
    "positions",
]


#: As many searches run side by side as there are threads; their memory is kept.
WORKSPACES = 2


@dataclass(frozen=True, eq=False)
class Network:
    """A walking network; nothing in it depends on the person who walks.

    Attributes
    ----------
    x, y
        Nodes in the metric CRS, float64 of shape (nodes,).
    tail, head
        First and last node of each edge, int32 of shape (edges,).
    length
        Length of each edge as a label (see :mod:`kudequa_geo.access.labels`), int64.
    oneway
        1: only from tail to head, -1: only from head to tail, 0: both; int8.
    barriers
        For each barrier the edges that have it, Boolean of shape (edges,).
    shape_start, shape
        The line of edge ``e``, from tail to head, is ``shape[shape_start[e]:shape_start[e + 1]]``
        (metric CRS); without geometry in the table the straight line between its nodes.
    """

    x: Float64
    y: Float64
    tail: Int32
    head: Int32
    length: Int64
    oneway: Int8
    barriers: dict[Barrier, Bool]
    shape_start: Int64
    shape: Float64

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.x)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.tail)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The order of contraction: once per network, the same for all persons and lengths."""
        return build_hierarchy(self.n_nodes, self.tail, self.head)

    @cached_property
    def length_m(self) -> Float64:
        """Length of each edge in metres, as counted (whole micrometres)."""
        return to_metres(self.length)

    @cached_property
    def chainage(self) -> Float64:
        """Metres of each point of :attr:`shape` along all lines laid end to end, gaps included."""
        steps = np.hypot(*np.diff(self.shape, axis=0).T) if len(self.shape) else np.empty(0)
        return np.concatenate(([0.0], np.cumsum(steps)))[: len(self.shape)]

    @cached_property
    def _at_node(self) -> tuple[Int64, Int64]:
        """Edges by node: first entry of each node, and entries 2 * edge (+ 1 where the edge ends here)."""
        node = np.column_stack((self.tail, self.head)).ravel()
        entries = np.argsort(node, kind="stable")
        return np.searchsorted(node[entries], np.arange(self.n_nodes + 1)), entries

    def edges_at(self, node: int) -> list[tuple[int, int, bool]]:
        """Return edge, other end, and whether it begins here, for the edges at a node in row order."""
        first, entries = self._at_node
        found = entries[first[node] : first[node + 1]].tolist()
        return [
            (entry // 2, int((self.tail if entry % 2 else self.head)[entry // 2]), entry % 2 == 0)
            for entry in found
        ]

    def closed_to(self, barriers: frozenset[Barrier]) -> Bool:
        """Return the edges that a person stopped by these barriers cannot pass."""
        closed = np.zeros(self.n_edges, dtype=bool)
        for barrier in barriers:
            closed |= self.barriers[barrier]
        return closed

    def check_edges(self, rows: NDArray[np.integer]) -> None:
        """Refuse rows of edges that do not exist.

        Raises
        ------
        AnalysisError
            Naming the first of them.
        """
        unknown = np.asarray(rows)[(np.asarray(rows) < 0) | (np.asarray(rows) >= self.n_edges)]
        if len(unknown):
            raise AnalysisError(
                msg("Kante {edge} gibt es im Netz nicht; es hat {count}."),
                where="edge_id",
                edge=int(unknown[0]),
                count=self.n_edges,
            )

    @cached_property
    def _workspaces(self) -> list[Work]:
        return []

    @contextmanager
    def workspace(self, origins: int) -> Iterator[Work]:
        """Lend memory for searches, one borrower at a time.

        It is kept, since to get it anew from the system takes as long as the search.
        """
        try:
            work = self._workspaces.pop()
        except IndexError:
            work = _workspace(self.n_nodes, origins)
        if len(work[-1]) < LANES * origins:
            work = _workspace(self.n_nodes, origins)
        yield work
        # After an error it may not be clean and is not taken back.
        if len(self._workspaces) < WORKSPACES:
            self._workspaces.append(work)

    def with_lengths(self, edges: NDArray[np.integer], metres: Float64) -> Network:
        """Return the network with other lengths of some edges, sharing everything else.

        Parameters
        ----------
        edges
            Rows of the edges to change.
        metres
            Their new lengths in metres.

        Raises
        ------
        AnalysisError
            If an edge does not exist or a length is negative or not a number.
        """
        self.check_edges(edges)
        length = self.length.copy()
        length[edges] = _checked_lengths(np.asarray(metres, dtype=np.float64))
        changed = replace(self, length=length)
        changed.__dict__["hierarchy"] = self.hierarchy
        return changed


def _workspace(nodes: int, origins: int) -> Work:
    return (
        np.full((nodes, LANES), UNREACHED),
        np.full(nodes, UNREACHED),
        np.zeros(nodes, dtype=bool),
        np.empty(nodes, dtype=np.int32),
        np.empty(LANES * origins, dtype=np.int32),
        np.empty(LANES * origins, dtype=np.int64),
    )


@dataclass(frozen=True, eq=False)
class Positions:
    """Points on edges of the network, with the straight leg from the point to its edge.

    Attributes
    ----------
    edge
        Row of the edge, int32; -1 = not connected to the network.
    offset_m
        Metres along the edge from its tail, float64; NaN where not connected.
    leg_m
        Metres between the point and the edge, float64; NaN where not connected.
    """

    edge: Int32
    offset_m: Float64
    leg_m: Float64

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, rows: NDArray[np.integer] | Bool | slice) -> Positions:
        """Return some of the positions."""
        return Positions(self.edge[rows], self.offset_m[rows], self.leg_m[rows])

    def only(self, kept: Bool) -> Positions:
        """Return all positions in their rows, those that are not kept as not connected."""
        return Positions(np.where(kept, self.edge, np.int32(-1)), self.offset_m, self.leg_m)


def positions(frame: pd.DataFrame) -> Positions:
    """Return where the rows of a snapped table lie on the network.

    Parameters
    ----------
    frame
        A table with ``edge_id``, ``offset_m`` and ``to_street_m`` (places, buildings or sites).

    Returns
    -------
    Positions
        In the order of the rows.
    """
    return Positions(
        frame["edge_id"].to_numpy(dtype=np.int32),
        frame["offset_m"].to_numpy(dtype=np.float64),
        frame["to_street_m"].to_numpy(dtype=np.float64),
    )


def network_from_tables(nodes: pd.DataFrame, edges: pd.DataFrame) -> Network:
    """Return the network of the prepared tables.

    Parameters
    ----------
    nodes
        ``node_id`` (0 to n-1, any row order), ``x``, ``y`` in the metric CRS.
    edges
        ``edge_id`` (0 to m-1, any row order), ``u``, ``v`` (node ids), ``length_m``, and where they are
        known ``oneway``, a Boolean column per :class:`~kudequa_geo.constants.Barrier`, and ``geometry``
        (LineString from u to v, metric CRS).

    Raises
    ------
    AnalysisError
        If ids are not 0 to n-1, an edge ends at an unknown node, or a length is negative or not a number.
    """
    nodes = _in_id_order(nodes, "node_id")
    edges = _in_id_order(edges, "edge_id")
    ends = edges[["u", "v"]].to_numpy(dtype=np.int64)
    if len(ends) and (ends.min() < 0 or ends.max() >= len(nodes)):
        raise AnalysisError(
            msg("{count} Kanten enden an einem Knoten, den es nicht gibt."),
            where="edges: u, v",
            count=int(((ends < 0) | (ends >= len(nodes))).any(axis=1).sum()),
        )
    tail, head = ends[:, 0].astype(np.int32), ends[:, 1].astype(np.int32)
    x, y = nodes["x"].to_numpy(dtype=np.float64), nodes["y"].to_numpy(dtype=np.float64)
    start, shape = _shapes(edges, np.column_stack((x, y)), tail, head)
    none = np.zeros(len(edges), dtype=bool)
    return Network(
        x=x,
        y=y,
        tail=tail,
        head=head,
        length=_checked_lengths(edges["length_m"].to_numpy(dtype=np.float64)),
        oneway=plain(edges.get("oneway", none), np.int8),
        barriers={b: edges[b.value].to_numpy(dtype=bool) if b.value in edges else none for b in Barrier},
        shape_start=start,
        shape=shape,
    )


def _in_id_order(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    ids = frame[column].to_numpy(dtype=np.int64)
    expected = np.arange(len(ids))
    if np.array_equal(ids, expected):
        return frame
    if not np.array_equal(np.sort(ids), expected):
        raise AnalysisError(
            msg("Die Kennungen sind nicht lückenlos von 0 bis {last} vergeben."),
            where=column,
            last=len(ids) - 1,
        )
    return frame.iloc[np.argsort(ids)]


def _checked_lengths(metres: Float64) -> Int64:
    wrong = ~((metres >= 0) & (metres < MAX_METRES))
    if wrong.any():
        raise AnalysisError(
            msg("{count} Kanten haben eine unbrauchbare Länge, die erste ist Kante {edge} mit {length} m."),
            where="edges: length_m",
            remedy=msg("Längen sind Zahlen ab 0 m und unter {most} km."),
            count=int(wrong.sum()),
            edge=int(np.flatnonzero(wrong)[0]),
            length=float(metres[wrong][0]),
            most=int(MAX_METRES / 1000),
        )
    return to_labels(metres)


def _shapes(edges: pd.DataFrame, points: Float64, tail: Int32, head: Int32) -> tuple[Int64, Float64]:
    if "geometry" not in edges:
        start = np.arange(len(edges) + 1, dtype=np.int64) * 2
        return start, points[np.column_stack((tail, head)).ravel()]
    lines = edges["geometry"].to_numpy()
    start = np.concatenate(([0], np.cumsum(shapely.get_num_coordinates(lines)))).astype(np.int64)
    return start, shapely.get_coordinates(lines)
