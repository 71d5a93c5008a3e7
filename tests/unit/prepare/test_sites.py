from __future__ import annotations

import numpy as np
import pytest
import shapely

from kudequa_geo.prepare.sites import site_tag, sites_from_features
from kudequa_geo.schema import validate
from tests.fixtures.features import features


@pytest.mark.parametrize(
    ("tags", "site"),
    [
        ({"landuse": "brownfield"}, ("brownfield", "landuse=brownfield")),
        ({"abandoned:landuse": "industrial"}, ("brownfield", "abandoned:landuse=industrial")),
        ({"abandoned:landuse": "industrial", "landuse": "forest"}, None),
        ({"disused:landuse": "meadow"}, None),
        ({"shop": "vacant"}, ("vacancy", "shop=vacant")),
        ({"disused:shop": "bakery"}, ("vacancy", "disused:shop=bakery")),
        ({"disused:shop": "bakery", "shop": "florist"}, None),
        ({"was:amenity": "pub"}, ("vacancy", "was:amenity=pub")),
        ({"disused:amenity": "telephone"}, None),
        ({"building": "yes", "vacant": "yes"}, ("vacancy", "vacant=yes")),
        ({"building": "retail", "disused": "yes"}, ("vacancy", "disused=yes")),
        ({"building": "retail", "building:vacant": "yes"}, ("vacancy", "building:vacant=yes")),
        ({"railway": "rail", "disused": "yes"}, None),
        ({"abandoned:building": "warehouse"}, ("vacancy", "abandoned:building=warehouse")),
        ({"shop": "supermarket"}, None),
    ],
)
def test_what_is_a_site(tags, site):
    assert site_tag(tags) == site


def test_sites_table():
    sites = sites_from_features(
        features(
            (
                "w3",
                {"shop": "vacant", "building": "yes", "name": "Altes Kaufhaus"},
                (0, 0, 20, 10),
                "2023-05-06",
            ),
            ("n1", {"shop": "vacant"}, (5, 5)),
            ("n2", {"shop": "vacant", "modelled": "yes"}, (50, 50)),
            ("w9", {"landuse": "brownfield"}, (100, 100, 300, 200)),
            ("w8", {"landuse": "brownfield"}, shapely.LineString([(0, 0), (9, 9)])),
            ("n7", {"shop": "bakery"}, (0, 0)),
        )
    )
    validate("sites", sites.assign(edge_id=-1, offset_m=np.nan, to_street_m=np.nan))
    # the unnamed n1 lies in w3
    assert sites["site_id"].tolist() == ["w9", "n2", "w3"]
    assert sites["kind"].tolist() == ["brownfield", "vacancy", "vacancy"]
    assert sites["area_m2"].fillna(-1).tolist() == [20_000, -1, 200]
    assert sites["source_date"].fillna("-").tolist() == ["-", "-", "2023-05-06"]
    assert sites["modelled"].tolist() == [False, True, False]
    assert sites["name"].iloc[2] == "Altes Kaufhaus"


def test_no_site_is_an_empty_table():
    sites = sites_from_features(features(("n7", {"shop": "bakery"}, (0, 0))))
    assert sites.empty
    validate("sites", sites.assign(edge_id=-1, offset_m=np.nan, to_street_m=np.nan))
