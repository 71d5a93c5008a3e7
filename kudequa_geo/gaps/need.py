"""How urgent a gap is: people beyond the limit, the sensitive ones counted more, in visible parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.weighted import (
    Floats,
    Ints,
    checked_limit,
    checked_metres,
    checked_weights,
    limit_m,
    sums,
    within,
)

#: The part of the index in which every resident counts once.
EVERYBODY = "residents"


def _assumed(value: float, why: str) -> Sourced:
    return Sourced(value, "Gewicht", f"Annahme: {why}", 2025, assumption=True)


#: What each person of a group adds to the 1 of every resident; all adjustable.
SENSITIVITY: dict[str, Sourced] = {
    "residents_65_plus": _assumed(1.0, "längere Wege fallen im Alter schwerer"),
    "residents_under_6": _assumed(0.5, "Wege mit kleinen Kindern"),
    "residents_foreign": _assumed(0.5, "sprachliche Hürden und im Mittel weniger Geld"),
    "residents_low_income": _assumed(1.0, "weniger Ausweichmöglichkeiten"),
    "residents_no_car": _assumed(1.0, "auf Wege zu Fuß angewiesen"),
}

SPREAD = Sourced(0.2, "Anteil", "Annahme: Gewichte sind auf ± 20 % genau", 2025, assumption=True)
FILLED_AT_MOST = Sourced(
    0.5,
    "Anteil",
    "Annahme: ist eine Gruppe für mehr als die Hälfte der Bevölkerung unbekannt, bleibt sie außer Betracht",
    2025,
    assumption=True,
)


@dataclass(frozen=True)
class Notice:
    """What a reader must know about a group of residents in the index.

    Attributes
    ----------
    group
        Column of the group.
    text
        German sentence with named places, marked by ``errors.msg``.
    unknown
        Share of the residents for whom the group is not known, 0 to 1.
    dropped
        Whether the group is left out of the index.
    """

    group: str
    text: str
    unknown: float
    dropped: bool


@dataclass(frozen=True)
class Unmet:
    """People beyond the limit, before any weight.

    Attributes
    ----------
    counts
        Persons, one row per unit, columns (kind, part); a person counts by the gap, 0 to 1.
    residents
        All residents per unit.
    notices
        Groups left out or filled.
    sensitivity
        Weight of each group unless another is given.
    """

    counts: pd.DataFrame
    residents: pd.Series
    notices: tuple[Notice, ...]
    sensitivity: Mapping[str, float]


@dataclass(frozen=True)
class Need:
    """The index and its parts.

    Attributes
    ----------
    parts
        Weighted persons, rows and columns as :attr:`Unmet.counts`; they sum to the index.
    residents
        All residents per unit.
    """

    parts: pd.DataFrame
    residents: pd.Series

    @property
    def total(self) -> pd.Series:
        """The index per unit, in weighted persons."""
        return self.parts.sum(axis=1).rename("need")

    @property
    def per_1000(self) -> pd.Series:
        """The index per 1,000 residents; NaN where nobody lives."""
        return (self.total / self.residents.where(self.residents > 0) * 1000).rename("need_per_1000")

    @property
    def rank(self) -> pd.Series:
        """Rank of each unit, 1 = greatest need; equal needs share the better rank."""
        return self.total.rank(ascending=False, method="min").astype("int64").rename("rank")

    def by(self, level: str) -> pd.DataFrame:
        """Return the parts summed over everything but ``kind`` or ``part``."""
        return self.parts.T.groupby(level=level, sort=False).sum().T


def gap(metres: ArrayLike, limit: Sourced, person: Person, *, graded: bool = False) -> Floats:
    r"""Return how far beyond the limit each building is.

    Plain: 0 within the limit, 1 beyond it. Graded:

    .. math:: g = \min\left(1, \max\left(0, \frac{d - L}{L}\right)\right)

    so that twice the limit counts fully.

    Parameters
    ----------
    metres
        Walks in metres; NaN = unreachable, which is a full gap.
    limit
        :math:`L` in ``m`` or ``min``.
    person
        Who walks.
    graded
        Whether the excess counts by its length.

    Raises
    ------
    AnalysisError
        For a limit, speed or metres without meaning.
    """
    walks = np.asarray(metres, dtype=np.float64)
    checked_metres(walks, len(walks), person.key)
    inside = within(walks, checked_limit(limit, person.key), person)
    border = limit_m(limit, person)
    if not graded or border == 0:
        return np.where(inside, 0.0, 1.0)
    excess = np.where(np.isnan(walks), np.inf, walks) / border - 1
    return np.clip(excess, 0.0, 1.0)


def unmet(
    gaps: Mapping[str, ArrayLike],
    people: pd.DataFrame,
    codes: Ints,
    units: pd.Index,
    *,
    groups: Mapping[str, Sourced] = SENSITIVITY,
) -> Unmet:
    """Return the people beyond the limit per unit, kind and group.

    Parameters
    ----------
    gaps
        Kind -> gap per building, 0 to 1, as of :func:`gap`.
    people
        Columns ``residents`` and, where known, the groups (persons per building; NaN = not known).
        A group whose column is missing, or unknown for more than :data:`FILLED_AT_MOST` of the
        residents, is left out with a notice; a smaller unknown part takes the mean share of the
        known residents, with a notice. Unknown is never counted as zero.
    codes
        Unit of each building, -1 = in none.
    units
        Names of the units.
    groups
        Sensitive groups and what each of their people counts beyond 1.

    Returns
    -------
    Unmet
        Persons, before weighting; computed once, since new weights need only :func:`weigh`.

    Raises
    ------
    AnalysisError
        For people that are none, or gaps outside 0 to 1.
    """
    residents = checked_weights(people["residents"], "residents")
    columns: dict[str, Floats] = {EVERYBODY: residents}
    notices = []
    for group in groups:
        counted, notice = people_of(people, group, residents)
        if counted is not None:
            columns[group] = counted
        if notice is not None:
            notices.append(notice)
    inside = codes >= 0
    counts = {}
    for kind, values in gaps.items():
        missing = _checked_gap(values, kind, len(residents))
        for part, persons in columns.items():
            counts[(kind, part)] = sums((missing * persons)[inside], codes[inside], len(units))
    table = pd.DataFrame(counts, index=units, dtype=np.float64)
    table.columns = pd.MultiIndex.from_tuples(list(counts), names=["kind", "part"])
    total = pd.Series(sums(residents[inside], codes[inside], len(units)), index=units, name="residents")
    sensitivity = {group: weight.value for group, weight in groups.items()}
    return Unmet(table, total, tuple(notices), sensitivity)


def people_of(people: pd.DataFrame, group: str, residents: Floats) -> tuple[Floats | None, Notice | None]:
    """Return the people of a group per building without gaps, and what a reader must know of them.

    Parameters
    ----------
    people
        Columns of groups; NaN = not known.
    group
        The column; it may be missing.
    residents
        All residents per building.

    Returns
    -------
    tuple
        Persons, None where the group is known for too few (see :func:`unmet`); and a notice, None where
        it is known for all.

    Raises
    ------
    AnalysisError
        For people that are none.
    """
    if group not in people:
        return None, Notice(group, msg("„{group}“ ist nicht bekannt und bleibt außer Betracht."), 1.0, True)
    values = checked_weights(people[group], group, unknown=True)
    known = ~np.isnan(values)
    total = residents.sum()
    unknown = float(residents[~known].sum() / total) if total > 0 else float(not known.all())
    if unknown > FILLED_AT_MOST.value:
        text = msg("„{group}“ ist für {unknown} der Bevölkerung nicht bekannt und bleibt außer Betracht.")
        return None, Notice(group, text, unknown, True)
    if known.all():
        return values, None
    living = residents[known].sum()
    share = values[known].sum() / living if living > 0 else 0.0
    text = msg("„{group}“ ist für {unknown} der Bevölkerung nicht bekannt; dort gilt der mittlere Anteil.")
    return np.where(known, values, residents * share), Notice(group, text, unknown, False)


def _checked_gap(values: ArrayLike, kind: str, rows: int) -> Floats:
    missing = np.asarray(values, dtype=np.float64)
    if missing.shape != (rows,) or not ((missing >= 0) & (missing <= 1)).all():
        raise AnalysisError(
            msg("Die Lücke von „{kind}“ braucht je Gebäude eine Zahl von 0 bis 1."),
            where=kind,
            remedy=msg("Bitte die Lücken aus den Wegen und dem Grenzwert berechnen."),
            kind=kind,
        )
    return missing


def weigh(
    people: Unmet,
    *,
    kinds: Mapping[str, float] | None = None,
    groups: Mapping[str, float] | None = None,
) -> Need:
    r"""Return the need index under the given weights.

    .. math:: N_u = \sum_k v_k \sum_{i \in u} g_{ik} \Big( P_i + \sum_f s_f P_{if} \Big)

    with the gap :math:`g`, residents :math:`P`, those of group :math:`f` and the weights :math:`v`
    of kinds and :math:`s` of groups. A resident beyond the limit counts 1, and :math:`s_f` more for
    every sensitive group he or she belongs to; the unit is weighted persons. Every summand is a
    part of the result, so nothing of the index is hidden.

    Parameters
    ----------
    people
        Result of :func:`unmet`.
    kinds
        Kind -> :math:`v_k`, not negative; a kind left out counts 1.
    groups
        Group -> :math:`s_f`, not negative; a group left out has the weight of
        :attr:`Unmet.sensitivity`.

    Raises
    ------
    AnalysisError
        For negative or infinite weights.

    Notes
    -----
    *Source*: additive composite index with visible weights (OECD, "Handbook on Constructing
    Composite Indicators", 2008); the weights are assumptions, see :data:`SENSITIVITY`.
    """
    kind_weights = kinds or {}
    part_weights = {**people.sensitivity, **(groups or {}), EVERYBODY: 1.0}
    factors = [kind_weights.get(kind, 1.0) * part_weights[part] for kind, part in people.counts.columns]
    return Need(people.counts * checked_weights(factors, "weights"), people.residents)


def rank_stability(
    need: Need,
    generator: np.random.Generator,
    *,
    spread: float = SPREAD.value,
    draws: int = 1000,
    first: int = 10,
) -> pd.DataFrame:
    """Return how far ranks move when every weight is changed by up to ± ``spread``.

    Each draw multiplies every kind's and every group's weight by its own random factor, uniform
    between 1 - spread and 1 + spread.

    Parameters
    ----------
    need
        The index under the chosen weights.
    generator
        Source of the random factors; the same seed gives the same result.
    spread
        Largest relative change of a weight, 0 to below 1.
    draws
        Number of draws.
    first
        Length of the top list whose stability is asked for.

    Returns
    -------
    pandas.DataFrame
        Per unit ``rank``, ``rank_low`` and ``rank_high`` (5th and 95th percentile of its ranks),
        ``in_first`` (share of draws in which it is among the ``first``), ``same_rank`` (share of
        draws in which its rank is unchanged).

    Raises
    ------
    AnalysisError
        For a spread outside [0, 1) or no draw.

    Notes
    -----
    *Source*: uncertainty analysis by varying weights, Saisana, Saltelli and Tarantola (2005),
    "Uncertainty and sensitivity analysis techniques ... for composite indicators", JRSS A 168.
    """
    if not 0 <= spread < 1 or draws < 1:
        raise AnalysisError(
            msg("Streuung {spread} und {draws} Ziehungen ergeben keine Prüfung der Rangfolge."),
            remedy=msg("Bitte eine Streuung von 0 bis unter 1 und mindestens eine Ziehung angeben."),
            spread=spread,
            draws=draws,
        )
    columns = need.parts.columns
    kinds, kind_of = np.unique(columns.get_level_values("kind"), return_inverse=True)
    parts, part_of = np.unique(columns.get_level_values("part"), return_inverse=True)
    kind_factor = generator.uniform(1 - spread, 1 + spread, (draws, len(kinds)))
    part_factor = generator.uniform(1 - spread, 1 + spread, (draws, len(parts)))
    # The weight of every resident is the unit of the index, not a choice.
    part_factor[:, parts == EVERYBODY] = 1.0
    drawn = need.parts.to_numpy() @ (kind_factor[:, kind_of] * part_factor[:, part_of]).T
    ranks = _ranks(drawn)
    rank = need.rank
    low, high = np.quantile(ranks, (0.05, 0.95), axis=1) if len(rank) else (np.empty(0), np.empty(0))
    return pd.DataFrame(
        {
            "rank": rank,
            "rank_low": low,
            "rank_high": high,
            "in_first": (ranks <= first).mean(axis=1),
            "same_rank": (ranks == rank.to_numpy()[:, None]).mean(axis=1),
        },
        index=need.parts.index,
    )


def _ranks(values: Floats) -> Ints:
    """Return the rank of each row within its column, 1 = largest; equal values share the best rank."""
    falling = -np.ascontiguousarray(values.T)
    order = np.argsort(falling, axis=1)
    ordered = np.take_along_axis(falling, order, axis=1)
    place = np.arange(1, falling.shape[1] + 1)
    # Where a value equals the one before, its place is that one's.
    place = np.where(np.diff(ordered, axis=1, prepend=np.nan) != 0, place, 1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.maximum.accumulate(place, axis=1), axis=1)
    return ranks.T
