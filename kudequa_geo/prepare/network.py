"""The walkable network: where people on foot get through, as nodes and edges.

Lengths are planar, in the metres of the CRS. In EPSG:25832 they are 0.9996 to 1.0 of the
ground within 180 km of the central meridian: 20 cm on 500 m, less than OSM's own accuracy,
and the drawn path is exactly as long as the reported one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kudequa_geo.constants import DEFAULT_CRS, ISLAND_MIN_NODES
from kudequa_geo.errors import SourceError, msg
from kudequa_geo.prepare.contraction import Chains, contract, single
from kudequa_geo.prepare.hilbert import hilbert_distance
from kudequa_geo.prepare.segments import (
    FLAG_BITS,
    IntArray,
    Points,
    Segments,
    close_points,
    flag_points,
    segment_lengths,
    way_segments,
    with_way_attributes,
    without_duplicates,
)
from kudequa_geo.prepare.squares import crossings
from kudequa_geo.prepare.walking_rules import (
    WAY_RULES,
    reversed_incline,
    vertex_flags,
    way_flags,
    way_rule_index,
)

#: Texts an edge takes over from the way that makes up most of it.
_WAY_TEXTS = ("highway", "name", "surface", "incline", "lit")
_POINT_FLAGS = ("steps", "kerb", "wheelchair_no")


@dataclass(frozen=True, slots=True)
class Walkable:
    """The walkable network of an extract.

    Attributes
    ----------
    nodes, edges
        Tables ``nodes`` and ``edges`` of :mod:`kudequa_geo.schema`.
    report
        What was counted on the way: kilometres, ways by rule, barriers, components.
    """

    nodes: pd.DataFrame
    edges: gpd.GeoDataFrame
    report: dict[str, Any]


def walkable_network(
    highways: pd.DataFrame, vertices: pd.DataFrame, *, simplify: bool = True, crs: str = DEFAULT_CRS
) -> Walkable:
    """Build the network people can walk on.

    Points where nothing branches disappear into their edge, unless a barrier, a one-way direction,
    a bridge or a tunnel begins there; name, class, surface, incline and lighting of an edge are
    those of the way that makes up most of its length. Ways connect at common points only, so a
    bridge does not meet the street below. Passing a kerb, stile or similar point is an edge of no
    length with its flag; nothing may be snapped to edges of no length. A locked gate cuts its way.
    Ways drawn as areas are walked along the outline and straight across between their entries.

    Parameters
    ----------
    highways
        One row per way: ``osm_id`` (int64), ``nodes`` (int64 array of OSM node ids in order), and
        nullable text columns named like the OSM keys.
    vertices
        The points of the ways, indexed by OSM node id: ``x``, ``y`` in metres of ``crs``, and
        nullable text columns named like the OSM keys.
    simplify
        False keeps every point as a node.
    crs
        Metric CRS of ``vertices``.

    Returns
    -------
    Walkable
        Nodes are numbered along a space-filling curve, components by falling size; neither
        depends on the row order of the frames.

    Raises
    ------
    SourceError
        No way can be walked on.
    """
    ways = _in_order(highways)
    rows = vertices[~vertices.index.duplicated()].sort_index()
    points = Points(
        rows["x"].to_numpy(dtype=np.float64),
        rows["y"].to_numpy(dtype=np.float64),
        rows.index.to_numpy(dtype=np.int64),
    )
    pieces, missing = way_segments(ways["nodes"], points)
    rule = way_rule_index(ways)
    report = _way_report(rule, pieces, points)
    walk = np.array([rule.walk for rule in WAY_RULES])[rule]
    walked = pieces.take(walk[pieces.way])
    if not len(walked):
        raise SourceError(
            msg("Der Auszug enthält keinen Weg, auf dem man zu Fuß gehen kann ({count} Wege geprüft)."),
            remedy=msg("Bitte prüfen, ob der Auszug Straßen enthält und das Gebiet in ihm liegt."),
            count=len(ways),
        )
    segments, points, counts = _passable(walked, points, ways, rows)
    chains = contract(segments, len(points.x), _sameness(segments)) if simplify else single(segments)
    nodes, edges = _tables(segments, points, chains, ways, crs)
    report |= counts | {
        "points_missing": missing,
        "nodes": len(nodes),
        "edges": len(edges),
        "walkable_km": float(edges["length_m"].sum()) / 1000,
        "components": int(nodes["component"].max()) + 1,
    }
    return Walkable(nodes, edges, report)


def islands(
    nodes: pd.DataFrame, edges: gpd.GeoDataFrame, buildings: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the components of the network to which nothing may be snapped.

    A component is an island where it has fewer points than :data:`constants.ISLAND_MIN_NODES`, or
    where nobody lives on it. The largest component never is.

    Parameters
    ----------
    nodes, edges
        Tables of the network.
    buildings
        With ``edge_id`` (-1 = not connected) and ``residents``; None = where people live is not
        known yet, and only size counts.

    Returns
    -------
    pandas.DataFrame
        One row per island: ``component``, ``points`` (of the full network), ``length_m``,
        ``x``, ``y`` (a node of it, in the network's CRS), ``reason`` ("small" or "uninhabited").
    """
    component = nodes["component"].to_numpy()
    n = int(component.max()) + 1 if len(component) else 0
    edge_component = component[edges["u"].to_numpy()]
    inside = shapely.get_num_coordinates(edges.geometry.to_numpy()) - 2
    size = np.bincount(component, minlength=n) + np.bincount(edge_component, weights=inside, minlength=n)
    small = size < ISLAND_MIN_NODES.value
    empty = np.zeros(n, dtype=bool)
    if buildings is not None:
        connected = buildings[(buildings["edge_id"] >= 0) & (buildings["residents"] > 0)]
        at = edge_component[connected["edge_id"].to_numpy(dtype=np.int64)]
        empty = np.bincount(at, minlength=n) == 0
    chosen = small | empty
    chosen[:1] = False
    _, some_node = np.unique(component, return_index=True)
    return pd.DataFrame(
        {
            "component": np.arange(n, dtype=np.int32),
            "points": size.astype(np.int64),
            "length_m": np.bincount(edge_component, weights=edges["length_m"], minlength=n),
            "x": nodes["x"].to_numpy()[some_node],
            "y": nodes["y"].to_numpy()[some_node],
            "reason": np.where(small, "small", "uninhabited"),
        }
    )[chosen].reset_index(drop=True)


def _in_order(highways: pd.DataFrame) -> pd.DataFrame:
    """Return the ways, or the parts of them that lie in the extract, by OSM id and first point."""
    first = [int(nodes[0]) if len(nodes) else -1 for nodes in highways["nodes"]]
    order = np.lexsort((highways["nodes"].map(len), first, highways["osm_id"]))
    return highways.iloc[order].reset_index(drop=True)


def _way_report(rule: IntArray, pieces: Segments, points: Points) -> dict[str, Any]:
    """Count ways and kilometres by rule."""
    length = np.bincount(pieces.way, weights=segment_lengths(pieces, points), minlength=len(rule))
    rules = []
    for position, way_rule in enumerate(WAY_RULES):
        met = rule == position
        if met.any():
            kilometres = float(length[met].sum()) / 1000
            rules.append(
                {"rule": way_rule.key, "walk": way_rule.walk, "ways": int(met.sum()), "km": kilometres}
            )
    return {"ways": len(rule), "rules": rules}


def _passable(
    walked: Segments, points: Points, ways: pd.DataFrame, vertices: pd.DataFrame
) -> tuple[Segments, Points, dict[str, int]]:
    """Add lines across squares, remove doubles, and close or flag the points that stop people."""
    areas = _column_is(ways, "area", "yes")
    across = crossings(walked, points, areas)
    segments = with_way_attributes(walked.followed_by(across), way_flags(ways))
    single_segments = without_duplicates(segments)
    reached = np.zeros(len(points.x), dtype=bool)
    reached[single_segments.tail] = reached[single_segments.head] = True
    stops = vertex_flags(vertices)
    closed = stops["closed"].to_numpy() & reached
    bits = np.zeros(len(points.x), dtype=np.uint8)
    for name in _POINT_FLAGS:
        bits |= np.where(stops[name].to_numpy() & reached & ~closed, FLAG_BITS[name], 0).astype(np.uint8)
    counts = {
        "area_crossings": len(across),
        "duplicate_segments": len(segments) - len(single_segments),
        "points_closed": int(closed.sum()),
        **{f"points_{name}": int(((bits & FLAG_BITS[name]) > 0).sum()) for name in _POINT_FLAGS},
    }
    cut, points = close_points(single_segments, points, closed)
    bits = np.concatenate([bits, np.zeros(len(points.x) - len(bits), dtype=np.uint8)])
    flagged, points = flag_points(cut, points, bits)
    return flagged, points, counts


def _column_is(frame: pd.DataFrame, key: str, value: str) -> NDArray[np.bool_]:
    if key not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    met: NDArray[np.bool_] = (frame[key] == value).to_numpy(dtype=bool, na_value=False)
    return met


def _sameness(segments: Segments) -> IntArray:
    """Return what must be equal for two segments to be one edge; directions are compared apart."""
    sameness: IntArray = segments.flags.astype(np.int64) * 2 + (segments.oneway != 0)
    return sameness


def _tables(
    segments: Segments, points: Points, chains: Chains, ways: pd.DataFrame, crs: str
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Give nodes and edges their numbers and write their tables."""
    begin, end = chains.start[:-1], chains.start[1:] - 1
    enters = np.where(chains.reverse, segments.head[chains.segment], segments.tail[chains.segment])
    leaves = np.where(chains.reverse, segments.tail[chains.segment], segments.head[chains.segment])
    u, v = enters[begin], leaves[end]
    used = np.unique(np.concatenate([u, v]))
    along = hilbert_distance(points.x[used], points.y[used])
    # Copies of one OSM node come in the order they were made, which follows the ways' ids.
    used = used[np.lexsort((used, points.osm_id[used], along))]
    number = np.full(len(points.x), -1, dtype=np.int64)
    number[used] = np.arange(len(used))
    component = _components(segments, points)
    nodes = pd.DataFrame(
        {
            "node_id": np.arange(len(used)),
            "x": points.x[used],
            "y": points.y[used],
            "osm_id": points.osm_id[used],
            "component": component[used],
        }
    )
    order = np.lexsort((np.arange(len(u)), number[v], number[u]))
    edges = _edge_attributes(segments, points, chains, ways)
    edges.insert(0, "u", number[u])
    edges.insert(1, "v", number[v])
    edges = edges.iloc[order].reset_index(drop=True)
    edges.insert(0, "edge_id", np.arange(len(edges)))
    lines = _lines(points, enters, leaves[end], chains.start)
    return nodes, gpd.GeoDataFrame(edges, geometry=gpd.GeoSeries(lines[order], crs=crs))


def _components(segments: Segments, points: Points) -> NDArray[np.int32]:
    """Return the component of every point, numbered by falling number of points."""
    n = len(points.x)
    links = coo_array((np.ones(len(segments), dtype=np.int8), (segments.tail, segments.head)), shape=(n, n))
    labels = connected_components(links, directed=False)[1]
    touched = np.zeros(n, dtype=bool)
    touched[segments.tail] = touched[segments.head] = True
    # Points no segment touches are components of their own; they come last.
    size = np.bincount(labels[touched], minlength=labels.max() + 1)
    lowest = np.full(labels.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(lowest, labels, points.osm_id)
    rank = np.empty(len(size), dtype=np.int32)
    rank[np.lexsort((np.arange(len(size)), lowest, -size))] = np.arange(len(size), dtype=np.int32)
    of_points: NDArray[np.int32] = rank[labels]
    return of_points


def _edge_attributes(segments: Segments, points: Points, chains: Chains, ways: pd.DataFrame) -> pd.DataFrame:
    """Return length, flags and texts of each edge."""
    begin = chains.start[:-1]
    length = segment_lengths(segments, points)[chains.segment]
    flags = segments.flags[chains.segment[begin]]
    oneway = np.where(chains.reverse[begin], -1, 1) * segments.oneway[chains.segment[begin]]
    main = _main_segment(segments, chains, length)
    way = ways.iloc[segments.way[chains.segment[main]]].reset_index(drop=True)
    frame = pd.DataFrame({"length_m": np.add.reduceat(length, begin), "oneway": oneway.astype(np.int8)})
    for name, bit in FLAG_BITS.items():
        frame[name] = (flags & bit) > 0
    for text in _WAY_TEXTS:
        frame[text] = (
            way[text].astype("str") if text in way.columns else pd.Series(np.nan, frame.index, dtype="str")
        )
    against = np.flatnonzero(chains.reverse[main] & frame["incline"].notna().to_numpy())
    turned = [reversed_incline(incline) for incline in frame["incline"].iloc[against]]
    frame.loc[against, "incline"] = turned
    frame["osm_id"] = way["osm_id"].to_numpy(dtype=np.int64)
    return frame[["length_m", "oneway", *_POINT_FLAGS, *_WAY_TEXTS, "bridge", "tunnel", "osm_id"]]


def _main_segment(segments: Segments, chains: Chains, length: NDArray[np.float64]) -> IntArray:
    """Return for every edge where in the chain the way with the largest part of it begins."""
    edge = np.repeat(np.arange(len(chains.start) - 1), np.diff(chains.start))
    way = segments.way[chains.segment]
    order = np.lexsort((way, edge))
    new = np.concatenate([[True], (np.diff(edge[order]) != 0) | (np.diff(way[order]) != 0)])
    part = np.flatnonzero(new)
    part_length = np.add.reduceat(length[order], part)
    # Parts come by edge, then way; the longest, and of equals the one with the lowest way id.
    ranked = np.lexsort((np.arange(len(part)), -part_length, edge[order][part]))
    part_edge = edge[order][part][ranked]
    best = ranked[np.concatenate([[True], np.diff(part_edge) != 0])]
    chosen: IntArray = order[part[best]]
    return chosen


def _lines(points: Points, enters: IntArray, last: IntArray, start: IntArray) -> NDArray[np.object_]:
    """Return the polyline of each edge, from u to v."""
    coordinates = np.insert(enters, start[1:], last)
    line = np.repeat(np.arange(len(last)), np.diff(start) + 1)
    lines: NDArray[np.object_] = shapely.linestrings(
        np.stack([points.x[coordinates], points.y[coordinates]], axis=1), indices=line
    )
    return lines
