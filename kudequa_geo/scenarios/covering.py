r"""Maximal covering and set covering, exact, with or without capacities.

Maximal covering (MCLP): with candidates :math:`x_j \in \{0, 1\}` and people :math:`w_i`,

.. math:: \max \sum_i w_i y_i, \qquad y_i \le \sum_{j: d_{ij} \le L} x_j, \qquad 0 \le y_i \le 1.

With capacities :math:`Q_j` people are shared out, :math:`z_{ij}` of row i to candidate j:

.. math:: \max \sum z_{ij}, \quad \sum_j z_{ij} \le w_i, \quad \sum_i z_{ij} \le Q_j x_j, \quad
          z_{ij} \le w_i x_j.

Set covering asks for the cheapest choice that serves a given share. Who has an existing place within the
limit is served already. Rows of demand that the same candidates cover are one row.

*Source*: Church and ReVelle (1974), "The maximal covering location problem", Papers of the Regional Science
Association 32; Toregas et al. (1971), "The location of emergency service facilities", Operations Research 19.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import block_array, coo_array, csr_array, eye_array

from kudequa_geo.access.labels import Float64
from kudequa_geo.scenarios.task import Choice, Model, Task, Terms, bounds_of, conditions_of

#: A choice this close to the bound is proven, as a share of the objective.
PROVEN = 1e-9


def solve(task: Task, terms: Terms) -> Choice | None:
    """Return the best choice of a covering task, or None where none was found in time or there is none.

    Parameters
    ----------
    task
        Of model coverage or all.
    terms
        What is asked beside it.
    """
    cover, people = task.cover
    share_out = task.bounded
    size = cover.nnz if share_out else len(people)
    width = task.count + size
    low, high = bounds_of(task, terms)
    rows = conditions_of(task, terms, width)
    if share_out:
        rows += _flows(task, cover, people)
        gain = np.ones(size)
        top = np.repeat(people, np.diff(cover.indptr))
    else:
        rows.append(LinearConstraint(block_array([[-cover, eye_array(size)]], format="csr"), -np.inf, 0.0))
        gain, top = people, np.ones(size)
    if task.model is Model.ALL:
        objective = np.concatenate((task.cost, np.zeros(size)))
        reach = attainable(task)
        needed = coo_array((gain, (np.zeros(size, np.int64), task.count + np.arange(size))), shape=(1, width))
        rows.append(LinearConstraint(needed.tocsr(), task.share * reach * (1 - 1e-12), np.inf))
    else:
        objective = np.concatenate((np.zeros(task.count), -gain))
    result = milp(
        objective,
        integrality=np.concatenate((np.ones(task.count), np.zeros(size))),
        bounds=Bounds(np.concatenate((low, np.zeros(size))), np.concatenate((high, top))),
        constraints=rows,
        options={"time_limit": terms.time_limit_s, "mip_rel_gap": 0.0},
    )
    return _choice(task, result)


def attainable(task: Task) -> float:
    """Return how many people not served today could be served if every candidate were chosen."""
    if not task.bounded:
        return float(task.cover[1].sum())
    return people_served(task, np.flatnonzero([number not in task.barred for number in range(task.count)]))


def people_served(task: Task, chosen: np.ndarray) -> float:
    """Return how many people not served today a choice serves, capacities kept."""
    cover, people = task.cover
    cover = cover[:, chosen].tocsr()
    if not task.bounded:
        return float(people[np.diff(cover.indptr) > 0].sum())
    if not cover.nnz:
        return 0.0
    by_row, by_candidate = _incidence(cover)
    result = milp(
        -np.ones(cover.nnz),
        bounds=Bounds(0.0, np.inf),
        constraints=[
            LinearConstraint(by_row, -np.inf, people),
            LinearConstraint(by_candidate, -np.inf, task.capacity[chosen]),
        ],
    )
    return float(-result.fun)


def _incidence(cover: csr_array) -> tuple[csr_array, csr_array]:
    """Return which pair belongs to which row, and to which candidate."""
    pairs = np.arange(cover.nnz)
    row = np.repeat(np.arange(cover.shape[0]), np.diff(cover.indptr))
    by_row = csr_array((np.ones(cover.nnz), (row, pairs)), shape=(cover.shape[0], cover.nnz))
    by_candidate = csr_array((np.ones(cover.nnz), (cover.indices, pairs)), shape=(cover.shape[1], cover.nnz))
    return by_row, by_candidate


def _flows(task: Task, cover: csr_array, people: Float64) -> list[LinearConstraint]:
    by_row, by_candidate = _incidence(cover)
    # Nobody needs more than all who could come.
    room = np.minimum(task.capacity, by_candidate @ np.repeat(people, np.diff(cover.indptr)))
    full = csr_array((-room, (np.arange(task.count), np.arange(task.count))), shape=(task.count, task.count))
    top = np.repeat(people, np.diff(cover.indptr))
    link = csr_array((-top, (np.arange(cover.nnz), cover.indices)), shape=(cover.nnz, task.count))
    none = csr_array((cover.shape[0], task.count))
    return [
        LinearConstraint(block_array([[none, by_row]], format="csr"), -np.inf, people),
        LinearConstraint(block_array([[full, by_candidate]], format="csr"), -np.inf, 0.0),
        LinearConstraint(block_array([[link, eye_array(cover.nnz)]], format="csr"), -np.inf, 0.0),
    ]


def _choice(task: Task, result: OptimizeResult) -> Choice | None:
    if result.x is None:
        return None
    chosen = np.flatnonzero(result.x[: task.count] > 0.5)
    if task.model is Model.ALL:
        objective = float(task.cost[chosen].sum())
    else:
        objective = people_served(task, chosen)
        chosen = _useful(task, chosen, objective)
    bound = abs(float(result.mip_dual_bound)) if result.mip_dual_bound is not None else objective
    gap = abs(bound - objective) / max(abs(objective), 1e-12) if result.status != 0 else 0.0
    return Choice(tuple(chosen.tolist()), objective, 0.0 if gap < PROVEN else float(gap), exact=True)


def _useful(task: Task, chosen: np.ndarray, objective: float) -> np.ndarray:
    """Return the choice without candidates that serve nobody more."""
    for candidate in chosen[::-1].tolist():
        rest = chosen[chosen != candidate]
        if people_served(task, rest) >= objective - 1e-9:
            chosen = rest
    return chosen
