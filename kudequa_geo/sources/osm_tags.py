"""Which OSM tags are read, and which objects are of interest.

Source of the keys: https://wiki.openstreetmap.org/wiki/Map_features
"""

from __future__ import annotations

from collections.abc import Mapping

#: Columns of the highways table.
HIGHWAY_TAGS = (
    "highway",
    "name",
    "ref",
    "foot",
    "access",
    "bicycle",
    "motorroad",
    "sidewalk",
    "sidewalk:both",
    "sidewalk:left",
    "sidewalk:right",
    "footway",
    "service",
    "segregated",
    "surface",
    "smoothness",
    "incline",
    "lit",
    "width",
    "bridge",
    "tunnel",
    "layer",
    "kerb",
    "kerb:height",
    "wheelchair",
    "oneway",
    "oneway:foot",
    "area",
    "ramp",
    "ramp:wheelchair",
    "step_count",
    "handrail",
    "conveying",
    "junction",
    "indoor",
    "level",
    "construction",
    "railway",
    "public_transport",
    "locked",
)

#: Columns of the vertices table.
VERTEX_TAGS = (
    "barrier",
    "kerb",
    "kerb:height",
    "foot",
    "access",
    "wheelchair",
    "highway",
    "crossing",
    "locked",
    "maxwidth",
    "width",
)
#: A node of the network is looked at when it has one of these.
VERTEX_KEYS = frozenset(
    {"barrier", "kerb", "kerb:height", "foot", "access", "wheelchair", "highway", "crossing"}
)

_PLACE_KEYS = (
    "shop",
    "amenity",
    "healthcare",
    "social_facility",
    "leisure",
    "sport",
    "craft",
    "office",
    "club",
    "tourism",
)
_LIFECYCLE = ("disused", "abandoned", "was")
_FORMER_KEYS = tuple(
    f"{prefix}:{key}" for prefix in _LIFECYCLE for key in (*_PLACE_KEYS, "building", "landuse")
)
_AREA_KEYS = ("landuse", "natural", "waterway", "building")

#: Keys of features: with one of these an object is read at all.
FEATURE_KEYS = frozenset(
    {
        *_PLACE_KEYS,
        *_FORMER_KEYS,
        *_AREA_KEYS,
        "public_transport",
        "railway",
        "place",
        "vacant",
        "addr:housenumber",
    }
)
#: Keys whose single nodes are of interest whatever their value (no single trees, weirs, signals).
_NODE_KEYS = FEATURE_KEYS - {*_AREA_KEYS, "railway"} | {"building"}
_NODE_VALUES = {
    "highway": frozenset({"bus_stop", "platform"}),
    "railway": frozenset({"station", "halt", "tram_stop", "stop", "platform", "subway_entrance"}),
    "natural": frozenset({"peak", "spring"}),
    "landuse": frozenset({"brownfield"}),
}
_LINE_VALUES = {
    "railway": frozenset(
        {"rail", "tram", "light_rail", "subway", "narrow_gauge", "miniature", "disused", "abandoned"}
    ),
    "waterway": frozenset({"river", "stream", "canal", "ditch", "drain"}),
    "natural": frozenset({"tree_row", "cliff", "coastline", "ridge"}),
}
#: Ways people walk on although they are no highway.
_WALKABLE = {"railway": "platform", "public_transport": "platform"}
ALL_KEYS = frozenset({*FEATURE_KEYS, *VERTEX_KEYS, "boundary", "modelled"})


def is_feature_node(tags: Mapping[str, str]) -> bool:
    """Tell whether a node is a place, a stop, a site or an address."""
    if not _NODE_KEYS.isdisjoint(tags):
        return True
    return any(tags.get(key) in values for key, values in _NODE_VALUES.items())


def is_feature_way(tags: Mapping[str, str]) -> bool:
    """Tell whether a way or relation is a place, an area, a line of the ground map or a site."""
    return not FEATURE_KEYS.isdisjoint(tags)


def is_walkable_line(tags: Mapping[str, str]) -> bool:
    """Tell whether a way belongs to the highways table: every highway, and platforms."""
    return "highway" in tags or any(tags.get(key) == value for key, value in _WALKABLE.items())


def is_area_way(tags: Mapping[str, str]) -> bool:
    """Tell whether a closed way stands for the area inside it and not for a loop of track or water."""
    area = tags.get("area")
    if area is not None:
        return area != "no"
    return not any(tags.get(key) in values for key, values in _LINE_VALUES.items())
