"""What holds for the network of any town."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from kudequa_geo.prepare.network import walkable_network
from tests.fixtures.drawings import highways, vertices
from tests.fixtures.walkable import FOOTWAY, STEPS, STREET, distances

KINDS_OF_WAY = [STREET, FOOTWAY, STEPS, FOOTWAY | {"wheelchair": "no"}, FOOTWAY | {"oneway:foot": "yes"}]
GRID = "abcde\nfghij\nklmno\npqrst"


@st.composite
def random_towns(draw):
    """Ways along a grid of 5 by 4 points, with some barriers."""
    letters_ = [letter for letter in GRID if letter.isalpha()]
    ways = []
    for _ in range(draw(st.integers(2, 9))):
        column, row = draw(st.integers(0, 4)), draw(st.integers(0, 3))
        path = [letters_[row * 5 + column]]
        for step in draw(
            st.lists(st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]), min_size=1, max_size=8)
        ):
            column, row = min(max(column + step[0], 0), 4), min(max(row + step[1], 0), 3)
            path.append(letters_[row * 5 + column])
        ways.append(("".join(path), draw(st.sampled_from(KINDS_OF_WAY))))
    barred = draw(st.dictionaries(st.sampled_from(letters_), st.sampled_from(BARRIERS), max_size=4))
    return ways, barred


BARRIERS = [{"barrier": "stile"}, {"kerb": "raised"}, {"barrier": "gate", "locked": "yes"}]


@settings(max_examples=30, deadline=None)
@given(random_towns())
def test_simplified_and_full_network_agree(town):
    ways, barred = town
    if not any(len(set(path)) > 1 for path, _ in ways):
        return
    full = walkable_network(highways(ways), vertices(GRID, barred), simplify=False)
    joined = walkable_network(highways(ways), vertices(GRID, barred))
    assert joined.edges["length_m"].sum() == pytest.approx(full.edges["length_m"].sum())
    assert joined.report["components"] == full.report["components"]
    kept = sorted({chr(node) for node in joined.nodes["osm_id"]})
    for closed in [(), ("steps",), ("steps", "kerb", "wheelchair_no")]:
        walks = distances(full, kept[0], closed)
        expected = {letter: metres for letter, metres in walks.items() if letter in kept}
        assert distances(joined, kept[0], closed) == pytest.approx(expected)


@settings(max_examples=15, deadline=None)
@given(random_towns(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(town, random):
    ways, barred = town
    if not any(len(set(path)) > 1 for path, _ in ways):
        return
    rows, points = highways(ways), vertices(GRID, barred)
    shuffled_rows = rows.iloc[random.sample(range(len(rows)), len(rows))]
    shuffled_points = points.iloc[random.sample(range(len(points)), len(points))]
    expected = walkable_network(rows, points)
    found = walkable_network(shuffled_rows, shuffled_points)
    assert_frame_equal(found.nodes, expected.nodes)
    assert_frame_equal(found.edges, expected.edges)
    assert found.report == expected.report


@settings(max_examples=15, deadline=None)
@given(random_towns())
def test_tables_hold_together(town):
    ways, barred = town
    if not any(len(set(path)) > 1 for path, _ in ways):
        return
    found = walkable_network(highways(ways), vertices(GRID, barred))
    xy = found.nodes[["x", "y"]].to_numpy()
    for edge in found.edges.itertuples():
        assert edge.geometry.length == pytest.approx(edge.length_m)
        assert edge.geometry.coords[0] == tuple(xy[edge.u])
        assert edge.geometry.coords[-1] == tuple(xy[edge.v])
    component = found.nodes["component"].to_numpy()
    assert (component[found.edges["u"]] == component[found.edges["v"]]).all()
    assert set(found.edges["u"]) | set(found.edges["v"]) == set(found.nodes["node_id"])
