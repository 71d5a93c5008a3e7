"""Compiled search for the nearest segment of a street, in a uniform grid."""

from __future__ import annotations

import numpy as np

from kudequa_geo.access.kernels import compiled
from kudequa_geo.access.labels import Bool, Float64, Int32, Int64

#: Corner (x, y), width of a cell and number of columns and rows.
Frame = tuple[float, float, float, int, int]


@compiled
def columns_of(ax: float, ay: float, bx: float, by: float, row: int, frame: Frame) -> tuple[int, int]:
    """Return the first and last column of a row that the segment a to b passes."""
    left, bottom, cell, n_columns, _ = frame
    low, high = 0.0, 1.0
    floor, ceiling = bottom + row * cell, bottom + (row + 1) * cell
    if min(ay, by) < floor or max(ay, by) > ceiling:
        s, t = (floor - ay) / (by - ay), (ceiling - ay) / (by - ay)
        low, high = max(low, min(s, t)), min(high, max(s, t))
    p, q = ax + low * (bx - ax), ax + high * (bx - ax)
    # Half a millimetre of room: a segment along the border of two cells is found from both.
    first, last = (min(p, q) - left - 5e-4) / cell, (max(p, q) - left + 5e-4) / cell
    return max(int(first), 0), min(int(last), n_columns - 1)


@compiled
def fill_cells(points: Float64, segment: Int64, frame: Frame) -> tuple[Int32, Int32, Float64]:
    """List the segments by cell: first entry of each cell, the entries, and their ends (x, y, x, y)."""
    _, bottom, cell, n_columns, n_rows = frame
    start = np.zeros(n_columns * n_rows + 2, np.int32)
    entries, ends = np.empty(0, np.int32), np.empty((0, 4))
    for counting in (True, False):
        for i in range(segment.size):
            ax, ay = points[segment[i]]
            bx, by = points[segment[i] + 1]
            lowest = max(int((min(ay, by) - bottom - 5e-4) / cell), 0)
            highest = min(int((max(ay, by) - bottom + 5e-4) / cell), n_rows - 1)
            for row in range(lowest, highest + 1):
                first, last = columns_of(ax, ay, bx, by, row, frame)
                for at in range(row * n_columns + first, row * n_columns + last + 1):
                    if counting:
                        start[at + 2] += 1
                    else:
                        entry = start[at + 1]
                        entries[entry] = i
                        ends[entry, 0], ends[entry, 1], ends[entry, 2], ends[entry, 3] = ax, ay, bx, by
                        start[at + 1] += 1
        if counting:
            for at in range(n_columns * n_rows):
                start[at + 2] += start[at + 1]
            entries, ends = np.empty(start[-1], np.int32), np.empty((start[-1], 4))
    return start[:-1], entries, ends


@compiled
def nearest_segment(
    x: Float64,
    y: Float64,
    edge_of: Int32,
    cells: tuple[Int32, Int32, Float64, Frame],
    allowed: Bool,
    limit: float,
) -> tuple[Int64, Float64, Float64]:
    """Return for each point its nearest segment (-1 = none within the limit), share along it and distance."""
    start, entries, ends, (left, bottom, cell, n_columns, n_rows) = cells
    found, share, distance = np.full(x.size, -1, np.int64), np.full(x.size, np.nan), np.full(x.size, np.nan)
    for i in range(x.size):
        if not (np.isfinite(x[i]) and np.isfinite(y[i])):
            continue
        column, row = int(np.floor((x[i] - left) / cell)), int(np.floor((y[i] - bottom) / cell))
        best, best_edge = limit * limit, np.int32(2**31 - 1)
        ring = max(-column, column - n_columns + 1, -row, row - n_rows + 1, 0)
        last = ring + n_columns + n_rows
        # Whatever lies in a ring is at least one cell less than its number away.
        while ring <= last and (ring < 2 or ((ring - 1) * cell) ** 2 <= best):
            for r in range(max(row - ring, 0), min(row + ring, n_rows - 1) + 1):
                up = beyond(y[i], bottom + r * cell, cell)
                for c in range(column - ring, column + ring + 1, 1 if abs(r - row) == ring else 2 * ring):
                    if not 0 <= c < n_columns or up + beyond(x[i], left + c * cell, cell) > best:
                        continue
                    for k in range(start[r * n_columns + c], start[r * n_columns + c + 1]):
                        t, square = foot(x[i], y[i], ends, k)
                        e = edge_of[entries[k]]
                        if (square < best or (square == best and e < best_edge)) and allowed[e]:
                            best, best_edge = square, e
                            found[i], share[i], distance[i] = entries[k], t, np.sqrt(square)
            ring += 1
    return found, share, distance


@compiled
def beyond(x: float, left: float, cell: float) -> float:
    """Return the square of how far a coordinate lies outside of a cell."""
    out = max(left - x, x - left - cell, 0.0)
    return out * out


@compiled
def foot(x: float, y: float, ends: Float64, k: int) -> tuple[float, float]:
    """Return where on a segment a point comes nearest (0 to 1), and the square of its distance."""
    ax, ay, bx, by = ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3]
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = ((x - ax) * dx + (y - ay) * dy) / square if square > 0 else 0.0
    # The very ends are taken as they are, so that edges that meet there are equally near.
    if t <= 0:
        t, px, py = 0.0, ax, ay
    elif t >= 1:
        t, px, py = 1.0, bx, by
    else:
        px, py = ax + t * dx, ay + t * dy
    return t, (x - px) * (x - px) + (y - py) * (y - py)
