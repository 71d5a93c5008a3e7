"""All measures of a state in one column, and two states side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kudequa_geo.errors import AnalysisError
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.change import AddHousing, AddPlace, ClosePlace, Spot
from kudequa_geo.scenarios.measures import MEASURE_LABELS, measures, side_by_side
from kudequa_geo.scenarios.outcome import Outcome, evaluate
from kudequa_geo.scenarios.scenario import Scenario
from tests.fixtures.grid_city import city_base, grid_city

SHOP = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(building="w003"))
HOMES = AddHousing(at=Spot(building="w010"), persons=300)


@pytest.fixture(scope="module")
def base() -> Base:
    return city_base(grid_city(np.random.default_rng(19)))


def _outcome(base: Base, *changes: object) -> Outcome:
    return evaluate(apply(base, Scenario(name="x", changes=changes)), ["adult"])


def test_measures_equal_a_plain_count(base: Base) -> None:
    outcome = _outcome(base, SHOP)
    found = measures(outcome, "adult", "supermarket")
    assert list(found.index) == list(MEASURE_LABELS)
    people = base.people["residents"].to_numpy()
    walks = outcome.state.metres("adult", "supermarket")
    assert found["residents"] == people.sum()
    assert found["residents_within_limit"] == people[walks <= 500].sum()
    assert found["residents_beyond"] == people[~(walks <= 500)].sum()
    assert found["share_within_limit"] == pytest.approx(people[walks <= 500].sum() / people.sum())
    assert found["gap_residents"] <= found["residents_beyond"]
    assert found["unsupplied"] == people[~(outcome.competition("adult", "supermarket").access > 0)].sum()
    assert 0 <= found["supply_gini"] <= 1


def test_every_measure_answers_to_a_change(base: Base) -> None:
    found = side_by_side(
        _outcome(base, SHOP, HOMES, ClosePlace(place_id="n02")), _outcome(base), "adult", "supermarket"
    )
    same = found.index[found["difference"] == 0]
    assert set(same) <= {"gap_areas", "residents_unreachable", "unsupplied"}
    assert found.loc["residents", "difference"] == 300


def test_exchanging_turns_every_sign_and_equals_differ_by_zero(base: Base) -> None:
    one, other = _outcome(base, SHOP), _outcome(base, HOMES)
    there, back = (side_by_side(*pair, "adult", "supermarket") for pair in ((one, other), (other, one)))
    pd.testing.assert_series_equal(there["difference"], -back["difference"])
    same = side_by_side(one, _outcome(base, SHOP), "adult", "supermarket")
    assert same["difference"].eq(0).all()


def test_own_limits_count(base: Base) -> None:
    state = apply(base, Scenario(name="x"))
    limit = base.kinds[0].limit.sourced()
    wide = Outcome(
        state, {"adult": base.persons["adult"]}, {"supermarket": limit.__class__(5000.0, "m", "x", 2025)}
    )
    found = measures(wide, "adult", "supermarket")
    assert (
        found["residents_within_limit"]
        > measures(_outcome(base), "adult", "supermarket")["residents_within_limit"]
    )


def test_states_of_different_bases_are_refused(base: Base) -> None:
    other = city_base(grid_city(np.random.default_rng(19)))
    with pytest.raises(AnalysisError, match="derselben Grundlage"):
        side_by_side(_outcome(base), _outcome(other), "adult", "supermarket")
