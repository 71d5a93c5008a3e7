"""The kernels of :mod:`kudequa_geo.access.kernels` in numpy: the same results, about 50 times slower."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from kudequa_geo.access import kernels
from kudequa_geo.access.labels import (
    PLACE_MASK,
    UNREACHED,
    Arcs,
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
    to_labels,
    to_metres,
    to_places,
)


def _interpreted(kernel: Any) -> Any:
    """Return the Python function of a kernel that is fast enough without being compiled."""
    return getattr(kernel, "py_func", kernel)


seed = _interpreted(kernels.seed)
seed_three = _interpreted(kernels.seed_three)


def weigh(edges: Edges, edge_arc: Int32, up: Int64, down: Int64) -> None:
    """Lower the weights of arcs to those of the edges they lie over."""
    tail, head, length, oneway, closed = edges
    climbs, usable = tail < head, ~closed & (edge_arc >= 0)
    for weights, forward in ((up, climbs), (down, ~climbs)):
        may = usable & np.where(forward, oneway >= 0, oneway <= 0)
        np.minimum.at(weights, edge_arc[may], length[may])


def customise(start: Int32, high: Int32, up: Int64, down: Int64) -> None:
    """Give every arc the shortest walk over lower nodes."""
    for x in range(len(start) - 1):
        first, last = start[x], start[x + 1]
        for i in range(first, last - 1):
            rest = slice(i + 1, last)
            a = high[i]
            arcs = start[a] + np.searchsorted(high[start[a] : start[a + 1]], high[rest])
            up[arcs] = np.minimum(up[arcs], down[i] + up[rest])
            down[arcs] = np.minimum(down[arcs], down[rest] + up[i])


def anchor(points: Points, edges: Edges, rows: Int32, leaving: bool) -> Ends:
    """Return the walks between the points of some rows and the ends of their edges."""
    edge, offset_m, leg_m = points[0][rows], points[1][rows], points[2][rows]
    tails, heads, length, oneway, closed = edges
    n = len(edge)
    on, tail, head = np.full(n, -1, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int32)
    tail_cost, head_cost = np.full(n, UNREACHED), np.full(n, UNREACHED)
    offset, leg = np.zeros(n, np.int64), np.full(n, UNREACHED)
    known = np.flatnonzero(edge >= 0)
    known = known[~closed[edge[known]]]
    at = edge[known]
    on[known], tail[known], head[known] = at, tails[at], heads[at]
    offset[known] = np.minimum(to_labels(offset_m[known]), length[at])
    leg[known] = to_labels(leg_m[known])
    against = -oneway[at] if leaving else oneway[at]
    by_tail = known[(against >= 0) | (offset[known] == 0)]
    by_head = known[(against <= 0) | (offset[known] == length[at])]
    tail_cost[by_tail] = leg[by_tail] + offset[by_tail]
    head_cost[by_head] = leg[by_head] + length[edge[by_head]] - offset[by_head]
    return on, tail, head, tail_cost, head_cost, offset, leg


def _spread(labels: Int64, arcs: Arcs, k: int) -> None:
    start, high, up, down = arcs
    table = labels.reshape(len(labels), k, -1)
    ranks = range(len(labels))
    for x in ranks:
        own = slice(start[x], start[x + 1])
        above = high[own]
        offered = table[x] + down[own, None, None]
        table[above] = _smallest(np.concatenate((table[above], offered), axis=1), k)
    for x in reversed(ranks):
        own = slice(start[x], start[x + 1])
        offered = (table[high[own]] + up[own, None, None]).reshape(1, -1, table.shape[2])
        table[x] = _smallest(np.concatenate((table[x][None], offered), axis=1), k)[0]


def _smallest(labels: Int64, k: int) -> Int64:
    """Return the k smallest labels of distinct places along axis 1, nearest first."""
    best: Int64 = np.minimum(labels.min(axis=1), UNREACHED)
    if k == 1:
        return best[:, None]
    chosen = [best]
    for _ in range(k - 1):
        same_place = ((labels ^ best[:, None]) & PLACE_MASK) == 0
        labels = np.where(same_place, UNREACHED, labels)
        best = np.minimum(labels.min(axis=1), UNREACHED)
        chosen.append(best)
    return np.stack(chosen, axis=1)


def sweep(labels: Int64, arcs: Arcs) -> None:
    """Spread labels (nodes, width) to all nodes."""
    _spread(labels, arcs, 1)


def sweep_three(labels: Int64, arcs: Arcs) -> None:
    """Spread the three nearest labels (nodes, 3 * width) to all nodes."""
    _spread(labels, arcs, 3)


def read(
    labels: Int64, origins: tuple[Points, Edges, Int32], places: OnEdges, metres: Float64, place: Int32
) -> None:
    """Write the nearest places of each kind for some rows of the origins."""
    blocks, nodes, columns = labels.shape
    k = 1 if metres.shape[1] == 1 else 3
    side_by_side = labels.reshape(blocks, nodes, k, columns // k).transpose(1, 2, 0, 3)
    table = side_by_side.reshape(nodes, k, -1)[:, :, : metres.shape[2]]
    best = walks(table, anchor(*origins, True), places, origins[1][3])[:, : metres.shape[1]]
    rows = origins[2]
    metres[rows], place[rows] = to_metres(best), to_places(best)


read_three = read


def walks(table: Int64, origins: Ends, places: OnEdges, oneway: Int8) -> Int64:
    """Return the smallest labels (origins, k, lanes) of all origins, from labels (nodes, k, lanes)."""
    edge, tail, head, tail_cost, head_cost, offset, leg = origins
    on_edge, lane_of, place_offset, place_label = places
    k = table.shape[1]
    by_tail = table[tail] + tail_cost[:, None, None]
    by_head = table[head] + head_cost[:, None, None]
    best = _smallest(np.concatenate((by_tail, by_head), axis=1), k)

    # Pairs of an origin and a place on one edge.
    here = np.flatnonzero(edge >= 0)
    count = on_edge[edge[here] + 1] - on_edge[edge[here]]
    i = np.repeat(here, count)
    p = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + on_edge[edge[i]]
    lane, way = lane_of[p], place_offset[p] - offset[i]
    pairs = np.sign(way) * oneway[edge[i]] >= 0
    direct = leg[i] + np.abs(way) + place_label[p]
    if k == 1:
        np.minimum.at(best[:, 0], (i[pairs], lane[pairs]), direct[pairs])
        return best
    for origin, column, label in zip(i[pairs], lane[pairs], direct[pairs], strict=True):
        offered = np.append(best[origin, :, column], label)
        best[origin, :, column] = _smallest(offered[None, :, None], k)[0, :, 0]
    return best


def order_by(keys: Int32, n: int) -> tuple[Int32, Int32]:
    """Return the rows in the order of their keys, 0 to n - 1, and where those of each key begin."""
    order = np.argsort(keys, kind="stable").astype(np.int32)
    return order, np.searchsorted(keys[order], np.arange(n + 1)).astype(np.int32)


def reach(
    first: int,
    goals: tuple[Ends, OnEdges, Int8],
    homes: Homes,
    tree: tuple[Arcs, Int32],
    limit: int,
    work: Work,
) -> Found:
    """Return who is within the limit of the places from ``first`` on, one per lane, and how many of each."""
    ends, (_, lane_of, place_offset, place_label), oneway = goals
    labels = work[0]
    lanes = min(labels.shape[1], len(ends[0]) - first)
    labels.fill(UNREACHED)
    chosen = slice(first, first + lanes)
    for node, cost in ((ends[1], ends[3]), (ends[2], ends[4])):
        np.minimum.at(
            labels, (node[chosen], np.arange(lanes)), cost[chosen] + np.arange(first, first + lanes)
        )
    sweep(labels, tree[0])

    # The same origins in the same order as the compiled search finds them in.
    origins, row, first_home = homes
    ranks = np.arange(len(labels))[::-1]
    at = np.concatenate([np.arange(first_home[x], first_home[x + 1]) for x in ranks])
    here = np.flatnonzero((lane_of >= first) & (lane_of < first + lanes))
    on_edge = np.searchsorted(ends[0][lane_of[here]], np.arange(len(oneway) + 1)).astype(np.int32)
    near = (on_edge, lane_of[here] - first, place_offset[here], place_label[here])
    ordered = tuple(column[at] for column in origins)
    walk = walks(labels[:, None, :lanes], cast(Ends, ordered), near, oneway)[:, 0].T
    lane, who = np.nonzero(walk <= limit)
    return row[at[who]], walk[lane, who], np.bincount(lane, minlength=lanes).astype(np.int32)


def group(found: Found, start: Int32, origin: Int32, metres: Float64) -> None:
    """Write pairs, place by place, where those of their place begin."""
    who, walk, _ = found
    place = walk & PLACE_MASK
    at = start[place] + np.arange(len(place)) - np.searchsorted(place, place)
    origin[at], metres[at] = who, to_metres(walk)


def tally(found: Found, kind_of: Int32, counts: Int32) -> None:
    """Add one for each pair of an origin and the kind of its place."""
    who, walk, _ = found
    np.add.at(counts, (who, kind_of[walk & PLACE_MASK]), 1)
