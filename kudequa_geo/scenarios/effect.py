"""Who gains and who loses by a change, counted in people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.access.labels import Bool, Float64, Int8, Int64
from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.units import Level
from kudequa_geo.gaps.weighted import checked_weights, sums, within
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.outcome import column_of
from kudequa_geo.scenarios.state import State

#: Walks that differ by less are the same: lengths are counted in micrometres, and cut edges are rounded.
SAME_M = 1e-3

#: Figures of :func:`effects`, in the order of their columns.
EFFECTS = (
    "residents",
    "better",
    "worse",
    "minutes_saved",
    "minutes_lost",
    "within_gained",
    "within_lost",
    "reach_gained",
    "reach_lost",
)


class Turn(StrEnum):
    """What became of one walk; unchanged comes first."""

    SAME = "same"
    SHORTER = "shorter"
    LONGER = "longer"
    REACHED = "reached"
    LOST = "lost"
    NEVER = "never"


#: Position of each turn.
CODES = {turn: position for position, turn in enumerate(Turn)}
_NAMES = np.array([turn.value for turn in Turn])


def turns(before: Float64, after: Float64) -> NDArray[np.str_]:
    """Return what became of each walk, one of :class:`Turn`.

    Parameters
    ----------
    before, after
        Metres of the same walks; NaN = unreachable.
    """
    found: NDArray[np.str_] = _NAMES[turn_codes(before, after)]
    return found


def turn_codes(before: Float64, after: Float64) -> Int8:
    """Return :func:`turns` as positions in the order of :class:`Turn`."""
    codes = np.zeros(len(before), dtype=np.int8)
    # Most walks stay as they are: what follows looks at the others only.
    rows = np.flatnonzero(~(np.abs(after - before) <= SAME_M))
    old, new = before[rows], after[rows]
    cut_off, lost = np.isnan(old), np.isnan(new)
    conditions = [cut_off & lost, cut_off, lost, new < old]
    choices = [Turn.NEVER, Turn.REACHED, Turn.LOST, Turn.SHORTER]
    positions = [CODES[turn] for turn in choices]
    codes[rows] = np.select(conditions, positions, CODES[Turn.LONGER])
    return codes


def difference_codes(before: State, after: State, person: str, kind: str) -> tuple[Int8, Float64]:
    """Return what became of each building's walk (position in :class:`Turn`), and its difference in minutes.

    The difference is after minus before; NaN where one of them is unreachable.

    Parameters
    ----------
    before, after
        Two states of one base.
    person, kind
        Who walks, and to what.

    Raises
    ------
    AnalysisError
        If the states have different bases, or the kind is unknown.
    """
    check_same_base(before, after)
    count, speed = len(before.base.buildings), before.base.persons[person].metres_per_minute
    column_of(before, kind)
    old, new = before.metres(person, kind)[:count], after.metres(person, kind)[:count]
    codes = turn_codes(old, new)
    return codes, np.where(codes == 0, 0.0, new - old) / speed


def differences(
    before: State, after: State, person: str, kind: str, *, rows: Int64 | None = None
) -> pd.DataFrame:
    """Return the difference of each building's walk, for the map of differences.

    Parameters
    ----------
    before, after
        Two states of one base.
    person, kind
        Who walks, and to what.
    rows
        Rows of the buildings; all where omitted.

    Returns
    -------
    pandas.DataFrame
        Rows as the base's buildings: ``building_id``, ``minutes_before``, ``minutes_after``,
        ``difference_min`` (after minus before; NaN where one of them is unreachable), ``turn``
        (one of :class:`Turn`).

    Raises
    ------
    AnalysisError
        If the states have different bases.
    """
    codes, difference_min = difference_codes(before, after, person, kind)
    asked = np.arange(len(codes)) if rows is None else rows
    speed = before.base.persons[person].metres_per_minute
    return pd.DataFrame(
        {
            "building_id": before.base.buildings["building_id"].array.take(asked),
            "minutes_before": before.metres(person, kind)[asked] / speed,
            "minutes_after": after.metres(person, kind)[asked] / speed,
            "difference_min": difference_min[asked],
            "turn": pd.Series(_NAMES, dtype="str").array.take(codes[asked]),
        }
    )


def effects(
    before: State,
    after: State,
    *,
    persons: Iterable[str] | None = None,
    kinds: Iterable[str] | None = None,
    groups: Sequence[str] = ("residents",),
    limits: Mapping[str, Sourced] | None = None,
) -> pd.DataFrame:
    """Return the people who are better and worse off, per unit, kind, person and group of residents.

    Counted are those who live in the base's buildings; new housing has no walk before.

    Parameters
    ----------
    before, after
        Two states of one base.
    persons, kinds
        Keys; all of the municipality where omitted.
    groups
        Columns of the residents. Buildings where a group is not known are left out.
    limits
        Limits by kind where they are not those of the municipality.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``district_id``, ``name``, ``kind``, ``person``, ``group`` and :data:`EFFECTS`:
        ``better`` and ``worse`` are people whose walk is shorter (or possible at all) and longer (or
        impossible); ``minutes_saved`` and ``minutes_lost`` sum the minutes of one walk of each of them, of
        those who can walk before and after; ``within_gained`` and ``within_lost`` people who come under and
        fall over the limit; ``reach_gained`` and ``reach_lost`` people who can and can no longer get to a
        place at all.

    Raises
    ------
    AnalysisError
        If the states have different bases, or a kind, person or group is unknown.
    """
    check_same_base(before, after)
    base = before.base
    chosen = list(base.kind_index if kinds is None else kinds)
    walkers = list(base.persons if persons is None else persons)
    for kind in chosen:
        column_of(before, kind)
    known = {kind.key: kind.limit.sourced() for kind in base.kinds} | dict(limits or {})
    division = _Division(base, groups)
    figures: list[Float64] = []
    for person in walkers:
        if len(chosen) > 1:
            # One search for all kinds instead of one for each.
            before.nearest(person), after.nearest(person)
        figures.extend(
            division.counted(_Walks(before, after, base.persons[person], kind, known[kind]))
            for kind in chosen
        )
    return division.table(walkers, chosen, figures)


class _Walks:
    """The walks of one person to one kind that are not what they were."""

    def __init__(self, before: State, after: State, person: Person, kind: str, limit: Sourced) -> None:
        count = len(before.base.buildings)
        old, new = before.metres(person.key, kind)[:count], after.metres(person.key, kind)[:count]
        codes = turn_codes(old, new)
        self.rows = np.flatnonzero((codes > 0) & (codes != CODES[Turn.NEVER]))
        old, new = old[self.rows], new[self.rows]
        was, now = within(old, limit, person), within(new, limit, person)
        change = np.nan_to_num(new - old) / person.metres_per_minute
        turn = _NAMES[codes[self.rows]]
        self.figures: dict[str, Float64 | Bool] = {
            "better": np.isin(turn, [Turn.SHORTER.value, Turn.REACHED.value]),
            "worse": np.isin(turn, [Turn.LONGER.value, Turn.LOST.value]),
            "minutes_saved": np.maximum(-change, 0.0),
            "minutes_lost": np.maximum(change, 0.0),
            "within_gained": now & ~was,
            "within_lost": was & ~now,
            "reach_gained": turn == Turn.REACHED.value,
            "reach_lost": turn == Turn.LOST.value,
        }


class _Division:
    """Units and groups of residents, by which walks are counted."""

    def __init__(self, base: Base, groups: Sequence[str]) -> None:
        unknown = [group for group in groups if group not in base.groups]
        if unknown:
            raise AnalysisError(
                msg("Die Gruppen {unknown} gibt es nicht; bekannt sind {known}."),
                unknown=", ".join(unknown),
                known=", ".join(base.groups),
            )
        self.groups = list(groups)
        self.levels: list[Level] = base.levels
        self.weights = [
            np.nan_to_num(checked_weights(base.people[group], group, unknown=True)) for group in groups
        ]
        self.residents = [
            [sums(weight, level.codes, len(level.units)) for level in self.levels] for weight in self.weights
        ]

    def counted(self, walks: _Walks) -> Float64:
        """Return the figures of :data:`EFFECTS`, shape (effects, groups * units of all levels)."""
        rows = walks.rows
        codes = [level.codes[rows] for level in self.levels]
        found = []
        for weight, residents in zip(self.weights, self.residents, strict=True):
            people = weight[rows]
            for level, code, total in zip(self.levels, codes, residents, strict=True):
                parts = [
                    total
                    if name == "residents"
                    else sums(people * walks.figures[name], code, len(level.units))
                    for name in EFFECTS
                ]
                found.append(np.array(parts))
        return np.hstack(found)

    def table(self, persons: list[str], kinds: list[str], figures: list[Float64]) -> pd.DataFrame:
        """Return the figures of each person and kind, in this order, as a frame."""
        units = [len(level.units) for level in self.levels]
        unit = pd.concat([level.units for level in self.levels], ignore_index=True)
        unit = unit.assign(level=np.repeat([level.name for level in self.levels], units))
        inner, times = len(unit) * len(self.groups), len(persons) * len(kinds)
        row = np.tile(np.arange(len(unit)), len(self.groups) * times)
        case = np.repeat(np.arange(times), inner)
        group = np.tile(np.repeat(np.arange(len(self.groups)), len(unit)), times)
        names = {
            "level": (unit["level"], row),
            "district_id": (unit["district_id"], row),
            "name": (unit["name"], row),
            "kind": (kinds, case % max(len(kinds), 1)),
            "person": (persons, case // max(len(kinds), 1)),
            "group": (self.groups, group),
        }
        frame = {name: pd.Series(values, dtype="str").array.take(at) for name, (values, at) in names.items()}
        numbers = np.hstack(figures) if figures else np.empty((len(EFFECTS), 0))
        return pd.DataFrame(frame | dict(zip(EFFECTS, numbers, strict=True)))


def check_same_base(one: State, other: State) -> None:
    """Refuse to compare what was not changed from the same city.

    Raises
    ------
    AnalysisError
        If the bases differ.
    """
    if one.base is not other.base:
        raise AnalysisError(
            msg("Die beiden Zustände gehören nicht zu derselben Grundlage."),
            remedy=msg("Bitte beide Szenarien mit denselben vorbereiteten Tabellen rechnen."),
        )
