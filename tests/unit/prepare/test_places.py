from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from kudequa_geo.kinds import load_kinds
from kudequa_geo.prepare.places import capacity, is_closed, places_by_kind
from kudequa_geo.schema import validate
from tests.fixtures.features import features

KINDS = load_kinds()


def kinds_of(tags):
    places, _ = places_by_kind(features(("n1", tags, (0, 0))), [*KINDS.values()])
    return set(places["kind"])


def test_every_kind_is_sourced():
    assert len(KINDS) == 34
    for kind in KINDS.values():
        numbers = [kind.limit, *([kind.merge] if kind.merge else [])]
        for number in numbers:
            assert number.source
            assert number.assumption == number.source.startswith("Annahme"), kind.key
        assert all(rule.wiki.startswith(("Tag:", "Key:")) for rule in kind.rules)
    assert {kind.field.value for kind in KINDS.values()} == {
        "local_supply", "mobility", "health_care", "household_services", "education", "leisure",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "kinds"),
    [
        ({"shop": "supermarket"}, {"supermarket"}),
        ({"shop": "kiosk", "post_office": "post_partner"}, {"convenience", "post"}),
        ({"shop": "chemist"}, {"drugstore"}),
        ({"shop": "vacant"}, set()),
        ({"disused:shop": "supermarket"}, set()),
        ({"was:shop": "bakery"}, set()),
        ({"shop": "bakery", "disused": "yes"}, set()),
        ({"shop": "bakery", "opening_hours": "closed"}, set()),
        ({"highway": "bus_stop"}, {"bus_stop"}),
        ({"public_transport": "platform", "bus": "yes"}, {"bus_stop"}),
        ({"public_transport": "platform"}, {"bus_stop"}),
        ({"public_transport": "platform", "railway": "platform"}, set()),
        ({"public_transport": "platform", "tram": "yes"}, {"tram_stop"}),
        ({"public_transport": "platform", "tram": "yes", "bus": "yes"}, {"bus_stop", "tram_stop"}),
        ({"railway": "tram_stop"}, {"tram_stop"}),
        ({"railway": "station"}, {"railway_station"}),
        ({"railway": "halt"}, {"railway_station"}),
        ({"railway": "station", "station": "light_rail"}, {"tram_stop"}),
        ({"railway": "station", "train": "yes", "light_rail": "yes"}, {"railway_station"}),
        ({"amenity": "doctors"}, {"gp"}),
        ({"amenity": "doctors", "healthcare:speciality": "ophthalmology"}, set()),
        ({"amenity": "doctors", "healthcare:speciality": "cardiology;general"}, {"gp"}),
        ({"amenity": "doctors", "healthcare": "dentist"}, {"dentist"}),
        ({"healthcare": "dentist"}, {"dentist"}),
        ({"amenity": "social_facility", "social_facility": "nursing_home"}, {"care_home"}),
        ({"amenity": "social_facility", "social_facility": "food_bank"}, {"social_facility"}),
        ({"amenity": "social_facility", "social_facility": "outreach"}, {"social_facility", "counselling"}),
        ({"amenity": "vending_machine", "vending": "parcel_pickup;parcel_mail_in"}, {"post"}),
        ({"amenity": "vending_machine", "vending": "cigarettes"}, set()),
        ({"amenity": "kindergarten"}, {"kita"}),
        ({"amenity": "school"}, set()),
        ({"amenity": "school", "isced:level": "1;2"}, {"primary_school"}),
        ({"amenity": "school", "name": "Brüder-Grimm-GRUNDSCHULE"}, {"primary_school"}),
        ({"amenity": "school", "name": "Volkshochschule"}, {"adult_education"}),
        ({"leisure": "playground", "access": "private"}, set()),
        ({"leisure": "swimming_pool"}, set()),
        ({"leisure": "swimming_pool", "name": "Südbad"}, {"swimming"}),
        ({"leisure": "sports_centre", "sport": "swimming"}, {"sports", "swimming"}),
    ],
)
def test_what_is_of_which_kind(tags, kinds):
    assert kinds_of(tags) == kinds


def test_closed_tags():
    assert is_closed({"shop": "vacant"})
    assert not is_closed({"shop": "supermarket", "disused:shop": "bakery"})


def found(*given, kind="supermarket"):
    places, report = places_by_kind(features(*given), [KINDS[kind]])
    snapped = places.assign(edge_id=-1, offset_m=np.nan, to_street_m=np.nan)
    validate("places", snapped)
    return places, report


def test_node_and_building_of_one_shop_are_one_place():
    places, report = found(
        (
            "w7",
            {"shop": "supermarket", "brand": "REWE", "opening_hours": "Mo-Sa 07:00-22:00"},
            (0, 0, 40, 40),
            "2020-01-01",
        ),
        ("n3", {"shop": "supermarket", "name": "Rewe"}, (60, 20), "2015-01-01"),
        ("n4", {"shop": "supermarket", "name": "REWE"}, (95, 20)),
        ("n5", {"shop": "supermarket", "name": "Lidl"}, (20, 20)),
    )
    # n4 is 55 m from the building but 35 m from n3, with which it shares the name
    assert places["place_id"].tolist() == ["n3-supermarket", "n5-supermarket"]
    assert report.merged[["kept", "dropped"]].to_numpy().tolist() == [["n3", "n4"], ["n3", "w7"]]
    first = places.iloc[0]
    assert (first["name"], first["brand"], first["opening_hours"]) == ("Rewe", "REWE", "Mo-Sa 07:00-22:00")
    assert str(first["last_edit"]) == "2020-01-01 00:00:00+00:00"
    assert first.geometry == shapely.Point(60, 20)


def test_shops_of_one_chain_farther_apart_are_two():
    places, report = found(
        ("n1", {"shop": "supermarket", "name": "Lidl"}, (0, 0)),
        ("n2", {"shop": "supermarket", "name": "Lidl"}, (50.1, 0)),
    )
    assert len(places) == 2
    assert report.merged.empty


def test_unnamed_building_does_not_join_the_practices_in_it():
    places, report = found(
        ("w1", {"amenity": "doctors"}, (0, 0, 40, 40)),
        ("n1", {"amenity": "doctors", "name": "Dr. A"}, (10, 10)),
        ("n2", {"amenity": "doctors", "name": "Dr. B"}, (30, 30)),
        kind="gp",
    )
    assert places["osm_id"].tolist() == ["n1", "n2"]
    assert report.merged["dropped"].tolist() == ["w1"]


def test_unnamed_parts_belong_to_the_ground_around_them():
    places, _ = found(
        ("w1", {"leisure": "playground", "name": "Am Bach", "capacity": "20"}, (0, 0, 40, 40)),
        ("n1", {"leisure": "playground"}, (10, 10)),
        ("n2", {"leisure": "playground"}, (80, 10)),
        kind="playground",
    )
    assert places["osm_id"].tolist() == ["n1", "n2"]
    assert places["name"].fillna("-").tolist() == ["Am Bach", "-"]
    assert places["capacity"].iloc[0] == 20


def test_platforms_of_one_stop_are_one_place_in_the_middle():
    stop = {"highway": "bus_stop", "name": "Markt"}
    places, report = found(
        ("n9", stop, (0, 0)),
        ("n2", stop, (140, 0)),
        ("n3", stop, (280, 0)),
        ("n4", {"highway": "bus_stop"}, (300, 0)),
        ("n5", {"highway": "bus_stop", "name": "Rathaus"}, (141, 0)),
        ("n6", stop, (900, 0)),
        kind="bus_stop",
    )
    # a chain of 140 m steps is one cluster; n2 lies in its middle; the unnamed n4 belongs to n3
    assert places["osm_id"].tolist() == ["n2", "n5", "n6"]
    assert report.merged["dropped"].tolist() == ["n3", "n4", "n9"]


def test_unknown_is_missing_and_modelled_is_told():
    places, _ = found(("n1", {"shop": "supermarket", "modelled": "yes"}, (0, 0)))
    row = places.iloc[0]
    assert row["modelled"]
    assert places[["name", "brand", "wheelchair", "capacity", "last_edit"]].isna().all(axis=None)
    assert row["source"] == "OpenStreetMap"


def test_area_is_a_point_inside_it():
    bent = shapely.Polygon([(0, 0), (100, 0), (100, 100), (90, 100), (90, 10), (0, 10)])
    places, _ = found(("w1", {"leisure": "park"}, bent), kind="park")
    assert bent.contains(places.geometry.iloc[0])


def test_nothing_found_is_an_empty_table():
    places, report = found(("n1", {"amenity": "bench"}, (0, 0)))
    assert places.empty
    assert report.merged.empty
    assert str(places.crs) == "EPSG:25832"


@pytest.mark.parametrize(
    ("text", "value"), [("30", 30.0), ("", None), ("many", None), ("-1", None), ("nan", None), ("inf", None)]
)
def test_capacity(text, value):
    assert np.isnan(capacity(text)) if value is None else capacity(text) == value


POINTS = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda at: (at[0] * 10.0, at[1] * 10.0))
NAMES = st.sampled_from([{}, {"name": "A"}, {"name": "B"}, {"brand": "A"}])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(POINTS, NAMES), min_size=1, max_size=12), st.randoms(use_true_random=False))
@pytest.mark.parametrize("key", ["supermarket", "bus_stop"])
def test_row_order_does_not_matter(key, given_points, random):
    tags = next(iter(KINDS[key].rules)).tags
    own = {name: values[0] for name, values in tags.items()}
    rows = [(f"n{number}", {**own, **name}, at) for number, (at, name) in enumerate(given_points)]
    expected, report = places_by_kind(features(*rows), [KINDS[key]])
    random.shuffle(rows)
    places, other_report = places_by_kind(features(*rows), [KINDS[key]])
    assert_frame_equal(places, expected)
    assert_frame_equal(other_report.merged, report.merged)
    assert len(places) + len(report.merged) == len(rows)
