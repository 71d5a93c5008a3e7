"""Shortest ways in the graphs of the model."""

from __future__ import annotations

import heapq
import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from kudequa_geo.model.network import Net

Floats = NDArray[np.float64]
Neighbours = list[dict[int, float]]


def neighbours(net: Net) -> Neighbours:
    """Return for each node its neighbours and the metres to them; of parallel edges the shortest counts."""
    around: Neighbours = [{} for _ in net.nodes]
    for edge in net.edges:
        if edge.u != edge.v:
            length = min(edge.length, around[edge.u].get(edge.v, math.inf))
            around[edge.u][edge.v] = around[edge.v][edge.u] = length
    return around


def way(neighbours: list[dict[int, float]], start: int, goal: int, limit: float) -> float:
    """Return the network distance, infinite beyond the limit."""
    best = {start: 0.0}
    queue = [(0.0, start)]
    while queue:
        distance, node = heapq.heappop(queue)
        if node == goal:
            return distance
        if distance > best[node]:
            continue
        for other, length in neighbours[node].items():
            longer = distance + length
            if longer <= limit and longer < best.get(other, math.inf):
                best[other] = longer
                heapq.heappush(queue, (longer, other))
    return math.inf


def detours(net: Net, pairs: NDArray[np.int64], *, limit_m: float = 12_000) -> Floats:
    """Return network distance over beeline for pairs of nodes, infinite where no way is that short."""
    around = neighbours(net)
    rows = [(u, v, metres) for u, others in enumerate(around) for v, metres in others.items()]
    start, end, metres = (np.array(column) for column in zip(*rows, strict=True))
    count = len(net.nodes)
    graph = csr_array(coo_array((metres, (start, end)), shape=(count, count)))
    ratios = np.full(len(pairs), math.inf)
    for origin in np.unique(pairs[:, 0]):
        mine = np.flatnonzero(pairs[:, 0] == origin)
        reached = dijkstra(graph, indices=origin, limit=limit_m)
        beeline = np.hypot(*(net.nodes[pairs[mine, 1]] - net.nodes[origin]).T)
        ratios[mine] = reached[pairs[mine, 1]] / beeline
    return ratios
