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
    LANES,
    PLACE_BITS,
    PLACE_MASK,
    UNREACHED,
    Arcs,
    Bool,
    Edges,
    Ends,
    Float64,
    Found,
    Homes,
    Int8,
    Int32,
    Int64,
    OnEdges,
    Points,
    Work,
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
def weigh(edges: Edges, edge_arc: Int32, up: Int64, down: Int64) -> None:
    """Lower the weights of arcs, ``up`` low to high and ``down`` high to low, to those of the edges below."""
    tail, head, length, oneway, closed = edges
    for e in range(edge_arc.size):
        arc = edge_arc[e]
        if arc < 0 or closed[e]:
            continue
        climbs = tail[e] < head[e]
        if oneway[e] >= 0:
            along = up if climbs else down
            along[arc] = min(along[arc], length[e])
        if oneway[e] <= 0:
            against = down if climbs else up
            against[arc] = min(against[arc], length[e])


@compiled
def customise(start: Int32, high: Int32, up: Int64, down: Int64) -> None:
    """Give every arc the shortest walk over lower nodes; ``up`` low to high, ``down`` high to low."""
    # Unsigned numbers are never taken to count from the end, which would cost half as much time again.
    one = np.uint64(1)
    for x in range(np.uint64(start.size) - one):
        last = np.uint64(start[x + one])
        for i in range(np.uint64(start[x]), last):
            from_a, to_a = down[i], up[i]
            j = np.uint64(start[np.uint64(high[i])])
            for k in range(i + one, last):
                while high[j] != high[k]:
                    j += one
                up[j] = min(up[j], from_a + up[k])
                down[j] = min(down[j], down[k] + to_a)


@compiled
def to_ends(
    offset_m: float, leg_m: float, length: int, oneway: int, leaving: bool
) -> tuple[int, int, int, int]:
    """Return the walks between a point and the tail and the head of its edge, its offset and its leg.

    Takes numbers only: handing arrays on for every point would cost more than all the rest.
    """
    offset = min(int(np.rint(offset_m * 1e6)) << PLACE_BITS, length)
    leg = int(np.rint(leg_m * 1e6)) << PLACE_BITS
    # Between the point and the tail one walks backward when leaving, forward when arriving.
    against = -oneway if leaving else oneway
    by_tail = leg + offset if against >= 0 or offset == 0 else UNREACHED
    by_head = leg + length - offset if against <= 0 or offset == length else UNREACHED
    return by_tail, by_head, offset, leg


@compiled
def anchor(points: Points, edges: Edges, rows: Int32, leaving: bool) -> Ends:
    """Return the walks between the points of some rows and the ends of their edges (by rank)."""
    edge, offset_m, leg_m = points
    tails, heads, length, oneway, closed = edges
    n = rows.size
    on, tail, head = np.full(n, -1, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int32)
    by_tail, by_head = np.full(n, UNREACHED), np.full(n, UNREACHED)
    offset, leg = np.zeros(n, np.int64), np.full(n, UNREACHED)
    for i in range(n):
        row = rows[i]
        e = edge[row]
        if e >= 0 and not closed[e]:
            on[i], tail[i], head[i] = e, tails[e], heads[e]
            by_tail[i], by_head[i], offset[i], leg[i] = to_ends(
                offset_m[row], leg_m[row], length[e], oneway[e], leaving
            )
    return on, tail, head, by_tail, by_head, offset, leg


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
def read(
    labels: Int64, origins: tuple[Points, Edges, Int32], places: OnEdges, metres: Float64, place: Int32
) -> None:
    """Write the nearest places of some rows of the origins.

    Labels are (blocks, nodes, lanes), metres and place (all rows, 1, kinds).
    """
    (edge, offset_m, leg_m), (tail, head, length, oneway, closed), rows = origins
    on_edge, kind_of, place_offset, place_label = places
    blocks, _, lanes = labels.shape
    best = np.empty((blocks, lanes), np.int64)
    of_kind = best.reshape(blocks * lanes)
    for row in rows:
        e = edge[row]
        if e < 0 or closed[e]:
            metres[row], place[row] = np.nan, -1
            continue
        t, h = tail[e], head[e]
        by_tail, by_head, offset, leg = to_ends(offset_m[row], leg_m[row], length[e], oneway[e], True)
        for block in range(blocks):
            for lane in range(lanes):
                best[block, lane] = min(labels[block, t, lane] + by_tail, labels[block, h, lane] + by_head)
        for p in range(on_edge[e], on_edge[e + 1]):
            kind, way = kind_of[p], place_offset[p] - offset
            if passable(way, oneway[e]):
                of_kind[kind] = min(of_kind[kind], leg + abs(way) + place_label[p])
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
    passed = label
    for slot in range(3):
        held = row[slot * LANES + lane]
        row[slot * LANES + lane] = min(held, passed)
        # Of two labels of one place only the smaller stays.
        passed = UNREACHED if (held ^ label) & PLACE_MASK == 0 else max(held, passed)


@compiled
def merge(into: Int64, row: int, labels: Int64, other: int, weight: int) -> None:
    """Sort the labels that lie ``weight`` behind a row into the nearest three of a row of ``into``."""
    # That the three lie a constant apart spares the compiler most checks whether they overlap.
    for lane in range(into.shape[1] // 3):
        a0, a1, a2 = into[row, lane], into[row, lane + LANES], into[row, lane + 2 * LANES]
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

        label = labels[other, lane + LANES] + weight
        same0, same1 = (a0 ^ label) & PLACE_MASK == 0, (a1 ^ label) & PLACE_MASK == 0
        passed = UNREACHED if same0 else label
        held = max(a1, passed)
        a1 = min(a1, passed)
        passed = UNREACHED if same1 else held
        a2 = min(a2, passed)

        label = labels[other, lane + 2 * LANES] + weight
        same0, same1 = (a0 ^ label) & PLACE_MASK == 0, (a1 ^ label) & PLACE_MASK == 0
        a2 = min(a2, UNREACHED if same0 | same1 else label)
        into[row, lane], into[row, lane + LANES], into[row, lane + 2 * LANES] = a0, a1, a2


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
    labels: Int64, origins: tuple[Points, Edges, Int32], places: OnEdges, metres: Float64, place: Int32
) -> None:
    """Write the nearest two or three of each kind as :func:`read` does; results are (all rows, k, kinds)."""
    (edge, offset_m, leg_m), (tail, head, length, oneway, closed), rows = origins
    on_edge, lane_of, place_offset, place_label = places
    blocks, _, columns = labels.shape
    lanes = columns // 3
    best = np.empty((blocks, columns), np.int64)
    for row in rows:
        e = edge[row]
        if e < 0 or closed[e]:
            metres[row], place[row] = np.nan, -1
            continue
        t, h = tail[e], head[e]
        by_tail, by_head, offset, leg = to_ends(offset_m[row], leg_m[row], length[e], oneway[e], True)
        for block in range(blocks):
            for column in range(columns):
                best[block, column] = labels[block, t, column] + by_tail
            merge(best, block, labels[block], h, by_head)
        for p in range(on_edge[e], on_edge[e + 1]):
            lane, way = lane_of[p], place_offset[p] - offset
            if passable(way, oneway[e]):
                insert(best[lane // lanes], lane % lanes, leg + abs(way) + place_label[p])
        for slot in range(metres.shape[1]):
            for block in range(blocks):
                first = block * lanes
                for lane in range(min(lanes, metres.shape[2] - first)):
                    label, kind = best[block, lane + slot * LANES], first + lane
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
def sweep_near(
    labels: Int64, nearest: Int64, tree: tuple[Arcs, Int32], seeded: Bool, limit: int, visited: Int32
) -> int:
    """Spread labels (nodes, lanes) as far as ``limit``; fill in which ranks may be that near.

    ``nearest`` becomes the smallest label of each rank visited. ``seeded`` marks the ranks that hold a label
    and is cleared; all other labels, and all of ``nearest``, are ``UNREACHED``.
    """
    (start, high, up, down), subtree = tree
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
        rim = UNREACHED
        for i in range(start[x], start[x + 1]):
            rim = min(rim, nearest[high[i]])
        if rim > limit and not seeded[x]:
            # No place inside, and its whole rim is beyond the limit: so is all of the subtree.
            x -= subtree[x]
            continue
        seeded[x] = False
        for i in range(start[x], start[x + 1]):
            y, weight = high[i], up[i]
            for lane in range(lanes):
                labels[x, lane] = min(labels[x, lane], labels[y, lane] + weight)
        own = UNREACHED
        for lane in range(lanes):
            own = min(own, labels[x, lane])
        nearest[x] = own
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
    goals: tuple[Ends, OnEdges, Int8],
    homes: Homes,
    tree: tuple[Arcs, Int32],
    limit: int,
    work: Work,
) -> Found:
    """Return who is within the limit of the places from ``first`` on, one per lane, and how many of each."""
    places, (on_edge, lane_of, place_offset, place_label), oneway = goals
    (edge, tail, head, tail_cost, head_cost, offset, leg), row, first_home = homes
    labels, nearest, seeded, visited, who, walk = work
    lanes = labels.shape[1]
    seed_each(labels, places, first, seeded)
    count = sweep_near(labels, nearest, tree, seeded, limit, visited)
    best, count_of, found = np.empty(lanes, np.int64), np.zeros(lanes, np.int32), 0
    for x in visited[:count]:
        for i in range(first_home[x], first_home[x + 1]):
            e, t, h, by_tail, by_head = edge[i], tail[i], head[i], tail_cost[i], head_cost[i]
            if e < 0 or (
                min(nearest[t] + by_tail, nearest[h] + by_head) > limit and on_edge[e] == on_edge[e + 1]
            ):
                continue
            for lane in range(lanes):
                best[lane] = min(labels[t, lane] + by_tail, labels[h, lane] + by_head)
            for p in range(on_edge[e], on_edge[e + 1]):
                lane, way = lane_of[p] - first, place_offset[p] - offset[i]
                if 0 <= lane < lanes and passable(way, oneway[e]):
                    best[lane] = min(best[lane], leg[i] + abs(way) + place_label[p])
            for lane in range(lanes):
                if best[lane] <= limit:
                    who[found], walk[found] = row[i], best[lane]
                    count_of[lane] += 1
                    found += 1
    for x in visited[:count]:
        nearest[x] = UNREACHED
        for lane in range(lanes):
            labels[x, lane] = UNREACHED
    return who[:found].copy(), walk[:found].copy(), count_of[: places[0].size - first]


@compiled
def group(found: Found, start: Int32, origin: Int32, metres: Float64) -> None:
    """Write pairs where those of their place begin; ``start`` moves on behind them."""
    who, walk, _ = found
    for i in range(who.size):
        place = walk[i] & PLACE_MASK
        at = start[place]
        origin[at], metres[at] = who[i], (walk[i] >> PLACE_BITS) / 1e6
        start[place] = at + 1


@compiled
def tally(found: Found, kind_of: Int32, counts: Int32) -> None:
    """Add one for each pair of an origin and the kind of its place; counts are (origins, kinds)."""
    who, walk, _ = found
    for i in range(who.size):
        counts[who[i], kind_of[walk[i] & PLACE_MASK]] += 1
