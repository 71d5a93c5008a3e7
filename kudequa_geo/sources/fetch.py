"""Real data for a municipality: from an Overpass server, or cut from an extract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
from shapely.geometry.base import BaseGeometry

from kudequa_geo.config import Municipality
from kudequa_geo.constants import WGS84
from kudequa_geo.sources import download, fetched
from kudequa_geo.sources.fetched import Fetched
from kudequa_geo.sources.osm_cut import cut
from kudequa_geo.sources.overpass import Overpass


def fetch(
    config: Municipality,
    area_in: Callable[[Path], BaseGeometry],
    folder: Path,
    server: Overpass,
    *,
    extract: str | None = None,
) -> Fetched:
    """Fetch what OpenStreetMap holds of a municipality and its margin.

    Parameters
    ----------
    config
        The municipality.
    area_in
        Returns its study area (polygon or multipolygon in WGS84), given the OSM file that holds its boundary;
        the file is not looked at where the area is told in another way.
    folder
        The municipality's folder; the extract is written into it as :data:`~.fetched.FILE`.
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
        The server refuses, or its answers are not usable. What was received is built upon by the next call.
    SourceError, MissingInputError
        The extract is no OSM file or does not hold the area; the area cannot be told.
    StoreError
        The disk is full, or a folder cannot be written.

    After an error an earlier extract is unchanged.
    """
    target, relation = folder / fetched.FILE, config.area.osm_relation
    if extract is None:
        boundary = target if relation is None else server.fetch_boundary(relation)
        return server.fetch_area(with_margin(area_in(boundary), config), target, relation=relation)
    loaded = download.is_url(extract)
    if loaded:
        source = download.download(extract, server.cache, patience=server.patience, progress=server.progress)
    else:
        source = Path(extract).expanduser()
    region = with_margin(area_in(source), config)
    date = cut(source, region, target, relation=relation, progress=server.progress)
    if loaded:
        source.unlink()
    return fetched.noted(target, extract if loaded else source.name, date)


def with_fetched(config: Municipality, folder: Path) -> Municipality:
    """Return the municipality with the fetched extract of its folder as its OSM source, if there is one."""
    found = fetched.read_fetched(folder / fetched.FILE)
    if found is None:
        return config
    told = {
        "file": found.path,
        "licence": found.licence,
        "attribution": found.attribution,
        "date": found.date.date() if found.date else None,
    }
    return config.model_copy(update={"osm": config.osm.model_copy(update=told)})


def with_margin(area: BaseGeometry, config: Municipality) -> BaseGeometry:
    """Return a study area with the municipality's margin around it, both in WGS84."""
    metric = gpd.GeoSeries([area], crs=WGS84).to_crs(config.crs)
    widened: BaseGeometry = metric.buffer(config.margin_m).to_crs(WGS84).iloc[0]
    return widened
