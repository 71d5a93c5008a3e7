"""The areas that figures are given for: districts, their parents, the whole area, grid cells."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kudequa_geo.constants import Sourced
from kudequa_geo.gaps.weighted import Ints

CELL_M = Sourced(
    100.0,
    "m",
    "Gitterweite des Zensus und des Deutschlandatlas",
    2022,
    "https://www.zensus2022.de/DE/Ergebnisse-des-Zensus/gitterzellen.html",
)

LEVELS = ("district", "parent", "area")


@dataclass(frozen=True)
class Level:
    """A division of the buildings into units.

    Attributes
    ----------
    name
        One of :data:`LEVELS`.
    units
        Frame with ``district_id`` and ``name``, one row per unit; missing for the whole area and
        for the buildings that lie in no district.
    codes
        Row of ``units`` for every building.
    """

    name: str
    units: pd.DataFrame
    codes: Ints


def levels(buildings: pd.DataFrame, districts: pd.DataFrame | None) -> list[Level]:
    """Return the districts, their parents and the whole area as divisions of the buildings.

    Parameters
    ----------
    buildings
        Column ``district_id`` (read only if there are districts).
    districts
        Table ``districts`` (district_id, name, parent), or None for the whole area alone.

    Returns
    -------
    list of Level
        Every district and every parent has a unit, also without buildings. Buildings without a
        known district form one more unit without id, so that sums over a level equal the total.
    """
    area = Level("area", _units([None], [None]), np.zeros(len(buildings), dtype=np.int64))
    if districts is None or districts.empty:
        return [area]
    found = pd.Index(districts["district_id"]).get_indexer(pd.Index(buildings["district_id"]))
    district = _level("district", list(districts["district_id"]), list(districts["name"]), found)
    parents = districts["parent"]
    if parents.isna().all():
        return [district, area]
    names = sorted(parents.dropna().unique())
    parent_of = pd.Index(names).get_indexer(pd.Index(parents))
    above = np.where(found >= 0, parent_of[found], -1)
    return [district, _level("parent", names, names, above), area]


def _level(name: str, ids: list[str], names: list[str], found: Ints) -> Level:
    codes = np.asarray(found, dtype=np.int64)
    if (codes < 0).any():
        codes = np.where(codes < 0, len(ids), codes)
        return Level(name, _units([*ids, None], [*names, None]), codes)
    return Level(name, _units(list(ids), list(names)), codes)


def _units(ids: list[str | None], names: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"district_id": pd.Series(ids, dtype="str"), "name": pd.Series(names, dtype="str")})


@dataclass(frozen=True)
class Grid:
    """The grid cells that hold buildings.

    Attributes
    ----------
    frame
        ``cell_id``, ``x``, ``y`` (lower left corner) and the square in the CRS of the buildings, one row per
        cell, sorted from south-west.
    codes
        Row of ``frame`` for every building.
    size_m
        Side of a cell in metres.
    """

    frame: gpd.GeoDataFrame
    codes: Ints
    size_m: float

    @property
    def level(self) -> Level:
        """The cells as units."""
        return Level("cell", self.frame, self.codes)


def grid_of(buildings: gpd.GeoDataFrame) -> Grid:
    """Return the cells of all buildings; a building belongs to the cell of its representative point.

    Cells begin at multiples of their size and are named by it, then by row and column of the lower left
    corner in units of the size ("100mN57123E3924").

    Parameters
    ----------
    buildings
        Geometry in the metric CRS.
    """
    size = CELL_M.value
    points = buildings.geometry.representative_point()
    places = np.floor(np.column_stack((points.y, points.x)) / size).astype(np.int64)
    corners, codes = np.unique(places, axis=0, return_inverse=True)
    frame = pd.DataFrame(
        {
            "cell_id": [f"{size:g}mN{r}E{c}" for r, c in corners.tolist()],
            "x": corners[:, 1] * size,
            "y": corners[:, 0] * size,
        }
    )
    squares = shapely.box(frame["x"], frame["y"], frame["x"] + size, frame["y"] + size)
    squared = gpd.GeoDataFrame(frame, geometry=squares, crs=buildings.crs)
    return Grid(squared, codes.reshape(-1).astype(np.int64), size)
