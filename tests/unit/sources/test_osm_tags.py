"""Which objects are read, and as what."""

from __future__ import annotations

import pytest

from kudequa_geo.sources.osm_tags import (
    ALL_KEYS,
    HIGHWAY_TAGS,
    VERTEX_KEYS,
    VERTEX_TAGS,
    is_area_way,
    is_feature_node,
    is_feature_way,
    is_walkable_line,
)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"shop": "vacant"}, True),
        ({"disused:shop": "bakery"}, True),
        ({"was:amenity": "pub"}, True),
        ({"highway": "bus_stop"}, True),
        ({"highway": "crossing"}, False),
        ({"railway": "tram_stop"}, True),
        ({"railway": "switch"}, False),
        ({"natural": "tree"}, False),
        ({"landuse": "brownfield"}, True),
        ({"addr:housenumber": "3"}, True),
        ({"barrier": "gate"}, False),
    ],
)
def test_nodes(tags: dict[str, str], expected: bool) -> None:
    assert is_feature_node(tags) is expected


@pytest.mark.parametrize(
    ("tags", "walkable", "feature"),
    [
        ({"highway": "footway"}, True, False),
        ({"highway": "motorway"}, True, False),
        ({"railway": "platform"}, True, True),
        ({"public_transport": "platform", "bus": "yes"}, True, True),
        ({"railway": "rail"}, False, True),
        ({"building": "yes", "vacant": "yes"}, False, True),
        ({"boundary": "administrative"}, False, False),
    ],
)
def test_ways(tags: dict[str, str], walkable: bool, feature: bool) -> None:
    assert is_walkable_line(tags) is walkable
    assert is_feature_way(tags) is feature


@pytest.mark.parametrize(
    ("tags", "area"),
    [
        ({"building": "yes"}, True),
        ({"railway": "tram"}, False),
        ({"railway": "tram", "area": "yes"}, True),
        ({"waterway": "river"}, False),
        ({"waterway": "riverbank"}, True),
        ({"leisure": "track", "area": "no"}, False),
    ],
)
def test_closed_ways(tags: dict[str, str], area: bool) -> None:
    assert is_area_way(tags) is area


def test_every_key_that_decides_is_read() -> None:
    assert set(VERTEX_TAGS) >= VERTEX_KEYS
    assert VERTEX_KEYS <= ALL_KEYS
    assert len(set(HIGHWAY_TAGS)) == len(HIGHWAY_TAGS)
