"""Which buildings are homes, and how much dwelling space they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.constants import ASSUMED_LEVELS, ASSUMED_LEVELS_OTHER, DWELLING_MAX_M2, DWELLING_MIN_M2
from kudequa_geo.prepare.places import osm_order

#: Values of ``building`` that are homes. Source: OSM wiki Key:building, section Accommodation.
HOMES = frozenset(
    [
        "apartments",
        "house",
        "detached",
        "semidetached_house",
        "semi",
        "terrace",
        "terraced_house",
        "residential",
        "dormitory",
        "bungalow",
        "farm",
        "houseboat",
        "static_caravan",
        "villa",
    ]
)
#: More storeys than this are a typing error.
_MAX_LEVELS = 80


@dataclass(frozen=True, slots=True)
class NoHome:
    """Why a building is no home: one of the tags, and the reason."""

    key: str
    tags: Mapping[str, frozenset[str]]
    reason: str


_ANY = frozenset({"*"})
#: For every building, whatever its value.
NOT_LIVED_IN = NoHome(
    "empty",
    {
        "abandoned": frozenset({"yes"}),
        "ruins": frozenset({"yes"}),
        "vacant": frozenset({"yes"}),
        "disused": frozenset({"yes"}),
        "location": frozenset({"underground"}),
    },
    "Nobody lives in ruins, empty or underground buildings",
)
#: For ``building=yes``, whose use is not told: what it carries itself.
USED_OTHERWISE = NoHome(
    "other_use",
    dict.fromkeys(
        [
            "amenity",
            "shop",
            "office",
            "craft",
            "industrial",
            "healthcare",
            "leisure",
            "tourism",
            "man_made",
            "power",
            "railway",
            "public_transport",
            "aeroway",
            "military",
            "historic",
            "sport",
            "club",
            "religion",
            "emergency",
        ],
        _ANY,
    ),
    "A building=yes that tells another use is not counted as a home",
)
#: For ``building=yes``: the ground it stands on.
USED_GROUND = NoHome(
    "other_ground",
    {
        "landuse": frozenset(
            [
                "industrial",
                "commercial",
                "retail",
                "railway",
                "military",
                "cemetery",
                "allotments",
                "garages",
                "port",
                "quarry",
                "landfill",
                "brownfield",
                "construction",
                "education",
                "religious",
                "greenhouse_horticulture",
                "plant_nursery",
                "depot",
                "institutional",
                "recreation_ground",
            ]
        ),
        "amenity": frozenset(
            [
                "school",
                "university",
                "college",
                "hospital",
                "kindergarten",
                "prison",
                "grave_yard",
                "fire_station",
                "police",
                "place_of_worship",
                "parking",
                "courthouse",
                "clinic",
            ]
        ),
        "leisure": frozenset(
            [
                "sports_centre",
                "stadium",
                "golf_course",
                "swimming_area",
                "water_park",
                "pitch",
                "track",
                "park",
            ]
        ),
        "tourism": frozenset(["zoo", "camp_site", "caravan_site", "theme_park"]),
    },
    "A building=yes on ground of another use is not counted as a home",
)


def residential_buildings(features: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Find the buildings people live in.

    A building of a residential value is a home. ``building=yes`` is one unless its tags, its ground or
    a footprint under 30 or over 2500 m² speak against it. All others are not.

    Parameters
    ----------
    features
        ``osm_id``, ``tags`` (dict), geometry in the metric CRS.

    Returns
    -------
    tuple
        Buildings in OSM order: ``building_id``, ``footprint_m2``, ``levels`` (NaN = not tagged),
        ``weight`` (footprint times storeys, assumed where not tagged), polygon; and how many buildings
        were judged how.
    """
    features = features.iloc[osm_order(features["osm_id"])].reset_index(drop=True)
    shapes = features.geometry.to_numpy()
    tags = features["tags"].to_list()
    area = shapely.area(shapes)
    rows = np.array(
        [row for row, tag in enumerate(tags) if tag.get("building", "no") != "no" and area[row] > 0],
        dtype=np.int64,
    )
    on_used_ground = np.zeros(len(tags), dtype=bool)
    unclear = rows[[tags[row]["building"] == "yes" for row in rows]]
    on_used_ground[unclear] = _on_used_ground(shapes, tags, unclear)
    verdicts = [verdict(tags[row], area[row], on_used_ground=bool(on_used_ground[row])) for row in rows]
    homes = rows[[judged.startswith("home") for judged in verdicts]]
    levels = np.array([tagged_levels(tags[row]) for row in homes], dtype=np.float64)
    assumed = np.array([_assumed_levels(tags[row]["building"]) for row in homes], dtype=np.float64)
    frame = pd.DataFrame(
        {
            "building_id": features["osm_id"].iloc[homes].astype("str").to_numpy(),
            "footprint_m2": area[homes],
            "levels": levels,
            "weight": area[homes] * np.where(np.isnan(levels), assumed, levels),
        }
    )
    frame["building_id"] = frame["building_id"].astype("str")
    geometry = gpd.GeoSeries(shapes[homes], crs=features.crs)
    return gpd.GeoDataFrame(frame, geometry=geometry), dict(sorted(Counter(verdicts).items()))


def verdict(tags: Mapping[str, str], area_m2: float, *, on_used_ground: bool) -> str:
    """Return how a building is judged: "home", "home_unclear" or the reason why it is none.

    Parameters
    ----------
    tags
        Tags of the building.
    area_m2
        Footprint.
    on_used_ground
        True if it stands on ground of :data:`USED_GROUND`.
    """
    value = tags["building"]
    if _meets(NOT_LIVED_IN, tags):
        return NOT_LIVED_IN.key
    if value in HOMES:
        return "home"
    if value != "yes":
        return "other_value"
    if _meets(USED_OTHERWISE, tags):
        return USED_OTHERWISE.key
    if on_used_ground:
        return USED_GROUND.key
    if area_m2 < DWELLING_MIN_M2.value:
        return "small"
    return "large" if area_m2 > DWELLING_MAX_M2.value else "home_unclear"


def _meets(rule: NoHome, tags: Mapping[str, str]) -> bool:
    return any(key in tags and (values is _ANY or tags[key] in values) for key, values in rule.tags.items())


def _on_used_ground(
    shapes: NDArray[np.object_], tags: list[dict[str, str]], rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    ground = [
        row
        for row, tag in enumerate(tags)
        if "building" not in tag and _meets(USED_GROUND, tag) and shapely.area(shapes[row]) > 0
    ]
    tree = shapely.STRtree(shapes[np.array(ground, dtype=np.int64)])
    inside = np.zeros(len(rows), dtype=bool)
    inside[tree.query(shapely.point_on_surface(shapes[rows]), predicate="within")[0]] = True
    return inside


def tagged_levels(tags: Mapping[str, str]) -> float:
    """Return the storeys a building states, NaN where it states none or no sensible number.

    Source: OSM wiki Key:building:levels.
    """
    text = tags.get("building:levels", "").split(";")[0].replace(",", ".")
    try:
        levels = float(text)
    except ValueError:
        return float("nan")
    return levels if 0 < levels <= _MAX_LEVELS else float("nan")


def _assumed_levels(building: str) -> float:
    return ASSUMED_LEVELS.get(building, ASSUMED_LEVELS_OTHER).value


def address_points(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the mapped addresses, one each, for areas in which no building is mapped.

    Parameters
    ----------
    features
        ``osm_id``, ``tags`` (dict), geometry in the metric CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of :func:`residential_buildings`: a point each, footprint 0, weight 1. An address that
        is mapped twice counts once.
    """
    features = features.iloc[osm_order(features["osm_id"])].reset_index(drop=True)
    keys = ("addr:postcode", "addr:city", "addr:street", "addr:place", "addr:housenumber")
    tags = features["tags"].to_list()
    rows = [row for row, tag in enumerate(tags) if "addr:housenumber" in tag]
    address = pd.Series([tuple(tags[row].get(key, "") for key in keys) for row in rows], dtype=object)
    chosen = np.array(rows, dtype=np.int64)[~address.duplicated().to_numpy(dtype=bool)]
    frame = pd.DataFrame(
        {
            "building_id": features["osm_id"].iloc[chosen].astype("str").to_numpy(),
            "footprint_m2": 0.0,
            "levels": np.nan,
            "weight": 1.0,
        }
    )
    frame["building_id"] = frame["building_id"].astype("str")
    points = shapely.point_on_surface(features.geometry.to_numpy()[chosen])
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, crs=features.crs))
