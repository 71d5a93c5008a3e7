"""The levels a map can show: single buildings, grid cells, districts, and what the districts belong to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from kudequa_geo.errors import msg
from kudequa_geo.gaps.units import Grid, grid_of, levels
from kudequa_geo.gaps.weighted import Ints
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.maps.raster import Raster, raster_of
from kudequa_geo.study import Study
from kudequa_geo.ui.i18n import _

BUILDINGS, CELLS, DISTRICTS, PARENTS = "buildings", "cells", "districts", "parents"
#: What each level is called in the choice.
LEVELS: dict[str, str] = {
    BUILDINGS: msg("Gebäude"),
    CELLS: msg("Zellen von 100 m"),
    DISTRICTS: msg("Bezirke"),
    PARENTS: msg("Stadtbezirke"),
}
#: The name of a level in the figures of :mod:`kudequa_geo.gaps.units`.
UNIT_LEVELS = {DISTRICTS: "district", PARENTS: "parent"}


@dataclass(frozen=True, eq=False)
class Division:
    """The units of one level.

    Attributes
    ----------
    level
        One of :data:`LEVELS`, not the buildings.
    ids, names
        Identifier and name of each unit; the unit of the buildings outside all districts has neither.
    codes
        Unit of every building.
    shapes
        Area of each unit in the metric CRS; None where it has none.
    crs
        The metric CRS.
    grid
        The cells, at that level.
    """

    level: str
    ids: list[str]
    names: list[str]
    codes: Ints
    shapes: NDArray[np.object_]
    crs: str
    grid: Grid | None = None

    def at(self, lat: float, lon: float) -> int | None:
        """Return the unit at a point in degrees; None where there is none."""
        x, y = to_metres([[lon, lat]], self.crs)[0]
        rows = self._tree.query(shapely.Point(x, y), predicate="intersects")
        return int(rows.min()) if len(rows) else None

    @cached_property
    def raster(self) -> Raster:
        """The picture of the cells."""
        if self.grid is None:
            raise ValueError(self.level)
        frame = self.grid.frame
        return raster_of(frame["x"], frame["y"], self.grid.size_m, self.crs)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.shapes)


def available(study: Study) -> list[str]:
    """Return the levels a municipality has."""
    districts = study.tables["districts"]
    found = [BUILDINGS, CELLS]
    if len(districts):
        found.append(DISTRICTS)
        if districts["parent"].notna().any():
            found.append(PARENTS)
    return found


def division_of(study: Study, level: str) -> Division:
    """Return the units of a level, computed once for all readers."""
    return study.kept(("division", level), lambda: _cells(study) if level == CELLS else _units(study, level))


def _cells(study: Study) -> Division:
    buildings = study.tables["buildings"]
    grid = grid_of(buildings)
    first = np.unique(grid.codes, return_index=True)[1]
    named = study.tables["districts"].set_index("district_id")["name"]
    districts = buildings["district_id"].iloc[first].map(named)
    names = [
        f"{district} · {cell}" if isinstance(district, str) else str(cell)
        for district, cell in zip(districts, grid.frame["cell_id"].str.removeprefix("100m"), strict=True)
    ]
    shapes = grid.frame.geometry.to_numpy()
    return Division(CELLS, list(grid.frame["cell_id"]), names, grid.codes, shapes, study.config.crs, grid)


def _units(study: Study, level: str) -> Division:
    districts = study.tables["districts"]
    found = next(
        each for each in levels(study.tables["buildings"], districts) if each.name == UNIT_LEVELS[level]
    )
    column = "district_id" if level == DISTRICTS else "parent"
    areas = {key: shapely.union_all(part.to_numpy()) for key, part in districts.groupby(column)["geometry"]}
    ids = [key if isinstance(key, str) else "" for key in found.units["district_id"]]
    names = [name if isinstance(name, str) else "" for name in found.units["name"]]
    shapes = np.array([areas.get(key) for key in ids], dtype=object)
    return Division(level, ids, names, found.codes, shapes, study.config.crs)


def unit_name(division: Division, unit: int) -> str:
    """Return what a unit is called in the reader's language."""
    return division.names[unit] or _("außerhalb der Bezirke")
