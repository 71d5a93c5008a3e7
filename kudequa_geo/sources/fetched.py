"""An extract that was fetched, and the note beside it that says where it comes from."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import osmium

from kudequa_geo.errors import KudequaError, StoreError, msg
from kudequa_geo.sources.osm_file import osm_writer

FILE = "fetched.osm.pbf"
LICENCE = "ODbL 1.0"
ATTRIBUTION = "© OpenStreetMap contributors"
#: West, south, east, north in degrees (WGS84).
Box = tuple[float, float, float, float]
#: Names and accounts of mappers are personal data that nothing here needs.
_FORMAT = "pbf,add_metadata=version+timestamp"


@dataclass(frozen=True)
class Fetched:
    """A fetched extract.

    Attributes
    ----------
    path
        The ``.osm.pbf`` file.
    url
        Address it comes from; of a local file its name alone.
    date
        State of its data in UTC, None = not known.
    sha256, size_bytes
        Of the file.
    licence, attribution
        Of its data.
    """

    path: Path
    url: str
    date: dt.datetime | None
    sha256: str
    size_bytes: int
    licence: str = LICENCE
    attribution: str = ATTRIBUTION


def moment(text: str) -> dt.datetime | None:
    """Return an ISO 8601 moment that names its time zone, None for everything else."""
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo is not None else None


def read_fetched(path: Path) -> Fetched | None:
    """Return what the note beside a fetched extract says, None where there is no extract.

    An extract whose note is missing or belongs to another file still counts; only its source is unknown then.
    """
    if not path.is_file():
        return None
    sha256, size = _sha256(path), path.stat().st_size
    try:
        note = json.loads(_note(path).read_text(encoding="utf-8"))
        if note["sha256"] == sha256:
            return Fetched(path, str(note["url"]), moment(note["date"] or ""), sha256, size)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return Fetched(path, "", None, sha256, size)


@contextmanager
def writing(path: Path, box: Box, date: dt.datetime | None) -> Iterator[osmium.SimpleWriter]:
    """Write an extract beside and rename it at the end, so that it is whole or not there.

    Parameters
    ----------
    path
        The ``.osm.pbf`` file.
    box
        West, south, east, north in degrees (WGS84) of what it covers.
    date
        State of the data in UTC, None = not known.

    Raises
    ------
    StoreError
        It cannot be written; an earlier extract is unchanged then.
    """
    beside = path.with_name(f".new-{path.name}")
    header = osmium.io.Header()
    header.add_box(osmium.osm.Box(*box))
    if date is not None:
        header.set("osmosis_replication_timestamp", f"{date.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}")
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with osm_writer(beside, _FORMAT, header) as writer:
                yield writer
            _note(path).unlink(missing_ok=True)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def noted(path: Path, url: str, date: dt.datetime | None) -> Fetched:
    """Write the note beside a fetched extract and return it.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    with storing(path):
        fetched = Fetched(path, url, date, _sha256(path), path.stat().st_size)
        note = {
            "file": path.name,
            "url": url,
            "date": date.isoformat() if date else None,
            "sha256": fetched.sha256,
            "licence": LICENCE,
            "attribution": ATTRIBUTION,
        }
        text = json.dumps(note, ensure_ascii=False, indent=2) + "\n"
        _note(path).write_text(text, encoding="utf-8", newline="\n")
    return fetched


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn an error of the disk into one that says what to do.

    Raises
    ------
    StoreError
        The disk is full, or the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, KudequaError):
            raise
        raise _not_stored(path, error.strerror or str(error)) from error


def _not_stored(path: Path, reason: str) -> StoreError:
    return StoreError(
        msg("Die geladenen Daten konnten nicht gespeichert werden: {reason}"),
        where=str(path),
        remedy=msg("Bitte freien Speicherplatz und Schreibrechte prüfen."),
        reason=reason,
    )


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
