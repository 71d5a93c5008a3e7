"""Straight pieces between neighbouring points of ways, before they are joined to edges."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

#: Bits of ``Segments.flags``; the first three stop people, the others describe.
STEPS, KERB, WHEELCHAIR_NO, BRIDGE, TUNNEL = 1, 2, 4, 8, 16
_BARRIERS = STEPS | KERB | WHEELCHAIR_NO
FLAG_BITS: dict[str, int] = {
    "steps": STEPS,
    "kerb": KERB,
    "wheelchair_no": WHEELCHAIR_NO,
    "bridge": BRIDGE,
    "tunnel": TUNNEL,
}


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight pieces of ways, all arrays in one order.

    Attributes
    ----------
    tail, head
        Point numbers, in the direction of the way.
    way
        Row of the way.
    position
        Number along all ways; neighbours in a way have neighbouring numbers.
    flags
        Bits of :data:`FLAG_BITS`.
    oneway
        1 = only tail to head, -1 = only head to tail, 0 = both.
    """

    tail: IntArray
    head: IntArray
    way: IntArray
    position: IntArray
    flags: NDArray[np.uint8]
    oneway: NDArray[np.int8]

    def __len__(self) -> int:
        """Return the number of segments."""
        return len(self.tail)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Segments:
        """Return the chosen segments."""
        return Segments(
            self.tail[rows],
            self.head[rows],
            self.way[rows],
            self.position[rows],
            self.flags[rows],
            self.oneway[rows],
        )

    def followed_by(self, more: Segments) -> Segments:
        """Return these segments and more of them."""
        return Segments(
            np.concatenate([self.tail, more.tail]),
            np.concatenate([self.head, more.head]),
            np.concatenate([self.way, more.way]),
            np.concatenate([self.position, more.position]),
            np.concatenate([self.flags, more.flags]),
            np.concatenate([self.oneway, more.oneway]),
        )


@dataclass(frozen=True, slots=True)
class Points:
    """The points of ways in the metric CRS; copies of one OSM node share its id."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    osm_id: IntArray

    def copies_of(self, points: IntArray) -> Points:
        """Return all points and after them a copy of each of those named."""
        return Points(
            np.concatenate([self.x, self.x[points]]),
            np.concatenate([self.y, self.y[points]]),
            np.concatenate([self.osm_id, self.osm_id[points]]),
        )


def way_segments(node_lists: pd.Series, points: Points) -> tuple[Segments, int]:
    """Cut ways into straight segments.

    Where a way names a point that is not there (cut off with the extract), the gap stays open.

    Parameters
    ----------
    node_lists
        One int64 array of OSM node ids per way.
    points
        Sorted by ``osm_id``, ids unique.

    Returns
    -------
    tuple
        Segments without flags, with rows of ``node_lists`` as ways; and how many named points are missing.
    """
    lists = node_lists.to_list()
    sizes = np.array([len(nodes) for nodes in lists], dtype=np.int64)
    ids = np.concatenate([np.zeros(0, dtype=np.int64), *lists]).astype(np.int64, copy=False)
    way = np.repeat(np.arange(len(lists)), sizes)
    number = np.searchsorted(points.osm_id, ids)
    known = number < len(points.osm_id)
    known[known] = points.osm_id[number[known]] == ids[known]
    number[~known] = -1
    position = np.flatnonzero((way[:-1] == way[1:]) & known[:-1] & known[1:] & (number[:-1] != number[1:]))
    segments = Segments(
        number[position],
        number[position + 1],
        way[position],
        position,
        np.zeros(len(position), dtype=np.uint8),
        np.zeros(len(position), dtype=np.int8),
    )
    return segments, int((~known).sum())


def segment_lengths(segments: Segments, points: Points) -> NDArray[np.float64]:
    """Return the length of each segment in metres of the points' CRS."""
    return np.hypot(
        points.x[segments.head] - points.x[segments.tail], points.y[segments.head] - points.y[segments.tail]
    )


def with_way_attributes(segments: Segments, ways: pd.DataFrame) -> Segments:
    """Return the segments with the flags and direction of their ways.

    Parameters
    ----------
    segments
        As cut from the ways.
    ways
        In row order of the ways: bool columns of :data:`FLAG_BITS` and int8 ``oneway``.
    """
    bits = np.zeros(len(ways), dtype=np.uint8)
    for name, bit in FLAG_BITS.items():
        bits |= np.where(ways[name].to_numpy(dtype=bool), bit, 0).astype(np.uint8)
    oneway = ways["oneway"].to_numpy(dtype=np.int8)
    return replace(segments, flags=bits[segments.way], oneway=oneway[segments.way])


def without_duplicates(segments: Segments) -> Segments:
    """Return the segments with one left of several between the same two points.

    Ways drawn twice over the same points are one way on the ground. Where one of them can be
    passed by everybody, it is the one that stays; where each stops somebody, one of each kind stays.
    """
    low, high = np.minimum(segments.tail, segments.head), np.maximum(segments.tail, segments.head)
    barriers = segments.flags & _BARRIERS
    towards_high = segments.oneway * np.where(segments.tail < segments.head, 1, -1)
    burden = np.bitwise_count(barriers) + (segments.oneway != 0)
    order = np.lexsort((segments.position, towards_high, barriers, burden, high, low))
    same_pair = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    if not same_pair.any():
        return segments
    first = np.concatenate([[True], ~same_pair])
    group = np.cumsum(first) - 1
    free = (burden[order] == 0)[first][group]
    changed = np.concatenate([[True], np.diff(barriers[order].astype(int)) != 0])
    changed |= np.concatenate([[True], np.diff(towards_high[order]) != 0])
    return segments.take(np.sort(order[first | (~free & changed)]))


def close_points(segments: Segments, points: Points, closed: NDArray[np.bool_]) -> tuple[Segments, Points]:
    """Cut the network at closed points: every arm ends there in a dead end of its own.

    Parameters
    ----------
    segments, points
        The network.
    closed
        One value per point.
    """
    arms, rank, _ = _arms(segments, closed)
    moved = arms[rank > 0]
    ends = np.concatenate([segments.tail, segments.head])
    copied = ends[moved]
    ends[moved] = len(points.x) + np.arange(len(moved))
    n = len(segments)
    return replace(segments, tail=ends[:n], head=ends[n:]), points.copies_of(copied)


def flag_points(segments: Segments, points: Points, flags: NDArray[np.uint8]) -> tuple[Segments, Points]:
    """Make passing a flagged point a segment of its own, of no length.

    A point between two segments becomes two points with the flagged segment between them; where
    more meet, a centre with one flagged segment to each arm. Standing before the point is free,
    passing it is not. Nothing may be snapped to a segment of no length.

    Parameters
    ----------
    segments, points
        The network.
    flags
        One value per point, bits of :data:`FLAG_BITS`; 0 = nothing there.
    """
    arms, rank, degree = _arms(segments, flags > 0)
    moved = (degree > 2) | ((degree == 2) & (rank == 1))
    arms = arms[moved]
    ends = np.concatenate([segments.tail, segments.head])
    centre = ends[arms]
    copies = len(points.x) + np.arange(len(arms))
    ends[arms] = copies
    n = len(segments)
    owner = arms % n if n else arms
    passage = Segments(
        centre,
        copies,
        segments.way[owner],
        # Far from all other positions, so that they neighbour nothing.
        np.full(len(arms), -2, dtype=np.int64) - 2 * np.arange(len(arms)),
        (segments.flags[owner] | flags[centre]).astype(np.uint8),
        np.zeros(len(arms), dtype=np.int8),
    )
    moved_segments = replace(segments, tail=ends[:n], head=ends[n:])
    return moved_segments.followed_by(passage), points.copies_of(centre)


def _arms(segments: Segments, chosen: NDArray[np.bool_]) -> tuple[IntArray, IntArray, IntArray]:
    """Return the segment ends at chosen points, each one's rank there, and how many meet there.

    Ends are numbered: tails first, then heads.
    """
    ends = np.concatenate([segments.tail, segments.head])
    arms = np.flatnonzero(chosen[ends])
    arms = arms[np.argsort(ends[arms], kind="stable")]
    point = ends[arms]
    _, start, inverse, count = np.unique(point, return_index=True, return_inverse=True, return_counts=True)
    return arms, np.arange(len(arms)) - start[inverse], count[inverse]
