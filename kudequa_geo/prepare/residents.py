"""Where people live: the inhabitants of districts, cells or a whole area, placed on homes.

Dasymetric: inside a zone people are shared out by dwelling space (footprint times storeys). Sums of
zones are kept. Every group of residents follows the same shares.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kudequa_geo.errors import SourceError, msg
from kudequa_geo.prepare.districts import assign
from kudequa_geo.schema import RESIDENT_GROUPS

#: Columns that are shared out, as far as the zones have them.
COUNTS = ("residents", *RESIDENT_GROUPS)
_TABLE = ["building_id", *COUNTS, "district_id", "levels", "footprint_m2", "geometry"]


class Residents(NamedTuple):
    """People on buildings.

    Attributes
    ----------
    buildings
        Table ``buildings`` of :mod:`kudequa_geo.schema` without the snapped columns. The geometry is
        the footprint, or a point for an address or the centre of a cell (``footprint_m2`` 0).
        ``district_id`` is missing outside all districts; groups are NaN where they are not known.
    not_placed
        One row per zone whose people found no home: ``zone_id``, ``residents``.
    without_data
        Homes in the area that are left out, since it is not known how many people live there.
    """

    buildings: gpd.GeoDataFrame
    not_placed: pd.DataFrame
    without_data: int


def distribute(weight: pd.Series, zone_id: pd.Series, zones: pd.DataFrame) -> pd.DataFrame:
    """Share out what each zone holds among its members, by weight.

    Parameters
    ----------
    weight
        Not negative; where all weights of a zone are 0, the shares are equal.
    zone_id
        Zone of each member, missing = in none; index of ``weight``.
    zones
        Indexed by zone id; the columns to share out.

    Returns
    -------
    pandas.DataFrame
        Index of ``weight``, columns of ``zones``; NaN where the member lies in no zone or the zone's
        value is NaN. The sum over a zone's members is the zone's value.

    Source: dasymetric mapping, Eicher and Brewer (2001), doi:10.1559/152304001782173727.
    """
    number = zones.index.get_indexer(pd.Index(zone_id.fillna("")))
    inside = number >= 0
    total = np.bincount(number[inside], weights=weight[inside], minlength=len(zones))
    members = np.bincount(number[inside], minlength=len(zones))
    share = np.full(len(weight), np.nan)
    own = weight.to_numpy(dtype=np.float64)[inside]
    at = number[inside]
    with np.errstate(invalid="ignore", divide="ignore"):
        share[inside] = np.where(total[at] > 0, own / total[at], 1 / members[at])
    values = zones.to_numpy(dtype=np.float64)[np.where(inside, number, 0)] if len(zones) else np.nan
    return pd.DataFrame(share[:, None] * values, index=weight.index, columns=zones.columns)


def residents_by_district(
    homes: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    *,
    addresses: gpd.GeoDataFrame | None = None,
    area: shapely.Geometry | None = None,
) -> Residents:
    """Place the population of districts on the homes in them.

    Parameters
    ----------
    homes
        From :func:`~.buildings.residential_buildings`; those outside all districts are left out.
    districts
        ``district_id``, ``population``, polygons, and any of the columns of
        :data:`~kudequa_geo.schema.RESIDENT_GROUPS`, in persons.
    addresses
        From :func:`~.buildings.address_points`; used in districts without a home.
    area
        Polygon of the study area in the homes' CRS where it cuts through districts: the population is
        then that of the part inside, and homes outside are left out.

    Raises
    ------
    SourceError
        Districts whose population is unknown or negative; all are named.
    """
    zones = _zones(districts.rename(columns={"population": "residents"}), "district_id")
    unknown = zones.index[zones["residents"].isna()]
    if len(unknown):
        raise SourceError(
            msg("Für diese Bezirke fehlt die Einwohnerzahl: {ids}."),
            where="population",
            remedy=msg("Bitte die Einwohnerzahlen ergänzen; eine leere Angabe gilt nicht als null."),
            ids=", ".join(unknown),
        )
    if area is not None:
        homes = homes[_inside(homes, area)]
        addresses = None if addresses is None else addresses[_inside(addresses, area)]
    origins, district = _with_addresses(homes, addresses, districts)
    inside = district.notna()
    origins, district = origins[inside], district[inside]
    return _residents(origins, distribute(origins["weight"], district, zones), district, zones, district)


def residents_by_total(
    homes: gpd.GeoDataFrame,
    total: float,
    area: shapely.Geometry,
    *,
    districts: gpd.GeoDataFrame | None = None,
    addresses: gpd.GeoDataFrame | None = None,
) -> Residents:
    """Place one total on the homes inside an area.

    Parameters
    ----------
    homes
        From :func:`~.buildings.residential_buildings`; those outside the area are left out.
    total
        Inhabitants of the area.
    area
        Polygon of the study area in the homes' CRS.
    districts
        Only to name the district of each home.
    addresses
        From :func:`~.buildings.address_points`; used where the area has no home.
    """
    whole = gpd.GeoDataFrame({"district_id": ["area"]}, geometry=gpd.GeoSeries([area], crs=homes.crs))
    zones = pd.DataFrame({"residents": [float(total)]}, index=["area"])
    origins, zone = _with_addresses(homes, addresses, whole)
    inside = zone.notna() & _inside(origins, area)
    origins, zone = origins[inside], zone[inside]
    return _residents(
        origins, distribute(origins["weight"], zone, zones), zone, zones, _named(origins, districts)
    )


def residents_by_grid(
    homes: gpd.GeoDataFrame,
    cells: gpd.GeoDataFrame,
    area: shapely.Geometry,
    *,
    districts: gpd.GeoDataFrame | None = None,
) -> Residents:
    """Place the population of grid cells on the homes in them, or on their centre where there is none.

    Parameters
    ----------
    homes
        From :func:`~.buildings.residential_buildings`, with the margin around the area: a cell on the
        border shares its people between inside and outside.
    cells
        ``cell_id``, ``residents`` (NaN = not known), polygons, and any of the columns of
        :data:`~kudequa_geo.schema.RESIDENT_GROUPS`, in persons.
    area
        Polygon of the study area in the homes' CRS; only homes inside it are returned.
    districts
        Only to name the district of each home.

    Raises
    ------
    SourceError
        Cells with negative values; all are named.
    """
    zones = _zones(cells, "cell_id")
    cell = assign(anchors(homes), cells.rename(columns={"cell_id": "district_id"}))
    bare = ~zones.index.isin(cell.dropna()) & (zones["residents"].fillna(0) > 0).to_numpy()
    centres = gpd.GeoDataFrame(
        {
            "building_id": [f"cell-{name}" for name in zones.index[bare]],
            "footprint_m2": 0.0,
            "levels": np.nan,
            "weight": 1.0,
        },
        geometry=gpd.GeoSeries(shapely.centroid(cells.geometry.to_numpy()[bare]), crs=homes.crs),
    )
    origins = _stacked(homes, centres)
    zone = pd.concat(
        [cell.reset_index(drop=True), pd.Series(zones.index[bare], dtype="str")], ignore_index=True
    )
    counts = distribute(origins["weight"], zone, zones)
    inside = _inside(origins, area)
    return _residents(
        origins[inside], counts[inside], zone[inside], zones.iloc[:0], _named(origins[inside], districts)
    )


def anchors(buildings: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the point of each building from which people set out: a point inside its footprint."""
    points = shapely.point_on_surface(buildings.geometry.to_numpy())
    return gpd.GeoSeries(points, index=buildings.index, crs=buildings.crs)


def _zones(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the counts of zones indexed by their id."""
    counts = [count for count in COUNTS if count in frame.columns]
    zones = pd.DataFrame(frame[counts].astype("float64"))
    zones.index = pd.Index(frame[key].astype("str"), name="zone_id")
    negative = zones.index[(zones < 0).any(axis=1)]
    if len(negative):
        raise SourceError(
            msg("Negative Einwohnerzahlen in: {ids}."),
            where="population",
            remedy=msg("Bitte die Werte berichtigen oder den Wert für „keine Angabe“ nennen."),
            ids=", ".join(negative[:20]),
        )
    return zones


def _with_addresses(
    homes: gpd.GeoDataFrame, addresses: gpd.GeoDataFrame | None, zones: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Return homes, and addresses where a zone has no home; and the zone of each."""
    zone = assign(anchors(homes), zones)
    if addresses is None or addresses.empty:
        return homes.reset_index(drop=True), zone.reset_index(drop=True)
    at = assign(anchors(addresses), zones)
    needed = at.notna() & ~at.isin(zone.dropna())
    return _stacked(homes, addresses[needed]), pd.concat([zone, at[needed]], ignore_index=True)


def _stacked(homes: gpd.GeoDataFrame, more: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if more.empty:
        return homes.reset_index(drop=True)
    columns = ["building_id", "footprint_m2", "levels", "weight", "geometry"]
    return pd.concat([homes[columns], more[columns]], ignore_index=True)


def _inside(origins: gpd.GeoDataFrame, area: shapely.Geometry) -> pd.Series:
    shapely.prepare(area)
    return pd.Series(shapely.intersects(area, anchors(origins).to_numpy()), index=origins.index)


def _named(origins: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None) -> pd.Series:
    if districts is None:
        return pd.Series(np.nan, index=origins.index, dtype="str")
    return assign(anchors(origins), districts)


def _residents(
    origins: gpd.GeoDataFrame,
    counts: pd.DataFrame,
    zone: pd.Series,
    zones: pd.DataFrame,
    district: pd.Series,
) -> Residents:
    known = counts["residents"].notna()
    table = origins.assign(**{count: counts.get(count, np.nan) for count in COUNTS}, district_id=district)
    empty = ~zones.index.isin(zone.dropna()) & (zones["residents"] > 0).to_numpy()
    not_placed = zones.loc[empty, ["residents"]].rename_axis("zone_id").reset_index()
    table = table.astype(dict.fromkeys(COUNTS, "float64"))
    return Residents(table.loc[known, _TABLE].reset_index(drop=True), not_placed, int((~known).sum()))
