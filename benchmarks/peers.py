"""The same question asked to other libraries: nearest place of each kind for every node."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import igraph
import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.city import N_KINDS, City

#: Longest walk that peers with a limit are asked for.
LIMIT_M = 2400


class Joined:
    """The city as one graph of arcs, with a source per kind from which arcs lead to its places' edges."""

    def __init__(self, city: City) -> None:
        network, places = city.network, city.places
        length, n = network.length_m, network.n_nodes
        edge, offset = places.edge, np.minimum(places.offset_m, length[places.edge])
        source = n + city.kinds
        arcs = np.concatenate(
            [
                np.column_stack((network.tail, network.head)),
                np.column_stack((network.head, network.tail)),
                np.column_stack((source, network.tail[edge])),
                np.column_stack((source, network.head[edge])),
            ]
        )
        legs = places.leg_m + offset, places.leg_m + length[edge] - offset
        metres = np.concatenate((length, length, *legs))
        # Sparse matrices add up parallel arcs: only the shortest may stay, and none of length 0.
        order = np.lexsort((metres, arcs[:, 1], arcs[:, 0]))
        arcs, metres = arcs[order], np.maximum(metres[order], 1e-9)
        keep = np.append(True, (arcs[1:] != arcs[:-1]).any(axis=1)) & (arcs[:, 0] != arcs[:, 1])
        self.n_nodes, self.arcs, self.metres = n, arcs[keep], metres[keep]
        self.sources = np.arange(n, n + N_KINDS)


def to_origins(city: City, by_node: np.ndarray) -> np.ndarray:
    """Return walks (kinds, origins) from walks (kinds, nodes), also along the origin's own edge."""
    network, origins, places = city.network, city.origins, city.places
    length = network.length_m[origins.edge]
    by_tail = by_node[:, network.tail[origins.edge]] + origins.offset_m
    by_head = by_node[:, network.head[origins.edge]] + length - origins.offset_m
    walk = np.minimum(by_tail, by_head)
    order = np.argsort(origins.edge, kind="stable")
    for place in np.flatnonzero(city.kinds < len(by_node)):
        first, last = np.searchsorted(origins.edge[order], (places.edge[place], places.edge[place] + 1))
        rows = order[first:last]
        direct = np.abs(origins.offset_m[rows] - places.offset_m[place]) + places.leg_m[place]
        kind = city.kinds[place]
        walk[kind, rows] = np.minimum(walk[kind, rows], direct)
    return walk + origins.leg_m


def by_scipy(joined: Joined) -> Callable[[], np.ndarray]:
    """Return the work of scipy: one search from each kind's source."""
    size = joined.n_nodes + N_KINDS
    graph = csr_array((joined.metres, tuple(joined.arcs.T)), shape=(size, size))
    return lambda: dijkstra(graph, indices=joined.sources)[:, : joined.n_nodes]


def by_igraph(joined: Joined) -> Callable[[], np.ndarray]:
    """Return the work of igraph."""
    graph = igraph.Graph(n=joined.n_nodes + N_KINDS, edges=joined.arcs.tolist(), directed=True)
    weights = joined.metres.tolist()
    sources = joined.sources.tolist()
    return lambda: np.array(graph.distances(sources, weights=weights, mode="out"))[:, : joined.n_nodes]


def by_networkx(joined: Joined, kinds: int) -> Callable[[], np.ndarray]:
    """Return the work of networkx for the first few kinds."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(joined.n_nodes + N_KINDS))
    ends = ((int(u), int(v), float(m)) for (u, v), m in zip(joined.arcs, joined.metres, strict=True))
    graph.add_weighted_edges_from(ends)

    def work() -> np.ndarray:
        found = np.full((kinds, joined.n_nodes + N_KINDS), np.inf)
        for kind, source in enumerate(joined.sources[:kinds]):
            metres = nx.single_source_dijkstra_path_length(graph, int(source))
            found[kind, list(metres)] = list(metres.values())
        return found[:, : joined.n_nodes]

    return work


def by_pandana(city: City, k: int) -> Callable[[], None] | None:
    """Return the work of pandana (nearest nodes, within ``LIMIT_M``); None where it is not installed."""
    if importlib.util.find_spec("pandana") is None:
        return None
    import pandana
    import pandas as pd

    network = city.network
    graph = pandana.Network(
        pd.Series(network.x), pd.Series(network.y), pd.Series(network.tail), pd.Series(network.head),
        pd.DataFrame({"metres": network.length_m}), twoway=True,
    )  # fmt: skip
    graph.precompute(LIMIT_M)
    node = network.tail[city.places.edge]
    for kind in range(N_KINDS):
        at = node[city.kinds == kind]
        graph.set_pois(str(kind), LIMIT_M, k, pd.Series(network.x[at]), pd.Series(network.y[at]))

    def work() -> None:
        for kind in range(N_KINDS):
            graph.nearest_pois(LIMIT_M, str(kind), num_pois=k, include_poi_ids=True)

    return work


def by_cityseer(city: City) -> Callable[[], None] | None:
    """Return the work of cityseer (nearest of one kind within 1200 m); None where it is not installed."""
    if importlib.util.find_spec("cityseer") is None:
        return None
    import geopandas as gpd
    import shapely
    from cityseer.metrics import layers
    from cityseer.tools import io

    network = city.network
    graph = nx.MultiGraph(crs=city.edges.crs)
    for node, (x, y) in enumerate(zip(network.x, network.y, strict=True)):
        graph.add_node(str(node), x=float(x), y=float(y))
    for u, v, line in zip(network.tail, network.head, city.edges.geometry, strict=True):
        if line.length > 0:  # cityseer refuses kerbs and gates, which are points
            graph.add_edge(str(u), str(v), geom=line)
    nodes, _, structure = io.network_structure_from_nx(graph)
    at = network.tail[city.places.edge]
    frame = gpd.GeoDataFrame(
        {"kind": city.kinds.astype(str)}, geometry=shapely.points(network.x[at], network.y[at]),
        crs=city.edges.crs,
    )  # fmt: skip
    keys = [str(kind) for kind in range(N_KINDS)]

    def work() -> None:
        layers.compute_accessibilities(
            frame, landuse_column_label="kind", accessibility_keys=keys, nodes_gdf=nodes,
            network_structure=structure, distances=[1200],
        )  # fmt: skip

    return work
