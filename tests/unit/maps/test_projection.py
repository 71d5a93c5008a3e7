"""Coordinates between metres and degrees, the same from every thread."""

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import shapely

from kudequa_geo.maps.projection import box_to_degrees, shape_to_degrees, to_degrees, to_metres

CRS = "EPSG:25832"
POINTS = np.array([[393_000.0, 5_708_000.0], [400_000.0, 5_700_000.0]])


def test_agrees_with_geopandas() -> None:
    expected = gpd.GeoSeries(gpd.points_from_xy(*POINTS.T), crs=CRS).to_crs("EPSG:4326")
    assert np.allclose(to_degrees(POINTS, CRS), np.column_stack((expected.x, expected.y)), atol=1e-12)


def test_there_and_back() -> None:
    assert np.allclose(to_metres(to_degrees(POINTS, CRS), CRS), POINTS, atol=1e-6)


def test_many_threads_get_the_same() -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: to_degrees(POINTS, CRS), range(40)))
    assert all(np.array_equal(one, found[0]) for one in found)


def test_box_holds_every_corner() -> None:
    box = (380_000.0, 5_700_000.0, 400_000.0, 5_720_000.0)
    west, south, east, north = box_to_degrees(box, CRS)
    corners = shapely.get_coordinates(shape_to_degrees(shapely.box(*box), CRS))
    assert west <= corners[:, 0].min() < corners[:, 0].max() <= east
    assert south <= corners[:, 1].min() < corners[:, 1].max() <= north
