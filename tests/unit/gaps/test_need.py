"""The need index: exact parts, unknown groups, stability of ranks."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.need import SENSITIVITY, gap, rank_stability, unmet, weigh

ADULT = PERSONS["adult"]
LIMIT = Sourced(500, "m", "test", 2025)
UNITS = pd.Index(["a", "b", "c"], name="district_id")


def town(seed: int, count: int = 40) -> tuple[dict[str, np.ndarray], pd.DataFrame, np.ndarray]:
    generator = np.random.default_rng(seed)
    residents = generator.uniform(1, 30, count)
    people = pd.DataFrame(
        {
            "residents": residents,
            "residents_65_plus": residents * generator.uniform(0, 1, count),
            "residents_under_6": residents * generator.uniform(0, 0.2, count),
            "residents_foreign": residents * generator.uniform(0, 1, count),
        }
    )
    gaps = {kind: generator.uniform(0, 1, count) for kind in ("supermarket", "gp", "kita")}
    return gaps, people, generator.integers(-1, 3, count)


def test_gap_plain_and_graded() -> None:
    metres = [0.0, 500.0, 625.0, 1000.0, 9000.0, math.nan]
    assert gap(metres, LIMIT, ADULT).tolist() == [0, 0, 1, 1, 1, 1]
    assert gap(metres, LIMIT, ADULT, graded=True).tolist() == [0, 0, 0.25, 1, 1, 1]
    minutes = Sourced(6.25, "min", "test", 2025)
    assert gap(metres, minutes, ADULT, graded=True).tolist() == [0, 0, 0.25, 1, 1, 1]
    nothing = Sourced(0, "m", "test", 2025)
    assert gap([0.0, 1.0, math.nan], nothing, ADULT, graded=True).tolist() == [0, 1, 1]
    assert gap(metres, Sourced(1e6, "m", "test", 2025), ADULT).tolist() == [0, 0, 0, 0, 0, 1]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3), st.floats(0, 3), st.floats(0, 3))
def test_parts_sum_to_the_index(seed: int, old: float, young: float, food: float) -> None:
    gaps, people, codes = town(seed)
    weights = {"residents_65_plus": old, "residents_under_6": young}
    need = weigh(unmet(gaps, people, codes, UNITS), kinds={"supermarket": food}, groups=weights)
    foreign = SENSITIVITY["residents_foreign"].value
    for unit, name in enumerate(UNITS):
        direct = math.fsum(
            (food if kind == "supermarket" else 1)
            * values[row]
            * (
                people["residents"][row]
                + old * people["residents_65_plus"][row]
                + young * people["residents_under_6"][row]
                + foreign * people["residents_foreign"][row]
            )
            for kind, values in gaps.items()
            for row in np.flatnonzero(codes == unit)
        )
        total = need.total[name]
        assert abs(total - direct) <= 1e-12 * max(1, direct)
        assert abs(math.fsum(need.parts.loc[name]) - total) <= 1e-12 * max(1, total)
        for level in ("kind", "part"):
            assert abs(math.fsum(need.by(level).loc[name]) - total) <= 1e-12 * max(1, total)


def test_row_order_does_not_matter() -> None:
    gaps, people, codes = town(1)
    order = np.random.default_rng(2).permutation(len(people))
    shuffled = unmet({kind: g[order] for kind, g in gaps.items()}, people.iloc[order], codes[order], UNITS)
    pd.testing.assert_frame_equal(shuffled.counts, unmet(gaps, people, codes, UNITS).counts, rtol=1e-12)


def test_unknown_groups_are_dropped_and_said() -> None:
    people = pd.DataFrame({"residents": [10.0, 30.0], "residents_65_plus": [math.nan, math.nan]})
    found = unmet({"gp": [1.0, 1.0]}, people, np.array([0, 1]), UNITS)
    assert found.counts.columns.get_level_values("part").tolist() == ["residents"]
    assert {notice.group for notice in found.notices} == set(SENSITIVITY)
    assert all(notice.dropped and notice.unknown == 1 for notice in found.notices)
    assert weigh(found).total.tolist() == [10, 30, 0]


def test_a_small_unknown_part_takes_the_mean_share() -> None:
    people = pd.DataFrame({"residents": [10.0, 30.0, 10.0], "residents_65_plus": [math.nan, 6.0, 2.0]})
    groups = {"residents_65_plus": SENSITIVITY["residents_65_plus"]}
    found = unmet({"gp": np.ones(3)}, people, np.array([0, 1, 2]), UNITS, groups=groups)
    assert found.counts[("gp", "residents_65_plus")].tolist() == [2, 6, 2]
    (notice,) = found.notices
    assert not notice.dropped and notice.unknown == pytest.approx(0.2)
    assert "mittlere Anteil" in notice.text


def test_more_than_half_unknown_is_dropped() -> None:
    people = pd.DataFrame({"residents": [60.0, 40.0], "residents_65_plus": [math.nan, 6.0]})
    groups = {"residents_65_plus": SENSITIVITY["residents_65_plus"]}
    found = unmet({"gp": np.ones(2)}, people, np.array([0, 1]), UNITS, groups=groups)
    assert found.notices[0].dropped and found.notices[0].unknown == pytest.approx(0.6)


def test_own_groups_keep_their_weight() -> None:
    groups = {"residents_alone": Sourced(2, "", "test", 2025)}
    people = pd.DataFrame({"residents": [10.0], "residents_alone": [4.0]})
    found = unmet({"gp": [1.0]}, people, np.array([0]), pd.Index(["a"]), groups=groups)
    assert weigh(found).total.tolist() == [18]
    assert weigh(found, groups={"residents_alone": 0}).total.tolist() == [10]


def test_rank_and_rate() -> None:
    people = pd.DataFrame({"residents": [10.0, 40.0, 0.0]})
    need = weigh(unmet({"gp": np.array([1.0, 0.25, 1.0])}, people, np.array([0, 1, 2]), UNITS, groups={}))
    assert need.rank.tolist() == [1, 1, 3]
    assert need.per_1000.tolist()[:2] == [1000, 250] and math.isnan(need.per_1000["c"])


def test_stable_ranks() -> None:
    need = weigh(unmet(*town(3), UNITS))
    first = rank_stability(need, np.random.default_rng(7), draws=200)
    again = rank_stability(need, np.random.default_rng(7), draws=200)
    pd.testing.assert_frame_equal(first, again)
    assert ((first["rank_low"] <= first["rank"]) & (first["rank"] <= first["rank_high"])).all()
    assert (first["in_first"] == 1).all()
    still = rank_stability(need, np.random.default_rng(7), spread=0.0, draws=5)
    assert (still["same_rank"] == 1).all()


def test_ranks_that_hang_on_a_weight_are_shown_as_such() -> None:
    people = pd.DataFrame({"residents": [100.0, 100.0]})
    gaps = {"gp": np.array([1.0, 0.0]), "kita": np.array([0.0, 0.99])}
    need = weigh(unmet(gaps, people, np.array([0, 1]), pd.Index(["a", "b"]), groups={}))
    found = rank_stability(need, np.random.default_rng(1), first=1)
    assert 0.4 < found.loc["a", "in_first"] < 0.65
    assert found["rank_high"].tolist() == [2, 2]


def test_bad_input_is_refused() -> None:
    gaps, people, codes = town(4)
    found = unmet(gaps, people, codes, UNITS)
    with pytest.raises(AnalysisError):
        weigh(found, groups={"residents_65_plus": -1})
    with pytest.raises(AnalysisError):
        weigh(found, kinds={"gp": math.nan})
    with pytest.raises(AnalysisError, match="0 bis 1"):
        unmet({"gp": np.full(len(people), 1.5)}, people, codes, UNITS)
    with pytest.raises(AnalysisError):
        unmet(gaps, people.assign(residents=-1.0), codes, UNITS)
    with pytest.raises(AnalysisError, match="Rangfolge"):
        rank_stability(weigh(found), np.random.default_rng(0), spread=1.0)


def test_every_weight_is_marked_as_an_assumption() -> None:
    assert all(weight.assumption and weight.source for weight in SENSITIVITY.values())
