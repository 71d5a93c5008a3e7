"""The derived fact tables: read and written, with source, licence and date of every file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from kudequa_geo.constants import WGS84
from kudequa_geo.errors import MissingInputError, SourceError, msg

_OSM = "© OpenStreetMap-Mitwirkende"
_ODBL = "ODbL 1.0"
_CENSUS = "© Statistisches Bundesamt, Zensus 2011"


@dataclass(frozen=True, slots=True)
class Resource:
    """One fact table: file, title, and what a reader must know of it."""

    file: str
    title: str
    source: str
    licence: str
    date: str
    note: str = ""


RESOURCES: dict[str, Resource] = {
    "districts": Resource(
        "districts.geojson",
        "Statistische Bezirke mit Stadtbezirk und Einwohnern",
        f"{_OSM} (Linien, Einwohner je Stadtbezirk); Stadt Dortmund, Open Data (Nummern)",
        f"{_ODBL}; DL-DE-Zero-2.0",
        "2025-10-12",
        "Linien um höchstens 3 m vereinfacht. Einwohner: Melderegister 31.12.2022 je Stadtbezirk, auf die "
        "statistischen Bezirke mit dem Zensus-Raster 2011 verteilt.",
    ),
    "population": Resource(
        "population.csv",
        "Einwohner und Gruppen je statistischem Bezirk",
        f"{_OSM} (Melderegister 31.12.2022 je Stadtbezirk); {_CENSUS} (Verteilung und Anteile)",
        f"{_ODBL}; dl-de/by-2-0",
        "2022-12-31",
        "Summen je Stadtbezirk exakt; Anteile ab 65, unter 18, ohne deutschen Pass: Zensus 2011.",
    ),
    "cells_1km": Resource(
        "cells_1km.csv",
        "Zensus-Raster 1 km",
        _CENSUS,
        "dl-de/by-2-0",
        "2011-05-09",
        "Leer = geheim gehalten.",
    ),
    "cells_100m": Resource(
        "cells_100m.csv",
        "Besiedelte Rasterzellen 100 m mit geschätzten Einwohnern",
        f"{_CENSUS} (Zellen); eigene Verteilung",
        "dl-de/by-2-0",
        "2022-12-31",
        "inferred = vom Zensus geheim gehaltene Zelle zwischen besiedelten; Einwohner sind eine Schätzung.",
    ),
    "stops": Resource(
        "stops.csv",
        "Haltestellen",
        "db-hafas-stations 2.0.0 (npm)",
        "ISC; Daten CC BY 4.0 und ODbL",
        "2025-10-05",
        "Eine Zeile je Haltestelle; leere products = in der Quelle nicht genannt.",
    ),
    "stations": Resource("stations.csv", "Bahnhöfe und Haltepunkte", _OSM, _ODBL, "2025-04-01"),
    "services": Resource(
        "services.csv",
        "Läden und Dienste",
        "je Zeile",
        "je Zeile",
        "2014 bis 2025, je Zeile",
        "approx = nach Adresse gelegt; supply = zählt als Angebot.",
    ),
    "schools": Resource(
        "schools.csv", "Kitas, Tagespflege, Schulen", _OSM, _ODBL, "2026-03-31", "Gebäude zusammengefasst."
    ),
    "meeting_places": Resource(
        "meeting_places.csv", "Orte der Begegnung, aus dem Namen erschlossen", _OSM, _ODBL, "2018-04-16"
    ),
    "streets": Resource("streets.csv", "Straßennamen, ein Punkt je Name", _OSM, _ODBL, "2018-04-16"),
    "rails": Resource("rails.geojson", "Bahnstrecken", _OSM, _ODBL, "2025-04-01"),
    "rivers": Resource("rivers.geojson", "Flüsse und Bäche", _OSM, _ODBL, "2025-04-01"),
    "lakes": Resource("lakes.geojson", "Seen, Becken, Kanal und Hafen", _OSM, _ODBL, "2025-04-01"),
    "sites": Resource(
        "sites.geojson",
        "Brachen, Labore und verwandte Orte",
        "öffentliche Seiten, je Zeile",
        "Fakten; je Zeile zitiert",
        "2017 bis 2022, je Zeile",
        "Kreise mit der genannten Fläche sind als angenähert gekennzeichnet.",
    ),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """All fact tables, geometry in the municipality's metric CRS.

    Attributes
    ----------
    districts
        ``district_id``, ``name``, ``parent``, ``population``, polygons.
    population
        ``district_id``, ``residents`` and groups of persons; no geometry.
    cells_1km, cells_100m
        Lower-left corners ``east``, ``north`` in EPSG:3035 (m) and values; no geometry.
    stops, stations, services, schools, meeting_places, streets
        Points.
    rails, rivers, lakes, sites
        Lines and areas.
    """

    districts: gpd.GeoDataFrame
    population: pd.DataFrame
    cells_1km: pd.DataFrame
    cells_100m: pd.DataFrame
    stops: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    services: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    meeting_places: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    rails: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    lakes: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame


def write_facts(facts: Facts, folder: Path) -> None:
    """Write every table and ``datapackage.json``; two runs write the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for field in fields(Facts):
        resource = RESOURCES[field.name]
        frame = getattr(facts, field.name)
        text = _geojson(frame) if resource.file.endswith(".geojson") else _table(frame, resource)
        data = text.encode("utf-8")
        (folder / resource.file).write_bytes(data)
        entries.append(
            {
                "name": field.name,
                "path": resource.file,
                "title": resource.title,
                "source": resource.source,
                "licence": resource.licence,
                "date": resource.date,
                "note": resource.note,
                "rows": len(frame),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    package = {"name": "dortmund-nord-facts", "title": "Fakten zu Dortmunds Norden", "resources": entries}
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (folder / "datapackage.json").write_bytes(text.encode("utf-8"))


def _table(frame: pd.DataFrame, resource: Resource) -> str:
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    if isinstance(frame, gpd.GeoDataFrame):
        place = frame.geometry.to_crs(WGS84)
        table["lon"] = place.x.round(6)
        table["lat"] = place.y.round(6)
    for column in ("source", "licence", "date"):
        if column not in table and "geometry" in frame:
            table[column] = getattr(resource, column)
    text: str = table.to_csv(index=False, lineterminator="\n", float_format="%.10g")
    return text


def _geojson(frame: gpd.GeoDataFrame) -> str:
    """Write by hand: drivers differ in digits and key order between versions."""
    shapes = shapely.set_precision(frame.geometry.to_crs(WGS84).to_numpy(), 1e-6, mode="pointwise")
    table = frame.drop(columns="geometry")
    features = []
    for index, shape in enumerate(shapes):
        properties = {column: _plain(table.iloc[index][column]) for column in table}
        geometry = json.loads(shapely.to_geojson(shape))
        features.append({"type": "Feature", "properties": properties, "geometry": _rounded(geometry)})
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    return '{"type":"FeatureCollection","features":[\n' + lines + "\n]}\n"


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _rounded(part: Any) -> Any:
    if isinstance(part, float):
        return round(part, 6)
    if isinstance(part, list):
        return [_rounded(item) for item in part]
    if isinstance(part, dict):
        return {key: _rounded(item) for key, item in part.items()}
    return part


def read_facts(folder: Path, crs: str) -> Facts:
    """Read the fact tables and check them against ``datapackage.json``.

    Parameters
    ----------
    folder
        Folder of the tables.
    crs
        Metric CRS of the result's geometry.

    Raises
    ------
    MissingInputError
        A file is not there.
    SourceError
        A file is not the one that the data package names.
    """
    package = _package(folder)
    frames: dict[str, Any] = {}
    for field in fields(Facts):
        path = folder / RESOURCES[field.name].file
        if not path.is_file():
            raise MissingInputError(msg("Eine Faktentabelle fehlt."), where=str(path), remedy=_REMEDY)
        if hashlib.sha256(path.read_bytes()).hexdigest() != package.get(field.name):
            raise SourceError(
                msg("Die Faktentabelle ist nicht die, die datapackage.json nennt."),
                where=str(path),
                remedy=_REMEDY,
            )
        frames[field.name] = _read(path, crs)
    return Facts(**frames)


_REMEDY = msg("Bitte den Ordner aus der Versionsverwaltung wiederherstellen oder „model --raw“ ausführen.")


def _package(folder: Path) -> dict[str, str]:
    path = folder / "datapackage.json"
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["resources"]
        return {entry["name"]: entry["sha256"] for entry in entries}
    except FileNotFoundError as error:
        raise MissingInputError(msg("Die Fakten fehlen."), where=str(path), remedy=_REMEDY) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            msg("Das Verzeichnis der Fakten ist beschädigt."), where=str(path), remedy=_REMEDY
        ) from error


_TEXT = (
    "district_id",
    "date",
    "source_date",
    "name",
    "note",
    "street",
    "products",
    "brand",
    "status",
    "town",
)


def _read(path: Path, crs: str) -> pd.DataFrame:
    if path.suffix == ".geojson":
        return gpd.read_file(path).to_crs(crs)
    frame = pd.read_csv(path, encoding="utf-8", dtype=dict.fromkeys(_TEXT, "str"))
    if "lon" not in frame:
        return frame
    place = gpd.points_from_xy(frame.pop("lon"), frame.pop("lat"), crs=WGS84)
    return gpd.GeoDataFrame(frame, geometry=place).to_crs(crs)
