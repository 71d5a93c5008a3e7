"""What a map answers: how far is it, for whom, to what, measured by which limit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.kinds import Kind
from kudequa_geo.language import Language
from kudequa_geo.maps import palette
from kudequa_geo.maps.palette import Classes
from kudequa_geo.study import Study


class People(Protocol):
    """Some people and how many of them live within a limit."""

    @property
    def residents(self) -> float:
        """Persons."""

    @property
    def beyond(self) -> float:
        """Persons beyond the limit, the unreachable included."""

    @property
    def share(self) -> float:
        """Share within the limit, 0 to 1."""


@dataclass(frozen=True)
class Question:
    """A kind of place, a person and a limit.

    Attributes
    ----------
    kind, person, limit
        Where to, who walks, and how far it may be (``m`` or ``min``).
    """

    kind: Kind
    person: Person
    limit: Sourced

    @property
    def classes(self) -> Classes:
        """The classes of the map; the limit is one of their borders."""
        return palette.classes_for(self.limit)

    @property
    def own_limit(self) -> Sourced | None:
        """The limit where it is not the usual one of the kind."""
        usual = self.kind.limit.sourced()
        return None if (self.limit.value, self.limit.unit) == (usual.value, usual.unit) else self.limit

    def limit_words(self, say: Language) -> str:
        """Return the limit with its unit."""
        return say.length(self.limit.value, self.limit.unit)

    def person_words(self, say: Language) -> str:
        """Return the person with the walking speed."""
        return f"{say(self.person.label)} ({say.short(self.person.speed_kmh.value)}\u00a0km/h)"

    def class_words(self, say: Language) -> list[str]:
        """Return the classes in words, then "not connected" and "no data"."""
        return class_words(self.classes, say)

    def answer(self, area: str, people: People, say: Language, *, any_place: bool) -> str:
        """Return the answer in one sentence.

        Parameters
        ----------
        area
            Where they live, for people.
        people
            Who is meant.
        say
            Language.
        any_place
            False where the data hold no place of the kind at all.
        """
        names = {"area": area, "service": say(self.kind.label), "limit": self.limit_words(say)}
        if not any_place:
            return say(msg("Für „{service}“ enthalten die Daten von {area} keinen einzigen Ort.")).format(
                **names
            )
        if not people.residents > 0:
            return say(msg("In {area} sind keine Menschen verortet.")).format(**names)
        numbers = {"people": say.people(people.beyond), "share": say.percent(1 - people.share)}
        return say(
            msg(
                "In {area} wohnen {people} Menschen ({share}) weiter als {limit} vom nächsten Angebot "
                "„{service}“ entfernt."
            )
        ).format(**names, **numbers)

    def parameters(self) -> dict[str, str | float]:
        """Return what was asked, for the run record."""
        return {
            "service": self.kind.key,
            "person": self.person.key,
            "speed_kmh": self.person.speed_kmh.value,
            "limit": self.limit.value,
            "limit_unit": self.limit.unit,
        }


def class_words(classes: Classes, say: Language) -> list[str]:
    """Return the classes in words, then "not connected" and "no data"."""
    unit, breaks = classes.unit, classes.breaks
    words = [say(msg("bis {upper}")).format(upper=say.length(breaks[0], unit))]
    for low, high in pairwise(breaks):
        lower = say.short(low) if unit == "min" else say.number(low)
        words.append(say(msg("{lower} bis {upper}")).format(lower=lower, upper=say.length(high, unit)))
    words.append(say(msg("mehr als {lower}")).format(lower=say.length(breaks[-1], unit)))
    return [*words, say(msg("nicht angebunden")), say(msg("keine Daten"))]


def ask(study: Study, service: str, person: str, limit: str = "") -> Question:
    """Return the question of a kind of place, a person and a limit, each by its key.

    Parameters
    ----------
    study
        The municipality.
    service, person
        Keys of the kind and the person.
    limit
        As ``500m`` or ``10min``; empty = the limit of the kind.

    Raises
    ------
    ConfigError
        An unknown key or a limit without meaning; what there is is named.
    """
    kinds = {kind.key: kind for kind in study.kinds}
    if service not in kinds:
        raise ConfigError(
            msg("Den Dienst „{key}“ gibt es nicht; vorhanden: {known}."), key=service, known=", ".join(kinds)
        )
    if person not in study.persons:
        raise ConfigError(
            msg("Die Person „{key}“ gibt es nicht; vorhanden: {known}."),
            key=person,
            known=", ".join(study.persons),
        )
    return Question(kinds[service], study.persons[person], _limit(kinds[service], limit))


def _limit(kind: Kind, text: str) -> Sourced:
    if not text:
        return kind.limit.sourced()
    unit = "min" if text.endswith("min") else "m"
    try:
        value = float(text.removesuffix(unit))
    except ValueError:
        value = 0.0
    if not (text.endswith(unit) and 0 < value < 100_000):
        raise ConfigError(
            msg("„{text}“ ist keine Grenze."),
            remedy=msg("Bitte Meter oder Minuten angeben, zum Beispiel 500m oder 10min."),
            text=text,
        )
    return Sourced(value, unit, msg("eigene Wahl"), kind.limit.year)
