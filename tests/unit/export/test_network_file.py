"""The network goes to OSMnx and back without losing a metre."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import osmnx as ox
import pytest

from kudequa_geo import store
from kudequa_geo.export.network_file import graphml, street_graph


@pytest.fixture(scope="module")
def graph(town_data: Path, tmp_path_factory: pytest.TempPathFactory) -> nx.MultiDiGraph:
    folder = town_data / "musterstadt"
    nodes, edges = (store.read_table(folder, name) for name in ("nodes", "edges"))
    path = tmp_path_factory.mktemp("graph") / "network.graphml"
    path.write_bytes(graphml(street_graph(nodes, edges, store.read_package(folder))))
    return ox.io.load_graphml(path)


def test_osmnx_reads_the_network(graph: nx.MultiDiGraph, town_data: Path) -> None:
    edges = store.read_table(town_data / "musterstadt", "edges")
    both_ways = int((edges["oneway"] == 0).sum())
    assert graph.number_of_edges() == len(edges) + both_ways
    assert sum(data["length"] for *_, data in graph.edges(data=True)) == pytest.approx(
        edges["length_m"].sum() + edges.loc[edges["oneway"] == 0, "length_m"].sum()
    )
    assert graph.graph["attribution"] == "© OpenStreetMap contributors"
    assert graph.graph["modelled"] == "False"


def test_walks_are_as_long_as_in_the_tables(graph: nx.MultiDiGraph, town_data: Path) -> None:
    edges = store.read_table(town_data / "musterstadt", "edges")
    own = nx.MultiDiGraph()
    for edge in edges.itertuples():
        if edge.oneway >= 0:
            own.add_edge(edge.u, edge.v, length=edge.length_m)
        if edge.oneway <= 0:
            own.add_edge(edge.v, edge.u, length=edge.length_m)
    start = int(edges["u"].iloc[0])
    expected = nx.single_source_dijkstra_path_length(own, start, weight="length")
    found = nx.single_source_dijkstra_path_length(graph, start, weight="length")
    assert found == pytest.approx(expected)
    assert len(found) > 50


def test_geometry_follows_the_direction(graph: nx.MultiDiGraph) -> None:
    for u, _, data in graph.edges(data=True):
        if "geometry" in data and data["length"] > 0:
            x, y = data["geometry"].coords[0]
            assert (x, y) == pytest.approx((graph.nodes[u]["x"], graph.nodes[u]["y"]), abs=1e-9)
