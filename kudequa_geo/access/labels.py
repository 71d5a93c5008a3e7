"""How distances are counted: whole micrometres, beside the place they lead to.

A label is one 64-bit integer: the walk in micrometres in the upper 40 bits, the row of
the place in the lower 23. The smaller label is the nearer place; of two equally
near places it is the one in the earlier row. Sums of integers do not depend on their
order, so every way of computing a label gives the same one, bit for bit. Rounding
an edge to a micrometre moves a walk over 1,000 edges by 0.5 mm at most.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Bool = NDArray[np.bool_]
Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

#: Points on edges: row of the edge (-1 = none), metres from its tail, metres of the leg.
Points = tuple[Int32, Float64, Float64]
#: Edges for one person: ranks of tail and head, length (label), direction, whether it is closed.
Edges = tuple[Int32, Int32, Int64, Int8, Bool]
#: Points by the ends of their edges: edge (-1 = none), ranks of its tail and head, labels of the walks
#: between the point and each of them, of its offset from the tail and of its leg.
Ends = tuple[Int32, Int32, Int32, Int64, Int64, Int64, Int64]
#: Places by edge: first place of each edge; for each place its lane, its offset and the label of its leg.
OnEdges = tuple[Int32, Int32, Int64, Int64]
#: What a person's walks are made of: first arc of each rank, upper ends of the arcs, weights up and down.
Arcs = tuple[Int32, Int32, Int64, Int64]
#: Origins in the order of the lower ends of their edges, their rows, and the first of them at each rank.
Homes = tuple[Ends, Int32, Int32]
#: Memory of a search: labels (ranks, lanes), the smallest of each rank, seeded or not, visited, all left
#: clean; then rows of origins and labels found (lanes * origins).
Work = tuple[Int64, Int64, Bool, Int32, Int32, Int64]
#: Rows of origins and the labels of their walks, one per pair found, and how many there are of each place.
Found = tuple[Int32, Int64, Int32]

PLACE_BITS = 23
#: Micrometres of a walk are counted in units of one place row below them.
MICROMETRE = 1 << PLACE_BITS
PLACE_MASK = MICROMETRE - 1
MAX_PLACES = MICROMETRE
#: Kinds (or places) that are computed side by side.
LANES = 16
#: Nothing here: above every real label (274 km), and two of them still fit into 64 bits.
UNREACHED = 1 << 61
MAX_METRES = UNREACHED / MICROMETRE / 1e6


def plain(values: ArrayLike, kind: type[np.generic]) -> NDArray[Any]:
    """Return values as an array that kernels know: contiguous, writable, of exactly this type.

    Each other layout (a column of a table is read-only) would be compiled for anew.
    """
    return np.require(values, dtype=kind, requirements=["C", "W"])


def to_labels(metres: Float64) -> Int64:
    """Return metres as labels that lead to place 0; NaN and what is too far become ``UNREACHED``."""
    far = ~(metres < MAX_METRES)
    micrometres = np.rint(np.where(far, 0.0, metres) * 1e6).astype(np.int64)
    return np.where(far, UNREACHED, micrometres << PLACE_BITS)


def to_metres(labels: Int64) -> Float64:
    """Return the metres of labels; NaN where unreached."""
    return np.where(labels < UNREACHED, (labels >> PLACE_BITS) / 1e6, np.nan)


def to_places(labels: Int64) -> NDArray[np.int32]:
    """Return the place rows of labels; -1 where unreached."""
    return np.where(labels < UNREACHED, labels & PLACE_MASK, -1).astype(np.int32)
