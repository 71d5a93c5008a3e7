"""The nearest places of every kind for every origin, exactly, along the network."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kudequa_geo.access import kernels
from kudequa_geo.access.graph import Bool, Int32, Network, Positions
from kudequa_geo.access.labels import MAX_PLACES, UNREACHED, Float64, Int64, to_labels
from kudequa_geo.constants import Barrier
from kudequa_geo.errors import AnalysisError, msg

MAX_K = 3


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
    """

    def __init__(
        self, network: Network, closed: frozenset[Barrier] = frozenset(), *, threads: int = 2
    ) -> None:
        self._prepare(network, network.closed_to(closed), threads)

    def _prepare(self, network: Network, closed_edges: Bool, threads: int) -> None:
        self.network = network
        self.closed_edges = closed_edges
        self.threads = threads
        hierarchy = network.hierarchy
        self.up, self.down = _arc_weights(network, closed_edges)
        kernels.customise(hierarchy.start, hierarchy.high, self.up, self.down)

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
        """
        closed_edges = self.closed_edges.copy()
        if closed is not None:
            closed_edges[closed] = True
        if opened is not None:
            closed_edges[opened] = False
        router = Router.__new__(Router)
        router._prepare(network or self.network, closed_edges, self.threads)
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
        kind_of = np.asarray(kinds, dtype=np.int32)
        _check_places(places, kind_of, n_kinds)
        metres = np.empty((len(origins), n_kinds, k))
        place = np.empty((len(origins), n_kinds, k), dtype=np.int32)
        start, goal = anchor(self, origins, leaving=True), anchor(self, places, leaving=False)
        blocks = -(-n_kinds // kernels.LANES)

        def run(columns: NDArray[np.int64]) -> None:
            first, last = int(columns[0]), int(columns[-1]) + 1
            lanes = (kind_of - first).astype(np.int32)
            labels = self._spread(goal, np.where(lanes < last - first, lanes, -1), k)
            out = metres[:, first:last], place[:, first:last]
            on_edges = _on_edges(self.network.n_edges, goal, lanes)
            if k == 1:
                kernels.read(labels, start, on_edges, self.network.oneway, out[0][:, :, 0], out[1][:, :, 0])
            else:
                kernels.read_three(labels, start, on_edges, self.network.oneway, *out)

        columns = [part for part in np.array_split(np.arange(n_kinds), max(blocks, 1)) if len(part)]
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(run, columns))
        return Nearest(metres, place)

    def _spread(self, goal: kernels.Ends, lanes: Int32, k: int) -> Int64:
        """Return the labels of all nodes, by rank, for the places whose lane is not negative."""
        edge, tail, head, tail_cost, head_cost = goal[:5]
        hierarchy = self.network.hierarchy
        rows = np.flatnonzero((lanes >= 0) & (edge >= 0))
        nodes = np.concatenate((tail[rows], head[rows]))
        costs = np.concatenate((tail_cost[rows], head_cost[rows])) + np.tile(rows, 2)
        lane = np.tile(lanes[rows], 2)
        arcs = hierarchy.start, hierarchy.high, self.up, self.down
        if k == 1:
            labels = np.full((self.network.n_nodes, kernels.LANES), UNREACHED)
            kernels.seed(labels, nodes, lane, costs)
            kernels.sweep(labels, *arcs)
        else:
            labels = np.full((self.network.n_nodes, MAX_K, kernels.LANES), UNREACHED)
            kernels.seed_three(labels, nodes, lane, costs)
            kernels.sweep_three(labels, *arcs)
        return labels


def anchor(router: Router, points: Positions, *, leaving: bool) -> kernels.Ends:
    """Return the points by the ends of their edges, with the walk to (or, arriving, from) each end.

    Raises
    ------
    AnalysisError
        If an edge does not exist, or an offset or a leg is negative, not a number or beyond the edge.
    """
    network = router.network
    _check_positions(network, points)
    edge = points.edge
    on = edge >= 0
    on[on] = ~router.closed_edges[edge[on]]
    row = np.where(on, edge, 0)
    length, oneway = network.length[row], network.oneway[row]
    offset = np.minimum(to_labels(np.where(on, points.offset_m, 0.0)), length)
    leg = to_labels(np.where(on, points.leg_m, 0.0))
    # Walking between the point and the tail is backward when leaving, forward when arriving.
    against = -oneway if leaving else oneway
    by_tail = on & ((against >= 0) | (offset == 0))
    by_head = on & ((against <= 0) | (offset == length))
    rank = network.hierarchy.rank
    return (
        np.where(on, edge, -1).astype(np.int32),
        rank[network.tail[row]],
        rank[network.head[row]],
        np.where(by_tail, leg + offset, UNREACHED),
        np.where(by_head, leg + length - offset, UNREACHED),
        offset,
        leg,
    )


def _arc_weights(network: Network, closed_edges: Bool) -> tuple[Int64, Int64]:
    """Return the weights of the edges alone on the arcs over them, up and down."""
    hierarchy = network.hierarchy
    up = np.full(len(hierarchy.high), UNREACHED)
    down = up.copy()
    climbs = hierarchy.rank[network.tail] < hierarchy.rank[network.head]
    usable = ~closed_edges & (hierarchy.edge_arc >= 0)
    for weights, forward in ((up, climbs), (down, ~climbs)):
        may = usable & np.where(forward, network.oneway >= 0, network.oneway <= 0)
        np.minimum.at(weights, hierarchy.edge_arc[may], network.length[may])
    return up, down


def _on_edges(n_edges: int, goal: kernels.Ends, lanes: Int32) -> kernels.OnEdges:
    """Return the places grouped by their edge, with the row of the place in its label."""
    edge, offset, leg = goal[0], goal[5], goal[6]
    rows = np.flatnonzero(edge >= 0)
    rows = rows[np.argsort(edge[rows], kind="stable")]
    first = np.concatenate(([0], np.cumsum(np.bincount(edge[rows], minlength=n_edges))))
    return first.astype(np.int32), lanes[rows], offset[rows], leg[rows] + rows


def _check_places(places: Positions, kinds: Int32, n_kinds: int) -> None:
    if len(kinds) != len(places) or n_kinds < 1:
        raise AnalysisError(msg("Zu jedem Ort gehört genau eine Art."), where="kinds")
    if len(kinds) and (kinds.min() < 0 or kinds.max() >= n_kinds):
        raise AnalysisError(
            msg("Die Art eines Ortes liegt nicht zwischen 0 und {last}."), where="kinds", last=n_kinds - 1
        )
    if len(places) >= MAX_PLACES:
        raise AnalysisError(
            msg("Es sind {count} Orte; möglich sind {most}."), count=len(places), most=MAX_PLACES - 1
        )


def _check_positions(network: Network, points: Positions) -> None:
    on = points.edge >= 0
    edge = points.edge[on]
    if len(edge) and edge.max() >= network.n_edges:
        raise AnalysisError(
            msg("Ein Punkt liegt auf Kante {edge}; das Netz hat nur {count}."),
            where="edge_id",
            edge=int(edge.max()),
            count=network.n_edges,
        )
    for name, metres in (("offset_m", points.offset_m[on]), ("to_street_m", points.leg_m[on])):
        if not (metres >= 0).all():
            raise AnalysisError(msg("Eine Lage im Netz ist negativ oder keine Zahl."), where=name)
