"""Neighbourhoods along streets: against single linkage on all walks, and drawn by hand."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.neighbourhoods import Streets, neighbourhoods


def same(groups: np.ndarray) -> list[list[int]]:
    """The grouping without its numbers: members of each group, smallest first."""
    return sorted(np.flatnonzero(groups == group).tolist() for group in np.unique(groups))


@st.composite
def towns(draw: st.DrawFn) -> tuple[Streets, np.ndarray, np.ndarray, float]:
    nodes = draw(st.integers(1, 7))
    node = st.integers(0, nodes - 1)
    # Loops, parallel edges and zero lengths included.
    edges = draw(st.lists(st.tuples(node, node, st.integers(0, 60)), min_size=1, max_size=12))
    u, v, length = (np.array(column) for column in zip(*edges, strict=True))
    homes = draw(
        st.lists(
            st.tuples(st.integers(-1, len(edges) - 1), st.sampled_from([0.0, 0.25, 0.5, 1.0])), max_size=9
        )
    )
    edge = np.array([home[0] for home in homes], dtype=np.int64)
    offset = np.array([length[at] * share if at >= 0 else np.nan for at, share in homes])
    return Streets(u, v, length.astype(float)), edge, offset, float(draw(st.integers(0, 80)))


@settings(max_examples=150, deadline=None)
@given(towns())
def test_equals_single_linkage_on_all_walks(town: tuple[Streets, np.ndarray, np.ndarray, float]) -> None:
    streets, edge, offset, join_m = town
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(7))
    for number, (u, v, length) in enumerate(zip(streets.u, streets.v, streets.length_m, strict=True)):
        on_edge = sorted((offset[home], home) for home in np.flatnonzero(edge == number))
        stops = [(0.0, int(u)), *((at, f"home{home}") for at, home in on_edge), (length, int(v))]
        for (start, a), (end, b) in itertools.pairwise(stops):
            graph.add_edge(a, b, weight=end - start)
    connected = np.flatnonzero(edge >= 0).tolist()
    links = nx.Graph()
    links.add_nodes_from(connected)
    for a in connected:
        walks = nx.single_source_dijkstra_path_length(graph, f"home{a}")
        links.add_edges_from((a, b) for b in connected if walks.get(f"home{b}", np.inf) <= join_m)
    found = neighbourhoods(streets, edge, offset, join_m)
    assert (found[edge < 0] == -1).all() and (found[edge >= 0] >= 0).all()
    expected = sorted(sorted(part) for part in nx.connected_components(links))
    found_groups = same(np.where(found < 0, np.arange(len(found)) + 1000, found))
    assert [group for group in found_groups if edge[group[0]] >= 0] == expected


def test_the_street_counts_and_not_the_beeline() -> None:
    #   A ──── 300 ──── node ──── 300 ──── B      10 m apart across the railway, 600 m by the bridge
    streets = Streets(np.array([0, 1]), np.array([1, 2]), np.array([300.0, 300.0]))
    edge, offset = np.array([0, 1]), np.array([0.0, 300.0])
    assert same(neighbourhoods(streets, edge, offset, 599.0)) == [[0], [1]]
    assert same(neighbourhoods(streets, edge, offset, 600.0)) == [[0, 1]]


def test_a_chain_joins_what_is_far_apart() -> None:
    #   A ─60─ B ─60─ C          D      (80 m further)
    streets = Streets(np.array([0]), np.array([1]), np.array([400.0]))
    found = neighbourhoods(streets, np.zeros(4, dtype=int), np.array([10.0, 130.0, 70.0, 210.0]), 60.0)
    assert same(found) == [[0, 1, 2], [3]]


def test_nobody_and_nothing() -> None:
    empty = Streets(np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0))
    assert neighbourhoods(empty, np.empty(0, dtype=int), np.empty(0), 100.0).tolist() == []
    assert neighbourhoods(empty, np.array([-1]), np.array([np.nan]), 100.0).tolist() == [-1]


@pytest.mark.parametrize("join_m", [-1.0, np.nan, np.inf])
def test_a_join_must_be_a_walk(join_m: float) -> None:
    streets = Streets(np.array([0]), np.array([1]), np.array([400.0]))
    with pytest.raises(AnalysisError, match="Nachbarn"):
        neighbourhoods(streets, np.array([0]), np.array([0.0]), join_m)
