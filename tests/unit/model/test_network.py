from itertools import pairwise

import numpy as np
import pytest
import shapely

from kudequa_geo.model.network import Edge, Net, build_net
from kudequa_geo.model.shortest import detours, neighbours, way
from kudequa_geo.model.streets import Street


def street(*points, level=1, name="", stroke=-1):
    return Street(np.array(points, dtype=float), level, name, stroke)


def test_streets_that_cross_share_a_junction():
    net = build_net([street((0, 0), (200, 0)), street((100, -100), (100, 100))])
    assert len(net.edges) == 4
    assert sorted(net.degrees()[net.degrees() > 0].tolist()) == [1, 1, 1, 1, 4]


def test_a_stub_and_a_double_go():
    net = build_net(
        [street((0, 0), (200, 0)), street((100, 0), (100, 20)), street((0, 0), (50, 3), (200, 0))]
    )
    assert sum(edge.length for edge in net.edges) == pytest.approx(200, abs=1)


def test_junctions_a_few_metres_apart_become_one_and_the_main_road_stays():
    net = build_net(
        [
            street((0, 0), (300, 0), level=0, stroke=0),
            street((100, 0), (100, 200)),
            street((108, 0), (108, -200)),
        ]
    )
    junctions = net.nodes[net.degrees() == 4]
    assert len(junctions) == 1
    assert junctions[0][1] == 0


def test_a_local_street_beside_a_main_road_goes():
    net = build_net([street((0, 0), (300, 0), level=0, stroke=0), street((0, 0), (150, 30), (200, 200))])
    assert [edge.stroke for edge in net.edges] == [0]


def test_names_and_streets_stay_with_their_pieces():
    net = build_net([street((0, 0), (200, 0), name="A"), street((100, -100), (100, 100), name="B")])
    assert sorted((edge.name, edge.street) for edge in net.edges) == [("A", 0), ("A", 0), ("B", 1), ("B", 1)]


def test_splitting_keeps_the_length_and_uses_an_end_that_is_near():
    net = Net(
        np.array([[0.0, 0.0], [100.0, 0.0]]),
        [Edge(0, 1, np.array([[0.0, 0.0], [100.0, 0.0]]), "residential")],
    )
    assert net.split(0, 4.0, 9.0) == 0
    node = net.split(0, 40.0, 9.0)
    assert net.nodes[node].tolist() == [40, 0]
    assert sum(edge.length for edge in net.edges) == pytest.approx(100)
    assert {(edge.u, edge.v) for edge in net.edges} == {(0, node), (node, 1)}


def test_component_zero_is_the_largest():
    net = build_net(
        [street((0, 0), (200, 0)), street((100, -100), (100, 100)), street((900, 900), (990, 900))]
    )
    component = net.components()
    assert [component[edge.u] for edge in net.edges].count(0) == 4


def test_ways_and_detours_around_a_square():
    corners = [(0, 0), (100, 0), (100, 100), (0, 100)]
    courses = [shapely.LineString([a, b]) for a, b in pairwise(corners)]
    nodes = np.array(corners, dtype=float)
    net = Net(
        nodes, [Edge(i, i + 1, shapely.get_coordinates(c), "residential") for i, c in enumerate(courses)]
    )
    assert way(neighbours(net), 0, 3, 1000) == pytest.approx(300)
    assert way(neighbours(net), 0, 3, 250) == np.inf
    assert detours(net, np.array([[0, 3], [0, 1]])).tolist() == pytest.approx([3, 1])
