"""Compiled kernels: everything that runs once per arc, building or segment of a street.

Labels are explained in :mod:`kudequa_geo.access.labels`, arcs in :mod:`kudequa_geo.access.hierarchy`;
nodes are named by their rank. A row of labels holds ``LANES`` kinds (or places) side by side. The loops
over a row take its width from the array, not from a constant: only so does the compiler use vector
instructions. All kernels release the interpreter lock, so that several run at the same time, and
:mod:`kudequa_geo.access.fallback` has the same functions with the same results without numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from kudequa_geo.access.labels import (
    PLACE_BITS,
    PLACE_MASK,
    UNREACHED,
    Arcs,
    Bool,
    Ends,
    Float64,
    Int8,
    Int32,
    Int64,
    OnEdges,
)

try:
    from numba import njit as _njit
except ImportError:
    AVAILABLE = False
else:
    AVAILABLE = True

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


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
def customise(start: Int32, high: Int32, up: Int64, down: Int64) -> None:
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
def anchor(
    points: tuple[Int32, Float64, Float64],
    ends: tuple[Int32, Int32],
    edges: tuple[Int64, Int8, Bool],
    leaving: bool,
) -> Ends:
    """Return the walks between points (edge, offset, leg) and the ends of their edges (by rank)."""
    edge, offset_m, leg_m = points
    length, oneway, closed = edges
    n = edge.size
    on, tail, head = np.full(n, -1, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int32)
    tail_cost, head_cost = np.full(n, UNREACHED), np.full(n, UNREACHED)
    offset, leg = np.zeros(n, np.int64), np.full(n, UNREACHED)
    for i in range(n):
        e = edge[i]
        if e < 0 or closed[e]:
            continue
        on[i], tail[i], head[i] = e, ends[0][e], ends[1][e]
        offset[i] = min(np.int64(np.rint(offset_m[i] * 1e6)) << PLACE_BITS, length[e])
        leg[i] = np.int64(np.rint(leg_m[i] * 1e6)) << PLACE_BITS
        # Between the point and the tail one walks backward when leaving, forward when arriving.
        against = -oneway[e] if leaving else oneway[e]
        if against >= 0 or offset[i] == 0:
            tail_cost[i] = leg[i] + offset[i]
        if against <= 0 or offset[i] == length[e]:
            head_cost[i] = leg[i] + length[e] - offset[i]
    return on, tail, head, tail_cost, head_cost, offset, leg


@compiled
def passable(way: int, oneway: int) -> bool:
    """Tell whether one may walk ``way`` forward (or, negative, backward) on an edge."""
    return way == 0 or (way > 0 and oneway >= 0) or (way < 0 and oneway <= 0)


@compiled
def seed(labels: Int64, places: Ends, lane_of: Int32, first: int) -> None:
    """Put the places of the lanes from ``first`` on onto their nodes; labels are (nodes, lanes)."""
    edge, tail, head, tail_cost, head_cost, _, _ = places
    for p in range(edge.size):
        lane = lane_of[p] - first
        if edge[p] >= 0 and 0 <= lane < labels.shape[1]:
            labels[tail[p], lane] = min(labels[tail[p], lane], tail_cost[p] + p)
            labels[head[p], lane] = min(labels[head[p], lane], head_cost[p] + p)


@compiled
def sweep(labels: Int64, arcs: Arcs) -> None:
    """Spread labels (nodes, lanes) to all nodes: once up the order and once down it."""
    start, high, up, down = arcs
    n, lanes = labels.shape
    for x in range(n):
        for i in range(start[x], start[x + 1]):
            y, weight = high[i], down[i]
            for lane in range(lanes):
                labels[y, lane] = min(labels[y, lane], labels[x, lane] + weight)
    for x in range(n - 1, -1, -1):
        for i in range(start[x], start[x + 1]):
            y, weight = high[i], up[i]
            for lane in range(lanes):
                labels[x, lane] = min(labels[x, lane], labels[y, lane] + weight)


@compiled
def read(labels: Int64, origins: Ends, rows: Int32, places: OnEdges, metres: Float64, place: Int32) -> None:
    """Write the nearest places of each origin into its row.

    Labels are (blocks, nodes, lanes), metres and place (all rows, 1, kinds).
    """
    edge, tail, head, tail_cost, head_cost, offset, leg = origins
    on_edge, kind_of, place_offset, place_label, oneway = places
    blocks, _, lanes = labels.shape
    best = np.empty((blocks, lanes), np.int64)
    of_kind = best.reshape(blocks * lanes)
    for i in range(edge.size):
        row, t, h, by_tail, by_head = rows[i], tail[i], head[i], tail_cost[i], head_cost[i]
        for block in range(blocks):
            for lane in range(lanes):
                best[block, lane] = min(labels[block, t, lane] + by_tail, labels[block, h, lane] + by_head)
        e = edge[i]
        if e >= 0:
            for p in range(on_edge[e], on_edge[e + 1]):
                kind, way = kind_of[p], place_offset[p] - offset[i]
                if passable(way, oneway[e]):
                    of_kind[kind] = min(of_kind[kind], leg[i] + abs(way) + place_label[p])
        for kind in range(metres.shape[2]):
            label = of_kind[kind]
            metres[row, 0, kind] = (label >> PLACE_BITS) / 1e6 if label < UNREACHED else np.nan
            place[row, 0, kind] = label & PLACE_MASK if label < UNREACHED else -1


@compiled
def seed_three(labels: Int64, places: Ends, lane_of: Int32, first: int) -> None:
    """Put places onto their nodes as :func:`seed` does; labels are (nodes, 3 * lanes), nearest first."""
    edge, tail, head, tail_cost, head_cost, _, _ = places
    for p in range(edge.size):
        lane = lane_of[p] - first
        if edge[p] >= 0 and 0 <= lane < labels.shape[1] // 3:
            insert(labels[tail[p]], lane, tail_cost[p] + p)
            insert(labels[head[p]], lane, head_cost[p] + p)


@compiled
def insert(row: Int64, lane: int, label: int) -> None:
    """Sort one label into the nearest three of a row and lane, which lead to distinct places."""
    lanes = row.size // 3
    passed = label
    for slot in range(3):
        held = row[slot * lanes + lane]
        row[slot * lanes + lane] = min(held, passed)
        # Of two labels of one place only the smaller stays.
        passed = UNREACHED if (held ^ label) & PLACE_MASK == 0 else max(held, passed)


@compiled
def merge(into: Int64, row: int, labels: Int64, other: int, weight: int) -> None:
    """Sort the labels that lie ``weight`` behind a row into the nearest three of a row of ``into``."""
    lanes = into.shape[1] // 3
    for lane in range(lanes):
        a0, a1, a2 = into[row, lane], into[row, lane + lanes], into[row, lane + 2 * lanes]
        # The first candidate may take any slot, the second not the first, the third only the last.
        label = labels[other, lane] + weight
        same0, same1 = (a0 ^ label) & PLACE_MASK == 0, (a1 ^ label) & PLACE_MASK == 0
        held = max(a0, label)
        a0 = min(a0, label)
        passed = UNREACHED if same0 else held
        held = max(a1, passed)
        a1 = min(a1, passed)
        passed = UNREACHED if same1 else held
        a2 = min(a2, passed)

        label = labels[other, lane + lanes] + weight
        same0, same1 = (a0 ^ label) & PLACE_MASK == 0, (a1 ^ label) & PLACE_MASK == 0
        passed = UNREACHED if same0 else label
        held = max(a1, passed)
        a1 = min(a1, passed)
        passed = UNREACHED if same1 else held
        a2 = min(a2, passed)

        label = labels[other, lane + 2 * lanes] + weight
        same0, same1 = (a0 ^ label) & PLACE_MASK == 0, (a1 ^ label) & PLACE_MASK == 0
        a2 = min(a2, UNREACHED if same0 | same1 else label)
        into[row, lane], into[row, lane + lanes], into[row, lane + 2 * lanes] = a0, a1, a2


@compiled
def sweep_three(labels: Int64, arcs: Arcs) -> None:
    """Spread the three nearest labels (nodes, 3 * lanes) as :func:`sweep` does the nearest."""
    start, high, up, down = arcs
    n, lanes = labels.shape[0], labels.shape[1] // 3
    for x in range(n):
        nearest = UNREACHED
        for lane in range(lanes):
            nearest = min(nearest, labels[x, lane])
        if nearest < UNREACHED:
            for i in range(start[x], start[x + 1]):
                merge(labels, high[i], labels, x, down[i])
    for x in range(n - 1, -1, -1):
        for i in range(start[x], start[x + 1]):
            merge(labels, x, labels, high[i], up[i])


@compiled
def read_three(
    labels: Int64, origins: Ends, rows: Int32, places: OnEdges, metres: Float64, place: Int32
) -> None:
    """Write the nearest two or three of each kind as :func:`read` does; results are (all rows, k, kinds)."""
    edge, tail, head, tail_cost, head_cost, offset, leg = origins
    on_edge, lane_of, place_offset, place_label, oneway = places
    blocks, _, columns = labels.shape
    lanes = columns // 3
    best = np.empty((blocks, columns), np.int64)
    of_block = np.empty((blocks, lanes), np.int64)
    of_kind = of_block.reshape(blocks * lanes)
    for i in range(edge.size):
        row = rows[i]
        for block in range(blocks):
            for column in range(columns):
                best[block, column] = labels[block, tail[i], column] + tail_cost[i]
            merge(best, block, labels[block], head[i], head_cost[i])
        e = edge[i]
        if e >= 0:
            for p in range(on_edge[e], on_edge[e + 1]):
                lane, way = lane_of[p], place_offset[p] - offset[i]
                if passable(way, oneway[e]):
                    insert(best[lane // lanes], lane % lanes, leg[i] + abs(way) + place_label[p])
        for slot in range(metres.shape[1]):
            for block in range(blocks):
                for lane in range(lanes):
                    of_block[block, lane] = best[block, lane + slot * lanes]
            for kind in range(metres.shape[2]):
                label = of_kind[kind]
                metres[row, slot, kind] = (label >> PLACE_BITS) / 1e6 if label < UNREACHED else np.nan
                place[row, slot, kind] = label & PLACE_MASK if label < UNREACHED else -1


@compiled
def order_by(keys: Int32, n: int) -> tuple[Int32, Int32]:
    """Return the rows in the order of their keys, 0 to n - 1, and where those of each key begin."""
    first = np.zeros(n + 2, np.int32)
    for key in keys:
        first[key + 2] += 1
    for key in range(n):
        first[key + 2] += first[key + 1]
    order = np.empty(keys.size, np.int32)
    for i in range(keys.size):
        order[first[keys[i] + 1]] = i
        first[keys[i] + 1] += 1
    return order, first[: n + 1].copy()


@compiled
def sweep_near(labels: Int64, arcs: Arcs, subtree: Int32, seeded: Bool, limit: int, visited: Int32) -> int:
    """Spread labels (nodes, lanes) as far as ``limit``; fill in which ranks may be that near.

    ``seeded`` marks the ranks that hold a label and is cleared; all other labels are ``UNREACHED``.
    """
    start, high, up, down = arcs
    n, lanes = labels.shape
    for x in range(n):
        if seeded[x]:
            for i in range(start[x], start[x + 1]):
                y, weight = high[i], down[i]
                seeded[y] = True
                for lane in range(lanes):
                    labels[y, lane] = min(labels[y, lane], labels[x, lane] + weight)
    count = 0
    x = n - 1
    while x >= 0:
        nearest = UNREACHED
        for i in range(start[x], start[x + 1]):
            for lane in range(lanes):
                nearest = min(nearest, labels[high[i], lane])
        if nearest > limit and not seeded[x]:
            # No place inside, and its whole rim is beyond the limit: so is all of the subtree.
            x -= subtree[x]
            continue
        seeded[x] = False
        for i in range(start[x], start[x + 1]):
            y, weight = high[i], up[i]
            for lane in range(lanes):
                labels[x, lane] = min(labels[x, lane], labels[y, lane] + weight)
        visited[count] = x
        count += 1
        x -= 1
    return count


@compiled
def seed_each(labels: Int64, places: Ends, first: int, seeded: Bool) -> None:
    """Put the places from ``first`` on onto their nodes, each in a lane of its own."""
    edge, tail, head, tail_cost, head_cost, _, _ = places
    for lane in range(min(labels.shape[1], edge.size - first)):
        p = first + lane
        if edge[p] >= 0:
            labels[tail[p], lane] = min(labels[tail[p], lane], tail_cost[p] + p)
            labels[head[p], lane] = min(labels[head[p], lane], head_cost[p] + p)
            seeded[tail[p]] = seeded[head[p]] = True


@compiled
def reach(
    first: int,
    goals: tuple[Ends, OnEdges],
    homes: tuple[Ends, Int32, Int32],
    tree: tuple[Arcs, Int32],
    limit: int,
    work: tuple[Int64, Bool, Int32],
) -> tuple[Int32, Int64]:
    """Return all pairs of an origin and a place within the limit, as origins and labels.

    Each place has its own lane, from ``first`` on. ``homes`` are the origins in the order of the lower ends
    of their edges, their rows, and the first of them at each rank. ``work`` is memory for labels, seeded
    and visited ranks of :func:`sweep_near`, left clean.
    """
    on_edge, lane_of, place_offset, place_label, oneway = goals[1]
    (edge, tail, head, tail_cost, head_cost, offset, leg), row, first_home = homes
    labels, seeded, visited = work
    lanes = labels.shape[1]
    seed_each(labels, goals[0], first, seeded)
    count = sweep_near(labels, tree[0], tree[1], seeded, limit, visited)
    found = 0
    who, label = np.empty(1 << 14, np.int32), np.empty(1 << 14, np.int64)
    best = np.empty(lanes, np.int64)
    for x in visited[:count]:
        for i in range(first_home[x], first_home[x + 1]):
            e = edge[i]
            if e < 0:
                continue
            t, h, by_tail, by_head = tail[i], head[i], tail_cost[i], head_cost[i]
            nearest = UNREACHED
            for lane in range(lanes):
                best[lane] = min(labels[t, lane] + by_tail, labels[h, lane] + by_head)
                nearest = min(nearest, best[lane])
            for p in range(on_edge[e], on_edge[e + 1]):
                lane, way = lane_of[p] - first, place_offset[p] - offset[i]
                if 0 <= lane < lanes and passable(way, oneway[e]):
                    best[lane] = min(best[lane], leg[i] + abs(way) + place_label[p])
                    nearest = min(nearest, best[lane])
            if nearest > limit:
                continue
            if found + lanes > who.size:
                who, label = np.append(who, who), np.append(label, label)
            found = note(best, limit, row[i], who, label, found)
    for x in visited[:count]:
        for lane in range(lanes):
            labels[x, lane] = UNREACHED
    return who[:found], label[:found]


@compiled
def note(best: Int64, limit: int, row: int, who: Int32, label: Int64, found: int) -> int:
    """Append the lanes within the limit to the pairs found and return how many these are now."""
    for lane in range(best.size):
        if best[lane] <= limit:
            who[found], label[found] = row, best[lane]
            found += 1
    return found


@compiled
def group(who: Int32, label: Int64, free: Int64, origin: Int32, metres: Float64) -> None:
    """Write pairs one after the other into the free room of their place."""
    for i in range(who.size):
        place = label[i] & PLACE_MASK
        at = free[place]
        free[place] = at + 1
        origin[at] = who[i]
        metres[at] = (label[i] >> PLACE_BITS) / 1e6


@compiled
def tally(who: Int32, label: Int64, kind_of: Int32, counts: Int32) -> None:
    """Add one for each pair of an origin and a kind; counts are (origins, kinds)."""
    for i in range(who.size):
        counts[who[i], kind_of[label[i] & PLACE_MASK]] += 1
