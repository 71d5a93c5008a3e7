from __future__ import annotations

import math

import pandas as pd
import pytest

from kudequa_geo.prepare.walking_rules import (
    WAY_RULES,
    metres,
    reversed_incline,
    vertex_flags,
    way_flags,
    way_rule_index,
)


def frame(*rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame([dict(row) for row in rows], dtype="str")


# One example for every rule of the table, so that none is unreachable behind another.
EXAMPLES: dict[str, dict[str, str]] = {
    "not_built": {"highway": "construction", "foot": "yes"},
    "motorway": {"highway": "motorway_link", "foot": "yes"},
    "foot_forbidden": {"highway": "residential", "foot": "no"},
    "foot_allowed": {"highway": "cycleway", "foot": "designated"},
    "motorroad": {"highway": "primary", "motorroad": "yes"},
    "delivery_to_walking_street": {"highway": "pedestrian", "access": "delivery"},
    "access_forbidden": {"highway": "service", "access": "private"},
    "fast_with_pavement": {"highway": "trunk", "sidewalk": "right"},
    "fast": {"highway": "trunk"},
    "ramp_without_pavement": {"highway": "primary_link", "sidewalk": "no"},
    "road_tunnel_without_pavement": {"highway": "secondary", "tunnel": "yes", "sidewalk": "none"},
    "street": {"highway": "primary", "sidewalk": "no"},
    "footway": {"highway": "steps"},
    "drive_through": {"highway": "service", "service": "drive-through"},
    "service": {"highway": "service", "service": "driveway"},
    "track": {"highway": "track", "access": "agricultural"},
    "cycleway_with_pavement": {"highway": "cycleway", "sidewalk": "both"},
    "cycleway_divided": {"highway": "cycleway", "segregated": "yes"},
    "cycleway": {"highway": "cycleway"},
    "bridleway": {"highway": "bridleway"},
    "platform": {"highway": "platform"},
    "railway_platform": {"railway": "platform"},
    "stop_platform": {"public_transport": "platform"},
    "other": {"highway": "bus_guideway"},
}


@pytest.mark.parametrize("rule", WAY_RULES, ids=lambda rule: rule.key)
def test_every_rule_decides_its_example(rule):
    ways = frame(EXAMPLES[rule.key])
    assert WAY_RULES[way_rule_index(ways)[0]].key == rule.key
    assert rule.reason
    assert rule.wiki


@pytest.mark.parametrize(
    ("tags", "walk"),
    [
        ({"highway": "footway", "access": "no", "foot": "yes"}, True),
        ({"highway": "footway", "access": "private"}, False),
        ({"highway": "service", "access": "delivery"}, False),
        ({"highway": "path", "foot": "permit"}, False),
        ({"highway": "residential", "foot": "use_sidepath"}, False),
        ({"highway": "secondary", "sidewalk": "separate"}, True),
        ({"highway": "path", "bicycle": "designated"}, True),
        ({"highway": "corridor", "indoor": "yes"}, True),
        ({"highway": "bridleway", "foot": "yes"}, True),
        ({"highway": "trunk", "sidewalk:left": "yes", "sidewalk:right": "no"}, True),
        ({"highway": "trunk", "sidewalk:both": "no"}, False),
        ({"highway": "primary", "motorroad": "yes", "sidewalk": "right"}, False),
        ({"highway": "proposed", "proposed": "footway"}, False),
        ({"railway": "rail"}, False),
    ],
)
def test_who_may_walk(tags, walk):
    assert WAY_RULES[way_rule_index(frame(tags))[0]].walk is walk


def test_rules_are_decided_row_by_row():
    ways = frame(
        {"highway": "motorway"}, {"highway": "footway"}, {"highway": "motorway"}, {"highway": "track"}
    )
    keys = [WAY_RULES[position].key for position in way_rule_index(ways)]
    assert keys == ["motorway", "footway", "motorway", "track"]


def test_way_flags():
    ways = frame(
        {"highway": "steps"},
        {"highway": "steps", "ramp:wheelchair": "yes"},
        {"highway": "footway", "kerb": "raised", "bridge": "yes"},
        {"highway": "footway", "kerb": "raised", "kerb:height": "3 cm", "tunnel": "building_passage"},
        {"highway": "path", "wheelchair": "no", "oneway:foot": "yes", "bridge": "no"},
        {"highway": "path", "oneway:foot": "-1", "oneway": "yes"},
        {"highway": "path", "oneway": "yes"},
    )
    flags = way_flags(ways)
    assert flags["steps"].tolist() == [True, False, False, False, False, False, False]
    assert flags["kerb"].tolist() == [False, False, True, False, False, False, False]
    assert flags["wheelchair_no"].tolist() == [False, False, False, False, True, False, False]
    assert flags["bridge"].tolist() == [False, False, True, False, False, False, False]
    assert flags["tunnel"].tolist() == [False, False, False, True, False, False, False]
    assert flags["oneway"].tolist() == [0, 0, 0, 0, 1, -1, 0]


@pytest.mark.parametrize(
    ("tags", "flags"),
    [
        ({"barrier": "bollard"}, set()),
        ({"barrier": "bollard", "foot": "no"}, {"closed"}),
        ({"barrier": "gate"}, set()),
        ({"barrier": "gate", "access": "private"}, {"closed"}),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, set()),
        ({"barrier": "gate", "locked": "yes"}, {"closed"}),
        ({"barrier": "lift_gate", "access": "private"}, set()),
        ({"barrier": "lift_gate", "locked": "yes"}, set()),
        ({"barrier": "wall"}, {"closed"}),
        ({"barrier": "wall", "foot": "yes"}, set()),
        ({"barrier": "stile"}, {"wheelchair_no"}),
        ({"barrier": "kissing_gate"}, {"wheelchair_no"}),
        ({"barrier": "turnstile"}, {"wheelchair_no"}),
        ({"barrier": "cycle_barrier"}, {"wheelchair_no"}),
        ({"barrier": "cycle_barrier", "wheelchair": "yes"}, set()),
        ({"barrier": "bollard", "maxwidth": "0.8"}, {"wheelchair_no"}),
        ({"barrier": "bollard", "maxwidth": "1.2 m"}, set()),
        ({"barrier": "kerb", "kerb": "raised"}, {"kerb"}),
        ({"barrier": "kerb", "kerb": "rolled"}, {"kerb"}),
        ({"barrier": "kerb", "kerb": "lowered"}, set()),
        ({"barrier": "kerb", "kerb": "yes"}, set()),
        ({"kerb": "raised", "kerb:height": "0.03"}, set()),
        ({"kerb": "lowered", "kerb:height": "4 cm"}, {"kerb"}),
        ({"barrier": "step"}, {"steps"}),
        ({"highway": "bus_stop", "wheelchair": "no"}, set()),
        ({"highway": "elevator", "wheelchair": "no"}, {"wheelchair_no"}),
        ({"highway": "crossing", "access": "no"}, set()),
    ],
)
def test_what_stands_on_the_way(tags, flags):
    row = vertex_flags(frame(tags)).iloc[0]
    assert set(row.index[row]) == flags


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.03", 0.03),
        ("3 cm", 0.03),
        ("3cm", 0.03),
        ("0,03 m", 0.03),
        ("30mm", 0.03),
        ("3'", None),
        ("high", None),
    ],
)
def test_metres(text, value):
    assert math.isnan(metres(text)) if value is None else metres(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("incline", "other"),
    [
        ("up", "down"),
        ("down", "up"),
        ("5%", "-5%"),
        ("-5.5%", "5.5%"),
        ("+3°", "-3°"),
        ("0%", "0%"),
        ("yes", "yes"),
    ],
)
def test_reversed_incline(incline, other):
    assert reversed_incline(incline) == other
