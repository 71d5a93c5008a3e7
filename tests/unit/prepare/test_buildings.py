from __future__ import annotations

import numpy as np
import pytest

from kudequa_geo.constants import ASSUMED_LEVELS
from kudequa_geo.prepare.buildings import address_points, residential_buildings, tagged_levels, verdict
from tests.fixtures.features import features


@pytest.mark.parametrize(
    ("tags", "area_m2", "judged"),
    [
        ({"building": "apartments"}, 200, "home"),
        ({"building": "house"}, 20, "home"),
        ({"building": "house", "amenity": "cafe"}, 90, "home"),
        ({"building": "house", "abandoned": "yes"}, 90, "empty"),
        ({"building": "garage"}, 20, "other_value"),
        ({"building": "retail"}, 900, "other_value"),
        ({"building": "yes"}, 90, "home_unclear"),
        ({"building": "yes"}, 29.9, "small"),
        ({"building": "yes"}, 2501, "large"),
        ({"building": "yes", "shop": "bakery"}, 90, "other_use"),
        ({"building": "yes", "vacant": "yes"}, 90, "empty"),
    ],
)
def test_which_building_is_a_home(tags, area_m2, judged):
    assert verdict(tags, area_m2, on_used_ground=False) == judged


def test_homes_with_their_space():
    homes, counts = residential_buildings(
        features(
            ("w5", {"building": "yes"}, (0, 0, 10, 10)),
            ("w2", {"building": "apartments", "building:levels": "6"}, (20, 0, 30, 20)),
            ("w3", {"building": "apartments"}, (40, 0, 50, 10)),
            ("w9", {"landuse": "industrial"}, (100, 0, 200, 100)),
            ("w4", {"building": "yes"}, (110, 10, 120, 20)),
            ("w6", {"building": "house"}, (130, 10, 140, 20)),
            ("w7", {"building": "garages"}, (60, 0, 70, 10)),
            ("n1", {"building": "yes"}, (0, 0)),
            ("w8", {"building": "no"}, (80, 0, 90, 10)),
        )
    )
    assert homes["building_id"].tolist() == ["w2", "w3", "w5", "w6"]
    assert homes["footprint_m2"].tolist() == [200, 100, 100, 100]
    assert homes["levels"].fillna(-1).tolist() == [6, -1, -1, -1]
    assert homes["weight"].tolist() == [1200, 100 * ASSUMED_LEVELS["apartments"].value, 200, 200]
    assert counts == {"home": 3, "home_unclear": 1, "other_ground": 1, "other_value": 1}


def test_no_building_is_an_empty_table():
    homes, counts = residential_buildings(features(("n1", {"shop": "bakery"}, (0, 0))))
    assert homes.empty
    assert counts == {}
    assert list(homes.columns) == ["building_id", "footprint_m2", "levels", "weight", "geometry"]


@pytest.mark.parametrize(
    ("text", "levels"),
    [("3", 3.0), ("2.5", 2.5), ("2,5", 2.5), ("3;4", 3.0), ("0", None), ("500", None), ("EG", None)],
)
def test_levels(text, levels):
    found = tagged_levels({"building:levels": text})
    assert np.isnan(found) if levels is None else found == levels


def test_an_address_counts_once():
    lane = {"addr:street": "Am Bach", "addr:housenumber": "1"}
    points = address_points(
        features(
            ("w3", lane | {"building": "yes"}, (0, 0, 10, 10)),
            ("n8", lane, (5, 5)),
            ("n9", lane | {"addr:housenumber": "2"}, (25, 5)),
            ("n2", {"shop": "bakery"}, (0, 0)),
        )
    )
    assert points["building_id"].tolist() == ["n8", "n9"]
    assert points["weight"].tolist() == [1, 1]
    assert points["footprint_m2"].tolist() == [0, 0]
