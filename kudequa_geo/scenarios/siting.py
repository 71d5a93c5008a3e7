"""Where new places would help most: the question, the answer, the next best, and why not elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import Bounds, milp

from kudequa_geo.access.labels import Int64
from kudequa_geo.constants import Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.weighted import limit_m
from kudequa_geo.scenarios import covering, greedy, median
from kudequa_geo.scenarios.candidates import Candidates
from kudequa_geo.scenarios.change import AddPlace
from kudequa_geo.scenarios.outcome import column_of, walk_matrix
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.task import (
    Bar,
    Choice,
    Model,
    Task,
    Terms,
    bounds_of,
    conditions_of,
    served,
    walks,
)
from kudequa_geo.scenarios.telling import Sentence

BAR_LABELS: dict[Bar, str] = {
    Bar.NOT_CONNECTED: msg("ist nicht an das Wegenetz angebunden"),
    Bar.NEAR_EXISTING: msg("liegt zu nah an einem vorhandenen Ort"),
    Bar.OVER_BUDGET: msg("kostet allein mehr als das Budget"),
}


@dataclass(frozen=True)
class Wish:
    """What is wanted of new places.

    Attributes
    ----------
    model
        What a good choice is.
    number, budget
        How many at most; what they may cost together at most. At least one of them, but for the model that
        serves all.
    costs
        Cost by candidate; needed with a budget. Without costs each counts 1.
    capacity
        People each new place can serve; None = not bounded.
    apart_m
        Least straight distance between new places, and to existing ones of the kind, in metres.
    share
        For the model that serves all: share of those who can be served at all.
    limit
        Who has a place within it is served; None = the limit of the kind.
    """

    model: Model = Model.COVERAGE
    number: int | None = None
    budget: float | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    capacity: float | None = None
    apart_m: float = 0.0
    share: float = 1.0
    limit: Sourced | None = None


@dataclass(frozen=True, eq=False)
class Suggestion:
    """The answer to a question of siting.

    Attributes
    ----------
    keys
        Identifiers of the chosen candidates.
    objective
        People who come under the limit (coverage), person-metres of all walks (distance), cost (all).
    gap
        How far from the best it may be at most, as a share; 0 = proven best, NaN = nothing is proven.
    exact
        False: a rule of thumb, because the time was over; say so beside every figure.
    people_before, people_after
        Residents within the limit without and with the chosen ones (with capacities: who finds a place).
    metres_saved
        Person-metres that the walks to the nearest place become shorter together.
    choice
        Rows of the candidates.
    """

    keys: tuple[str, ...]
    objective: float
    gap: float
    exact: bool
    people_before: float
    people_after: float
    metres_saved: float
    choice: Choice


def question(state: State, kind: str, person: str, candidates: Candidates, wish: Wish) -> Task:
    """Return a question of siting in numbers.

    Parameters
    ----------
    state
        The city; its open places of the kind stay where they are.
    kind, person
        What is to come, and who walks there.
    candidates
        Where it may come.
    wish
        What is wanted.

    Raises
    ------
    AnalysisError
        For an unknown kind, or demands that cannot be met: more places than candidates, no candidate
        within reach of anybody, distances that leave no room, a budget below the cheapest.
    """
    column = column_of(state, kind)
    _check_wish(wish, candidates)
    barred = _barred(state, column, candidates, wish)
    count = len(candidates)
    task = Task(
        model=wish.model,
        weights=state.residents["residents"].to_numpy(np.float64),
        today_m=state.metres(person, kind),
        metres=walk_matrix(state.router(person), state.origins, candidates.positions),
        limit_m=limit_m(wish.limit or state.base.kinds[column].limit.sourced(), state.base.persons[person]),
        keys=candidates.keys,
        points=candidates.points,
        cost=np.array([float(wish.costs.get(key, 1.0)) for key in candidates.keys]),
        capacity=np.full(count, np.inf if wish.capacity is None else float(wish.capacity)),
        barred=barred,
        number=wish.number,
        budget=wish.budget,
        apart_m=wish.apart_m,
        share=wish.share,
    )
    _check_possible(task)
    return task


def suggest(task: Task, terms: Terms | None = None) -> Suggestion:
    """Return the best choice; past the time limit the best one found, labelled.

    Parameters
    ----------
    task
        The question.
    terms
        What is asked beside it, and the time limit; 5 s where omitted.

    Raises
    ------
    AnalysisError
        If no choice meets all demands.
    """
    choice = _solved(task, terms or Terms())
    if choice is None:
        raise AnalysisError(
            msg("Keine Auswahl unter {count} Standorten erfüllt alle Vorgaben."),
            remedy=msg("Bitte mehr Orte, mehr Budget, kleinere Abstände oder einen kleineren Anteil wählen."),
            count=task.count - len(task.barred),
        )
    return _told(task, choice)


def second_best(task: Task, best: Suggestion, terms: Terms | None = None) -> Suggestion | None:
    """Return the best choice that leaves out at least one of the chosen ones; None = there is none."""
    given = terms or Terms()
    choice = _solved(task, replace(given, without=(*given.without, best.choice.chosen)))
    return None if choice is None else _told(task, choice)


def loss(task: Task, best: Suggestion, other: Suggestion) -> float:
    """Return what another choice loses, in the unit of the objective; 0 = as good."""
    difference = other.objective - best.objective
    return max(0.0, -difference if task.model is Model.COVERAGE else difference)


def why_not(task: Task, best: Suggestion, key: str, name: str, terms: Terms | None = None) -> Sentence:
    """Return why a candidate is not among the chosen ones.

    Parameters
    ----------
    task, best
        The question and its answer.
    key, name
        Identifier of the candidate, and what to call it.
    terms
        As in :func:`suggest`.

    Raises
    ------
    AnalysisError
        If there is no such candidate.
    """
    if key not in task.keys:
        raise AnalysisError(msg("Einen Standort „{key}“ gibt es unter den Kandidaten nicht."), key=key)
    row = task.keys.index(key)
    if key in best.keys:
        return Sentence(msg("„{name}“ ist ausgewählt."), {"name": name})
    if row in task.barred:
        return Sentence(msg("„{name}“ {reason}."), {"name": name, "reason": BAR_LABELS[task.barred[row]]})
    choice = _solved(task, replace(terms or Terms(), forced=(row,)))
    if choice is None:
        return Sentence(msg("Mit „{name}“ lassen sich die Vorgaben nicht erfüllen."), {"name": name})
    less = loss(task, best, _told(task, choice))
    if less <= 1e-9 * max(abs(best.objective), 1.0):
        return Sentence(msg("Eine Auswahl mit „{name}“ ist ebenso gut."), {"name": name})
    reached = _reached_alone(task, np.array([row]))
    values: dict[str, float | str] = {
        "name": name,
        "loss": less,
        "reached": float(task.weights @ reached),
        "shared": float(
            task.weights @ (reached & served(task, np.array(best.choice.chosen, dtype=np.int64)))
        ),
    }
    return Sentence(_WHY[task.model], values)


_WHY: dict[Model, str] = {
    Model.COVERAGE: msg(
        "„{name}“ erreicht {reached} heute unversorgte Menschen, davon versorgt die Auswahl schon {shared}. "
        "Die beste Auswahl mit „{name}“ erreicht {loss} Menschen weniger."
    ),
    Model.DISTANCE: msg(
        "Mit „{name}“ wären die Wege aller zusammen um {loss} Meter länger als mit der besten Auswahl."
    ),
    Model.ALL: msg("Jede Auswahl mit „{name}“, die alle versorgt, kostet {loss} mehr als die beste."),
}


def as_scenario(suggestion: Suggestion, candidates: Candidates, kind: str, name: str) -> Scenario:
    """Return a suggestion as a scenario that opens the chosen places."""
    rows = [candidates.keys.index(key) for key in suggestion.keys]
    changes = tuple(
        AddPlace(
            place_id=f"neu-{number}",
            kind=kind,
            at=candidates.spots[row],
            name=candidates.names[row],
        )
        for number, row in enumerate(rows, start=1)
    )
    return Scenario(name=name, changes=changes)


def _solved(task: Task, terms: Terms) -> Choice | None:
    """Return the exact choice, or the rule of thumb's where it is better than what the time allowed."""
    if task.model is Model.DISTANCE:
        return median.solve(task, terms, greedy.solve(task, terms))
    exact = covering.solve(task, terms)
    if exact is not None and exact.gap == 0:
        return exact
    thumb = greedy.solve(task, terms)
    if exact is None or thumb is None:
        return exact or thumb
    better = (
        thumb.objective > exact.objective
        if task.model is Model.COVERAGE
        else thumb.objective < exact.objective
    )
    return thumb if better else exact


def _told(task: Task, choice: Choice) -> Suggestion:
    rows: Int64 = np.array(choice.chosen, dtype=np.int64)
    none = np.empty(0, dtype=np.int64)
    before = float(task.weights @ served(task, none))
    return Suggestion(
        keys=tuple(task.keys[row] for row in choice.chosen),
        objective=choice.objective,
        gap=choice.gap,
        exact=choice.exact,
        people_before=before,
        people_after=before + covering.people_served(task, rows),
        metres_saved=float(task.weights @ (walks(task, none) - walks(task, rows))),
        choice=choice,
    )


def _reached_alone(task: Task, rows: Int64) -> np.ndarray:
    return served(task, rows) & ~served(task, np.empty(0, dtype=np.int64))


def _barred(state: State, column: int, candidates: Candidates, wish: Wish) -> dict[int, Bar]:
    barred = dict.fromkeys(np.flatnonzero(candidates.positions.edge < 0).tolist(), Bar.NOT_CONNECTED)
    existing = state.place_points[state.place_kinds == column]
    for row, point in enumerate(candidates.points):
        if wish.apart_m > 0 and len(existing) and np.hypot(*(existing - point).T).min() < wish.apart_m:
            barred.setdefault(row, Bar.NEAR_EXISTING)
        if wish.budget is not None and wish.costs[candidates.keys[row]] > wish.budget:
            barred.setdefault(row, Bar.OVER_BUDGET)
    return barred


def _check_wish(wish: Wish, candidates: Candidates) -> None:
    if wish.model is not Model.ALL and wish.number is None and wish.budget is None:
        raise AnalysisError(msg("Nötig ist eine Anzahl neuer Orte oder ein Budget."))
    if (
        (wish.number is not None and wish.number < 1)
        or not 0 < wish.share <= 1
        or not 0 <= wish.apart_m < np.inf
    ):
        raise AnalysisError(
            msg("Gesucht werden mindestens 1 Ort, ein Anteil über 0 bis 1 und ein Abstand ab 0 m.")
        )
    if wish.capacity is not None and not 0 < wish.capacity < np.inf:
        raise AnalysisError(msg("Die Kapazität eines neuen Ortes muss über 0 liegen."))
    if wish.capacity is not None and wish.model is Model.DISTANCE:
        raise AnalysisError(
            msg("Kürzeste Wege und eine begrenzte Kapazität lassen sich nicht zugleich verlangen."),
            remedy=msg("Bitte das Ziel „{model}“ wählen oder die Kapazität weglassen."),
            model=msg("möglichst viele Menschen unter die Grenze bringen"),
        )
    if any(not 0 < cost < np.inf for cost in wish.costs.values()):
        raise AnalysisError(msg("Kosten müssen Zahlen über 0 sein."))
    missing = [key for key in candidates.keys if key not in wish.costs]
    if wish.budget is not None and (missing or not 0 < wish.budget < np.inf):
        raise AnalysisError(
            msg("Für ein Budget über 0 braucht jeder Standort Kosten; {count} haben keine: {first}."),
            count=len(missing),
            first=", ".join(missing[:3]) or "–",
        )


def _check_possible(task: Task) -> None:
    usable = task.count - len(task.barred)
    if not usable or (task.number is not None and task.number > usable):
        reasons = Counter(task.barred.values())
        raise AnalysisError(
            msg("Gesucht sind {number} Orte; von {count} Standorten kommen nur {usable} in Frage ({bars})."),
            remedy=msg("Bitte weniger Orte oder mehr Arten von Standorten wählen."),
            number=task.number or 1,
            usable=usable,
            count=task.count,
            bars=", ".join(f"{count}× {BAR_LABELS[bar]}" for bar, count in reasons.items()) or "–",
        )
    _check_reach(task, usable)
    if task.number is None or len(_side_by_side(task)) >= task.number:
        return
    room = _room(task)
    if room < task.number:
        raise AnalysisError(
            msg("Gesucht sind {number} Orte, aber mit {apart} m Abstand finden höchstens {room} Platz."),
            remedy=msg("Bitte weniger Orte oder einen kleineren Abstand wählen."),
            number=task.number,
            apart=task.apart_m,
            room=room,
        )


def _check_reach(task: Task, usable: int) -> None:
    none = np.empty(0, dtype=np.int64)
    if task.model is Model.DISTANCE:
        everyone = np.array([row for row in range(task.count) if row not in task.barred], dtype=np.int64)
        helps = (walks(task, everyone) < walks(task, none)) & (task.weights > 0)
        if helps.any():
            return
    elif task.cover[1].sum() > 0:
        return
    beyond = float(task.weights @ ~served(task, none))
    if beyond == 0:
        raise AnalysisError(msg("Alle Menschen haben schon einen Ort innerhalb der Grenze."))
    raise AnalysisError(
        msg("Keiner der {usable} Standorte liegt einem der {beyond} Menschen jenseits der Grenze nah genug."),
        remedy=msg("Bitte andere Arten von Standorten oder eine größere Grenze wählen."),
        usable=usable,
        beyond=round(beyond),
    )


def _side_by_side(task: Task) -> list[int]:
    """Return candidates that can be chosen together: those with the fewest too near to them first."""
    near: dict[int, set[int]] = {row: set() for row in range(task.count) if row not in task.barred}
    for one, other in task.conflicts.tolist():
        if one in near and other in near:
            near[one].add(other)
            near[other].add(one)
    chosen: list[int] = []
    while near:
        row = min(near, key=lambda each: len(near[each]))
        chosen.append(row)
        for gone in (row, *near[row]):
            for other in near.pop(gone):
                near.get(other, set()).discard(gone)
    return chosen


def _room(task: Task) -> int:
    """Return how many candidates can be chosen side by side at most, as far as the time allows to tell."""
    terms = Terms()
    low, high = bounds_of(task, terms)
    result = milp(
        -np.ones(task.count),
        integrality=np.ones(task.count),
        bounds=Bounds(low, high),
        constraints=conditions_of(replace(task, number=None, budget=None), terms, task.count),
        options={"time_limit": terms.time_limit_s},
    )
    # Cut short, it still knows that no choice can hold more.
    bound = result.mip_dual_bound
    return task.count if bound is None else math.floor(-float(bound) + 1e-6)
