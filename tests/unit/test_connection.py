"""Where sites join the network while a municipality is prepared."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from kudequa_geo.connection import connect
from kudequa_geo.prepare.network import Walkable
from kudequa_geo.report import Report
from tests.fixtures.grid_city import grid_city

SNAPPED = ["edge_id", "offset_m", "to_street_m"]


def test_a_large_brownfield_joins_at_its_outline() -> None:
    tables = grid_city(np.random.default_rng(19))
    streets = tables["edges"]
    south = float(streets.total_bounds[1])
    # Its middle is 460 m from the lowest street, its northern side 10 m.
    field = shapely.box(0.0, south - 910.0, 900.0, south - 10.0)
    lone = shapely.Point(450.0, south - 460.0)
    sites = tables["sites"].drop(columns=SNAPPED).iloc[:2].set_geometry([field, lone], crs=streets.crs)
    network = Walkable(
        tables["nodes"], streets, {"nodes": 0, "edges": 0, "walkable_km": 0.0, "components": 1, "rules": []}
    )
    report = Report()
    found = connect(
        network,
        tables["places"].drop(columns=SNAPPED),
        tables["buildings"].drop(columns=SNAPPED),
        gpd.GeoDataFrame(sites),
        report,
    )["sites"]
    assert found["edge_id"].iloc[0] >= 0
    nearest = streets.geometry.iloc[int(found["edge_id"].iloc[0])]
    assert found["to_street_m"].iloc[0] == pytest.approx(shapely.distance(nearest, field))
    assert found["to_street_m"].iloc[0] < 30
    assert found["edge_id"].iloc[1] == -1
    assert [row["site_id"] for row in report.lists["sites_not_connected"]] == ["s1"]
