"""A rule of thumb for siting: take the best candidate, then the one that adds most, and so on."""

from __future__ import annotations

import numpy as np

from kudequa_geo.access.labels import Float64, Int64
from kudequa_geo.scenarios.covering import attainable, people_served
from kudequa_geo.scenarios.task import Choice, Model, Task, Terms, walks


def solve(task: Task, terms: Terms | None = None) -> Choice | None:
    """Return a good choice, quickly and without proof; None where the conditions allow none.

    Parameters
    ----------
    task
        Of any model.
    terms
        Choices left out and candidates forced.
    """
    terms = terms or Terms()
    chosen = list(terms.forced)
    goal = task.share * attainable(task) * (1 - 1e-12) if task.model is Model.ALL else np.inf
    crowd = _Crowd(task)
    for candidate in chosen:
        crowd.take(candidate)
    while crowd.value < goal:
        candidate = _next(task, chosen, crowd)
        if candidate < 0:
            break
        chosen.append(candidate)
        crowd.take(candidate)
    found = tuple(sorted(chosen))
    rows = np.array(found, dtype=np.int64)
    if (task.model is Model.ALL and crowd.value < goal) or not terms.permit(found) or not task.allowed(rows):
        return None
    return Choice(found, objective_of(task, rows), np.nan, exact=False)


def objective_of(task: Task, chosen: Int64) -> float:
    """Return what a choice is worth in the unit of its model."""
    if task.model is Model.ALL:
        return float(task.cost[chosen].sum())
    if task.model is Model.DISTANCE:
        return float(task.weights @ walks(task, chosen))
    return people_served(task, chosen)


class _Crowd:
    """Those who are not served yet, or (for distances) how far everybody walks so far."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.cover, people = task.cover
        self.left = people.copy()
        self.now = walks(task, np.empty(0, dtype=np.int64))
        self.value = 0.0

    def gains(self) -> Float64:
        """Return what each candidate would add: people, or person-metres saved."""
        gains: Float64 = np.minimum(self.left @ self.cover, self.task.capacity)
        if self.task.model is Model.DISTANCE:
            row, candidate, metres = self.task.shorter
            saved = self.task.weights[row] * np.maximum(self.now[row] - metres, 0.0)
            gains = np.bincount(candidate, weights=saved, minlength=self.task.count).astype(np.float64)
        return gains

    def take(self, candidate: int) -> None:
        """Let a candidate serve whom it can."""
        if self.task.model is Model.DISTANCE:
            self.now = np.fmin(self.now, self.task.metres[:, candidate])
            return
        rows = self.cover[:, [candidate]].nonzero()[0]
        served = np.minimum(np.cumsum(self.left[rows]), self.task.capacity[candidate])
        self.value += float(served[-1]) if len(rows) else 0.0
        self.left[rows] -= np.diff(served, prepend=0.0)


def _next(task: Task, chosen: list[int], crowd: _Crowd) -> int:
    """Return the candidate that brings most (per cost, where cost counts), -1 where none helps."""
    gains = crowd.gains()
    gains[[row for row in range(task.count) if not _fits(task, chosen, row)]] = 0.0
    priced = task.budget is not None or task.model is Model.ALL
    worth = gains / task.cost if priced else gains
    best = int(worth.argmax())
    return best if gains[best] > 1e-9 else -1


def _fits(task: Task, chosen: list[int], candidate: int) -> bool:
    return candidate not in chosen and task.allowed(np.array([*chosen, candidate], dtype=np.int64))
