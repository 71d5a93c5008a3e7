"""OpenStreetMap extracts: streets, places, buildings and boundaries as tables.

Reading is pyosmium's; here the objects become frames in the municipality's metric CRS, cut to the study area.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from kudequa_geo.constants import DEFAULT_CRS, MARGIN_M, WGS84
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.progress import Progress, silent
from kudequa_geo.sources.osm_collect import UNITS_PER_DEGREE, WORLD, Box, Collector, Objects
from kudequa_geo.sources.osm_file import is_order_complaint, osm_format, readable_osm
from kudequa_geo.sources.osm_tags import HIGHWAY_TAGS, VERTEX_TAGS

#: A way has fewer parts than this many bits can count; its number and its part then fit into one number.
_RUN_BITS = 16
_REMEDY_AREA = msg(
    "Bitte ein Untersuchungsgebiet im Auszug wählen oder einen Auszug, der das Gebiet enthält."
)


@dataclass(frozen=True)
class OsmExtract:
    """What an extract holds of the study area and its margin; all geometry is in the metric CRS.

    Attributes
    ----------
    highways
        One row per way, or per part of a way where some of its nodes lie outside the extract: ``osm_id``
        (int64), ``nodes`` (int64 array of OSM node ids in order), one text column per
        :data:`~.osm_tags.HIGHWAY_TAGS` (missing = not tagged). All ``highway=*`` ways and platforms,
        walkable or not.
    vertices
        Nodes of the highways, indexed by OSM id (``osm_id``): ``x``, ``y`` in metres and one text column per
        :data:`~.osm_tags.VERTEX_TAGS`.
    features
        ``osm_id`` ("n1", "w2", "r3"), ``tags`` (dict of texts), ``last_edit`` (UTC; NaT = not known),
        ``geometry`` (Point, LineString, Polygon, MultiPolygon).
    boundaries
        Complete boundary relations: ``osm_id`` (int64), ``name``, ``admin_level``, ``boundary``, ``ref``,
        ``population`` (texts, missing = not tagged), ``geometry``.
    bounds_wgs84
        West, south, east, north of the file's data in degrees, before the cut; stray nodes are left out.
    timestamp
        State of the data: the header's, else the latest edit that was read, else None.
    modelled
        True if any object is tagged ``modelled=yes``.
    counts
        What was read and what was not: ``highways``, ``vertices``, ``features``, ``boundaries``,
        ``incomplete_boundaries``, ``incomplete_areas`` (multipolygons of interest that lack members),
        ``repaired_areas`` (closed ways that cross themselves), ``split_ways`` (highways with nodes outside
        the extract), ``lost_lines`` (other ways with nodes outside the extract or without length).
    """

    highways: pd.DataFrame
    vertices: pd.DataFrame
    features: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    bounds_wgs84: Box
    timestamp: dt.datetime | None
    modelled: bool
    counts: dict[str, int]


def read_osm(
    path: Path,
    *,
    area: BaseGeometry | None = None,
    margin_m: float = MARGIN_M.value,
    crs: str = DEFAULT_CRS,
    progress: Progress = silent,
) -> OsmExtract:
    """Read an OSM extract, cut to an area and its margin.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``; the content counts, not the name.
    area
        Polygon or multipolygon in WGS84; None = the whole file.
    margin_m
        Metres kept beyond the area.
    crs
        Metric CRS of the result.
    progress
        Told how far the work is.

    Returns
    -------
    OsmExtract
        Highways with a node inside the area and its margin are kept whole, as are features and boundaries
        that touch it.

    Raises
    ------
    MissingInputError
        The file does not exist.
    SourceError
        It is no OSM file, is cut off or damaged, holds nothing, or the area lies outside of it.
    """
    path = Path(path)
    file_format = osm_format(path)
    region, box = _region(area, margin_m, crs)
    progress(msg("OSM-Auszug lesen"), 0.0)
    found = _collect(path, file_format, box)
    header_box, header_time = _header(path, file_format)
    bounds = _bounds(found, header_box)
    _check_area(path, area, bounds, empty=not found.objects)
    progress(msg("Straßen und Wege ordnen"), 0.6)
    highways, vertices, split = _highway_tables(found, crs, region)
    progress(msg("Orte, Gebäude und Grenzen ordnen"), 0.75)
    features, repaired = _features(found, crs, region)
    boundaries = _boundaries(found, crs, region)
    progress(msg("OSM-Auszug gelesen"), 1.0)
    return OsmExtract(
        highways=highways,
        vertices=vertices,
        features=features,
        boundaries=boundaries,
        bounds_wgs84=bounds,
        timestamp=header_time or found.latest,
        modelled=found.modelled,
        counts={
            "highways": len(highways),
            "vertices": len(vertices),
            "features": len(features),
            "boundaries": len(boundaries),
            "incomplete_boundaries": len(found.boundary_relations) - len(found.boundaries.osm_id),
            "incomplete_areas": found.lost_areas,
            "repaired_areas": repaired,
            "split_ways": split,
            "lost_lines": found.lost_lines,
        },
    )


def _region(area: BaseGeometry | None, margin_m: float, crs: str) -> tuple[BaseGeometry | None, Box | None]:
    """Return the area with its margin, in the metric CRS, and its box in WGS84."""
    if area is None:
        return None, None
    region = gpd.GeoSeries([area], crs=WGS84).to_crs(crs).buffer(margin_m)
    box = region.to_crs(WGS84).total_bounds
    shapely.prepare(region.iloc[0])
    return region.iloc[0], (float(box[0]), float(box[1]), float(box[2]), float(box[3]))


def _collect(path: Path, file_format: str, box: Box | None) -> Collector:
    try:
        found = Collector(box)
        with readable_osm(path, file_format, in_order=True) as file:
            found.read(file)
        if not found.way_ends or (np.abs(np.frombuffer(found.way_ends, dtype=np.int64)) <= WORLD).any():
            return found
        # No highway has a place: the file holds ways before their nodes.
    except RuntimeError as error:
        if not is_order_complaint(error):
            raise
    found = Collector(box)
    with readable_osm(path, file_format, in_order=False) as file:
        found.read(file)
    return found


def _header(path: Path, file_format: str) -> tuple[Box | None, dt.datetime | None]:
    header = osmium.FileProcessor(osmium.io.File(str(path), file_format)).header
    box = header.box()
    corners = (box.bottom_left, box.top_right) if box.valid() else ()
    sides = [side for corner in corners for side in (corner.lon, corner.lat)]
    text = header.get("osmosis_replication_timestamp", "") or header.get("timestamp", "")
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        time = None
    known = time if time is not None and time.tzinfo is not None else None
    return (sides[0], sides[1], sides[2], sides[3]) if sides else None, known


def _bounds(found: Collector, header: Box | None) -> Box:
    """Return the box of the data: the header's where it fits the streets, else that of streets or points.

    Headers may claim half the world, and a single node may lie anywhere on it.
    """
    ends = np.frombuffer(found.way_ends or found.points, dtype=np.int64).reshape(-1, 2)
    ends = ends[np.abs(ends).max(axis=1, initial=0) <= WORLD] / UNITS_PER_DEGREE
    if not len(ends):
        return header or (np.nan, np.nan, np.nan, np.nan)
    low, high = np.quantile(ends, [0.1, 0.9], axis=0)
    reach = np.maximum(2 * (high - low), 0.01)
    near = ends[((ends >= low - reach) & (ends <= high + reach)).all(axis=1)]
    west, south = (float(side) for side in near.min(axis=0))
    east, north = (float(side) for side in near.max(axis=0))
    if header is not None:
        middle = (header[0] <= low[0] and header[1] <= low[1], header[2] >= high[0] and header[3] >= high[1])
        sizes = (header[2] - header[0], header[3] - header[1])
        if all(middle) and sizes[0] <= 2 * (east - west) + 0.1 and sizes[1] <= 2 * (north - south) + 0.1:
            return header
    return west, south, east, north


def _check_area(path: Path, area: BaseGeometry | None, bounds: Box, *, empty: bool) -> None:
    if np.isnan(bounds[0]) or (empty and area is None):
        raise SourceError(
            msg("Der OSM-Auszug enthält weder Wege noch Orte, Gebäude oder Grenzen."),
            where=str(path),
            remedy=msg("Bitte den Auszug mit allen Objekten und ihren Eigenschaften erneut herunterladen."),
        )
    if area is not None and not shapely.box(*bounds).intersects(area):
        raise SourceError(
            msg("Das Untersuchungsgebiet ({area}) liegt außerhalb des OSM-Auszugs ({extract})."),
            where=str(path),
            remedy=_REMEDY_AREA,
            area=_box_text(area.bounds),
            extract=_box_text(bounds),
        )


def _box_text(box: Box) -> str:
    return ", ".join(f"{side:.4f}" for side in box)


def _highway_tables(
    found: Collector, crs: str, region: BaseGeometry | None
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return highways, vertices, and how many ways have nodes outside the extract."""
    ways = np.repeat(np.arange(len(found.highways.count)), found.highways.count)
    flat = np.frombuffer(found.highways.vertices, dtype=np.int64).reshape(-1, 3)
    ways, refs, units, split = _runs(ways, flat)
    ids, first, vertex = np.unique(refs, return_index=True, return_inverse=True)
    degrees = units[first] / UNITS_PER_DEGREE
    x, y = Transformer.from_crs(WGS84, crs, always_xy=True).transform(degrees[:, 0], degrees[:, 1])
    starts = np.flatnonzero(np.diff(ways, prepend=-1))
    if region is not None and len(starts):
        inside = shapely.contains_xy(region, x, y)[vertex]
        kept = np.repeat(np.logical_or.reduceat(inside, starts), np.diff(starts, append=len(ways)))
        ways, refs, vertex = ways[kept], refs[kept], vertex[kept]
        starts = np.flatnonzero(np.diff(ways, prepend=-1))
    rows = ways[starts] >> _RUN_BITS
    highways = pd.DataFrame({"osm_id": np.array(found.highways.osm_id, dtype=np.int64)[rows]})
    highways["nodes"] = pd.Series(np.split(refs, starts[1:])[: len(rows)], index=highways.index, dtype=object)
    tags = [found.highways.tags[row] for row in rows]
    highways = pd.concat([highways, _text_columns(tags, HIGHWAY_TAGS, highways.index)], axis=1)
    used = np.unique(vertex)
    return highways, _vertex_table(found, ids[used], x[used], y[used]), split


def _runs(ways: np.ndarray, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Cut ways where nodes lie outside the extract: what is unknown does not connect.

    Returns the run (way number and number of its part), node id and OSM units per remaining vertex, and the
    number of ways that were cut or lost.
    """
    known = np.abs(flat[:, 1:]).max(axis=1, initial=0) <= WORLD
    breaks = np.cumsum(~known)
    first = np.flatnonzero(np.diff(ways, prepend=-1))
    part = breaks - np.repeat(breaks[first], np.diff(first, append=len(ways)))
    kept = np.flatnonzero(known)
    runs = ((ways << _RUN_BITS) + part)[kept]
    start = np.flatnonzero(np.diff(runs, prepend=-1))
    size = np.diff(start, append=len(runs))
    long = np.repeat(size > 1, size)
    return runs[long], flat[kept[long], 0], flat[kept[long], 1:], len(np.unique(ways[~known]))


def _vertex_table(found: Collector, ids: np.ndarray, x: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    index = pd.Index(ids, name="osm_id", dtype="int64")
    row = {osm_id: row for row, osm_id in enumerate(ids.tolist())}
    tagged = {row[osm_id]: tags for osm_id, tags in found.vertex_tags.items() if osm_id in row}
    texts = _sparse_columns(tagged.items(), VERTEX_TAGS, index)
    return pd.concat([pd.DataFrame({"x": x, "y": y}, index=index), texts], axis=1)


def _text_columns(tags: list[dict[str, str]], keys: tuple[str, ...], index: pd.Index) -> pd.DataFrame:
    return _sparse_columns(enumerate(tags), keys, index)


def _sparse_columns(
    tags: Iterable[tuple[int, dict[str, str]]], keys: tuple[str, ...], index: pd.Index
) -> pd.DataFrame:
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


def _features(found: Collector, crs: str, region: BaseGeometry | None) -> tuple[gpd.GeoDataFrame, int]:
    frame = _object_frame(found.features, crs)
    rings = _object_frame(found.unbuilt_rings(), crs)
    rings["geometry"] = [_polygonal(line) for line in rings.geometry]
    rings = rings[~rings.geometry.is_empty]
    if len(rings):
        frame = gpd.GeoDataFrame(pd.concat([frame, rings], ignore_index=True), crs=crs)
    if region is not None:
        frame = frame[frame.intersects(region)]
    return frame.reset_index(drop=True), len(rings)


def _polygonal(line: BaseGeometry) -> BaseGeometry:
    """Return the area of a ring that crosses itself, as far as it has one."""
    parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(line.coords)))
    areas = [part for part in parts if part.area > 0]
    return shapely.union_all(areas)


def _object_frame(objects: Objects, crs: str) -> gpd.GeoDataFrame:
    geometry = shapely.from_wkb(objects.wkb)
    single = shapely.get_type_id(geometry) == shapely.GeometryType.MULTIPOLYGON
    single &= shapely.get_num_geometries(geometry) == 1
    geometry[single] = shapely.get_geometry(geometry[single], 0)
    frame = gpd.GeoDataFrame(
        {
            "osm_id": pd.Series(objects.osm_id, dtype="str"),
            "tags": pd.Series(objects.tags, dtype=object),
            "last_edit": pd.Series(objects.last_edit, dtype="datetime64[ns, UTC]"),
        },
        geometry=gpd.GeoSeries(geometry, crs=WGS84),
        crs=WGS84,
    )
    return frame.to_crs(crs)


def _boundaries(found: Collector, crs: str, region: BaseGeometry | None) -> gpd.GeoDataFrame:
    objects = _object_frame(found.boundaries, crs)
    texts = _text_columns(
        found.boundaries.tags, ("name", "admin_level", "boundary", "ref", "population"), objects.index
    )
    frame = gpd.GeoDataFrame(
        pd.concat([objects["osm_id"].astype("int64"), texts], axis=1), geometry=objects.geometry, crs=crs
    )
    if region is not None:
        frame = frame[frame.intersects(region)]
    return frame.reset_index(drop=True)
