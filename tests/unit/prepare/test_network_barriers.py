"""What stops people on foot, on toy networks with exact answers."""

from __future__ import annotations

import math

from tests.fixtures.walkable import FOOTWAY, STREET, distance, network

KERB_CROSSING = "abkcd"


def test_kerb_between_two_segments():
    found = network(KERB_CROSSING, [("abkcd", FOOTWAY)], {"k": {"kerb": "raised"}})
    assert sorted(found.edges["length_m"]) == [0, 20, 20]
    assert found.edges.loc[found.edges["length_m"] == 0, "kerb"].all()
    assert not found.edges.loc[found.edges["length_m"] > 0, "kerb"].any()
    assert distance(found, "a", "d") == 40
    assert distance(found, "a", "d", closed=("kerb",)) == math.inf
    # standing before the kerb is free from either side
    assert distance(found, "a", "k", closed=("kerb",)) == distance(found, "d", "k", closed=("kerb",)) == 20


def test_stile_where_three_ways_meet():
    drawing = """
  a
bcsde
  f
"""
    found = network(drawing, [("bcsde", FOOTWAY), ("asf", FOOTWAY)], {"s": {"barrier": "stile"}})
    assert (found.edges["length_m"] == 0).sum() == 4
    for start, goal in [("a", "b"), ("a", "f"), ("b", "e")]:
        assert distance(found, start, goal) == distance(found, start, "s") + distance(found, goal, "s")
        assert distance(found, start, goal, closed=("wheelchair_no",)) == math.inf


def test_barrier_at_a_dead_end_stops_nobody():
    found = network("abk", [("abk", FOOTWAY)], {"k": {"kerb": "raised"}})
    assert found.edges["length_m"].tolist() == [20]
    assert not found.edges["kerb"].any()


def test_barrier_on_a_closed_way():
    drawing = """
ab
dc
"""
    found = network(drawing, [("abcda", FOOTWAY)], {"a": {"barrier": "stile"}})
    assert sorted(found.edges["length_m"]) == [0, 40]


def test_locked_gate_cuts():
    drawing = """
zab g cdy
 e  h  f
"""
    gate = {"g": {"barrier": "gate", "locked": "yes"}}
    found = network(drawing, [("zabgcdy", FOOTWAY), ("aehfd", FOOTWAY)], gate)
    # around instead of through
    assert distance(found, "a", "d") == 10 + 60 + 10
    assert distance(found, "a", "g") == 30
    assert found.report["points_closed"] == 1
    cut = network(drawing, [("abgcd", FOOTWAY)], gate)
    assert distance(cut, "a", "d") == math.inf
    assert distance(network(drawing, [("abgcd", FOOTWAY)]), "a", "d") == 60


def test_oneway_for_people_on_foot():
    escalator = FOOTWAY | {"oneway:foot": "yes"}
    for letters_, there, back in [("bcd", 40, math.inf), ("dcb", math.inf, 40)]:
        found = network("abcde", [("ab", FOOTWAY), (letters_, escalator), ("de", FOOTWAY)])
        assert len(found.edges) == 3
        assert distance(found, "a", "e") == there
        assert distance(found, "e", "a") == back


def test_opposed_oneways_are_not_joined():
    oneway = FOOTWAY | {"oneway:foot": "yes"}
    found = network("abc", [("ab", oneway), ("cb", oneway)])
    assert len(found.edges) == 2
    assert distance(found, "a", "b") == distance(found, "c", "b") == 10
    assert distance(found, "a", "c") == distance(found, "c", "a") == math.inf
    joined = network("abc", [("ab", oneway), ("bc", oneway)])
    assert len(joined.edges) == 1
    assert distance(joined, "a", "c") == 20


def test_oneway_of_cars_does_not_matter():
    found = network("ab", [("ab", STREET | {"oneway": "yes"})])
    assert found.edges["oneway"].tolist() == [0]
