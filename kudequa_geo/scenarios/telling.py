"""What a scenario brings, in sentences that can be read aloud."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import msg

#: Values that are no number of people.
_MEASURES = frozenset({"limit"})


@dataclass(frozen=True)
class Sentence:
    """A text with named places and their values, to be translated before it is filled.

    Attributes
    ----------
    text
        German, marked by ``errors.msg``.
    values
        Numbers and names.
    count, one
        The value that the words depend on, and the text for where it is written as 1; empty = none.
    """

    text: str
    values: dict[str, float | str]
    count: str = ""
    one: str = ""

    def fill(
        self,
        translate: Callable[[str], str] = str,
        number: Callable[[float], str] = "{:.0f}".format,
        measure: Callable[[float], str] = "{:g}".format,
    ) -> str:
        """Return the sentence with its values: people written by ``number``, limits by ``measure``.

        Names are translated.
        """
        values = {
            key: translate(value)
            if isinstance(value, str)
            else (measure if key in _MEASURES else number)(value)
            for key, value in self.values.items()
        }
        # What is written decides: a small number may be told as "under 5".
        single = self.count and values[self.count] == "1"
        told = translate(self.one if single else self.text).format(**values)
        return told[:1].upper() + told[1:]


def sentences(effect: pd.Series, kind_label: str, limit: Sourced, scenario: str) -> list[Sentence]:
    """Return what a row of :func:`kudequa_geo.scenarios.effect.effects` says.

    Parameters
    ----------
    effect
        A row of the effects.
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
    found = [_first(values, better=better, worse=worse)]
    border: dict[str, float | str] = {"limit": limit.value, "unit": _unit(limit)}
    gained, lost = round(effect["within_gained"]), round(effect["within_lost"])
    if gained:
        text = msg("{gained} Menschen wohnen damit neu innerhalb von {limit} {unit}.")
        one = msg("{gained} Mensch wohnt damit neu innerhalb von {limit} {unit}.")
        found.append(Sentence(text, border | {"gained": gained}, "gained", one))
    if lost:
        text = msg("{lost} Menschen wohnen nicht mehr innerhalb von {limit} {unit}.")
        one = msg("{lost} Mensch wohnt nicht mehr innerhalb von {limit} {unit}.")
        found.append(Sentence(text, border | {"lost": lost}, "lost", one))
    return [*found, *_time(effect), *_reach(effect)]


def _first(values: dict[str, float | str], *, better: int, worse: int) -> Sentence:
    if better and worse:
        text = msg(
            "Mit „{scenario}“ haben {better} Menschen einen kürzeren und {worse} einen längeren Weg "
            "zu „{kind}“."
        )
        one = msg(
            "Mit „{scenario}“ hat {better} Mensch einen kürzeren und {worse} einen längeren Weg zu „{kind}“."
        )
        return Sentence(text, values, "better", one)
    if better:
        text = msg(
            "Mit „{scenario}“ haben {better} Menschen einen kürzeren Weg zu „{kind}“, niemand einen längeren."
        )
        one = msg(
            "Mit „{scenario}“ hat {better} Mensch einen kürzeren Weg zu „{kind}“, niemand einen längeren."
        )
        return Sentence(text, values, "better", one)
    text = msg(
        "Mit „{scenario}“ haben {worse} Menschen einen längeren Weg zu „{kind}“, niemand einen kürzeren."
    )
    one = msg("Mit „{scenario}“ hat {worse} Mensch einen längeren Weg zu „{kind}“, niemand einen kürzeren.")
    return Sentence(text, values, "worse", one)


def _unit(limit: Sourced) -> str:
    if limit.unit == "m":
        return msg("Metern")
    return msg("Minute") if limit.value == 1 else msg("Minuten")


def _time(effect: pd.Series) -> list[Sentence]:
    net = effect["minutes_saved"] - effect["minutes_lost"]
    minutes: dict[str, float | str] = {"minutes": abs(net)}
    if round(net) > 0:
        text = msg("Das spart je Gang zusammen {minutes} Minuten.")
        return [Sentence(text, minutes, "minutes", msg("Das spart je Gang zusammen {minutes} Minute."))]
    if round(net) < 0:
        text = msg("Das kostet je Gang zusammen {minutes} Minuten mehr.")
        return [Sentence(text, minutes, "minutes", msg("Das kostet je Gang zusammen {minutes} Minute mehr."))]
    return []


def _reach(effect: pd.Series) -> list[Sentence]:
    found = []
    for key, text, one in (
        (
            "reach_gained",
            msg("{people} Menschen kommen erstmals zu Fuß dorthin."),
            msg("{people} Mensch kommt erstmals zu Fuß dorthin."),
        ),
        (
            "reach_lost",
            msg("{people} Menschen kommen zu Fuß nicht mehr dorthin."),
            msg("{people} Mensch kommt zu Fuß nicht mehr dorthin."),
        ),
    ):
        people = round(effect[key])
        if people:
            found.append(Sentence(text, {"people": people}, "people", one))
    return found
