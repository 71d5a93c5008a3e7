"""Where a number comes from: the file, its hash, its date, its licence."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kudequa_geo.errors import MissingInputError, SourceError, msg


@dataclass(frozen=True)
class Provenance:
    """One input of a municipality.

    Attributes
    ----------
    name
        File name without its folder, which says nothing on another machine.
    sha256, size_bytes
        Hash (hexadecimal) and size of the content.
    date
        State of the data (ISO 8601: a day or a year), or the day of the file's last change (UTC) where
        :attr:`date_of` is ``"file"``.
    date_of
        ``"data"`` or ``"file"``.
    licence, attribution
        As the reader has to see them; empty = not known.
    modelled
        True where the content is a model and no survey.
    """

    name: str
    sha256: str
    size_bytes: int
    date: str
    date_of: str
    licence: str
    attribution: str
    modelled: bool

    def as_resource(self) -> dict[str, Any]:
        """Return the entry of a ``datapackage.json``: plain texts, numbers and truth values."""
        return {
            "title": self.name,
            "path": self.name,
            "sha256": self.sha256,
            "bytes": self.size_bytes,
            "date": self.date,
            "date_of": self.date_of,
            "licence": self.licence,
            "attribution": self.attribution,
            "modelled": self.modelled,
        }


def describe(
    path: Path,
    *,
    licence: str = "",
    attribution: str = "",
    date: dt.date | int | None = None,
    modelled: bool = False,
) -> Provenance:
    """Return where an input file comes from.

    Parameters
    ----------
    path
        The file; read piece by piece, however large it is.
    licence, attribution
        Empty = not known.
    date
        State of the data: a day, a time whose day counts, or a year; None = not known, then the day of the
        file's last change stands for it, marked as such.
    modelled
        True where the content is a model.

    Raises
    ------
    MissingInputError
        The file does not exist.
    SourceError
        It cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        status = path.stat()
    except FileNotFoundError as error:
        raise MissingInputError(
            msg("Die Datei gibt es nicht."), where=str(path), remedy=msg("Bitte den Pfad prüfen.")
        ) from error
    except OSError as error:
        raise SourceError(
            msg("Die Datei lässt sich nicht lesen: {reason}."),
            where=str(path),
            remedy=msg("Bitte die Zugriffsrechte und den Datenträger prüfen."),
            reason=error.strerror or str(error),
        ) from error
    changed = dt.datetime.fromtimestamp(status.st_mtime, tz=dt.UTC)
    return Provenance(
        name=path.name,
        sha256=digest,
        size_bytes=status.st_size,
        date=_day(changed if date is None else date),
        date_of="file" if date is None else "data",
        licence=licence,
        attribution=attribution,
        modelled=modelled,
    )


def _day(date: dt.date | int) -> str:
    if isinstance(date, int):
        return str(date)
    return (date.date() if isinstance(date, dt.datetime) else date).isoformat()
