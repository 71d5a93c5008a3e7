"""A changed city gives the walks of the same city prepared from scratch, to the millimetre."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.state import State
from tests.fixtures.changed_city import FreshCity
from tests.fixtures.grid_city import city_base, grid_city
from tests.fixtures.random_scenarios import random_scenario

CITIES = 10


@pytest.fixture(scope="module")
def cities() -> list[tuple[dict[str, Any], Base]]:
    tables = [grid_city(np.random.default_rng(seed)) for seed in range(CITIES)]
    return [(table, city_base(table)) for table in tables]


def _check(seeds: range, cities: list[tuple[dict[str, Any], Base]]) -> set[str]:
    made = set()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        tables, base = cities[seed % len(cities)]
        scenario = random_scenario(rng, base, int(rng.integers(1, 8)))
        state, fresh = apply(base, scenario), FreshCity(base, tables, scenario)
        for person in base.persons:
            live, expected = state.nearest(person).metres[:, :, 0], fresh.metres(person)
            np.testing.assert_allclose(live, expected, rtol=0, atol=1e-3, err_msg=f"{seed}: {scenario}")
            _check_alone(apply(base, scenario), person, live)
        made |= {change.type for change in scenario.changes}
    return made


def _check_alone(state: State, person: str, walks: np.ndarray) -> None:
    """Walks to one kind alone, and with more places asked for, are the same numbers."""
    for kind, column in state.base.kind_index.items():
        np.testing.assert_array_equal(state.metres(person, kind), walks[:, column])
    np.testing.assert_array_equal(state.nearest(person, k=2).metres[:, :, 0], walks)


def test_changed_city_equals_the_city_prepared_from_scratch(
    cities: list[tuple[dict[str, Any], Base]],
) -> None:
    made = _check(range(60), cities)
    assert len(made) == 10, "every kind of change occurs"


@pytest.mark.slow
def test_500_random_sequences_equal_the_city_prepared_from_scratch(
    cities: list[tuple[dict[str, Any], Base]],
) -> None:
    _check(range(1000, 1500), cities)
