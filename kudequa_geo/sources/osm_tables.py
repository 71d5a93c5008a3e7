"""Tables out of one scan of an OSM file; all geometry in the metric CRS."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from kudequa_geo.constants import WGS84
from kudequa_geo.sources.osm_scan import NOWHERE, Floats, Integers, Scan, Tags
from kudequa_geo.sources.osm_tags import (
    HIGHWAY_TAGS,
    VERTEX_TAGS,
    is_area_way,
    is_feature_way,
    is_walkable_line,
)

_BOUNDARY_TAGS = ("name", "admin_level", "boundary", "ref", "population")
#: Before and after this a date is a mark for "not known": OSM began in 2004.
_FIRST_EDIT = pd.Timestamp("2004-01-01", tz="UTC")
_LAST_EDIT = pd.Timestamp("2100-01-01", tz="UTC")
#: A way has fewer parts than this many bits can count; its number and its part then fit into one number.
_PART_BITS = 16

Geometries = npt.NDArray[np.object_]


def highway_tables(
    scan: Scan, crs: str, region: BaseGeometry | None
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the highways, their vertices, and how many highways have nodes outside the extract.

    Parameters
    ----------
    scan
        What the scan found.
    crs
        Metric CRS of the vertices' x and y.
    region
        In that CRS: highways without a vertex in it are left out. None = all are kept.

    Returns
    -------
    tuple
        ``highways`` and ``vertices`` as :class:`~kudequa_geo.sources.osm.OsmExtract` describes them, and
        the number.
    """
    walkable = np.array([is_walkable_line(tags) for tags in scan.ways.tags], dtype=bool)
    ways = np.repeat(np.arange(len(walkable)), scan.way_size)
    on_highway = walkable[ways] if len(ways) else np.zeros(0, dtype=bool)
    parts, vertices, split = _parts(ways[on_highway], scan.vertices[on_highway])
    ids, first, vertex = np.unique(vertices[:, 0].astype(np.int64), return_index=True, return_inverse=True)
    x, y = _transformer(crs).transform(vertices[first, 1], vertices[first, 2])
    if region is not None and len(parts):
        starts = _starts(parts)
        inside = np.logical_or.reduceat(shapely.contains_xy(region, x, y)[vertex], starts)
        kept = np.repeat(inside, np.diff(starts, append=len(parts)))
        parts, vertex = parts[kept], vertex[kept]
    starts = _starts(parts)
    rows = parts[starts] >> _PART_BITS
    highways = pd.DataFrame({"osm_id": np.array(scan.ways.osm_id, dtype=np.int64)[rows]})
    nodes = np.split(ids[vertex], starts[1:])[: len(rows)]
    highways["nodes"] = pd.Series(nodes, index=highways.index, dtype=object)
    tags = enumerate(scan.ways.tags[row] for row in rows)
    highways = pd.concat([highways, _text_columns(tags, HIGHWAY_TAGS, highways.index)], axis=1)
    used = np.unique(vertex)
    return highways, _vertex_table(scan, ids[used], x[used], y[used]), split


def feature_table(
    scan: Scan, areas: dict[int, str], crs: str, region: BaseGeometry | None
) -> tuple[gpd.GeoDataFrame, int, int]:
    """Return the features, how many areas had to be repaired, and how many ways had no usable geometry.

    Parameters
    ----------
    scan, areas
        What the scan found, and the complete multipolygons as hexadecimal WKB in WGS84 by relation id.
    crs
        Metric CRS of the result.
    region
        In that CRS: features that do not touch it are left out. None = all are kept.
    """
    x, y = _transformer(crs).transform(scan.point_lonlat[:, 0], scan.point_lonlat[:, 1])
    points = _frame([f"n{osm_id}" for osm_id in scan.points.osm_id], scan.points.tags, scan.points.edited)
    points["geometry"] = shapely.points(x, y)

    chosen = [way for way, tags in enumerate(scan.ways.tags) if is_feature_way(tags)]
    geometry, repaired = _way_shapes(scan, np.array(chosen, dtype=np.int64), crs)
    usable = ~shapely.is_missing(geometry)
    ways = _frame(
        [f"w{scan.ways.osm_id[way]}" for way in chosen],
        [scan.ways.tags[way] for way in chosen],
        [scan.ways.edited[way] for way in chosen],
    )
    ways["geometry"] = geometry

    found = [
        osm_id for osm_id, (tags, _) in scan.relations.items() if osm_id in areas and is_feature_way(tags)
    ]
    relations = _frame(
        [f"r{osm_id}" for osm_id in found],
        [scan.relations[osm_id][0] for osm_id in found],
        [scan.relations[osm_id][1] for osm_id in found],
    )
    relations["geometry"] = _polygons([areas[osm_id] for osm_id in found], crs)

    frame = gpd.GeoDataFrame(pd.concat([points, ways[usable], relations], ignore_index=True), crs=crs)
    return _cut(frame, region), repaired, int((~usable).sum())


def boundary_table(
    scan: Scan, areas: dict[int, str], crs: str, region: BaseGeometry | None
) -> gpd.GeoDataFrame:
    """Return the complete boundary relations; parameters as for :func:`feature_table`."""
    found = [osm_id for osm_id, (tags, _) in scan.relations.items() if osm_id in areas and "boundary" in tags]
    index = pd.RangeIndex(len(found))
    texts = _text_columns(enumerate(scan.relations[osm_id][0] for osm_id in found), _BOUNDARY_TAGS, index)
    frame = gpd.GeoDataFrame(
        pd.concat([pd.Series(found, index=index, name="osm_id", dtype="int64"), texts], axis=1),
        geometry=_polygons([areas[osm_id] for osm_id in found], crs),
        crs=crs,
    )
    return _cut(frame, region)


def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(WGS84, crs, always_xy=True)


def _cut(frame: gpd.GeoDataFrame, region: BaseGeometry | None) -> gpd.GeoDataFrame:
    return frame if region is None else frame[frame.intersects(region)].reset_index(drop=True)


def _starts(values: Integers) -> Integers:
    """Return where a new value begins."""
    return np.flatnonzero(np.diff(values, prepend=-1))


def _parts(ways: Integers, vertices: Floats) -> tuple[Integers, Floats, int]:
    """Cut ways where nodes lie outside the extract: what is unknown does not connect.

    Returns per remaining vertex the part (number of the way and of its part), the vertices, and the number of
    ways with such nodes.
    """
    known = vertices[:, 1] < NOWHERE
    breaks = np.cumsum(~known)
    first = _starts(ways)
    part: Integers = breaks - np.repeat(breaks[first], np.diff(first, append=len(ways)))
    parts = ((ways << _PART_BITS) + part)[known]
    starts = _starts(parts)
    size = np.diff(starts, append=len(parts))
    long = np.repeat(size > 1, size)
    return parts[long], vertices[known][long], len(np.unique(ways[~known]))


def _vertex_table(scan: Scan, ids: Integers, x: Floats, y: Floats) -> pd.DataFrame:
    index = pd.Index(ids, name="osm_id", dtype="int64")
    row = {osm_id: row for row, osm_id in enumerate(ids.tolist())}
    tagged = ((row[osm_id], tags) for osm_id, tags in scan.vertex_tags.items() if osm_id in row)
    return pd.concat(
        [pd.DataFrame({"x": x, "y": y}, index=index), _text_columns(tagged, VERTEX_TAGS, index)], axis=1
    )


def _text_columns(tags: Iterable[tuple[int, Tags]], keys: tuple[str, ...], index: pd.Index) -> pd.DataFrame:
    """Return one text column per key; most objects have few of the keys, so only those are looked at."""
    values: dict[str, tuple[list[int], list[str]]] = {key: ([], []) for key in keys}
    for row, each in tags:
        for key, value in each.items():
            if key in values:
                rows, texts = values[key]
                rows.append(row)
                texts.append(value)
    columns = {}
    for key, (rows, texts) in values.items():
        source = np.full(len(index), -1, dtype=np.int64)
        source[rows] = np.arange(len(rows))
        columns[key] = pd.array(texts, dtype="str").take(source, allow_fill=True)
    return pd.DataFrame(columns, index=index)


def _frame(osm_id: list[str], tags: list[Tags], edited: list[str]) -> pd.DataFrame:
    times = pd.to_datetime(pd.Series(edited, dtype="str"), utc=True, errors="coerce").dt.as_unit("ns")
    return pd.DataFrame(
        {
            "osm_id": pd.Series(osm_id, dtype="str"),
            "tags": pd.Series(tags, dtype=object),
            "last_edit": times.where((times >= _FIRST_EDIT) & (times < _LAST_EDIT)),
        }
    )


def _way_shapes(scan: Scan, chosen: Integers, crs: str) -> tuple[Geometries, int]:
    """Return a line or polygon per chosen way, None where it has none, and how many were repaired."""
    starts = np.cumsum(scan.way_size) - scan.way_size
    taken = np.zeros(len(scan.way_size), dtype=bool)
    taken[chosen] = True
    vertices = scan.vertices[np.repeat(taken, scan.way_size)]
    size = scan.way_size[chosen]
    way = np.repeat(np.arange(len(chosen)), size)
    x, y = _transformer(crs).transform(vertices[:, 1], vertices[:, 2])
    known = vertices[:, 1] < NOWHERE
    whole = np.ones(len(chosen), dtype=bool)
    whole[way[~known]] = False
    first, last = starts[chosen], starts[chosen] + size - 1
    closed = (scan.vertices[first, 0] == scan.vertices[last, 0]) & (size > 3)
    ring = closed & whole & np.array([is_area_way(scan.ways.tags[row]) for row in chosen], dtype=bool)
    line = whole & ~ring & (size > 1)

    geometry: Geometries = np.full(len(chosen), None, dtype=object)
    for kind, make in ((line, shapely.linestrings), (ring, shapely.linearrings)):
        part: npt.NDArray[np.bool_] = kind[way]
        number = np.cumsum(kind)[way[part]] - 1
        geometry[kind] = make(np.column_stack([x[part], y[part]]), indices=number)
    geometry[ring] = shapely.polygons(geometry[ring])
    broken = ring & ~shapely.is_valid(geometry)
    geometry[broken] = [_polygonal(area) for area in geometry[broken]]
    flat = line & (shapely.length(geometry) == 0)
    geometry[flat] = None
    return geometry, int((broken & ~shapely.is_missing(geometry)).sum())


def _polygonal(area: BaseGeometry) -> BaseGeometry | None:
    """Return the valid area of a polygon whose ring crosses itself, None where it has none."""
    parts = [part for part in shapely.get_parts(shapely.make_valid(area)) if part.area > 0]
    return shapely.union_all(parts) if parts else None


def _polygons(wkb: list[str], crs: str) -> gpd.GeoSeries:
    """Return multipolygons in the CRS, single ones as polygons."""
    geometry = shapely.from_wkb(np.array(wkb, dtype=object))
    single = shapely.get_num_geometries(geometry) == 1
    geometry[single] = shapely.get_geometry(geometry[single], 0)
    return gpd.GeoSeries(geometry, crs=WGS84).to_crs(crs)
