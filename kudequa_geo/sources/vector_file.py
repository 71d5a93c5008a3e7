"""Files of shapes from elsewhere: what one holds decides how it is opened, not what it is called.

The library behind opens a hundred formats, and tries them by itself. Some are instructions instead of data: a
text of a few lines that names other files of this machine, or an address. An uploaded list must never be one.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from kudequa_geo.errors import msg

#: A GeoPackage is an SQLite database that says so at this place of its header.
_SQLITE = b"SQLite format 3\x00"
_ID = slice(68, 72)
_GEOPACKAGE_IDS = frozenset({b"GPKG", b"GP10", b"GP11"})
#: A Shapefile begins with 9994, big-endian.
_SHAPEFILE = (9994).to_bytes(4, "big")
_HEADER = 100
_TEXT_MARKS = b"\xef\xbb\xbf \t\r\n"
_MEMBERS = (".shp", ".gpkg", ".geojson", ".json")


class ForeignFileError(ValueError):
    """A file is no GeoPackage, GeoJSON or Shapefile; its text says in German what it is instead."""


def geopackage_source(path: Path) -> str:
    """Return what to open a GeoPackage by; as :func:`vector_source`, which also takes other formats."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if not _is_geopackage(header):
        raise ForeignFileError(msg("sie ist kein GeoPackage"))
    return _named(str(path), path.suffix, header)


def vector_source(path: Path, *, layer: str | None = None) -> str:
    """Return what to open a file of shapes by, so that no other format is tried.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON or Shapefile, or a ``.zip`` with one.
    layer
        Of several files in a ``.zip``, the one of this name; without it the first.

    Raises
    ------
    ForeignFileError
        The file holds anything else.
    OSError
        It cannot be read.
    """
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return _named(str(path), path.suffix, file.read(_HEADER))
    try:
        with zipfile.ZipFile(path) as archive:
            member = _member(archive, layer)
            with archive.open(member) as file:
                header = file.read(_HEADER)
    # Broken, packed in a way that Python does not know, or locked by a password.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ForeignFileError(str(error)) from error
    return _named(f"/vsizip/{{{path}}}/{member}", PurePosixPath(member).suffix, header)


def _is_geopackage(header: bytes) -> bool:
    return header.startswith(_SQLITE) and header[_ID] in _GEOPACKAGE_IDS


def _member(archive: zipfile.ZipFile, layer: str | None) -> str:
    names = sorted(name for name in archive.namelist() if name.lower().endswith(_MEMBERS))
    named = [name for name in names if PurePosixPath(name).stem == layer]
    if not names:
        raise ForeignFileError(msg("in der ZIP-Datei liegt weder GeoPackage noch GeoJSON noch Shapefile"))
    return (named or names)[0]


def _named(source: str, suffix: str, header: bytes) -> str:
    """Return a source with its format in front, where the format can be named."""
    if _is_geopackage(header):
        # A colon would part file and table; this header fits no other format anyway.
        drive, colon, rest = source.partition(":")
        plain = ":" in (rest if len(drive) == 1 else drive + colon + rest)
        return source if plain else f"GPKG:{source}"
    if header.startswith(_SHAPEFILE) and suffix.lower() == ".shp":
        return source
    if header.lstrip(_TEXT_MARKS).startswith(b"{"):
        return f"GeoJSON:{source}"
    raise ForeignFileError(msg("sie ist weder GeoPackage noch GeoJSON noch Shapefile"))
