"""OpenStreetMap extracts: streets, places, buildings and boundaries as tables.

Reading is pyosmium's; here the objects become frames in the municipality's metric CRS, cut to the study area.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kudequa_geo.constants import DEFAULT_CRS, MARGIN_M, WGS84
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.progress import Progress, silent
from kudequa_geo.sources.osm_file import damaged, is_order_complaint, osm_format, scratch, sorted_copy
from kudequa_geo.sources.osm_scan import NOWHERE, Box, Scan, relation_areas, scan
from kudequa_geo.sources.osm_tables import boundary_table, feature_table, highway_tables

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
        the extract), ``lost_ways`` (features with nodes outside the extract or without extent).
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
    with damaged(path):
        found, areas = _scanned(path, file_format, box)
        header_box, header_time = _header(path, file_format)
    bounds = _bounds(found, header_box)
    _check_area(path, area, bounds, empty=not found.objects)
    progress(msg("Straßen und Wege ordnen"), 0.6)
    highways, vertices, split = highway_tables(found, crs, region)
    progress(msg("Orte, Gebäude und Grenzen ordnen"), 0.75)
    features, repaired, lost = feature_table(found, areas, crs, region)
    boundaries = boundary_table(found, areas, crs, region)
    borders = [osm_id for osm_id, (tags, _) in found.relations.items() if "boundary" in tags]
    progress(msg("OSM-Auszug gelesen"), 1.0)
    return OsmExtract(
        highways=highways,
        vertices=vertices,
        features=features,
        boundaries=boundaries,
        bounds_wgs84=bounds,
        timestamp=header_time or _latest(features),
        modelled=found.modelled,
        counts={
            "highways": len(highways),
            "vertices": len(vertices),
            "features": len(features),
            "boundaries": len(boundaries),
            "incomplete_boundaries": sum(osm_id not in areas for osm_id in borders),
            "incomplete_areas": len(found.relations.keys() - areas.keys() - set(borders)),
            "repaired_areas": repaired,
            "split_ways": split,
            "lost_ways": lost,
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


def _scanned(path: Path, file_format: str, box: Box | None) -> tuple[Scan, dict[int, str]]:
    """Scan the file, or a sorted copy of it where its objects are not in OSM's order."""
    with scratch(path, file_format) as folder:
        file = osmium.io.File(str(path), file_format)
        found = scan(file, folder, box)
        if not found.sorting_helps:
            try:
                return found, relation_areas(file) if found.relations else {}
            except RuntimeError as error:  # objects without tags are out of order
                if not is_order_complaint(error):
                    raise
        file = sorted_copy(path, file_format, folder)
        return scan(file, folder, box), relation_areas(file)


def read_relation(path: Path, relation: int) -> BaseGeometry | None:
    """Return the area of one multipolygon or boundary relation in WGS84, None where it is not whole.

    Raises
    ------
    MissingInputError, SourceError
        As for :func:`read_osm`.
    """
    file_format = osm_format(path)
    with damaged(path), scratch(path, file_format) as folder:
        try:
            areas = relation_areas(osmium.io.File(str(path), file_format), relation)
        except RuntimeError as error:
            if not is_order_complaint(error):
                raise
            areas = relation_areas(sorted_copy(path, file_format, folder), relation)
    return shapely.from_wkb(areas[relation]) if relation in areas else None


def _header(path: Path, file_format: str) -> tuple[Box | None, dt.datetime | None]:
    header = osmium.FileProcessor(osmium.io.File(str(path), file_format)).header
    box = header.box()
    text = header.get("osmosis_replication_timestamp", "") or header.get("timestamp", "")
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        time = None
    known = time if time is not None and time.tzinfo is not None else None
    if not box.valid():
        return None, known
    return (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat), known


def _latest(features: gpd.GeoDataFrame) -> dt.datetime | None:
    latest = features["last_edit"].max()
    return None if pd.isna(latest) else latest.to_pydatetime()


def _bounds(found: Scan, header: Box | None) -> Box:
    """Return the box of the data: the header's where it fits the streets, else that of streets or points.

    Headers may claim half the world, and a single node may lie anywhere on it.
    """
    ends = found.way_ends[found.way_ends[:, 0] < NOWHERE]
    if not len(ends):
        ends = found.point_lonlat
    if not len(ends):
        ends = found.vertices[found.vertices[:, 1] < NOWHERE, 1:]
    if not len(ends):
        return header or (np.nan, np.nan, np.nan, np.nan)
    low, high = np.quantile(ends, [0.1, 0.9], axis=0)
    reach = np.maximum(2 * (high - low), 0.01)
    near = ends[((ends >= low - reach) & (ends <= high + reach)).all(axis=1)]
    west, south = (float(side) for side in near.min(axis=0))
    east, north = (float(side) for side in near.max(axis=0))
    if header is not None:
        fits = header[0] <= low[0] and header[1] <= low[1] and header[2] >= high[0] and header[3] >= high[1]
        width, height = header[2] - header[0], header[3] - header[1]
        if fits and width <= 2 * (east - west) + 0.1 and height <= 2 * (north - south) + 0.1:
            return header
    return west, south, east, north


def _check_area(path: Path, area: BaseGeometry | None, bounds: Box, *, empty: bool) -> None:
    nowhere = bool(np.isnan(bounds[0]))
    if empty or (nowhere and area is None):
        raise SourceError(
            msg("Der OSM-Auszug enthält weder Wege noch Orte, Gebäude oder Grenzen."),
            where=str(path),
            remedy=msg("Bitte den Auszug mit allen Objekten und ihren Eigenschaften erneut herunterladen."),
        )
    # An extract without streets has no box of its own, but nothing of it lies in the area then.
    if area is not None and (nowhere or not shapely.box(*bounds).intersects(area)):
        raise SourceError(
            msg("Das Untersuchungsgebiet ({area}) liegt außerhalb des OSM-Auszugs ({extract})."),
            where=str(path),
            remedy=_REMEDY_AREA,
            area=_box_text(area.bounds),
            extract="–" if nowhere else _box_text(bounds),
        )


def _box_text(box: Box) -> str:
    return ", ".join(f"{side:.4f}" for side in box)
