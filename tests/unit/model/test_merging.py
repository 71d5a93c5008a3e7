import geopandas as gpd

from kudequa_geo.model.merging import merge_sites, merge_stops

CRS = "EPSG:25832"


def frame(points, **columns):
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*zip(*points, strict=True)), crs=CRS)


def test_platforms_of_one_name_are_one_stop_with_all_products():
    records = frame(
        [(0, 0), (40, 0), (5000, 0)],
        name=["Markt", "Markt", "Markt"],
        town=["Dortmund"] * 3,
        products=["bus", "subway|bus", None],
    )
    stops = merge_stops(records)
    assert stops["products"].tolist() == ["bus|subway", ""]
    assert stops["records"].tolist() == [2, 1]
    assert stops.geometry.x.tolist() == [20, 5000]


def test_the_position_is_that_of_the_records_that_tell_a_product():
    records = frame([(0, 0), (100, 0)], name=["A", "A"], town=["", ""], products=[None, "bus"])
    assert merge_stops(records).geometry.x.tolist() == [100]


def test_buildings_of_one_school_are_one_place():
    records = frame(
        [(0, 0), (100, 0), (30, 10), (3000, 0)],
        kind=["school"] * 4,
        name=["Eichwald", "Eichwald", None, "Eichwald"],
    )
    merged = merge_sites(records, 300)
    assert merged["name"].tolist() == ["Eichwald", "Eichwald"]
    assert merged["records"].tolist() == [2, 1]


def test_another_kind_of_the_same_name_is_another_place():
    records = frame([(0, 0), (10, 0)], kind=["school", "kindergarten"], name=["Regenbogen"] * 2)
    assert len(merge_sites(records, 300)) == 2


def test_an_unnamed_place_on_its_own_stays():
    records = frame([(0, 0), (500, 0)], kind=["kindergarten"] * 2, name=["Mond", None])
    assert len(merge_sites(records, 300)) == 2
