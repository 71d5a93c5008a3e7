"""Gini, concentration index and Palma ratio against closed forms and plain sums."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.equity import (
    between_districts,
    between_groups,
    concentration,
    deprivation,
    gini,
    palma,
)
from kudequa_geo.gaps.indicators import indicators

rows = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9), st.integers(0, 4)), min_size=1, max_size=15)


@pytest.mark.parametrize("count", [1, 2, 5, 100])
def test_gini_of_one_to_n(count: int) -> None:
    assert gini(np.arange(1, count + 1), np.ones(count)) == pytest.approx((count - 1) / (3 * count))


def test_gini_of_equals_and_of_one_who_has_all() -> None:
    assert gini([7, 7, 7], [1, 20, 3]) == pytest.approx(0)
    assert gini([0, 5], [0.9, 0.1]) == pytest.approx(0.9)


@given(rows)
def test_gini_is_the_mean_difference(triples: list[tuple[int, int, int]]) -> None:
    x, w = [t[0] for t in triples], [t[1] for t in triples]
    double = sum(a * b * abs(p - q) for p, a in zip(x, w, strict=True) for q, b in zip(x, w, strict=True))
    mean = sum(p * a for p, a in zip(x, w, strict=True)) / sum(w)
    expected = double / (2 * sum(w) ** 2 * mean) if mean else math.nan
    assert gini(x, w) == pytest.approx(expected, nan_ok=True, abs=1e-12)


@given(rows)
def test_weights_are_repetitions(triples: list[tuple[int, int, int]]) -> None:
    x, w, z = ([t[i] for t in triples] for i in range(3))
    one = np.ones(sum(w))
    long_x, long_z = np.repeat(x, w), np.repeat(z, w)
    assert gini(x, w) == pytest.approx(gini(long_x, one), nan_ok=True, abs=1e-12)
    assert concentration(x, w, z) == pytest.approx(concentration(long_x, one, long_z), nan_ok=True, abs=1e-12)
    assert palma(x, w, z) == pytest.approx(palma(long_x, one, long_z), nan_ok=True)


@given(rows)
def test_concentration_along_the_value_itself_is_gini(triples: list[tuple[int, int, int]]) -> None:
    x, w = [t[0] for t in triples], [t[1] for t in triples]
    assert concentration(x, w, x) == pytest.approx(gini(x, w), nan_ok=True, abs=1e-12)
    assert concentration(x, w, [-v for v in x]) == pytest.approx(-gini(x, w), nan_ok=True, abs=1e-12)


def test_concentration_of_two_halves() -> None:
    # The deprived half walks 3, the other 1: (3 - 1) / (3 + 1) / 2.
    assert concentration([1, 3], [10, 10], [0, 1]) == pytest.approx(0.25)
    assert concentration([1, 3], [10, 10], [1, 0]) == pytest.approx(-0.25)
    assert concentration([1, 3], [10, 10], [5, 5]) == pytest.approx(0)


def test_palma_divides_rows_at_the_border() -> None:
    assert palma([4, 4], [3, 1]) == 1
    # Ten people with 1 .. 10: the top one has 10, the bottom four have 2.5 on average.
    assert palma(np.arange(1, 11), np.ones(10)) == pytest.approx(4)
    # Two rows of five: the top tenth lies in the second, the bottom four tenths in the first.
    assert palma([2, 6], [5, 5]) == pytest.approx(3)
    # Three quarters have 1: the bottom is 1; the top tenth is of the last quarter.
    assert palma([1, 5], [75, 25]) == pytest.approx(5)
    # One row reaches over both borders.
    assert palma([1, 2, 11], [20, 75, 5]) == pytest.approx(((11 * 5 + 2 * 5) / 10) / ((20 + 2 * 20) / 40))


def test_palma_by_deprivation_may_be_below_one() -> None:
    assert palma([8, 2], [5, 5], [0, 1]) == pytest.approx(0.25)


@pytest.mark.parametrize("measure", [gini, palma])
def test_nobody_and_nothing_are_not_known(measure: object) -> None:
    for values, weights in (([], []), ([math.nan], [3]), ([5.0], [0]), ([0.0, 0.0], [1, 1])):
        assert math.isnan(measure(values, weights))  # type: ignore[operator]


def test_unknown_values_are_left_out() -> None:
    assert gini([1, 3, math.nan], [1, 1, 50]) == gini([1, 3], [1, 1])
    assert concentration([1, 3, 9], [1, 1, 1], [0, 1, math.nan]) == pytest.approx(0.25)
    assert math.isnan(concentration([0.0], [1], [1]))


def test_bad_values_are_refused() -> None:
    with pytest.raises(AnalysisError, match="negative"):
        gini([-1, 2], [1, 1])
    with pytest.raises(AnalysisError):
        gini([1, 2], [1, -1])
    with pytest.raises(AnalysisError, match="Gewichte"):
        palma([1, 2], [1])


def test_deprivation_is_a_mean_of_ranks_and_drops_the_unknown() -> None:
    shares = pd.DataFrame(
        {"low_income": [0.1, 0.3, 0.2], "foreign": [0.1, 0.2, math.nan], "no_car": [math.nan] * 3},
        index=["a", "b", "c"],
    )
    rank = deprivation(shares, [10, 10, 20])
    assert rank["a"] == pytest.approx((5 / 40 + 5 / 20) / 2)
    assert rank["b"] == pytest.approx((35 / 40 + 15 / 20) / 2)
    assert rank["c"] == pytest.approx(20 / 40)
    assert deprivation(shares[["no_car"]], [1, 1, 1]).isna().all()


@pytest.fixture
def table() -> pd.DataFrame:
    buildings = pd.DataFrame(
        {
            "residents": [10.0, 10.0, 20.0, 6.0],
            "residents_65_plus": [8.0, 2.0, 2.0, math.nan],
            "district_id": ["a", "a", "b", None],
        }
    )
    districts = pd.DataFrame({"district_id": ["a", "b", "c"], "name": ["A", "B", "C"], "parent": ["p"] * 3})
    metres = np.array([[1200.0], [400.0], [400.0], [80.0]])
    limits = {"supermarket": Sourced(500, "m", "test", 2025)}
    return indicators(
        {"adult": metres},
        buildings,
        limits,
        PERSONS,
        districts=districts,
        groups=("residents", "residents_65_plus"),
    )


def test_between_districts(table: pd.DataFrame) -> None:
    found = between_districts(table, rank_by=pd.Series({"a": 0.9, "b": 0.1})).set_index("group")
    row = found.loc["residents"]
    # Means of 10 and 5 minutes, 20 people each; those outside any district take no part.
    assert (row["districts"], row["residents"]) == (2, 40)
    assert row["gini"] == pytest.approx(1 / 6)
    assert row["concentration"] == pytest.approx(1 / 6)
    assert row["palma"] == row["palma_deprived"] == pytest.approx(2)
    unranked = between_districts(table)
    assert unranked[["concentration", "palma_deprived"]].isna().all(axis=None)


def test_between_groups(table: pd.DataFrame) -> None:
    found = between_groups(table).set_index(["level", "name"])
    row = found.loc[("district", "A")]
    assert row["share_difference"] == pytest.approx(0.2 - 0.5)
    assert row["mean_ratio"] == pytest.approx((8 * 15 + 2 * 5) / 10 / 10)
    assert math.isnan(found.loc[("district", "C"), "share_difference"])
    assert set(found["group"]) == {"residents_65_plus"}
