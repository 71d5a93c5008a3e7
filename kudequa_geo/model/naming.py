"""Classes and names of ways: main roads by how far they lead, names from the nearest real street points."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from kudequa_geo.model.network import Edge, Net

Floats = NDArray[np.float64]

_SECONDARY_M = 3200.0
_TERTIARY_M = 700.0
#: A street point this near to a way is on it.
_ON_WAY_M = 38.0
#: A through road carries the name of its points this far along it.
_ALONG_M = 900.0
#: An unnamed street takes the name of a real one this near, as long as that one is not long already.
_NEAR_M = 130.0
_NAME_MAX_M = 700.0
_STREETS = ("tertiary", "secondary", "residential")


def classify(net: Net) -> None:
    """Set the class of the main roads by the length of the through road they belong to."""
    length: dict[int, float] = defaultdict(float)
    for edge in net.edges:
        if edge.stroke >= 0:
            length[edge.stroke] += edge.length
    for index, edge in enumerate(net.edges):
        if edge.stroke >= 0:
            total = length[edge.stroke]
            highway = (
                "secondary"
                if total >= _SECONDARY_M
                else "tertiary"
                if total >= _TERTIARY_M
                else "residential"
            )
            net.edges[index] = replace(edge, highway=highway)


def name_ways(net: Net, points: Floats, names: list[str]) -> None:
    """Give the ways the names of real streets.

    Parameters
    ----------
    net
        The network; streets grown through a street point carry its name already.
    points, names
        Real street points.

    Notes
    -----
    First the through roads: each stretch takes the nearest of the names whose points lie on the road,
    up to 900 m along it. Then whole local streets with such a point, then those near a real one whose
    name is not spread far yet. The rest stays without a name.
    """
    spread: dict[str, float] = defaultdict(float)
    for edge in net.edges:
        spread[edge.name] += edge.length
    free = [index for index, name in enumerate(names) if name not in spread]
    found = _on_ways(net, points[free])
    by_stroke: dict[int, list[int]] = defaultdict(list)
    by_street: dict[int, str] = {}
    for position, edge in found.items():
        point = free[position]
        if edge.stroke >= 0:
            by_stroke[edge.stroke].append(point)
        elif edge.street >= 0 and not edge.name:
            by_street.setdefault(edge.street, names[point])
    for index, edge in enumerate(net.edges):
        name = edge.name or by_street.get(edge.street, "")
        if edge.stroke in by_stroke:
            candidates = by_stroke[edge.stroke]
            apart = np.hypot(*(points[candidates] - _middle(edge)).T)
            if apart.min() <= _ALONG_M:
                name = names[candidates[int(apart.argmin())]]
        if name != edge.name:
            net.edges[index] = replace(edge, name=name)
            spread[name] += edge.length
    _name_rest(net, points, names, spread)


def _on_ways(net: Net, points: Floats) -> dict[int, Edge]:
    """Return the nearest street of each point that lies on one."""
    streets = [edge for edge in net.edges if edge.highway in _STREETS]
    tree = shapely.STRtree([shapely.linestrings(edge.course) for edge in streets])
    rows, nearest = tree.query_nearest(shapely.points(points), max_distance=_ON_WAY_M, all_matches=False)
    return {int(row): streets[int(edge)] for row, edge in zip(rows, nearest, strict=True)}


def _middle(edge: Edge) -> Floats:
    at = shapely.line_interpolate_point(shapely.linestrings(edge.course), 0.5, normalized=True)
    middle: Floats = shapely.get_coordinates(at)[0]
    return middle


def _name_rest(net: Net, points: Floats, names: list[str], spread: dict[str, float]) -> None:
    """Name whole unnamed streets after a real one nearby."""
    tree = cKDTree(points)
    parts: dict[int, list[int]] = defaultdict(list)
    for index, edge in enumerate(net.edges):
        if edge.street >= 0 and not edge.name:
            parts[edge.stroke if edge.stroke >= 0 else -2 - edge.street].append(index)
    for _, members in sorted(parts.items()):
        length = sum(net.edges[index].length for index in members)
        middle = _middle(net.edges[members[len(members) // 2]])
        distances, nearest = tree.query(middle, k=3, distance_upper_bound=_NEAR_M)
        for distance, point in zip(distances.tolist(), nearest.tolist(), strict=True):
            if np.isfinite(distance) and spread[names[point]] + length <= _NAME_MAX_M:
                for index in members:
                    net.edges[index] = replace(net.edges[index], name=names[point])
                spread[names[point]] += length
                break
