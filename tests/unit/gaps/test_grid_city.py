"""A grid city whose every house and place is worth a power of two: sums tell exactly what was counted.

The trick of Conveyal's R5: if the houses have 1, 2, 4, 8 ... residents, the binary digits of the sum are
the houses that were counted, and one wrong house shows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kudequa_geo.access.graph import Positions, network_from_tables
from kudequa_geo.access.nearest import Router
from kudequa_geo.constants import PERSONS, Sourced
from kudequa_geo.gaps.catchment import pairs_of, two_step
from kudequa_geo.gaps.indicators import indicators

BLOCK_M, SIDE = 100.0, 7
NODES = [(row, column) for row in range(SIDE) for column in range(SIDE)]
PLACES = {"gp": [(0, 0), (3, 3)], "kita": [(6, 1)]}


def distance(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Metres between two corners: along the blocks."""
    return BLOCK_M * (abs(a[0] - b[0]) + abs(a[1] - b[1]))


@pytest.fixture(scope="module")
def walks() -> np.ndarray:
    """Metres from every corner to the nearest place of each kind, by the project's own engine."""
    number = {node: at for at, node in enumerate(NODES)}
    ends = [
        (number[node], number[after])
        for node in NODES
        for after in ((node[0] + 1, node[1]), (node[0], node[1] + 1))
        if after in number
    ]
    edges = pd.DataFrame(ends, columns=["u", "v"])
    edges["edge_id"], edges["length_m"] = range(len(edges)), BLOCK_M
    nodes = pd.DataFrame({"node_id": range(len(NODES)), "x": 0.0, "y": 0.0})
    nodes["x"], nodes["y"] = [c * BLOCK_M for _, c in NODES], [r * BLOCK_M for r, _ in NODES]

    def at(corners: list[tuple[int, int]]) -> Positions:
        rows, offsets = [], []
        for corner in corners:
            on = edges.index[(edges["u"] == number[corner]) | (edges["v"] == number[corner])][0]
            rows.append(on)
            offsets.append(0.0 if edges.loc[on, "u"] == number[corner] else BLOCK_M)
        count = len(corners)
        return Positions(np.array(rows, dtype=np.int32), np.array(offsets), np.zeros(count))

    goals = [(kind, corner) for kind, corners in enumerate(PLACES.values()) for corner in corners]
    router = Router(network_from_tables(nodes, edges), threads=1)
    found = router.nearest(at(NODES), at([corner for _, corner in goals]), np.array([k for k, _ in goals]), 2)
    return found.metres[:, :, 0]


@pytest.mark.parametrize("limit", [0.0, 99.0, 100.0, 250.0, 300.0, 1e6])
def test_the_sum_tells_which_houses_are_within(walks: np.ndarray, limit: float) -> None:
    buildings = pd.DataFrame({"residents": 2.0 ** np.arange(len(NODES))})
    limits = {kind: Sourced(limit, "m", "test", 2025) for kind in PLACES}
    found = indicators({"adult": walks}, buildings, limits, PERSONS).set_index("kind")
    for kind, places in PLACES.items():
        counted = int(found.loc[kind, "residents_within_limit"])
        houses = {node for bit, node in enumerate(NODES) if counted >> bit & 1}
        expected = {node for node in NODES if min(distance(node, place) for place in places) <= limit}
        assert houses == expected


def test_minutes_are_those_of_the_blocks(walks: np.ndarray) -> None:
    buildings = pd.DataFrame({"residents": np.ones(len(NODES))})
    limits = {kind: Sourced(500, "m", "test", 2025) for kind in PLACES}
    found = indicators({"adult": walks}, buildings, limits, PERSONS).set_index("kind")
    nearest = sorted(min(distance(node, place) for place in PLACES["gp"]) for node in NODES)
    assert found.loc["gp", "mean_min"] == pytest.approx(sum(nearest) / len(nearest) / 80)
    assert found.loc["gp", "median_min"] == pytest.approx(nearest[24] / 80)
    assert found.loc["gp", "p90_min"] == pytest.approx(nearest[44] / 80)


@pytest.mark.parametrize("radius", [100.0, 300.0, 450.0])
def test_the_catchment_tells_which_places_and_houses_meet(radius: float) -> None:
    corners = NODES[::4]
    origin, place = (part.reshape(-1) for part in np.indices((len(NODES), len(corners))))
    metres = [distance(NODES[i], corners[j]) for i, j in zip(origin, place, strict=True)]
    pairs = pairs_of(origin, place, metres, len(NODES), len(corners))
    demand = 2.0 ** np.arange(len(NODES))
    came = two_step(pairs, np.ones(len(corners)), demand, radius_m=radius).demand
    for j, corner in enumerate(corners):
        houses = {node for bit, node in enumerate(NODES) if int(came[j]) >> bit & 1}
        assert houses == {node for node in NODES if distance(node, corner) <= radius}
    # One resident each and supply worth its own demand: access counts the places by powers of two.
    ones = np.ones(len(NODES))
    visitors = two_step(pairs, np.ones(len(corners)), ones, radius_m=radius).demand
    access = two_step(pairs, 2.0 ** np.arange(len(corners)) * visitors, ones, radius_m=radius).access
    for i, node in enumerate(NODES):
        places = {corner for bit, corner in enumerate(corners) if int(access[i]) >> bit & 1}
        assert places == {corner for corner in corners if distance(node, corner) <= radius}
