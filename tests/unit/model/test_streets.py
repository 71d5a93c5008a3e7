import numpy as np
import pytest
import shapely

from kudequa_geo.model.network import build_net
from kudequa_geo.model.orientation import cross_field
from kudequa_geo.model.paths import cut_blocks, drop_islands, join_components, link_dead_ends
from kudequa_geo.model.streets import Street, Tracer, grow_streets
from tests.fixtures.toy_landscape import SIDE_M, toy_landscape


def quarter(seed=3):
    landscape = toy_landscape()
    rng = np.random.default_rng(seed)
    main = np.array([[200.0, 0.0], [260.0, 500.0]])
    field = cross_field(landscape.coarse, [main], [], rng)
    tracer = Tracer(landscape, field, rng)
    tracer.add(Street(main, 0, stroke=0))
    grow_streets(tracer, np.array([[600.0, 300.0], [600.0, 900.0]]), ["Südstraße", "Nordstraße"])
    return landscape, tracer


@pytest.fixture(scope="module")
def grown():
    return quarter()


def test_streets_reach_everybody(grown):
    _, tracer = grown
    lines = shapely.MultiLineString([street.course for street in tracer.streets])
    x, y = np.meshgrid(np.arange(200, 1050, 50), [200, 400, 800, 1000])
    assert shapely.distance(lines, shapely.points(x.ravel(), y.ravel())).max() < 80


def test_no_street_crosses_the_railway(grown):
    landscape, tracer = grown
    assert not any(shapely.LineString(s.course).intersects(landscape.barriers) for s in tracer.streets)


def test_a_street_through_a_real_point_carries_its_name(grown):
    _, tracer = grown
    named = {street.name: shapely.LineString(street.course) for street in tracer.streets if street.name}
    assert set(named) == {"Südstraße", "Nordstraße"}
    assert named["Südstraße"].distance(shapely.Point(600, 300)) < 1


def test_the_same_seed_grows_the_same_streets(grown):
    _, tracer = grown
    again = quarter()[1]
    assert len(again.streets) == len(tracer.streets)
    assert all(np.array_equal(a.course, b.course) for a, b in zip(again.streets, tracer.streets, strict=True))


def test_streets_follow_the_main_road_and_not_the_compass(grown):
    _, tracer = grown
    turned = np.degrees(np.arctan2(60, 500))
    near = [s for s in tracer.streets[1:] if np.hypot(*(s.course.mean(axis=0) - (230, 250))) < 200]
    angles = []
    for street in near:
        dx, dy = street.course[-1] - street.course[0]
        angles.append((np.degrees(np.arctan2(dx, dy)) - turned + 45) % 90 - 45)
    assert np.median(np.abs(angles)) < 15


def test_the_finished_network_is_two_halves_without_a_way_over_the_railway(grown):
    landscape, tracer = grown
    net = build_net(tracer.streets)
    rng = np.random.default_rng(1)
    before = (net.degrees() == 1).sum()
    assert link_dead_ends(net, landscape, rng) > 0
    assert (net.degrees() == 1).sum() < before
    join_components(net, landscape)
    component = net.components()[[edge.u for edge in net.edges]]
    assert component.max() == 1
    cut_blocks(net, landscape, rng)
    assert not any(shapely.LineString(e.course).intersects(landscape.barriers) for e in net.edges)
    assert drop_islands(net) > 0
    assert net.components()[[edge.u for edge in net.edges]].max() == 0


def test_nothing_leaves_the_raster(grown):
    _, tracer = grown
    courses = np.vstack([street.course for street in tracer.streets])
    assert courses.min() >= 0
    assert courses.max() <= SIDE_M
