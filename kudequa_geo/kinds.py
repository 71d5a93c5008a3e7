"""What counts as which service: the kinds of place, their limits and their OSM rules."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import Field as Setting
from pydantic import ValidationError

from kudequa_geo import constants
from kudequa_geo.constants import Field
from kudequa_geo.settings import Frozen, SourcedNumber, refusal


class Limit(SourcedNumber):
    """How far a service may be away, in metres or in minutes of the walking person."""

    unit: Literal["m", "min"]


class Rule(Frozen):
    """Which OSM tags make a feature a place of a kind.

    Attributes
    ----------
    tags
        Every key must be there with one of its values; ``"*"`` is any value.
    exclude
        One of these tags, and the rule does not apply.
    name_matches
        Regular expression the name must contain, case-insensitive; empty = any name.
    wiki
        Page of the OSM wiki the rule follows.
    """

    tags: dict[str, tuple[str, ...]] = Setting(min_length=1)
    exclude: dict[str, tuple[str, ...]] = Setting(default_factory=dict)
    name_matches: str = ""
    wiki: str = Setting(min_length=1)


class Kind(Frozen):
    """A kind of place: its field, name, limit and rules."""

    key: str = Setting(pattern=r"^[a-z][a-z0-9_]*$")
    field: Field
    label: str
    limit: Limit
    merge: SourcedNumber | None = None
    rules: tuple[Rule, ...] = Setting(min_length=1)

    @property
    def merge_m(self) -> float:
        """Distance in metres below which two of the same name are one place."""
        return self.merge.value if self.merge else constants.DUPLICATE_MAX_M.value


@cache
def load_kinds() -> dict[str, Kind]:
    """Return every kind of place of the rule table, by key, in its order.

    Raises
    ------
    ConfigError
        Where the rule table breaks its own rules.
    """
    resource = resources.files("kudequa_geo").joinpath("rules/kinds.toml")
    text = resource.read_text(encoding="utf-8")
    try:
        kinds = [Kind.model_validate(raw) for raw in tomllib.loads(text)["kind"]]
    except ValidationError as error:
        raise refusal(error, "rules/kinds.toml", [*Kind.model_fields, *Rule.model_fields]) from error
    return {kind.key: kind for kind in kinds}
