"""What cuts through a quarter and cannot be walked across: railways, water, motorways."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.constants import POND_MAX_M2
from kudequa_geo.schema import Obstacle

#: Trams run in the street, where one crosses them.
_RAILS = frozenset({"rail", "light_rail", "subway", "narrow_gauge"})
_RIVERS = frozenset({"river", "canal"})
_WATER_AREAS = {
    "natural": frozenset({"water", "bay"}),
    "waterway": frozenset({"riverbank", "dock"}),
    "landuse": frozenset({"reservoir", "basin"}),
}
_ROADS = ("motorway", "motorway_link", "trunk", "trunk_link")


def find_obstacles(
    features: gpd.GeoDataFrame, highways: pd.DataFrame, vertices: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return the railways, waters and motorways on the ground.

    What lies in a tunnel or on a bridge is none: one walks over or under it. Nor are ponds of less
    than :data:`kudequa_geo.constants.POND_MAX_M2`.

    Parameters
    ----------
    features
        ``osm_id``, ``tags`` (dict), geometry in the metric CRS.
    highways
        ``osm_id``, ``nodes`` (arrays of OSM node ids), ``highway``, ``bridge``, ``tunnel``.
    vertices
        ``x``, ``y`` in the same CRS, indexed by OSM node id.

    Returns
    -------
    geopandas.GeoDataFrame
        Table ``obstacles`` of :mod:`kudequa_geo.schema`, by kind, each in the order of OSM ids.
    """
    geometry = features.geometry.to_numpy()
    dimension = shapely.get_dimensions(geometry)
    large = shapely.area(geometry) >= POND_MAX_M2.value
    kinds = np.array(
        [
            _kind(tags, lines=bool(lines), large=bool(size))
            for tags, lines, size in zip(features["tags"], dimension == 1, large, strict=True)
        ],
        dtype=object,
    )
    found = np.flatnonzero((kinds != "") & (dimension > 0))
    found = found[np.argsort(features["osm_id"].to_numpy()[found].astype(str), kind="stable")]
    roads = _motorways(highways, vertices)
    frame = pd.DataFrame(
        {
            "kind": pd.Series([*kinds[found], *([str(Obstacle.MOTORWAY)] * len(roads))], dtype="str"),
            "geometry": np.append(geometry[found], roads),
        }
    )
    order = [str(kind) for kind in Obstacle]
    frame = frame.sort_values("kind", key=lambda kind: kind.map(order.index), kind="stable")
    return gpd.GeoDataFrame(frame.reset_index(drop=True), geometry="geometry", crs=features.crs)


def _kind(tags: Mapping[str, str], *, lines: bool, large: bool) -> str:
    if tags.get("tunnel", "no") != "no" or tags.get("bridge", "no") != "no":
        return ""
    if lines:
        if tags.get("railway") in _RAILS:
            return str(Obstacle.RAILWAY)
        return str(Obstacle.WATER) if tags.get("waterway") in _RIVERS else ""
    wet = any(tags.get(key) in values for key, values in _WATER_AREAS.items())
    return str(Obstacle.WATER) if wet and large else ""


def _motorways(highways: pd.DataFrame, vertices: pd.DataFrame) -> NDArray[np.object_]:
    open_air = ~(_is_set(highways["tunnel"]) | _is_set(highways["bridge"]))
    ways = highways[highways["highway"].isin(_ROADS) & open_air].sort_values("osm_id")
    points = vertices[~vertices.index.duplicated()]
    xy = points[["x", "y"]].to_numpy(dtype=np.float64)
    lines = []
    for nodes in ways["nodes"]:
        rows = points.index.get_indexer(nodes)
        rows = rows[rows >= 0]
        if len(rows) > 1:
            lines.append(shapely.LineString(xy[rows]))
    found = np.empty(len(lines), dtype=object)
    found[:] = lines
    return found


def _is_set(tag: pd.Series) -> pd.Series:
    return tag.notna() & (tag != "no")
