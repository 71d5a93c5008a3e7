r"""The p-median: sites that make all walks together shortest, exact.

.. math:: \min \sum_i w_i \min\Big(c_i, \min_{j: x_j = 1} d_{ij}\Big)

with the walk :math:`c_i` to the nearest existing place. The walks of all people are bounded from below by
cuts in the few variables :math:`x_j`, found one after the other until the bound meets the best choice found
(Benders decomposition; the sum over 25,000 buildings never enters the model itself):

.. math:: \theta_g \ge \sum_{i \in g} w_i \Big( D_i - \sum_j \max(0, D_i - d_{ij})\, x_j \Big)

*Source*: Duran-Mateluna, Ales and Elloumi (2023), "An efficient Benders decomposition for the p-median
problem", European Journal of Operational Research 308.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from kudequa_geo.access.labels import Float64, Int64
from kudequa_geo.scenarios.covering import PROVEN
from kudequa_geo.scenarios.task import Choice, Task, Terms, bounds_of, conditions_of, walks

#: Groups of demand, each with its own bound: more bring better bounds and larger models.
_GROUPS = 60
_ROUNDS = 200
_TOLERANCE = 1e-9


def solve(task: Task, terms: Terms, start: Choice | None = None) -> Choice | None:
    """Return the choice with the shortest walks, or None where the conditions allow none.

    Parameters
    ----------
    task
        Of model distance, without capacities.
    terms
        What is asked beside it; past the time limit the best choice found is returned with its gap.
    start
        A choice that is known already.
    """
    problem = _Cuts(task)
    search = _Search(task, terms, problem)
    if start is not None:
        search.offer(np.array(start.chosen, dtype=np.int64))
    # Cuts at fractional points are cheap and bring the bound near; whole choices then close the gap.
    for whole in (False, True):
        for _ in range(_ROUNDS):
            point = search.master(whole=whole)
            if point is None or search.late():
                break
            if whole:
                search.offer(np.flatnonzero(point > 0.5))
            if not search.cut(point) or search.closed():
                break
    return search.best()


@dataclass
class _Search:
    """The bound from below, the best choice from above, and the cuts between them."""

    task: Task
    terms: Terms
    problem: _Cuts
    chosen: tuple[int, ...] | None = None
    cost: float = np.inf
    bound: float = -np.inf
    theta: Float64 = field(default_factory=lambda: np.empty(0))
    rows: list[Float64] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)
    began: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.terms.clock() if self.terms.clock else 0.0

    def left(self) -> float:
        """Return the seconds that are left."""
        passed = self.terms.clock() - self.began if self.terms.clock else 0.0
        return max(self.terms.time_limit_s - passed, 0.0)

    def late(self) -> bool:
        """Tell whether the time is over."""
        return self.left() <= 0

    def closed(self) -> bool:
        """Tell whether the best choice is proven."""
        return self.cost - self.bound <= PROVEN * max(abs(self.cost), 1.0)

    def offer(self, chosen: Int64) -> None:
        """Keep a choice if it is the best so far and keeps all terms."""
        as_tuple = tuple(chosen.tolist())
        if not self.terms.permit(as_tuple):
            return
        cost = float(self.task.weights @ walks(self.task, chosen))
        if cost < self.cost and self.task.allowed(chosen):
            self.chosen, self.cost = as_tuple, cost

    def master(self, *, whole: bool) -> Float64 | None:
        """Return the candidates' values that fit all cuts best, and raise the bound; None = none fit."""
        count, groups = self.task.count, self.problem.groups
        low, high = bounds_of(self.task, self.terms)
        rows = conditions_of(self.task, self.terms, count + groups)
        if self.rows:
            rows.append(LinearConstraint(csr_array(np.vstack(self.rows)), np.array(self.tops), np.inf))
        result = milp(
            np.concatenate((np.zeros(count), np.ones(groups))),
            integrality=np.concatenate((np.full(count, int(whole)), np.zeros(groups))),
            bounds=Bounds(
                np.concatenate((low, self.problem.least)), np.concatenate((high, np.full(groups, np.inf)))
            ),
            constraints=rows,
            options={"time_limit": max(self.left(), 0.05), "mip_rel_gap": 0.0},
        )
        if result.x is None:
            return None
        bound = result.mip_dual_bound if whole and result.mip_dual_bound is not None else result.fun
        if result.status == 0 or whole:
            self.bound = max(self.bound, float(bound) + self.problem.fixed)
        self.theta = result.x[count:]
        point: Float64 = result.x[:count]
        return point

    def cut(self, point: Float64) -> bool:
        """Add the cuts that the point breaks; return whether there were any."""
        tops, slopes = self.problem.at(point)
        broken = tops - slopes @ point > self.theta + _TOLERANCE * max(
            1.0, float(np.abs(tops).max(initial=0))
        )
        for group in np.flatnonzero(broken):
            unit = np.zeros(self.problem.groups)
            unit[group] = 1.0
            self.rows.append(np.concatenate((slopes[group], unit)))
            self.tops.append(float(tops[group]))
        return bool(broken.any())

    def best(self) -> Choice | None:
        """Return the best choice with its gap."""
        if self.chosen is None:
            return None
        gap = max(self.cost - self.bound, 0.0) / max(self.cost, 1e-12)
        return Choice(self.chosen, self.cost, 0.0 if self.closed() else float(gap), exact=True)


class _Cuts:
    """The people whose walk some candidate can shorten, in groups, with their walks to those candidates."""

    def __init__(self, task: Task) -> None:
        self.count = task.count
        today = np.nan_to_num(task.today_m, nan=task.farthest_m)
        row, self.candidate, self.metres = task.shorter
        used, first = np.unique(row, return_index=True)
        #: Person-metres of those whose walk no candidate can shorten.
        self.fixed = float(task.weights @ today - task.weights[used] @ today[used])
        self.weights, self.today = task.weights[used], today[used]
        self.start, self.row = first, np.repeat(np.arange(len(used)), np.diff(np.append(first, len(row))))
        nearest, group = np.unique(self.candidate[first], return_inverse=True)
        self.groups = max(min(len(nearest), _GROUPS), 1)
        self.group = group % self.groups
        self.least = self._by_group(self.weights * self.metres[first])

    def _by_group(self, values: Float64) -> Float64:
        return np.bincount(self.group, weights=values, minlength=self.groups).astype(np.float64)

    def at(self, point: Float64) -> tuple[Float64, Float64]:
        """Return each group's cut at a point: theta >= top - slope @ x."""
        taken = np.cumsum(point[self.candidate])
        before = taken[self.start] - point[self.candidate[self.start]]
        filled = taken - before[self.row] >= 1 - 1e-9
        level = self.today.copy()
        if len(level):
            # The walk at which a whole place is reached; today's where none is.
            reached = np.minimum.reduceat(np.where(filled, self.metres, np.inf), self.start)
            level = np.minimum(level, reached)
        gains = self.weights[self.row] * np.maximum(level[self.row] - self.metres, 0.0)
        cell = self.group[self.row] * self.count + self.candidate
        slopes = np.bincount(cell, weights=gains, minlength=self.groups * self.count)
        table: Float64 = slopes.reshape(self.groups, self.count).astype(np.float64)
        return self._by_group(self.weights * level), table
