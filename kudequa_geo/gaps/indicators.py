"""How far residents walk: shares, means and quantiles per district, parent, cell and area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.units import Grid, Level, grid_of, levels
from kudequa_geo.gaps.weighted import (
    Floats,
    Ints,
    checked_limit,
    checked_metres,
    checked_speed,
    checked_weights,
    limit_m,
    ratio,
    sorted_quantiles,
    sums,
)

#: Measures of :func:`indicators`, in the order of their columns.
MEASURES = (
    "residents",
    "residents_within_limit",
    "share_within_limit",
    "residents_unreachable",
    "mean_min",
    "median_min",
    "p90_min",
)
KEYS = ("level", "district_id", "name", "kind", "person", "group", "limit", "limit_unit")
_SHARES = (0.5, 0.9)


def indicators(
    metres: Mapping[str, ArrayLike],
    buildings: pd.DataFrame,
    limits: Mapping[str, Sourced],
    persons: Mapping[str, Person],
    *,
    districts: pd.DataFrame | None = None,
    groups: Sequence[str] = ("residents",),
) -> pd.DataFrame:
    r"""Return one row per unit, kind of place, person and group of residents.

    With residents :math:`w_i`, metres :math:`d_i`, the person's speed :math:`s` and the limit
    :math:`L`, over the buildings :math:`i` of a unit:

    .. math::

        \text{share} = \frac{\sum_{d_i \le L} w_i}{\sum_i w_i}, \qquad
        \text{mean} = \frac{\sum_{i\,\text{reachable}} w_i d_i / s}{\sum_{i\,\text{reachable}} w_i}

    Parameters
    ----------
    metres
        Person key -> metres to the nearest place, shape (buildings, kinds), columns in the order
        of ``limits``; NaN = unreachable or not connected. Persons who walk the same network may
        share one array, which is then sorted once.
    buildings
        Columns ``residents``, ``district_id`` (with districts) and those of ``groups``.
    limits
        Kind -> limit in ``m`` (compares metres) or ``min`` (compares the person's minutes).
    persons
        Person key -> person, at least the keys of ``metres``.
    districts
        Table ``districts``; None gives the whole area alone.
    groups
        Columns of ``buildings`` with the people to count. A group's NaN means not known: those
        buildings are left out, and a unit with no known number has NaN throughout.

    Returns
    -------
    pandas.DataFrame
        :data:`KEYS` and :data:`MEASURES`, a range index. ``level`` is district, parent or area;
        ``district_id`` is the parent's name for parents and missing for the area and for the
        residents in no district. ``residents`` are persons, ``share_within_limit`` 0 to 1 (the
        unreachable count as not within; NaN without residents), ``mean_min``, ``median_min`` and
        ``p90_min`` minutes of those who can reach a place (NaN if nobody can; quantiles as in
        :func:`kudequa_geo.gaps.weighted.quantiles`).

    Raises
    ------
    AnalysisError
        For negative people or metres, shapes that do not fit, a speed or limit without meaning.

    Notes
    -----
    *Source*: share within a limit and mean travel time as in BBSR, "Indikatoren und Karten zur
    Raum- und Stadtentwicklung" (INKAR), population-weighted accessibility.
    """
    weights = _weights(buildings, groups)
    for kind, limit in limits.items():
        checked_limit(limit, kind)
    kept = np.flatnonzero((weights != 0).any(axis=0))
    divisions = levels(buildings.iloc[kept], districts)
    cubes = [
        np.full((len(MEASURES), len(level.units), len(limits), len(metres), len(groups)), np.nan)
        for level in divisions
    ]
    for matrix, members in _distinct(metres):
        checked = checked_metres(matrix, len(buildings), members[0])
        _check_kinds(checked, limits, members[0])
        columns = np.ascontiguousarray(checked[kept].T)
        walkers = [(list(metres).index(key), persons[key]) for key in members]
        for number, limit in enumerate(limits.values()):
            for group in range(len(groups)):
                column = _Column(columns[number], weights[group][kept])
                for level, cube in zip(divisions, cubes, strict=True):
                    column.fill(cube[:, :, number, :, group], level, walkers, limit)
    frames = [
        _long(level, cube, limits, list(metres), groups) for level, cube in zip(divisions, cubes, strict=True)
    ]
    return pd.concat(frames, ignore_index=True)


class _Column:
    """One kind's metres and one group's people, sorted once and read for every unit and person."""

    def __init__(self, metres: Floats, weights: Floats) -> None:
        known = ~np.isnan(weights)
        self.order = np.argsort(metres, kind="stable")
        if not known.all():
            self.order = self.order[known[self.order]]
        self.metres = metres[self.order]
        self.weights = weights[self.order]
        self.reached = len(self.metres) - int(np.isnan(self.metres).sum())

    def fill(self, out: Floats, level: Level, walkers: list[tuple[int, Person]], limit: Sourced) -> None:
        """Write the measures of a level into ``out``, shape (measures, units, persons)."""
        count = len(level.units)
        codes = level.codes[self.order]
        near, metres, weights = (
            codes[: self.reached],
            self.metres[: self.reached],
            self.weights[: self.reached],
        )
        people = sums(self.weights, codes, count)
        # A unit none of whose numbers is known stays NaN; one without buildings has zero residents.
        unknown = (np.bincount(codes, minlength=count) == 0) & (np.bincount(level.codes, minlength=count) > 0)
        people[unknown] = np.nan
        reached = sums(weights, near, count)
        mean_m = ratio(sums(weights * metres, near, count), reached)
        quantiles_m = sorted_quantiles(self.metres, self.weights, codes, count, _SHARES)
        for position, person in walkers:
            speed = checked_speed(person)
            # The metres ascend, so those within the limit come first.
            inside = int(np.searchsorted(metres, limit_m(limit, person), side="right"))
            inner = sums(weights[:inside], near[:inside], count)
            inner[unknown] = np.nan
            # Where all are within, the sums are the same numbers in the same order: the share is exactly 1.
            out[:, :, position] = (
                people,
                inner,
                ratio(inner, people),
                np.where(unknown, np.nan, sums(self.weights[self.reached :], codes[self.reached :], count)),
                mean_m / speed,
                quantiles_m[:, 0] / speed,
                quantiles_m[:, 1] / speed,
            )


def cell_indicators(
    metres: ArrayLike,
    buildings: gpd.GeoDataFrame,
    limit: Sourced,
    person: Person,
    *,
    grid: Grid | None = None,
) -> gpd.GeoDataFrame:
    """Return the measures of :func:`indicators` for one kind and person per grid cell.

    Parameters
    ----------
    metres
        Metres to the nearest place, shape (buildings,); NaN = unreachable.
    buildings
        Column ``residents`` and geometry in the metric CRS.
    limit
        Limit of the kind in ``m`` or ``min``.
    person
        Who walks.
    grid
        Cells of these buildings, where they are at hand; None = cells of 100 m.

    Returns
    -------
    geopandas.GeoDataFrame
        ``cell_id``, ``x``, ``y`` (lower left corner), :data:`MEASURES` and the square, one row per
        cell with residents.

    Raises
    ------
    AnalysisError
        As :func:`indicators`.
    """
    weights = _weights(buildings, ("residents",))[0]
    checked = checked_metres(np.asarray(metres, dtype=np.float64).reshape(-1), len(buildings), "residents")
    cells = grid_of(buildings) if grid is None else grid
    kept = np.flatnonzero(weights != 0)
    cube = np.full((len(MEASURES), len(cells.frame), 1), np.nan)
    level = Level("cell", cells.frame, cells.codes[kept])
    _Column(checked[kept], weights[kept]).fill(cube, level, [(0, person)], checked_limit(limit, "residents"))
    found = cells.frame.assign(**dict(zip(MEASURES, cube[:, :, 0], strict=True)))
    inhabited = np.bincount(level.codes, minlength=len(found)) > 0
    return found[inhabited].reset_index(drop=True)


def choice(
    counts: ArrayLike,
    buildings: pd.DataFrame,
    kinds: Sequence[str],
    *,
    districts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return how much choice residents have: places of each kind within a walk, per unit.

    Parameters
    ----------
    counts
        Places within the chosen walk, shape (buildings, kinds); NaN = building not connected.
    buildings
        Columns ``residents`` and ``district_id``.
    kinds
        The kinds in the order of the columns.
    districts
        Table ``districts``; None gives the whole area alone.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``district_id``, ``name``, ``kind``, ``residents``, ``mean_choice``,
        ``median_choice`` (places, weighted by residents; NaN if nobody is connected),
        ``residents_none`` (none within the walk, not connected included),
        ``residents_two_plus`` (two or more).

    Raises
    ------
    AnalysisError
        As :func:`indicators`.
    """
    weights = _weights(buildings, ("residents",))[0]
    table = checked_metres(counts, len(buildings), "residents")
    _check_kinds(table, dict.fromkeys(kinds), "residents")
    kept = np.flatnonzero(weights != 0)
    frames = []
    for level in levels(buildings.iloc[kept], districts):
        for number, kind in enumerate(kinds):
            values = _choice(table[kept, number], weights[kept], level)
            frames.append(level.units.assign(level=level.name, kind=kind, **values))
    head = ["level", "district_id", "name", "kind"]
    result = pd.concat(frames, ignore_index=True)
    return result[head + [column for column in result.columns if column not in head]]


def _choice(counts: Floats, weights: Floats, level: Level) -> dict[str, Floats]:
    units = len(level.units)

    def people(mask: NDArray[np.bool_]) -> Floats:
        return sums(weights[mask], level.codes[mask], units)

    connected = ~np.isnan(counts)
    order = np.argsort(counts, kind="stable")
    medians = sorted_quantiles(counts[order], weights[order], level.codes[order], units, (0.5,))
    total = sums(weights[connected] * counts[connected], level.codes[connected], units)
    return {
        "residents": sums(weights, level.codes, units),
        "mean_choice": ratio(total, people(connected)),
        "median_choice": medians[:, 0],
        "residents_none": people(~(counts >= 1)),
        "residents_two_plus": people(counts >= 2),
    }


def distribution(
    minutes: ArrayLike,
    weights: ArrayLike,
    breaks: Sequence[float],
    *,
    codes: Ints | None = None,
    units: int = 1,
) -> Floats:
    """Return the people in each class of minutes, per unit.

    Parameters
    ----------
    minutes
        Minutes per building; NaN = unreachable.
    weights
        People per building.
    breaks
        Upper borders of the classes in ascending order, each included in its class; what is
        above the last forms one more class.
    codes, units
        Unit of each building and their number; by default all are one unit.

    Returns
    -------
    numpy.ndarray
        Shape (units, len(breaks) + 2): the classes, then the unreachable. Rows sum to the people.

    Raises
    ------
    AnalysisError
        For negative people or breaks that do not ascend.
    """
    if (np.diff(np.asarray(breaks)) <= 0).any():
        raise AnalysisError(
            msg("Die Klassengrenzen {breaks} steigen nicht an."),
            remedy=msg("Bitte die Grenzen aufsteigend und ohne Wiederholung angeben."),
            breaks=list(breaks),
        )
    people = checked_weights(weights, "residents")
    values = np.asarray(minutes, dtype=np.float64)
    classes = np.searchsorted(np.asarray(breaks, dtype=np.float64), values, side="left")
    classes[np.isnan(values)] = len(breaks) + 1
    width = len(breaks) + 2
    unit = np.zeros(len(values), dtype=np.int64) if codes is None else codes
    return sums(people, unit * width + classes, units * width).reshape(units, width)


def _weights(buildings: pd.DataFrame, groups: Sequence[str]) -> Floats:
    return np.array(
        [checked_weights(buildings[group], group, unknown=group != "residents") for group in groups]
    ).reshape(len(groups), len(buildings))


def _distinct(metres: Mapping[str, ArrayLike]) -> list[tuple[Floats, list[str]]]:
    """Return each array once, with the persons who share its memory."""
    found: dict[object, tuple[Floats, list[str]]] = {}
    for key, matrix in metres.items():
        array = np.asarray(matrix, dtype=np.float64)
        place = (array.__array_interface__["data"][0], array.shape, array.strides)
        found.setdefault(place, (array, []))[1].append(key)
    return list(found.values())


def _check_kinds(table: Floats, kinds: Mapping[str, object], name: str) -> None:
    if table.ndim != 2 or table.shape[1] != len(kinds):
        raise AnalysisError(
            msg("Die Tabelle „{name}“ hat die Form {shape}, erwartet sind {kinds} Spalten."),
            remedy=msg("Bitte eine Spalte je Art von Ort übergeben."),
            name=name,
            shape=table.shape,
            kinds=len(kinds),
        )


def _long(
    level: Level, cube: Floats, limits: Mapping[str, Sourced], persons: list[str], groups: Sequence[str]
) -> pd.DataFrame:
    shape = cube.shape[1:]
    unit, kind, person, group = (part.reshape(-1) for part in np.indices(shape))
    names = [
        ("level", [level.name], np.zeros_like(unit)),
        ("district_id", level.units["district_id"], unit),
        ("name", level.units["name"], unit),
        ("kind", list(limits), kind),
        ("person", persons, person),
        ("group", list(groups), group),
    ]
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype="str").array.take(rows) for name, values, rows in names}
    )
    frame["limit"] = np.array([float(limit.value) for limit in limits.values()])[kind]
    frame["limit_unit"] = pd.Series([limit.unit for limit in limits.values()], dtype="str").array.take(kind)
    for name, values in zip(MEASURES, cube, strict=True):
        frame[name] = values.reshape(-1)
    return frame
