"""A large file from a web server: resumable, bounded, checked, and whole or not there."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests

from kudequa_geo.errors import FetchError, SourceError, msg
from kudequa_geo.progress import Progress, silent
from kudequa_geo.sources import web
from kudequa_geo.sources.fetched import storing
from kudequa_geo.sources.osm_file import osm_format
from kudequa_geo.sources.web import PATIENCE, Patience, SetbackError

#: North Rhine-Westphalia has 0.9 GB, Germany 4.5 GB.
MAX_BYTES = 2_000_000_000
#: Left free on the disk beside the file.
_SPARE_BYTES = 200_000_000
_MAX_SUM_BYTES = 4096
_REMEDY = msg(
    "Bitte die Netzverbindung prüfen und noch einmal starten: der Abruf geht an derselben Stelle weiter."
)


def is_url(url_or_file: str) -> bool:
    """Tell whether a text is meant as an address and not as a file."""
    return "://" in url_or_file


def download(
    url: str,
    folder: Path,
    *,
    patience: Patience = PATIENCE,
    progress: Progress = silent,
    limit_bytes: int = MAX_BYTES,
) -> Path:
    """Download an OSM extract.

    What has been received is kept and completed by the next call, as long as the server says that its file is
    the same. Where the server has a file of the same name with ``.md5`` appended, as Geofabrik does, the
    content is compared with it.

    Parameters
    ----------
    url
        Address with http or https.
    folder
        Where the file is put, under a name of our own; made where missing.
    patience
        How long the server is waited for.
    progress
        Told how far the work is.
    limit_bytes
        A larger file is refused.

    Returns
    -------
    Path
        The complete file.

    Raises
    ------
    FetchError
        The address cannot be used, the server refuses, the file is too large or its checksum is wrong.
    SourceError
        It is no OSM file.
    StoreError
        The disk is full, or the folder cannot be written.
    """
    name = hashlib.sha256(url.encode()).hexdigest()[:24]
    whole, part = folder / f"{name}.auszug", _Part(folder / f"{name}.teil")
    with storing(folder), web.session() as opened:
        folder.mkdir(parents=True, exist_ok=True)
        if whole.exists():  # from an earlier run: the server is asked whether it is still the same
            whole.replace(part.path)

        def attempt() -> str:
            return _attempt(opened, url, part, _Bounds(patience, limit_bytes, progress))

        progress(msg("Auszug wird heruntergeladen"), 0.0)
        final_url = web.patiently(
            attempt,
            patience,
            where=url,
            remedy=_REMEDY,
            waiting=lambda: progress(msg("Verbindung unterbrochen, neuer Versuch"), 0.0),
        )
        progress(msg("Auszug wird geprüft"), 0.97)
        _check_sum(part, _expected_sum(opened, final_url, patience), url)
        _check_format(part, url)
        part.path.replace(whole)
    progress(msg("Auszug ist heruntergeladen"), 1.0)
    return whole


@dataclass(frozen=True)
class _Bounds:
    patience: Patience
    limit_bytes: int
    progress: Progress


@dataclass(frozen=True)
class _Part:
    """A file in the making, and beside it what the server called this version of it."""

    path: Path

    @property
    def _note(self) -> Path:
        return self.path.with_suffix(".version")

    def size(self) -> int:
        """Bytes that can be built upon."""
        return self.path.stat().st_size if self.path.is_file() and self.version() else 0

    def version(self) -> str:
        try:
            return str(json.loads(self._note.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return ""

    def begin(self, version: str) -> None:
        self.path.unlink(missing_ok=True)
        self._note.write_text(json.dumps(version), encoding="utf-8")

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def _attempt(opened: requests.Session, url: str, part: _Part, bounds: _Bounds) -> str:
    """Receive what is missing and return the address it came from in the end."""
    have = part.size()
    # Packed on the way, a file could be neither measured nor continued.
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": part.version()}
    with web.answer(opened, "GET", url, patience=bounds.patience, headers=headers) as response:
        packed = response.headers.get("Content-Encoding", "identity") != "identity"
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            if have and response.headers.get("Content-Range") == f"bytes */{have}":
                return response.url
            part.forget()
            raise SetbackError(msg("der Server hat inzwischen eine andere Datei"))
        if response.status_code == requests.codes.partial_content:
            if not response.headers.get("Content-Range", "").startswith(f"bytes {have}-") or not have:
                part.forget()
                raise SetbackError(msg("der Server liefert einen falschen Teil der Datei"))
        else:
            part.begin("" if packed else _version(response))
            have = 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() and not packed else None
        _check_size(total, have, part.path, url, bounds.limit_bytes)
        _receive(response, part.path, bounds, have=have, total=total)
    return response.url


def _receive(
    response: requests.Response, path: Path, bounds: _Bounds, *, have: int, total: int | None
) -> None:
    done = have
    with path.open("ab") as file:
        limit, longest = bounds.limit_bytes - have, bounds.patience.answer_s
        for block in web.blocks(response, limit_bytes=limit, longest_s=longest):
            file.write(block)
            done += len(block)
            share = done / total if total else done / (done + bounds.limit_bytes)
            bounds.progress(msg("Auszug wird heruntergeladen"), 0.95 * min(share, 1.0))
    if total is not None and done != total:
        raise SetbackError(msg("die Verbindung brach ab"))


def _version(response: requests.Response) -> str:
    """Return what tells a server's version of a file from another, "" = nothing (RFC 9110, 13.1.5)."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")


def _check_size(total: int | None, have: int, path: Path, url: str, limit_bytes: int) -> None:
    if total is None:
        return
    if total > limit_bytes:
        raise web.too_large(url, limit_bytes)
    free = shutil.disk_usage(path.parent).free
    if total - have + _SPARE_BYTES > free:
        raise FetchError(
            msg("Auf dem Datenträger sind {free} MB frei; gebraucht werden {needed} MB."),
            where=str(path.parent),
            remedy=msg("Bitte Speicherplatz freigeben oder einen kleineren Auszug wählen."),
            free=round(free / 1e6),
            needed=round((total - have + _SPARE_BYTES) / 1e6),
        )


def _expected_sum(opened: requests.Session, url: str, patience: Patience) -> str | None:
    """Return the MD5 that the server publishes beside a file, None where it publishes none."""
    parts = urlsplit(url)
    address = urlunsplit((parts.scheme, parts.netloc, f"{parts.path}.md5", parts.query, ""))
    try:
        with web.answer(opened, "GET", address, patience=patience) as response:
            body = web.blocks(response, limit_bytes=_MAX_SUM_BYTES, longest_s=patience.silence_s)
            text = b"".join(body)
    except (FetchError, SetbackError):
        return None
    found = re.match(rb"([0-9a-fA-F]{32})\b", text)
    return found[1].decode().lower() if found else None


def _check_sum(part: _Part, expected: str | None, url: str) -> None:
    if expected is None:
        return
    with part.path.open("rb") as file:
        found = hashlib.file_digest(file, _md5).hexdigest()
    if found != expected:
        part.forget()
        raise FetchError(
            msg("Die Prüfsumme des Auszugs stimmt nicht: {found} statt {expected}."),
            where=url,
            remedy=msg("Bitte noch einmal starten; der Auszug wird dann ganz neu geladen."),
            found=found,
            expected=expected,
        )


def _md5() -> hashlib._Hash:
    # What Geofabrik publishes; it guards against damage on the way, not against forgery.
    return hashlib.md5(usedforsecurity=False)


def _check_format(part: _Part, url: str) -> None:
    try:
        osm_format(part.path)
    except SourceError as error:
        part.forget()
        raise SourceError(error.what, where=url, remedy=error.remedy, **error.values) from error
