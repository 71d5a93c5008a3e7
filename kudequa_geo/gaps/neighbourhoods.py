"""Which buildings are neighbours along the streets: groups without a gap longer than a short walk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.weighted import Floats, Ints

#: scipy's graphs know no edge of length zero; a micrometre stands for it.
_SHORTEST_M = 1e-6
_ROUNDING_M = 1e-3


@dataclass(frozen=True)
class Streets:
    """Edges of the walking network, whoever may walk them.

    Attributes
    ----------
    u, v
        First and last node of each edge, integers from 0.
    length_m
        Length in metres.
    """

    u: NDArray[np.integer]
    v: NDArray[np.integer]
    length_m: Floats


@dataclass(frozen=True)
class _Pieces:
    """Streets cut at the buildings: vertices are nodes, then buildings."""

    a: Ints
    b: Ints
    length: Floats
    vertices: int
    nodes: int


def neighbourhoods(streets: Streets, edge: Ints, offset_m: Floats, join_m: float) -> Ints:
    """Return which buildings belong together: chains of walks of at most ``join_m`` each.

    Two buildings are in one group if one can go from the one to the other along the streets and
    pass another building of the list at least every ``join_m`` metres (single linkage on network
    distance, exact). The way from door to street is not counted, nor are one-way rules or barriers:
    neighbours are neighbours for everybody.

    Parameters
    ----------
    streets
        All edges of the network.
    edge, offset_m
        Where each building joins it: row of the edge (-1 = not connected), metres from its first node.
    join_m
        Longest walk between neighbours, in metres.

    Returns
    -------
    numpy.ndarray
        Group of each building, numbered from 0 in no particular order; -1 = not connected.

    Raises
    ------
    AnalysisError
        If ``join_m`` is negative or not finite.

    Notes
    -----
    The shortest walk between two groups crosses the border between the cells of two nearest
    buildings, so those borders are all that has to be looked at: Mehlhorn (1988), "A faster
    approximation algorithm for the Steiner problem in graphs", Information Processing Letters 27.
    """
    if not 0 <= join_m < np.inf:
        raise AnalysisError(
            msg("Der Abstand zwischen Nachbarn ist {join} m."),
            remedy=msg("Bitte eine Weite ab 0 m angeben."),
            join=join_m,
        )
    group = np.full(len(edge), -1, dtype=np.int64)
    rows = np.flatnonzero(edge >= 0)
    if not len(rows):
        return group
    pieces = _cut(streets, np.asarray(edge)[rows], np.asarray(offset_m)[rows], join_m + _ROUNDING_M)
    distance, _, source = dijkstra(
        _graph(pieces),
        indices=np.arange(pieces.nodes, pieces.vertices),
        min_only=True,
        return_predecessors=True,
        limit=join_m + _ROUNDING_M,
    )
    through = distance[pieces.a] + pieces.length + distance[pieces.b]
    near = np.isfinite(through) & (through <= join_m + _ROUNDING_M)
    one = source[pieces.a[near]] - pieces.nodes
    other = source[pieces.b[near]] - pieces.nodes
    links = coo_array((np.ones(len(one), dtype=bool), (one, other)), shape=(len(rows), len(rows)))
    group[rows] = connected_components(links, directed=False)[1]
    return group


def _cut(streets: Streets, edge: Ints, offset_m: Floats, longest: float) -> _Pieces:
    """Return the pieces between nodes and buildings that are short enough to join neighbours."""
    nodes = int(max(streets.u.max(initial=-1), streets.v.max(initial=-1))) + 1
    order = np.lexsort((offset_m, edge))
    edge, offset = edge[order], offset_m[order]
    point = nodes + order
    first = np.ones(len(edge), dtype=bool)
    first[1:] = edge[1:] != edge[:-1]
    last = np.roll(first, -1)
    empty = np.ones(len(streets.u), dtype=bool)
    empty[edge] = False
    inner = ~first[1:]
    a = [streets.u[empty], streets.u[edge[first]], point[:-1][inner], point[last]]
    b = [streets.v[empty], point[first], point[1:][inner], streets.v[edge[last]]]
    length = [
        streets.length_m[empty],
        offset[first],
        np.diff(offset)[inner],
        streets.length_m[edge[last]] - offset[last],
    ]
    lengths = np.maximum(np.concatenate(length), _SHORTEST_M)
    short = lengths <= longest
    return _Pieces(
        np.concatenate(a).astype(np.int64)[short],
        np.concatenate(b).astype(np.int64)[short],
        lengths[short],
        nodes + len(edge),
        nodes,
    )


def _graph(pieces: _Pieces) -> csr_array:
    low, high = np.minimum(pieces.a, pieces.b), np.maximum(pieces.a, pieces.b)
    order = np.lexsort((pieces.length, high, low))
    low, high, length = low[order], high[order], pieces.length[order]
    # scipy would add up parallel edges; the shortest one counts.
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    low, high, length = low[first], high[first], length[first]
    shape = (pieces.vertices, pieces.vertices)
    ends = (np.concatenate((low, high)), np.concatenate((high, low)))
    return coo_array((np.concatenate((length, length)), ends), shape=shape).tocsr()
