"""Colours, shapes and classes: the same on screen, on paper and in QGIS styles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import Field, Person, Sourced
from kudequa_geo.schema import SiteKind

#: ColorBrewer YlOrRd, 5 classes: light = near, dark = far. Source: https://colorbrewer2.org
SEQUENTIAL = ("#ffffb2", "#fecc5c", "#fd8d3c", "#f03b20", "#bd0026")
#: ColorBrewer PuOr, 7 classes, centred on zero: violet = shorter, orange = longer.
DIFFERENCE = ("#542788", "#998ec3", "#d8daeb", "#f7f7f7", "#fee0b6", "#f1a340", "#b35806")
#: Homes whose walk stays as it is, on the screen.
UNCHANGED = "#d3d0cb"
#: Outlines of 5, 10 and 15 minutes around a site.
AREA_LINE = "#0b3d70"
#: Lines of the hatch over what is not connected, and the ground below it.
HATCH, HATCH_GROUND = "#3a3a3a", "#d9d9d9"
NO_DATA, NO_DATA_OUTLINE = "#ffffff", "#8c8c8c"
#: Thin outline of every building, so that light classes stay visible on the ground.
OUTLINE = "#6b5c3f"
#: Borders of coloured areas, and the homes below their colour.
UNIT_OUTLINE, HOMES = "#6b5c3f", "rgba(31, 41, 51, 0.16)"
#: The one accent: links, the limit, the path on the map.
ACCENT = "#0b4f8a"
PATH, CASING = "#0b3d70", "#ffffff"
TEXT, QUIET = "#1f2933", "#56616c"

#: Quiet grey ground; every colour is lighter than the lightest text and carries no meaning of a class.
GROUND = {
    "background": "#f4f4f2",
    "green": "#e7ebe3",
    "built": "#efeeec",
    "water": "#d5dee5",
    "building": "#e0dedb",
    "rail": "#9a9a9a",
    "motorway": "#ffffff",
    "major": "#ffffff",
    "minor": "#ffffff",
    "path": "#dcdad6",
    "casing": "#cfcdc9",
    "label": "#4d545b",
    "halo": "#ffffff",
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """Shape, colour and filling (``solid``, ``open``, ``hatched``); told apart without the colour."""

    shape: str
    colour: str
    filling: str = "solid"


#: Dark enough for a contrast of 3:1 on the ground and on every class (with the white casing drawn).
FIELD_SYMBOLS: dict[Field, Symbol] = {
    Field.LOCAL_SUPPLY: Symbol("square", "#1b5e83"),
    Field.MOBILITY: Symbol("triangle", "#3b3b8f"),
    Field.HEALTH_CARE: Symbol("cross", "#00695c"),
    Field.HOUSEHOLD_SERVICES: Symbol("diamond", "#4a4a4a"),
    Field.EDUCATION: Symbol("circle", "#6a2c70"),
    Field.LEISURE: Symbol("hexagon", "#33691e"),
}

#: Sites by shape and filling, told apart without colour: hatched area, open square, star.
SITE_SYMBOLS: dict[SiteKind, Symbol] = {
    SiteKind.BROWNFIELD: Symbol("circle", "#26323d", "hatched"),
    SiteKind.VACANCY: Symbol("square", "#26323d", "open"),
    SiteKind.LAB: Symbol("star", "#0b4f8a"),
}


class Code(IntEnum):
    """What a building is painted as: 0 to 4 are the classes, then what has no number."""

    NOT_CONNECTED = 5
    NO_DATA = 6


@dataclass(frozen=True, slots=True)
class Classes:
    """Five classes whose second border is the planning limit.

    Attributes
    ----------
    unit
        ``m`` or ``min``: what the borders are in.
    breaks
        Upper borders of the first four classes, each included in its class; the fifth is open.
    limit_index
        Position of the planning limit among ``breaks``.
    """

    unit: str
    breaks: tuple[float, float, float, float]
    limit_index: int = 1

    @property
    def limit(self) -> float:
        """The planning limit in ``unit``."""
        return self.breaks[self.limit_index]


def classes_for(limit: Sourced) -> Classes:
    """Return the classes of a limit: half, once, one and a half and twice the limit.

    Parameters
    ----------
    limit
        Planning limit in ``m`` or ``min``, above 0.
    """
    half, double = limit.value / 2, limit.value * 2
    return Classes(limit.unit, (half, limit.value, limit.value + half, double))


def in_unit(metres: ArrayLike, unit: str, person: Person) -> NDArray[np.float64]:
    """Return walks of a person in ``m`` or ``min``; NaN stays NaN."""
    values = np.asarray(metres, dtype=np.float64)
    return values / person.metres_per_minute if unit == "min" else values


def codes(values: ArrayLike, classes: Classes, *, any_place: bool = True) -> NDArray[np.uint8]:
    """Return one code per building: its class, not connected, or no data.

    Parameters
    ----------
    values
        Walk per building in the unit of the classes, shape (n,); NaN = unreachable.
    classes
        The class borders.
    any_place
        False where the data hold no place of the kind at all: nobody can tell then.

    Returns
    -------
    numpy.ndarray
        uint8, shape (n,): 0 to 4, :attr:`Code.NOT_CONNECTED` or :attr:`Code.NO_DATA`.
    """
    walks = np.asarray(values, dtype=np.float64)
    found = np.searchsorted(np.asarray(classes.breaks), walks, side="left").astype(np.uint8)
    found[np.isnan(walks)] = Code.NOT_CONNECTED
    if not any_place:
        found[:] = Code.NO_DATA
    return found
