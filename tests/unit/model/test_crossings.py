import numpy as np
import pytest
import shapely

from kudequa_geo.model.crossings import add_foot_crossings, build_crossings, build_steps, kerb_at
from kudequa_geo.model.network import Edge, Net
from tests.fixtures.toy_landscape import RAIL_Y, toy_landscape


def straight(*places, highway="residential"):
    nodes = np.array(places, dtype=float)
    edges = [Edge(i, i + 1, nodes[i : i + 2], highway) for i in range(len(nodes) - 1)]
    return Net(nodes, edges)


def test_a_road_over_the_railway_gets_a_bridge_or_underpass_and_keeps_its_length():
    net = straight((600, 400), (600, 800))
    build_crossings(net, toy_landscape())
    built = [edge for edge in net.edges if edge.tags]
    assert len(net.edges) == 3
    assert len(built) == 1
    assert built[0].length == pytest.approx(12 + 24, abs=1)
    assert sum(edge.length for edge in net.edges) == pytest.approx(400)
    assert sorted(net.degrees()[net.degrees() > 0].tolist()) == [1, 1, 2, 2]


def test_two_halves_get_a_footbridge_with_steps_or_a_ramp():
    landscape = toy_landscape()
    nodes = np.array([[300.0, 560.0], [700.0, 560.0], [300.0, 650.0], [700.0, 650.0]])
    net = Net(nodes, [Edge(0, 1, nodes[:2], "residential"), Edge(2, 3, nodes[2:], "residential")])
    added = add_foot_crossings(net, landscape, np.random.default_rng(2), share=1.0)
    assert added == 1
    build_crossings(net, landscape)
    assert {edge.highway for edge in net.edges} <= {"residential", "footway", "steps"}
    assert net.components()[[edge.u for edge in net.edges]].max() == 0


def test_steps_lie_within_footpaths_only():
    net = straight((0, 0), (100, 0), (200, 0), highway="footway")
    net.edges[1] = Edge(1, 2, net.edges[1].course, "residential")
    build_steps(net, np.random.default_rng(0), share=1.0)
    assert sorted(edge.highway for edge in net.edges) == ["footway", "footway", "residential", "steps"]
    steps = next(edge for edge in net.edges if edge.highway == "steps")
    assert steps.length == pytest.approx(9)


def test_kerbs_are_on_footpaths_and_never_on_a_junction():
    path = Edge(0, 1, np.array([[0.0, 0.0], [60.0, 0.0]]), "footway")
    rng = np.random.default_rng(4)
    told = [kerb_at(path, rng) for _ in range(400)]
    heights = [kerb[1] for kerb in told if kerb]
    assert 0.07 < heights.count("raised") / 400 < 0.18
    assert all(0 < kerb[0] < 60 for kerb in told if kerb)
    assert kerb_at(Edge(0, 1, path.course, "residential"), rng) is None


def test_the_railway_lies_where_the_toy_says():
    assert toy_landscape().barriers.contains(shapely.Point(600, RAIL_Y))
