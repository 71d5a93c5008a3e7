"""What streets have to respect: barriers, water, and where people live; as rasters and shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from kudequa_geo.model.facts import Facts

Floats = NDArray[np.float64]

#: Half widths in metres that streets and houses keep clear of.
_RAIL_CLEAR_M = 16.0
_RIVER_CLEAR_M = 12.0
_BROOK_CLEAR_M = 6.0
_WATER_CLEAR_M = 8.0
#: A brook is crossed wherever a main road meets it; these bar the way like a railway.
_RIVERS = ("Emscher",)
_CANALS = ("Dortmund-Ems-Kanal",)
_SEAM_M = 50.0


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up raster: lower-left corner, cell size in metres, rows by columns."""

    x0: float
    y0: float
    cell_m: float
    rows: int
    columns: int

    def index(self, x: Any, y: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return row and column of points, clipped to the raster."""
        column = np.clip(((np.asarray(x) - self.x0) / self.cell_m).astype(np.int64), 0, self.columns - 1)
        row = np.clip(((np.asarray(y) - self.y0) / self.cell_m).astype(np.int64), 0, self.rows - 1)
        return row, column

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return row and column of one point inside the raster."""
        return int((y - self.y0) / self.cell_m), int((x - self.x0) / self.cell_m)

    def centres(self) -> tuple[Floats, Floats]:
        """Return x of the columns and y of the rows."""
        half = self.cell_m / 2
        x = self.x0 + half + np.arange(self.columns, dtype=np.float64) * self.cell_m
        y = self.y0 + half + np.arange(self.rows, dtype=np.float64) * self.cell_m
        return x.astype(np.float64), y.astype(np.float64)

    def coarser(self, factor: int) -> Grid:
        """Return the same area with cells larger by a whole factor."""
        return Grid(
            self.x0, self.y0, self.cell_m * factor, -(-self.rows // factor), -(-self.columns // factor)
        )


@dataclass(frozen=True, slots=True)
class Landscape:
    """The ground a model grows on.

    Attributes
    ----------
    area, domain
        Study area, and the area with its margin, in which there are streets.
    fine, coarse
        Rasters of 5 m and 20 m.
    blocked
        On the fine raster: True where no street may lie except on a bridge or in an underpass.
    density
        On the coarse raster: residents per hectare; 0 outside the domain.
    barriers
        Rails, rivers and water as one geometry (lines as narrow areas).
    impassable
        Lakes and basins: nothing crosses them, not even a bridge.
    directions
        Lines that give a quarter its orientation: rails and rivers.
    """

    area: BaseGeometry
    domain: BaseGeometry
    fine: Grid
    coarse: Grid
    blocked: NDArray[np.bool_]
    density: Floats
    barriers: BaseGeometry
    impassable: BaseGeometry
    directions: list[shapely.LineString]

    def is_blocked(self, x: Any, y: Any) -> NDArray[np.bool_]:
        """Return for each point whether it lies on a barrier."""
        hit: NDArray[np.bool_] = self.blocked[self.fine.index(x, y)]
        return hit

    def free_and_lived_on(self, x: float, y: float, least: float) -> tuple[bool, bool]:
        """Return for one point whether no barrier is there, and whether so many per hectare live there."""
        free = not self.blocked[self.fine.cell(x, y)]
        return free, bool(self.density[self.coarse.cell(x, y)] >= least)

    def density_at(self, x: Any, y: Any) -> Floats:
        """Return residents per hectare at points."""
        value: Floats = self.density[self.coarse.index(x, y)]
        return value


def build_landscape(facts: Facts, area: BaseGeometry, margin_m: float) -> Landscape:
    """Return the landscape of a study area and its margin."""
    # Whoever reads the extract cuts it at the margin; what ends before is not cut apart.
    domain = area.buffer(margin_m - _SEAM_M)
    west, south, east, north = domain.bounds
    x0, y0 = np.floor(west / 100) * 100 - 300, np.floor(south / 100) * 100 - 300
    fine = Grid(x0, y0, 5.0, int((north + 300 - y0) / 20 + 1) * 4, int((east + 300 - x0) / 20 + 1) * 4)
    coarse = fine.coarser(4)
    rivers = facts.rivers["name"].isin(_RIVERS)
    wide = _parts(facts.rivers[rivers].geometry)
    narrow = _parts(facts.rivers[~rivers].geometry)
    rails = _parts(facts.rails.geometry)
    blocked = _near_lines(fine, rails, _RAIL_CLEAR_M)
    blocked |= _near_lines(fine, wide, _RIVER_CLEAR_M)
    blocked |= _near_lines(fine, narrow, _BROOK_CLEAR_M)
    water = facts.lakes.geometry.union_all().buffer(_WATER_CLEAR_M)
    blocked |= inside(fine, water)
    barriers = shapely.union_all(
        [
            shapely.union_all(shapely.buffer(rails, 6.0)),
            shapely.union_all(shapely.buffer(wide, 8.0)),
            shapely.union_all(shapely.buffer(narrow, 3.0)),
            water,
        ]
    )
    return Landscape(
        area=area,
        domain=domain,
        fine=fine,
        coarse=coarse,
        blocked=blocked,
        density=_density(coarse, facts.cells_100m, str(facts.districts.crs)) * inside(coarse, domain),
        barriers=barriers,
        impassable=facts.lakes.geometry[~facts.lakes["name"].isin(_CANALS)].union_all(),
        directions=[*rails, *wide],
    )


def _parts(lines: gpd.GeoSeries) -> list[shapely.LineString]:
    merged = shapely.line_merge(lines.union_all())
    return [line for line in shapely.get_parts(merged) if line.length > 1]


def _near_lines(grid: Grid, lines: list[shapely.LineString], distance_m: float) -> NDArray[np.bool_]:
    mark = np.ones((grid.rows, grid.columns), dtype=bool)
    for line in lines:
        along = shapely.line_interpolate_point(line, np.arange(0, line.length, grid.cell_m / 2))
        mark[grid.index(shapely.get_x(along), shapely.get_y(along))] = False
    near: NDArray[np.bool_] = ndimage.distance_transform_edt(mark) * grid.cell_m < distance_m
    return near


def inside(grid: Grid, shape: BaseGeometry) -> NDArray[np.bool_]:
    """Return a mask of the cells whose centre lies in a shape."""
    mask = np.zeros((grid.rows, grid.columns), dtype=bool)
    x, y = grid.centres()
    for part in shapely.get_parts(shape):
        west, south, east, north = part.bounds
        columns = np.flatnonzero((x >= west) & (x <= east))
        rows = np.flatnonzero((y >= south) & (y <= north))
        if not len(columns) or not len(rows):
            continue
        shapely.prepare(part)
        xx, yy = np.meshgrid(x[columns], y[rows])
        hit = shapely.contains_xy(part, xx.ravel(), yy.ravel()).reshape(xx.shape)
        mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] |= hit
    return mask


def _density(grid: Grid, cells: pd.DataFrame, crs: str) -> Floats:
    """Paint residents per hectare (a 100 m cell is one hectare) and soften the cells' edges."""
    x, y = grid.centres()
    xx, yy = np.meshgrid(x, y)
    to_census = pyproj.Transformer.from_crs(crs, "EPSG:3035", always_xy=True)
    east, north = to_census.transform(xx.ravel(), yy.ravel())
    column = (np.asarray(east) // 100).astype(np.int64)
    row = (np.asarray(north) // 100).astype(np.int64)
    lookup = np.zeros((row.max() - row.min() + 1, column.max() - column.min() + 1))
    cell_row = (cells["north"] // 100 - row.min()).to_numpy()
    cell_column = (cells["east"] // 100 - column.min()).to_numpy()
    within = (cell_row >= 0) & (cell_row < lookup.shape[0]) & (cell_column >= 0)
    within &= cell_column < lookup.shape[1]
    lookup[cell_row[within], cell_column[within]] = cells["residents"].to_numpy()[within]
    painted = lookup[row - row.min(), column - column.min()].reshape(grid.rows, grid.columns)
    smooth: Floats = ndimage.gaussian_filter(painted, 1.5)
    return smooth
