"""Real data for a municipality: from an Overpass server, or cut from an extract."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from kudequa_geo.config import Municipality
from kudequa_geo.constants import WGS84
from kudequa_geo.sources import download, fetched
from kudequa_geo.sources.area import read_area
from kudequa_geo.sources.fetched import Fetched
from kudequa_geo.sources.osm_cut import cut
from kudequa_geo.sources.overpass import Overpass


def fetch(
    config: Municipality,
    area: BaseGeometry | None,
    target: Path,
    server: Overpass,
    *,
    extract: str | None = None,
) -> Fetched:
    """Fetch what OpenStreetMap holds of a municipality and its margin.

    Parameters
    ----------
    config
        The municipality.
    area
        Polygon or multipolygon in WGS84 of its study area where that is made of districts; None = as the
        municipality's file tells it.
    target
        The ``.osm.pbf`` file to write.
    server
        The Overpass server; its cache also keeps a download in the making.
    extract
        Address or file of an extract to use in place of the server; None = none.

    Returns
    -------
    Fetched
        The file, its source and its date.

    Raises
    ------
    FetchError
        The server refuses, or its answers are not usable. What was fetched is built upon by the next call.
    SourceError, MissingInputError
        The extract is no OSM file or does not hold the area; the area cannot be told.
    StoreError
        The disk is full, or a folder cannot be written.

    An earlier ``target`` is unchanged after an error.
    """
    relation = config.area.osm_relation
    if extract is None:
        if area is None:
            boundary = target if relation is None else server.fetch_boundary(relation)
            area = read_area(config.area, boundary)
        return server.fetch_area(with_margin(area, config), target, relation=relation)
    loaded = download.is_url(extract)
    if loaded:
        source = download.download(extract, server.cache, patience=server.patience, progress=server.progress)
    else:
        source = Path(extract).expanduser()
    region = with_margin(area or read_area(config.area, source), config)
    date = cut(source, region, target, relation=relation, progress=server.progress)
    if loaded:
        source.unlink()
    return fetched.noted(target, extract if loaded else source.name, date)


def with_margin(area: BaseGeometry, config: Municipality) -> BaseGeometry:
    """Return a study area with the municipality's margin around it, both in WGS84."""
    metric = gpd.GeoSeries([area], crs=WGS84).to_crs(config.crs)
    widened: BaseGeometry = metric.buffer(config.margin_m).to_crs(WGS84).iloc[0]
    return widened
