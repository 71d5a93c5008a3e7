"""``python -m benchmarks.scenarios``: the goals of scenarios on a whole city, 100,000 homes on their streets.

Times are medians; on a shared machine read the processor time.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks import city as cities
from benchmarks.measure import Table, extract, timed
from kudequa_geo.access.graph import Network, Positions
from kudequa_geo.access.warm_up import warm_up
from kudequa_geo.constants import PERSONS
from kudequa_geo.gaps.need import weigh
from kudequa_geo.kinds import load_kinds
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import Base, base_of
from kudequa_geo.scenarios.candidates import candidates_of
from kudequa_geo.scenarios.change import (
    AddPlace,
    Change,
    ClosePath,
    ClosePlace,
    FreePath,
    MovePlace,
    OpenPath,
    Spot,
)
from kudequa_geo.scenarios.effect import differences, effects
from kudequa_geo.scenarios.outcome import Outcome, evaluate
from kudequa_geo.scenarios.potential import potential
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.siting import Wish, question, second_best, suggest
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.task import Model, Terms

PERSON = "adult"
KIND = "supermarket"
N_SITES = 200
#: Demand rows of the goal for suggestions.
N_DEMAND = 25_000
DISTRICTS_PER_SIDE = 5


@dataclass(frozen=True)
class Where:
    """Points of the city that the changes are about, and a place of the kind."""

    spot: tuple[float, float]
    other: tuple[float, float]
    place_id: str


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osm", type=Path, help="default: heidelberg.osm.pbf of KUDEQUA_RAW_DATA")
    parser.add_argument("--repeat", type=int, default=9)
    options = parser.parse_args()
    osm = extract(parser, options.osm, "heidelberg.osm.pbf")

    warm_up()
    nodes, edges = cities.read_tables(osm)
    base = base_with(nodes, edges, cities.N_ORIGINS)
    print(f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(
        f"{osm.name}: {len(nodes):,} nodes, {len(edges):,} edges, {cities.N_ORIGINS:,} homes, "
        f"{len(base.places):,} places of {len(base.kinds)} kinds, {N_SITES} sites\n"
    )
    table = Table()
    today = warmed(base)
    where = points_of(base)
    measure_changes(today, where, table, options.repeat)
    measure_figures(today, where, table, max(options.repeat // 3, 1))
    measure_sites(today, table, max(options.repeat // 3, 1))
    few = warmed(base_with(nodes, edges, N_DEMAND))
    measure_suggestions(few, table, max(options.repeat // 3, 1))
    print(table.text())


def base_with(nodes: pd.DataFrame, edges: gpd.GeoDataFrame, homes: int) -> Base:
    """Return the city as the base of scenarios: homes, places and sites spread over its streets."""
    rng = np.random.default_rng(1)
    city = cities.populate(nodes, edges, rng)
    kinds = list(load_kinds().values())[: cities.N_KINDS]
    residents = rng.integers(0, 12, homes).astype(float)
    start = city.origins.take(slice(0, homes))
    # As prepared: in the order of their streets.
    start = start.take(np.argsort(start.edge, kind="stable"))
    places = _located(city.places, city.network, edges)
    sites = _located(_spread(rng, edges, N_SITES), city.network, edges)
    tables: dict[str, Any] = {
        "nodes": nodes.assign(component=np.int32(0)),
        "edges": edges,
        "buildings": _located(start, city.network, edges).assign(
            building_id=[f"w{row}" for row in range(homes)],
            residents=residents,
            residents_65_plus=residents * rng.random(homes) * 0.5,
        ),
        "places": places.assign(
            place_id=[f"n{row}" for row in range(len(places))],
            kind=[kinds[number].key for number in city.kinds.tolist()],
            field="local_supply",
            name="",
            wheelchair="",
            capacity=np.nan,
            source="",
            modelled=True,
        ),
        "sites": sites.assign(
            site_id=[f"s{row:03d}" for row in range(len(sites))],
            kind=np.where(np.arange(len(sites)) % 2, "brownfield", "vacancy"),
            name=[f"Site {row}" for row in range(len(sites))],
        ),
    }
    tables["districts"] = _districts(edges)
    boxes = tables["districts"].geometry.to_numpy()
    row, box = shapely.STRtree(boxes).query(tables["buildings"].geometry.to_numpy(), predicate="intersects")
    district = pd.Series(box, index=row)
    district = district[~district.index.duplicated()].reindex(range(homes))
    tables["buildings"]["district_id"] = tables["districts"]["district_id"].to_numpy()[district.astype(int)]
    return base_of(tables, kinds, dict(PERSONS), municipality="heidelberg", network=city.network)


def _spread(rng: np.random.Generator, edges: gpd.GeoDataFrame, count: int) -> Positions:
    edge = rng.integers(0, len(edges), count).astype(np.int32)
    return Positions(edge, rng.random(count) * edges["length_m"].to_numpy()[edge], rng.random(count) * 20)


def _located(at: Positions, network: Network, edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    share = at.offset_m / np.maximum(network.length_m[at.edge], 1e-9)
    points = shapely.line_interpolate_point(edges.geometry.to_numpy()[at.edge], share, normalized=True)
    columns = {"edge_id": at.edge.astype(np.int64), "offset_m": at.offset_m, "to_street_m": at.leg_m}
    return gpd.GeoDataFrame(columns, geometry=points, crs=edges.crs)


def _districts(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    west, south, east, north = edges.total_bounds
    xs = np.linspace(west - 1, east + 1, DISTRICTS_PER_SIDE + 1)
    ys = np.linspace(south - 1, north + 1, DISTRICTS_PER_SIDE + 1)
    boxes = [shapely.box(x0, y0, x1, y1) for x0, x1 in pairwise(xs) for y0, y1 in pairwise(ys)]
    names = [f"d{number:02d}" for number in range(len(boxes))]
    return gpd.GeoDataFrame(
        {"district_id": names, "name": names, "parent": None}, geometry=boxes, crs=edges.crs
    )


def warmed(base: Base) -> State:
    """Return the city of today with everything a page keeps of it."""
    today = apply(base, Scenario(name="today"))
    today.nearest(PERSON)
    today.metres(PERSON, KIND)
    return today


def points_of(base: Base) -> Where:
    """Return points on streets near the middle of the city."""
    away = np.hypot(*(base.building_points - np.median(base.building_points, axis=0)).T)
    near = np.argsort(away, kind="stable")
    spot, other = (tuple(base.building_points[near[row]].tolist()) for row in (0, 400))
    kinds = base.places["kind"].to_numpy(object)
    of_kind = np.flatnonzero(kinds == KIND)
    middle = np.hypot(*(base.place_points[of_kind] - np.array(spot)).T).argmin()
    return Where(spot, other, str(base.places["place_id"].iloc[of_kind[middle]]))


def _scenario(*changes: Change) -> Scenario:
    return Scenario(name="x", changes=changes)


def measure_changes(today: State, where: Where, table: Table, repeat: int) -> None:
    """Measure a change: all walks of all kinds new and exact."""
    shop = AddPlace(place_id="neu-1", kind=KIND, at=Spot(point=where.spot))
    places: tuple[tuple[str, Change], ...] = (
        ("added", shop),
        ("moved", MovePlace(place_id=where.place_id, to=Spot(point=where.spot))),
        ("closed", ClosePlace(place_id=where.place_id)),
    )
    for word, change in places:
        scenario = _scenario(change)
        ms, _ = timed(lambda s=scenario: apply(today.base, s).metres(PERSON, KIND), repeat)
        table.add(f"a place {word}: all walks new", ms, 15)
    paths: tuple[tuple[str, Change], ...] = (
        ("closed", ClosePath(at=where.spot)),
        ("opened", OpenPath(points=(where.spot, where.other))),
        ("made free of steps", FreePath(at=_barrier(today.base))),
    )
    for word, path in paths:
        scenario = _scenario(path)
        ms, _ = timed(lambda s=scenario: apply(today.base, s).metres(PERSON, KIND), repeat)
        table.add(f"a path {word}: walks to the kind that is looked at", ms, 30)
        ms, _ = timed(lambda s=scenario: apply(today.base, s).nearest(PERSON), repeat)
        table.add(f"a path {word}: walks to all {len(today.base.kinds)} kinds", ms, 30)


def _barrier(base: Base) -> tuple[float, float]:
    steps = np.flatnonzero(base.network.closed_to(frozenset(base.network.barriers)))
    row = int(steps[0])
    middle = base.network.shape[base.network.shape_start[row] : base.network.shape_start[row + 1]].mean(
        axis=0
    )
    return float(middle[0]), float(middle[1])


def measure_figures(today: State, where: Where, table: Table, repeat: int) -> None:
    """Measure the figures of a page after a change, and all figures of all kinds."""
    scenario = _scenario(AddPlace(place_id="neu-1", kind=KIND, at=Spot(point=where.spot)))

    def page() -> None:
        after = apply(today.base, scenario)
        effects(today, after, persons=[PERSON], kinds=[KIND])
        differences(today, after, PERSON, KIND)

    ms, _ = timed(page, repeat)
    table.add("a place added: who gains, who loses, map of differences", ms)

    def figures() -> Outcome:
        outcome = evaluate(apply(today.base, scenario), [PERSON])
        outcome.indicators()
        outcome.equity()
        weigh(outcome.unmet(PERSON))
        outcome.competition(PERSON, KIND)
        return outcome

    ms, _ = timed(figures, repeat)
    table.add("a place added: shares, quantiles, equity, need of all kinds, competition", ms, 600)


def measure_sites(today: State, table: Table, repeat: int) -> None:
    """Measure what each site would bring."""
    ms, found = timed(lambda: potential(today, PERSON), repeat)
    table.add(
        f"site potential, {N_SITES} sites × {len(today.base.kinds)} kinds", ms, 2000, f"{len(found):,} rows"
    )


def measure_suggestions(today: State, table: Table, repeat: int) -> None:
    """Measure suggestions for a kind with a gap: three quarters of its places are gone."""
    rows = np.flatnonzero(today.place_kinds == today.base.kind_index[KIND])
    gone = today.base.places["place_id"].iloc[rows[rows % 4 > 0]]
    sparse = apply(today.base, _scenario(*(ClosePlace(place_id=str(key)) for key in gone)))
    sparse = replace(sparse, scenario=_scenario())
    sparse.metres(PERSON, KIND)
    spots = candidates_of(sparse, ["brownfield", "vacancy"])
    for model in Model:
        wish = Wish(model=model, number=None if model is Model.ALL else 3, share=0.9)

        def best(wish: Wish = wish) -> str:
            task = question(sparse, KIND, PERSON, spots, wish)
            terms = Terms(clock=time.monotonic)
            found = suggest(task, terms)
            other = second_best(task, found, terms)
            proof = "proven best" if found.gap == 0 else f"gap {found.gap:.2%}"
            return f"{len(found.keys)} places, {proof}" + (", second best too" if other else "")

        ms, note = timed(best, repeat)
        table.add(f"suggestion {model.value}, {N_SITES} candidates × {N_DEMAND:,} homes", ms, 5000, note)


if __name__ == "__main__":
    main()
