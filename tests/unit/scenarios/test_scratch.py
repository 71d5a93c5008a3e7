"""A changed city gives the walks of the same city prepared from scratch, to the millimetre."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kudequa_geo.constants import Barrier
from kudequa_geo.errors import KudequaError
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.change import (
    AddHousing,
    AddPlace,
    Change,
    CloseGate,
    ClosePath,
    ClosePlace,
    FreePath,
    MovePlace,
    OpenGate,
    OpenPath,
    ResizePlace,
    Spot,
)
from kudequa_geo.scenarios.scenario import Scenario
from tests.fixtures.changed_city import FreshCity
from tests.fixtures.grid_city import KINDS, city_base, grid_city

CITIES = 10


@pytest.fixture(scope="module")
def cities() -> list[tuple[dict[str, Any], Base]]:
    tables = [grid_city(np.random.default_rng(seed)) for seed in range(CITIES)]
    return [(table, city_base(table)) for table in tables]


def _on_street(rng: np.random.Generator, base: Base) -> tuple[float, float]:
    edge = rng.integers(base.network.n_edges)
    first, last = base.network.shape_start[edge], base.network.shape_start[edge + 1]
    line = base.network.shape[first:last]
    start = rng.integers(len(line) - 1)
    share = rng.uniform(0.2, 0.8)
    x, y = line[start] * share + line[start + 1] * (1 - share) + rng.uniform(-4, 4, 2)
    return float(x), float(y)


def _spot(rng: np.random.Generator, base: Base) -> Spot:
    choice = rng.integers(3)
    if choice == 0:
        return Spot(site=f"s{rng.integers(10)}")
    if choice == 1:
        return Spot(building=f"w{rng.integers(150):03d}")
    return Spot(point=(float(rng.uniform(0, 1400)), float(rng.uniform(0, 900))))


def random_change(rng: np.random.Generator, base: Base, scenario: Scenario) -> Change:
    """Return some change; it may be one that cannot be made."""
    places = [*base.place_rows, *(c.place_id for c in scenario.changes if isinstance(c, AddPlace))]
    gates = [c.at for c in scenario.changes if isinstance(c, CloseGate)]
    bend = [(float(x), float(y)) for x, y in rng.uniform(0, 900, (rng.integers(0, 3), 2))]
    barriers = tuple(barrier for barrier in Barrier if rng.random() < 0.2)
    makers = (
        lambda: AddPlace(place_id=scenario.next_place_id(), kind=str(rng.choice(KINDS)), at=_spot(rng, base)),
        lambda: MovePlace(place_id=str(rng.choice(places)), to=_spot(rng, base)),
        lambda: ClosePlace(place_id=str(rng.choice(places))),
        lambda: ResizePlace(place_id=str(rng.choice(places)), capacity=float(rng.integers(100))),
        lambda: OpenPath(
            points=(_on_street(rng, base), *bend, _on_street(rng, base)),
            frontage=bool(rng.random() < 0.5),
            barriers=barriers,
        ),
        lambda: ClosePath(at=_on_street(rng, base)),
        lambda: CloseGate(at=_on_street(rng, base)),
        lambda: OpenGate(at=gates[-1] if gates else _on_street(rng, base)),
        lambda: FreePath(at=_on_street(rng, base), barriers=(Barrier.STEPS, Barrier.KERB)),
        lambda: AddHousing(at=_spot(rng, base), dwellings=int(rng.integers(1, 90)), household_size=1.9),
    )
    return makers[rng.integers(len(makers))]()


def random_scenario(rng: np.random.Generator, base: Base, length: int) -> Scenario:
    """Return a scenario of changes that can be made."""
    scenario = Scenario(name="Zufall")
    while len(scenario.changes) < length:
        try:
            longer = scenario.with_change(random_change(rng, base, scenario))
            apply(base, longer)
        except KudequaError:
            continue
        scenario = longer
    return scenario


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
        made |= {change.type for change in scenario.changes}
    return made


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
