"""Where people are registered: tables by district and by grid cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from kudequa_geo.config import Population
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.sources.text_table import cell_defects, missing_columns, numbers, read_text_table, refuse

RESIDENTS = "residents"


def read_district_population(path: Path, *, id_column: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read residents by district from a CSV file.

    Parameters
    ----------
    path
        CSV; delimiter, encoding and decimal sign are recognised.
    id_column
        Column with the district's id.
    columns
        Which column holds ``residents`` and, where known, the groups of
        :data:`kudequa_geo.schema.RESIDENT_GROUPS`; persons.

    Returns
    -------
    pandas.DataFrame
        ``district_id`` (text) and one float column per key of ``columns``; NaN = not known (groups only).

    Raises
    ------
    MissingInputError, ConfigError, SourceError
        No such file; an unknown group; all defects of the table: missing columns, empty or repeated ids, what
        is no number or negative, residents that are not known, groups larger than the residents.
    """
    known = (RESIDENTS, *RESIDENT_GROUPS)
    if unknown := [name for name in columns if name not in known]:
        raise ConfigError(
            msg("Unbekannte Bevölkerungsgruppe: {unknown}."),
            where="population.columns",
            remedy=msg("Bekannt sind {known}."),
            unknown=", ".join(unknown),
            known=", ".join(known),
        )
    table = read_text_table(path)
    refuse(path, missing_columns([id_column, *columns.values()], table.columns))
    ids = table[id_column]
    repeated = ids.notna() & ids.duplicated(keep=False)
    defects = [f"Zeile {line}, {id_column}: die Nummer des Bezirks fehlt" for line in ids.index[ids.isna()]]
    defects += cell_defects(id_column, ids, repeated, "kommt mehrfach vor")
    result = pd.DataFrame({"district_id": ids})
    for group, column in columns.items():
        values, wrong = numbers(table[column], counts=True)
        defects += cell_defects(column, table[column], wrong, "ist keine Zahl")
        defects += cell_defects(column, table[column], values < 0, "ist negativ")
        result[group] = values
        if group == RESIDENTS:
            empty = values.isna() & ~wrong
            defects += [f"Zeile {line}, {column}: die Einwohnerzahl fehlt" for line in values.index[empty]]
    for group in columns:
        too_many = result[group] > result.get(RESIDENTS, np.inf)
        defects += cell_defects(columns[group], table[columns[group]], too_many, "ist mehr als die Einwohner")
    refuse(path, defects)
    return result.reset_index(drop=True)


def read_population_grid(path: Path, settings: Population, *, target_crs: str) -> gpd.GeoDataFrame:
    """Read residents by grid cell from a CSV file, such as a census grid.

    Parameters
    ----------
    path
        CSV with one row per cell.
    settings
        Names of the columns, CRS and size of the cells in metres, and the number that stands for "unknown".
    target_crs
        Metric CRS of the result.

    Returns
    -------
    geopandas.GeoDataFrame
        ``residents`` (float) and the cell's square as geometry; cells whose number is not known are left out.

    Raises
    ------
    MissingInputError, SourceError
        No such file, or all defects of the table: missing columns, what is no number, negative numbers, cells
        that lie beside the grid or come twice, no cell with a known number.
    """
    names = (settings.x_column, settings.y_column, settings.value_column)
    table = read_text_table(path)
    refuse(path, missing_columns(names, table.columns))
    defects = []
    columns = []
    for name in names:
        values, wrong = numbers(table[name], counts=name == settings.value_column)
        defects += cell_defects(name, table[name], wrong, "ist keine Zahl")
        columns.append(values)
    x, y, residents = columns
    for name, values in zip(names[:2], (x, y), strict=True):
        empty = values.isna() & table[name].isna()
        defects += [f"Zeile {line}, {name}: die Koordinate fehlt" for line in values.index[empty]]
    unknown = (
        residents.isna() if settings.missing is None else residents.isna() | (residents == settings.missing)
    )
    defects += cell_defects(names[2], table[names[2]], (residents < 0) & ~unknown, "ist negativ")
    shift, off_grid = _to_corner(x, y, settings.cell_m)
    defects += cell_defects(
        names[0], table[names[0]], off_grid, f"liegt neben dem {settings.cell_m:g}-m-Gitter"
    )
    twice = pd.DataFrame({"x": x, "y": y}).dropna().duplicated().reindex(x.index, fill_value=False)
    defects += cell_defects(names[0], table[names[0]], twice, "kommt mit demselben y mehrfach vor")
    if not defects and unknown.all():
        defects.append(f"{names[2]}: keine Zelle hat eine bekannte Zahl")
    refuse(path, defects)
    kept = ~unknown
    squares = _squares(x[kept] - shift, y[kept] - shift, settings, target_crs)
    return gpd.GeoDataFrame({RESIDENTS: residents[kept].to_numpy()}, geometry=squares, crs=target_crs)


def _to_corner(x: pd.Series, y: pd.Series, cell_m: float) -> tuple[float, pd.Series]:
    """Return how far the coordinates lie from the cells' lower left corners, and which lie beside the grid.

    Tables name either the corner or the centre; both are told by the remainder.
    """
    remainders = pd.concat([x.dropna() % cell_m, y.dropna() % cell_m])
    shift = cell_m / 2 if len(remainders) and (remainders == cell_m / 2).mean() > 0.5 else 0.0
    beside = ((x - shift) % cell_m != 0) | ((y - shift) % cell_m != 0)
    return shift, beside & x.notna() & y.notna()


def _squares(x: pd.Series, y: pd.Series, settings: Population, target_crs: str) -> np.ndarray:
    side = settings.cell_m
    corners_x = np.column_stack([x, x + side, x + side, x])
    corners_y = np.column_stack([y, y, y + side, y + side])
    to_target = Transformer.from_crs(settings.grid_crs, target_crs, always_xy=True)
    moved = np.stack(to_target.transform(corners_x, corners_y), axis=-1)
    squares: np.ndarray = shapely.polygons(moved)
    return squares
