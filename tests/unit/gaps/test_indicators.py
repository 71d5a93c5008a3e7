"""Indicators against a plain-Python reference and the invariants of the field."""

from __future__ import annotations

import dataclasses
import math
from time import process_time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.indicators import (
    KEYS,
    MEASURES,
    cell_indicators,
    choice,
    distribution,
    indicators,
)

ADULT, OLD = PERSONS["adult"], PERSONS["senior_85"]
LIMITS = {
    "supermarket": Sourced(500, "m", "test", 2025),
    "kindergarten": Sourced(15, "min", "test", 2025),
}
DISTRICTS = pd.DataFrame(
    {
        "district_id": ["a", "b", "c", "leer"],
        "name": ["Anger", "Berg", "Cité", "Leerstedt"],
        "parent": ["Nord", "Nord", "Süd", "Süd"],
    }
)


@st.composite
def towns(draw: st.DrawFn) -> tuple[np.ndarray, pd.DataFrame]:
    count = draw(st.integers(1, 20))
    cell = st.one_of(st.integers(0, 2000).map(float), st.just(math.nan))
    metres = draw(st.lists(st.tuples(cell, cell), min_size=count, max_size=count))
    people = draw(st.lists(st.integers(0, 40).map(float), min_size=count, max_size=count))
    districts = draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=count, max_size=count))
    old = [math.nan if draw(st.booleans()) else number / 4 for number in people]
    frame = pd.DataFrame({"residents": people, "residents_65_plus": old, "district_id": districts})
    return np.array(metres), frame.astype({"district_id": "str"})


def plain(metres: list[float], people: list[float], limit_m: float, speed: float) -> dict[str, float]:
    """The measures of one unit, word by word."""
    known = [(d, w) for d, w in zip(metres, people, strict=True) if not math.isnan(w)]
    if people and not known:
        return dict.fromkeys(MEASURES, math.nan)
    total = sum(w for _, w in known)
    near = sum(w for d, w in known if d <= limit_m)
    reached = [(d, w) for d, w in known if not math.isnan(d) and w > 0]
    weight = sum(w for _, w in reached)

    def quantile(share: float) -> float:
        fits = [d for d, _ in reached if sum(w for e, w in reached if e <= d) >= share * weight - 1e-9]
        return min(fits, default=math.nan) / speed

    return {
        "residents": total,
        "residents_within_limit": near,
        "share_within_limit": near / total if total else math.nan,
        "residents_unreachable": sum(w for d, w in known if math.isnan(d)),
        "mean_min": sum(d * w for d, w in reached) / weight / speed if weight else math.nan,
        "median_min": quantile(0.5),
        "p90_min": quantile(0.9),
    }


def members(frame: pd.DataFrame, level: str, unit: object) -> np.ndarray:
    if level == "area":
        return np.ones(len(frame), dtype=bool)
    district = frame["district_id"]
    if pd.isna(unit):
        return district.isna().to_numpy()
    if level == "district":
        return (district == unit).fillna(False).to_numpy(dtype=bool)
    inside = DISTRICTS.loc[DISTRICTS["parent"] == unit, "district_id"]
    return district.isin(inside).to_numpy(dtype=bool)


@settings(max_examples=40, deadline=None)
@given(towns())
def test_equals_the_plain_definition(town: tuple[np.ndarray, pd.DataFrame]) -> None:
    metres, buildings = town
    persons = {"adult": ADULT, "senior_85": OLD}
    walks = {"adult": metres, "senior_85": metres * 1.5}
    found = indicators(
        walks, buildings, LIMITS, persons, districts=DISTRICTS, groups=("residents", "residents_65_plus")
    )
    assert list(found.columns) == [*KEYS, *MEASURES]
    assert not found.duplicated(list(KEYS)).any()
    for row in found.itertuples():
        # A building counts where someone lives in it or where a group's number is unknown.
        lived_in = (buildings["residents"] > 0) | buildings["residents_65_plus"].isna()
        inside = members(buildings, row.level, row.district_id) & lived_in.to_numpy()
        speed = persons[row.person].metres_per_minute
        limit_m = row.limit if row.limit_unit == "m" else row.limit * speed
        column = walks[row.person][inside, list(LIMITS).index(row.kind)]
        expected = plain(column.tolist(), buildings.loc[inside, row.group].tolist(), limit_m, speed)
        for measure in MEASURES:
            assert getattr(row, measure) == pytest.approx(expected[measure], nan_ok=True), (row, measure)


@settings(max_examples=40, deadline=None)
@given(towns(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter(town: tuple[np.ndarray, pd.DataFrame], random: object) -> None:
    metres, buildings = town
    order = list(range(len(buildings)))
    random.shuffle(order)  # type: ignore[attr-defined]
    first = indicators({"adult": metres}, buildings, LIMITS, PERSONS, districts=DISTRICTS)
    second = indicators({"adult": metres[order]}, buildings.iloc[order], LIMITS, PERSONS, districts=DISTRICTS)
    pd.testing.assert_frame_equal(first, second)


@settings(max_examples=40, deadline=None)
@given(towns())
def test_sums_over_each_level_equal_the_total(town: tuple[np.ndarray, pd.DataFrame]) -> None:
    metres, buildings = town
    found = indicators({"adult": metres}, buildings, LIMITS, PERSONS, districts=DISTRICTS)
    people = ["residents", "residents_within_limit", "residents_unreachable"]
    totals = found.groupby(["kind", "level"])[people].sum()
    for kind in LIMITS:
        for level in ("district", "parent"):
            np.testing.assert_allclose(totals.loc[(kind, level)], totals.loc[(kind, "area")], rtol=1e-12)
    assert totals.loc[("supermarket", "area"), "residents"] == buildings["residents"].sum()


@settings(max_examples=40, deadline=None)
@given(towns(), st.integers(0, 1500), st.integers(0, 1500))
def test_share_grows_with_the_limit(town: tuple[np.ndarray, pd.DataFrame], low: int, more: int) -> None:
    metres, buildings = town
    shares = [
        indicators(
            {"adult": metres},
            buildings,
            {**LIMITS, "supermarket": Sourced(value, "m", "test", 2025)},
            PERSONS,
        )
        .query("kind == 'supermarket'")["share_within_limit"]
        .iloc[0]
        for value in (low, low + more)
    ]
    assert math.isnan(shares[0]) or 0 <= shares[0] <= shares[1] <= 1


def test_a_slower_person_has_the_same_metres_and_more_minutes() -> None:
    buildings = pd.DataFrame({"residents": [3.0, 7.0]})
    metres = np.array([[300.0, 1100.0], [900.0, 400.0]])
    found = indicators({"adult": metres, "senior_85": metres}, buildings, LIMITS, PERSONS)
    adult, old = (found[found["person"] == key].reset_index() for key in ("adult", "senior_85"))
    assert (old["mean_min"] > adult["mean_min"]).all()
    # 500 m are 500 m for everybody; 15 minutes are 1200 m for the one and 625 m for the other.
    assert old.loc[0, "share_within_limit"] == adult.loc[0, "share_within_limit"] == pytest.approx(0.3)
    assert (adult.loc[1, "share_within_limit"], old.loc[1, "share_within_limit"]) == (1.0, pytest.approx(0.7))


def test_no_place_of_a_kind_is_unreachable_and_not_far() -> None:
    buildings = pd.DataFrame({"residents": [3.0, 7.0]})
    metres = np.column_stack(([100.0, 200.0], [np.nan, np.nan]))
    row = indicators({"adult": metres}, buildings, LIMITS, PERSONS).set_index("kind").loc["kindergarten"]
    assert row["residents_unreachable"] == 10 and row["share_within_limit"] == 0
    assert row[["mean_min", "median_min", "p90_min"]].isna().all()


def test_one_building_and_everybody_on_an_island() -> None:
    one = indicators(
        {"adult": np.array([[250.0, 80.0]])}, pd.DataFrame({"residents": [4.0]}), LIMITS, PERSONS
    )
    assert one["median_min"].tolist() == one["p90_min"].tolist() == one["mean_min"].tolist() == [3.125, 1.0]
    cut_off = indicators(
        {"adult": np.full((3, 2), np.nan)}, pd.DataFrame({"residents": [4.0, 1.0, 0.0]}), LIMITS, PERSONS
    )
    assert cut_off["residents_unreachable"].tolist() == [5.0, 5.0]
    assert cut_off["share_within_limit"].tolist() == [0.0, 0.0]


def test_nobody_at_all_gives_rows_without_shares() -> None:
    empty = pd.DataFrame({"residents": pd.Series([], dtype=float), "district_id": pd.Series([], dtype="str")})
    found = indicators({"adult": np.empty((0, 2))}, empty, LIMITS, PERSONS, districts=DISTRICTS)
    assert len(found) == 2 * (4 + 2 + 1)
    assert (found["residents"] == 0).all() and found["share_within_limit"].isna().all()


@pytest.mark.parametrize("bad", [math.nan, -1.0])
def test_a_population_that_is_none_is_refused(bad: float) -> None:
    with pytest.raises(AnalysisError, match="Personenzahl"):
        indicators({"adult": np.ones((2, 2))}, pd.DataFrame({"residents": [1.0, bad]}), LIMITS, PERSONS)


def test_a_person_who_does_not_walk_is_refused() -> None:
    still = {"adult": dataclasses.replace(ADULT, speed_kmh=Sourced(0, "km/h", "test", 2025))}
    with pytest.raises(AnalysisError, match="0 km/h"):
        indicators({"adult": np.ones((1, 2))}, pd.DataFrame({"residents": [1.0]}), LIMITS, still)


def test_half_a_city_cut_off_counts_as_not_within() -> None:
    buildings = pd.DataFrame({"residents": [1.0, 3.0, 2.0, 2.0]})
    metres = np.column_stack([[100.0, np.nan, 300.0, np.nan]] * 2)
    row = indicators({"adult": metres}, buildings, LIMITS, PERSONS).iloc[0]
    assert (row["residents"], row["residents_unreachable"]) == (8, 5)
    assert row["share_within_limit"] == pytest.approx(3 / 8)
    assert row["mean_min"] == pytest.approx((100 + 2 * 300) / 3 / 80)


def test_shapes_that_do_not_fit_are_refused() -> None:
    buildings = pd.DataFrame({"residents": [1.0, 2.0]})
    with pytest.raises(AnalysisError, match="3 Zeilen"):
        indicators({"adult": np.ones((3, 2))}, buildings, LIMITS, PERSONS)
    with pytest.raises(AnalysisError, match="2 Spalten"):
        indicators({"adult": np.ones((2, 5))}, buildings, LIMITS, PERSONS)


def test_districts_without_parents_have_no_parent_level() -> None:
    flat = DISTRICTS.assign(parent=pd.Series([None] * 4, dtype="str"))
    buildings = pd.DataFrame({"residents": [1.0], "district_id": ["a"]})
    found = indicators({"adult": np.ones((1, 2))}, buildings, LIMITS, PERSONS, districts=flat)
    assert found["level"].unique().tolist() == ["district", "area"]


def test_cells_hold_the_people_of_their_square() -> None:
    points = [shapely.Point(10, 10), shapely.Point(90, 99), shapely.Point(110, 10), shapely.Point(-1, 0)]
    buildings = gpd.GeoDataFrame({"residents": [1.0, 3.0, 5.0, 0.0]}, geometry=points, crs="EPSG:25832")
    found = cell_indicators([100, 700, np.nan, 5], buildings, LIMITS["supermarket"], ADULT)
    assert found["cell_id"].tolist() == ["100mN0E0", "100mN0E1"]
    assert found["residents"].tolist() == [4.0, 5.0]
    assert found["share_within_limit"].tolist() == [0.25, 0.0]
    assert found["median_min"].iloc[0] == 700 / 80
    assert found.geometry.iloc[1].bounds == (100, 0, 200, 100) and found.crs == buildings.crs


def test_choice_counts_places_per_resident() -> None:
    buildings = pd.DataFrame({"residents": [2.0, 3.0, 5.0, 1.0], "district_id": ["a", "a", "b", "b"]})
    counts = np.array([[0.0], [2.0], [4.0], [np.nan]])
    found = choice(counts, buildings, ["stop"], districts=DISTRICTS).set_index(["level", "name"])
    anger = found.loc[("district", "Anger")]
    assert (anger["mean_choice"], anger["median_choice"]) == (pytest.approx(6 / 5), 2.0)
    area = found[found.index.get_level_values("level") == "area"].iloc[0]
    assert area["mean_choice"] == pytest.approx(26 / 10)
    assert (area["residents_none"], area["residents_two_plus"]) == (3.0, 8.0)


def test_distribution_counts_everybody_once() -> None:
    minutes, people = np.array([5.0, 5.1, 10.0, 99.0, np.nan]), [1, 2, 3, 4, 5]
    assert distribution(minutes, people, [5, 10]).tolist() == [[1, 5, 4, 5]]
    by_unit = distribution(minutes, people, [5, 10], codes=np.array([0, 0, 1, 1, 1]), units=2)
    assert by_unit.tolist() == [[1, 2, 0, 0], [0, 3, 4, 5]]
    with pytest.raises(AnalysisError, match="Klassengrenzen"):
        distribution(minutes, people, [10, 5])


def test_a_city_takes_seconds_at_most() -> None:
    generator = np.random.default_rng(3)
    metres = generator.uniform(0, 3000, (30_000, 34))
    buildings = pd.DataFrame(
        {
            "residents": generator.uniform(1, 40, 30_000),
            "district_id": generator.integers(0, 60, 30_000).astype(str),
        }
    )
    districts = pd.DataFrame({"district_id": [str(i) for i in range(60)], "name": "x", "parent": "p"})
    limits = {f"kind{number}": LIMITS["supermarket"] for number in range(34)}
    walks = {key: metres if key not in {"wheelchair", "pram"} else metres * 1.1 for key in PERSONS}
    start = process_time()
    found = indicators(walks, buildings, limits, PERSONS, districts=districts)
    # 0.9 s of processor time here; the room above is for slower machines.
    assert process_time() - start < 6
    assert len(found) == 62 * 34 * 7
