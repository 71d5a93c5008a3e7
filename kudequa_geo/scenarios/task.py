"""The question of siting in numbers: who is to be served, from which candidates, under which conditions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from scipy.optimize import LinearConstraint
from scipy.sparse import csr_array

from kudequa_geo.access.labels import Bool, Float64, Int64
from kudequa_geo.errors import msg


class Model(StrEnum):
    """What a good choice of sites is."""

    COVERAGE = "coverage"
    DISTANCE = "distance"
    ALL = "all"


MODEL_LABELS: dict[Model, str] = {
    Model.COVERAGE: msg("möglichst viele Menschen unter die Grenze bringen"),
    Model.DISTANCE: msg("die Wege aller zusammen möglichst kurz machen"),
    Model.ALL: msg("mit möglichst wenigen Orten alle versorgen"),
}


class Bar(StrEnum):
    """Why a candidate cannot be chosen at all."""

    NOT_CONNECTED = "not_connected"
    NEAR_EXISTING = "near_existing"
    OVER_BUDGET = "over_budget"


@dataclass(frozen=True, eq=False)
class Task:
    """A question of siting; distances are walks, people are weights.

    Attributes
    ----------
    model
        What is asked for.
    weights
        People per row of demand, shape (demand,).
    today_m
        Walk to the nearest existing place, shape (demand,); NaN = none can be reached.
    metres
        Walk to each candidate, shape (demand, candidates); NaN = unreachable.
    limit_m
        Who has a place within this walk is served.
    keys
        Identifier of each candidate.
    points
        Their coordinates in the metric CRS, shape (candidates, 2).
    cost
        Cost of each candidate, in any unit.
    capacity
        People each candidate can serve; inf = no bound.
    barred
        Candidates that cannot be chosen, with the reason.
    number, budget
        How many may be chosen, and what they may cost together; None = not bounded.
    apart_m
        Least straight distance between two chosen ones, in metres.
    share
        For :attr:`Model.ALL`: the share of those who can be served at all that must be served, 0 to 1.
    """

    model: Model
    weights: Float64
    today_m: Float64
    metres: Float64
    limit_m: float
    keys: tuple[str, ...]
    points: Float64
    cost: Float64
    capacity: Float64
    barred: dict[int, Bar] = field(default_factory=dict)
    number: int | None = None
    budget: float | None = None
    apart_m: float = 0.0
    share: float = 1.0

    @property
    def count(self) -> int:
        """Number of candidates."""
        return len(self.keys)

    @property
    def bounded(self) -> bool:
        """Whether candidates can be full."""
        return bool(np.isfinite(self.capacity).any())

    @cached_property
    def farthest_m(self) -> float:
        """The walk that counts for those who reach nothing: the longest walk that occurs."""
        known = np.concatenate(([0.0], self.today_m, self.metres.ravel()))
        return float(np.nanmax(known))

    @cached_property
    def conflicts(self) -> Int64:
        """Pairs of candidates that lie too near to each other, shape (pairs, 2)."""
        if self.apart_m <= 0 or self.count < 2:
            return np.empty((0, 2), dtype=np.int64)
        one, other = np.triu_indices(self.count, 1)
        near = np.hypot(*(self.points[one] - self.points[other]).T) < self.apart_m
        return np.column_stack((one[near], other[near])).astype(np.int64)

    @cached_property
    def shorter(self) -> tuple[Int64, Int64, Float64]:
        """Pairs of demand row and candidate that is nearer than any place of today, with their metres.

        By row, nearest first; only rows with people.
        """
        today = np.nan_to_num(self.today_m, nan=self.farthest_m)
        nearer = np.nan_to_num(self.metres, nan=np.inf) < today[:, None]
        nearer[:, list(self.barred)] = False
        nearer[self.weights <= 0] = False
        row, candidate = np.nonzero(nearer)
        metres = self.metres[row, candidate]
        order = np.lexsort((metres, row))
        return row.astype(np.int64), candidate[order].astype(np.int64), metres[order]

    @cached_property
    def cover(self) -> tuple[csr_array, Float64]:
        """Which candidates cover which people not served today, equal rows of demand as one.

        A sparse 0/1 matrix (rows, candidates), and the people of each row.
        """
        near = self.metres <= self.limit_m
        near[:, list(self.barred)] = False
        open_rows = ~(self.today_m <= self.limit_m) & near.any(axis=1) & (self.weights > 0)
        near = near[open_rows]
        packed = np.ascontiguousarray(np.packbits(near, axis=1))
        keys = packed.view(np.dtype((np.void, max(packed.shape[1], 1)))).ravel()
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        people = np.bincount(group, weights=self.weights[open_rows], minlength=len(first))
        return csr_array(near[first].astype(np.float64)), people.astype(np.float64)

    def allowed(self, chosen: Int64) -> bool:
        """Tell whether a choice keeps all conditions on the choice itself."""
        taken = np.zeros(self.count, dtype=bool)
        taken[chosen] = True
        return (
            not any(candidate in self.barred for candidate in chosen.tolist())
            and (self.number is None or len(chosen) <= self.number)
            and (self.budget is None or float(self.cost[chosen].sum()) <= self.budget * (1 + 1e-12))
            and not taken[self.conflicts].all(axis=1).any()
        )


@dataclass(frozen=True)
class Terms:
    """What is asked beside the task: choices to leave out, candidates that must be in, the time.

    Attributes
    ----------
    without
        Choices that are not wanted again: at least one of each must go.
    forced
        Candidates that must be chosen.
    time_limit_s
        Seconds for one search.
    clock
        Seconds that pass, for searches of several steps; None = only single steps are bounded.
    """

    without: tuple[tuple[int, ...], ...] = ()
    forced: tuple[int, ...] = ()
    time_limit_s: float = 5.0
    clock: Callable[[], float] | None = None

    def permit(self, chosen: tuple[int, ...]) -> bool:
        """Tell whether a choice is one that is wanted."""
        given = set(chosen)
        return set(self.forced) <= given and not any(given.issuperset(old) for old in self.without)


@dataclass(frozen=True)
class Choice:
    """A set of candidates and what it is worth.

    Attributes
    ----------
    chosen
        Rows of the candidates, ascending.
    objective
        People served (coverage), person-metres (distance), or cost (all).
    gap
        How far from the best it may be at most, as a share of the objective; 0 = proven best.
    exact
        False: found by a rule of thumb, nothing is proven.
    """

    chosen: tuple[int, ...]
    objective: float
    gap: float
    exact: bool


def bounds_of(task: Task, terms: Terms) -> tuple[Float64, Float64]:
    """Return lowest and highest value of each candidate's variable."""
    low, high = np.zeros(task.count), np.ones(task.count)
    high[list(task.barred)] = 0.0
    low[list(terms.forced)] = 1.0
    return low, high


def conditions_of(task: Task, terms: Terms, width: int) -> list[LinearConstraint]:
    """Return the conditions on the choice itself as rows over ``width`` variables, candidates first."""
    rows: list[tuple[list[int], list[float], float]] = []
    everyone = list(range(task.count))
    if task.number is not None:
        rows.append((everyone, [1.0] * task.count, float(task.number)))
    if task.budget is not None:
        rows.append((everyone, task.cost.tolist(), task.budget))
    rows += [([one, other], [1.0, 1.0], 1.0) for one, other in task.conflicts.tolist()]
    rows += [(list(old), [1.0] * len(old), len(old) - 1.0) for old in terms.without]
    if not rows:
        return []
    columns = np.concatenate([row[0] for row in rows])
    values = np.concatenate([row[1] for row in rows])
    start = np.concatenate(([0], np.cumsum([len(row[0]) for row in rows])))
    matrix = csr_array((values, columns, start), shape=(len(rows), width))
    return [LinearConstraint(matrix, -np.inf, np.array([row[2] for row in rows]))]


def served(task: Task, chosen: Int64) -> Bool:
    """Return who has a place within the limit, existing or chosen, shape (demand,); capacities aside."""
    near = task.today_m <= task.limit_m
    found: Bool = near | (task.metres[:, chosen] <= task.limit_m).any(axis=1)
    return found


def walks(task: Task, chosen: Int64) -> Float64:
    """Return the walk to the nearest place, existing or chosen; unreachable counts as the longest walk."""
    far = task.farthest_m
    columns = np.column_stack((task.today_m, task.metres[:, chosen]))
    nearest: Float64 = np.nan_to_num(columns, nan=far).min(axis=1)
    return nearest
