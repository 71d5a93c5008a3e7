"""Streets, places, buildings and boundaries of an area from an Overpass server, as one OSM file.

The area is asked for in tiles, one after the other, and each complete answer is kept: a fetch that was
stopped goes on after the last complete tile. Source of the query language and of the answers' form:
https://wiki.openstreetmap.org/wiki/Overpass_API/Overpass_QL
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import math
import re
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import osmium
import requests
import shapely
from shapely.geometry.base import BaseGeometry

from kudequa_geo.errors import FetchError, msg
from kudequa_geo.progress import Progress, silent
from kudequa_geo.sources import fetched, web
from kudequa_geo.sources.fetched import Box, Fetched
from kudequa_geo.sources.osm_cut import widened
from kudequa_geo.sources.web import PATIENCE, Patience, SetbackError

#: The main server, run on donations: at most 10,000 requests and 1 GB a day,
#: https://dev.overpass-api.de/overpass-doc/en/preface/commons.html
ENDPOINT = "https://overpass-api.de/api/interpreter"
#: Degrees of a tile, about 7 km × 7 km in Germany: some 60 MB of a dense city, packed 6 MB.
TILE_LON, TILE_LAT = 0.1, 0.06
#: About 1,900 km² in Germany; larger areas are a case for an extract.
MAX_TILES = 40
#: A tile that is too much for the server is quartered at most this often: about 0.8 km × 0.8 km.
MAX_SPLITS = 3
MAX_ANSWER_BYTES = 500_000_000
#: An answer that is older is asked for again.
MAX_AGE_S = 24 * 3600.0
#: What a server grants by default; a larger share waits longer for its turn.
_SERVER_TIMEOUT_S, _SERVER_MEMORY_BYTES = 180, 1 << 29
#: Bytes after which an answer of unknown length counts as half received.
_USUAL_BYTES = 30e6
_ENDS_BYTES = 4096

_EVERYTHING = """(
  node({box});
  way({box});
  relation["type"="multipolygon"]["admin_level"!~"^[1-5]$"]({box});
  relation["type"="boundary"]["leisure"]({box});
);"""
_BOUNDARIES = 'relation["boundary"="administrative"]["admin_level"~"^([6-9]|1[0-2])$"]({box});'
_RELATION = "relation({relation});"

_REMEDY = msg(
    "Bitte später noch einmal starten; fertige Teile bleiben erhalten. Ein anderer Server lässt sich mit "
    "--endpoint angeben, ein heruntergeladener Auszug mit --extract."
)


class _TooMuchError(Exception):
    """The server gave up on a query: a smaller one may work."""


@dataclass(frozen=True)
class Overpass:
    """An Overpass server and where its answers are kept.

    Attributes
    ----------
    cache
        Folder of the answers; made where missing.
    endpoint
        Address that takes queries.
    patience
        How long the server is waited for.
    progress
        Told how far the work is.
    """

    cache: Path
    endpoint: str = ENDPOINT
    patience: Patience = PATIENCE
    progress: Progress = silent
    _session: requests.Session = field(default_factory=web.session, repr=False, compare=False)

    def fetch_area(self, area: BaseGeometry, target: Path, *, relation: int | None = None) -> Fetched:
        """Fetch everything inside an area and write it as one OSM file.

        Parameters
        ----------
        area
            Polygon or multipolygon in WGS84, margin included.
        target
            The ``.osm.pbf`` file to write. Ways and areas that reach into the area are whole in it; each
            object has version and last edit, but not its mapper.
        relation
            OSM id of a boundary to add whatever its kind.

        Returns
        -------
        Fetched
            The file, its source and its date.

        Raises
        ------
        FetchError
            The area is too large, the server refuses, or its answers are not usable. What was fetched stays
            in the cache; an earlier ``target`` is unchanged.
        StoreError
            The disk is full, or a folder cannot be written.
        """
        parts = self._answers(_tiles(area), area.bounds, relation)
        if not parts:
            raise FetchError(
                msg("Der Server hat für dieses Gebiet keine Daten."),
                where=self.endpoint,
                remedy=msg("Bitte das Untersuchungsgebiet prüfen."),
            )
        self.progress(msg("Geladene Daten werden zusammengefügt"), 0.95)
        dates = [date for date in map(_date, parts) if date is not None]
        # The oldest: of no part is more known than that it was up to date then.
        date = min(dates, default=None)
        merged = osmium.MergeInputReader()
        for part in parts:
            merged.add_file(str(part))
        with fetched.writing(target, area.bounds, date) as writer:
            merged.apply(writer)
        note = fetched.noted(target, self.endpoint, date)
        self.progress(msg("Daten sind geladen"), 1.0)
        return note

    def fetch_boundary(self, relation: int) -> Path:
        """Fetch one boundary relation with all its ways and return the OSM file that holds it.

        Raises
        ------
        FetchError
            There is no such relation, the server refuses, or its answer is not usable.
        StoreError
            The disk is full, or the folder cannot be written.
        """
        self.progress(msg("Grenze des Gebiets wird geladen"), 0.0)
        try:
            part = self._answer(_query(_RELATION.format(relation=relation)), 0.0, 0.0)
        except _TooMuchError as error:
            raise self._too_much() from error
        if part is None:
            raise FetchError(
                msg("Die OSM-Relation {relation} gibt es nicht."),
                where=self.endpoint,
                remedy=msg("Bitte area.osm_relation berichtigen."),
                relation=relation,
            )
        return part

    def _answers(self, tiles: list[Box], box: Box, relation: int | None) -> list[Path]:
        """Ask for one tile after the other, and for the boundaries; return the answers that hold data."""
        queue = deque([(_query(_EVERYTHING, tile), tile, 0) for tile in tiles])
        around = widened(box)
        queue.appendleft((_query(_BOUNDARIES, around), around, MAX_SPLITS))
        parts = [self.fetch_boundary(relation)] if relation is not None else []
        done = 0
        while queue:
            query, tile, splits = queue.popleft()
            total = done + len(queue) + 1
            try:
                part = self._answer(query, 0.95 * done / total, 0.95 / total)
            except _TooMuchError as error:
                if splits >= MAX_SPLITS:
                    raise self._too_much() from error
                queue.extendleft((_query(_EVERYTHING, part), part, splits + 1) for part in _quarters(tile))
                continue
            done += 1
            if part is not None:
                parts.append(part)
        return parts

    def _answer(self, query: str, share: float, width: float) -> Path | None:
        """Return the file of a query's answer, from the cache or the server; None = there is nothing.

        ``share`` is what is done, ``width`` what this answer adds.
        """
        name = hashlib.sha256(query.encode()).hexdigest()[:24]
        kept, refused = self.cache / f"{name}.osm.gz", self.cache / f"{name}.zu-gross"
        with fetched.storing(self.cache):
            self.cache.mkdir(parents=True, exist_ok=True)
            if _is_fresh(kept):
                self.progress(msg("OSM-Daten sind schon geladen"), share + width)
                return kept
            if _is_fresh(refused):
                raise _TooMuchError
            self.progress(msg("OSM-Daten werden geladen"), share)
            part = self.cache / f"{name}.teil.osm.gz"
            try:
                time.sleep(self.patience.pause_s)
                size = web.patiently(
                    lambda: self._load(query, part, share, width),
                    self.patience,
                    where=self.endpoint,
                    remedy=_REMEDY,
                    waiting=lambda: self.progress(msg("Server ist ausgelastet, neuer Versuch"), share),
                )
                if not size:
                    return None
                part.replace(kept)
            except _TooMuchError:
                refused.touch()
                raise
            finally:
                part.unlink(missing_ok=True)
        return kept

    def _load(self, query: str, part: Path, share: float, width: float) -> int:
        """Write one answer to ``part`` and return the bytes of OSM objects in it."""
        head = tail = b""
        received = 0
        with (
            web.answer(
                self._session,
                "POST",
                self.endpoint,
                patience=self.patience,
                data={"data": query},
                allow_redirects=False,
            ) as response,
            gzip.open(part, "wb", compresslevel=3) as file,
        ):
            longest_s = self.patience.answer_s
            for block in web.blocks(response, limit_bytes=MAX_ANSWER_BYTES, longest_s=longest_s):
                file.write(block)
                head = head if len(head) >= _ENDS_BYTES else head + block[:_ENDS_BYTES]
                tail = (tail + block)[-_ENDS_BYTES:]
                received += len(block)
                inside = received / (received + _USUAL_BYTES)
                self.progress(msg("OSM-Daten werden geladen"), share + width * inside)
        _check_ends(head, tail)
        try:
            return osmium.MergeInputReader().add_file(str(part))
        except (RuntimeError, UnicodeDecodeError) as error:
            raise SetbackError(msg("die Antwort ist beschädigt")) from error

    def _too_much(self) -> FetchError:
        return FetchError(
            msg("Der Server kann auch kleine Teile des Gebiets nicht liefern."),
            where=self.endpoint,
            remedy=_REMEDY,
        )


def _tiles(area: BaseGeometry) -> list[Box]:
    """Return the tiles of a fixed grid that an area touches, in rows from the south-west."""
    west, south, east, north = area.bounds
    tiles = []
    shapely.prepare(area)
    for row in range(math.floor(south / TILE_LAT), math.ceil(north / TILE_LAT)):
        for column in range(math.floor(west / TILE_LON), math.ceil(east / TILE_LON)):
            # Rounded, so that the same tile is always the same query.
            tile = tuple(
                round(side, 6)
                for side in (
                    column * TILE_LON,
                    row * TILE_LAT,
                    (column + 1) * TILE_LON,
                    (row + 1) * TILE_LAT,
                )
            )
            if area.intersects(shapely.box(*tile)):
                tiles.append((tile[0], tile[1], tile[2], tile[3]))
            if len(tiles) > MAX_TILES:
                raise FetchError(
                    msg(
                        "Das Gebiet ist zu groß für einen Abruf beim Overpass-Server (über {tiles} Kacheln)."
                    ),
                    where="area",
                    remedy=msg(
                        "Bitte einen Auszug laden, zum Beispiel von download.geofabrik.de, mit --extract."
                    ),
                    tiles=MAX_TILES,
                )
    return tiles


def _quarters(box: Box) -> list[Box]:
    west, south, east, north = box
    lon, lat = round((west + east) / 2, 6), round((south + north) / 2, 6)
    return [
        (west, south, lon, lat),
        (lon, south, east, lat),
        (west, lat, lon, north),
        (lon, lat, east, north),
    ]


def _query(statement: str, box: Box | None = None) -> str:
    """Return a query for what a statement finds, with all it is made of, and the last edit of each object."""
    if box is not None:
        west, south, east, north = box
        statement = statement.format(box=f"{south:.6f},{west:.6f},{north:.6f},{east:.6f}")
    settings = f"[out:xml][timeout:{_SERVER_TIMEOUT_S}][maxsize:{_SERVER_MEMORY_BYTES}];"
    return f"{settings}\n{statement}\n(._;>;);\nout meta qt;\n"


def _check_ends(head: bytes, tail: bytes) -> None:
    """Check the first and the last bytes of an answer; what lies between is pyosmium's to check.

    Raises
    ------
    SetbackError
        It is no OSM data, cut off, or the server reports an error inside of it.
    _TooMuchError
        The server ran out of time or memory.
    """
    if b"<osm" not in head:
        raise SetbackError(msg("die Antwort enthält keine OSM-Daten"))
    remark = re.search(rb"<remark>(.*?)</remark>", tail, re.DOTALL)
    text = remark[1].decode("utf-8", "replace") if remark else ""
    if "timed out" in text or "out of memory" in text:
        raise _TooMuchError
    if "error" in text:
        raise SetbackError(msg("der Server meldet einen Fehler in der Abfrage"), busy=True)
    if not tail.rstrip().endswith(b"</osm>"):
        raise SetbackError(msg("die Antwort ist abgeschnitten"))


def _date(part: Path) -> dt.datetime | None:
    """Return the state of the data that an answer names in its first lines."""
    with gzip.open(part) as file:
        found = re.search(rb'osm_base="([^"]*)"', file.read(_ENDS_BYTES))
    return fetched.moment(found[1].decode("ascii", "replace")) if found else None


def _is_fresh(path: Path) -> bool:
    return path.is_file() and time.time() - path.stat().st_mtime < MAX_AGE_S
