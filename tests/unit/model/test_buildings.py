import numpy as np
import pytest
import shapely

from kudequa_geo.model.buildings import build_houses
from kudequa_geo.model.network import Edge, Net
from tests.fixtures.toy_landscape import toy_landscape


def houses(density, *, closed=False, rail=False, taken=()):
    landscape = toy_landscape(density=density, rail=rail)
    nodes = np.array([[200.0, 400.0], [1000.0, 420.0], [600.0, 200.0], [600.0, 900.0]])
    net = Net(
        nodes,
        [Edge(0, 1, nodes[:2], "residential"), Edge(2, 3, nodes[2:], "tertiary")],
    )
    everywhere = shapely.box(0, 0, 1200, 1200)
    built = build_houses(
        net,
        landscape,
        np.random.default_rng(1),
        taken=list(taken),
        closed=everywhere if closed else shapely.Polygon(),
    )
    return built, net, landscape


@pytest.mark.parametrize(
    ("density", "closed", "expected"),
    [
        (10, False, {"detached"}),
        (60, False, {"terrace", "apartments", "semidetached_house"}),
        (150, False, {"apartments"}),
        (150, True, {"apartments"}),
    ],
)
def test_houses_fit_the_density(density, closed, expected):
    built, _, _ = houses(density, closed=closed)
    assert {house.building for house in built} <= expected
    assert len(built) > 20


def test_a_closed_block_has_hardly_any_gaps_and_a_row_has():
    closed = [house.footprint for house in houses(150, closed=True)[0]]
    rows = [house.footprint for house in houses(150)[0]]
    assert len(shapely.get_parts(shapely.union_all(closed).buffer(1.0))) < len(closed) / 3
    assert len(shapely.get_parts(shapely.union_all(rows).buffer(1.0))) == len(rows)


def test_no_house_stands_on_a_street_on_another_house_or_on_the_railway():
    taken = shapely.box(640, 380, 700, 460)
    built, net, landscape = houses(60, rail=True, taken=[taken])
    shapes = np.array([house.footprint for house in built])
    streets = shapely.MultiLineString([edge.course for edge in net.edges])
    assert shapely.distance(shapes, streets).min() > 6
    assert shapely.distance(shapes, taken).min() >= 4
    assert shapely.distance(shapes, landscape.barriers).min() > 5
    inner = shapely.buffer(shapes, -1.0)
    one, other = shapely.STRtree(inner).query(inner, predicate="intersects")
    assert (one == other).all()


def test_houses_stand_square_to_their_street():
    built, _, _ = houses(30)
    low = [house for house in built if house.footprint.centroid.x < 500]
    for house in low:
        front = np.diff(shapely.get_coordinates(house.footprint)[:2], axis=0)[0]
        assert abs(front[1] / front[0]) == pytest.approx(20 / 800, abs=1e-6)


def test_more_people_mean_more_storeys():
    few = np.mean([house.levels for house in houses(90)[0]])
    many = np.mean([house.levels for house in houses(220)[0]])
    assert many > few
