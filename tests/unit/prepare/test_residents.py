from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.errors import SourceError
from kudequa_geo.prepare.residents import (
    distribute,
    residents_by_district,
    residents_by_grid,
    residents_by_total,
)
from kudequa_geo.schema import validate

CRS = "EPSG:25832"


def homes(*rows: tuple[str, float, tuple[float, float]]) -> gpd.GeoDataFrame:
    """Id, weight and centre of homes of 10 m by 10 m."""
    frame = pd.DataFrame({"building_id": pd.Series([row[0] for row in rows], dtype="str")})
    frame["footprint_m2"] = 100.0
    frame["levels"] = np.nan
    frame["weight"] = [float(row[1]) for row in rows]
    shapes = [shapely.Point(row[2]).buffer(5, cap_style="square") for row in rows]
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, crs=CRS))


def zones(key: str, *rows, **columns) -> gpd.GeoDataFrame:
    ids, shapes = zip(*rows, strict=True)
    boxes = gpd.GeoSeries([shapely.box(*shape) for shape in shapes], crs=CRS)
    return gpd.GeoDataFrame({key: list(ids), **columns}, geometry=boxes)


WEST, EAST, FAR = (0, 0, 100, 100), (100, 0, 200, 100), (1000, 0, 1100, 100)
HOMES = homes(("w1", 100, (20, 20)), ("w2", 300, (60, 60)), ("w3", 50, (150, 50)), ("w9", 70, (500, 500)))


def checked(found):
    validate("buildings", found.buildings.assign(edge_id=-1, offset_m=np.nan, to_street_m=np.nan))
    return found.buildings.set_index("building_id")


def test_people_of_a_district_live_by_dwelling_space():
    districts = zones(
        "district_id", ("A", WEST), ("B", EAST), population=[80, 7], residents_65_plus=[8.0, np.nan]
    )
    found = residents_by_district(HOMES, districts)
    table = checked(found)
    # w9 lies outside all districts
    assert table["residents"].to_dict() == {"w1": 20, "w2": 60, "w3": 7}
    assert table["residents_65_plus"].fillna(-1).to_dict() == {"w1": 2, "w2": 6, "w3": -1}
    assert table["residents_under_6"].isna().all()
    assert table["district_id"].to_dict() == {"w1": "A", "w2": "A", "w3": "B"}
    assert found.not_placed.empty
    assert found.without_data == 0


def test_people_without_a_home_are_reported():
    districts = zones(
        "district_id", ("A", WEST), ("X", FAR), ("Y", (3000, 0, 3100, 10)), population=[80, 9, 0]
    )
    found = residents_by_district(HOMES, districts)
    assert found.not_placed.to_numpy().tolist() == [["X", 9.0]]
    assert checked(found)["residents"].sum() == 80


def test_area_cuts_through_a_district():
    districts = zones("district_id", ("A", WEST), population=[80])
    addresses = homes(("n3", 1, (50, 50)))
    found = residents_by_district(HOMES, districts, area=shapely.box(0, 0, 40, 100), addresses=addresses)
    assert checked(found)["residents"].to_dict() == {"w1": 80}


def test_addresses_stand_in_where_no_home_is_mapped():
    districts = zones("district_id", ("A", WEST), ("X", FAR), population=[80, 9])
    addresses = homes(("n1", 1, (1010, 10)), ("n2", 1, (1090, 90)), ("n3", 1, (50, 50)))
    found = residents_by_district(HOMES, districts, addresses=addresses)
    assert found.not_placed.empty
    assert checked(found)["residents"].to_dict() == {"w1": 20, "w2": 60, "n1": 4.5, "n2": 4.5}


def test_unknown_and_negative_populations_are_refused():
    with pytest.raises(SourceError, match=r"fehlt die Einwohnerzahl: B\."):
        residents_by_district(HOMES, zones("district_id", ("A", WEST), ("B", EAST), population=[1, np.nan]))
    with pytest.raises(SourceError, match=r"Negative Einwohnerzahlen in: A, B\."):
        residents_by_district(HOMES, zones("district_id", ("A", WEST), ("B", EAST), population=[-1, -2]))


def test_one_total():
    area = shapely.box(0, 0, 200, 100)
    districts = zones("district_id", ("A", WEST))
    found = residents_by_total(HOMES, 90, area, districts=districts)
    table = checked(found)
    assert table["residents"].to_dict() == {"w1": 20, "w2": 60, "w3": 10}
    assert table["district_id"].fillna("-").to_dict() == {"w1": "A", "w2": "A", "w3": "-"}
    empty = residents_by_total(HOMES, 90, shapely.box(5000, 0, 5100, 100))
    assert empty.buildings.empty
    assert empty.not_placed.to_numpy().tolist() == [["area", 90.0]]


def test_grid_cells():
    cells = zones(
        "cell_id",
        ("a", WEST),
        ("b", EAST),
        ("c", (200, 0, 300, 100)),
        ("d", (300, 0, 400, 100)),
        ("e", (400, 0, 500, 100)),
        residents=[40, 12, 5, np.nan, 0],
    )
    here = pd.concat([HOMES, homes(("w4", 1, (350, 50)), ("w5", 50, (190, 50)))], ignore_index=True)
    # the area ends at 160: of cell b's two equal homes one is inside
    found = residents_by_grid(here, cells, shapely.box(0, 0, 160, 100))
    assert checked(found)["residents"].to_dict() == {"w1": 10, "w2": 30, "w3": 6}
    whole = residents_by_grid(here, cells, shapely.box(0, 0, 1000, 1000))
    table = checked(whole)
    # nobody mapped a home in c; nothing is known about d and about the place of w9
    assert table["residents"].to_dict() == {"w1": 10, "w2": 30, "w3": 6, "w5": 6, "cell-c": 5}
    assert table.geometry["cell-c"] == shapely.Point(250, 50)
    assert whole.without_data == 2


def test_homes_of_no_space_share_equally():
    shared = distribute(
        pd.Series([0.0, 0.0, 1.0]),
        pd.Series(["A", "A", None], dtype="str"),
        pd.DataFrame({"n": [6.0]}, index=["A"]),
    )
    assert shared["n"].fillna(-1).tolist() == [3, 3, -1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["A", "B", "C", None])), min_size=1, max_size=40),
    st.lists(st.floats(0, 1e6), min_size=6, max_size=6),
)
def test_sums_of_zones_are_kept(members, values):
    weight = pd.Series([member[0] for member in members])
    zone = pd.Series([member[1] for member in members], dtype="str")
    table = pd.DataFrame({"residents": values[:3], "residents_65_plus": values[3:]}, index=["A", "B", "C"])
    shared = distribute(weight, zone, table)
    sums = shared.groupby(zone.to_numpy(dtype=object)).sum()
    for name in sums.index:
        assert sums.loc[name].tolist() == pytest.approx(table.loc[name].tolist(), rel=1e-9, abs=1e-9)
    assert shared[zone.isna()].isna().all(axis=None)
