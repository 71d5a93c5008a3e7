"""The nearest places of every kind for every origin, exactly, along the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from kudequa_geo.access.engine import choose
from kudequa_geo.access.graph import Network, Positions
from kudequa_geo.access.labels import (
    LANES,
    MAX_METRES,
    MAX_PLACES,
    UNREACHED,
    Arcs,
    Bool,
    Edges,
    Ends,
    Float64,
    Homes,
    Int32,
    Int64,
    OnEdges,
    Points,
    plain,
)
from kudequa_geo.access.threads import Part, Result, run_all
from kudequa_geo.constants import Barrier
from kudequa_geo.errors import AnalysisError, msg

MAX_K = 3
#: Lanes of one vector instruction.
VECTOR = 4
#: Origins that one thread reads in one go.
PART = 12_500


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest places of each kind, nearest first.

    Attributes
    ----------
    metres
        Leg of the origin + walk along edges + leg of the place, float64 of shape (origins, kinds, k);
        NaN = there is no (further) place of the kind that can be reached.
    place
        Row of the place, int32 of the same shape; -1 where ``metres`` is NaN. All places of an origin and
        kind are distinct; of two equally near ones the one in the earlier row comes first.
    """

    metres: Float64
    place: Int32


class Router:
    """The network for one person: which edges are closed, and shortcuts weighted accordingly.

    Parameters
    ----------
    network
        The walking network. Routers of one network share its arrays and its order of contraction.
    closed
        Barriers that the person cannot pass. Who lives, or what lies, on a closed edge is unreachable.
    threads
        How many kernels run side by side; the results do not depend on it.
    compiled
        Which kernels to use, see :func:`kudequa_geo.access.engine.choose`.
    """

    def __init__(
        self,
        network: Network,
        closed: frozenset[Barrier] = frozenset(),
        *,
        threads: int = 2,
        compiled: bool | None = None,
    ) -> None:
        self.network = network
        self.threads = threads
        self.engine = choose(compiled)
        self._close(network.closed_to(closed))

    def _close(self, closed_edges: Bool) -> None:
        self.closed_edges = closed_edges
        self._homes: WeakKeyDictionary[Positions, Homes] = WeakKeyDictionary()
        hierarchy = self.network.hierarchy
        up, down = (np.full(len(hierarchy.high), UNREACHED) for _ in range(2))
        self.engine.weigh(self._edges(), hierarchy.edge_arc, up, down)
        self.engine.customise(hierarchy.start, hierarchy.high, up, down)
        self.arcs: Arcs = hierarchy.start, hierarchy.high, up, down

    def changed(
        self,
        *,
        closed: NDArray[np.integer] | None = None,
        opened: NDArray[np.integer] | None = None,
        network: Network | None = None,
    ) -> Router:
        """Return the router after a change of paths; this one stays as it is.

        Parameters
        ----------
        closed, opened
            Rows of edges that can no longer be passed, or again.
        network
            The network with other lengths (:meth:`Network.with_lengths`).

        Raises
        ------
        AnalysisError
            If an edge does not exist.
        """
        closed_edges = self.closed_edges.copy()
        for rows, shut in ((closed, True), (opened, False)):
            if rows is not None:
                self.network.check_edges(rows)
                closed_edges[rows] = shut
        router = copy(self)
        router.network = network or self.network
        router._close(closed_edges)
        return router

    def nearest(
        self, origins: Positions, places: Positions, kinds: NDArray[np.integer], n_kinds: int, *, k: int = 1
    ) -> Nearest:
        """Return the nearest places of all kinds for each origin.

        Parameters
        ----------
        origins
            Where people start.
        places
            Where they go; the order decides between equally near ones, so sort it by ``place_id``.
        kinds
            Kind of each place, 0 to ``n_kinds`` - 1.
        n_kinds
            Number of kinds, also of those without a place.
        k
            How many places of each kind, 1 to 3.

        Raises
        ------
        AnalysisError
            If ``k``, a kind or a position is out of range.
        """
        if not 1 <= k <= MAX_K:
            raise AnalysisError(
                msg("Gefragt sind die {k} nächsten Orte; möglich sind 1 bis {most}."), k=k, most=MAX_K
            )
        kind_of = checked_kinds(places, kinds, n_kinds)
        blocks = -(-n_kinds // LANES)
        # No more lanes than are needed, in whole vector instructions; three labels per kind lie LANES apart.
        lanes = -(-n_kinds // (blocks * VECTOR)) * VECTOR if k == 1 else LANES
        goal = self.anchor(places, leaving=False)
        on_edges = places_on_edges(self, goal, kind_of)
        columns = lanes if k == 1 else MAX_K * LANES
        labels = np.empty((blocks, self.network.n_nodes, columns), dtype=np.int64)
        self.run_all(lambda block: self.spread(labels[block], goal, kind_of, block * lanes), range(blocks))

        # In memory the kinds lie side by side, as in the labels.
        metres = np.empty((len(origins), k, n_kinds))
        place = np.empty((len(origins), k, n_kinds), dtype=np.int32)
        read = self.engine.read if k == 1 else self.engine.read_three
        _check_positions(self.network, origins)
        points, edges, rows = _points(origins), self._edges(), np.arange(len(origins), dtype=np.int32)
        # Three labels per kind are so much to read that neighbours should follow each other.
        if k > 1 and (origins.edge[1:] < origins.edge[:-1]).any():
            rows, _ = self.by_rank(origins)

        def read_part(first: int) -> None:
            read(labels, (points, edges, rows[first : first + PART]), on_edges, metres, place)

        self.run_all(read_part, range(0, len(origins), PART))
        return Nearest(metres.transpose(0, 2, 1), place.transpose(0, 2, 1))

    def spread(self, labels: Int64, goal: Ends, lane_of: Int32, first: int = 0) -> None:
        """Fill in the labels of all nodes for the places of the lanes from ``first`` on.

        Parameters
        ----------
        labels
            Filled by rank of the node: (nodes, lanes) with the nearest place of each lane, or
            (nodes, 3 * lanes) with all nearest, then all second and all third nearest ones.
        goal
            The places, from :meth:`anchor`.
        lane_of
            Lane of each place: its kind, or its own number.
        first
            The first of the lanes to compute.
        """
        engine = self.engine
        labels.fill(UNREACHED)
        if labels.shape[1] <= LANES:
            engine.seed(labels, goal, lane_of, first)
            engine.sweep(labels, self.arcs)
        else:
            engine.seed_three(labels, goal, lane_of, first)
            engine.sweep_three(labels, self.arcs)

    def by_rank(self, points: Positions) -> tuple[Int32, Int32]:
        """Return the rows of points in the order of the lower ends of their edges, so that neighbours meet.

        Also returns the first of them at each rank; who is not connected is at rank 0.

        Raises
        ------
        AnalysisError
            As :meth:`anchor`.
        """
        _check_positions(self.network, points)
        low = np.append(self.network.hierarchy.low, np.int32(0))
        order: tuple[Int32, Int32] = self.engine.order_by(low[points.edge], self.network.n_nodes)
        return order

    def homes(self, origins: Positions) -> Homes:
        """Return the origins in the order of the network; kept, as the same people ask for many services.

        Raises
        ------
        AnalysisError
            As :meth:`anchor`.
        """
        if origins not in self._homes:
            rows, first = self.by_rank(origins)
            points, edges = _points(origins), self._edges()
            self._homes[origins] = self.engine.anchor(points, edges, rows, True), rows, first
        return self._homes[origins]

    def anchor(self, points: Positions, *, leaving: bool) -> Ends:
        """Return the points by the ends of their edges, with the walk to (or, arriving, from) each end.

        Raises
        ------
        AnalysisError
            If an edge does not exist, or an offset or a leg is negative, not a number or too large.
        """
        _check_positions(self.network, points)
        rows = np.arange(len(points), dtype=np.int32)
        ends: Ends = self.engine.anchor(_points(points), self._edges(), rows, leaving)
        return ends

    def _edges(self) -> Edges:
        network, hierarchy = self.network, self.network.hierarchy
        return hierarchy.tail, hierarchy.head, network.length, network.oneway, self.closed_edges

    def run_all(self, run: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
        """Run the parts of a work side by side and return their results in order."""
        return run_all(run, parts, self.threads)


def places_on_edges(router: Router, goal: Ends, lane_of: Int32) -> OnEdges:
    """Return the places grouped by their edge, with the row of the place in its label."""
    edge, offset, leg = goal[0], goal[5], goal[6]
    # What lies on no edge comes last, beyond all edges, and is left out.
    count = router.network.n_edges
    rows, first = router.engine.order_by(np.where(edge < 0, np.int32(count), edge), count + 1)
    rows = rows[: first[count]]
    return first[: count + 1], lane_of[rows], offset[rows], leg[rows] + rows


def checked_kinds(places: Positions, kinds: NDArray[np.integer], n_kinds: int) -> Int32:
    """Return the kind of each place.

    Raises
    ------
    AnalysisError
        If there is not one for each place, from 0 to ``n_kinds`` - 1, or there are too many places.
    """
    kind_of: Int32 = plain(kinds, np.int32)
    if len(kind_of) != len(places) or n_kinds < 1:
        raise AnalysisError(msg("Zu jedem Ort gehört genau eine Art."), where="kinds")
    if len(kind_of) and (kind_of.min() < 0 or kind_of.max() >= n_kinds):
        raise AnalysisError(
            msg("Die Art eines Ortes liegt nicht zwischen 0 und {last}."), where="kinds", last=n_kinds - 1
        )
    if len(places) >= MAX_PLACES:
        raise AnalysisError(
            msg("Es sind {count} Orte; möglich sind {most}."), count=len(places), most=MAX_PLACES - 1
        )
    return kind_of


def _points(points: Positions) -> Points:
    return plain(points.edge, np.int32), plain(points.offset_m, np.float64), plain(points.leg_m, np.float64)


def _check_positions(network: Network, points: Positions) -> None:
    last = int(points.edge.max(initial=-1))
    if last >= network.n_edges:
        raise AnalysisError(
            msg("Ein Punkt liegt auf Kante {edge}; das Netz hat nur {count}."),
            where="edge_id",
            edge=last,
            count=network.n_edges,
        )
    for name, metres in (("offset_m", points.offset_m), ("to_street_m", points.leg_m)):
        if not ((metres >= 0) & (metres < MAX_METRES) | (points.edge < 0)).all():
            raise AnalysisError(msg("Eine Lage im Netz ist negativ, zu groß oder keine Zahl."), where=name)
