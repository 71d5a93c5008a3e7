import pandas as pd
import pytest

from kudequa_geo.model.placenames import is_street, meeting_places, tags_from_name


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("Eving Selimiye Camii", {"amenity": "place_of_worship", "religion": "muslim"}),
        ("Sankt Barbara", {"amenity": "place_of_worship", "religion": "christian"}),
        ("Dietrich-Keuning-Haus", {"amenity": "community_centre"}),
        ("Hallenbad Scharnhorst", {"leisure": "sports_centre", "sport": "swimming"}),
        ("Martener Park", {"leisure": "park"}),
        ("Café Nordstern", {"amenity": "cafe"}),
        ("Spielplatz Grävingholz", {"leisure": "playground"}),
    ],
)
def test_a_name_tells_the_meeting_place(name, tags):
    assert tags_from_name(name) == tags


@pytest.mark.parametrize(
    "name",
    [
        "Kindergarten Sankt Barbara",
        "Parkplatz KGV Brechten",
        "Park Apotheke",
        "St.-Elisabeth Krankenhaus Dortmund-Kurl",
        "Regenbogen-Grundschule",
        "Volksbank Dortmund",
        "Turnhalle der Regenbogen-Grundschule",
    ],
)
def test_what_only_sounds_like_one_is_none(name):
    assert tags_from_name(name) == {}


def test_only_told_places_are_kept_with_their_tags():
    points = pd.DataFrame({"name": ["Aral", "Sportplatz"], "x": [1, 2]})
    kept = meeting_places(points)
    assert kept.to_dict("records") == [{"name": "Sportplatz", "x": 2, "tags": "leisure=pitch"}]


def test_a_mezzanine_is_no_street():
    assert not is_street("Zwischengeschoss Rolandstraße")
    assert is_street("Am Roten Haus")
