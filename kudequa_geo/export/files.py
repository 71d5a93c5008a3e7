"""Writing files whole or not at all, under names every system accepts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kudequa_geo.config import slug
from kudequa_geo.errors import MissingInputError, StoreError, msg

#: Names that Windows keeps for devices, whatever their ending.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}


def file_name(*words: str, ending: str) -> str:
    """Return words of any origin as a file name of lower case letters, digits and hyphens.

    Parameters
    ----------
    words
        Joined by underscores; words without a letter or digit are left out.
    ending
        File ending without the dot.
    """
    stem = "_".join(filter(None, (slug(word) for word in words))) or "karte"
    return f"{stem}-{ending}.{ending}" if stem in _DEVICES else f"{stem}.{ending}"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a path beside the wanted one to write to, and move it into place at the end.

    Raises
    ------
    MissingInputError
        The folder is not there.
    StoreError
        The file cannot be written; what was there before is unchanged, and nothing half is left.
    """
    if not path.parent.is_dir():
        raise MissingInputError(
            msg("Den Ordner für die Ausgabe gibt es nicht."),
            where=str(path.parent),
            remedy=msg("Bitte den Ordner anlegen oder einen anderen wählen."),
        )
    # The ending stays, since some writers choose the format by it.
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        if isinstance(error, StoreError | MissingInputError):
            raise
        raise _refused(path, error) from error
    except Exception as error:
        # Some libraries wrap what the system said.
        reason = error.__cause__ or error.__context__
        if isinstance(reason, OSError):
            raise _refused(path, reason) from error
        raise
    finally:
        with suppress(OSError):
            shutil.rmtree(beside) if beside.is_dir() else beside.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write bytes whole or not at all; raises as :func:`whole`."""
    with whole(path) as beside:
        beside.write_bytes(content)


def _refused(path: Path, error: OSError) -> StoreError:
    return StoreError(
        msg("Die Datei konnte nicht geschrieben werden: {reason}"),
        where=str(path),
        remedy=msg("Bitte freien Speicherplatz und Schreibrechte prüfen."),
        reason=error.strerror or str(error),
    )
