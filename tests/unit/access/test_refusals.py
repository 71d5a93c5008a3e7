"""What is refused, with what message, and what has a defined result though it looks wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kudequa_geo.access.graph import Positions, network_from_tables
from kudequa_geo.access.isochrones import BESIDE_M, CELL_M, isochrones
from kudequa_geo.access.nearest import Router
from kudequa_geo.access.reach import choice, path, within
from kudequa_geo.access.snapping import streets_of
from kudequa_geo.errors import AnalysisError
from tests.fixtures.networks import Toy, draw

NOWHERE = Positions(np.array([-1], np.int32), np.array([np.nan]), np.array([np.nan]))


@pytest.fixture
def toy() -> Toy:
    return draw("A---B---C")


@pytest.fixture
def router(toy: Toy) -> Router:
    return Router(toy.network)


@pytest.mark.parametrize("length", [-1.0, np.nan, np.inf, 1e9])
def test_an_impossible_length_is_named_with_its_edge(toy: Toy, length: float) -> None:
    edges = toy.edges.assign(length_m=[40.0, length])
    with pytest.raises(AnalysisError, match="Kante 1") as error:
        network_from_tables(toy.nodes, edges)
    assert error.value.where == "edges: length_m"
    with pytest.raises(AnalysisError, match="unbrauchbare Länge"):
        toy.network.with_lengths(np.array([1]), np.array([length]))


@pytest.mark.parametrize("node", [-1, 3])
def test_an_edge_to_an_unknown_node_is_refused(toy: Toy, node: int) -> None:
    with pytest.raises(AnalysisError, match="1 Kanten enden an einem Knoten"):
        network_from_tables(toy.nodes, toy.edges.assign(v=[1, node]))


def test_ids_with_gaps_are_refused(toy: Toy) -> None:
    with pytest.raises(AnalysisError, match="lückenlos"):
        network_from_tables(toy.nodes, toy.edges.assign(edge_id=[0, 2]))
    with pytest.raises(AnalysisError, match="lückenlos"):
        network_from_tables(toy.nodes.assign(node_id=[0, 1, 1]), toy.edges)


@pytest.mark.parametrize("rows", [[-1], [2]])
def test_changing_an_unknown_edge_is_refused(toy: Toy, router: Router, rows: list[int]) -> None:
    with pytest.raises(AnalysisError, match=f"Kante {rows[0]} gibt es im Netz nicht"):
        toy.network.with_lengths(np.array(rows), np.array([5.0]))
    with pytest.raises(AnalysisError, match=f"Kante {rows[0]} gibt es im Netz nicht"):
        router.changed(closed=np.array(rows))
    with pytest.raises(AnalysisError, match=f"Kante {rows[0]} gibt es im Netz nicht"):
        router.changed(opened=np.array(rows))


@pytest.mark.parametrize("k", [0, 4, -1])
def test_k_is_one_to_three(toy: Toy, router: Router, k: int) -> None:
    with pytest.raises(AnalysisError, match="möglich sind 1 bis 3"):
        router.nearest(toy.at(("AB", 0)), toy.at(("AB", 0)), np.array([0]), 1, k=k)


@pytest.mark.parametrize("kinds", [[-1], [2], [0, 0], []])
def test_every_place_has_a_known_kind(toy: Toy, router: Router, kinds: list[int]) -> None:
    with pytest.raises(AnalysisError):
        router.nearest(toy.at(("AB", 0)), toy.at(("AB", 0)), np.array(kinds, dtype=int), 2)
    with pytest.raises(AnalysisError):
        choice(router, toy.at(("AB", 0)), toy.at(("AB", 0)), np.array(kinds, int), n_kinds=2, limit_m=9)


def test_a_place_on_an_unknown_edge_is_refused(toy: Toy, router: Router) -> None:
    place = Positions(np.array([7], np.int32), np.array([0.0]), np.array([0.0]))
    for call in (
        lambda: router.nearest(toy.at(("AB", 0)), place, np.array([0]), 1),
        lambda: router.nearest(place, toy.at(("AB", 0)), np.array([0]), 1),
        lambda: within(router, toy.at(("AB", 0)), place, 100),
        lambda: path(router, toy.at(("AB", 0)), place),
        lambda: isochrones(router, place, [100]),
    ):
        with pytest.raises(AnalysisError, match="liegt auf Kante 7"):
            call()


@pytest.mark.parametrize("wrong", [-1.0, np.nan, 1e9])
@pytest.mark.parametrize("column", ["offset_m", "leg_m"])
def test_an_impossible_position_is_refused(toy: Toy, router: Router, column: str, wrong: float) -> None:
    values = {"offset_m": np.array([5.0]), "leg_m": np.array([5.0]), column: np.array([wrong])}
    place = Positions(np.array([0], np.int32), **values)
    with pytest.raises(AnalysisError, match="negativ, zu groß oder keine Zahl"):
        router.nearest(toy.at(("AB", 0)), place, np.array([0]), 1)


def test_an_offset_beyond_the_edge_is_its_end(toy: Toy, router: Router) -> None:
    beyond = Positions(np.array([0], np.int32), np.array([40.0001]), np.array([0.0]))
    found = router.nearest(toy.at(("AB", 0)), beyond, np.array([0]), 1)
    assert found.metres[0, 0, 0] == 40


@pytest.mark.parametrize("limit", [-1.0, np.nan])
def test_a_limit_is_a_number_from_zero(toy: Toy, router: Router, limit: float) -> None:
    home, shop = toy.at(("AB", 0)), toy.at(("BC", 0))
    for call in (
        lambda: within(router, home, shop, limit),
        lambda: choice(router, home, shop, np.array([0]), n_kinds=1, limit_m=limit),
        lambda: isochrones(router, shop, [100, limit]),
        lambda: streets_of(router.network).snap(np.zeros(1), np.zeros(1), max_distance_m=limit),
    ):
        with pytest.raises(AnalysisError, match="negativ oder keine Zahl"):
            call()
    with pytest.raises(AnalysisError):
        isochrones(router, shop, [])


@pytest.mark.parametrize("compiled", [True, False])
def test_limits_of_zero_and_of_a_thousand_kilometres(toy: Toy, compiled: bool) -> None:
    router = Router(toy.network, compiled=compiled)
    homes, shops = toy.at(("AB", 0), ("BC", 40)), toy.at(("AB", 0), ("BC", 40))
    kinds = np.array([0, 0])
    assert choice(router, homes, shops, kinds, n_kinds=1, limit_m=0).tolist() == [[1], [1]]
    assert choice(router, homes, shops, kinds, n_kinds=1, limit_m=1e6).tolist() == [[2], [2]]
    point, all_of_it = isochrones(router, shops.take([0]), [0, 1e6])
    assert point.area <= CELL_M**2
    assert all_of_it.area > 80 * 2 * BESIDE_M


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("k", [1, 3])
def test_a_kind_without_a_place_is_nan_for_all(toy: Toy, compiled: bool, k: int) -> None:
    router = Router(toy.network, compiled=compiled)
    found = router.nearest(toy.at(("AB", 0), ("BC", 0)), toy.at(("AB", 0)), np.array([1]), 3, k=k)
    assert np.isnan(found.metres[:, [0, 2]]).all()
    assert found.metres[:, 1, 0].tolist() == [0, 40]
    assert (found.place[:, [0, 2]] == -1).all()


@pytest.mark.parametrize("compiled", [True, False])
def test_no_place_and_no_origin_at_all(toy: Toy, compiled: bool) -> None:
    router = Router(toy.network, compiled=compiled)
    nobody, home = toy.at(("AB", 0)).take(slice(0, 0)), toy.at(("AB", 0))
    none = np.empty(0, dtype=int)
    assert np.isnan(router.nearest(home, nobody, none, 2, k=3).metres).all()
    assert router.nearest(nobody, home, np.array([0]), 1).metres.shape == (0, 1, 1)
    assert len(within(router, home, nobody, 500).origin) == 0
    assert within(router, nobody, home, 500).start.tolist() == [0, 0]
    assert choice(router, home, nobody, none, n_kinds=2, limit_m=500).tolist() == [[0, 0]]


@pytest.mark.parametrize("compiled", [True, False])
def test_who_is_not_connected_has_no_walk(toy: Toy, compiled: bool) -> None:
    router = Router(toy.network, compiled=compiled)
    shop = toy.at(("AB", 0))
    assert np.isnan(router.nearest(NOWHERE, shop, np.array([0]), 1, k=2).metres).all()
    assert np.isnan(router.nearest(shop, NOWHERE, np.array([0]), 1).metres).all()
    assert np.isnan(choice(router, NOWHERE, shop, np.array([0]), n_kinds=1, limit_m=500)).all()
    assert len(within(router, NOWHERE, shop, 500).origin) == 0
    assert path(router, NOWHERE, shop) is None
    assert isochrones(router, NOWHERE, [500])[0].is_empty


def test_a_network_of_one_node_and_one_loop() -> None:
    nodes = pd.DataFrame({"node_id": [0], "x": [0.0], "y": [0.0]})
    edges = pd.DataFrame({"edge_id": [0], "u": [0], "v": [0], "length_m": [100.0]})
    point = Positions(np.zeros(1, np.int32), np.array([30.0]), np.array([1.0]))
    other = Positions(np.zeros(1, np.int32), np.array([90.0]), np.array([0.0]))
    found = Router(network_from_tables(nodes, edges)).nearest(point, other, np.array([0]), 1)
    assert found.metres[0, 0, 0] == 41
