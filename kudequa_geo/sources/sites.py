"""Sites on which a service could be opened: prepared files and the city's own list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from kudequa_geo import schema
from kudequa_geo.config import Municipality
from kudequa_geo.constants import WGS84
from kudequa_geo.errors import MissingInputError, SourceError, msg
from kudequa_geo.schema import SiteKind
from kudequa_geo.sources.text_table import (
    MAX_TEXT,
    cell_defects,
    missing_columns,
    numbers,
    read_text_table,
    refuse,
    repeated_columns,
)
from kudequa_geo.sources.vector_file import ForeignFileError, geopackage_source, vector_source

#: Limits of the city's own list: it is written by hand.
MAX_BYTES = 10_000_000
MAX_ROWS = 10_000
#: Columns of the table ``sites`` before it is joined to the network.
COLUMNS = [name for name in schema.columns("sites") if name not in ("edge_id", "offset_m", "to_street_m")]

_KINDS = {kind.value: kind.value for kind in SiteKind} | {
    "brache": SiteKind.BROWNFIELD.value,
    "brachfläche": SiteKind.BROWNFIELD.value,
    "leerstand": SiteKind.VACANCY.value,
    "quartierslabor": SiteKind.LAB.value,
    "labor": SiteKind.LAB.value,
}
_TEXTS = ("name", "status", "source", "source_date")
_REQUIRED = ("name", "kind")
_M2_PER_HA = 10_000
_UNREADABLE = (
    ForeignFileError,
    pyogrio.errors.DataSourceError,
    pyproj.exceptions.CRSError,
    UnicodeDecodeError,
)


def read_sites(config: Municipality, found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return all sites of a municipality: those of its OSM extract, of its files and of its own list.

    Parameters
    ----------
    config
        The municipality, with the files in ``sites``.
    found
        Sites of the extract, columns :data:`COLUMNS`, metric CRS of the municipality.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns :data:`COLUMNS`, in the order extract, files, own list. ``attrs["not_located"]`` lists the
        rows of the own list that have an address but no coordinates.

    Raises
    ------
    MissingInputError, SourceError
        A file is missing or has defects, or two sites have the same id.
    """
    frames = [found, *(read_site_file(path, target_crs=config.crs) for path in config.sites.files)]
    not_located = pd.DataFrame()
    if config.sites.own is not None:
        own, not_located = read_own_sites(config.sites.own, target_crs=config.crs)
        frames.append(own)
    filled = [frame[COLUMNS] for frame in frames if len(frame)] or [found[COLUMNS]]
    sites = gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), geometry="geometry", crs=config.crs)
    repeated = sorted(sites.loc[sites["site_id"].duplicated(), "site_id"].unique())
    if repeated:
        raise SourceError(
            msg("Mehrere Flächen haben dieselbe Nummer: {ids}."),
            where="sites",
            remedy=msg("Bitte jede Fläche nur in einer der Dateien führen."),
            ids=", ".join(repeated[:20]),
        )
    sites.attrs["not_located"] = not_located.to_dict("records")
    return sites


def read_site_file(path: Path, *, target_crs: str) -> gpd.GeoDataFrame:
    """Read sites that were prepared before, with the columns :data:`COLUMNS` (GeoJSON or GeoPackage).

    Raises
    ------
    MissingInputError, SourceError
        No such file, unreadable, columns missing, or an unknown kind.
    """
    frame = _read_layer(path, vector_source)
    refuse(path, missing_columns([name for name in COLUMNS if name != "geometry"], frame.columns))
    unknown = ~frame["kind"].isin(list(SiteKind))
    refuse(path, [f"{row}: unbekannte Art" for row in frame.loc[unknown, "site_id"]])
    frame = frame.to_crs(target_crs)[COLUMNS]
    for name in (*_TEXTS, "site_id", "kind"):
        frame[name] = frame[name].astype("str").where(frame[name].notna())
    return frame.astype({"area_m2": "float64", "area_approximate": "bool", "modelled": "bool"})


def read_own_sites(path: Path, *, target_crs: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read the city's own list of sites.

    Parameters
    ----------
    path
        A CSV file or GeoPackage, or a folder with such files. Columns: ``name``, ``kind`` (``brownfield``,
        ``vacancy``, ``lab`` or the German words), ``lon`` and ``lat`` in WGS84 degrees or ``address``, and
        where known ``area_m2`` or ``area_ha``, ``status``, ``source``, ``source_date``.
    target_crs
        Metric CRS of the result.

    Returns
    -------
    tuple
        The sites, columns :data:`COLUMNS`: a point with a known area becomes a circle of that area, marked by
        ``area_approximate``. And the rows with an address but no coordinates (``name``, ``kind``,
        ``address``, ``file``): addresses are not searched for, since that would need a server.

    Raises
    ------
    MissingInputError
        No such file or folder.
    SourceError
        A file is larger than 10 MB or 10,000 rows, is no table, or has defects: all of them are named.
    """
    files = _files(path)
    located, addresses = [], []
    for file in files:
        sites, not_located = _own_file(file, target_crs)
        located.append(sites)
        addresses.append(not_located.assign(file=file.name))
    frame = gpd.GeoDataFrame(pd.concat(located, ignore_index=True), geometry="geometry", crs=target_crs)
    return frame[COLUMNS], pd.concat(addresses, ignore_index=True)


def _files(path: Path) -> list[Path]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    tables = [file for file in files if file.suffix.lower() in (".csv", ".gpkg") and file.is_file()]
    if not tables:
        raise MissingInputError(
            msg("Eine eigene Liste von Flächen gibt es dort nicht."),
            where=str(path),
            remedy=msg("Erwartet wird eine CSV-Datei oder ein GeoPackage."),
        )
    return tables


def _own_file(path: Path, target_crs: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the sites of one file that have a place, and the rows that have only an address."""
    if path.suffix.lower() == ".gpkg":
        if path.stat().st_size > MAX_BYTES:
            refuse(path, [f"{path.stat().st_size / 1e6:.0f} MB, höchstens {MAX_BYTES / 1e6:.0f} MB"])
        layer = _read_layer(path, geopackage_source).to_crs(target_crs)
        refuse(path, [f"{len(layer)} Zeilen, höchstens {MAX_ROWS}"] if len(layer) > MAX_ROWS else [])
        texts = pd.DataFrame(layer.drop(columns="geometry"))
        table = texts.astype("str").where(texts.notna()).apply(lambda column: column.str[:MAX_TEXT])
        table = _lower(path, table)
        table.index = pd.RangeIndex(1, len(table) + 1)
        places = pd.Series(layer.geometry.to_numpy(), index=table.index, dtype=object)
        defects = [f"Zeile {row}: ohne Geometrie" for row in places.index[shapely.is_missing(places)]]
    else:
        table = _lower(path, read_text_table(path, max_bytes=MAX_BYTES, max_rows=MAX_ROWS))
        places, defects = _points(table, target_crs)
    refuse(path, missing_columns(_REQUIRED, table.columns))
    kinds = table["kind"].str.lower().map(_KINDS)
    area, area_defects = _areas(table)
    defects += [f"Zeile {row}, name: fehlt" for row in table.index[table["name"].isna()]]
    defects += cell_defects("kind", table["kind"], kinds.isna(), f"ist keine Art ({', '.join(SiteKind)})")
    refuse(path, [*defects, *area_defects])
    frame = _site_frame(path, table.assign(kind=kinds), places, area, target_crs)
    here = ~shapely.is_missing(places.to_numpy())
    addresses = table.reindex(columns=["name", "kind", "address"])[~here]
    return frame[here].reset_index(drop=True), addresses.reset_index(drop=True)


def _lower(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with column names in lower case."""
    names = [name.lower() for name in table.columns]
    refuse(path, repeated_columns(names))
    return table.set_axis(names, axis=1)


def _site_frame(
    path: Path, table: pd.DataFrame, places: pd.Series, area: pd.Series, crs: str
) -> gpd.GeoDataFrame:
    shapes = places.to_numpy().copy()
    points = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & area.notna().to_numpy()
    radius = np.sqrt(area.to_numpy()[points] / np.pi)
    shapes[points] = shapely.buffer(shapes[points], radius, quad_segs=16)
    polygons = shapely.get_dimensions(shapes) == 2
    measured = pd.Series(np.where(polygons, shapely.area(shapes), np.nan), index=table.index)
    columns = {name: table[name] if name in table else pd.Series(None, table.index, "str") for name in _TEXTS}
    return gpd.GeoDataFrame(
        {
            "site_id": [f"own:{path.stem}:{row}" for row in table.index],
            "kind": table["kind"],
            **columns,
            "area_m2": area.fillna(measured),
            "area_approximate": points,
            "modelled": False,
        },
        geometry=shapes,
        crs=crs,
    )[COLUMNS]


def _points(table: pd.DataFrame, target_crs: str) -> tuple[pd.Series, list[str]]:
    """Return a point per row, None where only the address is known, and what is wrong with the places."""
    given = {name: table[name] for name in ("lon", "lat", "address") if name in table}
    empty = pd.Series(None, index=table.index, dtype="str")
    lon_text, lat_text = given.get("lon", empty), given.get("lat", empty)
    (lon, lon_wrong), (lat, lat_wrong) = numbers(lon_text), numbers(lat_text)
    defects = cell_defects("lon", lon_text, lon_wrong, "ist keine Zahl")
    defects += cell_defects("lat", lat_text, lat_wrong, "ist keine Zahl")
    outside = (lon.abs() > 180) | (lat.abs() > 90)
    defects += cell_defects("lon", lon_text, outside, "liegt nicht in Grad vor (WGS84, z. B. 7.46)")
    # Germany lies between 5 and 16 degrees east and between 47 and 56 degrees north.
    swapped = lon.between(47, 56) & lat.between(5, 16)
    defects += cell_defects("lon", lon_text, swapped, "ist vermutlich mit lat vertauscht")
    half = (lon.isna() ^ lat.isna()) & ~lon_wrong & ~lat_wrong
    defects += [f"Zeile {row}: nur eine von lon und lat ist angegeben" for row in table.index[half]]
    nowhere = lon_text.isna() & lat_text.isna() & given.get("address", empty).isna()
    defects += [f"Zeile {row}: weder lon und lat noch address" for row in table.index[nowhere]]
    points = shapely.points(
        *pyproj.Transformer.from_crs(WGS84, target_crs, always_xy=True).transform(lon, lat)
    )
    known = (lon.notna() & lat.notna()).to_numpy()
    return pd.Series(np.where(known, points, None), index=table.index, dtype=object), defects


def _areas(table: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """Return the areas in square metres, NaN = not known, and what is wrong with them."""
    area = pd.Series(np.nan, index=table.index)
    defects = []
    for column, factor in (("area_m2", 1), ("area_ha", _M2_PER_HA)):
        if column not in table:
            continue
        values, wrong = numbers(table[column])
        defects += cell_defects(column, table[column], wrong, "ist keine Zahl")
        defects += cell_defects(column, table[column], values <= 0, "ist nicht größer als 0")
        area = area.fillna(values * factor)
    return area, defects


def _read_layer(path: Path, source: Callable[[Path], str]) -> gpd.GeoDataFrame:
    if not path.is_file():
        raise MissingInputError(
            msg("Die Datei mit Flächen gibt es nicht."), where=str(path), remedy=msg("Bitte den Pfad prüfen.")
        )
    try:
        frame = pyogrio.read_dataframe(source(path), layer=0)
    except _UNREADABLE as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _unreadable(path, msg("sie enthält keine Geometrien"))
    if frame.crs is None:
        raise _unreadable(path, msg("sie nennt kein Koordinatensystem"))
    return frame if frame.geometry.name == "geometry" else frame.rename_geometry("geometry")


def _unreadable(path: Path, reason: str) -> SourceError:
    return SourceError(
        msg("Die Datei mit Flächen lässt sich nicht lesen: {reason}."),
        where=str(path),
        remedy=msg("Erwartet wird GeoJSON oder GeoPackage mit Koordinatensystem."),
        reason=reason,
    )
