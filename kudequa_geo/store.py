"""The one reader and writer of a municipality's prepared tables.

A folder holds GeoParquet tables and results, and a ``datapackage.json`` that
lists them with hash, rows, sources and licences. Everything is written beside
and moved into place at the end, the package file last: an error, an interrupt
or a full disk leaves what was there before.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from geopandas.array import from_wkb
from pyproj import CRS

from kudequa_geo import __version__, schema
from kudequa_geo.constants import WGS84
from kudequa_geo.errors import MissingInputError, StoreError, msg

PACKAGE = "datapackage.json"
_STAGE = ".staging"
_COMPLETE = "COMPLETE"


@dataclass(frozen=True)
class DataPackage:
    """What a municipality's folder says of itself.

    Attributes
    ----------
    title
        Name of the municipality.
    created
        When it was prepared, ISO 8601 in UTC.
    modelled
        True where any input is a model and not a survey.
    sources
        Inputs with title, sha256, date, licence and attribution.
    resources
        By file name: ``hash``, ``bytes``, ``rows`` (tables only).
    """

    title: str
    created: str
    modelled: bool
    sources: list[dict[str, Any]] = field(default_factory=list)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Short hash of all prepared tables: another one means other data."""
        tables = [f"{table}.parquet" for table in schema.TABLES if table != "access"]
        hashes = [self.resources[name]["hash"] for name in tables if name in self.resources]
        return hashlib.sha256("".join(hashes).encode()).hexdigest()[:12]

    def as_json(self) -> str:
        """Return the package in the form of the Data Package standard."""
        package = {
            "profile": "data-package",
            "title": self.title,
            "created": self.created,
            "generator": f"kudequa-geo {__version__}",
            "modelled": self.modelled,
            "licenses": [
                {"name": name} for name in sorted({s["licence"] for s in self.sources if s["licence"]})
            ],
            "sources": self.sources,
            "resources": [{"name": Path(p).stem, "path": p, **r} for p, r in sorted(self.resources.items())],
        }
        return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


class Stage:
    """A folder in the making: files are added here and moved into place together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, int] = {}

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """Validate a table against its schema and write it as GeoParquet."""
        validated = schema.validate(name, frame, where=name)
        self._parquet(f"{name}.parquet", validated)

    def csv(self, file_name: str, frame: pd.DataFrame) -> None:
        """Write a result as CSV: UTF-8, comma, point, empty = unknown."""
        frame.to_csv(self.path / file_name, index=False, lineterminator="\n", float_format="%.6g")
        self.rows[file_name] = len(frame)

    def geojson(self, file_name: str, frame: gpd.GeoDataFrame) -> None:
        """Write a result as GeoJSON in WGS84, six digits of a degree (0.1 m), as the standard demands."""
        there = frame.to_crs(WGS84)
        there = there.set_geometry(shapely.transform(there.geometry.to_numpy(), lambda xy: xy.round(6)))
        text = there.to_json(drop_id=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self.text(file_name, text)
        self.rows[file_name] = len(frame)

    def text(self, file_name: str, text: str) -> None:
        """Write a text file."""
        (self.path / file_name).write_text(text, encoding="utf-8", newline="\n")

    def copy(self, path: Path, rows: int | None) -> None:
        """Add a copy of a file that has been written before; ``rows`` = None: it is no table."""
        shutil.copyfile(path, self.path / path.name)
        if rows is not None:
            self.rows[path.name] = rows

    def _parquet(self, file_name: str, frame: pd.DataFrame) -> None:
        options: dict[str, Any] = {"compression": "zstd"}
        if not isinstance(frame, gpd.GeoDataFrame):
            # Walks are whole steps: their bytes side by side, the zeros of millions of them vanish.
            numbers = [str(name) for name in frame.select_dtypes("float64")]
            options["use_dictionary"] = [str(name) for name in frame if name not in numbers]
            options["column_encoding"] = dict.fromkeys(numbers, "BYTE_STREAM_SPLIT")
            options["compression_level"] = 9
        frame.to_parquet(self.path / file_name, index=False, **options)
        self.rows[file_name] = len(frame)

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return hash, size and rows of every file added."""
        listed = {}
        for path in sorted(self.path.iterdir()):
            entry: dict[str, Any] = {"hash": f"sha256:{sha256(path)}", "bytes": path.stat().st_size}
            if path.name in self.rows:
                entry["rows"] = self.rows[path.name]
            listed[path.name] = entry
        return listed


@contextmanager
def writing(folder: Path, package: DataPackage, *, keep: bool = False) -> Iterator[Stage]:
    """Add files to a municipality's folder: all of them, or none.

    Parameters
    ----------
    folder
        The municipality's folder; made where missing.
    package
        What the folder will say of itself; its resources are filled in here.
    keep
        True adds results to the tables that are there. False replaces all: results of earlier tables
        are removed, files that no package lists stay.

    Raises
    ------
    StoreError
        The folder cannot be written, or the disk is full; nothing has changed then.
    """
    stage = folder / _STAGE
    try:
        recover(folder)
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        pen = Stage(stage)
        yield pen
        old = _listed(folder)
        resources = pen.resources()
        kept = {name: entry for name, entry in old.items() if keep and name not in resources}
        package = DataPackage(
            package.title, package.created, package.modelled, package.sources, {**kept, **resources}
        )
        (stage / PACKAGE).write_text(package.as_json(), encoding="utf-8", newline="\n")
        obsolete = sorted(set(old) - set(package.resources))
        # From here on an interrupted move is completed by the next call, not undone.
        (stage / _COMPLETE).write_text(json.dumps(obsolete), encoding="utf-8")
        recover(folder)
    except OSError as error:
        _discard(stage)
        if isinstance(error, StoreError | MissingInputError):
            raise
        raise StoreError(
            msg("Die Tabellen konnten nicht geschrieben werden: {reason}"),
            where=str(folder),
            remedy=msg(
                "Bitte freien Speicherplatz und Schreibrechte prüfen. Vorhandene Tabellen sind unverändert."
            ),
            reason=error.strerror or str(error),
        ) from error
    except pa.ArrowException as error:
        _discard(stage)
        raise StoreError(
            msg("Die Tabellen konnten nicht geschrieben werden: {reason}"),
            where=str(folder),
            reason=str(error),
        ) from error
    except BaseException:
        _discard(stage)
        raise


def _discard(stage: Path) -> None:
    # A stage that is complete is never thrown away: its files may already be moving.
    if not (stage / _COMPLETE).exists():
        shutil.rmtree(stage, ignore_errors=True)


def recover(folder: Path) -> None:
    """Complete a move into place that was interrupted; a stage that never became complete is dropped."""
    stage = folder / _STAGE
    complete = stage / _COMPLETE
    if not complete.exists():
        return
    obsolete = json.loads(complete.read_text(encoding="utf-8"))
    # A second process that reads at this moment completes the same move: what it has moved is done.
    with suppress(FileNotFoundError):
        for path in sorted(stage.iterdir(), key=lambda path: path.name == PACKAGE):
            if path.name != _COMPLETE:
                path.replace(folder / path.name)
        for name in obsolete:
            (folder / name).unlink(missing_ok=True)
        complete.unlink()
        stage.rmdir()


def new_package(title: str, sources: list[dict[str, Any]], *, modelled: bool) -> DataPackage:
    """Return a package for tables made now."""
    created = datetime.now(UTC).replace(microsecond=0).isoformat()
    return DataPackage(title, created, modelled, sources)


def read_package(folder: Path) -> DataPackage:
    """Read what the folder says of itself.

    Raises
    ------
    MissingInputError
        Nothing has been prepared.
    StoreError
        The file is damaged.
    """
    recover(folder)
    path = folder / PACKAGE
    if not path.is_file():
        raise MissingInputError(
            msg("Für diese Gemeinde sind noch keine Tabellen vorbereitet."),
            where=str(folder),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            key=folder.name,
        )
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        resources = {
            entry["path"]: {key: value for key, value in entry.items() if key not in ("name", "path")}
            for entry in raw["resources"]
        }
        return DataPackage(raw["title"], raw["created"], raw["modelled"], raw["sources"], resources)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            msg("Die Beschreibung der Tabellen ist beschädigt."),
            where=str(path),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            key=folder.name,
        ) from error


def read_table(folder: Path, name: str) -> Any:
    """Read a prepared table as a GeoDataFrame, or as a DataFrame where it has no geometry.

    Raises
    ------
    MissingInputError, StoreError
        The table is not there, or cannot be read.
    """
    path = folder / f"{name}.parquet"
    try:
        return _frame(pq.read_table(path))
    except FileNotFoundError as error:
        raise MissingInputError(
            msg("Die Tabelle „{table}“ fehlt."),
            where=str(path),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            table=name,
            key=folder.name,
        ) from error
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StoreError(
            msg("Die Tabelle „{table}“ ist beschädigt: {reason}"),
            where=str(path),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            table=name,
            key=folder.name,
            reason=str(error).splitlines()[0],
        ) from error


def _frame(table: pa.Table) -> Any:
    frame = table.to_pandas()
    described = (table.schema.metadata or {}).get(b"geo")
    if described is None:
        return frame
    crs = _crs(json.dumps(json.loads(described)["columns"]["geometry"]["crs"]))
    shapes = from_wkb(frame["geometry"].to_numpy(), crs=crs)
    return gpd.GeoDataFrame(frame.assign(geometry=shapes), geometry="geometry")


@lru_cache(maxsize=8)
def _crs(described: str) -> CRS:
    """Return a reference system; understanding its description takes longer than reading most tables."""
    return CRS.from_user_input(json.loads(described))


def read_text(path: Path) -> str:
    """Read a text file of a folder.

    Raises
    ------
    MissingInputError
        It is not there.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingInputError(
            msg("Die Datei fehlt."),
            where=str(path),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            key=path.parent.name,
        ) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file beside and rename it, so that it is whole or not there.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise StoreError(
            msg("Die Datei konnte nicht geschrieben werden: {reason}"),
            where=str(path),
            remedy=msg("Bitte freien Speicherplatz und Schreibrechte prüfen."),
            reason=error.strerror or str(error),
        ) from error


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listed(folder: Path) -> dict[str, dict[str, Any]]:
    if not (folder / PACKAGE).is_file():
        return {}
    return read_package(folder).resources
