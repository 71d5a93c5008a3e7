"""The walkable network for OSMnx and everything that reads its GraphML: NetworkX, igraph, Gephi, QGIS."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import networkx as nx
import osmnx as ox
import pandas as pd

from kudequa_geo.constants import WGS84, Barrier
from kudequa_geo.store import DataPackage

_KEPT = ["length", "osmid", "highway", "name", "surface", *(barrier.value for barrier in Barrier)]


def street_graph(nodes: pd.DataFrame, edges: gpd.GeoDataFrame, package: DataPackage) -> nx.MultiDiGraph:
    """Return the network as OSMnx builds it: an edge per direction, ``length`` in metres, WGS84.

    Parameters
    ----------
    nodes, edges
        Tables of :mod:`kudequa_geo.schema`.
    package
        What the tables say of themselves: title, attribution and whether they are a model go into the graph.

    Source: the attributes are those of OSMnx 2, doi:10.1111/gean.70009.
    """
    points = gpd.GeoDataFrame(
        {"osm_node": nodes["osm_id"].to_numpy()},
        index=pd.Index(nodes["node_id"], name="osmid"),
        geometry=gpd.points_from_xy(nodes["x"], nodes["y"]),
        crs=edges.crs,
    ).to_crs(WGS84)
    points = points.assign(x=points.geometry.x, y=points.geometry.y)
    there = edges.rename(columns={"length_m": "length", "osm_id": "osmid"}).to_crs(WGS84)
    back = there.assign(u=there["v"], v=there["u"], geometry=there.geometry.reverse())
    both = pd.concat([there[there["oneway"] >= 0], back[there["oneway"] <= 0]])
    both["key"] = both.groupby(["u", "v"]).cumcount()
    lines = both.set_index(["u", "v", "key"])[[*_KEPT, "geometry"]]
    attributes: dict[str, Any] = {
        "crs": WGS84,
        "name": package.title,
        "attribution": " · ".join(dict.fromkeys(source["attribution"] for source in package.sources)),
        "modelled": str(package.modelled),
        "simplified": True,
    }
    graph: nx.MultiDiGraph = ox.convert.graph_from_gdfs(points, lines, graph_attrs=attributes)
    return graph


def graphml(graph: nx.MultiDiGraph) -> bytes:
    """Return the graph as GraphML that ``osmnx.load_graphml`` reads."""
    with TemporaryDirectory(prefix="kudequa-") as folder:
        path = Path(folder) / "network.graphml"
        ox.io.save_graphml(graph, path)
        return path.read_bytes()
