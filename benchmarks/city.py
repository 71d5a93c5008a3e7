"""A real network with synthetic residents and places on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kudequa_geo.access.graph import Network, Positions, network_from_tables
from kudequa_geo.prepare.network import walkable_network
from kudequa_geo.sources.osm import read_osm

N_KINDS = 25
N_PLACES = 4_000
N_ORIGINS = 100_000


@dataclass(frozen=True)
class City:
    """A network, its edges as drawn, and points on it."""

    network: Network
    edges: gpd.GeoDataFrame
    origins: Positions
    places: Positions
    kinds: np.ndarray


def read_tables(osm: Path) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return nodes and edges of an extract as they are prepared: points of degree two merged away."""
    extract = read_osm(osm)
    walkable = walkable_network(extract.highways, extract.vertices)
    return walkable.nodes[["node_id", "x", "y"]], walkable.edges


def split_everywhere(nodes: pd.DataFrame, edges: gpd.GeoDataFrame) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return the full network: every point of every line is a node."""
    coordinates, line = shapely.get_coordinates(edges.geometry.to_numpy(), return_index=True)
    first = np.append(True, line[1:] != line[:-1])
    last = np.append(line[1:] != line[:-1], True)
    number = np.empty(len(coordinates), dtype=np.int64)
    inner = ~(first | last)
    number[first], number[last] = edges["u"], edges["v"]
    number[inner] = len(nodes) + np.arange(inner.sum())
    start = np.flatnonzero(~last)
    pairs = np.stack((coordinates[start], coordinates[start + 1]), axis=1)
    lines = shapely.linestrings(pairs)
    xy = np.concatenate((nodes[["x", "y"]].to_numpy(), coordinates[inner]))
    table = pd.DataFrame({"node_id": np.arange(len(xy)), "x": xy[:, 0], "y": xy[:, 1]})
    split = {"edge_id": np.arange(len(lines)), "u": number[start], "v": number[start + 1]}
    return table, gpd.GeoDataFrame(
        {**split, "length_m": shapely.length(lines)}, geometry=lines, crs=edges.crs
    )


def tiled(
    nodes: pd.DataFrame, edges: gpd.GeoDataFrame, times: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return the city several times side by side, each joined to the next by twenty roads."""
    width = float(nodes["x"].max() - nodes["x"].min()) + 100
    shifted = [nodes.assign(x=nodes["x"] + tile * width) for tile in range(times)]
    table = pd.concat(shifted, ignore_index=True).assign(node_id=np.arange(times * len(nodes)))
    parts = [
        edges.assign(
            u=edges["u"] + tile * len(nodes),
            v=edges["v"] + tile * len(nodes),
            geometry=shapely.transform(
                edges.geometry.to_numpy(), lambda xy, t=tile: xy + np.array([t * width, 0])
            ),
        )
        for tile in range(times)
    ]
    for tile in range(times - 1):
        u = rng.integers(0, len(nodes), 20) + tile * len(nodes)
        ends = table[["x", "y"]].to_numpy()
        lines = shapely.linestrings(np.stack((ends[u], ends[u + len(nodes)]), axis=1))
        parts.append(
            gpd.GeoDataFrame({"u": u, "v": u + len(nodes), "length_m": width}, geometry=lines, crs=edges.crs)
        )
    columns = ["u", "v", "length_m", "geometry"]
    joined = pd.concat([part[columns] for part in parts], ignore_index=True)
    return table, gpd.GeoDataFrame(joined.assign(edge_id=np.arange(len(joined))), crs=edges.crs)


def populate(
    nodes: pd.DataFrame, edges: gpd.GeoDataFrame, rng: np.random.Generator, *, times: int = 1
) -> City:
    """Return the network with origins and places spread evenly over its edges, origins in their order."""

    def spread(count: int) -> Positions:
        edge = rng.integers(0, len(edges), count).astype(np.int32)
        offset = rng.random(count) * edges["length_m"].to_numpy()[edge]
        return Positions(edge, offset, rng.random(count) * 20)

    network = network_from_tables(nodes, edges)
    places = spread(N_PLACES * times)
    kinds = rng.integers(0, N_KINDS, len(places)).astype(np.int32)
    origins = spread(N_ORIGINS * times)
    along = np.lexsort((origins.offset_m, origins.edge))
    return City(network, edges, origins.take(along), places, kinds)
