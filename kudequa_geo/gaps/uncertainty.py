"""How sure a figure is: completeness of places, age of their data, and a band on each share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.weighted import (
    Floats,
    checked_limit,
    checked_metres,
    checked_weights,
    limit_m,
    quantiles,
)


def _assumed(value: float, unit: str, why: str) -> Sourced:
    return Sourced(value, unit, f"Annahme: {why}", 2025, assumption=True)


#: Completeness below these shares of the reference value is called few, or very few.
FEW = _assumed(0.8, "Anteil", "Städte weichen um so viel vom Bundesmittel ab, ohne dass etwas fehlt")
VERY_FEW = _assumed(0.5, "Anteil", "so weit unter dem Bundesmittel fehlt eher die Kartierung als der Ort")
OLD_YEARS = _assumed(5.0, "Jahre", "so alte Angaben zu Läden und Diensten sind oft überholt")
LEAST_CERTAIN = _assumed(0.05, "Anteil", "so viele der Orte einer Art könnten nicht mehr da sein")
LIMIT_SPREAD = _assumed(0.1, "Anteil", "Spielraum eines Grenzwerts")

_DAYS_PER_YEAR = 365.25

#: Columns of :func:`bands`.
BAND_COLUMNS = (
    "kind",
    "share",
    "share_without",
    "residents_unknown",
    "share_limit_less",
    "share_limit_more",
    "low",
    "high",
)


class Completeness(StrEnum):
    """How many places there are compared with what is usual."""

    UNKNOWN = "unknown"
    VERY_FEW = "very_few"
    FEW = "few"
    USUAL = "usual"


COMPLETENESS_LABELS: dict[Completeness, str] = {
    Completeness.UNKNOWN: msg("kein Vergleichswert"),
    Completeness.VERY_FEW: msg("sehr wenige: die Daten sind wahrscheinlich unvollständig"),
    Completeness.FEW: msg("wenige: Lücken in den Daten sind möglich"),
    Completeness.USUAL: msg("üblich viele"),
}


def completeness(
    place_kinds: ArrayLike, residents: float, kinds: Sequence[str], references: Mapping[str, Sourced]
) -> pd.DataFrame:
    """Return the places per 1,000 residents beside the value that is usual in Germany.

    Few places can mean that the data lack them or that the city does; the figure only says where to
    look. It is the same for a district, given its places and residents.

    Parameters
    ----------
    place_kinds
        Kind of each place inside the area (not those of its margin).
    residents
        People in the area.
    kinds
        Kinds to report, in order.
    references
        Kind -> places per 1,000 inhabitants; a kind without one has no verdict.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``places``, ``per_1000`` (NaN without residents), ``reference_per_1000`` and
        ``ratio`` (NaN without reference), ``completeness`` (:class:`Completeness`), ``source``,
        ``year`` (missing without reference).

    Raises
    ------
    AnalysisError
        If the number of residents is negative or not known.
    """
    people = float(checked_weights([residents], "residents")[0])
    counts = pd.Series(np.asarray(place_kinds, dtype=object)).value_counts()
    frame = pd.DataFrame({"kind": pd.Series(list(kinds), dtype="str")})
    frame["places"] = [int(counts.get(kind, 0)) for kind in kinds]
    frame["per_1000"] = frame["places"] / people * 1000 if people > 0 else np.nan
    usual = [references.get(kind) for kind in kinds]
    frame["reference_per_1000"] = [np.nan if value is None else value.value for value in usual]
    frame["ratio"] = frame["per_1000"] / frame["reference_per_1000"]
    frame["completeness"] = pd.Series([str(_verdict(ratio)) for ratio in frame["ratio"]], dtype="str")
    frame["source"] = pd.Series([None if value is None else value.source for value in usual], dtype="str")
    frame["year"] = pd.array([None if value is None else value.year for value in usual], dtype="Int64")
    return frame


def _verdict(ratio: float) -> Completeness:
    if np.isnan(ratio):
        return Completeness.UNKNOWN
    if ratio < VERY_FEW.value:
        return Completeness.VERY_FEW
    return Completeness.FEW if ratio < FEW.value else Completeness.USUAL


def edit_age(places: pd.DataFrame, kinds: Sequence[str], today: pd.Timestamp) -> pd.DataFrame:
    """Return how old the last edits of the places are.

    Parameters
    ----------
    places
        Columns ``kind`` and ``last_edit`` (UTC; NaT = not known).
    kinds
        Kinds to report, in order.
    today
        The day the age is counted to, UTC.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``places``, ``dated`` (share with a known edit; NaN without places),
        ``median_years``, ``oldest_years`` and ``old_share`` (older than :data:`OLD_YEARS`) of the
        dated ones; NaN where none is.
    """
    age = (today - places["last_edit"]).dt.total_seconds().to_numpy() / (86_400 * _DAYS_PER_YEAR)
    rows = []
    for kind in kinds:
        years = age[(places["kind"] == kind).to_numpy(dtype=bool)]
        dated = years[~np.isnan(years)]
        some = len(dated) > 0
        rows.append(
            {
                "kind": kind,
                "places": len(years),
                "dated": len(dated) / len(years) if len(years) else np.nan,
                "median_years": float(quantiles(dated, np.ones(len(dated)), (0.5,))[0]),
                "oldest_years": float(dated.max()) if some else np.nan,
                "old_share": float((dated > OLD_YEARS.value).mean()) if some else np.nan,
            }
        )
    return pd.DataFrame(rows)


def unconnected(buildings: pd.DataFrame, places: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """Return the residents and places that are not connected to the network.

    Parameters
    ----------
    buildings, places
        Tables with ``edge_id`` (-1 = not connected), ``residents`` and ``kind``.
    kinds
        Kinds to report, in order.

    Returns
    -------
    pandas.DataFrame
        First row ``what`` = "residents", then one per kind: ``total``, ``unconnected``, ``share``
        (0 to 1; NaN where the total is 0).

    Raises
    ------
    AnalysisError
        For people that are none.
    """
    people = checked_weights(buildings["residents"], "residents")
    off = (buildings["edge_id"] < 0).to_numpy()
    rows = [("residents", float(people.sum()), float(people[off].sum()))]
    for kind in kinds:
        edges = places.loc[places["kind"] == kind, "edge_id"]
        rows.append((kind, float(len(edges)), float((edges < 0).sum())))
    frame = pd.DataFrame(rows, columns=["what", "total", "unconnected"])
    frame["share"] = frame["unconnected"] / frame["total"].where(frame["total"] > 0)
    return frame


def least_certain(places: pd.DataFrame, *, share: float = LEAST_CERTAIN.value) -> NDArray[np.bool_]:
    """Return the least certain places of each kind.

    The order, least certain first: modelled ones; those without a date of their last edit; then the
    oldest edits; equals by ``place_id``. Of each kind the share is rounded up, so that every kind
    loses at least one.

    Parameters
    ----------
    places
        Columns ``place_id``, ``kind``, ``modelled``, ``last_edit``.
    share
        Share of each kind's places, 0 to 1.

    Returns
    -------
    numpy.ndarray
        True for the least certain, in row order.

    Raises
    ------
    AnalysisError
        If the share is not between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise AnalysisError(
            msg("Der Anteil unsicherer Orte ist {share}."),
            remedy=msg("Bitte einen Anteil von 0 bis 1 angeben."),
            share=share,
        )
    edited = places["last_edit"]
    order = pd.DataFrame(
        {
            "kind": places["kind"].to_numpy(),
            "certain": ~places["modelled"].to_numpy(dtype=bool),
            "dated": edited.notna().to_numpy(),
            "edited": edited.to_numpy(),
            "place_id": places["place_id"].to_numpy(),
        }
    ).sort_values(["kind", "certain", "dated", "edited", "place_id"])
    position = order.groupby("kind", sort=False).cumcount()
    size = order.groupby("kind", sort=False)["kind"].transform("size")
    # The tiny subtrahend keeps 5 % of 20 from becoming two by rounding.
    chosen = position < np.ceil(size * share - 1e-9)
    result = np.zeros(len(places), dtype=bool)
    result[order.index[chosen]] = True
    return result


def bands(
    metres: ArrayLike,
    place: ArrayLike,
    residents: ArrayLike,
    limits: Mapping[str, Sourced],
    person: Person,
    dropped: ArrayLike,
) -> pd.DataFrame:
    """Return how far each share within the limit could be off.

    Dropping places needs no new walks: the nearest place left is the first of the k nearest that is
    not dropped. Where all k are dropped, the truth is known if fewer than k places can be reached at
    all (then none is left), or if the k-th lies beyond the limit (then all others do, too); else it
    is not known whether the residents are within, and they are counted as not within.

    Parameters
    ----------
    metres, place
        The k nearest places of every kind, shape (buildings, kinds, k), nearest first; metres NaN
        and place (row of places) -1 where there is no further one.
    residents
        People per building.
    limits
        Kind -> limit in ``m`` or ``min``, in the order of the kinds.
    person
        Who walks.
    dropped
        True for places to leave out, for example :func:`least_certain`.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``share`` (within the limit), ``share_without`` (without the dropped places, at
        least), ``residents_unknown`` (for whom that is not known: the true share may be higher by
        their part), ``share_limit_less`` and ``share_limit_more`` (limit -/+ :data:`LIMIT_SPREAD`),
        ``low`` and ``high`` (the band over all of these). Shares 0 to 1; NaN without residents.

    Raises
    ------
    AnalysisError
        For shapes that do not fit, people, limits or speeds without meaning.
    """
    people = checked_weights(residents, "residents")
    walks = checked_metres(metres, len(people), person.key)
    goal = np.asarray(place)
    if walks.ndim != 3 or walks.shape != goal.shape or walks.shape[1] != len(limits):
        raise AnalysisError(
            msg("Wege der Form {metres} und Orte der Form {place} passen nicht zu {kinds} Arten."),
            remedy=msg("Bitte die nächsten Orte aller Arten aus einem Lauf übergeben."),
            metres=walks.shape,
            place=goal.shape,
            kinds=len(limits),
        )
    out = np.asarray(dropped, dtype=bool)
    total = people.sum()
    rows = []
    for column, (kind, limit) in enumerate(limits.items()):
        border = limit_m(checked_limit(limit, kind), person)
        nearest = walks[:, column, 0]
        inside, unknown = _without(walks[:, column], goal[:, column], out, border)
        less, more = border * (1 - LIMIT_SPREAD.value), border * (1 + LIMIT_SPREAD.value)
        weights = {
            "share": people[nearest <= border].sum(),
            "share_without": people[inside].sum(),
            "share_limit_less": people[nearest <= less].sum(),
            "share_limit_more": people[nearest <= more].sum(),
        }
        shares = {name: float(part / total) if total > 0 else np.nan for name, part in weights.items()}
        low, high = min(shares.values()), max(shares.values())
        lost = float(people[unknown].sum())
        rows.append({"kind": kind, **shares, "residents_unknown": lost, "low": low, "high": high})
    return pd.DataFrame(rows, columns=BAND_COLUMNS)


def _without(
    metres: Floats, place: NDArray[np.integer], dropped: NDArray[np.bool_], border: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who is within the border without the dropped places, and for whom that is not known."""
    there = place >= 0
    left = there.copy()
    left[there] = ~dropped[place[there]]
    inside: NDArray[np.bool_] = np.any(left & (metres <= border), axis=1)
    unknown: NDArray[np.bool_] = np.all(there, axis=1) & ~np.any(left, axis=1) & (metres[:, -1] <= border)
    return inside, unknown
