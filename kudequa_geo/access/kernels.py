"""Compiled kernels: everything that runs once per arc, building or segment.

Labels are explained in :mod:`kudequa_geo.access.labels`, arcs in :mod:`kudequa_geo.access.hierarchy`.
Nodes are named by their rank. All kernels release the interpreter lock, so that several run side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from kudequa_geo.access.labels import PLACE_BITS, PLACE_MASK, UNREACHED

Ints = NDArray[np.int32]
Labels = NDArray[np.int64]
Metres = NDArray[np.float64]
Bytes = NDArray[np.int8]
#: Points on edges: edge (-1 = none), ranks of its ends, labels of the walks between the point and each
#: end, offset of the point from the tail, its leg.
Ends = tuple[Ints, Ints, Ints, Labels, Labels, Labels, Labels]
#: Places by edge: first place of each edge, and for each place its lane, its offset, the label of its leg.
OnEdges = tuple[Ints, Ints, Labels, Labels]
Kernel = TypeVar("Kernel", bound=Callable[..., Any])

try:
    from numba import njit as _njit
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

#: Kinds (or places) that are swept side by side: eight labels fill one cache line.
LANES = 8


def compiled(function: Kernel) -> Kernel:
    """Return the function compiled, kept on disk where a folder for it can be written."""
    if not AVAILABLE:
        return function
    try:
        kernel: Any = _njit(nogil=True, cache=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        kernel = _njit(nogil=True)(function)
    return cast(Kernel, kernel)


@compiled
def eliminate(start: Ints, neighbours: Ints) -> tuple[Labels, Ints, Ints]:
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
def postorder(parent: Ints) -> tuple[Ints, Ints]:
    """Return numbers that make each subtree of a forest contiguous, and the subtree sizes by number."""
    n = parent.size
    size = np.ones(n, np.int32)
    for x in range(n):
        if parent[x] >= 0:
            size[parent[x]] += size[x]
    # Parents come after their children in the old order: give each subtree its range from the top.
    number = np.empty(n, np.int32)
    free = np.zeros(n, np.int32)
    roots = 0
    for x in range(n - 1, -1, -1):
        if parent[x] < 0:
            begin = roots
            roots += size[x]
        else:
            begin = free[parent[x]]
            free[parent[x]] += size[x]
        free[x] = begin
        number[x] = begin + size[x] - 1
    sizes = np.empty(n, np.int32)
    for x in range(n):
        sizes[number[x]] = size[x]
    return number, sizes


@compiled
def customise(start: Ints, high: Ints, up: Labels, down: Labels) -> None:
    """Give every arc the shortest walk over lower nodes; ``up`` low to high, ``down`` high to low."""
    for x in range(start.size - 1):
        for i in range(start[x], start[x + 1]):
            a = high[i]
            from_a, to_a = down[i], up[i]
            j = start[a]
            for k in range(i + 1, start[x + 1]):
                while high[j] != high[k]:
                    j += 1
                up[j] = min(up[j], from_a + up[k])
                down[j] = min(down[j], down[k] + to_a)


@compiled
def seed(labels: Labels, node: Ints, lane: Ints, label: Labels) -> None:
    """Put the labels of places on their nodes."""
    for i in range(node.size):
        if label[i] < labels[node[i], lane[i]]:
            labels[node[i], lane[i]] = label[i]


@compiled
def sweep(labels: Labels, start: Ints, high: Ints, up: Labels, down: Labels) -> None:
    """Spread labels (nodes, LANES) from places to all nodes: once up the order and once down it."""
    n = start.size - 1
    own = np.empty(LANES, np.int64)
    for x in range(n):
        nearest = UNREACHED
        for lane in range(LANES):
            own[lane] = labels[x, lane]
            nearest = min(nearest, own[lane])
        if nearest >= UNREACHED:
            continue
        for i in range(start[x], start[x + 1]):
            y, weight = high[i], down[i]
            for lane in range(LANES):
                labels[y, lane] = min(labels[y, lane], own[lane] + weight)
    for x in range(n - 1, -1, -1):
        for lane in range(LANES):
            own[lane] = labels[x, lane]
        for i in range(start[x], start[x + 1]):
            y, weight = high[i], up[i]
            for lane in range(LANES):
                own[lane] = min(own[lane], labels[y, lane] + weight)
        for lane in range(LANES):
            labels[x, lane] = own[lane]


@compiled
def insert(best: Labels, lane: int, label: int) -> None:
    """Sort a label into the nearest three of a lane, at most one for each place; ``best`` is (3, LANES)."""
    passed = label
    for slot in range(3):
        held = best[slot, lane]
        same_place = (held ^ label) & PLACE_MASK == 0
        best[slot, lane] = min(held, passed)
        # Of two labels of one place only the smaller stays.
        passed = UNREACHED if same_place else max(held, passed)


@compiled
def seed_three(labels: Labels, node: Ints, lane: Ints, label: Labels) -> None:
    """Put the labels of places on their nodes; labels are (nodes, 3, LANES)."""
    for i in range(node.size):
        if label[i] < UNREACHED:
            insert(labels[node[i]], lane[i], label[i])


@compiled
def sweep_three(labels: Labels, start: Ints, high: Ints, up: Labels, down: Labels) -> None:
    """Spread the three nearest labels (nodes, 3, LANES) as :func:`sweep` does the nearest."""
    n = start.size - 1
    for x in range(n):
        for i in range(start[x], start[x + 1]):
            merge(labels[high[i]], labels[x], down[i])
    for x in range(n - 1, -1, -1):
        for i in range(start[x], start[x + 1]):
            merge(labels[x], labels[high[i]], up[i])


@compiled
def merge(best: Labels, others: Labels, weight: int) -> None:
    """Sort the labels that lie ``weight`` behind ``others`` into the nearest three; both are (3, LANES)."""
    nearer = False
    for lane in range(LANES):
        nearer |= others[0, lane] + weight < best[2, lane]
    if nearer:
        for slot in range(3):
            for lane in range(LANES):
                insert(best, lane, others[slot, lane] + weight)


@compiled
def passable(way: int, oneway: int) -> bool:
    """Tell whether one may walk ``way`` forward (or, negative, backward) on an edge."""
    return way == 0 or (way > 0 and oneway >= 0) or (way < 0 and oneway <= 0)


@compiled
def read(labels: Labels, origins: Ends, places: OnEdges, oneway: Bytes, metres: Metres, place: Ints) -> None:
    """Write metres and place of the nearest place of each lane for each origin, (origins, lanes)."""
    edge, tail, head, tail_cost, head_cost, offset, leg = origins
    on_edge, lane_of, place_offset, place_label = places
    best = np.empty(LANES, np.int64)
    for i in range(edge.size):
        e = edge[i]
        for lane in range(LANES):
            best[lane] = min(labels[tail[i], lane] + tail_cost[i], labels[head[i], lane] + head_cost[i])
        if e >= 0:
            for p in range(on_edge[e], on_edge[e + 1]):
                lane, way = lane_of[p], place_offset[p] - offset[i]
                if 0 <= lane < LANES and passable(way, oneway[e]):
                    best[lane] = min(best[lane], leg[i] + abs(way) + place_label[p])
        for lane in range(metres.shape[1]):
            found = best[lane] < UNREACHED
            metres[i, lane] = (best[lane] >> PLACE_BITS) / 1e6 if found else np.nan
            place[i, lane] = best[lane] & PLACE_MASK if found else -1


@compiled
def read_three(
    labels: Labels, origins: Ends, places: OnEdges, oneway: Bytes, metres: Metres, place: Ints
) -> None:
    """Write metres and place of the nearest places of each lane for each origin, (origins, lanes, k)."""
    edge, tail, head, tail_cost, head_cost, offset, leg = origins
    on_edge, lane_of, place_offset, place_label = places
    best = np.empty((3, LANES), np.int64)
    for i in range(edge.size):
        e = edge[i]
        best[:] = UNREACHED
        merge(best, labels[tail[i]], tail_cost[i])
        merge(best, labels[head[i]], head_cost[i])
        if e >= 0:
            for p in range(on_edge[e], on_edge[e + 1]):
                lane, way = lane_of[p], place_offset[p] - offset[i]
                if 0 <= lane < LANES and passable(way, oneway[e]):
                    insert(best, lane, leg[i] + abs(way) + place_label[p])
        for lane in range(metres.shape[1]):
            for slot in range(metres.shape[2]):
                label = best[slot, lane]
                found = label < UNREACHED
                metres[i, lane, slot] = (label >> PLACE_BITS) / 1e6 if found else np.nan
                place[i, lane, slot] = label & PLACE_MASK if found else -1
