"""Changes are made all or none, the base stays as it is, and what must always hold does."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import shapely

from kudequa_geo import schema
from kudequa_geo.constants import Barrier
from kudequa_geo.errors import AnalysisError
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.change import (
    AddHousing,
    AddPlace,
    Change,
    CloseGate,
    ClosePath,
    ClosePlace,
    FreePath,
    MovePlace,
    OpenGate,
    OpenPath,
    ResizePlace,
    Spot,
)
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.tables import buildings_after, places_after
from tests.fixtures.grid_city import city_base, grid_city

#: A city in which the buildings and sites named below are connected.
SEED = 19


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    return grid_city(np.random.default_rng(SEED))


@pytest.fixture(scope="module")
def base(tables: dict[str, Any]) -> Base:
    return city_base(tables)


def _apply(base: Base, *changes: Change) -> State:
    return apply(base, Scenario(name="x", changes=changes))


def _shop(number: int = 1, **at: Any) -> AddPlace:
    return AddPlace(place_id=f"neu-{number}", kind="supermarket", at=Spot(**at))


def _frozen(base: Base) -> bytes:
    """Everything of a base that a change could touch, as bytes."""
    network = base.network
    arrays = [network.tail, network.head, network.length, network.oneway, *network.barriers.values()]
    arrays += [network.shape, base.snappable, base.component, base.place_points, base.place_kinds]
    for positions in (base.origins, base.destinations, base.site_positions):
        arrays += [positions.edge, positions.offset_m, positions.leg_m]
    return pickle.dumps([*arrays, base.places.to_wkb(), base.buildings.to_wkb(), base.sites.to_wkb()])


def _walk(state: State, person: str = "adult") -> np.ndarray:
    return state.nearest(person).metres[:, :, 0]


def _middle(base: Base, edge: int) -> tuple[float, float]:
    line = shapely.LineString(
        base.network.shape[base.network.shape_start[edge] : base.network.shape_start[edge + 1]]
    )
    point = line.interpolate(0.4, normalized=True)
    return point.x, point.y


EVERYTHING: tuple[Change, ...] = (
    _shop(building="w003"),
    MovePlace(place_id="n01", to=Spot(site="s2")),
    ClosePlace(place_id="n02"),
    ResizePlace(place_id="n03", capacity=7),
    AddHousing(at=Spot(building="w010"), persons=120, groups={"residents_65_plus": 40}),
)


def test_nothing_changed_is_the_base_itself(base: Base) -> None:
    state = _apply(base)
    assert state.network is base.network
    assert state.origins is base.origins
    assert state.destinations is base.destinations


def test_no_change_touches_the_base(base: Base) -> None:
    before = _frozen(base)
    streets = (
        OpenPath(points=(_middle(base, 3), _middle(base, 40)), frontage=True),
        CloseGate(at=_middle(base, 8)),
    )
    state = _apply(base, *EVERYTHING, *streets, ClosePath(at=_middle(base, 12)))
    _walk(state)
    buildings_after(state)
    places_after(state)
    assert _frozen(base) == before


def test_adding_and_removing_a_place_returns_the_exact_bytes(base: Base) -> None:
    for person in base.persons:
        removed = _apply(base, _shop(point=(500.0, 400.0)), ClosePlace(place_id="neu-1"))
        for name in ("metres", "place"):
            now, then = (getattr(state.nearest(person, k=3), name) for state in (removed, _apply(base)))
            assert now.tobytes() == then.tobytes()


def test_undone_changes_leave_no_trace(base: Base) -> None:
    first = Scenario(name="x", changes=EVERYTHING[:2])
    longer = first.with_change(OpenPath(points=(_middle(base, 3), _middle(base, 40))))
    apply(base, longer)
    assert _walk(apply(base, longer.without_change(2))).tobytes() == _walk(apply(base, first)).tobytes()


def test_a_new_place_never_lengthens_a_walk(base: Base) -> None:
    before = _walk(_apply(base))
    for row in range(0, 150, 10):
        if base.origins.edge[row] >= 0:
            after = _walk(_apply(base, _shop(building=f"w{row:03d}")))
            assert (np.nan_to_num(after, nan=np.inf) <= np.nan_to_num(before, nan=np.inf)).all()


def test_a_new_path_without_frontage_never_lengthens_a_walk(base: Base) -> None:
    before = np.nan_to_num(_walk(_apply(base)), nan=np.inf)
    for one, other in ((3, 40), (7, 80), (11, 60)):
        after = _walk(_apply(base, OpenPath(points=(_middle(base, one), _middle(base, other)))))
        assert (np.nan_to_num(after, nan=np.inf) <= before + 1e-5).all()


def test_a_footbridge_with_steps_helps_only_those_who_can_climb(base: Base) -> None:
    bridge = OpenPath(points=(_middle(base, 36), _middle(base, 18)), barriers=(Barrier.STEPS,))
    adult = _walk(_apply(base, bridge)) - _walk(_apply(base))
    pram = _walk(_apply(base, bridge), "pram") - _walk(_apply(base), "pram")
    assert np.nanmin(adult) < -1
    assert np.nanmax(np.abs(pram)) < 1e-5
    freed = FreePath(at=_middle_of(bridge), barriers=(Barrier.STEPS,))
    now = _walk(_apply(base, bridge, freed), "pram") - _walk(_apply(base), "pram")
    assert np.nanmin(now) < -1


def _middle_of(path: OpenPath) -> tuple[float, float]:
    point = shapely.LineString(path.points).interpolate(0.37, normalized=True)
    return point.x, point.y


def test_a_gate_closed_and_opened_again_is_as_if_it_had_stayed_open(base: Base) -> None:
    gate = _middle(base, 20)
    closed = _apply(base, CloseGate(at=gate))
    opened = _apply(base, CloseGate(at=gate), OpenGate(at=gate))
    np.testing.assert_allclose(_walk(opened), _walk(_apply(base)), atol=1e-4)
    assert np.nansum(np.abs(_walk(closed) - _walk(_apply(base)))) > 1
    with pytest.raises(AnalysisError, match="kein geschlossenes Tor"):
        _apply(base, CloseGate(at=gate), OpenGate(at=gate), OpenGate(at=(gate[0] + 0.5, gate[1])))


def test_a_path_to_the_island_lets_its_houses_walk(base: Base) -> None:
    island = np.flatnonzero(~base.snappable)
    spot = Spot(point=_middle(base, int(island[0])))
    home = AddHousing(at=spot, persons=10)
    with pytest.raises(AnalysisError, match="ohne Verbindung"):
        _apply(base, home)
    bridge = OpenPath(points=(_middle(base, 0), _middle(base, int(island[0]))))
    state = _apply(base, bridge, home, _shop(building="w003"))
    assert np.isfinite(_walk(state)[-1, 0])
    with pytest.raises(AnalysisError, match="ohne Verbindung"):
        _apply(base, bridge, home, ClosePath(at=_middle_of(bridge)))


def test_the_tables_after_a_scenario_are_valid(base: Base, tables: dict[str, Any]) -> None:
    state = _apply(base, *EVERYTHING, ClosePath(at=_middle(base, 12)))
    buildings = schema.validate("buildings", buildings_after(state))
    places = schema.validate("places", places_after(state))
    assert len(buildings) == len(tables["buildings"]) + 1
    assert buildings["building_id"].iloc[-1] == "neu-h1"
    assert buildings["residents"].iloc[-1] == 120
    assert buildings["residents_65_plus"].iloc[-1] == 40
    assert np.isnan(buildings["residents_foreign"].iloc[-1]), "what is not told is unknown, not zero"
    assert places["place_id"].iloc[-1] == "neu-1"
    assert places.set_index("place_id").loc["n03", "capacity"] == 7
    site = base.site_points[base.site_rows["s2"]]
    assert tuple(places.set_index("place_id").geometry["n01"].coords[0]) == pytest.approx(tuple(site))
    assert state.place_name(len(places) - 1) == "neu-1"
    assert state.place_name(1) == "Ort 1"
    assert state.place_name(0) == "n00", "a place without a name is called by its identifier"


def test_new_housing_belongs_to_its_district(base: Base) -> None:
    west = _apply(base, AddHousing(at=Spot(point=(300.0, 300.0)), dwellings=10, household_size=2))
    assert west.residents["district_id"].iloc[-1] == "1"
    assert west.residents["residents"].iloc[-1] == 20


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_shop(site="s99"), "Fläche „s99“"),
        (_shop(building="w999"), "Gebäude „w999“"),
        (_shop(point=(9e4, 0)), "außerhalb"),
        (_shop(point=(-190.0, 600.0)), "vom nächsten Weg"),
        (AddPlace(place_id="neu-1", kind="casino", at=Spot(site="s1")), "Art „casino“"),
        (MovePlace(place_id="n99", to=Spot(site="s1")), "Ort „n99“"),
        (ClosePlace(place_id="neu-7"), "Ort „neu-7“"),
        (ResizePlace(place_id="n99", capacity=1), "Ort „n99“"),
        (OpenPath(points=((0, 0), (9e4, 9e4))), "verbindet nichts"),
        (OpenPath(points=((9e4, 9e4), (9e4, 8e4))), "verbindet nichts"),
        (OpenPath(points=((120.0, 120.0), (120.0, 120.0))), "dieselbe|derselben|verbindet nichts"),
        (ClosePath(at=(9e4, 9e4)), "keinen Weg"),
        (FreePath(at=(9e4, 9e4)), "Hindernis"),
        (OpenGate(at=(9e4, 9e4)), "Tor"),
        (AddHousing(at=Spot(site="s1"), persons=5, groups={"residents_mars": 1}), "residents_mars"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_with_its_number_and_nothing_is_applied(
    base: Base, change: Change, words: str
) -> None:
    before = _frozen(base)
    with pytest.raises(AnalysisError, match=words) as caught:
        _apply(base, ClosePlace(place_id="n05"), change)
    assert "Nr. 2" in str(caught.value)
    assert _frozen(base) == before


def test_a_place_cannot_close_twice_or_be_used_before_it_comes(base: Base) -> None:
    with pytest.raises(AnalysisError, match="schon geschlossen"):
        _apply(base, ClosePlace(place_id="n05"), ResizePlace(place_id="n05", capacity=2))
    with pytest.raises(AnalysisError, match="kommt erst später"):
        _apply(base, ClosePlace(place_id="neu-1"), _shop(site="s1"))


def test_a_scenario_of_another_city_or_crs_is_refused(base: Base) -> None:
    with pytest.raises(AnalysisError, match="gehört zur Gemeinde"):
        apply(base, Scenario(name="x", municipality="anderswo"))
    with pytest.raises(AnalysisError, match="EPSG:31466"):
        apply(base, Scenario(name="x", crs="EPSG:31466"))
    apply(base, Scenario(name="x", crs="EPSG:25832", municipality="rasterstadt"))
