"""Outlines of many areas as short texts, a tenth of what they take as lists of degrees."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from kudequa_geo.maps.projection import to_degrees

#: Steps of a degree that travel to the browser: 0.1 m.
STEPS_PER_DEGREE = 1_000_000


def outlines(shapes: Sequence[shapely.Geometry], crs: str, *, tolerance_m: float = 3.0) -> list[str]:
    """Return the outline of each area as text, which ``static/kudequa/map.js`` unpacks.

    Polygons are parted by ``/``, their rings by ``;``, numbers by blanks: latitude and longitude of the first
    point in millionths of a degree, then the steps from each point to the next. The point that closes a ring
    is left out.

    Parameters
    ----------
    shapes
        Areas in the metric CRS; what is no polygon is left out.
    crs
        The metric CRS.
    tolerance_m
        How far a drawn outline may leave the true one, in metres.
    """
    parts, area_of = shapely.get_parts(np.array(list(shapes), dtype=object), return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, area_of = shapely.simplify(parts[polygons], tolerance_m), area_of[polygons]
    rings, part_of = shapely.get_rings(parts, return_index=True)
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    first = np.searchsorted(ring_of, np.arange(len(rings) + 1))
    texts: list[list[list[str]]] = [[] for _ in shapes]
    seen = -1
    for ring, words in enumerate(_steps(points, first, crs)):
        part = int(part_of[ring])
        if part != seen:
            texts[area_of[part]].append([])
            seen = part
        texts[area_of[part]][-1].append(words)
    return ["/".join(";".join(polygon) for polygon in area) for area in texts]


def _steps(points: NDArray[np.float64], first: NDArray[np.int64], crs: str) -> list[str]:
    """Return the numbers of each ring, given where it begins."""
    if not len(points):
        return []
    degrees = np.rint(to_degrees(points, crs)[:, ::-1] * STEPS_PER_DEGREE).astype(np.int64)
    steps = np.diff(degrees, axis=0, prepend=0)
    steps[first[:-1]] = degrees[first[:-1]]
    numbers = list(map(str, steps.ravel().tolist()))
    return [" ".join(numbers[2 * a : 2 * (b - 1)]) for a, b in pairwise(first.tolist())]
