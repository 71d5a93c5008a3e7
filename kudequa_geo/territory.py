"""The study area of a municipality and its districts, from wherever its file says."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from kudequa_geo.config import Municipality
from kudequa_geo.constants import WGS84
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.prepare.districts import clean_districts, select_districts, study_area
from kudequa_geo.sources.area import read_area
from kudequa_geo.sources.districts import read_districts

#: A district that has less of its area inside only touches the study area with its border.
_INSIDE_SHARE = 0.01


def read_territory(config: Municipality, osm: Path) -> tuple[BaseGeometry, gpd.GeoDataFrame | None]:
    """Return the study area and the districts of the municipality's file.

    Parameters
    ----------
    config
        The municipality.
    osm
        The extract, read only where the area is a boundary in it.

    Returns
    -------
    tuple
        The area (WGS84), and the districts (metric CRS, cleaned; those of the area where it is made of
        districts), or None where there is no file.

    Raises
    ------
    SourceError, MissingInputError, ConfigError
        A file cannot be used, a boundary is not complete, a district is unknown.
    """
    if config.districts is None or config.districts.file is None:
        return read_area(config.area, osm), None
    read = read_districts(config.districts.file, config.districts, target_crs=config.crs)
    districts = clean_districts(read)
    if config.area.districts is None:
        return read_area(config.area, osm), districts
    chosen = select_districts(districts, config.area.districts).reset_index(drop=True)
    area = gpd.GeoSeries([study_area(chosen)], crs=config.crs).to_crs(WGS84).iloc[0]
    return area, chosen


def districts_inside(
    config: Municipality,
    districts: gpd.GeoDataFrame | None,
    boundaries: gpd.GeoDataFrame,
    area: BaseGeometry,
) -> gpd.GeoDataFrame:
    """Return the districts that lie in the area.

    Parameters
    ----------
    config
        The municipality.
    districts
        Districts of a file; None = boundaries of the extract at the configured level, or none at all.
    boundaries
        Boundaries of the extract.
    area
        The study area; all in the metric CRS.

    Raises
    ------
    SourceError
        There are none at that level, or none lies in the area.
    """
    level = config.districts.osm_admin_level if config.districts else None
    if districts is None and level is not None:
        districts = _districts_at(boundaries, level)
    if districts is None:
        empty: dict[str, list[object]] = {
            name: [] for name in ("district_id", "name", "parent", "population", "area_ha")
        }
        return gpd.GeoDataFrame(empty, geometry=[], crs=config.crs)
    inside = districts.geometry.intersection(area).area > _INSIDE_SHARE * districts.area
    if not inside.any():
        raise SourceError(
            msg("Kein Bezirk liegt im Untersuchungsgebiet."),
            where="districts",
            remedy=msg("Bitte Bezirksdatei, ihr Koordinatensystem und das Gebiet vergleichen."),
        )
    return districts[inside].reset_index(drop=True)


def _districts_at(boundaries: gpd.GeoDataFrame, level: int) -> gpd.GeoDataFrame:
    found = boundaries[boundaries["admin_level"] == str(level)].reset_index(drop=True)
    if not len(found):
        raise SourceError(
            msg("Der OSM-Auszug enthält keine vollständigen Grenzen der Ebene {level}."),
            where="districts.osm_admin_level",
            remedy=msg("Bitte eine andere Ebene wählen oder eine Bezirksdatei angeben."),
            level=level,
        )
    ids = found["osm_id"].astype("str")
    table = {
        "district_id": ids,
        "name": found["name"].fillna(ids),
        "parent": pd.Series(None, index=found.index, dtype="str"),
        "population": pd.to_numeric(found["population"], errors="coerce"),
    }
    return clean_districts(gpd.GeoDataFrame(table, geometry=found.geometry))
