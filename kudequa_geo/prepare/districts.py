"""Districts without overlaps, and what lies in which of them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.constants import DISTRICT_OVERLAP_MAX, SLIVER_MAX_M
from kudequa_geo.errors import ConfigError, SourceError, msg


def clean_districts(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Repair the districts' polygons and trim their overlaps.

    What two districts share goes to the one whose id comes first, so that every point lies in one.

    Parameters
    ----------
    districts
        ``district_id``, ``name``, optional ``parent``, ``population`` and further columns; polygons in
        the metric CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        Ordered by ``district_id``, with all columns given, ``parent`` and ``population`` (missing where
        unknown) and ``area_ha``.

    Raises
    ------
    SourceError
        Duplicate ids, districts without area, or overlaps of more than a tenth of a district; all are named.
    """
    ordered = districts.sort_values("district_id", ignore_index=True)
    shapes = _polygonal(shapely.make_valid(shapely.force_2d(ordered.geometry.to_numpy())))
    ids = ordered["district_id"].astype("str").to_numpy(dtype=object)
    trimmed = _trimmed(shapes)
    defects = [
        *(f"  {name}: mehrfach vorhanden" for name in sorted(set(ids[ordered["district_id"].duplicated()]))),
        *(f"  {name}: ohne Fläche" for name in ids[shapely.area(shapes) == 0]),
        *_large_overlaps(shapes, ids),
    ]
    if defects:
        raise SourceError(
            msg("Die Bezirke sind fehlerhaft:\n{defects}"),
            where="districts",
            remedy=msg("Bitte die genannten Bezirke in der Bezirksdatei berichtigen."),
            defects="\n".join(defects),
        )
    result = ordered.set_geometry(gpd.GeoSeries(trimmed, index=ordered.index, crs=ordered.crs))
    for column, dtype in (("parent", "str"), ("population", "float64")):
        if column not in result.columns:
            result[column] = pd.Series(np.nan, index=result.index, dtype=dtype)
    result["district_id"] = result["district_id"].astype("str")
    result["area_ha"] = shapely.area(trimmed) / 10_000
    return result


def _polygonal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return only the areas of each shape; repairing may leave lines and points beside them."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    # What make_valid returns may be collections of multipolygons.
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner = owner[inner]
    areas = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    return _united(parts[areas], owner[areas], len(shapes))


def _united(parts: NDArray[np.object_], owner: NDArray[np.int64], n: int) -> NDArray[np.object_]:
    united = np.full(n, shapely.Polygon(), dtype=object)
    for number in np.unique(owner):
        united[number] = shapely.union_all(parts[owner == number])
    return united


def _trimmed(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take from each shape what those before it cover."""
    trimmed = shapes.copy()
    later, earlier = _overlapping(shapes)
    for number in np.unique(later):
        covered = shapely.union_all(shapes[earlier[later == number]])
        trimmed[number] = shapely.difference(shapes[number], covered)
    return _polygonal(trimmed)


def _overlapping(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    later, earlier = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = earlier < later
    later, earlier = later[pairs], earlier[pairs]
    real = shapely.area(shapely.intersection(shapes[later], shapes[earlier])) > 0
    return later[real], earlier[real]


def _large_overlaps(shapes: NDArray[np.object_], ids: NDArray[np.object_]) -> list[str]:
    later, earlier = _overlapping(shapes)
    common = shapely.area(shapely.intersection(shapes[later], shapes[earlier]))
    smaller = np.minimum(shapely.area(shapes[later]), shapely.area(shapes[earlier]))
    return [
        f"  {ids[a]} und {ids[b]}: überlappen sich auf {share:.0%} der kleineren Fläche"
        for a, b, share in zip(earlier, later, common / smaller, strict=True)
        if share > DISTRICT_OVERLAP_MAX.value
    ]


def assign(points: gpd.GeoSeries, districts: gpd.GeoDataFrame) -> pd.Series:
    """Return in which district each point lies.

    A point in a narrow gap between districts belongs to the nearest within 20 m.

    Parameters
    ----------
    points
        Points in the districts' CRS.
    districts
        Cleaned districts with ``district_id``.

    Returns
    -------
    pandas.Series
        ``district_id`` as text, missing = in none; index of ``points``.
    """
    at, shapes = points.to_numpy(), districts.geometry.to_numpy()
    found = np.full(len(at), -1, dtype=np.int64)
    # The points are the tree and the districts ask: long outlines are then prepared once each.
    district, point = shapely.STRtree(at).query(shapes, predicate="intersects")
    # On a common border the first district counts.
    order = np.lexsort((-district, point))
    found[point[order]] = district[order]
    outside = np.flatnonzero(found < 0)
    gap = SLIVER_MAX_M.value
    district, near = shapely.STRtree(at[outside]).query(shapes, predicate="dwithin", distance=gap)
    point = outside[near]
    order = np.lexsort((-district, -shapely.distance(at[point], shapes[district]), point))
    found[point[order]] = district[order]
    ids = districts["district_id"].astype("str").to_numpy(dtype=object)
    values = [ids[number] if number >= 0 else None for number in found]
    return pd.Series(values, index=points.index, name="district_id", dtype="str")


def select_districts(districts: gpd.GeoDataFrame, include: Sequence[str] | None = None) -> gpd.GeoDataFrame:
    """Return the districts that are named by id, name or parent.

    Parameters
    ----------
    districts
        ``district_id``, ``name``, ``parent``.
    include
        Ids, names or parents; None = all.

    Raises
    ------
    ConfigError
        Naming every entry that is no district.
    """
    if include is None:
        return districts
    chosen = np.zeros(len(districts), dtype=bool)
    unknown = []
    columns = [districts[column].astype("str") for column in ("district_id", "name", "parent")]
    known = sorted({value for column in columns for value in column.dropna()})
    for entry in include:
        met = np.logical_or.reduce(
            [(column == entry).to_numpy(dtype=bool, na_value=False) for column in columns]
        )
        chosen |= met
        if not met.any():
            near = difflib.get_close_matches(entry, known, n=1)
            unknown.append(f"„{entry}“" + (f" (gemeint ist vielleicht „{near[0]}“)" if near else ""))
    if unknown:
        raise ConfigError(
            msg("Diese Bezirke gibt es nicht: {unknown}."),
            where="area.districts",
            remedy=msg("Bitte Nummern oder Namen aus der Bezirksdatei angeben."),
            unknown=", ".join(unknown),
        )
    return districts[chosen]


def study_area(
    districts: gpd.GeoDataFrame, include: Sequence[str] | None = None
) -> shapely.Polygon | shapely.MultiPolygon:
    """Return the union of the named districts, with narrow gaps between them closed.

    Parameters
    ----------
    districts
        Districts in the metric CRS.
    include
        Ids, names or parents; None = all.

    Raises
    ------
    ConfigError
        Naming every entry that is no district.
    """
    united = shapely.union_all(select_districts(districts, include).geometry.to_numpy())
    gap = SLIVER_MAX_M.value / 2
    return united.buffer(gap, join_style="mitre").buffer(-gap, join_style="mitre")
