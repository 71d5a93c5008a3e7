"""What is wrong with a municipality's prepared tables: files, schemas, references, sums, licences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj

from kudequa_geo import schema, store
from kudequa_geo.config import Municipality
from kudequa_geo.errors import KudequaError
from kudequa_geo.store import DataPackage

#: Sums of distributed residents may differ by rounding of the last digits only.
_TOLERANCE = 1e-6
#: Edge geometry and edge length are written by the same step; a centimetre is far above its rounding.
_LENGTH_TOLERANCE_M = 0.01


def defects(config: Municipality, folder: Path) -> list[str]:
    """Return everything that is wrong, each as one German line; an empty list means all is well.

    Parameters
    ----------
    config
        The municipality.
    folder
        Its folder of prepared tables.

    Raises
    ------
    MissingInputError
        Nothing has been prepared.
    """
    package = store.read_package(folder)
    found = [*_files(folder, package), *_sources(package)]
    tables: dict[str, Any] = {}
    for name in schema.TABLES:
        if f"{name}.parquet" not in package.resources:
            if name != "access":
                found.append(f"{name}.parquet: fehlt")
            continue
        try:
            tables[name] = schema.validate(name, store.read_table(folder, name), where=f"{name}.parquet")
        except KudequaError as error:
            found.append(f"{name}.parquet: {error}")
            continue
        rows = package.resources[f"{name}.parquet"].get("rows")
        if rows != len(tables[name]):
            found.append(f"{name}.parquet: {len(tables[name])} Zeilen, verzeichnet sind {rows}")
    if set(schema.TABLES) - {"access"} <= set(tables):
        found += [*_systems(config, tables), *_references(tables), *_sums(tables)]
        if "access" in tables:
            found += _results(config, folder, tables)
    return found


def _files(folder: Path, package: DataPackage) -> Iterator[str]:
    for name, entry in package.resources.items():
        path = folder / name
        if not path.is_file():
            yield f"{name}: fehlt"
        elif f"sha256:{store.sha256(path)}" != entry["hash"]:
            yield f"{name}: Prüfsumme stimmt nicht, die Datei wurde nach dem Schreiben verändert"


def _sources(package: DataPackage) -> Iterator[str]:
    if not package.sources:
        yield "datapackage.json: keine Quelle verzeichnet"
    for source in package.sources:
        for key, meaning in (
            ("licence", "Lizenz"),
            ("attribution", "Urhebervermerk"),
            ("sha256", "Prüfsumme"),
        ):
            if not source.get(key):
                yield f"datapackage.json: Quelle „{source.get('title', '?')}“ ohne {meaning}"


def _systems(config: Municipality, tables: dict[str, Any]) -> Iterator[str]:
    expected = pyproj.CRS.from_user_input(config.crs)
    for name, frame in tables.items():
        crs = getattr(frame, "crs", None)
        if "geometry" in frame and (crs is None or not expected.equals(crs, ignore_axis_order=True)):
            yield f"{name}.parquet: Koordinatensystem {crs and crs.to_string()} statt {config.crs}"


def _references(tables: dict[str, Any]) -> Iterator[str]:
    nodes, edges = tables["nodes"], tables["edges"]
    for column in ("u", "v"):
        unknown = ~edges[column].between(0, len(nodes) - 1)
        if unknown.any():
            yield f"edges.parquet: {unknown.sum()} Kanten enden in „{column}“ an einem unbekannten Knoten"
    drawn = np.abs(edges.geometry.length - edges["length_m"]) > _LENGTH_TOLERANCE_M
    if drawn.any():
        yield f"edges.parquet: bei {drawn.sum()} Kanten weicht die Länge von der gezeichneten Linie ab"
    lengths = np.append(edges["length_m"].to_numpy(), np.nan)
    for name in ("places", "buildings", "sites"):
        frame = tables[name]
        beyond = frame["edge_id"] >= len(edges)
        if beyond.any():
            yield f"{name}.parquet: {beyond.sum()} Zeilen liegen an einer unbekannten Kante"
            continue
        off = frame["offset_m"] > lengths[frame["edge_id"].to_numpy()] + _LENGTH_TOLERANCE_M
        if off.any():
            yield f"{name}.parquet: {off.sum()} Zeilen liegen hinter dem Ende ihrer Kante"
        half = (frame["edge_id"] >= 0) & (frame["offset_m"].isna() | frame["to_street_m"].isna())
        if half.any():
            yield f"{name}.parquet: {half.sum()} angebundene Zeilen ohne Lage an ihrer Kante"
    known = set(tables["districts"]["district_id"])
    strange = ~tables["buildings"]["district_id"].isin(known) & tables["buildings"]["district_id"].notna()
    if strange.any():
        yield f"buildings.parquet: {strange.sum()} Gebäude in unbekannten Bezirken"


def _sums(tables: dict[str, Any]) -> Iterator[str]:
    """Residents of a district's buildings are the district's population, where both are known."""
    districts = tables["districts"].set_index("district_id")
    placed = tables["buildings"].groupby("district_id")["residents"].sum()
    for district_id, population in districts["population"].dropna().items():
        people = placed.get(district_id)
        if people is not None and abs(people - population) > _TOLERANCE * max(population, 1):
            name = districts.loc[district_id, "name"]
            yield f"buildings.parquet: Bezirk „{name}“ hat {people:.1f} statt {population:.1f} Einwohner"


def _results(config: Municipality, folder: Path, tables: dict[str, Any]) -> Iterator[str]:
    access, buildings = tables["access"], tables["buildings"]
    expected = len(buildings) * len(config.kinds()) * len(config.people())
    if len(access) != expected:
        yield f"access.parquet: {len(access)} Zeilen statt {expected}; bitte „analyse“ erneut ausführen"
    unknown = set(access["place_id"].dropna().unique()) - set(tables["places"]["place_id"])
    if unknown:
        yield f"access.parquet: {len(unknown)} unbekannte Orte; bitte „analyse“ erneut ausführen"
    if (access["minutes"].isna() != access["place_id"].isna()).any():
        yield "access.parquet: Minuten ohne Ort oder Ort ohne Minuten"
    if (folder / "indicators.csv").is_file():
        indicators = pd.read_csv(folder / "indicators.csv", dtype={"district_id": "str"})
        total = float(buildings["residents"].sum())
        area = indicators[(indicators["level"] == "area") & (indicators["group"] == "residents")]
        if not np.allclose(area["residents"].dropna(), total, rtol=1e-5):
            yield "indicators.csv: die Einwohner des Gebiets sind nicht die Summe der Gebäude"
