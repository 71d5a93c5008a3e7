"""Population-weighted sums, means and quantiles, and the checks every measure begins with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Relative rounding allowed where a cumulative weight meets a quantile's target exactly.
_ROUNDING = 1e-12


def checked_weights(values: ArrayLike, name: str, *, unknown: bool = False) -> Floats:
    """Return numbers of people as float64, refusing what cannot be one.

    Parameters
    ----------
    values
        People per row (persons, may be fractions).
    name
        Column named in the message.
    unknown
        Whether NaN ("not known") is allowed.

    Raises
    ------
    AnalysisError
        For negative or infinite numbers, and for NaN unless ``unknown``.
    """
    weights = np.asarray(values, dtype=np.float64)
    bad = (weights < 0) | np.isinf(weights)
    if not unknown:
        bad |= np.isnan(weights)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise AnalysisError(
            msg("{count} Werte der Spalte „{column}“ sind keine Personenzahl, der erste ist {value}."),
            where=f"{name}[{row}]",
            remedy=msg("Bitte Zahlen ab 0 angeben; nur Gruppen dürfen leer (unbekannt) sein."),
            count=int(bad.sum()),
            column=name,
            value=float(weights.flat[row]),
        )
    return weights


def checked_metres(values: ArrayLike, rows: int, name: str) -> Floats:
    """Return walking distances in metres as float64; NaN means unreachable.

    Raises
    ------
    AnalysisError
        If the number of rows differs from ``rows``, or a distance is negative or infinite.
    """
    metres = np.asarray(values, dtype=np.float64)
    if metres.shape[0] != rows:
        raise AnalysisError(
            msg("Die Wege „{name}“ haben {found} Zeilen, erwartet sind {rows}."),
            remedy=msg("Bitte Wege und Gebäude aus demselben Lauf verwenden."),
            name=name,
            found=metres.shape[0],
            rows=rows,
        )
    if metres.size and (np.nanmin(metres, initial=0.0) < 0 or np.nanmax(metres, initial=0.0) == np.inf):
        raise AnalysisError(
            msg("Die Wege „{name}“ enthalten negative oder unendliche Längen."),
            remedy=msg("Unerreichbar ist NaN; bitte die Wege neu berechnen."),
            name=name,
        )
    return metres


def checked_speed(person: Person) -> float:
    """Return the person's walking speed in metres per minute.

    Raises
    ------
    AnalysisError
        If it is not a positive number.
    """
    speed = person.metres_per_minute
    if not 0 < speed < np.inf:
        raise AnalysisError(
            msg("Die Gehgeschwindigkeit von „{person}“ ist {speed} km/h."),
            where=person.key,
            remedy=msg("Bitte eine Geschwindigkeit über 0 km/h angeben."),
            person=person.label,
            speed=person.speed_kmh.value,
        )
    return speed


def checked_limit(limit: Sourced, name: str) -> Sourced:
    """Return the limit of a kind of place, in ``m`` or ``min``.

    A limit of 0 is allowed: only those who live at the place are within it.

    Raises
    ------
    AnalysisError
        If it is negative or not finite, or in another unit.
    """
    if not (0 <= limit.value < np.inf) or limit.unit not in {"m", "min"}:
        raise AnalysisError(
            msg("Der Grenzwert von „{kind}“ ist {value} {unit}."),
            where=name,
            remedy=msg("Bitte eine Zahl ab 0 in „m“ oder „min“ angeben."),
            kind=name,
            value=limit.value,
            unit=limit.unit,
        )
    return limit


def limit_m(limit: Sourced, person: Person) -> float:
    """Return the limit as a distance in metres for a person; a limit in minutes depends on the speed."""
    return limit.value if limit.unit == "m" else limit.value * checked_speed(person)


def within(metres: Floats, limit: Sourced, person: Person) -> NDArray[np.bool_]:
    """Return who is within the limit; unreachable (NaN) is not.

    A limit in m compares metres, a limit in min compares the person's minutes.
    """
    inside: NDArray[np.bool_] = metres <= limit_m(limit, person)
    return inside


def sums(values: Floats, codes: Ints, units: int) -> Floats:
    """Return the sum of ``values`` per unit code 0 .. ``units`` - 1; 0 where a unit has no row."""
    return np.bincount(codes, weights=values, minlength=units).astype(np.float64)


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """Return ``part / whole``; NaN where ``whole`` is zero or unknown."""
    above, below = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    out = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def quantiles(values: ArrayLike, weights: ArrayLike, shares: Sequence[float]) -> Floats:
    r"""Return weighted quantiles: the smallest value that at least this share of the weight does not exceed.

    .. math:: Q(p) = \min \{ v : \sum_{i: x_i \le v} w_i \ge p \sum_i w_i \}

    The median is thus a value that occurs, and reads "half of the residents need at most
    this long".

    Parameters
    ----------
    values
        One value per row; rows with NaN are left out.
    weights
        Weight per row, not negative.
    shares
        Shares ``p`` in (0, 1].

    Returns
    -------
    numpy.ndarray
        One value per share; NaN where no weight remains.

    Notes
    -----
    *Source*: inverse of the empirical distribution function, definition 1 of Hyndman and
    Fan (1996), "Sample quantiles in statistical packages", with weights.
    """
    data = np.asarray(values, dtype=np.float64)
    order = np.argsort(data, kind="stable")
    codes = np.zeros(len(data), dtype=np.int64)
    ordered = data[order]
    weight = np.asarray(weights, dtype=np.float64)[order]
    return sorted_quantiles(ordered, weight, codes, 1, shares).reshape(-1)


def sorted_quantiles(
    values: Floats, weights: Floats, codes: Ints, units: int, shares: Sequence[float]
) -> Floats:
    """Return :func:`quantiles` per unit for values already in ascending order, NaN last.

    Parameters
    ----------
    values, weights
        Ascending values and their weights.
    codes
        Unit of each row, 0 .. ``units`` - 1.
    units
        Number of units.
    shares
        Shares in (0, 1].

    Returns
    -------
    numpy.ndarray
        Shape (units, len(shares)); NaN where a unit has no weight.
    """
    reachable = len(values) - int(np.isnan(values).sum())
    small = codes[:reachable].astype(np.int16) if units < 2**15 else codes[:reachable]
    # A stable sort by unit keeps the values of each unit ascending; on 16 bits it is a radix sort.
    by_unit = np.argsort(small, kind="stable") if units > 1 else np.arange(reachable)
    grouped_values, grouped_weights = values[by_unit], weights[by_unit]
    ends = np.cumsum(np.bincount(codes[:reachable], minlength=units))
    starts = np.concatenate(([0], ends[:-1]))
    targets = np.asarray(shares, dtype=np.float64) * (1 - _ROUNDING)
    result = np.full((units, len(targets)), np.nan)
    for unit in np.flatnonzero(ends > starts):
        start, end = starts[unit], ends[unit]
        # Summed within the unit: one running sum over all units would blur small ones.
        cumulative = np.cumsum(grouped_weights[start:end])
        if cumulative[-1] > 0:
            result[unit] = grouped_values[start + np.searchsorted(cumulative, targets * cumulative[-1])]
    return result
