"""How well a whole field of service is provided: how many of its kinds each resident has within the limit."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.units import Grid, Level, grid_of, levels
from kudequa_geo.gaps.weighted import (
    Floats,
    checked_limit,
    checked_metres,
    checked_weights,
    ratio,
    sums,
    within,
)

#: Measures of :func:`provision_indicators`, in the order of their columns.
MEASURES = (
    "residents",
    "mean_share",
    "residents_all",
    "share_all",
    "residents_none",
    "residents_unreachable",
)


def provision(metres: ArrayLike, limits: Mapping[str, Sourced], person: Person) -> Floats:
    r"""Return the share of the kinds of a field that each building has within their limits.

    With metres :math:`d_{ik}` from building :math:`i` to the nearest place of kind :math:`k`, the limit
    :math:`L_k` of the kind and the :math:`|K|` kinds of the field:

    .. math:: v_i = \frac{1}{|K|} \sum_{k \in K} [\, d_{ik} \le L_k \,]

    Every kind counts the same and has its own limit; an unreachable one is not within it.

    Parameters
    ----------
    metres
        Metres to the nearest place, shape (buildings, kinds), columns in the order of ``limits``;
        NaN = unreachable or not connected.
    limits
        Kind -> limit in ``m`` or ``min`` (of the person's walk). Kinds of which the data hold no place
        at all are not known rather than missing: the caller leaves them out.
    person
        Who walks.

    Returns
    -------
    numpy.ndarray
        Shares 0 to 1, shape (buildings,); NaN where no kind can be reached at all.

    Raises
    ------
    AnalysisError
        Without any kind, for negative metres, or a limit without meaning.
    """
    if not limits:
        raise AnalysisError(
            msg("Für ein Feld ohne Dienste lässt sich keine Versorgung berechnen."),
            remedy=msg("Bitte mindestens eine Art von Ort übergeben."),
        )
    table = np.asarray(metres, dtype=np.float64)
    checked = checked_metres(table.reshape(len(table), -1), len(table), "provision")
    inside = [
        within(column, checked_limit(limit, kind), person)
        for column, (kind, limit) in zip(checked.T, limits.items(), strict=True)
    ]
    share = np.mean(inside, axis=0)
    share[np.isnan(checked).all(axis=1)] = np.nan
    found: Floats = share
    return found


def provision_indicators(
    share: ArrayLike, buildings: pd.DataFrame, *, districts: pd.DataFrame | None = None
) -> pd.DataFrame:
    r"""Return how well a field is provided, per district, parent and area.

    With residents :math:`w_i` and the shares :math:`v_i` of :func:`provision` (0 where nothing can be
    reached), over the buildings :math:`i` of a unit:

    .. math::

        V = \frac{\sum_i w_i v_i}{\sum_i w_i}, \qquad
        A = \frac{\sum_{v_i = 1} w_i}{\sum_i w_i}

    Parameters
    ----------
    share
        Result of :func:`provision`, shape (buildings,).
    buildings
        Columns ``residents`` and ``district_id`` (with districts).
    districts
        Table ``districts``; None gives the whole area alone.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``district_id`` and ``name`` as in :func:`kudequa_geo.gaps.indicators.indicators`, and
        :data:`MEASURES`: ``mean_share`` is V and ``share_all`` is A, both 0 to 1 (NaN without residents);
        ``residents_all`` have every kind within its limit, ``residents_none`` not one of them (the
        unreachable included), ``residents_unreachable`` no way to any: persons.

    Raises
    ------
    AnalysisError
        For negative people, or shares that do not fit the buildings or leave 0 to 1.

    Notes
    -----
    *Source*: share of services within walking distance as in the proximity indices of the 15-minute city
    (Moreno et al. 2021, "Introducing the 15-Minute City", Smart Cities 4 (1)), here with the limit of each
    kind in place of one time for all.
    """
    values, weights = _checked(share, buildings)
    frames = []
    for level in levels(buildings, districts):
        head = level.units.assign(level=level.name)[["level", "district_id", "name"]]
        frames.append(head.assign(**_measures(values, weights, level)))
    return pd.concat(frames, ignore_index=True)


def provision_cells(
    share: ArrayLike, buildings: gpd.GeoDataFrame, *, grid: Grid | None = None
) -> gpd.GeoDataFrame:
    """Return the measures of :func:`provision_indicators` per grid cell.

    Parameters
    ----------
    share
        Result of :func:`provision`, shape (buildings,).
    buildings
        Column ``residents`` and geometry in the metric CRS.
    grid
        Cells of these buildings, where they are at hand; None = cells of 100 m.

    Returns
    -------
    geopandas.GeoDataFrame
        ``cell_id``, ``x``, ``y`` (lower left corner), :data:`MEASURES` and the square, one row per cell
        with residents.

    Raises
    ------
    AnalysisError
        As :func:`provision_indicators`.
    """
    values, weights = _checked(share, buildings)
    cells = grid_of(buildings) if grid is None else grid
    measured = cells.frame.assign(**_measures(values, weights, cells.level))
    return measured[measured["residents"] > 0].reset_index(drop=True)


def _checked(share: ArrayLike, buildings: pd.DataFrame) -> tuple[Floats, Floats]:
    values = checked_metres(share, len(buildings), "provision")
    if (values > 1).any():
        raise AnalysisError(
            msg("Die Anteile der Dienste liegen nicht zwischen 0 und 1."),
            remedy=msg("Bitte das Ergebnis der Versorgung eines Feldes übergeben."),
        )
    return values, checked_weights(buildings["residents"], "residents")


def _measures(share: Floats, weights: Floats, level: Level) -> dict[str, Floats]:
    count = len(level.units)

    def people(values: Floats) -> Floats:
        return sums(values, level.codes, count)

    total = people(weights)
    # What is missing is summed: where nobody lacks anything, the mean is exactly 1.
    missing = people(weights * (1 - np.nan_to_num(share)))
    everything = people(weights * (share == 1))
    return {
        "residents": total,
        "mean_share": 1 - ratio(missing, total),
        "residents_all": everything,
        "share_all": ratio(everything, total),
        "residents_none": people(weights * ~(share > 0)),
        "residents_unreachable": people(weights * np.isnan(share)),
    }
