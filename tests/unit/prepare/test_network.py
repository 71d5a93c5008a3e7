"""Toy networks with exact answers; every letter is a point, 10 m apart in x and y."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from kudequa_geo.errors import SourceError
from kudequa_geo.prepare.network import islands, walkable_network
from tests.fixtures.drawings import highways, vertices
from tests.fixtures.walkable import FOOTWAY, STEPS, STREET, distance, letters, network

CROSS = """
  a
  b
cdefg
  h
"""


def test_points_where_nothing_branches_disappear():
    found = network(CROSS, [("cdefg", STREET), ("abeh", FOOTWAY)])
    assert letters(found) == list("acegh")
    assert sorted(found.edges["length_m"]) == [10, 20, 20, 20]
    assert distance(found, "a", "g") == 40
    assert found.report["walkable_km"] == pytest.approx(0.07)


def test_every_point_stays_without_simplification():
    ways = [("cdefg", STREET), ("abeh", FOOTWAY)]
    found = network(CROSS, ways, simplify=False)
    assert letters(found) == list("abcdefgh")
    assert len(found.edges) == 7
    assert distance(found, "a", "g") == distance(network(CROSS, ways), "a", "g")


def test_geometry_runs_from_u_to_v_along_every_point():
    found = network("ab\n c\n d", [("abcd", STREET)])
    assert len(found.edges) == 1
    edge = found.edges.iloc[0]
    ends = found.nodes.set_index("node_id")[["x", "y"]]
    coordinates = list(edge.geometry.coords)
    assert coordinates[0] == tuple(ends.loc[edge["u"]])
    assert coordinates[-1] == tuple(ends.loc[edge["v"]])
    assert coordinates == [(0, 0), (10, 0), (10, -10), (10, -20)]
    assert edge.geometry.length == edge["length_m"] == 30


def test_ways_of_any_direction_join_into_one_edge():
    # three ways, the middle one drawn backwards
    found = network("abcdefg", [("abc", STREET), ("edc", STREET), ("efg", STREET)])
    assert letters(found) == ["a", "g"]
    assert found.edges["length_m"].tolist() == [60]
    assert len(found.edges.geometry.iloc[0].coords) == 7


def test_the_longest_way_describes_the_edge():
    found = network(
        "abcdefg",
        [
            ("abc", STREET | {"name": "Kurze Straße", "incline": "up"}),
            ("gfedc", FOOTWAY | {"name": "Langer Weg", "surface": "gravel", "lit": "yes", "incline": "5%"}),
        ],
    )
    edge = found.edges.iloc[0]
    assert len(found.edges) == 1
    assert (edge["name"], edge["highway"], edge["surface"], edge["lit"]) == (
        "Langer Weg",
        "footway",
        "gravel",
        "yes",
    )
    # the edge runs a to g, the way g to c: uphill is seen from the other end
    assert edge["incline"] == "-5%"
    assert edge["osm_id"] == 2


def test_routing_facts_are_kept_apart():
    found = network(
        "abcdefghi",
        [
            ("abc", STREET),
            ("cd", STEPS),
            ("de", FOOTWAY | {"bridge": "yes"}),
            ("efg", FOOTWAY | {"wheelchair": "no"}),
            ("ghi", STREET),
        ],
    )
    edges = found.edges.sort_values("osm_id")
    assert edges["length_m"].tolist() == [20, 10, 10, 20, 20]
    assert edges["steps"].tolist() == [False, True, False, False, False]
    assert edges["bridge"].tolist() == [False, False, True, False, False]
    assert edges["wheelchair_no"].tolist() == [False, False, False, True, False]
    assert distance(found, "a", "i") == 80
    assert distance(found, "a", "i", closed=("steps",)) == math.inf


def test_bridge_over_a_street_does_not_meet_it():
    drawing = """
  a
b   c
  d
"""
    # no common point: crossing lines do not connect
    found = network(drawing, [("ad", FOOTWAY | {"bridge": "yes"}), ("bc", STREET)])
    assert distance(found, "a", "b") == math.inf
    assert found.nodes["component"].nunique() == 2


def test_railway_makes_a_long_walk_of_a_short_beeline():
    # o and s face each other across the tracks (r-t), 100 m apart; the only underpass u-v is 450 m east
    gap = "\n" * 5
    drawing = f"o{' ' * 44}u\n{gap}r{' ' * 60}t\n{gap[:-2]}s{' ' * 44}v"
    found = network(
        drawing,
        [("ou", STREET), ("sv", STREET), ("uv", FOOTWAY | {"tunnel": "yes"}), ("rt", {"railway": "rail"})],
    )
    nodes = found.nodes.set_index("osm_id")
    beeline = math.dist(nodes.loc[ord("o"), ["x", "y"]], nodes.loc[ord("s"), ["x", "y"]])
    assert beeline == 100
    assert distance(found, "o", "s") == 450 + 100 + 450


def test_loop_at_a_junction_and_a_ring_on_its_own():
    drawing = """
abc  f g
 ed  i h
"""
    found = network(drawing, [("ab", STREET), ("bcdeb", STREET), ("fghif", STREET)])
    loops = found.edges[found.edges["u"] == found.edges["v"]]
    assert sorted(loops["length_m"]) == [40, 60]
    assert len(found.edges) == 3
    assert found.nodes["component"].tolist().count(1) == 1


def test_ring_made_of_several_ways():
    drawing = """
ab
dc
"""
    found = network(drawing, [("ab", STREET), ("cb", STREET), ("cda", STREET)])
    assert len(found.nodes) == len(found.edges) == 1
    assert found.edges["length_m"].tolist() == [40]
    assert len(found.edges.geometry.iloc[0].coords) == 5


def test_parallel_edges_stay():
    drawing = """
 bc
a  d
 ef
"""
    found = network(drawing, [("abcd", STREET), ("aefd", STREET), ("da", STEPS)])
    assert len(found.nodes) == 2
    assert len(found.edges) == 3


def test_ways_drawn_twice_are_one():
    found = network("abc", [("abc", STREET), ("cba", FOOTWAY), ("bc", STEPS)])
    # the street can be passed by everybody, so the steps on the same points stop nobody
    assert found.edges["length_m"].tolist() == [20]
    assert not found.edges["steps"].any()
    assert found.report["duplicate_segments"] == 3


def test_doubled_barriers_of_different_kind_both_stay():
    found = network("ab", [("ab", STEPS), ("ab", FOOTWAY | {"wheelchair": "no"}), ("ab", STEPS)])
    assert len(found.edges) == 2
    assert sorted(found.edges["steps"]) == [False, True]


def test_points_at_one_place_make_an_edge_of_no_length():
    rows = vertices("abc")
    rows.loc[ord("b"), "x"] = rows.loc[ord("a"), "x"]
    found = walkable_network(highways([("ab", STREET), ("bc", STREET), ("cb", STEPS), ("ba", STEPS)]), rows)
    assert found.edges["length_m"].sum() == 20


def test_repeated_point_is_no_segment():
    found = network("abc", [("abbc", STREET)])
    assert found.edges["length_m"].tolist() == [20]


def test_missing_point_leaves_a_gap():
    found = network("ab de", [("abcde", STREET)])
    assert distance(found, "a", "b") == 10
    assert distance(found, "a", "d") == math.inf
    assert found.report["points_missing"] == 1


def test_parts_of_one_way_are_all_kept():
    ways = highways([("ab", STREET), ("de", STREET)])
    ways["osm_id"] = 7
    found = walkable_network(ways, vertices("ab de"))
    assert len(found.edges) == 2


SQUARE = """
 x
abc
h d
gfe
  y
"""


def test_square_is_crossed_straight():
    area = {"highway": "pedestrian", "area": "yes"}
    found = network(SQUARE, [("abcdefgha", area), ("xb", STREET), ("ey", STREET)])
    assert distance(found, "b", "e") == pytest.approx(math.hypot(10, 20))
    assert found.report["area_crossings"] == 1
    ring = network(SQUARE, [("abcdefgha", {"highway": "pedestrian"}), ("xb", STREET), ("ey", STREET)])
    assert distance(ring, "b", "e") == 30


def test_lines_do_not_leave_a_bent_square():
    # a U: b and c face each other across the gap
    shape = """
p        q
ab      cd

  e    f

h        g
"""
    area = {"highway": "pedestrian", "area": "yes"}
    found = network(shape, [("abefcdgha", area), ("pa", STREET), ("qd", STREET)])
    assert found.report["area_crossings"] == 0
    assert distance(found, "a", "d") > 90


def test_lines_across_a_square_with_many_entries_are_limited():
    n = 60
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    ring, outside = np.arange(n), np.arange(n) + 100
    points = pd.DataFrame(
        {
            "x": np.concatenate([100 * np.cos(angle), 120 * np.cos(angle)]),
            "y": np.concatenate([100 * np.sin(angle), 120 * np.sin(angle)]),
        },
        index=np.concatenate([ring, outside]),
    )
    ways = pd.DataFrame({"osm_id": np.arange(n + 1)})
    ways["nodes"] = [np.append(ring, 0), *np.stack([ring, outside], axis=1)]
    ways["highway"], ways["area"] = ["pedestrian"] + ["footway"] * n, ["yes"] + [np.nan] * n
    found = walkable_network(ways, points)
    # between 24 entries, none of them neighbours on the outline
    assert found.report["area_crossings"] == 24 * 23 // 2


def test_components_fall_in_size():
    found = network("abcde xyz  uv", [("uv", STREET), ("xyz", STREET), ("abcde", STREET)])
    by_letter = dict(zip(map(chr, found.nodes["osm_id"]), found.nodes["component"], strict=True))
    assert by_letter == {"a": 0, "e": 0, "x": 1, "z": 1, "u": 2, "v": 2}


def test_islands_are_small_or_empty():
    rows = 60
    line = np.arange(1, rows + 1, dtype=np.int64)
    points = pd.DataFrame(
        {"x": np.tile(line * 10.0, 2), "y": np.repeat([0.0, 500.0], rows)}, index=np.arange(1, 121)
    )
    points.loc[200] = [0.0, 900.0]
    points.loc[201] = [7.0, 900.0]
    ways = pd.DataFrame(
        {"osm_id": [1, 2, 3], "nodes": [line, line + rows, np.array([200, 201])], "highway": ["footway"] * 3}
    )
    found = walkable_network(ways, points)
    alone = islands(found.nodes, found.edges)
    assert alone[["component", "points", "length_m", "reason"]].to_numpy().tolist() == [[2, 2, 7.0, "small"]]
    assert (alone["x"].item(), alone["y"].item()) in {(0.0, 900.0), (7.0, 900.0)}
    edge = found.edges.index[found.edges["osm_id"] == 1].item()
    homes = pd.DataFrame({"edge_id": [edge, -1], "residents": [3.0, 5.0]})
    assert islands(found.nodes, found.edges, homes)["reason"].tolist() == ["uninhabited", "small"]


def test_the_largest_component_is_never_an_island():
    found = network("ab", [("ab", STREET)])
    assert islands(found.nodes, found.edges).empty


def test_nothing_to_walk_on():
    with pytest.raises(SourceError, match=r"keinen Weg.*2 Wege geprüft"):
        network("ab", [("ab", {"highway": "motorway"}), ("ab", {"railway": "rail"})])
    with pytest.raises(SourceError, match="0 Wege geprüft"):
        walkable_network(highways([("ab", STREET)]).iloc[:0], vertices("ab").iloc[:0])


def test_report_counts_ways_by_rule():
    found = network("abc", [("ab", STREET), ("bc", STREET), ("ac", {"highway": "motorway"})])
    assert found.report["rules"] == [
        {"rule": "motorway", "walk": False, "ways": 1, "km": pytest.approx(0.02)},
        {"rule": "street", "walk": True, "ways": 2, "km": pytest.approx(0.02)},
    ]
