"""A scenario is a named list of changes; its history can be walked back and forth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.scenarios import change as changes_module
from kudequa_geo.scenarios.change import NEW_PLACE, AddPlace, Change, plain
from kudequa_geo.settings import Frozen, refusal

FORMAT = "kudequa-geo-scenario"
VERSION = 1
MOST_CHANGES = 200
LARGEST_FILE_BYTES = 1_000_000
_KEPT_STEPS = 500


class Scenario(Frozen):
    """An ordered list of changes against the prepared state of a municipality.

    Attributes
    ----------
    format, version
        What a saved file says of itself.
    name, description
        For people.
    municipality
        Key of the municipality; empty = any.
    crs
        Metric CRS of all points; empty = that of the municipality.
    changes
        In the order in which they happen.
    """

    format: Literal["kudequa-geo-scenario"] = "kudequa-geo-scenario"
    version: Literal[1] = 1
    name: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(plain)]
    description: Annotated[str, Field(max_length=2000), AfterValidator(plain)] = ""
    municipality: Annotated[str, Field(max_length=120), AfterValidator(plain)] = ""
    crs: Annotated[str, Field(max_length=120), AfterValidator(plain)] = ""
    changes: tuple[Change, ...] = Field(default=(), max_length=MOST_CHANGES)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if not self.name:
            raise ValueError("name darf nicht leer sein")
        seen: dict[str, int] = {}
        for number, change in enumerate(self.changes, start=1):
            first = seen.setdefault(change.model_dump_json(), number)
            if first != number:
                raise ValueError(f"die Änderungen {first} und {number} sind dieselbe")
        added = [change.place_id for change in self.changes if isinstance(change, AddPlace)]
        if len(added) != len(set(added)):
            raise ValueError("zwei neue Orte haben dieselbe place_id")
        return self

    def with_change(self, change: Change) -> Scenario:
        """Return the scenario with one more change.

        Raises
        ------
        ConfigError
            If it is in the list already, or the list is full.
        """
        return self._with((*self.changes, change))

    def without_change(self, number: int) -> Scenario:
        """Return the scenario without the change at a position, counted from 0.

        Raises
        ------
        ConfigError
            If there is no such position.
        """
        if not 0 <= number < len(self.changes):
            raise ConfigError(
                msg("Eine Änderung Nr. {number} gibt es nicht; das Szenario hat {count}."),
                number=number + 1,
                count=len(self.changes),
            )
        return self._with(self.changes[:number] + self.changes[number + 1 :])

    def next_place_id(self) -> str:
        """Return an identifier that no added place of the scenario has."""
        added = [change.place_id for change in self.changes if isinstance(change, AddPlace)]
        numbers = [int(place_id.removeprefix(NEW_PLACE)) for place_id in added]
        return f"{NEW_PLACE}{max(numbers, default=0) + 1}"

    def _with(self, changes: tuple[Change, ...]) -> Scenario:
        try:
            # Dumped and read again: copying would skip the rules of the whole list.
            return Scenario.model_validate(self.model_dump() | {"changes": [c.model_dump() for c in changes]})
        except ValidationError as error:
            refused = _refused(error, self.name)
            refused.what = msg("Das Szenario lässt die Änderung nicht zu:\n{defects}")
            raise refused from error


@dataclass(frozen=True)
class History:
    """A scenario with the steps before it and those taken back; every step gives a new history.

    Attributes
    ----------
    present
        The scenario as it is.
    past, future
        What :meth:`undo` and :meth:`redo` lead to, the nearest step last.
    """

    present: Scenario
    past: tuple[Scenario, ...] = ()
    future: tuple[Scenario, ...] = ()

    def do(self, scenario: Scenario) -> History:
        """Return the history with a new present; what had been taken back is forgotten."""
        if scenario == self.present:
            return self
        return History(scenario, (*self.past, self.present)[-_KEPT_STEPS:])

    def undo(self) -> History:
        """Return the history one step back, or the same at its beginning."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (*self.future, self.present))

    def redo(self) -> History:
        """Return the history one step forward, or the same at its end."""
        if not self.future:
            return self
        return History(self.future[-1], (*self.past, self.present), self.future[:-1])


def to_json(scenario: Scenario) -> str:
    """Return a scenario as the text of its file; equal scenarios give equal bytes."""
    content = scenario.model_dump(mode="json", exclude_none=True)
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def from_json(text: str, *, where: str = "") -> Scenario:
    """Return the scenario that a file's text holds.

    Parameters
    ----------
    text
        JSON.
    where
        File named in the message.

    Raises
    ------
    ConfigError
        Too large, not JSON, of another format or version, or with keys or values that cannot be used;
        all of them are named.
    """
    if len(text.encode(errors="replace")) > LARGEST_FILE_BYTES:
        raise ConfigError(
            msg("Die Datei ist größer als {most} kB und wird nicht gelesen."),
            where=where,
            most=LARGEST_FILE_BYTES // 1000,
        )
    content = _parsed(text, where)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ConfigError(
            msg("Die Datei ist kein Szenario dieses Programms."),
            where=where,
            remedy=msg("Erwartet wird JSON mit „format“: „{format}“."),
            format=FORMAT,
        )
    if content.get("version") != VERSION or isinstance(content.get("version"), bool):
        raise ConfigError(
            msg("Das Szenario hat die Version {version}; gelesen wird Version {known}."),
            where=where,
            remedy=msg("Bitte das Szenario mit der passenden Fassung des Programms öffnen."),
            version=plain(str(content.get("version")))[:60],
            known=VERSION,
        )
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise _refused(error, where) from error


def _parsed(text: str, where: str) -> Any:
    def refuse_constant(name: str) -> Any:
        raise ValueError(name)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("doppelter Schlüssel")
        return found

    try:
        return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            msg("Die Datei ist kein gültiges JSON: {reason}"),
            where=where,
            remedy=msg("Bitte die Datei neu speichern oder die genannte Stelle berichtigen."),
            reason=plain(str(error))[:200],
        ) from error


def _refused(error: ValidationError, where: str) -> ConfigError:
    models = (Scenario, *(value for value in vars(changes_module).values() if isinstance(value, type)))
    refused = refusal(error, where, {key for model in models for key in getattr(model, "model_fields", {})})
    refused.remedy = msg("Bitte die genannten Angaben berichtigen; alle erklärt docs/szenarien.md.")
    return refused
