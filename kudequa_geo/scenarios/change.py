"""What can be changed in a city: places, paths and where people live.

Points are (x, y) in the municipality's metric CRS.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from kudequa_geo.constants import Barrier
from kudequa_geo.settings import Frozen

#: Identifiers of places that a scenario adds begin with this word, so that none can be one of OSM's.
NEW_PLACE = "neu-"

#: No CRS in metres has a coordinate beyond this.
_FARTHEST_M = 1e8
_Metre = Annotated[float, Field(ge=-_FARTHEST_M, le=_FARTHEST_M, allow_inf_nan=False)]
Xy = tuple[_Metre, _Metre]


def plain(text: str) -> str:
    """Return a text as one line without control, direction and other invisible characters."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    visible = "".join(character for character in spaced if unicodedata.category(character)[0] != "C")
    return " ".join(visible.split())


def _printable(text: str) -> str:
    if plain(text) != text:
        raise ValueError("enthält unsichtbare Zeichen oder überzählige Leerzeichen")
    return text


Name = Annotated[str, Field(max_length=120), AfterValidator(plain)]
#: Identifier of a row of a table, as it stands there.
Key = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]


class Spot(Frozen):
    """Where something is, told in exactly one way.

    Attributes
    ----------
    site, building
        Identifier of a site or a building of the tables.
    point
        A point in the metric CRS.
    """

    site: Key | None = None
    building: Key | None = None
    point: Xy | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(given is not None for given in (self.site, self.building, self.point)) != 1:
            raise ValueError("genau eine Angabe von site, building, point ist nötig")
        return self


class AddPlace(Frozen):
    """A new place.

    Attributes
    ----------
    place_id
        How later changes name it: ``neu-`` and a number.
    kind
        Kind of place.
    at
        Where.
    name
        Shown on maps and in tables.
    capacity
        In the unit of the kind (seats, beds, children); None = not known.
    """

    type: Literal["add_place"] = "add_place"
    place_id: str = Field(pattern=rf"^{NEW_PLACE}[1-9]\d{{0,5}}$")
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    at: Spot
    name: Name = ""
    capacity: float | None = Field(default=None, ge=0, le=1e6, allow_inf_nan=False)


class MovePlace(Frozen):
    """A place moves elsewhere and stays what it is."""

    type: Literal["move_place"] = "move_place"
    place_id: Key
    to: Spot


class ClosePlace(Frozen):
    """A place closes."""

    type: Literal["close_place"] = "close_place"
    place_id: Key


class ResizePlace(Frozen):
    """A place gets another capacity, in the unit of its kind."""

    type: Literal["resize_place"] = "resize_place"
    place_id: Key
    capacity: float = Field(ge=0, le=1e6, allow_inf_nan=False)


class OpenPath(Frozen):
    """A new path between two points of the network, such as a footbridge.

    It joins the network with its first and its last point and nowhere else, even where it crosses
    other paths.

    Attributes
    ----------
    points
        The line from its first to its last point; both are moved to the nearest path.
    name
        Shown on maps.
    frontage
        Whether houses and places can be entered from it. Nobody enters a house from a bridge.
    barriers
        What of it can stop a person, for example steps.
    """

    type: Literal["open_path"] = "open_path"
    points: tuple[Xy, ...] = Field(min_length=2, max_length=200)
    name: Name = ""
    frontage: bool = False
    barriers: tuple[Barrier, ...] = ()


class ClosePath(Frozen):
    """A path between two junctions closes for everybody: the one nearest to a point."""

    type: Literal["close_path"] = "close_path"
    at: Xy


class CloseGate(Frozen):
    """A path is cut at a point; both parts can still be walked."""

    type: Literal["close_gate"] = "close_gate"
    at: Xy


class OpenGate(Frozen):
    """A locked gate opens: the ends of paths that meet at a point without being joined are joined."""

    type: Literal["open_gate"] = "open_gate"
    at: Xy


class FreePath(Frozen):
    """A path loses what stops people: steps get a ramp, a kerb is lowered.

    Attributes
    ----------
    at
        A point; the nearest path with one of the barriers is meant.
    barriers
        Which of them go.
    """

    type: Literal["free_path"] = "free_path"
    at: Xy
    barriers: tuple[Barrier, ...] = Field(default=tuple(Barrier), min_length=1)


class AddHousing(Frozen):
    """New homes, told as persons or as dwellings times household size.

    Attributes
    ----------
    at
        Where.
    persons
        Residents.
    dwellings, household_size
        Number of dwellings and persons in each.
    groups
        Persons of resident groups (columns of the table of buildings); a group left out is unknown.
    name
        Shown in tables.
    """

    type: Literal["add_housing"] = "add_housing"
    at: Spot
    persons: float | None = Field(default=None, gt=0, le=1e6, allow_inf_nan=False)
    dwellings: int | None = Field(default=None, gt=0, le=1_000_000)
    household_size: float | None = Field(default=None, gt=0, le=20, allow_inf_nan=False)
    groups: dict[Key, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(
        default_factory=dict, max_length=20
    )
    name: Name = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        counted = self.dwellings is not None and self.household_size is not None
        partly = self.dwellings is not None or self.household_size is not None
        if (self.persons is not None) == counted or (self.persons is not None and partly):
            raise ValueError("nötig ist persons, oder dwellings und household_size")
        for group, people in self.groups.items():
            if people > self.residents:
                raise ValueError(f"die Gruppe „{group}“ ist größer als die Zahl der Personen")
        return self

    @property
    def residents(self) -> float:
        """Number of new residents."""
        if self.persons is not None:
            return self.persons
        return float(self.dwellings or 0) * float(self.household_size or 0)


PathChange = OpenPath | ClosePath | CloseGate | OpenGate | FreePath
Change = Annotated[
    AddPlace
    | MovePlace
    | ClosePlace
    | ResizePlace
    | OpenPath
    | ClosePath
    | CloseGate
    | OpenGate
    | FreePath
    | AddHousing,
    Field(discriminator="type"),
]
