"""Completeness, age, connection, and the band on each share."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.uncertainty import (
    BAND_COLUMNS,
    COMPLETENESS_LABELS,
    Completeness,
    bands,
    completeness,
    edit_age,
    least_certain,
    unconnected,
)

ADULT = PERSONS["adult"]
LIMITS = {"gp": Sourced(500, "m", "test", 2025)}


def test_completeness_beside_the_usual_value() -> None:
    references = {
        kind: Sourced(0.2, "je 1.000 Einwohner", "Verband", 2024) for kind in ("gp", "bank", "post")
    }
    kinds = ["gp"] * 4 + ["bank"] * 3 + ["cafe"] * 9
    found = completeness(kinds, 20_000, ["gp", "bank", "post", "cafe"], references).set_index("kind")
    assert found["places"].tolist() == [4, 3, 0, 9]
    assert found["per_1000"].tolist() == pytest.approx([0.2, 0.15, 0, 0.45])
    assert found["completeness"].tolist() == ["usual", "few", "very_few", "unknown"]
    assert found.loc["bank", "ratio"] == pytest.approx(0.75) and math.isnan(found.loc["cafe", "ratio"])
    assert found.loc["gp", "source"] == "Verband" and found.loc["gp", "year"] == 2024
    assert pd.isna(found.loc["cafe", "source"]) and pd.isna(found.loc["cafe", "year"])


def test_completeness_of_an_area_without_residents_is_not_known() -> None:
    references = {"gp": Sourced(0.2, "je 1.000 Einwohner", "Verband", 2024)}
    row = completeness(["gp"], 0, ["gp"], references).iloc[0]
    assert math.isnan(row["per_1000"]) and row["completeness"] == Completeness.UNKNOWN
    with pytest.raises(AnalysisError):
        completeness(["gp"], math.nan, ["gp"], references)


def test_every_verdict_has_words() -> None:
    assert set(COMPLETENESS_LABELS) == set(Completeness)


def test_age_of_the_last_edit() -> None:
    today = pd.Timestamp("2025-01-01", tz="UTC")
    days = [365.25, 3 * 365.25, 8 * 365.25]
    edits = [today - pd.Timedelta(days=number) for number in days]
    places = pd.DataFrame(
        {"kind": ["gp"] * 4 + ["bank"], "last_edit": pd.to_datetime([*edits, None, None], utc=True)}
    )
    found = edit_age(places, ["gp", "bank", "post"], today).set_index("kind")
    assert found["places"].tolist() == [4, 1, 0]
    assert found.loc["gp", ["dated", "median_years", "oldest_years"]].tolist() == pytest.approx([0.75, 3, 8])
    assert found.loc["gp", "old_share"] == pytest.approx(1 / 3)
    assert found.loc["bank", "dated"] == 0 and math.isnan(found.loc["post", "dated"])
    assert found.loc[["bank", "post"], ["median_years", "oldest_years", "old_share"]].isna().all(axis=None)


def test_what_is_not_connected() -> None:
    buildings = pd.DataFrame({"residents": [10.0, 30.0], "edge_id": [-1, 4]})
    places = pd.DataFrame({"kind": ["gp", "gp", "bank"], "edge_id": [-1, 3, 3]})
    found = unconnected(buildings, places, ["gp", "bank", "post"]).set_index("what")
    assert found["unconnected"].tolist() == [10, 1, 0, 0]
    assert found["share"].tolist()[:3] == [0.25, 0.5, 0] and math.isnan(found.loc["post", "share"])


def test_the_least_certain_come_in_order() -> None:
    edits = pd.to_datetime(["2024-01-01", None, "2013-01-01", "2013-01-01", "2012-01-01"], utc=True)
    places = pd.DataFrame(
        {
            "place_id": ["a", "b", "d", "c", "e"],
            "kind": "gp",
            "modelled": [True, False, False, False, False],
            "last_edit": edits,
        }
    )
    order = [least_certain(places, share=number / 5) for number in range(6)]
    added = ["".join(places["place_id"][now & ~before]) for before, now in itertools.pairwise(order)]
    # Modelled, then undated, then the oldest edit; of equal dates the smaller id.
    assert added == ["a", "b", "e", "c", "d"]
    shuffled = places.sample(frac=1, random_state=3)
    chosen = shuffled["place_id"][least_certain(shuffled, share=0.6)]
    assert sorted(chosen) == ["a", "b", "e"]


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (20, 1), (21, 2), (40, 2), (100, 5)])
def test_a_twentieth_is_rounded_up(count: int, expected: int) -> None:
    places = pd.DataFrame(
        {
            "place_id": [f"n{number:03}" for number in range(count)],
            "kind": "gp",
            "modelled": False,
            "last_edit": pd.to_datetime(["2024-01-01"] * count, utc=True),
        }
    )
    assert least_certain(places).sum() == expected
    both = pd.concat([places, places.assign(kind="bank")])
    assert least_certain(both).sum() == 2 * expected


def test_share_of_places_is_checked() -> None:
    with pytest.raises(AnalysisError, match="Anteil"):
        least_certain(pd.DataFrame(), share=1.5)


def test_dropping_takes_the_first_that_remains() -> None:
    nan = math.nan
    metres = np.array([[100, 400, 900], [100, 600, 700], [100, 200, 300], [100, 200, nan], [450, 800, 900]])
    place = np.array([[0, 2, 3], [0, 2, 3], [0, 1, 4], [0, 1, -1], [2, 3, 0]])
    dropped = np.array([True, True, False, False, True])
    row = bands(metres[:, None, :], place[:, None, :], [1, 2, 4, 8, 16], LIMITS, ADULT, dropped).iloc[0]
    assert row["share"] == 1
    # Within: the first (400 m) and the last (450 m). Beyond: the second (600 m). Not known: the third,
    # whose fourth place may be near. None left: the fourth, who can reach but two places.
    assert row["share_without"] == pytest.approx(17 / 31) and row["residents_unknown"] == 4
    # 450 m is within 450 m, and the limit of 550 m changes nothing here.
    assert row["share_limit_less"] == row["share_limit_more"] == 1
    assert (row["low"], row["high"]) == (row["share_without"], 1)


def test_beyond_the_third_everything_is_beyond() -> None:
    metres, place = np.array([[[100.0, 300.0, 501.0]]]), np.array([[[0, 1, 2]]])
    row = bands(metres, place, [5], LIMITS, ADULT, [True, True, True]).iloc[0]
    assert (row["share_without"], row["residents_unknown"]) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_band_equals_a_recomputation(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    all_walks = generator.integers(0, 1200, (6, count)).astype(float)
    all_walks[generator.random(all_walks.shape) < 0.2] = np.nan
    people = generator.integers(0, 9, 6).astype(float)
    dropped = generator.random(count) < 0.5
    order = np.argsort(all_walks, axis=1, kind="stable")[:, :3]
    metres = np.take_along_axis(all_walks, order, axis=1)
    place = np.where(np.isnan(metres), -1, order)
    pad = max(0, 3 - count)
    metres = np.pad(metres, ((0, 0), (0, pad)), constant_values=np.nan)
    place = np.pad(place, ((0, 0), (0, pad)), constant_values=-1)
    row = bands(metres[:, None], place[:, None], people, LIMITS, ADULT, dropped).iloc[0]
    rest = np.where(dropped, np.nan, all_walks)
    truth = people[(rest <= 500).any(axis=1)].sum()
    total = people.sum()
    if total == 0:
        assert math.isnan(row["share"])
        return
    known = row["share_without"] * total
    assert known - 1e-9 <= truth <= known + row["residents_unknown"] + 1e-9
    assert row["low"] <= row["share_limit_less"] <= row["share"] <= row["share_limit_more"] <= row["high"]
    assert row["share"] == pytest.approx(people[(all_walks <= 500).any(axis=1)].sum() / total)


def test_limits_in_minutes_follow_the_person() -> None:
    limits = {"kita": Sourced(10, "min", "test", 2025)}
    metres = np.array([[[719.0]], [[721.0]], [[879.0]], [[881.0]]])
    row = bands(metres, np.zeros((4, 1, 1), int), [1, 1, 1, 1], limits, ADULT, [False]).iloc[0]
    assert (row["share"], row["share_limit_less"], row["share_limit_more"]) == (0.5, 0.25, 0.75)


def test_no_place_of_a_kind_has_a_band_of_zero() -> None:
    row = bands(np.full((2, 1, 3), np.nan), np.full((2, 1, 3), -1), [1, 2], LIMITS, ADULT, []).iloc[0]
    assert row["low"] == row["high"] == row["residents_unknown"] == 0
    assert list(bands(np.empty((2, 0, 3)), np.empty((2, 0, 3)), [1, 2], {}, ADULT, [])) == list(BAND_COLUMNS)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(AnalysisError, match="Form"):
        bands(np.ones((2, 1)), np.ones((2, 1)), [1, 2], LIMITS, ADULT, [])
