"""``python -m benchmarks.access``: the goals of the routing engine, measured beside its peers.

Every ratio is of one run. Times are medians; on a shared machine read the ratios.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks import city as cities
from benchmarks import peers
from benchmarks.measure import Table, Timing, bandwidth_gb_s, extract, timed
from kudequa_geo.access.graph import Network, Positions, network_from_tables
from kudequa_geo.access.isochrones import isochrones
from kudequa_geo.access.labels import LANES
from kudequa_geo.access.nearest import Router
from kudequa_geo.access.reach import choice, path, within
from kudequa_geo.access.snapping import snap, streets_of
from kudequa_geo.access.warm_up import warm_up
from kudequa_geo.gaps.catchment import Pairs, enhanced, zone_weights

CATCHMENT_M = 1200.0
N_DOCTORS = 220


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--osm", type=Path, help="default: heidelberg.osm.pbf of KUDEQUA_RAW_DATA")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--growth", type=int, nargs="*", default=[1, 2, 4, 7])
    options = parser.parse_args()
    osm = extract(parser, options.osm, "heidelberg.osm.pbf")

    warm_up()
    nodes, edges = cities.read_tables(osm)
    city = cities.populate(nodes, edges, np.random.default_rng(1))
    print(f"{time.strftime('%Y-%m-%d')}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(
        f"{osm.name}: {len(nodes):,} nodes, {len(edges):,} edges, {cities.N_ORIGINS:,} origins, ",
        end="",
    )
    print(f"{cities.N_PLACES:,} places of {cities.N_KINDS} kinds\n")
    table = Table()
    router, one = measure_nearest(city, table, options.repeat)
    measure_changes(city, router, table, options.repeat)
    measure_catchment(city, router, table, options.repeat)
    measure_areas(city, router, table, options.repeat)
    measure_snapping(city, table, options.repeat)
    print(table.text(), "\n")
    compare(city, router)
    print(limits(city.network, router, one), "\n")
    grow(*cities.split_everywhere(nodes, edges), options.growth, options.repeat)


def measure_nearest(city: cities.City, table: Table, repeat: int) -> tuple[Router, Timing]:
    """Measure set-up and nearest places."""
    setup_ms, _ = timed(lambda: network_from_tables(*_tables(city)).hierarchy, 3)
    table.add("tables to network, order, shortcuts (once per network)", setup_ms)
    router_ms, router = timed(lambda: Router(city.network), repeat)
    table.add("weights of a person (once per set of barriers)", router_ms)
    args = city.places, city.kinds, cities.N_KINDS
    shuffled = city.origins.take(np.random.default_rng(3).permutation(len(city.origins)))
    times = []
    for k, goal in ((1, 15), (3, 45)):
        work = f"nearest of all kinds for all origins, k = {k}, with ids"
        ms, _ = timed(partial(router.nearest, city.origins, *args, k=k), repeat)
        table.add(f"{work}, rows along the streets (as prepared)", ms, goal)
        times.append(ms)
        ms, _ = timed(partial(router.nearest, shuffled, *args, k=k), repeat)
        table.add(f"{work}, rows in random order", ms)
    return router, times[0]


def measure_changes(city: cities.City, router: Router, table: Table, repeat: int) -> None:
    """Measure all minutes anew after a change."""
    kind = city.kinds[0]
    rows = np.flatnonzero(city.kinds == kind)
    edge = city.places.edge.copy()
    edge[0] = -1
    without = Positions(edge, city.places.offset_m, city.places.leg_m)
    one_kind = router.nearest, city.origins, without.take(rows), np.zeros(len(rows), np.int32), 1
    ms, found = timed(partial(*one_kind), repeat)
    whole = router.nearest(city.origins, without, city.kinds, cities.N_KINDS)
    assert np.array_equal(found.metres[:, 0], whole.metres[:, kind], equal_nan=True)
    table.add("a place closed: all walks of its kind new, the others stay", ms, 15)
    rows = np.arange(50, 60)

    def closed() -> None:
        changed = router.changed(closed=rows)
        changed.nearest(city.origins, city.places, city.kinds, cities.N_KINDS)

    ms, _ = timed(closed, repeat)
    table.add("ten paths closed: all walks new", ms, 30)


def measure_catchment(city: cities.City, router: Router, table: Table, repeat: int) -> None:
    """Measure a floating catchment and choice."""
    doctors, people = city.places.take(slice(0, N_DOCTORS)), np.ones(len(city.origins))

    def catchment(origins: Positions) -> int:
        found = within(router, origins, doctors, CATCHMENT_M)
        pairs = Pairs(found.origin, found.start, found.metres, len(origins))
        enhanced(pairs, np.ones(N_DOCTORS), people, zone_weights(pairs.metres, radius_m=CATCHMENT_M))
        return len(found.origin)

    # The router keeps how the origins lie in the network; a copy it does not know.
    first_ms, _ = timed(lambda: catchment(city.origins.take(slice(None))), repeat)
    ms, count = timed(lambda: catchment(city.origins), repeat)
    note = f"{count:,} pairs, exact on edges; the first for these origins {first_ms.median:.1f} ms"
    table.add(f"E2SFCA of one kind, {N_DOCTORS} places, 1200 m", ms, 20, note)
    ms, _ = timed(
        lambda: choice(
            router, city.origins, city.places, city.kinds, n_kinds=cities.N_KINDS, limit_m=CATCHMENT_M
        ),
        3,
    )
    table.add(f"choice: places of all {cities.N_KINDS} kinds within 1200 m, counted", ms)


def measure_areas(city: cities.City, router: Router, table: Table, repeat: int) -> None:
    """Measure isochrones and paths."""
    middle = np.hypot(city.network.x - np.median(city.network.x), city.network.y - np.median(city.network.y))
    edge = int(np.flatnonzero(city.network.tail == middle.argmin())[0])
    centre = Positions(np.array([edge], np.int32), np.zeros(1), np.zeros(1))
    ms, _ = timed(lambda: isochrones(router, centre, [400, 800, 1200]), repeat)
    table.add("areas within 5, 10 and 15 minutes of a point", ms, 20)
    place = city.places.take(slice(0, 1))
    ms, _ = timed(lambda: [path(router, city.origins.take([row]), place) for row in range(20)], 3)
    table.add("path of a pair, across the whole city", ms.times(1 / 20))


def measure_snapping(city: cities.City, table: Table, repeat: int) -> None:
    """Measure snapping beside shapely."""
    rng = np.random.default_rng(2)
    lines = city.edges.geometry.to_numpy()
    share = city.origins.offset_m / np.maximum(city.network.length_m[city.origins.edge], 1e-9)
    feet = shapely.line_interpolate_point(lines[city.origins.edge], share, normalized=True)
    x, y = shapely.get_coordinates(feet).T + rng.normal(0, 20, (2, len(feet)))
    cold_ms, found = timed(lambda: snap(x, y, city.edges, max_distance_m=150), repeat)
    streets = streets_of(city.network)
    ms, _ = timed(lambda: streets.snap(x, y, max_distance_m=150), repeat)
    tree, points = shapely.STRtree(lines), shapely.points(x, y)
    begin = time.perf_counter()
    row, edge = tree.query_nearest(points, max_distance=150, all_matches=False)
    shapely.line_locate_point(lines[edge], points[row])
    peer_ms = (time.perf_counter() - begin) * 1e3
    apart = np.abs(found.leg_m[row] - shapely.distance(lines[edge], points[row])).max()
    note = (
        f"with the grid {cold_ms.median:,.0f} ms; shapely {peer_ms:,.0f} ms; largest difference {apart:.1e} m"
    )
    table.add("snapping of 100,000 points", ms, 100, note)


def compare(city: cities.City, router: Router) -> None:
    """Print the peers' times, ratios and agreement."""
    joined = peers.Joined(city)
    one, three = (
        partial(router.nearest, city.origins, city.places, city.kinds, cities.N_KINDS, k=k) for k in (1, 3)
    )
    found = one().metres[:, :, 0].T
    nodes_only = surfaces(city, router)
    print(
        "| peer, walks to nodes only | ms | ours to nodes only | ours to all origins | largest difference |"
    )
    print("| --- | --: | --: | --: | --: |")
    few = 2
    for name, work, kinds in (
        ("scipy dijkstra", peers.by_scipy(joined), cities.N_KINDS),
        ("igraph distances", peers.by_igraph(joined), cities.N_KINDS),
        (f"networkx ({few} kinds, times {cities.N_KINDS / few:g})", peers.by_networkx(joined, few), few),
    ):
        by_node = work()
        walks = peers.to_origins(city, by_node)
        both = np.isfinite(walks)
        assert (both == np.isfinite(found[:kinds])).all(), name
        apart = np.abs(walks - found[:kinds])[both].max() * 1e3
        show(name, turns([work, nodes_only, one], cities.N_KINDS / kinds), f"{apart:.4f} mm")
    for name, other, own in (
        ("pandana, 2400 m, k = 1", peers.by_pandana(city, 1), one),
        ("pandana, 2400 m, k = 3", peers.by_pandana(city, 3), three),
        ("cityseer, 1200 m", peers.by_cityseer(city), one),
    ):
        if other is None:
            print(f"| {name} | not installed | | | |")
        else:
            show(name, turns([other, nodes_only if own is one else own, own], 1), "")
    print()


def surfaces(city: cities.City, router: Router) -> Callable[[], object]:
    """Return the work of finding the nearest of all kinds for all nodes, without reading it at origins."""
    goal = router.anchor(city.places, leaving=False)
    blocks = -(-cities.N_KINDS // LANES)
    labels = np.empty((blocks, city.network.n_nodes, LANES), dtype=np.int64)

    def block(number: int) -> None:
        router.spread(labels[number], goal, city.kinds, number * LANES)

    return lambda: router.run_all(block, range(blocks))


def turns(works: list[Callable[[], object]], factor: float) -> list[float]:
    """Return the median of a peer and of its ratios to ours, run in turns to meet the same load."""
    rounds = []
    for _ in range(7):
        peer, *ours = (timed(work, 1)[0].best for work in works)
        rounds.append([peer * factor, *(peer * factor / own for own in ours)])
    return [float(value) for value in np.median(rounds, axis=0)]


def show(name: str, measured: list[float], apart: str) -> None:
    """Print a peer's row."""
    milliseconds, nodes, origins = measured
    print(f"| {name} | {milliseconds:,.0f} | {nodes:,.0f} × | {origins:,.0f} × | {apart} |")


def limits(network: Network, router: Router, one: Timing) -> str:
    """Return how far the time is from what memory alone would take."""
    gb_s = bandwidth_gb_s()
    blocks = -(-cities.N_KINDS // LANES)
    arcs = sum(array.nbytes for array in router.arcs)
    labels = network.n_nodes * LANES * 8
    result = cities.N_ORIGINS * cities.N_KINDS * 12
    least = arcs + result
    moved = blocks * (arcs * 2 + labels * 5) + cities.N_ORIGINS * blocks * LANES * 8 * 2 + result * 2
    least_ms, moved_ms = least / gb_s / 1e6, moved / gb_s / 1e6
    lines = [
        f"Memory is copied at {gb_s:.1f} GB/s by one thread.",
        f"Reading the arcs and writing the result once, {least / 1e6:.0f} MB, takes {least_ms:.1f} ms;",
        f"k = 1 takes {one.median / least_ms:.1f} times that.",
        f"All that the kernels move, {moved / 1e6:.0f} MB, takes {moved_ms:.1f} ms;",
        f"k = 1 takes {one.median / moved_ms:.2f} times that.",
    ]
    return "\n".join(lines)


def grow(nodes: pd.DataFrame, edges: gpd.GeoDataFrame, times: list[int], repeat: int) -> None:
    """Print how time grows with the network, origins and places growing with it."""
    print("| full network, times | nodes | ms, k = 1 | ns per node and kind | time / network, to the first |")
    print("| --: | --: | --: | --: | --: |")
    first = 0.0
    for count in times:
        rng = np.random.default_rng(count)
        tables = cities.tiled(nodes, edges, count, rng)
        city = cities.populate(*tables, rng, times=count)
        router, points = Router(city.network), (city.origins, city.places, city.kinds)
        timing, _ = timed(partial(router.nearest, *points, cities.N_KINDS), repeat)
        first = first or timing.median / count
        per_node = timing.median * 1e6 / city.network.n_nodes / cities.N_KINDS
        growth = timing.median / count / first
        print(
            f"| {count} | {city.network.n_nodes:,} | {timing.median:,.1f} | {per_node:.1f} | {growth:.2f} |"
        )


def _tables(city: cities.City) -> tuple[pd.DataFrame, pd.DataFrame]:
    xy = {"x": city.network.x, "y": city.network.y}
    return pd.DataFrame({"node_id": np.arange(city.network.n_nodes), **xy}), city.edges


if __name__ == "__main__":
    main()
