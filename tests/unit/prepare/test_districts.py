from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from kudequa_geo.errors import ConfigError, SourceError
from kudequa_geo.prepare.districts import assign, clean_districts, select_districts, study_area
from kudequa_geo.schema import validate

CRS = "EPSG:25832"


def districts(*rows, **columns) -> gpd.GeoDataFrame:
    ids, shapes = zip(*rows, strict=True)
    shapes = [shapely.box(*shape) if isinstance(shape, tuple) else shape for shape in shapes]
    return gpd.GeoDataFrame(
        {"district_id": list(ids), "name": [f"Bezirk {name}" for name in ids], **columns},
        geometry=gpd.GeoSeries(shapes, crs=CRS),
    )


TWO = [("2", (95, 0, 200, 100)), ("1", (0, 0, 100, 100))]


def test_overlap_goes_to_the_first_id():
    clean = clean_districts(districts(*TWO))
    assert clean["district_id"].tolist() == ["1", "2"]
    assert clean["area_ha"].tolist() == [1.0, 1.0]
    assert clean.geometry.iloc[0].intersection(clean.geometry.iloc[1]).area == 0
    assert clean["population"].isna().all()
    validate("districts", clean)


def test_row_order_does_not_matter():
    assert_geodataframe_equal(clean_districts(districts(*TWO)), clean_districts(districts(*TWO[::-1])))


def test_self_crossing_outline_is_repaired():
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    clean = clean_districts(districts(("1", bow)))
    assert clean.geometry.iloc[0].is_valid
    assert clean["area_ha"].tolist() == [0.5]


def test_all_defects_are_named_at_once():
    flat = shapely.Polygon([(0, 0), (10, 0), (0, 0)])
    with pytest.raises(SourceError) as error:
        clean_districts(
            districts(
                ("1", (0, 0, 100, 100)),
                ("2", (50, 0, 150, 100)),
                ("3", flat),
                ("4", (900, 0, 950, 50)),
                ("4", flat),
            )
        )
    text = str(error.value)
    assert "1 und 2: überlappen sich auf 50%" in text
    assert "3: ohne Fläche" in text
    assert "4: mehrfach vorhanden" in text


def test_further_columns_stay():
    clean = clean_districts(
        districts(*TWO, residents_65_plus=[5.0, 7.0], population=[50.0, 70.0], parent=["N", "S"])
    )
    assert clean["residents_65_plus"].tolist() == [7.0, 5.0]
    assert clean["population"].tolist() == [70.0, 50.0]
    assert clean["parent"].tolist() == ["S", "N"]


def test_points_and_narrow_gaps():
    clean = clean_districts(districts(("1", (0, 0, 100, 100)), ("2", (130, 0, 230, 100))))
    xy = [(50, 50), (105, 50), (118, 50), (500, 50), (150, 50), (0, 0)]
    points = gpd.GeoSeries([shapely.Point(at) for at in xy], index=list("abcdef"), crs=CRS)
    found = assign(points, clean)
    assert found.fillna("-").to_dict() == {"a": "1", "b": "1", "c": "2", "d": "-", "e": "2", "f": "1"}


def test_common_border_belongs_to_the_first():
    clean = clean_districts(districts(("1", (0, 0, 100, 100)), ("2", (100, 0, 200, 100))))
    assert assign(gpd.GeoSeries([shapely.Point(100, 50)], crs=CRS), clean).tolist() == ["1"]


def test_no_points():
    assert assign(gpd.GeoSeries([], crs=CRS), clean_districts(districts(*TWO))).empty


def test_area_of_named_districts():
    clean = clean_districts(
        districts(
            ("1", (0, 0, 100, 100)),
            ("2", (105, 0, 200, 100)),
            ("3", (500, 0, 600, 100)),
            parent=["N", "N", "S"],
        )
    )
    north = study_area(clean, ["N"])
    # the gap of 5 m is closed
    assert north.geom_type == "Polygon"
    assert north.area == pytest.approx(20_000)
    assert select_districts(clean, ["Bezirk 3", "1"])["district_id"].tolist() == ["1", "3"]
    assert select_districts(clean) is clean
    assert study_area(clean).geom_type == "MultiPolygon"


def test_unknown_districts_are_all_named():
    with pytest.raises(ConfigError) as error:
        select_districts(clean_districts(districts(*TWO)), ["Bezirk 1", "Bezrik 2", "Nirgends"])
    assert "„Bezrik 2“ (gemeint ist vielleicht „Bezirk 2“)" in str(error.value)
    assert "Nirgends" in str(error.value)
