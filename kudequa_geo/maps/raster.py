"""Grid cells as one picture for the browser: 100 m squares of a metric CRS, seen in Web Mercator."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.maps import palette
from kudequa_geo.maps.palette import Code
from kudequa_geo.maps.projection import box_to_degrees, to_metres

#: Pixels across a cell, and in a whole picture at most.
_CELL_PX, _MOST_PX = 10, 3_000_000
#: Between so many points on each side of a picture the two systems are straight against each other.
_LATTICE = 65
#: Period and width of the lines of the hatch, in pixels.
_HATCH_PX, _HATCH_LINE_PX = 8, 3
#: A pixel without a cell.
_NOTHING = -1


@dataclass(frozen=True, eq=False)
class Raster:
    """Which cell each pixel of a picture shows.

    Attributes
    ----------
    cell
        Row of the cell per pixel, from north-west, shape (height, width); -1 = none.
    bounds
        West, south, east, north of the picture in degrees.
    """

    cell: NDArray[np.int32]
    bounds: tuple[float, float, float, float]


def raster_of(x: ArrayLike, y: ArrayLike, size_m: float, crs: str) -> Raster:
    """Return the picture of grid cells.

    Parameters
    ----------
    x, y
        Lower left corners of the cells in metres, multiples of ``size_m``; at least one.
    size_m
        Side of a cell in metres.
    crs
        The metric CRS.
    """
    column = np.rint(np.asarray(x, dtype=np.float64) / size_m).astype(np.int64)
    row = np.rint(np.asarray(y, dtype=np.float64) / size_m).astype(np.int64)
    first, origin = column.min(), row.min()
    # A frame of empty cells, so that every pixel falls into the table.
    table = np.full((row.max() - origin + 3, column.max() - first + 3), _NOTHING, dtype=np.int32)
    table[row - origin + 1, column - first + 1] = np.arange(len(column))
    corner = np.array([first - 1, origin - 1]) * size_m
    extent = (corner + size_m, corner + size_m * (np.array(table.shape[::-1]) - 1))
    bounds = box_to_degrees([*extent[0], *extent[1]], crs)
    height, width = (size * _CELL_PX for size in table.shape)
    shrink = min(1.0, (_MOST_PX / (height * width)) ** 0.5)
    height, width = max(int(height * shrink), 1), max(int(width * shrink), 1)
    metres = _pixels(bounds, height, width, crs)
    at = np.floor((metres - corner) / size_m).astype(np.int64)
    inside = np.clip(at, 0, np.array(table.shape[::-1]) - 1)
    return Raster(table[inside[..., 1], inside[..., 0]], bounds)


def _pixels(
    bounds: tuple[float, float, float, float], height: int, width: int, crs: str
) -> NDArray[np.float64]:
    """Return the metric coordinates of the middles of all pixels, shape (height, width, 2)."""
    west, south, east, north = bounds
    top, bottom = (_mercator(np.array([lat]))[0] for lat in (north, south))
    across = np.linspace(0, 1, _LATTICE)
    lon = west + across * (east - west)
    lat = np.degrees(2 * np.arctan(np.exp(top + across * (bottom - top))) - np.pi / 2)
    nodes = np.stack(np.meshgrid(lon, lat), axis=-1)
    known = to_metres(nodes.reshape(-1, 2), crs).reshape(_LATTICE, _LATTICE, 2)
    down = _between(known, (np.arange(height) + 0.5) / height)
    return np.moveaxis(_between(np.moveaxis(down, 1, 0), (np.arange(width) + 0.5) / width), 0, 1)


def _mercator(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    northing: NDArray[np.float64] = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
    return northing


def _between(known: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values at shares 0 to 1 along the first axis."""
    place = share * (len(known) - 1)
    low = np.minimum(place.astype(np.int64), len(known) - 2)
    part = (place - low)[:, None, None]
    found: NDArray[np.float64] = known[low] * (1 - part) + known[low + 1] * part
    return found


def picture(raster: Raster, codes: NDArray[np.uint8], fills: Sequence[str]) -> str:
    """Return the cells in their colours as a PNG in a data address.

    Parameters
    ----------
    raster
        Which cell each pixel shows.
    codes
        Position of each cell's colour in ``fills``.
    fills
        Colours ``#rrggbb``; the one at ``Code.NOT_CONNECTED`` is hatched.
    """
    clear, line = len(fills), len(fills) + 1
    by_cell = np.append(codes, np.uint8(clear)).astype(np.uint8)
    pixels = by_cell[raster.cell]
    rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    lines = (rows + columns) % _HATCH_PX < _HATCH_LINE_PX
    pixels[(pixels == Code.NOT_CONNECTED) & lines] = line
    colours = [bytes.fromhex(fill.lstrip("#")) for fill in (*fills, "#000000", palette.HATCH)]
    alpha = bytes([255] * clear + [0, 255])
    return "data:image/png;base64," + base64.b64encode(_png(pixels, b"".join(colours), alpha)).decode("ascii")


def _png(pixels: NDArray[np.uint8], colours: bytes, alpha: bytes) -> bytes:
    """Return a palette PNG (RFC 2083)."""
    height, width = pixels.shape
    # Each row equals the one above in most places: the difference packs best.
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 0] = 2
    rows[:, 1:] = pixels
    rows[1:, 1:] -= pixels[:-1]
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", colours),
        (b"tRNS", alpha),
        (b"IDAT", zlib.compress(rows.tobytes(), 1)),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body
