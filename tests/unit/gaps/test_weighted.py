"""Weighted quantiles against their plain definition; checks of people, metres, speeds and limits."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.weighted import (
    checked_limit,
    checked_metres,
    checked_speed,
    checked_weights,
    quantiles,
    ratio,
    within,
)

ADULT = PERSONS["adult"]


def plain_quantile(values: list[float], weights: list[int], share: float) -> float:
    """The definition, word by word: the smallest value up to which the share is reached."""
    known = [(value, weight) for value, weight in zip(values, weights, strict=True) if not math.isnan(value)]
    total = sum(weight for _, weight in known)
    if total == 0:
        return math.nan
    return min(
        candidate
        for candidate, _ in known
        if sum(weight for value, weight in known if value <= candidate) >= share * total
    )


rows = st.lists(
    st.tuples(st.one_of(st.integers(0, 30).map(float), st.just(math.nan)), st.integers(0, 9)),
    min_size=1,
    max_size=25,
)


@given(rows, st.sampled_from([0.25, 0.5, 0.75, 1.0]))
def test_quantile_follows_its_definition(pairs: list[tuple[float, int]], share: float) -> None:
    values, weights = (list(part) for part in zip(*pairs, strict=True))
    found = quantiles(values, weights, (share,))[0]
    assert found == pytest.approx(plain_quantile(values, weights, share), nan_ok=True)


def test_median_of_an_exact_half_is_the_lower_value() -> None:
    assert quantiles([1.0, 2.0], [0.1, 0.1], (0.5,))[0] == 1.0
    assert quantiles([1.0] * 3 + [2.0] * 3, [0.1] * 6, (0.5,))[0] == 1.0


def test_quantile_of_nobody_is_nan() -> None:
    assert np.isnan(quantiles([5.0, np.nan], [0.0, 3.0], (0.5, 0.9))).all()
    assert np.isnan(quantiles([], [], (0.5,))).all()


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_people_must_be_people(bad: float) -> None:
    with pytest.raises(AnalysisError, match="residents") as caught:
        checked_weights([3.0, bad], "residents")
    assert caught.value.where == "residents[1]"


def test_a_group_may_be_unknown_but_not_negative() -> None:
    assert np.isnan(checked_weights([1.0, np.nan], "residents_65_plus", unknown=True)[1])
    with pytest.raises(AnalysisError):
        checked_weights([-1.0], "residents_65_plus", unknown=True)


@pytest.mark.parametrize("bad", [[-0.5, 1.0], [np.inf, 1.0], [1.0]])
def test_metres_must_fit(bad: list[float]) -> None:
    with pytest.raises(AnalysisError):
        checked_metres(bad, 2, "adult")


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf])
def test_a_speed_of_zero_is_refused(speed: float) -> None:
    stopped = dataclasses.replace(ADULT, speed_kmh=Sourced(speed, "km/h", "test", 2025))
    with pytest.raises(AnalysisError, match="Gehgeschwindigkeit"):
        checked_speed(stopped)


@pytest.mark.parametrize(("value", "unit"), [(-1.0, "m"), (math.nan, "m"), (math.inf, "min"), (5.0, "km")])
def test_a_limit_needs_a_value_and_a_unit(value: float, unit: str) -> None:
    with pytest.raises(AnalysisError, match="Grenzwert"):
        checked_limit(Sourced(value, unit, "test", 2025), "supermarket")


def test_limits_compare_metres_or_minutes() -> None:
    metres = np.array([0.0, 400.0, 400.1, np.nan])
    in_metres = within(metres, Sourced(400, "m", "test", 2025), ADULT)
    in_minutes = within(metres, Sourced(5, "min", "test", 2025), ADULT)
    assert in_metres.tolist() == in_minutes.tolist() == [True, True, False, False]
    assert within(metres, Sourced(0, "m", "test", 2025), ADULT).tolist() == [True, False, False, False]
    assert within(metres, Sourced(1e6, "m", "test", 2025), ADULT).tolist() == [True, True, True, False]


def test_a_ratio_to_nothing_is_unknown() -> None:
    assert ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist()[0] == 0.25
    assert np.isnan(ratio(np.array([0.0, 1.0]), np.array([0.0, np.nan]))).all()
