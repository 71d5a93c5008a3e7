"""The tables of a changed city, in the form of the prepared ones."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kudequa_geo.access.graph import Positions
from kudequa_geo.scenarios.change import AddHousing
from kudequa_geo.scenarios.state import State

#: What a scenario's rows say where the tables name a source.
SOURCE = "Szenario"


def buildings_after(state: State) -> gpd.GeoDataFrame:
    """Return the table of buildings after a scenario: those of the base, then new housing.

    New housing has the identifier ``neu-h1``, ``neu-h2`` … in the order of the changes, the point of its
    spot as geometry, and NaN for everything that is not told.
    """
    base = state.base
    frame = base.buildings.reset_index(drop=True)
    if len(state.residents) > len(frame):
        homes = [change for change in state.scenario.changes if isinstance(change, AddHousing)]
        new = state.residents.iloc[len(frame) :].assign(
            building_id=[f"neu-h{number}" for number in range(1, len(homes) + 1)], footprint_m2=0.0
        )
        points = shapely.points([base.point_of(home.at) for home in homes])
        frame = _appended(frame, new, points)
    return _joined(frame, state.origins)


def places_after(state: State) -> gpd.GeoDataFrame:
    """Return the table of places after a scenario, rows as in the state: those of the base, then new ones.

    Closed places stay, so that rows keep their meaning; ``state.place_kinds`` is -1 for them.
    """
    base, known = state.base, len(state.base.places)
    frame = base.places.reset_index(drop=True)
    if state.added:
        fields = {kind.key: kind.field.value for kind in base.kinds}
        new = pd.DataFrame(
            {
                "place_id": [place.place_id for place in state.added],
                "kind": [place.kind for place in state.added],
                "field": [fields[place.kind] for place in state.added],
                "name": [place.name or None for place in state.added],
                "source": SOURCE,
                "modelled": False,
            }
        )
        frame = _appended(frame, new, shapely.points(state.place_points[known:]))
    moved = np.flatnonzero((state.place_points[:known] != base.place_points).any(axis=1))
    if len(moved):
        shapes = frame.geometry.to_numpy().copy()
        shapes[moved] = shapely.points(state.place_points[moved])
        frame = frame.set_geometry(gpd.GeoSeries(shapes, crs=frame.crs))
    return _joined(frame.assign(capacity=state.capacity), state.destinations)


def _appended(frame: gpd.GeoDataFrame, new: pd.DataFrame, points: Any) -> gpd.GeoDataFrame:
    """Return a table with more rows; a column they do not have is missing there, Booleans are False."""
    rows = {}
    for name, dtype in frame.dtypes.items():
        if name == "geometry":
            continue
        if name in new:
            rows[name] = new[name].astype(dtype).reset_index(drop=True)
        else:
            fill: Any = {"b": False, "i": 0, "u": 0}.get(dtype.kind)
            rows[name] = pd.Series([fill] * len(new), dtype=dtype)
    more = gpd.GeoDataFrame(rows, geometry=points, crs=frame.crs)
    return pd.concat([frame, more[frame.columns]], ignore_index=True)


def _joined(frame: gpd.GeoDataFrame, at: Positions) -> gpd.GeoDataFrame:
    return frame.assign(edge_id=at.edge.astype(np.int64), offset_m=at.offset_m, to_street_m=at.leg_m)
