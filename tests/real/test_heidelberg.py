"""The network of a large city: walks of a sample against an independent search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely

from kudequa_geo.access.graph import Positions, network_from_tables
from kudequa_geo.access.nearest import Nearest, Router
from kudequa_geo.access.reach import path, within
from kudequa_geo.access.snapping import snap
from kudequa_geo.constants import PERSONS
from kudequa_geo.prepare.network import Walkable, walkable_network
from kudequa_geo.sources.osm import read_osm
from tests.fixtures.networks import graph_of

MILLIMETRE = 0.001
N_ORIGINS = 5_000
N_PLACES = 300
N_KINDS = 5

Points = tuple[Positions, Positions, np.ndarray]


@pytest.fixture(scope="module")
def streets(real_data: Path) -> Walkable:
    extract = read_osm(real_data / "osm" / "heidelberg.osm.pbf")
    return walkable_network(extract.highways, extract.vertices)


@pytest.fixture(scope="module")
def points(streets: Walkable) -> Points:
    """Origins and places on random edges, and the kinds of the places."""
    rng = np.random.default_rng(4)

    def spread(count: int) -> Positions:
        edge = rng.integers(0, len(streets.edges), count).astype(np.int32)
        offset = rng.random(count) * streets.edges["length_m"].to_numpy()[edge]
        return Positions(edge, offset, rng.random(count) * 20)

    return spread(N_ORIGINS), spread(N_PLACES), rng.integers(0, N_KINDS, N_PLACES)


def _nearest(streets: Walkable, points: Points, **options: Any) -> Nearest:
    network = network_from_tables(streets.nodes, streets.edges)
    return Router(network, **options).nearest(*points, N_KINDS, k=3)


@pytest.mark.parametrize("person", ["adult", "wheelchair"])
def test_a_sample_equals_an_independent_search(streets: Walkable, points: Points, person: str) -> None:
    closed = PERSONS[person].barriers
    found = _nearest(streets, points, closed=closed)
    origins, places, kinds = points
    graph = graph_of(streets.edges, origins, places, closed)
    for place, kind in enumerate(kinds):
        graph.add_edge(("place", place), ("kind", kind), weight=places.leg_m[place])
    backwards = graph.reverse(copy=False)
    for kind in range(N_KINDS):
        metres = nx.single_source_dijkstra_path_length(backwards, ("kind", kind), weight="weight")
        by_origin = np.array([metres.get(("origin", origin), np.nan) for origin in range(N_ORIGINS)])
        assert np.isfinite(by_origin).mean() > 0.9
        expected = by_origin + origins.leg_m
        np.testing.assert_allclose(found.metres[:, kind, 0], expected, rtol=0, atol=MILLIMETRE)


def test_threads_runs_and_fallback_give_the_same_bytes(streets: Walkable, points: Points) -> None:
    first = _nearest(streets, points, threads=2)
    for options in ({"threads": 1}, {"threads": 2}, {"compiled": False}):
        again = _nearest(streets, points, **options)
        assert again.metres.tobytes() == first.metres.tobytes(), options
        assert again.place.tobytes() == first.place.tobytes(), options


def test_pairs_within_a_limit_are_those_of_the_nearest(streets: Walkable, points: Points) -> None:
    origins, places, _ = points
    router = Router(network_from_tables(streets.nodes, streets.edges))
    every = router.nearest(origins, places, np.arange(N_PLACES), N_PLACES).metres[:, :, 0]
    found = within(router, origins, places, 1200)
    expected = np.argwhere(every.T <= 1200)
    order = np.lexsort((found.origin, found.place))
    np.testing.assert_array_equal(np.column_stack((found.place, found.origin))[order], expected)
    np.testing.assert_array_equal(found.metres, every[found.origin, found.place])


def test_drawn_paths_are_as_long_as_reported(streets: Walkable, points: Points) -> None:
    origins, places, kinds = points
    router = Router(network_from_tables(streets.nodes, streets.edges))
    found = router.nearest(origins.take(slice(0, 60)), places, kinds, N_KINDS)
    drawn = 0
    for origin, kind in np.argwhere(found.place[:, :, 0] >= 0)[::5]:
        place = found.place[origin, kind, 0]
        walk = path(router, origins.take([origin]), places.take([place]))
        assert walk is not None
        legs = origins.leg_m[origin] + places.leg_m[place]
        assert abs(walk.line.length + legs - found.metres[origin, kind, 0]) <= MILLIMETRE
        drawn += 1
    assert drawn > 40


def test_snapping_equals_shapely_to_a_millimetre(streets: Walkable) -> None:
    rng = np.random.default_rng(5)
    lines = streets.edges.geometry.to_numpy()
    feet = shapely.line_interpolate_point(lines[rng.integers(0, len(lines), 20_000)], 0.4, normalized=True)
    x, y = shapely.get_coordinates(feet).T + rng.normal(0, 60, (2, len(feet)))
    found = snap(x, y, streets.edges, max_distance_m=150)
    points = shapely.points(x, y)
    rows, edges = shapely.STRtree(lines).query_nearest(points, max_distance=150, all_matches=False)
    np.testing.assert_array_equal(rows, np.flatnonzero(found.edge >= 0))
    expected = shapely.distance(lines[edges], points[rows])
    np.testing.assert_allclose(found.leg_m[rows], expected, rtol=0, atol=MILLIMETRE)
    on_line = shapely.line_interpolate_point(lines[found.edge[rows]], found.offset_m[rows])
    np.testing.assert_allclose(shapely.distance(on_line, points[rows]), expected, rtol=0, atol=MILLIMETRE)


def test_the_network_is_connected_as_a_graph_is(streets: Walkable) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(streets.nodes)))
    graph.add_edges_from(streets.edges[["u", "v"]].to_numpy().tolist())
    largest = max(nx.connected_components(graph), key=len)
    edge = int(np.flatnonzero(streets.edges["u"].isin(largest))[0])
    place = Positions(np.array([edge], np.int32), np.zeros(1), np.zeros(1))
    every = np.arange(len(streets.edges), dtype=np.int32)
    origins = Positions(every, np.zeros(len(every)), np.zeros(len(every)))
    network = network_from_tables(streets.nodes, streets.edges)
    found = Router(network).nearest(origins, place, np.array([0]), 1).metres[:, 0, 0]
    np.testing.assert_array_equal(np.isfinite(found), streets.edges["u"].isin(largest).to_numpy())
