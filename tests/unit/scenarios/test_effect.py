"""Who gains and who loses, two states beside each other, and all measures of a changed city."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.indicators import indicators
from kudequa_geo.gaps.need import weigh
from kudequa_geo.language import Language
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.change import AddHousing, AddPlace, Change, ClosePath, ClosePlace, MovePlace, Spot
from kudequa_geo.scenarios.compare import compare
from kudequa_geo.scenarios.effect import EFFECTS, Turn, differences, effects, turns
from kudequa_geo.scenarios.outcome import evaluate
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.telling import sentences
from tests.fixtures.grid_city import city_base, grid_city

SHOP = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(building="w003"), name="Markt")


@pytest.fixture(scope="module")
def base() -> Base:
    return city_base(grid_city(np.random.default_rng(19)))


def _after(base: Base, *changes: Change) -> State:
    return apply(base, Scenario(name="x", changes=changes))


def _on_path(base: Base) -> tuple[float, float]:
    """Return the bend in the middle of a street."""
    x, y = base.network.shape[base.network.shape_start[12] + 1]
    return float(x), float(y)


def _row(frame: pd.DataFrame, **keys: Any) -> pd.Series:
    for name, value in keys.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_turns_of_single_walks() -> None:
    before = np.array([100.0, 100.0, 100.0, np.nan, np.nan, 100.0, 100.0])
    after = np.array([100.0, 90.0, 110.0, 50.0, np.nan, np.nan, 100.0000001])
    expected = [Turn.SAME, Turn.SHORTER, Turn.LONGER, Turn.REACHED, Turn.NEVER, Turn.LOST, Turn.SAME]
    assert turns(before, after).tolist() == [turn.value for turn in expected]


def test_effects_equal_a_plain_count(base: Base) -> None:
    before, after = _after(base), _after(base, SHOP, ClosePlace(place_id="n02"))
    kind = base.kind_index["supermarket"]
    limit = base.kinds[kind].limit.value
    counted = dict.fromkeys(EFFECTS, 0.0)
    for row, people in enumerate(base.people["residents_65_plus"]):
        old, new = (state.nearest("adult").metres[row, kind, 0] for state in (before, after))
        counted["residents"] += people
        counted["better"] += people * (new < old - 1e-3 or (np.isnan(old) and not np.isnan(new)))
        counted["worse"] += people * (new > old + 1e-3 or (np.isnan(new) and not np.isnan(old)))
        counted["within_gained"] += people * (new <= limit and not old <= limit)
        counted["within_lost"] += people * (old <= limit and not new <= limit)
        counted["reach_gained"] += people * (np.isnan(old) and not np.isnan(new))
        counted["reach_lost"] += people * (np.isnan(new) and not np.isnan(old))
        if not np.isnan(old + new):
            counted["minutes_saved"] += people * max(old - new, 0) / 80
            counted["minutes_lost"] += people * max(new - old, 0) / 80
    table = effects(before, after, groups=("residents", "residents_65_plus"))
    found = _row(table, level="area", kind="supermarket", person="adult", group="residents_65_plus")
    for name, value in counted.items():
        assert found[name] == pytest.approx(value), name
    assert found["better"] > 0


def test_districts_sum_to_the_area(base: Base) -> None:
    table = effects(_after(base), _after(base, SHOP, ClosePath(at=_on_path(base))))
    keys = ["kind", "person", "group"]
    parts = table[table["level"] == "district"].groupby(keys)[list(EFFECTS)].sum()
    whole = table[table["level"] == "area"].set_index(keys)[list(EFFECTS)]
    pd.testing.assert_frame_equal(parts.sort_index(), whole.sort_index())


def test_what_one_gains_the_way_back_loses(base: Base) -> None:
    one, other = _after(base), _after(base, SHOP, MovePlace(place_id="n03", to=Spot(site="s2")))
    there, back = effects(one, other), effects(other, one)
    for gain, lost in (
        ("better", "worse"),
        ("minutes_saved", "minutes_lost"),
        ("within_gained", "within_lost"),
    ):
        np.testing.assert_array_equal(there[gain], back[lost])


def test_nobody_gains_by_nothing(base: Base) -> None:
    table = effects(_after(base), _after(base))
    assert not table[list(EFFECTS)[1:]].to_numpy().any()
    frame = differences(_after(base), _after(base), "adult", "supermarket")
    assert set(frame["turn"]) <= {Turn.SAME.value, Turn.NEVER.value}
    assert frame["difference_min"].dropna().eq(0).all()


def test_the_map_of_differences_has_a_value_for_each_building(base: Base) -> None:
    frame = differences(_after(base), _after(base, SHOP), "adult", "supermarket")
    assert frame["building_id"].tolist() == base.buildings["building_id"].tolist()
    assert (frame["difference_min"].dropna() <= 0).all(), "a new shop never lengthens a walk"
    assert (frame["turn"] == Turn.SHORTER.value).any()
    known = frame.dropna()
    np.testing.assert_allclose(
        known["difference_min"], known["minutes_after"] - known["minutes_before"], atol=1e-4
    )


def test_sentences_can_be_read_aloud(base: Base) -> None:
    kind = base.kinds[0]
    limit = kind.limit.sourced()

    def told(*changes: Change) -> str:
        table = effects(_after(base), _after(base, *changes), persons=["adult"], kinds=[kind.key])
        row = _row(table, level="area")
        return " ".join(part.fill() for part in sentences(row, kind.label, limit, "Neuer {Markt}"))

    gain, loss, same = told(SHOP), told(ClosePlace(place_id="n02")), told()
    assert "Mit „Neuer {Markt}“ haben" in gain
    assert "einen kürzeren Weg zu „Supermarkt“, niemand einen längeren" in gain
    assert "neu innerhalb von 500 Metern" in gain
    assert "Das spart je Gang zusammen" in gain
    assert "einen längeren Weg zu „Supermarkt“, niemand einen kürzeren" in loss
    assert "ändert sich kein Weg" in same


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "de",
            (
                "hat 1 Mensch einen kürzeren und 1 einen längeren Weg zu „X“.",
                "1 Mensch wohnt damit neu innerhalb von 1 Minute.",
                "1 Mensch wohnt nicht mehr innerhalb von 1 Minute.",
                "Das spart je Gang zusammen 1 Minute.",
                "1 Mensch kommt erstmals zu Fuß dorthin.",
                "1 Mensch kommt zu Fuß nicht mehr dorthin.",
            ),
        ),
        (
            "en",
            (
                "1 person has a shorter and 1 a longer walk",
                "1 person is now within 1 minute.",
                "1 person is no longer within 1 minute.",
                "saves 1 minute per",
                "1 person can walk there for the first time.",
                "1 person can no longer walk there.",
            ),
        ),
        ("tr", ("1 kişi için kısalıyor", "1 dakika içinde", "1 kişi artık oraya")),
    ],
)
def test_one_person_is_told_in_the_singular(base: Base, language: str, words: tuple[str, ...]) -> None:
    say = Language(language)
    one = ("better", "worse", "minutes_saved", "within_gained", "within_lost", "reach_gained", "reach_lost")
    row = pd.Series(dict.fromkeys(EFFECTS, 0.0) | dict.fromkeys(one, 1.0))
    limit = replace(base.kinds[0].limit.sourced(), value=1.0, unit="min")

    def told(row: pd.Series, number: Callable[[float], str]) -> str:
        return " ".join(part.fill(say, number) for part in sentences(row, "X", limit, "Y"))

    single = told(row, say.number)
    for said in words:
        assert said in single
    many = told(row * 2, say.number)
    assert "Mensch " not in many
    assert "person " not in many
    # Numbers too small to be shown are told in the plural.
    small = told(row, say.people)
    assert "unter 5" in small or language != "de"
    assert not any(part[:1].islower() for part in small.split(". "))


def test_sentences_are_translated_before_they_are_filled(base: Base) -> None:
    row = pd.Series(dict.fromkeys(EFFECTS, 0.0) | {"worse": 3.0, "reach_lost": 3.0})
    english = {
        "{people} Menschen kommen zu Fuß nicht mehr dorthin.": "{people} people can no longer walk there."
    }
    told = sentences(row, "X", base.kinds[0].limit.sourced(), "Y")
    texts = [part.fill(lambda text: english.get(text, text), "{:.1f}".format) for part in told]
    assert texts[-1] == "3.0 people can no longer walk there."


# Compare


def test_comparing_equal_states_gives_zeros(base: Base) -> None:
    one, other = evaluate(_after(base, SHOP)), evaluate(_after(base, SHOP))
    table = compare(one, other)
    known = table["one"].notna()
    assert known.any()
    assert (table["difference"][known] == 0).all()


def test_comparing_is_symmetric(base: Base) -> None:
    one = evaluate(_after(base, SHOP))
    other = evaluate(_after(base, AddHousing(at=Spot(building="w010"), persons=99)))
    there, back = compare(one, other), compare(other, one)
    keys = [name for name in there.columns if name not in ("one", "other", "difference")]
    pd.testing.assert_frame_equal(there[keys], back[keys])
    np.testing.assert_array_equal(there["difference"], -back["difference"])
    assert there["difference"].abs().sum() > 0


def test_states_of_different_bases_are_not_compared(base: Base) -> None:
    stranger = _after(city_base(grid_city(np.random.default_rng(19))))
    with pytest.raises(AnalysisError, match="derselben Grundlage"):
        effects(_after(base), stranger)
    with pytest.raises(AnalysisError, match="derselben Grundlage"):
        compare(evaluate(_after(base)), evaluate(stranger))


# Outcome


def test_every_measure_is_new_after_a_change(base: Base) -> None:
    before = evaluate(_after(base))
    homes = AddHousing(at=Spot(building="w010"), persons=400)
    after = evaluate(_after(base, SHOP, homes, ClosePlace(place_id="n02")))
    assert not after.indicators().equals(before.indicators())
    assert not weigh(after.unmet("adult")).total.equals(weigh(before.unmet("adult")).total)
    assert not after.equity().equals(before.equity())
    assert len(after.competition("adult", "supermarket").access) == len(base.buildings) + 1
    areas = after.gap_areas("adult", "pharmacy")
    assert areas.areas["residents"].sum() > before.gap_areas("adult", "pharmacy").areas["residents"].sum()


def test_indicators_are_those_of_the_prepared_city(base: Base) -> None:
    outcome = evaluate(_after(base))
    metres = {key: outcome.state.nearest(key).metres[:, :, 0] for key in base.persons}
    expected = indicators(metres, base.buildings, outcome.limits, base.persons, districts=base.districts)
    pd.testing.assert_frame_equal(outcome.indicators(), expected)


def test_competition_shares_out_exactly_the_supply(base: Base) -> None:
    state = _after(base, SHOP)
    found = evaluate(state).competition("adult", "bakery")
    rows = np.flatnonzero(state.place_kinds == base.kind_index["bakery"])
    reached = found.demand > 0
    assert reached.any()
    capacity = state.capacity[rows]
    known = ~np.isnan(capacity)
    # Where fewer than half tell their capacity, every place counts one.
    supply = (
        np.where(known, capacity, np.median(capacity[known])) if known.mean() >= 0.5 else np.ones(len(rows))
    )
    people = state.residents["residents"].to_numpy()
    assert np.nansum(people * found.access) == pytest.approx(supply[reached].sum())
    assert np.isnan(found.access[state.origins.edge < 0]).all()


def test_a_kind_without_places_has_no_competition(base: Base) -> None:
    found = evaluate(_after(base)).competition("adult", "pharmacy")
    assert not len(found.demand)
    assert np.nansum(found.access) == 0


def test_unknown_persons_and_kinds_are_refused(base: Base) -> None:
    with pytest.raises(AnalysisError, match="Person „robot“"):
        evaluate(_after(base), ["robot"])
    with pytest.raises(AnalysisError, match="casino"):
        evaluate(_after(base)).competition("adult", "casino")
    with pytest.raises(AnalysisError, match="residents_mars"):
        effects(_after(base), _after(base), groups=("residents_mars",))
