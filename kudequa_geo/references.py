"""How many places of each kind are usual in Germany, each number with its source."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from pydantic import Field as Setting
from pydantic import ValidationError

from kudequa_geo.constants import Sourced
from kudequa_geo.settings import Frozen, refusal


class _Figure(Frozen):
    """A number with its source, as it stands in the file."""

    source: str = Setting(min_length=1)
    year: int = Setting(ge=1900, le=2100)
    url: str = ""
    assumption: bool = False


class Population(_Figure):
    """Inhabitants of Germany."""

    value: float = Setting(gt=0)


class Reference(_Figure):
    """Places of a kind in Germany.

    Attributes
    ----------
    kind
        Key of the kind of place.
    places
        Their number.
    note
        What is counted otherwise than in OpenStreetMap (German), empty if nothing is.
    """

    kind: str
    places: float = Setting(gt=0)
    note: str = ""


class References(Frozen):
    """The whole file."""

    population: Population
    reference: tuple[Reference, ...] = Setting(min_length=1)

    def per_1000(self) -> dict[str, Sourced]:
        """Return the places per 1,000 inhabitants by kind, each with its source."""
        return {
            entry.kind: Sourced(
                entry.places / self.population.value * 1000,
                "je 1.000 Einwohner",
                f"{entry.source} ({entry.note})" if entry.note else entry.source,
                entry.year,
                entry.url,
                entry.assumption,
            )
            for entry in self.reference
        }


@cache
def load_references() -> References:
    """Return the reference values.

    Raises
    ------
    ConfigError
        Where the file breaks its own rules.
    """
    resource = resources.files("kudequa_geo").joinpath("rules/references.toml")
    try:
        return References.model_validate(tomllib.loads(resource.read_text(encoding="utf-8")))
    except ValidationError as error:
        known = [*References.model_fields, *Reference.model_fields, *Population.model_fields]
        raise refusal(error, "rules/references.toml", known) from error
