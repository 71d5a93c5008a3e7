"""Read the raw open data on Dortmund: the files the facts are derived from."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd

from kudequa_geo.errors import MissingInputError, SourceError, msg
from kudequa_geo.sources.vector_file import vector_source

#: OSM writes the names of three Stadtbezirke without the hyphen.
_PARENT = {
    "Innenstadt West": "Innenstadt-West",
    "Innenstadt Ost": "Innenstadt-Ost",
    "Innenstadt Nord": "Innenstadt-Nord",
}
_SHARES = {"share_65_plus": "ab65_A", "share_under_18": "unter18_A", "share_foreign": "Auslaender_A"}
_SENIORS = {"oldest": "ALTER_10JG_9", "senior_1": "HHTYP_SENIOR_HH_1", "senior_2": "HHTYP_SENIOR_HH_2"}
_BAD = msg("Die Rohdatei ist unvollständig oder hat eine andere Form: {reason}")
_REMEDY = msg("Bitte die Rohdaten vollständig ablegen; die Dateien beschreibt docs/model_data.md.")


def folder(given: Path) -> Path:
    """Return the folder that holds the raw files: the given one or its subfolder ``dortmund``."""
    for candidate in (given, given / "dortmund"):
        if (candidate / "stops_2025.csv").is_file():
            return candidate
    raise MissingInputError(
        msg("Die Rohdaten liegen nicht in diesem Ordner."), where=str(given), remedy=_REMEDY
    )


def _csv(path: Path, **options: object) -> pd.DataFrame:
    try:
        return pd.read_csv(path, encoding="utf-8", **options)
    except (OSError, ValueError) as error:
        raise SourceError(_BAD, where=str(path), remedy=_REMEDY, reason=str(error)) from error


def _points(frame: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    place = gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
    return gpd.GeoDataFrame(frame.drop(columns=["lon", "lat"]), geometry=place).to_crs(crs)


def _layer(path: Path, crs: str) -> gpd.GeoDataFrame:
    try:
        return gpd.read_file(vector_source(path)).to_crs(crs)
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceError(_BAD, where=str(path), remedy=_REMEDY, reason=str(error)) from error


def districts(raw: Path, crs: str) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Return the statistische Bezirke and the register population of the Stadtbezirke on 2022-12-31.

    The numbers are those of the city's open data; the lines are those of OSM, which do not overlap.
    """
    frame = _layer(raw / "statistische_bezirke_osm_2025.geojson", crs)
    numbers = _layer(raw / "statistische_bezirke_portal_2025.geojson", crs)
    by_name = dict(zip(numbers["statistischer_bezirk"], numbers["statistischer_bezirk_nr"], strict=True))
    missing = sorted(set(frame["name"]) - set(by_name))
    if missing:
        raise SourceError(_BAD, where=str(raw), remedy=_REMEDY, reason=f"ohne Nummer: {missing}")
    parent = frame["name_2"].replace(_PARENT)
    register = {
        str(name): int(value) for name, value in zip(parent, frame["population"].astype(int), strict=True)
    }
    table = gpd.GeoDataFrame(
        {
            "district_id": [str(by_name[name]).zfill(3) for name in frame["name"]],
            "name": frame["name"].astype(str),
            "parent": parent.astype(str),
        },
        geometry=frame.geometry,
        crs=crs,
    )
    return table.sort_values("district_id", ignore_index=True), register


def cells_100m(raw: Path) -> pd.DataFrame:
    """Return the populated 100 m cells with their seniors; a suppressed value is 0."""
    tables = []
    for column, theme in _SENIORS.items():
        frame = _csv(raw / f"zensus2011_100m_{theme}.csv")
        frame = frame.rename(columns={"e_laea3035_ll": "east", "n_laea3035_ll": "north", theme: column})
        tables.append(frame.set_index(["east", "north"])[column])
    joined = pd.concat(tables, axis=1).fillna(0.0).clip(lower=0.0)
    return joined.reset_index()


def cells_1km(raw: Path) -> pd.DataFrame:
    """Return the 1 km squares: inhabitants and shares in percent, NaN = suppressed."""
    frame = _csv(raw / "zensus2011_1km_Einwohner.csv")
    table = frame.rename(
        columns={"e_laea3035_ll": "east", "n_laea3035_ll": "north", "Einwohner": "inhabitants"}
    )[["east", "north", "inhabitants"]]
    for column, theme in _SHARES.items():
        share = _csv(raw / f"zensus2011_1km_{theme}.csv")
        share = share.rename(columns={"e_laea3035_ll": "east", "n_laea3035_ll": "north", theme: column})
        table = table.merge(share[["east", "north", column]], on=["east", "north"], how="left")
    values = ["inhabitants", *_SHARES]
    table[values] = table[values].astype(float).where(table[values] >= 0)
    return table.sort_values(["north", "east"], ignore_index=True)


def stops(raw: Path, crs: str) -> gpd.GeoDataFrame:
    """Return the stop records: name without the town, ``town``, ``products``."""
    frame = _csv(raw / "stops_2025.csv", dtype={"products": str, "name": str})
    parts = frame["name"].str.rsplit(", ", n=1, expand=True)
    frame = pd.DataFrame(
        {
            "name": parts[0],
            "town": parts[1].fillna(""),
            "products": frame["products"],
            "lon": frame["lon"],
            "lat": frame["lat"],
        }
    )
    return _points(frame, crs)


def services(raw: Path, crs: str) -> gpd.GeoDataFrame:
    """Return the services in the city and the food shops of its neighbours."""
    frames = [
        _csv(raw / name, sep=";", dtype=str)
        for name in ("services_2014_2025.csv", "services_neighbour_towns.csv")
    ]
    frame = pd.concat(frames, ignore_index=True)
    frame["source"] = frame["source_repo_or_package"] + ": " + frame["source_path"]
    frame["approx"] = frame["approx"].eq("1")
    frame["lon"] = frame["lon"].astype(float)
    frame["lat"] = frame["lat"].astype(float)
    kept = ["kind", "brand", "name", "street", "status", "note", "approx", "source", "licence", "date"]
    return _points(frame[[*kept, "lon", "lat"]], crs)


def schools(raw: Path, crs: str) -> gpd.GeoDataFrame:
    """Return the kindergartens, schools and childcare: ``kind``, ``name``."""
    frame = _csv(
        raw / "kitas_schools_osm_2026.csv",
        sep=";",
        header=None,
        quoting=3,
        names=["kind", "name", "lon", "lat"],
    )
    return _points(frame, crs)


def names(raw: Path, file: str, crs: str) -> gpd.GeoDataFrame:
    """Return one of the point files with one point per name: ``name``."""
    path = raw / file
    try:
        words = json.loads(path.read_text(encoding="utf-8"))["words"]
    except (OSError, ValueError, KeyError) as error:
        raise SourceError(_BAD, where=str(path), remedy=_REMEDY, reason=str(error)) from error
    return _points(pd.DataFrame(words), crs)


def layer(raw: Path, file: str, crs: str) -> gpd.GeoDataFrame:
    """Return one of the OSM layers (rails, rivers, lakes, stations) with all its columns."""
    return _layer(raw / file, crs)
