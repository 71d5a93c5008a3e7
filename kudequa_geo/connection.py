"""Where buildings, places and sites join the walkable network, and what cannot join it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.outline import join_outlines
from kudequa_geo.access.snapping import snap
from kudequa_geo.constants import SNAP_MAX_M, WGS84
from kudequa_geo.prepare.network import Walkable, islands
from kudequa_geo.prepare.residents import anchors
from kudequa_geo.report import Report

IDENTITIES = {"places": "place_id", "buildings": "building_id", "sites": "site_id"}


def connect(
    network: Walkable,
    places: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    report: Report,
) -> dict[str, gpd.GeoDataFrame]:
    """Snap buildings to the network, then all else to the parts of it where people live.

    Parameters
    ----------
    network
        The walkable network.
    places, buildings, sites
        Tables without the columns that say where their rows join the network, in the network's CRS.
    report
        Gets counts and lists of islands and of all that is not connected.

    Returns
    -------
    dict
        ``places``, ``buildings`` (along the edges, those not connected first) and ``sites`` with those
        columns.
    """
    nodes, edges = network.nodes, network.edges
    # Nobody's door opens on steps or in a tunnel, and a kerb is a point.
    usable = ~(edges["steps"] | edges["tunnel"] | (edges["length_m"] == 0)).to_numpy(bool)
    component = nodes["component"].to_numpy()[edges["u"].to_numpy()]
    small = islands(nodes, edges)
    connected = _snapped(buildings, edges, usable & ~np.isin(component, small["component"]))
    # Along the streets: whoever reads walks out for all buildings then finds neighbours in the same memory.
    connected = connected.sort_values(["edge_id", "offset_m", "building_id"], ignore_index=True)
    lonely = islands(nodes, edges, connected)
    inhabited = usable & ~np.isin(component, lonely["component"])
    tables = {
        "places": _snapped(places, edges, inhabited),
        "buildings": connected,
        "sites": _joined(
            sites,
            join_outlines(
                _middles(sites, edges, inhabited),
                sites.geometry.to_numpy(),
                edges,
                max_distance_m=SNAP_MAX_M.value,
                allowed=inhabited,
            ),
        ),
    }
    report.counts["network"] = {
        name: network.report[name] for name in ("nodes", "edges", "walkable_km", "components")
    }
    points = gpd.GeoSeries(gpd.points_from_xy(lonely["x"], lonely["y"]), crs=edges.crs).to_crs(WGS84)
    report.lists["islands"] = [
        {
            "points": int(row.points),
            "metres": round(row.length_m),
            "lon": round(point.x, 5),
            "lat": round(point.y, 5),
        }
        for row, point in zip(lonely.itertuples(), points, strict=True)
    ]
    report.lists["network_rules"] = network.report["rules"]
    for name, identity in IDENTITIES.items():
        _tell(report, name, tables[name], identity)
    return tables


def _snapped(
    frame: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, allowed: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """Return the frame with the columns that say where its rows join the network."""
    return _joined(frame, _middles(frame, edges, allowed))


def _middles(frame: gpd.GeoDataFrame, edges: gpd.GeoDataFrame, allowed: NDArray[np.bool_]) -> Positions:
    points = anchors(frame)
    return snap(
        points.x.to_numpy(), points.y.to_numpy(), edges, max_distance_m=SNAP_MAX_M.value, allowed=allowed
    )


def _joined(frame: gpd.GeoDataFrame, found: Positions) -> gpd.GeoDataFrame:
    return frame.assign(edge_id=found.edge, offset_m=found.offset_m, to_street_m=found.leg_m)


def _tell(report: Report, name: str, frame: gpd.GeoDataFrame, identity: str) -> None:
    lost = frame[frame["edge_id"] < 0]
    report.counts.setdefault(name, {"total": len(frame)})["not_connected"] = len(lost)
    columns = [identity, *(column for column in ("kind", "name", "residents") if column in frame)]
    listed = lost[columns].astype("object").where(lost[columns].notna(), "")
    report.lists[f"{name}_not_connected"] = listed.to_dict("records")
