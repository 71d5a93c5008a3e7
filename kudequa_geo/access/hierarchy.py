"""The order of contraction of a network and the shortcuts it needs.

A customizable contraction hierarchy: nodes are put in an order once; contracting them in this order
joins the remaining neighbours of each by arcs. The order knows nothing of lengths, so that every
person and every changed path only sets new weights on the same arcs. In the order chosen here each
part of the city (a subtree) is contiguous, which keeps neighbours near each other in memory.

Source: Dibbelt, Strasser, Wagner (2014), Customizable Contraction Hierarchies, SEA 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array, csc_array, eye_array
from scipy.sparse.linalg import splu

from kudequa_geo.access.labels import Int32
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
        How many ranks up to and with ``r`` form its subtree: the part of the network that is cut off by
        the ranks its arcs lead to.
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


def build_hierarchy(n_nodes: int, tail: Int32, head: Int32, *, order: Int32 | None = None) -> Hierarchy:
    """Return the hierarchy of a network.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    tail, head
        Ends of the edges; loops and parallel edges are allowed, directions do not matter.
    order
        Rank of each node, 0 to ``n_nodes`` - 1; a minimum-degree order where omitted. Any order gives
        exact results: a network with few changes keeps its old one, which is far quicker than finding one.
    """
    if order is None:
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
