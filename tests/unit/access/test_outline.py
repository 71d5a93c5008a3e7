"""Areas whose middle is far from every street join the street nearest to their outline."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.outline import join_outlines

#: A large field, a street 20 m south of it, one 90 m west, one that ends on it, an alley nobody may use.
FIELD = shapely.box(0, 0, 1000, 1000)
SOUTH = shapely.LineString([(100, -20), (700, -20)])
WEST = shapely.LineString([(-90, 0), (-90, 1000)])
INTO = shapely.LineString([(-500, 400), (300, 400)])
ALLEY = shapely.LineString([(0, 1005), (1000, 1005)])


def _edges(*lines: shapely.LineString, scale: float = 1.0) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"length_m": scale * shapely.length(np.array(lines))}, geometry=list(lines), crs="EPSG:25832"
    )


def _none(count: int = 1) -> Positions:
    return Positions(np.full(count, -1, np.int32), np.full(count, np.nan), np.full(count, np.nan))


def _join(shape: shapely.Geometry, edges: gpd.GeoDataFrame, *closed: int) -> Positions:
    allowed = np.ones(len(edges), dtype=bool)
    allowed[list(closed)] = False
    return join_outlines(_none(), np.array([shape]), edges, max_distance_m=150, allowed=allowed)


def test_the_street_nearest_to_the_outline_is_the_entrance() -> None:
    found = _join(FIELD, _edges(WEST, SOUTH, ALLEY), 2)
    assert found.edge.tolist() == [1]
    assert found.leg_m[0] == pytest.approx(20)
    assert 0 <= found.offset_m[0] <= 600


def test_a_street_onto_the_area_is_joined_where_it_is_nearest_to_the_middle() -> None:
    found = _join(FIELD, _edges(SOUTH, INTO, scale=1.1))
    assert found.edge.tolist() == [1]
    assert found.leg_m[0] == 0
    assert found.offset_m[0] == pytest.approx(800 * 1.1), "its end on the field, in metres as counted"


def test_of_streets_that_touch_the_area_the_one_nearest_to_its_middle_is_taken() -> None:
    corner = shapely.LineString([(-50, -50), (0, 0)])
    side = shapely.LineString([(500, -50), (500, 0)])
    found = _join(FIELD, _edges(corner, side))
    assert found.edge.tolist() == [1]
    assert found.offset_m[0] == pytest.approx(50)


def test_far_areas_points_and_joined_ones_stay_as_they_are() -> None:
    edges = _edges(SOUTH)
    far = shapely.box(5000, 5000, 6000, 6000)
    shapes = np.array([far, shapely.Point(500, 500), FIELD, FIELD])
    before = Positions(
        np.array([-1, -1, 0, -1], np.int32), np.array([np.nan, np.nan, 7, np.nan]), np.array([np.nan] * 4)
    )
    found = join_outlines(before, shapes, edges, max_distance_m=150, allowed=np.array([True]))
    assert found.edge.tolist() == [-1, -1, 0, 0]
    assert found.offset_m[2] == 7
    nobody = join_outlines(before, shapes, edges, max_distance_m=150, allowed=np.array([False]))
    assert nobody is before
