import numpy as np
import pytest
import shapely

from kudequa_geo.model.skeleton import anchors, build_skeleton, hermite
from tests.fixtures.toy_landscape import RAIL_Y, toy_landscape


@pytest.fixture(scope="module")
def skeleton():
    landscape = toy_landscape()
    points = np.random.default_rng(5).uniform(80, 1120, (60, 2))
    return build_skeleton(anchors(points, landscape), landscape), landscape


def test_anchors_keep_off_the_railway_and_apart():
    landscape = toy_landscape()
    found = anchors(np.array([[600.0, RAIL_Y], [300.0, 300.0], [310.0, 300.0], [-500.0, 0.0]]), landscape)
    assert len(found) == 2
    assert not landscape.is_blocked(found[:, 0], found[:, 1]).any()


def test_main_roads_are_one_network(skeleton):
    roads, _ = skeleton
    reached = {roads.edges[0][0]}
    for _ in roads.points:
        reached |= {v for u, v in roads.edges if u in reached} | {u for u, v in roads.edges if v in reached}
    assert reached == set(range(len(roads.points)))


def test_main_roads_are_planar(skeleton):
    roads, _ = skeleton
    chords = [shapely.LineString(roads.points[list(edge)]) for edge in roads.edges]
    for index, one in enumerate(chords):
        for other in chords[index + 1 :]:
            assert not one.crosses(other)


def test_only_crossings_touch_the_railway_and_they_are_few(skeleton):
    roads, landscape = skeleton
    for course, crossing in zip(roads.curves, roads.crossing, strict=True):
        assert crossing or not shapely.LineString(course).intersects(landscape.barriers)
    assert 1 <= sum(roads.crossing) <= 4


def test_no_two_main_roads_leave_a_junction_almost_together(skeleton):
    roads, _ = skeleton
    for node, place in enumerate(roads.points):
        ends = [v if u == node else u for u, v in roads.edges if node in (u, v)]
        angles = sorted(np.arctan2(*(roads.points[end] - place)[::-1]) for end in ends)
        turns = np.diff([*angles, angles[0] + 2 * np.pi])
        assert len(ends) < 2 or turns.min() > np.radians(30)


def test_a_through_road_has_no_kink_where_edges_meet(skeleton):
    roads, _ = skeleton
    curve = hermite(np.zeros(2), np.array([100.0, 0.0]), np.array([1.0, 1.0]), np.array([1.0, -1.0]))
    assert curve[0].tolist() == [0, 0]
    assert curve[-1].tolist() == [100, 0]
    first = curve[1] - curve[0]
    assert np.degrees(np.arctan2(first[1], first[0])) == pytest.approx(45, abs=12)
    assert len(set(roads.stroke)) < len(roads.edges)
