"""Suggestions: as good as trying everything, never worse than the rule of thumb, clear where impossible."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spopt import locate

from kudequa_geo.errors import AnalysisError
from kudequa_geo.scenarios import covering, greedy, median, siting
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.candidates import MOST_CANDIDATES, candidates_of
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.siting import (
    Wish,
    as_scenario,
    loss,
    question,
    second_best,
    suggest,
    why_not,
)
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.task import Bar, Model, Task, Terms
from tests.fixtures.grid_city import city_base, grid_city

EMPTY = Scenario(name="heute")


def random_task(seed: int, model: Model, *, demand: int = 40, candidates: int = 8, **given: Any) -> Task:
    """Return a task on random points in a square kilometre; some walks do not exist."""
    rng = np.random.default_rng(seed)
    homes, points = rng.uniform(0, 1000, (demand, 2)), rng.uniform(0, 1000, (candidates, 2))
    metres = np.hypot(*(homes[:, None] - points).transpose(2, 0, 1)) * 1.3
    metres[rng.random(metres.shape) < 0.05] = np.nan
    today = np.where(rng.random(demand) < 0.2, np.nan, rng.uniform(100, 1500, demand))
    usual = {
        "weights": rng.integers(0, 30, demand).astype(float),
        "today_m": today,
        "metres": metres,
        "limit_m": 350.0,
        "keys": tuple(f"s{number}" for number in range(candidates)),
        "points": points,
        "cost": rng.integers(1, 9, candidates).astype(float),
        "capacity": np.full(candidates, np.inf),
        "number": 3,
    }
    return Task(model=model, **{**usual, **given})


def every_choice(task: Task, terms: Terms | None = None) -> list[np.ndarray]:
    """Return all choices that keep the conditions."""
    wanted = terms or Terms()
    sizes = range(task.count + 1)
    found = [
        np.array(rows, dtype=np.int64) for size in sizes for rows in combinations(range(task.count), size)
    ]
    return [rows for rows in found if task.allowed(rows) and wanted.permit(tuple(rows.tolist()))]


def plain_people(task: Task, rows: np.ndarray) -> float:
    """Count those who come under the limit, one by one."""
    total = 0.0
    for home in range(len(task.weights)):
        if task.today_m[home] <= task.limit_m:
            continue
        if any(task.metres[home, row] <= task.limit_m for row in rows):
            total += float(task.weights[home])
    return total


def plain_walks(task: Task, rows: np.ndarray) -> float:
    """Sum all walks, one by one."""
    longest = max(np.nanmax(task.today_m), np.nanmax(task.metres))
    total = 0.0
    for home in range(len(task.weights)):
        walks = [task.today_m[home], *(task.metres[home, row] for row in rows)]
        known = [walk for walk in walks if not np.isnan(walk)]
        total += float(task.weights[home]) * (min(known) if known else longest)
    return total


CONDITIONS: list[dict[str, Any]] = [
    {},
    {"number": None, "budget": 9.0},
    {"apart_m": 300.0},
    {"barred": {0: Bar.NOT_CONNECTED, 3: Bar.NEAR_EXISTING}},
    {"number": 2, "budget": 8.0, "apart_m": 200.0},
]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("given", CONDITIONS, ids=str)
def test_maximal_covering_equals_trying_everything(seed: int, given: dict[str, Any]) -> None:
    task = random_task(seed, Model.COVERAGE, **given)
    best = max(plain_people(task, rows) for rows in every_choice(task))
    choice = covering.solve(task, Terms())
    assert choice is not None
    assert choice.exact
    assert choice.gap == 0
    assert choice.objective == pytest.approx(best)
    assert plain_people(task, np.array(choice.chosen)) == pytest.approx(best)
    thumb = greedy.solve(task)
    assert thumb is not None
    assert not thumb.exact
    assert thumb.objective <= choice.objective + 1e-9


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("given", CONDITIONS, ids=str)
def test_p_median_equals_trying_everything(seed: int, given: dict[str, Any]) -> None:
    task = random_task(seed, Model.DISTANCE, **given)
    best = min(plain_walks(task, rows) for rows in every_choice(task))
    choice = median.solve(task, Terms(), greedy.solve(task))
    assert choice is not None
    assert choice.gap == 0
    assert choice.objective == pytest.approx(best)
    assert plain_walks(task, np.array(choice.chosen)) == pytest.approx(best)
    thumb = greedy.solve(task)
    assert thumb is not None
    assert choice.objective <= thumb.objective + 1e-6


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_set_covering_equals_trying_everything(seed: int, share: float) -> None:
    task = random_task(seed, Model.ALL, number=None, share=share)
    everyone = plain_people(task, np.arange(task.count))
    enough = [rows for rows in every_choice(task) if plain_people(task, rows) >= share * everyone - 1e-9]
    choice = covering.solve(task, Terms())
    assert choice is not None
    assert choice.objective == pytest.approx(min(task.cost[rows].sum() for rows in enough))
    assert plain_people(task, np.array(choice.chosen)) >= share * everyone - 1e-9
    thumb = greedy.solve(task)
    assert thumb is not None
    assert choice.objective <= thumb.objective


@pytest.mark.parametrize("seed", range(4))
def test_capacities_are_kept(seed: int) -> None:
    task = random_task(seed, Model.COVERAGE, capacity=np.full(8, 60.0))
    best = max(covering.people_served(task, rows) for rows in every_choice(task))
    choice = covering.solve(task, Terms())
    assert choice is not None
    assert choice.objective == pytest.approx(best)
    assert choice.objective <= 60 * len(choice.chosen) + 1e-6
    unbounded = covering.solve(replace(task, capacity=np.full(8, np.inf)), Terms())
    assert unbounded is not None
    assert choice.objective <= unbounded.objective + 1e-9
    thumb = greedy.solve(task)
    assert thumb is not None
    assert thumb.objective <= choice.objective + 1e-6


@pytest.mark.parametrize("model", [Model.COVERAGE, Model.DISTANCE])
@pytest.mark.parametrize("seed", range(4))
def test_second_best_and_its_loss_equal_trying_everything(seed: int, model: Model) -> None:
    task = random_task(seed, model)
    best = suggest(task)
    second = second_best(task, best)
    others = every_choice(task, Terms(without=(best.choice.chosen,)))
    if model is Model.COVERAGE:
        expected = max(plain_people(task, rows) for rows in others)
    else:
        expected = min(plain_walks(task, rows) for rows in others)
    assert second is not None
    assert second.objective == pytest.approx(expected)
    assert loss(task, best, second) == pytest.approx(abs(best.objective - expected), abs=1e-6)
    assert not set(second.keys) >= set(best.keys)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_results_do_not_depend_on_the_order_of_the_demand(seed: int) -> None:
    task = random_task(seed, Model.DISTANCE)
    order = np.random.default_rng(seed).permutation(len(task.weights))
    shuffled = replace(
        task, weights=task.weights[order], today_m=task.today_m[order], metres=task.metres[order]
    )
    assert suggest(shuffled).objective == pytest.approx(suggest(task).objective)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # within spopt and its solver
def test_spopt_finds_the_same_coverage_and_walks() -> None:
    rng = np.random.default_rng(3)
    task = random_task(3, Model.COVERAGE, demand=80, candidates=15)
    metres = np.nan_to_num(task.metres, nan=1e6)
    people = rng.integers(1, 30, 80).astype(float)
    nobody = np.full(80, np.nan)
    mine = suggest(replace(task, metres=metres, weights=people, today_m=nobody, number=4))
    solver = pulp.PULP_CBC_CMD(msg=False)
    theirs = locate.MCLP.from_cost_matrix(metres, people, 350.0, p_facilities=4).solve(solver)
    assert mine.objective == pytest.approx(theirs.problem.objective.value())
    mine = suggest(
        replace(task, model=Model.DISTANCE, metres=metres, weights=people, today_m=nobody, number=4)
    )
    theirs = locate.PMedian.from_cost_matrix(metres, people, p_facilities=4).solve(solver)
    assert mine.objective == pytest.approx(theirs.problem.objective.value())


def test_past_the_time_limit_the_rule_of_thumb_answers_and_says_so() -> None:
    task = random_task(1, Model.COVERAGE, demand=600, candidates=40, number=9)
    late = suggest(task, Terms(time_limit_s=0.0))
    assert not late.exact or late.gap > 0
    assert len(late.keys) == 9
    assert late.objective <= suggest(task, Terms(time_limit_s=60)).objective


def test_p_median_past_the_time_limit_shows_its_gap() -> None:
    task = random_task(1, Model.DISTANCE, demand=400, candidates=40, number=9)
    seconds = iter(range(10_000))
    late = suggest(task, Terms(time_limit_s=2.0, clock=lambda: float(next(seconds))))
    best = suggest(task, Terms(time_limit_s=60.0))
    assert best.gap == 0
    assert late.gap > 0
    assert late.objective >= best.objective
    assert late.objective * (1 - late.gap) <= best.objective * (1 + 1e-9), "the gap is a bound"


# In a city


@pytest.fixture(scope="module")
def city() -> State:
    return apply(city_base(grid_city(np.random.default_rng(4))), EMPTY)


def test_a_suggestion_keeps_its_promise_when_it_is_carried_out(city: State) -> None:
    candidates = candidates_of(city, ["brownfield", "vacancy"])
    task = question(city, "supermarket", "adult", candidates, Wish(number=2))
    best = suggest(task)
    after = apply(city.base, as_scenario(best, candidates, "supermarket", "Vorschlag"))
    within = after.metres("adult", "supermarket") <= task.limit_m
    assert float(task.weights @ within) == pytest.approx(best.people_after)
    assert best.people_after - best.people_before == pytest.approx(best.objective)
    other = second_best(task, best)
    assert other is not None
    assert loss(task, best, other) >= 0


def test_every_candidate_can_be_asked_why_not(city: State) -> None:
    candidates = candidates_of(city, ["brownfield", "vacancy"])
    task = question(city, "supermarket", "adult", candidates, Wish(number=2, apart_m=150.0))
    best = suggest(task)
    for key, name in zip(candidates.keys, candidates.names, strict=True):
        text = why_not(task, best, key, name).fill()
        assert name in text
        assert "{" not in text
    with pytest.raises(AnalysisError, match="gibt es unter den Kandidaten nicht"):
        why_not(task, best, "s99", "?")


def test_buildings_are_candidates_and_thinned_only_when_there_are_many(city: State) -> None:
    few = candidates_of(city, ["building"])
    connected = int((city.origins.edge >= 0).sum())
    assert len(few) == connected <= MOST_CANDIDATES
    assert few.thinned_m == 0
    both = candidates_of(city, ["building", "lab", "vacancy"])
    assert len(both) == connected + 5
    crowded = apply(city_base(grid_city(np.random.default_rng(4), houses=900)), EMPTY)
    many = candidates_of(crowded, ["building"])
    assert many.thinned_m > 0
    assert 0 < len(many) <= MOST_CANDIDATES


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(), "Anzahl neuer Orte oder ein Budget"),
        (Wish(number=0), "mindestens 1 Ort"),
        (Wish(number=11), "Gesucht sind 11 Orte"),
        (Wish(number=2, apart_m=90_000.0), "Abstand"),
        (Wish(budget=5.0), "braucht jeder Standort Kosten"),
        (Wish(number=2, capacity=0.0), "Kapazität"),
        (Wish(model=Model.DISTANCE, number=2, capacity=9.0), "nicht zugleich"),
        (Wish(number=2, costs={"s1": -1.0}), "Kosten"),
        (Wish(budget=1.0, costs={f"s{n}": 2.0 for n in range(10)}), "mehr als das Budget"),
        (Wish(model=Model.ALL, share=0.0), "Anteil"),
    ],
)
def test_impossible_demands_are_said_clearly(city: State, wish: Wish, words: str) -> None:
    candidates = candidates_of(city, ["brownfield", "vacancy"])
    with pytest.raises(AnalysisError, match=words):
        suggest(question(city, "pharmacy", "adult", candidates, wish))


def test_distances_that_leave_no_room_are_said_with_the_number_that_fits(city: State) -> None:
    candidates = candidates_of(city, ["brownfield", "vacancy"])
    task = question(city, "pharmacy", "adult", candidates, Wish(number=2))
    farthest = max(np.hypot(*(task.points - point).T).max() for point in task.points)
    with pytest.raises(AnalysisError, match="höchstens 1 Platz"):
        question(city, "pharmacy", "adult", candidates, Wish(number=2, apart_m=farthest + 1))


def test_the_search_for_room_ends_in_time(city: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most distances need no search, and one that is cut short refuses nothing it cannot prove."""
    candidates = candidates_of(city, ["brownfield", "vacancy"])
    asked: list[dict] = []
    solve = siting.milp
    monkeypatch.setattr(
        siting, "milp", lambda *words, **more: asked.append(more["options"]) or solve(*words, **more)
    )
    question(city, "pharmacy", "adult", candidates, Wish(number=2, apart_m=1.0))
    assert asked == []
    with pytest.raises(AnalysisError, match="Platz"):
        question(city, "pharmacy", "adult", candidates, Wish(number=2, apart_m=1e6))
    assert asked == [{"time_limit": 5.0}]
    monkeypatch.setattr(siting, "milp", lambda *_, **__: SimpleNamespace(mip_dual_bound=None))
    question(city, "pharmacy", "adult", candidates, Wish(number=2, apart_m=1e6))


def test_serving_all_with_too_few_is_refused(city: State) -> None:
    candidates = candidates_of(city, ["brownfield", "vacancy"])
    with pytest.raises(AnalysisError, match="erfüllt alle Vorgaben"):
        suggest(question(city, "pharmacy", "adult", candidates, Wish(model=Model.ALL, number=1)))


def test_unknown_kinds_of_candidates_and_services_are_refused(city: State) -> None:
    with pytest.raises(AnalysisError, match="stehen brownfield"):
        candidates_of(city, ["meadow"])
    with pytest.raises(AnalysisError, match="keine Standorte der Art lab") as none:
        candidates_of(city, ["lab"])
    assert "sites.own" in str(none.value)
    with pytest.raises(AnalysisError, match="gibt es in dieser Gemeinde nicht"):
        question(city, "casino", "adult", candidates_of(city, ["vacancy"]), Wish(number=1))
