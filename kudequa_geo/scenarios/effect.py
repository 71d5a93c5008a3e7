"""Who gains and who loses by a change, counted in people, and said in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.access.labels import Bool, Float64
from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.units import Level, levels
from kudequa_geo.gaps.weighted import checked_weights, sums, within
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
    """What became of one walk."""

    SAME = "same"
    SHORTER = "shorter"
    LONGER = "longer"
    REACHED = "reached"
    LOST = "lost"
    NEVER = "never"


TURN_LABELS: dict[Turn, str] = {
    Turn.SAME: msg("unverändert"),
    Turn.SHORTER: msg("kürzer"),
    Turn.LONGER: msg("länger"),
    Turn.REACHED: msg("neu erreichbar"),
    Turn.LOST: msg("nicht mehr erreichbar"),
    Turn.NEVER: msg("weiterhin nicht erreichbar"),
}


@dataclass(frozen=True)
class Sentence:
    """A text with named places and their values, to be translated before it is filled.

    Attributes
    ----------
    text
        German, marked by ``errors.msg``.
    values
        Numbers and names.
    """

    text: str
    values: dict[str, float | str]

    def fill(
        self, translate: Callable[[str], str] = str, number: Callable[[float], str] = "{:.0f}".format
    ) -> str:
        """Return the sentence with its values; numbers are written by ``number``, names are translated."""
        values = {
            key: translate(value) if isinstance(value, str) else number(value)
            for key, value in self.values.items()
        }
        return translate(self.text).format(**values)


def turns(before: Float64, after: Float64) -> NDArray[np.str_]:
    """Return what became of each walk, one of :class:`Turn`.

    Parameters
    ----------
    before, after
        Metres of the same walks; NaN = unreachable.
    """
    reached, reaches = ~np.isnan(before), ~np.isnan(after)
    with np.errstate(invalid="ignore"):
        conditions = [
            ~reached & ~reaches,
            ~reached,
            ~reaches,
            after < before - SAME_M,
            after > before + SAME_M,
        ]
    choices = [Turn.NEVER.value, Turn.REACHED.value, Turn.LOST.value, Turn.SHORTER.value, Turn.LONGER.value]
    found: NDArray[np.str_] = np.select(conditions, choices, Turn.SAME.value)
    return found


def differences(before: State, after: State, person: str, kind: str) -> pd.DataFrame:
    """Return the difference of each building's walk, for the map of differences.

    Parameters
    ----------
    before, after
        Two states of one base.
    person, kind
        Who walks, and to what.

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
    check_same_base(before, after)
    count, speed = len(before.base.buildings), before.base.persons[person].metres_per_minute
    column_of(before, kind)
    old, new = before.metres(person, kind)[:count], after.metres(person, kind)[:count]
    turn = turns(old, new)
    return pd.DataFrame(
        {
            "building_id": before.base.buildings["building_id"].to_numpy(),
            "minutes_before": old / speed,
            "minutes_after": new / speed,
            "difference_min": np.where(turn == Turn.SAME.value, 0.0, new - old) / speed,
            "turn": turn,
        }
    )


def effects(
    before: State,
    after: State,
    *,
    persons: Iterable[str] | None = None,
    kinds: Iterable[str] | None = None,
    groups: Sequence[str] = ("residents",),
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
    people = base.people
    unknown = [group for group in groups if group not in base.groups]
    if unknown:
        raise AnalysisError(
            msg("Die Gruppen {unknown} gibt es nicht; bekannt sind {known}."),
            unknown=", ".join(unknown),
            known=", ".join(base.groups),
        )
    divisions = levels(people, base.districts)
    weights = {group: np.nan_to_num(checked_weights(people[group], group, unknown=True)) for group in groups}
    limits = {kind.key: kind.limit.sourced() for kind in base.kinds}
    frames = []
    for person in persons or base.persons:
        for kind in kinds or limits:
            column_of(before, kind)
            walks = _Walks(before, after, base.persons[person], kind, limits[kind])
            for group, weight in weights.items():
                frames += [walks.counted(level, weight, group) for level in divisions]
    return pd.concat(frames, ignore_index=True)


class _Walks:
    """The walks of one person to one kind, before and after."""

    def __init__(self, before: State, after: State, person: Person, kind: str, limit: Sourced) -> None:
        count = len(before.base.buildings)
        old, new = before.metres(person.key, kind)[:count], after.metres(person.key, kind)[:count]
        turn = turns(old, new)
        was, now = within(old, limit, person), within(new, limit, person)
        same = turn == Turn.SAME.value
        change = np.where(same, 0.0, new - old) / person.metres_per_minute
        self.person, self.kind = person.key, kind
        self.masks: dict[str, Bool] = {
            "better": np.isin(turn, [Turn.SHORTER.value, Turn.REACHED.value]),
            "worse": np.isin(turn, [Turn.LONGER.value, Turn.LOST.value]),
            "within_gained": now & ~was & ~same,
            "within_lost": was & ~now & ~same,
            "reach_gained": turn == Turn.REACHED.value,
            "reach_lost": turn == Turn.LOST.value,
        }
        self.saved = np.nan_to_num(np.maximum(-change, 0.0))
        self.lost = np.nan_to_num(np.maximum(change, 0.0))

    def counted(self, level: Level, weight: Float64, group: str) -> pd.DataFrame:
        units = len(level.units)
        figures = {name: sums(weight * mask, level.codes, units) for name, mask in self.masks.items()}
        figures["residents"] = sums(weight, level.codes, units)
        figures["minutes_saved"] = sums(weight * self.saved, level.codes, units)
        figures["minutes_lost"] = sums(weight * self.lost, level.codes, units)
        head = level.units.assign(level=level.name, kind=self.kind, person=self.person, group=group)
        head = head[["level", "district_id", "name", "kind", "person", "group"]]
        return head.assign(**{name: figures[name] for name in EFFECTS})


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


def sentences(effect: pd.Series, kind_label: str, limit: Sourced, scenario: str) -> list[Sentence]:
    """Return what a row of :func:`effects` says, in sentences that can be read aloud.

    Parameters
    ----------
    effect
        A row of :func:`effects`.
    kind_label
        German label of its kind.
    limit
        Limit of its kind.
    scenario
        Name of the scenario.
    """
    better, worse = round(effect["better"]), round(effect["worse"])
    values: dict[str, float | str] = {
        "scenario": scenario,
        "kind": kind_label,
        "better": better,
        "worse": worse,
    }
    if not better and not worse:
        return [
            Sentence(msg("Mit „{scenario}“ ändert sich kein Weg zum nächsten Ort der Art „{kind}“."), values)
        ]
    if better and worse:
        first = msg(
            "Mit „{scenario}“ wird der Weg zu „{kind}“ für {better} Menschen kürzer und für {worse} länger."
        )
    elif better:
        first = msg(
            "Mit „{scenario}“ wird der Weg zu „{kind}“ für {better} Menschen kürzer, für niemanden länger."
        )
    else:
        first = msg(
            "Mit „{scenario}“ wird der Weg zu „{kind}“ für {worse} Menschen länger, für niemanden kürzer."
        )
    found = [Sentence(first, values)]
    gained, lost = round(effect["within_gained"]), round(effect["within_lost"])
    border: dict[str, float | str] = {
        "gained": gained,
        "lost": lost,
        "limit": limit.value,
        "unit": msg("Metern") if limit.unit == "m" else msg("Minuten"),
    }
    if gained:
        found.append(
            Sentence(msg("{gained} Menschen wohnen damit neu innerhalb von {limit} {unit}."), border)
        )
    if lost:
        found.append(Sentence(msg("{lost} Menschen wohnen nicht mehr innerhalb von {limit} {unit}."), border))
    found += _time(effect)
    return found


def _time(effect: pd.Series) -> list[Sentence]:
    found = []
    net = effect["minutes_saved"] - effect["minutes_lost"]
    minutes: dict[str, float | str] = {"minutes": abs(net)}
    if round(net) > 0:
        found.append(Sentence(msg("Zusammen sparen sie je Gang {minutes} Minuten."), minutes))
    if round(net) < 0:
        found.append(Sentence(msg("Zusammen brauchen sie je Gang {minutes} Minuten mehr."), minutes))
    for key, text in (
        ("reach_gained", msg("{people} Menschen kommen erstmals zu Fuß dorthin.")),
        ("reach_lost", msg("{people} Menschen kommen zu Fuß nicht mehr dorthin.")),
    ):
        people = round(effect[key])
        if people:
            found.append(Sentence(text, {"people": people}))
    return found
