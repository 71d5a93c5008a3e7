"""Cells as a picture: every pixel shows the cell it lies in, and the file is a PNG that others read."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from kudequa_geo.maps.layers import CODE_COLOURS
from kudequa_geo.maps.projection import to_degrees
from kudequa_geo.maps.raster import picture, raster_of

CRS = "EPSG:25832"


def _mercator(lat: np.ndarray) -> np.ndarray:
    return np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))


@pytest.mark.parametrize("cells", [1, 40, 400])
def test_pixels_show_the_cell_they_lie_in(cells: int) -> None:
    generator = np.random.default_rng(cells)
    corners = np.unique(generator.integers(0, 120, (cells, 2)), axis=0) * 100.0 + (390_000, 5_700_000)
    raster = raster_of(corners[:, 0], corners[:, 1], 100.0, CRS)
    inside = corners + generator.uniform(12, 88, corners.shape)
    lon, lat = to_degrees(inside, CRS).T
    west, south, east, north = raster.bounds
    height, width = raster.cell.shape
    column = ((lon - west) / (east - west) * width).astype(int)
    row = ((_mercator(north) - _mercator(lat)) / (_mercator(north) - _mercator(south)) * height).astype(int)
    assert raster.cell[row, column].tolist() == list(range(len(corners)))
    area = (raster.cell >= 0).mean() * _square_metres(raster.bounds)
    assert area == pytest.approx(len(corners) * 10_000, rel=0.05)


def _square_metres(bounds: tuple[float, float, float, float]) -> float:
    from kudequa_geo.maps.projection import to_metres

    west, south, east, north = bounds
    (x0, y0), (x1, y1), (x2, y2) = to_metres([[west, south], [east, south], [west, north]], CRS)
    return float(np.hypot(x1 - x0, y1 - y0) * np.hypot(x2 - x0, y2 - y0))


def test_picture_is_a_palette_png() -> None:
    raster = raster_of([0.0, 100.0, 300.0], [5_700_000.0] * 3, 100.0, CRS)
    address = picture(raster, np.array([0, 4, 5], dtype=np.uint8), CODE_COLOURS)
    head, content = address.split(",")
    assert head == "data:image/png;base64"
    image = Image.open(io.BytesIO(base64.b64decode(content))).convert("RGBA")
    seen = np.asarray(image)
    assert seen.shape[:2] == raster.cell.shape
    for cell, code in ((0, 0), (1, 4)):
        colour = tuple(int(CODE_COLOURS[code][i : i + 2], 16) for i in (1, 3, 5))
        assert (seen[raster.cell == cell] == (*colour, 255)).all()
    assert (seen[raster.cell < 0][:, 3] == 0).all()
    # The hatch has lines and ground.
    assert len(np.unique(seen[raster.cell == 2], axis=0)) == 2
