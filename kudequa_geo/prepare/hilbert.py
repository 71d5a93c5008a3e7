"""Numbering points along a space-filling curve, so that neighbours in space are neighbours in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BITS = 16


def hilbert_distance(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how far along a Hilbert curve over their extent each point lies.

    Parameters
    ----------
    x, y
        Coordinates in metres, shape (n,).

    Returns
    -------
    numpy.ndarray
        int64, shape (n,), 0 to 4**16 - 1; equal for points of one cell.

    Source: Hamilton, Compact Hilbert Indices (2006); the usual bit-by-bit rotation.
    """
    if not len(x):
        return np.zeros(0, dtype=np.int64)
    side = max(float(np.ptp(x)), float(np.ptp(y))) or 1.0
    cells = (1 << _BITS) - 1
    column = ((x - x.min()) / side * cells).astype(np.int64)
    row = ((y - y.min()) / side * cells).astype(np.int64)
    distance = np.zeros(len(x), dtype=np.int64)
    for bit in range(_BITS - 1, -1, -1):
        right = (column >> bit) & 1
        upper = (row >> bit) & 1
        distance += ((3 * right) ^ upper) << (2 * bit)
        # Lower quadrants are turned so that the curve goes on without a jump.
        flip = (upper == 0) & (right == 1)
        turned_column = np.where(flip, cells - column, column)
        turned_row = np.where(flip, cells - row, row)
        lower = upper == 0
        column = np.where(lower, turned_row, column)
        row = np.where(lower, turned_column, row)
    return distance
