"""Outlines as short texts say the same as the areas."""

import numpy as np
import shapely

from kudequa_geo.maps.outline import STEPS_PER_DEGREE, outlines
from kudequa_geo.maps.projection import to_degrees

CRS = "EPSG:25832"
SQUARE = shapely.box(400_000, 5_700_000, 400_100, 5_700_100)
HOLED = SQUARE.difference(shapely.box(400_040, 5_700_040, 400_060, 5_700_060))
FAR = shapely.box(400_500, 5_700_500, 400_600, 5_700_600)


def _read(text: str) -> list[list[np.ndarray]]:
    return [
        [
            np.cumsum(np.array(ring.split(), dtype=float).reshape(-1, 2), axis=0)[:, ::-1] / STEPS_PER_DEGREE
            for ring in polygon.split(";")
        ]
        for polygon in text.split("/")
    ]


def _degrees(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda points: to_degrees(points, CRS))


def test_rings_are_those_of_the_areas() -> None:
    shapes = [HOLED, shapely.union_all([SQUARE, FAR])]
    for shape, text in zip(shapes, outlines(shapes, CRS), strict=True):
        polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in _read(text)]
        assert [len(polygon.interiors) for polygon in polygons] == [
            len(part.interiors) for part in shapely.get_parts(shape)
        ]
        away = shapely.hausdorff_distance(shapely.union_all(polygons), _degrees(shape))
        assert away <= 1 / STEPS_PER_DEGREE


def test_simplified_outline_stays_within_its_tolerance() -> None:
    disc = shapely.Point(400_000, 5_700_000).buffer(80, quad_segs=32)
    [rough], [fine] = outlines([disc], CRS, tolerance_m=3.0), outlines([disc], CRS, tolerance_m=0.0)
    drawn = shapely.Polygon(_read(rough)[0][0])
    assert shapely.hausdorff_distance(drawn, _degrees(disc)) < 3.1 / 60_000
    assert len(rough) < len(fine) / 3


def test_what_is_no_polygon_is_left_out() -> None:
    assert outlines([], CRS) == []
    mixed = shapely.GeometryCollection([shapely.Point(400_000, 5_700_000), SQUARE])
    assert outlines([shapely.Polygon(), mixed], CRS) == ["", *outlines([SQUARE], CRS)]
