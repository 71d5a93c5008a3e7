"""Coordinates between the metric CRS and degrees, fast from any thread.

pyproj builds CRS and transformer anew in every thread, which takes longer than all the rest of a page, and
every run of a page is a thread of its own. So one thread does it for all.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import WGS84

#: Digits of a degree that travel to the browser: 0.1 m.
DIGITS = 6
_WORKER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="projection")


@cache
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _project(points: ArrayLike, source: str, target: str) -> NDArray[np.float64]:
    def work() -> NDArray[np.float64]:
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        return np.column_stack(_transformer(source, target).transform(xy[:, 0], xy[:, 1]))

    return _WORKER.submit(work).result()


def to_degrees(points: ArrayLike, crs: str) -> NDArray[np.float64]:
    """Return longitude and latitude, shape (n, 2), of points in a metric CRS, shape (n, 2)."""
    return _project(points, crs, WGS84)


def lat_lon(degrees: ArrayLike) -> list[list[float]]:
    """Return longitudes and latitudes, shape (n, 2), as the browser takes them: latitude first, rounded."""
    return [[round(lat, DIGITS), round(lon, DIGITS)] for lon, lat in np.asarray(degrees).tolist()]


def to_metres(points: ArrayLike, crs: str) -> NDArray[np.float64]:
    """Return coordinates in a metric CRS, shape (n, 2), of longitudes and latitudes, shape (n, 2)."""
    return _project(points, WGS84, crs)


def shape_to_degrees(geometry: shapely.Geometry, crs: str) -> Any:
    """Return a geometry of a metric CRS in degrees."""
    return shapely.transform(geometry, lambda points: to_degrees(points, crs))


def box_to_degrees(box: ArrayLike, crs: str) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees around a box (x0, y0, x1, y1) in a metric CRS."""
    # The sides are bent in the other system: points along them, not only the corners.
    outline = shapely.segmentize(shapely.box(*np.asarray(box, dtype=np.float64)), 1000.0)
    west, south, east, north = shape_to_degrees(outline, crs).bounds
    return float(west), float(south), float(east), float(north)
