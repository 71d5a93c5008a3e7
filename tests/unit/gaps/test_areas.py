"""Gap areas of a town of one street, a railway and an island."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.areas import City, Walks, gap_areas
from kudequa_geo.gaps.need import weigh
from kudequa_geo.gaps.neighbourhoods import Streets
from kudequa_geo.gaps.reasons import REASON_LABELS, Reason, reasons

CRS = "EPSG:25832"
LIMITS = {"supermarket": Sourced(500, "m", "test", 2025), "gp": Sourced(1000, "m", "test", 2025)}

# Houses h0 .. h4 along one street of 2000 m, the shop S at 0; h5 lives on an island, h6 far from any
# street, h7 is empty; h4 has a twin house. The railway runs beside the street at h5.
#
#   S ─ h0 ───── h1 ─ h2 ──────────── h3 ─ h4         h5 (island)      h6 (not connected)
#   0   100      700  750            1700  1780
HOUSES = pd.DataFrame(
    {
        "building_id": ["w10", "w11", "w12", "w13", "w14", "w15", "w16", "w17"],
        "residents": [30.0, 20.0, 40.0, 60.0, 50.0, 70.0, 9.0, 0.0],
        "residents_under_6": [3.0, np.nan, np.nan, 6.0, 5.0, 7.0, 1.0, 0.0],
        "residents_under_18": np.nan,
        "residents_65_plus": [3.0, 10.0, np.nan, 6.0, 5.0, 7.0, 1.0, 0.0],
        "residents_foreign": 1.0,
        "district_id": ["a", "a", "a", "b", "b", "b", "b", "b"],
        "edge_id": [0, 0, 0, 0, 0, 1, -1, 0],
        "offset_m": [100.0, 700.0, 750.0, 1700.0, 1780.0, 50.0, np.nan, 1750.0],
    }
)
X = [100.0, 700.0, 750.0, 1700.0, 1780.0, 120.0, 9000.0, 1750.0]
Y = [0.0, 0.0, 0.0, 0.0, 0.0, 300.0, 9000.0, 0.0]


@pytest.fixture
def city() -> City:
    buildings = gpd.GeoDataFrame(HOUSES, geometry=gpd.points_from_xy(X, Y), crs=CRS)
    places = gpd.GeoDataFrame(
        {"place_id": ["n1", "n2"], "kind": ["supermarket", "gp"], "edge_id": [0, 0]},
        geometry=[shapely.Point(0, 0), shapely.Point(1780, 0)],
        crs=CRS,
    )
    rail = gpd.GeoDataFrame(
        {"kind": ["railway"]}, geometry=[shapely.LineString([(-100, 150), (2500, 150)])], crs=CRS
    )
    streets = Streets(np.array([0, 2]), np.array([1, 3]), np.array([2000.0, 100.0]))
    return City(streets, buildings, places, rail)


@pytest.fixture
def walks() -> Walks:
    offset = HOUSES["offset_m"].to_numpy()
    on_street = (HOUSES["edge_id"] == 0).to_numpy()
    metres = np.column_stack(
        [np.where(on_street, offset, np.nan), np.where(on_street, np.abs(offset - 1780), np.nan)]
    )
    place = np.where(np.isnan(metres), -1, np.array([0, 1]))
    return Walks(PERSONS["adult"], LIMITS, metres, place)


def test_areas_follow_the_street(city: City, walks: Walks) -> None:
    found = gap_areas(city, walks, "supermarket")
    areas = found.areas
    assert areas["residents"].tolist() == [110, 70, 60]
    assert found.member.tolist() == [-1, 2, 2, 0, 0, 1, -1, -1]
    assert areas["rank"].tolist() == [1, 2, 3] and areas.crs == city.buildings.crs
    assert areas["district_id"].tolist() == ["b", "b", "a"]
    assert areas["missing"].tolist() == ["supermarket", "supermarket;gp", "supermarket;gp"]
    assert (found.scattered, found.unconnected) == (0, 9)
    assert areas["nearest_place_id"].tolist()[::2] == ["n1", "n1"] and pd.isna(areas["nearest_place_id"][1])
    # Weighted median of 700 m (20 residents) and 750 m (40 residents).
    assert areas["nearest_m"].tolist()[::2] == [1700, 750] and np.isnan(areas["nearest_m"][1])


def test_people_of_unknown_age_stay_unknown(city: City, walks: Walks) -> None:
    areas = gap_areas(city, walks, "supermarket").areas
    assert areas["residents_under_6"].tolist()[:2] == [11, 7] and np.isnan(areas["residents_under_6"][2])
    assert areas["residents_65_plus"].tolist() == [11, 7, 10]
    assert areas["residents_under_18"].isna().all()


def test_why_it_is_far(city: City, walks: Walks) -> None:
    areas = gap_areas(city, walks, "supermarket").areas
    assert areas["reason"].tolist() == [Reason.FAR, Reason.NO_PATH, Reason.FAR]
    # With a bridge far away the island has a walk of 2400 m to a shop 323 m across the railway.
    walks.metres[5, 0], walks.place[5, 0] = 2400.0, 0
    crossing = gap_areas(city, walks, "supermarket").areas.set_index("residents").loc[70]
    assert (crossing["reason"], crossing["obstacle"]) == (Reason.BARRIER, "railway")
    assert crossing["beeline_m"] == pytest.approx(np.hypot(120, 300))
    open_field = City(city.streets, city.buildings, city.places)
    assert gap_areas(open_field, walks, "supermarket").areas["reason"][1] == Reason.DETOUR


def test_ids_do_not_depend_on_rows_or_neighbours(city: City, walks: Walks) -> None:
    first = gap_areas(city, walks, "supermarket").areas
    order = np.array([4, 7, 2, 0, 6, 5, 1, 3])
    turned = Walks(walks.person, walks.limits, walks.metres[order], walks.place[order])
    shuffled = City(city.streets, city.buildings.iloc[order], city.places, city.obstacles)
    pd.testing.assert_frame_equal(first, gap_areas(shuffled, turned, "supermarket").areas)
    fewer = City(city.streets, city.buildings.iloc[3:], city.places, city.obstacles)
    rest = Walks(walks.person, walks.limits, walks.metres[3:], walks.place[3:])
    assert gap_areas(fewer, rest, "supermarket").areas["area_id"].tolist() == first["area_id"].tolist()[:2]
    other = Walks(PERSONS["senior_75"], walks.limits, walks.metres, walks.place)
    assert not set(gap_areas(city, other, "supermarket").areas["area_id"]) & set(first["area_id"])


def test_need_ranks_and_parts(city: City, walks: Walks) -> None:
    found = gap_areas(city, walks, "supermarket")
    assert weigh(found.people).total.tolist() == found.areas["need"].tolist()
    assert sorted(found.areas["rank_need"]) == [1, 2, 3]
    assert (found.areas["need"] > found.areas["residents"]).all()


def test_small_groups_are_scattered(city: City, walks: Walks) -> None:
    found = gap_areas(city, walks, "supermarket", least_residents=65)
    assert found.areas["residents"].tolist() == [110, 70] and found.scattered == 60
    assert (found.member >= 0).sum() == 3


def test_outlines_hold_their_houses(city: City, walks: Walks) -> None:
    found = gap_areas(city, walks, "supermarket")
    for row, house in zip(found.member, city.buildings.geometry, strict=True):
        if row >= 0:
            assert found.areas.geometry[row].contains(house)
    assert found.areas.geometry.is_valid.all() and (found.areas["area_ha"] > 0.2).all()


def test_nobody_beyond_the_limit(city: City, walks: Walks) -> None:
    far = {**LIMITS, "supermarket": Sourced(1e6, "m", "test", 2025)}
    near = Walks(walks.person, far, np.nan_to_num(walks.metres), walks.place)
    found = gap_areas(city, near, "supermarket")
    assert found.areas.empty and list(found.areas.columns) == list(
        gap_areas(city, walks, "supermarket").areas.columns
    )
    assert (found.member == -1).all()


def test_no_place_of_the_kind(city: City, walks: Walks) -> None:
    without = City(city.streets, city.buildings, city.places.iloc[1:], city.obstacles)
    lost = Walks(
        walks.person, walks.limits, np.full_like(walks.metres, np.nan), np.full_like(walks.place, -1)
    )
    found = gap_areas(without, lost, "supermarket", join_m=1000)
    assert found.areas["residents"].tolist() == [200, 70]
    assert found.areas["reason"].tolist() == [Reason.NO_PLACE, Reason.NO_PLACE]
    assert found.areas[["nearest_m", "beeline_m"]].isna().all(axis=None)
    empty = City(city.streets, city.buildings, city.places.iloc[:0])
    assert gap_areas(empty, lost, "supermarket").areas["nearest_place_id"].isna().all()


def test_places_that_do_not_count_for_the_person_are_not_near(city: City, walks: Walks) -> None:
    barred = Walks(
        PERSONS["wheelchair"],
        LIMITS,
        np.full_like(walks.metres, np.nan),
        np.full_like(walks.place, -1),
        usable=np.array([1]),
    )
    assert set(gap_areas(city, barred, "supermarket").areas["reason"]) == {Reason.NO_PLACE}


def test_bad_input(city: City, walks: Walks) -> None:
    with pytest.raises(AnalysisError, match="kiosk"):
        gap_areas(city, walks, "kiosk")
    negative = City(city.streets, city.buildings.assign(residents=-1.0), city.places)
    with pytest.raises(AnalysisError, match="Personenzahl"):
        gap_areas(negative, walks, "supermarket")


def test_reasons_in_order() -> None:
    places = np.array([[0.0, 0.0]])
    found = reasons([0, 100, 100, 2500, 600], [0, 0, 0, 0, 0], [0, np.nan, 201, 9000, 700], places)
    assert found["reason"].tolist() == ["far", "no_path", "detour", "none_near", "far"]
    assert found["beeline_m"].tolist() == [0, 100, 100, 2500, 600] and found["obstacle"].isna().all()
    nothing = reasons([0], [0], [np.nan], np.empty((0, 2)), any_place=False)
    assert nothing["reason"].tolist() == ["no_place"] and nothing["beeline_m"].isna().all()


def test_the_railway_comes_before_the_river() -> None:
    obstacles = gpd.GeoDataFrame(
        {"kind": ["water", "railway", "motorway"]},
        geometry=[
            shapely.box(40, -5, 60, 5),
            shapely.LineString([(20, -5), (20, 5)]),
            shapely.LineString([(300, -5), (300, 5)]),
        ],
        crs=CRS,
    )
    places = np.array([[0.0, 0.0], [1000.0, 0.0]])
    found = reasons([100, 50, 600], [0, 0, 0], [900, 900, 2000], places, obstacles=obstacles)
    assert found["obstacle"].fillna("").tolist() == ["railway", "railway", ""]
    assert found["reason"].tolist() == ["barrier", "barrier", "detour"]


def test_every_reason_has_words() -> None:
    assert set(REASON_LABELS) == set(Reason)
