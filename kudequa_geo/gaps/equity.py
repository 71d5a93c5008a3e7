"""How evenly access is spread: Gini, concentration index and Palma ratio."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.weighted import Floats, checked_weights, ratio, sums

_PALMA = "Palma (2011), Homogeneous middles vs. heterogeneous tails, Development and Change 42"
_PALMA_URL = "https://doi.org/10.1111/j.1467-7660.2011.01694.x"
PALMA_TOP = Sourced(0.10, "Anteil", _PALMA, 2011, _PALMA_URL)
PALMA_BOTTOM = Sourced(0.40, "Anteil", _PALMA, 2011, _PALMA_URL)


def gini(values: ArrayLike, weights: ArrayLike) -> float:
    r"""Return the Gini coefficient: 0 = all have the same, towards 1 = one has everything.

    .. math:: G = \frac{\sum_i \sum_j w_i w_j |x_i - x_j|}{2 \left(\sum_i w_i\right)^2 \bar{x}}

    Parameters
    ----------
    values
        Not negative, for example mean minutes per district; NaN is left out.
    weights
        People per value.

    Returns
    -------
    float
        0 to 1; NaN without people or where all values are 0.

    Raises
    ------
    AnalysisError
        For negative values or weights, or lengths that differ.

    Notes
    -----
    *Source*: Gini (1912); weighted form as in Delbosc and Currie (2011), "Using Lorenz curves to
    assess public transport equity", Journal of Transport Geography 19.
    """
    x, w = _known(values, weights)
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    total, amount = w.sum(), (w * x).sum()
    if not (total > 0 and amount > 0):
        return float("nan")
    # With x ascending the double sum is a single one over the weight below and above each value.
    below = np.cumsum(w) - w
    return float((w * x * (2 * below + w - total)).sum() / (total * amount))


def concentration(values: ArrayLike, weights: ArrayLike, rank_by: ArrayLike) -> float:
    r"""Return the concentration index of a value along a rank, for example of deprivation.

    .. math:: C = \frac{2}{\bar{x}} \operatorname{cov}_w(x, r), \qquad
              r_i = \frac{\sum_{k: z_k < z_i} w_k + \tfrac12 \sum_{k: z_k = z_i} w_k}{\sum_k w_k}

    Parameters
    ----------
    values
        :math:`x`, not negative, for example mean minutes per district.
    weights
        :math:`w`, people per value.
    rank_by
        :math:`z`, for example the share of households with low income. Rows with NaN here or in
        ``values`` are left out.

    Returns
    -------
    float
        -1 to 1: above 0 the value is higher where ``rank_by`` is higher (long walks where
        deprivation is), below 0 the reverse; NaN as in :func:`gini`.

    Raises
    ------
    AnalysisError
        As :func:`gini`.

    Notes
    -----
    *Source*: Kakwani, Wagstaff and van Doorslaer (1997), "Socioeconomic inequalities in health",
    Journal of Econometrics 77.
    """
    x, w, z = _known(values, weights, rank_by)
    total, amount = w.sum(), (w * x).sum()
    if not (total > 0 and amount > 0):
        return float("nan")
    _, group = np.unique(z, return_inverse=True)
    per_group = np.bincount(group, weights=w)
    rank = ((np.cumsum(per_group) - per_group / 2) / total)[group]
    # The weighted mean of the rank is exactly one half.
    return float(2 * (w * x * (rank - 0.5)).sum() / amount)


def palma(values: ArrayLike, weights: ArrayLike, rank_by: ArrayLike | None = None) -> float:
    r"""Return the Palma ratio: the mean of the top tenth over the mean of the bottom four tenths.

    .. math:: \frac{\bar{x}_{\text{top } 10\,\%}}{\bar{x}_{\text{bottom } 40\,\%}}

    The tenths are tenths of the people, ordered by ``rank_by``; a row on the border counts with
    its part. 1 means both have the same on average. (Palma's ratio of income shares is a quarter
    of this ratio of means.)

    Parameters
    ----------
    values
        Not negative; NaN is left out.
    weights
        People per value.
    rank_by
        What orders the people, for example deprivation; None orders by the values themselves.

    Returns
    -------
    float
        At least 0; NaN without people, or where the bottom's mean is 0.

    Raises
    ------
    AnalysisError
        As :func:`gini`.

    Notes
    -----
    *Source*: Palma (2011); means instead of shares as in transport planning, for example Pereira
    and Herszenhut, "accessibility: Transport accessibility measures".
    """
    x, w, z = _known(values, weights, values if rank_by is None else rank_by)
    total = w.sum()
    if not total > 0:
        return float("nan")
    # Rows of the same rank share the border: each counts with the same part of its people.
    keys, group = np.unique(z, return_inverse=True)
    people = sums(w, group, len(keys))
    means = np.nan_to_num(ratio(sums(w * x, group, len(keys)), people))
    bottom = _mean_of_first(means, people, PALMA_BOTTOM.value * total)
    top = _mean_of_first(means[::-1], people[::-1], PALMA_TOP.value * total)
    return float(top / bottom) if bottom > 0 else float("nan")


def _mean_of_first(means: Floats, people: Floats, wanted: float) -> float:
    before = np.cumsum(people) - people
    taken = np.clip(wanted - before, 0.0, people)
    return float((taken * means).sum() / taken.sum())


def deprivation(shares: pd.DataFrame, weights: ArrayLike) -> pd.Series:
    r"""Return a deprivation rank of districts: the mean of their ranks in each known share.

    Parameters
    ----------
    shares
        One row per district, one column per sign of deprivation (higher = more deprived); a column
        without any known value is left out, a missing value takes no part in its row's mean.
    weights
        People per district.

    Returns
    -------
    pandas.Series
        ``deprivation``, 0 (least) to 1 (most), index of ``shares``; NaN where nothing is known.

    Notes
    -----
    *Source*: mean of population-weighted fractional ranks, a rank-based composite that no scale or
    outlier distorts (OECD, "Handbook on Constructing Composite Indicators", 2008).
    """
    people = checked_weights(weights, "weights")
    ranks = {}
    for name in shares.columns:
        column = shares[name].to_numpy(dtype=np.float64)
        known = ~np.isnan(column)
        if not (people[known].sum() > 0):
            continue
        rank = np.full(len(column), np.nan)
        _, group = np.unique(column[known], return_inverse=True)
        per_group = np.bincount(group, weights=people[known])
        rank[known] = ((np.cumsum(per_group) - per_group / 2) / per_group.sum())[group]
        ranks[name] = rank
    table = pd.DataFrame(ranks, index=shares.index, dtype=np.float64)
    return table.mean(axis=1).rename("deprivation")


def between_districts(
    indicators: pd.DataFrame, *, rank_by: pd.Series | None = None, measure: str = "mean_min"
) -> pd.DataFrame:
    """Return the three measures between districts, per kind, person and group of residents.

    Parameters
    ----------
    indicators
        Result of :func:`kudequa_geo.gaps.indicators.indicators`; its rows of level district.
    rank_by
        Deprivation by district id; None leaves ``concentration`` and ``palma_deprived`` NaN.
    measure
        Column of minutes or shares compared.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``person``, ``group``, ``measure``, ``districts`` (with a known value),
        ``residents`` (in them), ``gini``, ``concentration``, ``palma`` (worst tenth over best four
        tenths for minutes), ``palma_deprived`` (most deprived tenth over least deprived four tenths).
        Values NaN where undefined.
    """
    rows = indicators[(indicators["level"] == "district") & indicators["district_id"].notna()]
    found = []
    for (kind, person, group), part in rows.groupby(["kind", "person", "group"], sort=False):
        known = part[part[measure].notna() & (part["residents"] > 0)]
        values, people = known[measure], known["residents"]
        order = None if rank_by is None else known["district_id"].map(rank_by)
        found.append(
            {
                "kind": kind,
                "person": person,
                "group": group,
                "measure": measure,
                "districts": len(known),
                "residents": float(people.sum()),
                "gini": gini(values, people),
                "concentration": float("nan") if order is None else concentration(values, people, order),
                "palma": palma(values, people),
                "palma_deprived": float("nan") if order is None else palma(values, people, order),
            }
        )
    return pd.DataFrame(found)


def between_groups(indicators: pd.DataFrame, *, reference: str = "residents") -> pd.DataFrame:
    """Return how each group of residents fares against all, per unit, kind and person.

    Groups overlap (an old person may be a foreign national), so they are compared with all
    residents one by one and not ranked against each other.

    Parameters
    ----------
    indicators
        Result of :func:`kudequa_geo.gaps.indicators.indicators` with several groups.
    reference
        The group that the others are compared with.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``district_id``, ``name``, ``kind``, ``person``, ``group``,
        ``share_difference`` (share within the limit minus that of all, -1 to 1) and ``mean_ratio``
        (mean minutes over those of all, 1 = the same); NaN where one of them is not known.
    """
    keys = ["level", "district_id", "name", "kind", "person"]
    base = indicators.loc[indicators["group"] == reference, [*keys, "share_within_limit", "mean_min"]]
    others = indicators.loc[
        indicators["group"] != reference, [*keys, "group", "share_within_limit", "mean_min"]
    ]
    joined = others.merge(base, on=keys, how="left", suffixes=("", "_all"))
    joined["share_difference"] = joined["share_within_limit"] - joined["share_within_limit_all"]
    joined["mean_ratio"] = joined["mean_min"] / joined["mean_min_all"].where(joined["mean_min_all"] > 0)
    return joined[[*keys, "group", "share_difference", "mean_ratio"]]


def _known(values: ArrayLike, weights: ArrayLike, *others: ArrayLike) -> tuple[Floats, ...]:
    """Return the columns without the rows that hold NaN, after checking them."""
    x, w = np.asarray(values, dtype=np.float64), checked_weights(weights, "weights")
    rest = [np.asarray(other, dtype=np.float64) for other in others]
    if any(len(column) != len(x) for column in (w, *rest)):
        raise AnalysisError(
            msg("{values} Werte, aber {weights} Gewichte."),
            remedy=msg("Bitte zu jedem Wert ein Gewicht und einen Rang angeben."),
            values=len(x),
            weights=len(w),
        )
    if np.nanmin(x, initial=0.0) < 0:
        raise AnalysisError(
            msg("Ungleichheit ist für negative Werte nicht erklärt, der kleinste ist {value}."),
            remedy=msg("Bitte Minuten, Meter oder Anteile übergeben."),
            value=float(np.nanmin(x)),
        )
    keep = ~np.isnan(x)
    for column in rest:
        keep &= ~np.isnan(column)
    return tuple(column[keep] for column in (x, w, *rest))
