"""Walking across squares: straight lines between the points where ways reach a pedestrian area."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.prepare.segments import IntArray, Points, Segments

#: Areas with more entries keep this many, evenly spread along the outline: lines grow with the square.
MAX_ENTRIES = 24


def crossings(segments: Segments, points: Points, areas: NDArray[np.bool_]) -> Segments:
    """Return straight lines across areas, between points where other ways reach the outline.

    The outline of an area is walked anyway. Lines that would leave the area are left out;
    those along the outline too.

    Parameters
    ----------
    segments, points
        The network, segments in the order of their ways.
    areas
        One value per way: True where it is drawn as an area to walk on.

    Returns
    -------
    Segments
        The lines, with the area as their way and without flags.
    """
    pairs: list[IntArray] = []
    owners: list[int] = []
    polygons: list[shapely.Polygon] = []
    reach = pd.DataFrame(
        {"point": np.concatenate([segments.tail, segments.head]), "way": np.tile(segments.way, 2)}
    )
    ways_at = reach.drop_duplicates().groupby("point").size()
    shared = np.zeros(len(points.x), dtype=bool)
    shared[ways_at.index.to_numpy()[ways_at.to_numpy() > 1]] = True
    bounds = np.searchsorted(segments.way, np.arange(len(areas) + 1))
    for way in np.flatnonzero(areas):
        ring = segments.tail[bounds[way] : bounds[way + 1]]
        closed = len(ring) >= 3 and segments.head[bounds[way + 1] - 1] == ring[0]
        entries = _spread(np.flatnonzero(shared[ring])) if closed else np.zeros(0, dtype=np.int64)
        if len(entries) < 2:
            continue
        low, high = np.triu_indices(len(entries), k=1)
        steps = entries[high] - entries[low]
        apart = (steps > 1) & (steps < len(ring) - 1)
        pairs.append(np.stack([ring[entries[low][apart]], ring[entries[high][apart]]], axis=1))
        owners.append(int(way))
        polygons.append(shapely.Polygon(np.stack([points.x[ring], points.y[ring]], axis=1)))
    return _inside(pairs, np.array(owners, dtype=np.int64), np.array(polygons, dtype=object), points)


def _spread(entries: IntArray) -> IntArray:
    if len(entries) <= MAX_ENTRIES:
        return entries
    return entries[np.arange(MAX_ENTRIES) * len(entries) // MAX_ENTRIES]


def _inside(
    pairs: list[IntArray], owners: IntArray, polygons: NDArray[np.object_], points: Points
) -> Segments:
    ends = np.concatenate([np.zeros((0, 2), dtype=np.int64), *pairs])
    area = np.repeat(np.arange(len(owners)), [len(pair) for pair in pairs])
    polygons = polygons.copy()
    polygons[~shapely.is_valid(polygons)] = None
    shapely.prepare(polygons)
    lines = shapely.linestrings(points.x[ends], points.y[ends])
    inside = (
        np.flatnonzero(shapely.covers(polygons[area], lines)) if len(ends) else np.zeros(0, dtype=np.int64)
    )
    n = len(inside)
    return Segments(
        ends[inside, 0],
        ends[inside, 1],
        owners[area[inside]],
        # Odd negative numbers, two apart: no line continues another.
        -3 - 2 * np.arange(n),
        np.zeros(n, dtype=np.uint8),
        np.zeros(n, dtype=np.int8),
    )
