"""How plausible a model is, in figures."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from kudequa_geo.model.buildings import Building
from kudequa_geo.model.landscape import Landscape
from kudequa_geo.model.network import Net
from kudequa_geo.model.places import Place
from kudequa_geo.model.shortest import detours

Floats = NDArray[np.float64]

#: Beelines in metres of the pairs whose detour is measured.
DETOUR_FROM_M, DETOUR_TO_M = 300.0, 1500.0
_ORIGINS, _TARGETS = 500, 8


def edges_per_junction(net: Net, landscape: Landscape) -> float:
    """Return the mean number of edges at the junctions and dead ends of the study area.

    Nodes of two edges are no junctions but bends.
    """
    degree = net.degrees()
    inside = shapely.contains_xy(landscape.area, net.nodes[:, 0], net.nodes[:, 1])
    return float(degree[(degree > 0) & (degree != 2) & inside].mean())


def house_pairs(net: Net, houses: list[Building], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return pairs of nodes near random houses, 300 to 1500 m apart."""
    homes = shapely.get_coordinates(shapely.centroid([house.footprint for house in houses]))
    used = np.flatnonzero(net.degrees() > 0)
    node = used[cKDTree(net.nodes[used]).query(homes)[1]]
    place = net.nodes[node]
    pairs = []
    for origin in rng.choice(len(homes), _ORIGINS, replace=False):
        apart = np.hypot(*(place - place[origin]).T)
        near = np.flatnonzero((apart > DETOUR_FROM_M) & (apart < DETOUR_TO_M))
        if len(near):
            pairs += [(node[origin], node[other]) for other in rng.choice(near, _TARGETS)]
    return np.array(pairs, dtype=np.int64)


def detour_figures(net: Net, landscape: Landscape, pairs: NDArray[np.int64]) -> dict[str, float]:
    """Return the mean detour (network over beeline) of pairs of nodes: of all, and across barriers."""
    ratio = detours(net, pairs)
    shapely.prepare(landscape.barriers)
    across = shapely.intersects(landscape.barriers, shapely.linestrings(net.nodes[pairs]))
    joined = np.isfinite(ratio)
    return {
        "detour_mean": float(ratio[joined].mean()),
        "detour_mean_without_barrier": float(ratio[joined & ~across].mean()),
        "detour_mean_across_barrier": float(ratio[joined & across].mean()),
        "pairs_joined_share": float(joined.mean()),
    }


def food_shops(places: list[Place], districts: gpd.GeoDataFrame) -> dict[str, tuple[int, int]]:
    """Return for each district how many real and how many modelled food shops it has."""
    shops = [place for place in places if place.tags.get("shop") == "supermarket"]
    counts = {}
    for name, shape in zip(districts["name"], districts.geometry, strict=True):
        inside = [place for place in shops if shapely.contains_xy(shape, place.x, place.y)]
        modelled = sum(place.modelled for place in inside)
        counts[str(name)] = (len(inside) - modelled, modelled)
    return counts


def figures(
    net: Net,
    landscape: Landscape,
    places: list[Place],
    houses: list[Building],
    districts: gpd.GeoDataFrame,
) -> dict[str, Any]:
    """Return the figures that say how plausible the model is.

    Parameters
    ----------
    net, landscape, places, houses
        The model.
    districts
        The study area's districts: ``name``, ``parent``, ``population``.
    """
    pairs = house_pairs(net, houses, np.random.default_rng(len(houses)))
    residents = float(districts["population"].sum())
    shops = food_shops(places, districts)
    real = sum(count for count, _ in shops.values())
    modelled = sum(count for _, count in shops.values())
    ways = [edge for edge in net.edges if dict(edge.tags).keys() & {"bridge", "tunnel"}]
    found = {
        "residents": int(residents),
        "residents_by_stadtbezirk": districts.groupby("parent")["population"].sum().to_dict(),
        "edges_per_junction": edges_per_junction(net, landscape),
        **detour_figures(net, landscape, pairs),
        "ways_km": sum(edge.length for edge in net.edges) / 1000,
        "bridges_and_underpasses": len(ways),
        "steps": sum(edge.highway == "steps" for edge in net.edges),
        "houses": len(houses),
        "storey_m2_per_resident": sum(h.footprint.area * h.levels for h in houses) / residents,
        "food_shops_real": real,
        "food_shops_modelled": modelled,
        "residents_per_food_shop": residents / (real + modelled),
        "places_real": sum(not place.modelled for place in places),
        "places_modelled": sum(place.modelled for place in places),
    }
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in found.items()}
