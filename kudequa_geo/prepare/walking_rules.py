"""Who may walk where: one rule table for ways, one for what stands on them.

The first rule that fits a way decides. Tags are OpenStreetMap's; each rule
carries its reason and the wiki page it follows. Rights of way are Germany's
(StVO, BNatSchG § 59).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.constants import KERB_MAX_M, PASSAGE_MIN_M

BoolArray = NDArray[np.bool_]

_ALLOWED = ("yes", "designated", "permissive", "destination", "official", "customers", "public")
_FORBIDDEN = (
    "no",
    "private",
    "residents",
    "military",
    "emergency",
    "employees",
    "staff",
    "permit",
    "delivery",
)
_PAVEMENT = ("yes", "both", "left", "right")
_NO_PAVEMENT = ("no", "none")
_FAST = ("trunk", "trunk_link")
_MAIN = ("primary", "secondary", "tertiary", "primary_link", "secondary_link", "tertiary_link")
_LINKS = ("primary_link", "secondary_link")
_PLATFORM = ("platform",)


@dataclass(frozen=True, slots=True)
class WayRule:
    """Whether people walk on ways with certain tags.

    Attributes
    ----------
    key
        Name of the rule in reports.
    walk
        True where people may and do walk.
    tags
        Tag keys with the values they must all have; ``"*"`` is any value.
    reason
        Why.
    wiki
        Page of the OSM wiki.
    """

    key: str
    walk: bool
    tags: Mapping[str, tuple[str, ...]]
    reason: str
    wiki: str = field(default="Key:highway")


#: Checked in order; the first that fits decides, the last fits every way.
WAY_RULES: tuple[WayRule, ...] = (
    WayRule(
        "not_built",
        False,
        {
            "highway": (
                "construction",
                "proposed",
                "planned",
                "abandoned",
                "disused",
                "razed",
                "demolished",
                "no",
            )
        },
        "Not there, or not yet",
        "Tag:highway=construction",
    ),
    WayRule(
        "motorway",
        False,
        {"highway": ("motorway", "motorway_link", "raceway", "escape", "services", "rest_area")},
        "StVO § 18: nobody walks on a motorway, whatever else is tagged",
        "Tag:highway=motorway",
    ),
    WayRule(
        "foot_forbidden", False, {"foot": (*_FORBIDDEN, "use_sidepath")}, "Walking is forbidden", "Key:foot"
    ),
    WayRule("foot_allowed", True, {"foot": _ALLOWED}, "Walking is allowed by sign or by use", "Key:foot"),
    WayRule(
        "motorroad",
        False,
        {"motorroad": ("yes",)},
        "StVO § 18: a Kraftfahrstraße is closed to people on foot",
        "Key:motorroad",
    ),
    WayRule(
        "delivery_to_walking_street",
        True,
        {"highway": ("pedestrian", "living_street", "footway"), "access": ("delivery",)},
        "The sign lets delivery vehicles in; the street itself is made for people on foot",
        "Tag:highway=pedestrian",
    ),
    WayRule("access_forbidden", False, {"access": _FORBIDDEN}, "Closed to the public", "Key:access"),
    WayRule(
        "fast_with_pavement",
        True,
        {"highway": _FAST, "sidewalk": _PAVEMENT},
        "A trunk road with a pavement is walked on",
        "Key:sidewalk",
    ),
    WayRule(
        "fast", False, {"highway": _FAST}, "Built like a motorway, without a pavement", "Tag:highway=trunk"
    ),
    WayRule(
        "ramp_without_pavement",
        False,
        {"highway": _LINKS, "sidewalk": _NO_PAVEMENT},
        "Slip roads without a pavement serve cars alone",
        "Tag:highway=primary_link",
    ),
    WayRule(
        "road_tunnel_without_pavement",
        False,
        {"highway": _MAIN, "tunnel": ("yes",), "sidewalk": _NO_PAVEMENT},
        "Nobody walks through a road tunnel without a pavement",
        "Key:tunnel",
    ),
    WayRule(
        "street",
        True,
        {"highway": (*_MAIN, "unclassified", "residential", "living_street", "road")},
        "StVO § 25: on the pavement, or along the edge where there is none; "
        "sidewalk=no or separate does not forbid to walk or to cross",
        "Key:sidewalk",
    ),
    WayRule(
        "footway",
        True,
        {"highway": ("footway", "pedestrian", "steps", "path", "crossing", "corridor", "elevator")},
        "Made for people on foot; indoor passages and lifts belong to it",
        "Tag:highway=footway",
    ),
    WayRule(
        "drive_through", False, {"service": ("drive-through",)}, "Cars only", "Tag:service=drive-through"
    ),
    WayRule(
        "service",
        True,
        {"highway": ("service",)},
        "Yards, car parks and driveways are walked on unless closed",
        "Tag:highway=service",
    ),
    WayRule(
        "track",
        True,
        {"highway": ("track",)},
        "BNatSchG § 59: everybody may walk on ways in the open country; "
        "agricultural or forestry access restricts vehicles",
        "Tag:highway=track",
    ),
    WayRule(
        "cycleway_with_pavement",
        True,
        {"highway": ("cycleway",), "sidewalk": _PAVEMENT},
        "A cycleway with a pavement beside it",
        "Tag:highway=cycleway",
    ),
    WayRule(
        "cycleway_divided",
        True,
        {"highway": ("cycleway",), "segregated": ("yes",)},
        "Divided between cyclists and people on foot (StVO sign 241)",
        "Key:segregated",
    ),
    WayRule(
        "cycleway",
        False,
        {"highway": ("cycleway",)},
        "For cyclists alone (StVO sign 237)",
        "Tag:highway=cycleway",
    ),
    WayRule(
        "bridleway",
        False,
        {"highway": ("bridleway",)},
        "For riders alone (StVO sign 238)",
        "Tag:highway=bridleway",
    ),
    WayRule("platform", True, {"highway": _PLATFORM}, "People wait and walk there", "Tag:highway=platform"),
    WayRule(
        "railway_platform", True, {"railway": _PLATFORM}, "People wait and walk there", "Tag:railway=platform"
    ),
    WayRule(
        "stop_platform",
        True,
        {"public_transport": _PLATFORM},
        "People wait and walk there",
        "Tag:public_transport=platform",
    ),
    WayRule("other", False, {}, "No class that people are known to walk on"),
)

#: Barriers a closed gate makes impassable; at the others people on foot slip by.
_GATES = (
    "gate",
    "wicket_gate",
    "kissing_gate",
    "door",
    "sliding_gate",
    "sliding_beam",
    "hampshire_gate",
    "turnstile",
    "full-height_turnstile",
    "sally_port",
    "border_control",
    "security_gate",
)
_WALLS = ("wall", "city_wall", "fence", "hedge", "retaining_wall")
#: Too narrow or too high for a wheelchair unless tagged otherwise.
_NARROW = (
    "stile",
    "kissing_gate",
    "turnstile",
    "full-height_turnstile",
    "cycle_barrier",
    "squeeze",
    "log",
    "horse_stile",
)
_HIGH_KERBS = ("raised", "rolled")


def _matches(frame: pd.DataFrame, tags: Mapping[str, tuple[str, ...]]) -> BoolArray:
    """Return which rows carry all of the tags; a column the frame lacks is unknown everywhere."""
    fits = np.ones(len(frame), dtype=bool)
    for key, values in tags.items():
        if key not in frame.columns:
            return np.zeros(len(frame), dtype=bool)
        fits &= _is_one_of(frame[key], values)
    return fits


def _is_one_of(column: pd.Series, values: tuple[str, ...]) -> BoolArray:
    if "*" in values:
        return np.asarray(column.notna(), dtype=bool)
    return np.asarray(column.isin(values), dtype=bool)


def _column(frame: pd.DataFrame, key: str) -> pd.Series:
    if key in frame.columns:
        return frame[key]
    return pd.Series(None, index=frame.index, dtype="str")


def way_rule_index(highways: pd.DataFrame) -> NDArray[np.int64]:
    """Return for every way the position of its rule in :data:`WAY_RULES`.

    Parameters
    ----------
    highways
        One row per way with one nullable text column per OSM key.

    Returns
    -------
    numpy.ndarray
        int64, in row order.
    """
    highways = highways.assign(sidewalk=_sidewalk(highways))
    # Many ways share their tags: decide once for each distinct set.
    keys = sorted({key for rule in WAY_RULES for key in rule.tags} & set(highways.columns))
    codes = pd.DataFrame({key: pd.factorize(highways[key])[0] for key in keys}, index=highways.index)
    distinct = codes.drop_duplicates()
    row = codes.merge(distinct.assign(row=np.arange(len(distinct))), how="left", on=keys)["row"].to_numpy()
    sample = highways.loc[distinct.index, keys]
    decided = np.full(len(sample), -1, dtype=np.int64)
    for position, rule in enumerate(WAY_RULES):
        decided[(decided < 0) & _matches(sample, rule.tags)] = position
    found: NDArray[np.int64] = decided[row]
    return found


def _sidewalk(highways: pd.DataFrame) -> pd.Series:
    """Return ``sidewalk``, and where it is missing what is said of its sides."""
    sidewalk = _column(highways, "sidewalk")
    for key in ("sidewalk:both", "sidewalk:right", "sidewalk:left"):
        sidewalk = sidewalk.where(sidewalk.notna() & ~sidewalk.isin(_NO_PAVEMENT), _column(highways, key))
    return sidewalk.fillna(_column(highways, "sidewalk"))


def way_flags(highways: pd.DataFrame) -> pd.DataFrame:
    """Return what on each way can stop a person, and the one direction it may be walked in.

    A stair with a wheelchair ramp, or tagged ``wheelchair=yes``, is no barrier.

    Parameters
    ----------
    highways
        One row per way with one nullable text column per OSM key.

    Returns
    -------
    pandas.DataFrame
        Same index: ``steps``, ``kerb``, ``wheelchair_no``, ``bridge``, ``tunnel`` (bool);
        ``oneway`` (int8: 1 = along the way, -1 = against it, 0 = both).

    Source: OSM wiki Key:oneway:foot, Key:kerb, Key:ramp:wheelchair, Key:wheelchair.
    """
    ramp = _column(highways, "ramp:wheelchair").isin(["yes"]) | _column(highways, "wheelchair").isin(
        ["yes", "designated"]
    )
    oneway = _column(highways, "oneway:foot")
    return pd.DataFrame(
        {
            "steps": _column(highways, "highway").isin(["steps"]) & ~ramp,
            "kerb": high_kerb(highways),
            "wheelchair_no": _column(highways, "wheelchair").isin(["no"]),
            "bridge": _is_built(_column(highways, "bridge")),
            "tunnel": _is_built(_column(highways, "tunnel")),
            "oneway": oneway.isin(["yes", "1", "true"]).astype("int8")
            - oneway.isin(["-1", "reverse"]).astype("int8"),
        },
        index=highways.index,
    )


def _is_built(column: pd.Series) -> pd.Series:
    return column.notna() & ~column.isin(["no"])


def vertex_flags(vertices: pd.DataFrame) -> pd.DataFrame:
    """Return which points of ways cannot be passed, and by whom.

    A bollard, a lift gate or a chain stops vehicles only. A gate stops everyone when it is
    locked or private; a stile, a cycle barrier or a gap under 0.90 m stops wheelchairs.
    A ``wheelchair=no`` counts on barriers, kerbs and lifts; at a bus stop it speaks of the stop.

    Parameters
    ----------
    vertices
        Indexed by OSM node id, one nullable text column per OSM key.

    Returns
    -------
    pandas.DataFrame
        Same index, bool columns ``closed`` (nobody passes), ``steps``, ``kerb``, ``wheelchair_no``.

    Source: OSM wiki Key:barrier, Key:kerb; DIN 18040-3 for kerbs and passages.
    """
    barrier = _column(vertices, "barrier")
    foot, access = _column(vertices, "foot"), _column(vertices, "access")
    may_pass = foot.isin(_ALLOWED)
    forbidden = foot.isin(_FORBIDDEN) | (access.isin(_FORBIDDEN) & ~may_pass)
    locked = _column(vertices, "locked").isin(["yes"]) & ~may_pass
    gate = barrier.isin(_GATES) & (forbidden | locked)
    wall = barrier.isin(_WALLS) & ~may_pass & ~access.isin(_ALLOWED)
    wheelchair = _column(vertices, "wheelchair")
    welcome = wheelchair.isin(["yes", "designated", "limited"])
    speaks = (
        barrier.notna() | _column(vertices, "kerb").notna() | _column(vertices, "highway").isin(["elevator"])
    )
    width = _unique_map(_column(vertices, "maxwidth"), metres)
    narrow = (barrier.isin(_NARROW) | (barrier.notna() & (width < PASSAGE_MIN_M.value))) & ~welcome
    return pd.DataFrame(
        {
            "closed": gate | wall | (barrier.notna() & foot.isin(_FORBIDDEN)),
            "steps": barrier.isin(["step"]),
            "kerb": high_kerb(vertices),
            "wheelchair_no": narrow | (speaks & wheelchair.isin(["no"])),
        },
        index=vertices.index,
    )


def high_kerb(frame: pd.DataFrame) -> pd.Series:
    """Return where a kerb is known to be higher than 3 cm.

    A measured ``kerb:height`` decides; without one, raised and rolled kerbs are higher. A kerb
    of unknown height stops nobody.

    Source: DIN 18040-3; OSM wiki Key:kerb.
    """
    height = _unique_map(_column(frame, "kerb:height"), metres)
    high = (height > KERB_MAX_M.value + 1e-9) | (height.isna() & _column(frame, "kerb").isin(_HIGH_KERBS))
    return high.rename("kerb")


def _unique_map(column: pd.Series, function: Callable[[str], float]) -> pd.Series:
    values = pd.Series(np.nan, index=column.index, dtype="float64")
    known = column.notna().to_numpy()
    values[known] = [function(text) for text in column[known]]
    return values


_SIGNED_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<value>\d.*)")
_UNITS_M = {"m": 1.0, "cm": 0.01, "mm": 0.001, "": 1.0}


def metres(text: str) -> float:
    """Return a length as OSM writes it ("0.03", "3 cm", "0,03 m") in metres, NaN if it is no length.

    Source: OSM wiki Map features/Units (metres where no unit is given).
    """
    compact = text.strip().lower().replace(",", ".").replace(" ", "")
    number = compact.rstrip("cm")
    try:
        value = float(number)
        return value * _UNITS_M[compact[len(number) :]]
    except (ValueError, KeyError):
        return float("nan")


def reversed_incline(incline: str) -> str:
    """Return an incline as it is when walked the other way ("up" to "down", "5%" to "-5%").

    Source: OSM wiki Key:incline.
    """
    swapped = {"up": "down", "down": "up"}.get(incline)
    if swapped is not None:
        return swapped
    number = _SIGNED_NUMBER.fullmatch(incline)
    if number is None or not number["value"].strip("0., %°"):
        return incline
    return number["value"] if number["sign"] == "-" else f"-{number['value']}"
