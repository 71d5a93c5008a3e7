"""The tables that pages show and commands write."""

from __future__ import annotations

import numpy as np
import pytest

from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.candidates import candidates_of
from kudequa_geo.scenarios.change import AddPlace, ClosePlace, MovePlace, ResizePlace, Spot
from kudequa_geo.scenarios.effect import Turn, differences
from kudequa_geo.scenarios.outcome import evaluate
from kudequa_geo.scenarios.results import (
    changed_places,
    changed_walks,
    scenario_tables,
    suggestion_table,
)
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.siting import Wish, question, second_best, suggest
from kudequa_geo.scenarios.state import State
from tests.fixtures.grid_city import CRS, city_base, grid_city

CHANGES = (
    AddPlace(place_id="neu-1", kind="supermarket", at=Spot(building="w003"), name="Markt", capacity=40),
    MovePlace(place_id="n03", to=Spot(site="s2")),
    ClosePlace(place_id="n02"),
    ResizePlace(place_id="n04", capacity=1),
)


@pytest.fixture(scope="module")
def base() -> Base:
    return city_base(grid_city(np.random.default_rng(19)))


def _after(base: Base, *changes: object) -> State:
    return apply(base, Scenario(name="x", changes=changes))


def test_changed_places_are_listed_with_what_happened(base: Base) -> None:
    frame = changed_places(_after(base), _after(base, *CHANGES)).set_index("place_id")
    assert frame["change"].to_dict() == {"n02": "closed", "n03": "moved", "n04": "resized", "neu-1": "added"}
    assert frame.loc["neu-1", "name"] == "Markt"
    assert frame.loc["neu-1", "capacity"] == 40
    back = changed_places(_after(base, *CHANGES), _after(base)).set_index("place_id")
    assert back["change"].to_dict() == {"n02": "added", "n03": "moved", "n04": "resized", "neu-1": "closed"}
    assert changed_places(_after(base), _after(base)).empty


def test_tables_of_a_scenario(base: Base) -> None:
    before, after = evaluate(_after(base), ["adult"]), evaluate(_after(base, *CHANGES), ["adult"])
    tables = scenario_tables(before, after)
    table = tables["comparison"]
    row = table[
        (table["level"] == "area") & (table["kind"] == "supermarket") & (table["measure"] == "mean_min")
    ]
    assert row["difference"].item() == pytest.approx(row["after"].item() - row["before"].item())
    assert set(tables["effects"]["group"]) >= {"residents", "residents_65_plus"}
    assert set(tables["effects"]["person"]) == {"adult"}
    assert tables["changed_places"].crs == CRS


def test_changed_walks_have_points_and_no_residents(base: Base) -> None:
    before, after = evaluate(_after(base)), evaluate(_after(base, *CHANGES))
    frame = changed_walks(before, after)
    assert frame.crs == CRS
    assert not [name for name in frame.columns if "resident" in name]
    for (person, kind), part in frame.groupby(["person", "kind"]):
        whole = differences(before.state, after.state, person, kind)
        expected = whole[~whole["turn"].isin([Turn.SAME, Turn.NEVER])]
        assert part["building_id"].tolist() == expected["building_id"].tolist()
        np.testing.assert_array_equal(part["difference_min"], expected["difference_min"])
    walks = before.state.nearest("pram").metres, after.state.nearest("pram").metres
    assert set(frame.loc[frame["person"] == "pram", "kind"]) == {
        kind
        for kind, column in base.kind_index.items()
        if not np.array_equal(walks[0][:, column], walks[1][:, column], equal_nan=True)
    }
    assert changed_walks(before, before).empty


def test_suggestions_are_listed_best_first(base: Base) -> None:
    state = _after(base)
    candidates = candidates_of(state, ["brownfield", "vacancy"])
    task = question(state, "supermarket", "adult", candidates, Wish(number=1))
    best = suggest(task)
    other = second_best(task, best)
    assert other is not None
    frame = suggestion_table(task, [best, other], candidates)
    assert frame["choice"].tolist() == [1, 2]
    assert frame["site_id"].tolist() == [*best.keys, *other.keys]
    assert frame["people_alone"].iloc[0] == best.objective
    assert frame["gap"].eq(0).all()
    assert frame.crs == CRS
