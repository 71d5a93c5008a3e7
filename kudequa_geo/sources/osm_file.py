"""An OSM file on disk: told by its content, opened, and put in order where it is not.

Source of the formats: https://wiki.openstreetmap.org/wiki/OSM_file_formats
"""

from __future__ import annotations

import bz2
import ctypes
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import osmium

from kudequa_geo.errors import KudequaError, MissingInputError, SourceError, StoreError, msg

_DOWNLOAD = msg(
    "Bitte einen Auszug als .osm.pbf, .osm, .osm.gz oder .osm.bz2 angeben, zum Beispiel von "
    "download.geofabrik.de, und ihn bei Bedarf erneut herunterladen."
)
_HEAD_BYTES = 4096
#: So many times the file's size the text in between and a sorted copy may take, and a little more.
_GROWTH = {"pbf": 12, "osm": 2, "osm.gz": 12, "osm.bz2": 20}
_SPARE_BYTES = 1_000_000


def osm_format(path: Path) -> str:
    """Return pyosmium's name of the file's format, told by the content whatever the file is called.

    Parameters
    ----------
    path
        An OSM file.

    Returns
    -------
    str
        ``"pbf"``, ``"osm"``, ``"osm.gz"`` or ``"osm.bz2"``.

    Raises
    ------
    MissingInputError
        The file does not exist.
    SourceError
        It is a folder, empty, unreadable, or something else than OSM data; the message says what.
    """
    if path.is_dir():
        raise SourceError(
            msg("Statt einer OSM-Datei ist ein Ordner angegeben."), where=str(path), remedy=_DOWNLOAD
        )
    if not path.exists():
        raise MissingInputError(msg("Die OSM-Datei gibt es nicht."), where=str(path), remedy=_DOWNLOAD)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise SourceError(
            msg("Die OSM-Datei lässt sich nicht lesen: {reason}."),
            where=str(path),
            remedy=msg("Bitte die Zugriffsrechte und den Datenträger prüfen."),
            reason=error.strerror or str(error),
        ) from error
    if not head:
        raise SourceError(msg("Die OSM-Datei ist leer (0 Byte)."), where=str(path), remedy=_DOWNLOAD)
    if b"OSMHeader" in head[:32]:
        return "pbf"
    packing, text = _unpacked(head)
    if _is_osm_xml(text):
        return f"osm{packing}"
    raise SourceError(
        msg("Das ist keine OSM-Datei, sondern {content}."),
        where=str(path),
        remedy=_DOWNLOAD,
        content=_nature(text, packing),
    )


def _unpacked(head: bytes) -> tuple[str, bytes]:
    """Return the packing's suffix and the first bytes inside; a broken packing gives none."""
    try:
        if head.startswith(b"\x1f\x8b"):
            return ".gz", zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)
        if head.startswith(b"BZh"):
            # A block of bzip2 is up to 900 kB: its first bytes say nothing yet, so the reader has to judge.
            return ".bz2", bz2.BZ2Decompressor().decompress(head, _HEAD_BYTES) or b"<osm"
    except (zlib.error, OSError):
        return "", b""
    return "", head


def _is_osm_xml(text: bytes) -> bool:
    start = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start == b"<osm" or b"<osm " in start or b"<osm>" in start or b"<osm\n" in start


def _nature(text: bytes, packing: str) -> str:
    start = text.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<!doctype html") or b"<html" in start:
        return msg("eine Webseite (HTML); vermutlich wurde eine Fehlerseite gespeichert")
    if b"<osmchange" in start:
        return msg("eine OSM-Änderungsdatei (.osc)")
    if start.startswith(b"{"):
        return msg("JSON; gebraucht wird OSM-XML oder PBF")
    if start.startswith(b"pk\x03\x04"):
        return msg("ein ZIP-Archiv; bitte zuerst entpacken")
    if start.startswith(b"<"):
        return msg("XML ohne das Element <osm>")
    if packing:
        return msg("eine gepackte Datei mit anderem Inhalt")
    return msg("ein unbekanntes Format")


@contextmanager
def scratch(path: Path, file_format: str) -> Iterator[Path]:
    """Provide a folder for what is written while an OSM file is read, and remove it afterwards.

    A full disk is told before: pyosmium's writer ends the whole program when it meets one.

    Raises
    ------
    StoreError
        The disk of temporary files has too little room.
    """
    # Windows keeps files that a failed reader still holds.
    with TemporaryDirectory(prefix="kudequa-", ignore_cleanup_errors=True) as folder:
        needed = path.stat().st_size * _GROWTH[file_format] + _SPARE_BYTES
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise StoreError(
                msg("Für Zwischendateien sind {free} MB frei, gebraucht werden bis zu {needed} MB."),
                where=folder,
                remedy=msg(
                    "Bitte Platz schaffen oder mit der Umgebungsvariablen TMPDIR einen Ordner nennen."
                ),
                free=round(free / 1e6),
                needed=round(needed / 1e6),
            )
        yield Path(folder)


@contextmanager
def osm_writer(
    path: Path, file_format: str, header: osmium.io.Header | None = None
) -> Iterator[osmium.SimpleWriter]:
    """Open a file for writing with pyosmium and close it at the end.

    Parameters
    ----------
    path, file_format
        The file and its format with options, in pyosmium's words; replaced where it exists.
    header
        Its header.

    Raises
    ------
    StoreError
        The file cannot be written, or the disk is full.
    """
    target = osmium.io.File(str(path), file_format)
    writer = osmium.SimpleWriter(target, overwrite=True, header=header or osmium.io.Header())
    try:
        yield writer
        writer.close()
    except RuntimeError as error:
        if "write" not in str(error).lower():
            raise
        # libosmium's destructor would try to write once more and end the whole process: it must never run.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(writer))
        raise StoreError(
            msg("Eine Datei konnte nicht geschrieben werden: {reason}"),
            where=str(path),
            remedy=msg("Bitte freien Speicherplatz und Schreibrechte prüfen."),
            reason=str(error),
        ) from error


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Turn what pyosmium says of a damaged file into one clear message.

    Raises
    ------
    SourceError
        The content is cut off or damaged.
    """
    try:
        yield
    except KudequaError:
        raise
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise SourceError(
            msg("Die OSM-Datei ist abgeschnitten oder beschädigt ({reason})."),
            where=str(path),
            remedy=msg("Bitte den Auszug erneut herunterladen und die Dateigröße vergleichen."),
            reason=str(error),
        ) from error


def is_order_complaint(error: Exception) -> bool:
    """Tell whether pyosmium stopped because objects are not sorted by type and id, or stand there twice."""
    text = str(error)
    return "out of order" in text or "twice in input" in text


def sorted_copy(path: Path, file_format: str, folder: Path) -> osmium.io.File:
    """Write a copy sorted by type and id, each object once, into a folder and return it opened."""
    merged = osmium.MergeInputReader()
    merged.add_buffer(path.read_bytes(), file_format)
    copy = folder / "sorted.osm.pbf"
    with osm_writer(copy, "pbf") as writer:
        merged.apply(writer)
    return osmium.io.File(str(copy), "pbf")
