"""Points join the nearest point of the nearest edge, as shapely finds it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.access.graph import network_from_tables
from kudequa_geo.access.snapping import Streets, snap, streets_of
from tests.fixtures.networks import random_tables

MILLIMETRE = 0.001


@pytest.fixture(params=[True, False], ids=["compiled", "fallback"])
def compiled(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def streets(*lines: list[tuple[float, float]]) -> Streets:
    start = np.cumsum([0, *map(len, lines)])
    length_m = np.array([shapely.LineString(line).length for line in lines])
    return Streets(start, np.array([point for line in lines for point in line], dtype=float), length_m)


def test_the_foot_on_a_bent_street(compiled: bool) -> None:
    #   0---------100
    #              |   x (130, -40)
    #             -100
    bent = streets([(0, 0), (100, 0), (100, -100)])
    found = bent.snap(np.array([130.0]), np.array([-40.0]), max_distance_m=50, compiled=compiled)
    assert (found.edge.tolist(), found.offset_m.tolist(), found.leg_m.tolist()) == ([0], [140], [30])


def test_who_is_too_far_away_is_not_connected(compiled: bool) -> None:
    street = streets([(0, 0), (100, 0)])
    y = np.array([150.0, 150.001, 1e6, np.nan])
    found = street.snap(np.full(4, 50.0), y, max_distance_m=150, compiled=compiled)
    assert found.edge.tolist() == [0, -1, -1, -1]
    assert np.isnan(found.offset_m[1:]).all()
    assert np.isnan(found.leg_m[1:]).all()


def test_forbidden_streets_are_not_joined(compiled: bool) -> None:
    two = streets([(0, 0), (100, 0)], [(0, 60), (100, 60)])
    x, y = np.array([50.0]), np.array([10.0])
    assert two.snap(x, y, max_distance_m=150, compiled=compiled).edge[0] == 0
    allowed = np.array([False, True])
    found = two.snap(x, y, max_distance_m=150, allowed=allowed, compiled=compiled)
    assert (found.edge[0], found.leg_m[0]) == (1, 50)
    nothing = two.snap(x, y, max_distance_m=150, allowed=np.zeros(2, bool), compiled=compiled)
    assert nothing.edge[0] == -1


def test_at_a_corner_the_edge_with_the_lowest_id_is_joined(compiled: bool) -> None:
    meeting = streets([(100, 100), (0, 0)], [(0, 0), (-100, 100)], [(0, 0), (0, 90)])
    found = meeting.snap(np.array([0.0]), np.array([-25.0]), max_distance_m=150, compiled=compiled)
    assert (found.edge[0], found.offset_m[0], found.leg_m[0]) == (0, pytest.approx(np.sqrt(2) * 100), 25)


def test_an_offset_is_scaled_to_the_length_in_the_table(compiled: bool) -> None:
    hill = Streets(np.array([0, 2]), np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([120.0]))
    found = hill.snap(np.array([25.0]), np.array([0.0]), max_distance_m=1, compiled=compiled)
    assert found.offset_m[0] == 30


def test_streets_without_extent_and_no_streets_at_all(compiled: bool) -> None:
    point = streets([(5, 5), (5, 5)])
    found = point.snap(np.array([5.0]), np.array([8.0]), max_distance_m=10, compiled=compiled)
    assert (found.edge[0], found.offset_m[0], found.leg_m[0]) == (0, 0, 3)
    none = Streets(np.array([0]), np.empty((0, 2)), np.empty(0))
    assert none.snap(np.array([5.0]), np.array([8.0]), max_distance_m=10, compiled=compiled).edge[0] == -1


def test_a_very_long_street_beside_many_short_ones(compiled: bool) -> None:
    lines = [[(-30_000.0, -40_000.0), (30_000.0, 40_000.0)]]
    lines += [[(x, 500.0), (x + 20.0, 500.0)] for x in np.arange(0.0, 2000.0, 20.0)]
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-500, 2500, 400), rng.uniform(-500, 1500, 400)
    found = streets(*lines).snap(x, y, max_distance_m=150, compiled=compiled)
    tree = shapely.STRtree([shapely.LineString(line) for line in lines])
    expected = np.array([tree.geometries[tree.nearest(p)].distance(p) for p in shapely.points(x, y)])
    np.testing.assert_allclose(found.leg_m, np.where(expected <= 150, expected, np.nan), atol=MILLIMETRE)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 400))
def test_equal_to_shapely_on_random_networks(seed: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    nodes, edges = random_tables(rng, 25)
    frame = gpd.GeoDataFrame(edges.drop(columns="length_m"), geometry="geometry")
    lines = frame.geometry.to_numpy()
    x, y = rng.uniform(-400, 1400, 60), rng.uniform(-400, 1400, 60)
    allowed = rng.random(len(edges)) < 0.8
    found = snap(x, y, frame, max_distance_m=limit, allowed=allowed)
    points = shapely.points(x, y)
    distances = np.array([[line.distance(point) for line in lines] for point in points])
    nearest = np.where(allowed, distances, np.inf).min(axis=1)
    near = np.abs(nearest - limit) > MILLIMETRE
    assert ((found.edge >= 0) == (nearest <= limit))[near].all()
    on = np.flatnonzero(found.edge >= 0)
    assert allowed[found.edge[on]].all()
    np.testing.assert_allclose(found.leg_m[on], nearest[on], atol=MILLIMETRE)
    feet = shapely.line_interpolate_point(lines[found.edge[on]], found.offset_m[on])
    np.testing.assert_allclose(shapely.distance(feet, points[on]), nearest[on], atol=MILLIMETRE)
    ready = streets_of(network_from_tables(nodes, edges))
    one, two = (
        ready.snap(x, y, max_distance_m=limit, allowed=allowed, compiled=compiled)
        for compiled in (True, False)
    )
    np.testing.assert_array_equal(one.edge[near], two.edge[near])
    np.testing.assert_allclose(one.leg_m[near], two.leg_m[near], atol=MILLIMETRE)
