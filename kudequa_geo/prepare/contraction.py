"""Joining segments to edges: points where nothing branches and nothing changes disappear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kudequa_geo.prepare.segments import IntArray, Segments


@dataclass(frozen=True, slots=True)
class Chains:
    """Segments in the order in which they make up edges.

    Attributes
    ----------
    segment
        Segment numbers, edge after edge, from the first end of each edge to the other.
    reverse
        True where the edge runs against the segment.
    start
        Where each edge begins in ``segment``; one more entry than edges.
    """

    segment: IntArray
    reverse: NDArray[np.bool_]
    start: IntArray


def contract(segments: Segments, n_points: int, sameness: NDArray[np.int64]) -> Chains:
    """Join segments at points where exactly two meet and both are the same.

    The course of a one-way edge stays passable: two segments join only if one-way directions agree.
    A ring that nothing touches becomes one edge that ends where it begins.

    Parameters
    ----------
    segments
        All segments; the order decides the direction of edges and must itself be deterministic.
    n_points
        How many points there are.
    sameness
        One number per segment; different numbers are never joined.
    """
    inner = _inner_points(segments, n_points, sameness)
    runs = _runs(segments, inner)
    partner = _partners(segments, runs, inner)
    partner = _cut_rings(partner)
    return _ordered(runs, partner)


def single(segments: Segments) -> Chains:
    """Return every segment as an edge of its own."""
    n = len(segments)
    return Chains(np.arange(n), np.zeros(n, dtype=bool), np.arange(n + 1))


def _inner_points(segments: Segments, n_points: int, sameness: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which points disappear."""
    ends = np.concatenate([segments.tail, segments.head])
    two = np.bincount(ends, minlength=n_points) == 2
    n = len(segments)
    same = np.concatenate([sameness, sameness])
    first = np.full(n_points, -1, dtype=np.int64)
    last = np.full(n_points, -1, dtype=np.int64)
    numbers = np.arange(2 * n)
    last[ends] = numbers
    first[ends[::-1]] = numbers[::-1]
    # Seen from the point, one-way must lead in at one end and out at the other.
    outward = np.concatenate([segments.oneway, -segments.oneway])
    inner: NDArray[np.bool_] = two.copy()
    points = np.flatnonzero(two)
    inner[points] = (same[first[points]] == same[last[points]]) & (
        outward[first[points]] == -outward[last[points]]
    )
    return inner


@dataclass(frozen=True, slots=True)
class _Runs:
    """Stretches of one way between points that stay; most of the joining is done here."""

    first: IntArray  # first segment of each run
    last: IntArray  # last segment of each run


def _runs(segments: Segments, inner: NDArray[np.bool_]) -> _Runs:
    if not len(segments):
        return _Runs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    goes_on = (
        (segments.way[1:] == segments.way[:-1])
        & (segments.position[1:] == segments.position[:-1] + 1)
        & (segments.tail[1:] == segments.head[:-1])
        & inner[segments.tail[1:]]
    )
    first = np.flatnonzero(np.concatenate([[True], ~goes_on]))
    return _Runs(first, np.concatenate([first[1:], [len(segments)]]) - 1)


def _partners(segments: Segments, runs: _Runs, inner: NDArray[np.bool_]) -> IntArray:
    """Return for every run's start (2r) and end (2r + 1) the run end it joins, or -1."""
    ends = np.stack([segments.tail[runs.first], segments.head[runs.last]], axis=1).ravel()
    partner = np.full(len(ends), -1, dtype=np.int64)
    joined = np.flatnonzero(inner[ends])
    joined = joined[np.argsort(ends[joined], kind="stable")]
    # Every inner point that is not inside a run is the end of exactly two runs (or of one run twice).
    partner[joined[0::2]] = joined[1::2]
    partner[joined[1::2]] = joined[0::2]
    return partner


def _cut_rings(partner: IntArray) -> IntArray:
    """Open every ring of runs at the start of its first run."""
    n_runs = len(partner) // 2
    labels = _chain_labels(partner)
    open_ends = np.bincount(labels[np.flatnonzero(partner < 0) // 2], minlength=n_runs)
    _, first_run = np.unique(labels, return_index=True)
    rings = first_run[open_ends[labels[first_run]] == 0]
    cut = partner.copy()
    cut[partner[2 * rings]] = -1
    cut[2 * rings] = -1
    return cut


def _chain_labels(partner: IntArray) -> IntArray:
    n_runs = len(partner) // 2
    ends = np.flatnonzero(partner >= 0)
    links = coo_array(
        (np.ones(len(ends), dtype=np.int8), (ends // 2, partner[ends] // 2)), shape=(n_runs, n_runs)
    )
    labels: IntArray = connected_components(links, directed=False)[1].astype(np.int64)
    return labels


def _ordered(runs: _Runs, partner: IntArray) -> Chains:
    """Walk all chains at once by doubling steps and list their segments in order."""
    n_darts = len(partner)
    # Dart 2r walks run r forwards and leaves it by end 2r + 1; dart 2r + 1 backwards, leaving by 2r.
    leaves_by = np.arange(n_darts) ^ 1
    enters = partner[leaves_by]
    # Entering run s by its start (2s) is dart 2s, by its end dart 2s + 1: the number of the end itself.
    jump = np.where(enters < 0, np.arange(n_darts), enters)
    to_go = (enters >= 0).astype(np.int64)
    while True:
        further = to_go[jump]
        if not further.any():
            break
        to_go += further
        jump = jump[jump]
    # Of the two directions of a chain, the one that walks its first run forwards.
    labels = _chain_labels(partner)
    _, first_run = np.unique(labels, return_index=True)
    goal = jump[2 * first_run]
    darts = np.flatnonzero(jump == goal[labels[np.arange(n_darts) // 2]])
    darts = darts[np.lexsort((-to_go[darts], first_run[labels[darts // 2]]))]
    return _listed(runs, darts, first_run[labels[darts // 2]])


def _listed(runs: _Runs, darts: IntArray, chain: IntArray) -> Chains:
    run, backwards = darts // 2, darts % 2 == 1
    sizes = runs.last[run] - runs.first[run] + 1
    begin = np.cumsum(sizes) - sizes
    total = int(sizes.sum())
    within = np.arange(total) - np.repeat(begin, sizes)
    reverse = np.repeat(backwards, sizes)
    segment = np.where(
        reverse, np.repeat(runs.last[run], sizes) - within, np.repeat(runs.first[run], sizes) + within
    )
    new_chain = np.concatenate([np.ones(min(1, len(chain)), dtype=bool), chain[1:] != chain[:-1]])
    return Chains(segment, reverse, np.append(begin[new_chain], total))
