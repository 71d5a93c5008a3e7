"""What must always hold, on random planar networks, and against an independent search."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kudequa_geo.access.graph import Network, Positions, network_from_tables
from kudequa_geo.access.isochrones import isochrones, street_points
from kudequa_geo.access.nearest import Router
from kudequa_geo.access.reach import choice, path, within
from kudequa_geo.constants import PERSONS, Barrier
from tests.fixtures.networks import random_positions, random_tables, walks

#: Rounding to micrometres, per edge at most half of one.
EXACT_M = 1e-4
N_KINDS = 3
WHEELCHAIR = PERSONS["wheelchair"].barriers

many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class City:
    """A random network with origins and places on it."""

    def __init__(self, seed: int, n_nodes: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes, self.edges = random_tables(self.rng, n_nodes)
        self.network: Network = network_from_tables(self.nodes, self.edges)
        self.origins = random_positions(self.rng, self.edges, 15)
        self.places = random_positions(self.rng, self.edges, 9)
        self.kinds = self.rng.integers(0, N_KINDS, 9)

    def nearest(
        self, router: Router | None = None, rows: slice | np.ndarray = slice(None), k: int = 3
    ) -> np.ndarray:
        router = router or Router(self.network)
        return router.nearest(self.origins, self.places.take(rows), self.kinds[rows], N_KINDS, k=k).metres


cities = st.builds(City, st.integers(0, 2**32 - 1), st.integers(4, 40))


def no_longer(first: np.ndarray, second: np.ndarray) -> bool:
    """Tell whether every walk of the first is there and no longer, where the second has one."""
    return bool((np.nan_to_num(first, nan=np.inf) <= np.nan_to_num(second, nan=np.inf)).all())


def three_smallest(all_walks: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    out = np.full((len(all_walks), N_KINDS, 3), np.nan)
    for kind in range(N_KINDS):
        of_kind = np.sort(all_walks[:, kinds == kind], axis=1)[:, :3]
        out[:, kind, : of_kind.shape[1]] = of_kind
    return out


@many
@given(cities, st.sampled_from([frozenset[Barrier](), frozenset({Barrier.STEPS}), WHEELCHAIR]))
def test_walks_equal_an_independent_search(city: City, closed: frozenset[Barrier]) -> None:
    expected = walks(city.edges, city.origins, city.places, closed)
    found = Router(city.network, closed).nearest(city.origins, city.places, city.kinds, N_KINDS, k=3)
    np.testing.assert_allclose(found.metres, three_smallest(expected, city.kinds), rtol=0, atol=EXACT_M)
    for origin, kind, rank in np.argwhere(found.place >= 0):
        place = found.place[origin, kind, rank]
        assert city.kinds[place] == kind
        assert abs(expected[origin, place] - found.metres[origin, kind, rank]) <= EXACT_M
    near = within(Router(city.network, closed), city.origins, city.places, 300.0)
    assert set(zip(near.origin, near.place, strict=True)) == set(
        zip(*np.nonzero(expected <= 300.0), strict=True)
    )
    np.testing.assert_allclose(near.metres, expected[near.origin, near.place], rtol=0, atol=EXACT_M)


@many
@given(cities)
def test_a_place_more_lengthens_no_walk_and_taken_away_leaves_the_very_same_ones(city: City) -> None:
    before = city.nearest(rows=slice(0, 8))
    assert no_longer(city.nearest(), before)
    assert city.nearest(rows=slice(0, 8)).tobytes() == before.tobytes()


@many
@given(cities)
def test_forbidding_shortens_no_walk(city: City) -> None:
    free = city.nearest()
    for barrier in Barrier:
        one = city.nearest(Router(city.network, frozenset({barrier})))
        assert no_longer(free, one)
        assert no_longer(one, city.nearest(Router(city.network, frozenset(Barrier))))


@many
@given(cities)
def test_closing_a_path_and_opening_it_again(city: City) -> None:
    router = Router(city.network)
    before = city.nearest(router)
    rows = city.rng.integers(0, len(city.edges), 3)
    shut = router.changed(closed=rows)
    assert no_longer(before, city.nearest(shut))
    assert city.nearest(shut.changed(opened=rows)).tobytes() == before.tobytes()
    assert city.nearest(router).tobytes() == before.tobytes()
    marked = city.edges.assign(kerb=np.isin(np.arange(len(city.edges)), rows))
    other = Router(network_from_tables(city.nodes, marked), frozenset({Barrier.KERB}))
    np.testing.assert_array_equal(city.nearest(shut), city.nearest(other))


@many
@given(cities)
def test_longer_paths_shorten_no_walk(city: City) -> None:
    rows = city.rng.integers(0, len(city.edges), 3)
    longer = city.edges["length_m"].to_numpy()[rows] + 50
    changed = Router(city.network).changed(network=city.network.with_lengths(rows, longer))
    # Only walks over edges on which nobody starts or ends: offsets on a longer edge are other points.
    city.origins = city.origins.take(~np.isin(city.origins.edge, rows))
    kept = ~np.isin(city.places.edge, rows)
    assert no_longer(city.nearest(rows=kept), city.nearest(changed, rows=kept))


@many
@given(cities)
def test_a_slower_person_arrives_no_earlier(city: City) -> None:
    metres = city.nearest()
    by_speed = sorted(PERSONS.values(), key=lambda person: -person.metres_per_minute)
    minutes = [
        city.nearest(Router(city.network, person.barriers)) / person.metres_per_minute for person in by_speed
    ]
    assert no_longer(metres / by_speed[0].metres_per_minute, minutes[0])
    for person, walk in zip(by_speed, minutes, strict=True):
        assert no_longer(metres / by_speed[0].metres_per_minute, walk), person.key
    same_way = [walk for person, walk in zip(by_speed, minutes, strict=True) if not person.barriers]
    assert all(no_longer(fast, slow) for fast, slow in itertools.pairwise(same_way))


@many
@given(cities)
def test_row_order_and_numbering_do_not_matter(city: City) -> None:
    metres = city.nearest()
    nodes = city.rng.permutation(len(city.nodes))
    edges = city.rng.permutation(len(city.edges))
    new_node = np.argsort(nodes)
    shuffled_nodes = city.nodes.iloc[nodes].assign(node_id=np.arange(len(nodes)))
    shuffled_edges = city.edges.iloc[edges].assign(
        edge_id=np.arange(len(edges)),
        u=new_node[city.edges["u"].to_numpy()[edges]],
        v=new_node[city.edges["v"].to_numpy()[edges]],
    )
    router = Router(network_from_tables(shuffled_nodes, shuffled_edges))
    new_edge = np.append(np.argsort(edges), -1).astype(np.int32)

    def moved(points: Positions) -> Positions:
        return Positions(new_edge[points.edge], points.offset_m, points.leg_m)

    found = router.nearest(moved(city.origins), moved(city.places), city.kinds, N_KINDS, k=3)
    before = Router(city.network).nearest(city.origins, city.places, city.kinds, N_KINDS, k=3)
    assert found.metres.tobytes() == metres.tobytes()
    assert found.place.tobytes() == before.place.tobytes()
    # Tables in any row order, with the same ids, are the same network.
    again = network_from_tables(
        city.nodes.sample(frac=1, random_state=1), city.edges.sample(frac=1, random_state=2)
    )
    assert city.nearest(Router(again)).tobytes() == metres.tobytes()
    order = city.rng.permutation(len(city.origins))
    swapped = Router(city.network).nearest(city.origins.take(order), city.places, city.kinds, N_KINDS, k=3)
    np.testing.assert_array_equal(swapped.metres, metres[order])


@many
@given(cities)
def test_k_places_are_sorted_and_distinct_and_begin_alike(city: City) -> None:
    router = Router(city.network)
    three = router.nearest(city.origins, city.places, city.kinds, N_KINDS, k=3)
    assert no_longer(three.metres[:, :, 0], three.metres[:, :, 1])
    assert no_longer(three.metres[:, :, 1], three.metres[:, :, 2])
    for row in three.place.reshape(-1, 3):
        known = row[row >= 0]
        assert len(set(known)) == len(known)
    for k in (1, 2):
        fewer = router.nearest(city.origins, city.places, city.kinds, N_KINDS, k=k)
        np.testing.assert_array_equal(fewer.metres, three.metres[:, :, :k])
        np.testing.assert_array_equal(fewer.place, three.place[:, :, :k])


@many
@given(cities)
def test_the_drawn_path_is_as_long_as_reported(city: City) -> None:
    # Lengths as drawn, so that the line can be measured.
    drawn = city.edges.assign(length_m=[line.length for line in city.edges["geometry"]])
    network = network_from_tables(city.nodes, drawn)
    origins, places = random_positions(city.rng, drawn, 6), random_positions(city.rng, drawn, 4)
    router = Router(network, frozenset({Barrier.STEPS}))
    expected = walks(drawn, origins, places, frozenset({Barrier.STEPS}))
    for origin, place in np.ndindex(expected.shape):
        walk = path(router, origins.take([origin]), places.take([place]))
        if np.isnan(expected[origin, place]):
            assert walk is None
            continue
        assert walk is not None
        legs = origins.leg_m[origin] + places.leg_m[place]
        assert abs(walk.metres - expected[origin, place]) <= EXACT_M
        assert abs(walk.line.length + legs - walk.metres) <= EXACT_M
        assert not router.closed_edges[walk.edges].any()


@many
@given(cities)
def test_compiled_and_fallback_one_and_two_threads_give_the_same_bytes(city: City) -> None:
    def results(router: Router) -> list[bytes]:
        arrays = []
        for k in (1, 3):
            found = router.nearest(city.origins, city.places, city.kinds, N_KINDS, k=k)
            arrays += [found.metres, found.place]
        near = within(router, city.origins, city.places, 400.0)
        arrays += [near.origin, near.start, near.metres]
        arrays.append(choice(router, city.origins, city.places, city.kinds, n_kinds=N_KINDS, limit_m=400.0))
        return [array.tobytes() for array in arrays]

    first = results(Router(city.network, WHEELCHAIR, threads=1))
    again = network_from_tables(city.nodes, city.edges)
    assert results(Router(again, WHEELCHAIR, threads=1)) == first
    assert results(Router(city.network, WHEELCHAIR, threads=2)) == first
    assert results(Router(again, WHEELCHAIR, threads=2, compiled=False)) == first


@many
@given(cities, st.floats(0, 1500))
def test_choice_grows_with_the_limit_and_counts_the_pairs(city: City, limit_m: float) -> None:
    router = Router(city.network)
    found = choice(router, city.origins, city.places, city.kinds, n_kinds=N_KINDS, limit_m=limit_m)
    expected = walks(city.edges, city.origins, city.places)
    sure = (np.abs(expected - limit_m) > EXACT_M) | np.isnan(expected)
    if sure.all():
        for kind in range(N_KINDS):
            counted = (expected[:, city.kinds == kind] <= limit_m).sum(axis=1)
            on = city.origins.edge >= 0
            np.testing.assert_array_equal(found[on, kind], counted[on])
    assert (np.isnan(found).all(axis=1) == (city.origins.edge < 0)).all()
    farther = choice(router, city.origins, city.places, city.kinds, n_kinds=N_KINDS, limit_m=limit_m * 1.5)
    assert no_longer(found, farther)


@settings(max_examples=15, deadline=None)
@given(cities, st.floats(20, 600))
def test_areas_hold_all_street_points_within_and_grow_with_the_limit(city: City, limit_m: float) -> None:
    router = Router(city.network)
    centre = city.places.take(slice(0, 1))
    small, large = isochrones(router, centre, [limit_m, 1.3 * limit_m])
    if centre.edge[0] < 0:
        assert small.is_empty
        return
    assert small.is_valid
    assert small.area <= large.area
    assert small.difference(large).area == pytest.approx(0, abs=1e-6)
    points, metres = street_points(router, centre, limit_m, 10.0)
    # Points with less left than a cell's diagonal may fall out of the grid's outline.
    inner = shapely.points(points[metres <= limit_m - 30])
    assert shapely.intersects(small, inner).all()
