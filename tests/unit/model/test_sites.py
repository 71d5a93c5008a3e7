import pytest

from kudequa_geo import schema
from kudequa_geo.model.sites import NAMED_SITES, named_sites


def test_a_circle_has_exactly_the_stated_hectares_and_says_that_it_is_one():
    sites = named_sites("EPSG:25832").set_index("site_id")
    site = sites.loc["westfalenhuette"]
    assert site["area_approximate"]
    assert site.geometry.area == pytest.approx(4_500_000)
    assert site["area_m2"] == 4_500_000


def test_a_place_without_stated_area_is_a_point_of_unknown_size():
    site = named_sites("EPSG:25832").set_index("site_id").loc["lab-marten"]
    assert site.geometry.geom_type == "Point"
    assert site["area_m2"] != site["area_m2"]
    assert not site["area_approximate"]


def test_every_site_cites_its_page():
    for site in NAMED_SITES:
        assert site.source
        assert site.url.startswith("https://")
        assert site.date[:4].isdigit()
        assert site.position


def test_the_columns_are_those_of_the_sites_table():
    wanted = [name for name in schema.columns("sites") if name not in ("edge_id", "offset_m", "to_street_m")]
    assert set(wanted) <= set(named_sites("EPSG:25832").columns)
