"""A hierarchy to which edges are added gives the walks of one made anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kudequa_geo.access.graph import Network, Positions, network_from_tables
from kudequa_geo.access.hierarchy import Hierarchy, build_hierarchy, extended
from kudequa_geo.access.nearest import Router
from kudequa_geo.access.reach import within
from tests.fixtures.networks import random_positions, random_tables


def in_steps(network: Network, steps: list[tuple[int, int]]) -> Hierarchy:
    """Return the hierarchy of a network whose nodes and edges come in steps: how many of each there are."""
    (nodes, edges), *further = steps
    hierarchy = build_hierarchy(nodes, network.tail[:edges], network.head[:edges])
    for nodes, last in further:
        hierarchy = extended(hierarchy, nodes, network.tail[edges:last], network.head[edges:last])
        edges = last
    return hierarchy


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32 - 1), st.integers(4, 90), st.floats(0.0, 1.0), st.floats(20, 400))
def test_added_edges_give_the_walks_of_a_new_hierarchy(
    seed: int, n_nodes: int, share: float, limit_m: float
) -> None:
    rng = np.random.default_rng(seed)
    nodes, edges = random_tables(rng, n_nodes)
    # Edges in any order: those that come later join old nodes, new ones, and parts that were apart.
    edges = edges.sample(frac=1, random_state=seed % 2**32).assign(edge_id=range(len(edges)))
    origins, places = random_positions(rng, edges, 30), random_positions(rng, edges, 12)
    kinds = rng.integers(0, 3, 12)
    whole, grown = network_from_tables(nodes, edges), network_from_tables(nodes, edges)
    known = int(share * len(edges))
    ends = np.maximum(whole.tail, whole.head)
    middle = (known + len(edges)) // 2
    count = [int(ends[:last].max(initial=0)) + 1 for last in (known, middle)]
    grown.__dict__["hierarchy"] = in_steps(
        grown, [(count[0], known), (count[1], middle), (grown.n_nodes, len(edges))]
    )
    for k in (1, 3):
        found, expected = (Router(net).nearest(origins, places, kinds, 3, k=k) for net in (grown, whole))
        np.testing.assert_array_equal(found.metres, expected.metres)
        np.testing.assert_array_equal(found.place, expected.place)
    near, wanted = (within(Router(net), origins, places, limit_m) for net in (grown, whole))
    np.testing.assert_array_equal(near.start, wanted.start)
    for pairs in (near, wanted):
        assert (np.diff(pairs.place) >= 0).all()
    ours, theirs = (np.lexsort((pairs.origin, pairs.place)) for pairs in (near, wanted))
    np.testing.assert_array_equal(near.origin[ours], wanted.origin[theirs])
    np.testing.assert_array_equal(near.metres[ours], wanted.metres[theirs])


@pytest.mark.parametrize("seed", range(3))
def test_old_nodes_keep_their_ranks_and_arcs_stay_sorted(seed: int) -> None:
    nodes, edges = random_tables(np.random.default_rng(seed), 60)
    network = network_from_tables(nodes, edges)
    known = len(edges) * 2 // 3
    old = build_hierarchy(network.n_nodes, network.tail[:known], network.head[:known])
    new = extended(old, network.n_nodes, network.tail[known:], network.head[known:])
    np.testing.assert_array_equal(new.rank[: len(old.rank)], old.rank)
    for x in range(network.n_nodes):
        arcs = new.high[new.start[x] : new.start[x + 1]]
        assert (np.diff(arcs) > 0).all()
        assert (arcs > x).all()
        # Whatever a node is joined to above its parent, its parent is joined to as well.
        parent = slice(new.start[arcs[0]], new.start[arcs[0] + 1]) if len(arcs) else slice(0)
        assert set(arcs[1:].tolist()) <= set(new.high[parent].tolist())
    low, high = np.minimum(new.tail, new.head), np.maximum(new.tail, new.head)
    loops = low == high
    assert (new.edge_arc[loops] == -1).all()
    np.testing.assert_array_equal(new.high[new.edge_arc[~loops]], high[~loops])
    assert (new.start[low[~loops]] <= new.edge_arc[~loops]).all()
    assert (new.edge_arc[~loops] < new.start[low[~loops] + 1]).all()


@pytest.mark.parametrize("length", [5, 12, 40])
def test_a_bridge_between_the_ends_of_two_long_streets_is_searched(length: int) -> None:
    """Both streets leave a square; what is beyond their far ends was cut off from each other there."""
    count = 2 * length + 1
    nodes = pd.DataFrame({"node_id": range(count), "x": np.arange(count) * 100.0, "y": 0.0})
    u = np.append(np.arange(count - 1), 0)
    v = np.append(np.arange(1, count), count - 1)
    edges = pd.DataFrame({"edge_id": range(count), "u": u, "v": v, "length_m": 100.0})
    network = network_from_tables(nodes, edges)
    known = count - 1
    network.__dict__["hierarchy"] = in_steps(network, [(count, known), (count, count)])
    middles = Positions(np.arange(count, dtype=np.int32), np.full(count, 50.0), np.zeros(count))
    for edge in range(count):
        found = within(Router(network), middles, middles.take(np.array([edge])), 250.0)
        assert set(found.origin.tolist()) == {(edge + step) % count for step in (-2, -1, 0, 1, 2)}
