"""The order of contraction of a network and the shortcuts it needs.

A customizable contraction hierarchy: nodes are put in an order once; contracting them in this order
joins the remaining neighbours of each by arcs. The order knows nothing of lengths, so that every
person and every changed path only sets new weights on the same arcs. In the order chosen here each
part of the city (a subtree) is contiguous, which keeps neighbours near each other in memory.

Source: Dibbelt, Strasser, Wagner (2014), Customizable Contraction Hierarchies, SEA 2014.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush

import numpy as np
from scipy.sparse import coo_array, csc_array, eye_array
from scipy.sparse.linalg import splu

from kudequa_geo.access.labels import Int32, Int64
from kudequa_geo.access.order_kernels import eliminate, postorder


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Arcs from every node to its neighbours of higher rank.

    Attributes
    ----------
    rank
        Place of each node in the order, int32 of shape (nodes,).
    start, high
        The arcs of the node of rank ``r`` lead to the ranks ``high[start[r]:start[r + 1]]``, all above
        ``r`` and ascending.
    subtree
        How many ranks up to and with ``r`` belong to its subtree: the part of the network that is cut off
        by the ranks its arcs lead to. Edges added later bring more into it, which is not counted.
    tail, head
        Ranks of the ends of each edge of the network, int32 of shape (edges,).
    edge_arc
        The arc over each edge of the network, -1 for loops.
    """

    rank: Int32
    start: Int32
    high: Int32
    subtree: Int32
    tail: Int32
    head: Int32
    edge_arc: Int32

    @cached_property
    def low(self) -> Int32:
        """Rank of the lower end of each edge."""
        return np.minimum(self.tail, self.head)


def build_hierarchy(n_nodes: int, tail: Int32, head: Int32) -> Hierarchy:
    """Return the hierarchy of a network.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    tail, head
        Ends of the edges; loops and parallel edges are allowed, directions do not matter.
    """
    order = _minimum_degree(n_nodes, tail, head)
    neighbours = _adjacency(n_nodes, order[tail], order[head])
    start, high, parent = eliminate(neighbours.indptr, neighbours.indices)
    position, subtree = postorder(parent)

    rank = position[order]
    low, high = position[np.repeat(np.arange(n_nodes), np.diff(start))], position[high]
    # A sparse matrix sorts arcs by their lower and then their upper end, and faster than a sort of the pairs.
    arcs = coo_array((np.ones(len(low), dtype=np.int8), (low, high)), shape=(n_nodes, n_nodes)).tocsr()
    arcs.sort_indices()
    keys = np.repeat(np.arange(n_nodes, dtype=np.int64), np.diff(arcs.indptr)) * n_nodes + arcs.indices
    edge_low, edge_high = np.minimum(rank[tail], rank[head]), np.maximum(rank[tail], rank[head])
    edge_arc = np.searchsorted(keys, edge_low.astype(np.int64) * n_nodes + edge_high)
    return Hierarchy(
        rank=rank,
        start=arcs.indptr.astype(np.int32),
        high=arcs.indices.astype(np.int32),
        subtree=subtree,
        tail=rank[tail],
        head=rank[head],
        edge_arc=np.where(edge_low == edge_high, -1, edge_arc).astype(np.int32),
    )


def extended(old: Hierarchy, n_nodes: int, tail: Int32, head: Int32) -> Hierarchy:
    """Return the hierarchy of a network with further nodes and edges, which follow the old ones.

    Further nodes get the highest ranks; all others keep theirs. Only where edges are new are arcs added, so
    that the cost does not grow with the network.

    Parameters
    ----------
    old
        The hierarchy without them.
    n_nodes
        Number of all nodes.
    tail, head
        Ends of the further edges.
    """
    more = n_nodes - len(old.rank)
    rank = np.concatenate((old.rank, np.arange(len(old.rank), n_nodes, dtype=np.int32)))
    start = np.append(old.start, np.full(more, old.start[-1]))
    low, high = np.minimum(rank[tail], rank[head]), np.maximum(rank[tail], rank[head])
    links = list(zip(low.tolist(), high.tolist(), strict=True))
    below, above, at = _further_arcs(start, old.high, links)

    behind = np.cumsum(np.bincount(at, minlength=len(old.high) + 1))
    start = start + np.concatenate(([0], np.cumsum(np.bincount(below, minlength=n_nodes))))
    arcs = np.insert(old.high, at, above)
    new = [-1 if a == b else start[a] + np.searchsorted(arcs[start[a] : start[a + 1]], b) for a, b in links]
    edge_arc = np.where(old.edge_arc < 0, -1, old.edge_arc + behind[old.edge_arc])
    return Hierarchy(
        rank=rank,
        start=start.astype(np.int32),
        high=arcs,
        subtree=np.append(old.subtree, np.ones(more, dtype=np.int32)),
        tail=np.concatenate((old.tail, rank[tail])),
        head=np.concatenate((old.head, rank[head])),
        edge_arc=np.append(edge_arc, new).astype(np.int32),
    )


def _further_arcs(start: Int32, high: Int32, links: list[tuple[int, int]]) -> tuple[Int64, Int64, Int64]:
    """Return the arcs (lower end, upper end, arc they come before) that further links need, ascending."""
    wanted: dict[int, set[int]] = {}
    for a, b in links:
        if a < b:
            wanted.setdefault(a, set()).add(b)
    waiting, added = list(wanted), []
    heapify(waiting)
    while waiting:
        x = heappop(waiting)
        arcs = high[start[x] : start[x + 1]].tolist()
        new = sorted(wanted.pop(x).difference(arcs))
        if not new:
            continue
        added += [(x, y, start[x] + bisect(arcs, y)) for y in new]
        parent = min(arcs[:1] + new[:1])
        # What a rank is joined to its parent is joined to as well; an old parent has the old arcs already.
        rest = {*new[1:], *arcs} if parent == new[0] else set(new)
        if rest:
            if parent not in wanted:
                heappush(waiting, parent)
            wanted.setdefault(parent, set()).update(rest)
    below, above, at = np.array(added, dtype=np.int64).reshape(-1, 3).T
    return below, above, at


def _adjacency(n_nodes: int, tail: Int32, head: Int32) -> csc_array:
    links = (np.concatenate((tail, head)), np.concatenate((head, tail)))
    return coo_array((np.ones(len(links[0])), links), shape=(n_nodes, n_nodes)).tocsc()


def _minimum_degree(n_nodes: int, tail: Int32, head: Int32) -> Int32:
    """Return the rank of each node in SuperLU's minimum-degree order."""
    if n_nodes < 3:
        return np.arange(n_nodes, dtype=np.int32)
    matrix = _adjacency(n_nodes, tail, head)
    # Only the order is wanted: a heavy diagonal keeps the factorisation from changing it.
    matrix = (eye_array(n_nodes, format="csc") * (4.0 * (matrix.sum() + 1)) - matrix).tocsc()
    factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    order: Int32 = factors.perm_c.astype(np.int32)
    return order
