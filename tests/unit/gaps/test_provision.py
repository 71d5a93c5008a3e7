"""Provision of a whole field against a plain-Python reference and what must always hold."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.provision import MEASURES, provision, provision_cells, provision_indicators

ADULT, OLD = PERSONS["adult"], PERSONS["senior_85"]
LIMITS = {"shop": Sourced(500, "m", "test", 2025), "kita": Sourced(10, "min", "test", 2025)}
DISTRICTS = pd.DataFrame(
    {"district_id": ["a", "b", "leer"], "name": ["Anger", "Berg", "Leer"], "parent": ["Nord", "Nord", "Süd"]}
)
HOMES = pd.DataFrame({"residents": [10.0, 20.0, 30.0, 40.0], "district_id": ["a", "a", "b", "b"]})
#: All, one of two (800 m is 10 min at 4.8 km/h), none, not connected.
METRES = np.array([[500.0, 800.0], [501.0, 800.0], [900.0, 900.0], [np.nan, np.nan]])


def test_each_kind_has_its_own_limit() -> None:
    assert provision(METRES, LIMITS, ADULT).tolist()[:3] == [1.0, 0.5, 0.0]
    assert math.isnan(provision(METRES, LIMITS, ADULT)[3])
    # In 10 minutes somebody slower comes less far; the limit in metres is the same for both.
    assert provision(METRES, LIMITS, OLD).tolist()[:3] == [0.5, 0.0, 0.0]


def test_one_kind_without_a_way_is_not_within() -> None:
    assert provision([[100.0, np.nan]], LIMITS, ADULT).tolist() == [0.5]


def test_units_by_hand() -> None:
    found = provision_indicators(provision(METRES, LIMITS, ADULT), HOMES, districts=DISTRICTS)
    rows = found.set_index(["level", "name"])
    west = rows.loc[("district", "Anger")]
    assert west["mean_share"] == pytest.approx((10 * 1 + 20 * 0.5) / 30)
    assert west["share_all"] == pytest.approx(10 / 30)
    east = rows.loc[("district", "Berg")]
    assert (east["mean_share"], east["residents_none"], east["residents_unreachable"]) == (0, 70, 40)
    empty = rows.loc[("district", "Leer")]
    assert empty["residents"] == 0
    assert math.isnan(empty["mean_share"])
    area = found[found["level"] == "area"].iloc[0]
    assert area["mean_share"] == pytest.approx(20 / 100)
    assert set(found["level"]) == {"district", "parent", "area"}


def test_everything_within_is_exactly_one() -> None:
    homes = pd.DataFrame({"residents": [0.1, 0.2, 0.7, 1 / 3]})
    found = provision_indicators(provision(np.full((4, 2), 100.0), LIMITS, ADULT), homes)
    assert found["mean_share"].tolist() == found["share_all"].tolist() == [1.0]


@st.composite
def towns(draw: st.DrawFn) -> tuple[np.ndarray, pd.DataFrame]:
    count = draw(st.integers(1, 15))
    walk = st.one_of(st.integers(0, 2000).map(float), st.just(math.nan))
    metres = draw(st.lists(st.tuples(walk, walk), min_size=count, max_size=count))
    people = draw(st.lists(st.integers(0, 40).map(float), min_size=count, max_size=count))
    districts = draw(st.lists(st.sampled_from(["a", "b", None]), min_size=count, max_size=count))
    homes = pd.DataFrame({"residents": people, "district_id": districts}).astype({"district_id": "str"})
    return np.array(metres).reshape(count, 2), homes


@settings(max_examples=60, deadline=None)
@given(towns())
def test_plain_reference_and_invariants(town: tuple[np.ndarray, pd.DataFrame]) -> None:
    metres, homes = town
    share = provision(metres, LIMITS, ADULT)
    plain = [(int(shop <= 500) + int(kita <= 800)) / 2 for shop, kita in metres.tolist()]
    assert np.nan_to_num(share).tolist() == plain
    found = provision_indicators(share, homes, districts=DISTRICTS)
    area = found[found["level"] == "area"].iloc[0]
    total = homes["residents"].sum()
    for level in ("district", "parent"):
        part = found[found["level"] == level]
        for column in ("residents", "residents_all", "residents_none", "residents_unreachable"):
            assert part[column].sum() == pytest.approx(area[column])
    if total:
        assert area["mean_share"] == pytest.approx((homes["residents"] * plain).sum() / total)
        assert area["share_all"] <= area["mean_share"] + 1e-12
    # More generous limits never take anything from anybody.
    wider = {kind: Sourced(limit.value * 2, limit.unit, "test", 2025) for kind, limit in LIMITS.items()}
    assert (np.nan_to_num(provision(metres, wider, ADULT)) >= plain).all()
    # A slower person has nothing more.
    assert (np.nan_to_num(provision(metres, LIMITS, OLD)) <= plain).all()


def test_cells_hold_the_same_people() -> None:
    points = shapely.points([[10, 10], [90, 90], [110, 10], [350, 350]])
    homes = gpd.GeoDataFrame(HOMES, geometry=points, crs="EPSG:25832")
    share = provision(METRES, LIMITS, ADULT)
    found = provision_cells(share, homes)
    assert found["residents"].tolist() == [30.0, 30.0, 40.0]
    assert found["mean_share"].iloc[0] == pytest.approx(2 / 3)
    assert found["residents_unreachable"].tolist() == [0.0, 0.0, 40.0]
    assert set(MEASURES) <= set(found.columns)
    assert found.geometry.area.tolist() == [10_000.0] * 3


def test_what_cannot_be_computed_is_refused() -> None:
    with pytest.raises(AnalysisError, match="ohne Dienste"):
        provision(METRES, {}, ADULT)
    with pytest.raises(AnalysisError, match="zwischen 0 und 1"):
        provision_indicators([2.0, 0.0, 0.0, 0.0], HOMES)
    with pytest.raises(AnalysisError, match="Zeilen"):
        provision_indicators([1.0], HOMES)
    with pytest.raises(AnalysisError, match="negativ"):
        provision([[-1.0, 1.0]], LIMITS, ADULT)
