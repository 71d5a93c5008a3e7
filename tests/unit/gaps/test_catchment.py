"""Floating catchments against PySAL's ``access``, a plain-Python reference and their balances."""

from __future__ import annotations

import math
from time import process_time

import numpy as np
import pandas as pd
import pytest
from access import weights as pysal_weights
from access.fca import two_stage_fca
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.catchment import (
    Pairs,
    balanced,
    balanced_per_resident,
    enhanced,
    pairs_of,
    supply_of,
    two_step,
    zone_weights,
)


@st.composite
def towns(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Metres (buildings, places) with NaN for unreachable, supply and demand."""
    buildings, places = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    walk = st.one_of(st.integers(0, 2000).map(float), st.just(math.nan))
    metres = draw(
        st.lists(st.lists(walk, min_size=places, max_size=places), min_size=buildings, max_size=buildings)
    )
    supply = draw(st.lists(st.integers(0, 60).map(float), min_size=places, max_size=places))
    demand = draw(st.lists(st.integers(0, 40).map(float), min_size=buildings, max_size=buildings))
    return np.array(metres), np.array(supply), np.array(demand)


def all_pairs(metres: np.ndarray) -> Pairs:
    origin, place = (part.reshape(-1) for part in np.indices(metres.shape))
    return pairs_of(origin, place, metres.reshape(-1), *metres.shape)


def grid() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A town of 5 × 5 blocks with four places; city-block walks."""
    blocks = [(row, column) for row in range(5) for column in range(5)]
    places = [(0, 0), (2, 2), (2, 3), (4, 4)]
    demand = pd.DataFrame({"demand": [10.0 + number for number in range(25)]}, index=range(25))
    supply = pd.DataFrame({"supply": [1.0, 2.0, 3.0, 4.0]}, index=range(4))
    cost = pd.DataFrame(
        [
            (home, place, 300.0 * (abs(r - a) + abs(c - b)))
            for home, (r, c) in enumerate(blocks)
            for place, (a, b) in enumerate(places)
        ],
        columns=["origin", "dest", "cost"],
    )
    return demand, supply, cost


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("radius", [900.0, 1200.0, 3000.0])
def test_two_step_equals_pysal(radius: float) -> None:
    demand, supply, cost = grid()
    expected = two_stage_fca(demand, supply, cost, max_cost=radius, demand_index=True, supply_name="supply")
    pairs = pairs_of(cost["origin"], cost["dest"], cost["cost"], 25, 4)
    found = two_step(pairs, supply["supply"], demand["demand"], radius_m=radius)
    np.testing.assert_allclose(found.access, expected.reindex(range(25)).fillna(0), rtol=1e-12)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_enhanced_equals_pysal() -> None:
    demand, supply, cost = grid()
    zones = pysal_weights.step_fn({400.0: 1.0, 800.0: 0.68, 1200.0: 0.22})
    expected = two_stage_fca(
        demand, supply, cost, max_cost=1200.0, demand_index=True, supply_name="supply", weight_fn=zones
    )
    pairs = pairs_of(cost["origin"], cost["dest"], cost["cost"], 25, 4)
    found = enhanced(pairs, supply["supply"], demand["demand"], zone_weights(pairs.metres, radius_m=1200))
    np.testing.assert_allclose(found.access, expected.reindex(range(25)).fillna(0), rtol=1e-12)


def plain(
    metres: np.ndarray, supply: np.ndarray, demand: np.ndarray, weight: np.ndarray, how: str
) -> list[float]:
    """All four measures, sum by sum, as their formulas stand."""
    homes, places = range(len(demand)), range(len(supply))
    reached = [[not math.isnan(metres[i, j]) for j in places] for i in homes]
    w = [[float(weight[i, j]) if reached[i][j] else 0.0 for j in places] for i in homes]
    row = [sum(w[i]) for i in homes]
    column = [sum(w[i][j] for i in homes) for j in places]
    wi = [[w[i][j] / row[i] if row[i] else 0.0 for j in places] for i in homes]
    wj = [[w[i][j] / column[j] if column[j] else 0.0 for j in places] for i in homes]
    first, second = {"enhanced": (w, w), "balanced": (wi, wj), "per_resident": (wi, wi)}[how]
    came = [sum(first[i][j] * demand[i] for i in homes) for j in places]
    level = [supply[j] / came[j] if came[j] else 0.0 for j in places]
    return [sum(second[i][j] * level[j] for j in places) for i in homes]


MEASURES = {"enhanced": enhanced, "balanced": balanced, "per_resident": balanced_per_resident}


@settings(max_examples=60, deadline=None)
@given(towns(), st.sampled_from(sorted(MEASURES)))
def test_equals_the_plain_reference(town: tuple[np.ndarray, np.ndarray, np.ndarray], how: str) -> None:
    metres, supply, demand = town
    weight = zone_weights(np.nan_to_num(metres, nan=1e9).reshape(-1)).reshape(metres.shape)
    pairs = all_pairs(metres)
    found = MEASURES[how](pairs, supply, demand, zone_weights(pairs.metres))
    np.testing.assert_allclose(found.access, plain(metres, supply, demand, weight, how), rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_nothing_is_lost_or_counted_twice(town: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    metres, supply, demand = town
    pairs = all_pairs(metres)
    weights = zone_weights(pairs.metres)
    matrix = pairs.matrix(weights)
    in_reach = demand[np.asarray(matrix.sum(axis=0)) > 0].sum()
    for measure in (enhanced, balanced, balanced_per_resident):
        found = measure(pairs, supply, demand, weights)
        given_out = supply[found.demand > 0].sum()
        if measure is not balanced:
            assert (found.access * demand).sum() == pytest.approx(given_out)
        if measure is not enhanced:
            assert found.demand.sum() == pytest.approx(in_reach)
    published = balanced(pairs, supply, demand, weights)
    assert published.access.sum() == pytest.approx(np.nansum(published.ratio))


@settings(max_examples=30, deadline=None)
@given(towns(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(town: tuple[np.ndarray, np.ndarray, np.ndarray], random: object) -> None:
    metres, supply, demand = town
    order = list(range(len(demand)))
    random.shuffle(order)  # type: ignore[attr-defined]
    pairs, shuffled = all_pairs(metres), all_pairs(metres[order])
    for measure in MEASURES.values():
        first = measure(pairs, supply, demand, zone_weights(pairs.metres)).access[order]
        second = measure(shuffled, supply, demand[order], zone_weights(shuffled.metres)).access
        np.testing.assert_allclose(first, second, rtol=1e-9)


def test_a_huge_catchment_gives_supply_over_demand() -> None:
    demand, supply, cost = grid()
    pairs = pairs_of(cost["origin"], cost["dest"], cost["cost"], 25, 4)
    found = two_step(pairs, supply["supply"], demand["demand"], radius_m=1e6)
    np.testing.assert_allclose(found.access, 10.0 / demand["demand"].sum())


def test_dividing_a_building_changes_nobody_in_the_measure_per_resident() -> None:
    whole = pairs_of([0, 1, 1], [0, 0, 1], [100, 500, 100], 2, 2)
    halves = pairs_of([0, 1, 1, 2, 2], [0, 0, 1, 0, 1], [100, 500, 100, 500, 100], 3, 2)
    one = balanced_per_resident(whole, [3, 4], [10, 20], zone_weights(whole.metres)).access
    two = balanced_per_resident(halves, [3, 4], [10, 5, 15], zone_weights(halves.metres)).access
    np.testing.assert_allclose(two, [one[0], one[1], one[1]])


def test_zones_end_at_thirds_of_the_radius() -> None:
    walks = [0, 400, 400.1, 800, 800.1, 1200, 1200.1]
    assert zone_weights(walks).tolist() == [1, 1, 0.68, 0.68, 0.22, 0.22, 0]


def test_a_place_nobody_comes_to_has_no_ratio() -> None:
    pairs = pairs_of([0, 1], [0, 1], [100, 100], 3, 3)
    for measure in MEASURES.values():
        found = measure(pairs, [5, 5, 5], [10, 0, 7], np.ones(2))
        assert found.ratio[0] == 0.5 and np.isnan(found.ratio[1:]).all()
        assert np.isfinite(found.access).all() and found.access[2] == 0


def test_no_place_and_no_pair_is_no_supply() -> None:
    none = pairs_of([], [], [], 3, 0)
    for measure in MEASURES.values():
        assert measure(none, [], [1, 2, 3], np.empty(0)).access.tolist() == [0, 0, 0]


def test_unknown_capacities_take_the_median_or_every_place_counts_one() -> None:
    mostly = supply_of([20, np.nan, 60, 100])
    assert mostly.in_capacity and mostly.amount.tolist() == [20, 60, 60, 100] and mostly.known == 0.75
    rarely = supply_of([20, np.nan, np.nan])
    assert not rarely.in_capacity and rarely.amount.tolist() == [1, 1, 1]
    assert math.isnan(supply_of([]).known) and not supply_of([np.nan]).in_capacity
    with pytest.raises(AnalysisError, match="capacity"):
        supply_of([-1.0])


@pytest.mark.parametrize(("supply", "demand"), [([1], [-1, 1]), ([math.nan], [1, 1]), ([1, 2], [1, 1])])
def test_bad_supply_and_demand_are_refused(supply: list[float], demand: list[float]) -> None:
    pairs = pairs_of([0, 1], [0, 0], [10, 20], 2, 1)
    with pytest.raises(AnalysisError):
        enhanced(pairs, supply, demand, np.ones(2))


@pytest.mark.parametrize("radius", [0.0, -5.0, math.nan, math.inf])
def test_a_radius_must_be_positive(radius: float) -> None:
    pairs = pairs_of([0], [0], [10], 1, 1)
    with pytest.raises(AnalysisError, match="Radius"):
        two_step(pairs, [1], [1], radius_m=radius)


def test_a_city_takes_milliseconds() -> None:
    generator = np.random.default_rng(5)
    buildings, places, each = 100_000, 220, 3_000
    origin = np.concatenate([generator.choice(buildings, each, replace=False) for _ in range(places)])
    pairs = pairs_of(
        origin, np.repeat(np.arange(places), each), generator.uniform(0, 1200, len(origin)), buildings, places
    )
    demand = generator.uniform(0, 20, buildings)
    times = []
    for _ in range(5):
        start = process_time()
        enhanced(pairs, np.ones(places), demand, zone_weights(pairs.metres))
        times.append(process_time() - start)
    # About 10 ms of processor time here; the room above is for slower machines.
    assert min(times) < 0.1
