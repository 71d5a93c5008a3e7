"""What each site would bring: equal to trying it, and right where the answer is known."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kudequa_geo.constants import PERSONS
from kudequa_geo.errors import AnalysisError
from kudequa_geo.gaps.need import weigh
from kudequa_geo.kinds import load_kinds
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base, base_of
from kudequa_geo.scenarios.candidates import candidates_of
from kudequa_geo.scenarios.change import AddPlace, ClosePlace, Spot
from kudequa_geo.scenarios.effect import effects
from kudequa_geo.scenarios.outcome import evaluate
from kudequa_geo.scenarios.potential import potential
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.siting import Wish, question, second_best, suggest
from kudequa_geo.scenarios.task import Model
from tests.fixtures.grid_city import CRS, city_base, grid_city
from tests.fixtures.tables import street_tables

EMPTY = Scenario(name="heute")


@pytest.fixture(scope="module")
def base() -> Base:
    return city_base(grid_city(np.random.default_rng(19)))


@pytest.mark.parametrize("person", ["adult", "wheelchair"])
def test_potential_equals_building_on_every_site(base: Base, person: str) -> None:
    today = apply(base, Scenario(name="x", changes=(ClosePlace(place_id="n02"),)))
    table = potential(today, person).set_index(["site_id", "kind"])
    need_today = weigh(evaluate(today).unmet(person)).by("kind").sum()
    for site in ("s0", "s1", "s2", "s5"):
        for kind in base.kind_index:
            found = table.loc[(site, kind)]
            if base.site_positions.edge[base.site_rows[site]] < 0:
                assert np.isnan(found["people_within"])
                continue
            shop = AddPlace(place_id="neu-1", kind=kind, at=Spot(site=site))
            tried = apply(base, today.scenario.with_change(shop))
            rows = effects(today, tried, persons=[person], kinds=[kind])
            effect = rows[rows["level"] == "area"].iloc[0]
            assert found["people_within"] == pytest.approx(effect["within_gained"])
            assert found["minutes_saved"] == pytest.approx(effect["minutes_saved"], abs=1e-6)
            assert found["people_reached"] == pytest.approx(effect["reach_gained"])
            need = weigh(evaluate(tried).unmet(person)).by("kind").sum()
            assert found["need_closed"] == pytest.approx(need_today[kind] - need[kind], abs=1e-6)


def test_ranks_begin_with_the_most_people(base: Base) -> None:
    table = potential(apply(base, EMPTY), "adult")
    for _, part in table.groupby("kind"):
        known = part.dropna(subset=["rank"])
        assert known["rank"].tolist() == list(range(1, len(known) + 1))
        assert known["people_within"].is_monotonic_decreasing
        assert part["rank"].isna().equals(part["people_within"].isna())


def test_a_choice_of_sites_and_kinds_gives_the_same_figures(base: Base) -> None:
    state = apply(base, EMPTY)
    whole = potential(state, "adult").set_index(["kind", "site_id"])
    two = candidates_of(state, ["brownfield", "vacancy"])
    two = two.take([two.keys.index("s2"), two.keys.index("s1")])
    part = potential(state, "adult", kinds=["pharmacy"], sites=two).set_index(["kind", "site_id"])
    pd.testing.assert_frame_equal(
        part.drop(columns="rank"), whole.loc[part.index].drop(columns="rank"), check_like=True
    )
    with pytest.raises(AnalysisError, match="casino"):
        potential(state, "adult", kinds=["casino"])
    with pytest.raises(AnalysisError, match="Art"):
        potential(state, "adult", kinds=[])
    assert potential(state, "adult", sites=two.take([])).empty


# A street of ten houses, 100 m apart, with 10 residents each; the shop stands at its western end.
#
#   S   1   2   3   4   5   6   7   8   9   10
#   0  100 200 300 400 500 600 700 800 900 1000 m


def _street_town() -> Base:
    tables = street_tables()
    line = shapely.LineString([(0, 0), (1000, 0)])
    nodes = tables["nodes"].iloc[:2].assign(x=[0.0, 1000.0])
    edges = tables["edges"].iloc[:1].assign(u=0, v=1, length_m=1000.0).set_geometry([line], crs=CRS)

    def along(x: list[float]) -> dict[str, Any]:
        return {
            "edge_id": 0,
            "offset_m": x,
            "to_street_m": 0.0,
            "geometry": [shapely.Point(at, 0) for at in x],
        }

    def rows(table: str, key: str, names: list[str], x: list[float], **more: Any) -> gpd.GeoDataFrame:
        frame = tables[table].iloc[[0] * len(names)].reset_index(drop=True)
        return frame.assign(**{key: names}, **along(x), **more)

    homes = [100.0 * number for number in range(1, 11)]
    return base_of(
        {
            "nodes": nodes,
            "edges": edges,
            "places": rows("places", "place_id", ["shop"], [0.0]),
            "buildings": rows(
                "buildings", "building_id", [f"w{n}" for n in range(10)], homes, residents=10.0
            ),
            "districts": tables["districts"].set_geometry([shapely.box(-10, -50, 1010, 50)], crs=CRS),
            "sites": rows("sites", "site_id", ["west", "middle", "east"], [350.0, 650.0, 1000.0]),
        },
        [load_kinds()["supermarket"]],
        {"adult": PERSONS["adult"]},
    )


def test_in_a_street_the_best_site_is_known() -> None:
    state = apply(_street_town(), EMPTY)
    table = potential(state, "adult").set_index("site_id")
    # Houses 6 to 10 are beyond 500 m: the middle reaches all of them, the west those at 600 to 800 m.
    assert table["people_within"].to_dict() == {"west": 30.0, "middle": 50.0, "east": 50.0}
    assert table.loc["middle", "rank"] == 1
    saved = [max(at - abs(at - 650), 0) for at in range(100, 1001, 100)]
    assert table.loc["middle", "minutes_saved"] == pytest.approx(10 * sum(saved) / 80)
    candidates = candidates_of(state, ["brownfield"])
    shortest = question(state, "supermarket", "adult", candidates, Wish(model=Model.DISTANCE, number=1))
    best = suggest(shortest)
    assert best.keys == ("middle",)
    assert best.metres_saved == pytest.approx(10 * sum(saved))
    assert best.gap == 0
    most = question(state, "supermarket", "adult", candidates, Wish(number=2))
    assert suggest(most).objective == 50
    other = second_best(most, suggest(most))
    assert other is not None
    assert other.objective == 50, "two sites are equally good"
