"""Compiled contraction of a network: which arcs an order of its nodes needs."""

from __future__ import annotations

import numpy as np

from kudequa_geo.access.kernels import compiled
from kudequa_geo.access.labels import Int32, Int64


@compiled
def eliminate(start: Int32, neighbours: Int32) -> tuple[Int64, Int32, Int32]:
    """Contract nodes 0, 1, 2 …: return the arcs (start, high) and each node's parent (-1 = root)."""
    n = start.size - 1
    parent = np.full(n, -1, np.int32)
    first_child = np.full(n, -1, np.int32)
    next_child = np.full(n, -1, np.int32)
    seen_by = np.full(n, -1, np.int32)
    out_start = np.zeros(n + 1, np.int64)
    out = np.empty(2 * neighbours.size + n + 1, np.int32)
    filled = 0
    for x in range(n):
        if filled + n > out.size:
            larger = np.empty(2 * out.size + n, np.int32)
            larger[:filled] = out[:filled]
            out = larger
        seen_by[x] = x
        for i in range(start[x], start[x + 1]):
            y = neighbours[i]
            if y > x and seen_by[y] != x:
                seen_by[y] = x
                out[filled] = y
                filled += 1
        child = first_child[x]
        while child >= 0:
            for i in range(out_start[child], out_start[child + 1]):
                y = out[i]
                if seen_by[y] != x:
                    seen_by[y] = x
                    out[filled] = y
                    filled += 1
            child = next_child[child]
        out_start[x + 1] = filled
        if filled > out_start[x]:
            lowest = out[out_start[x] : filled].min()
            parent[x] = lowest
            next_child[x] = first_child[lowest]
            first_child[lowest] = x
    return out_start, out[:filled].copy(), parent


@compiled
def postorder(parent: Int32) -> tuple[Int32, Int32]:
    """Return numbers that make each subtree of a forest contiguous, and the subtree sizes by number."""
    n = parent.size
    size = np.ones(n, np.int32)
    for x in range(n):
        if parent[x] >= 0:
            size[parent[x]] += size[x]
    # Children come before their parent in the old order: give each subtree its range from the top.
    number = np.empty(n, np.int32)
    sizes = np.empty(n, np.int32)
    free = np.zeros(n, np.int32)
    roots = 0
    for x in range(n - 1, -1, -1):
        if parent[x] < 0:
            free[x] = roots
            roots += size[x]
        else:
            free[x] = free[parent[x]]
            free[parent[x]] += size[x]
        number[x] = free[x] + size[x] - 1
        sizes[number[x]] = size[x]
    return number, sizes
