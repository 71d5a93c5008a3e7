"""Residents by 100 m cell and by district: register totals spread by the census grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

#: Persons over 80 of a cell beyond which it holds a care home and says no more about its other residents.
_OLDEST_CAP = 15.0
#: Weight of a cell that the census suppresses (fewer than three seniors) but whose neighbours are populated.
_SUPPRESSED_SHARE = 0.5
#: Residents of a populated cell without any senior; an assumption: without it such cells would be empty.
_BASE = 12.0


def fill_gaps(cells: pd.DataFrame, *, neighbours: int = 4) -> pd.DataFrame:
    """Add the cells that the census suppresses but that lie among populated ones.

    Parameters
    ----------
    cells
        Populated 100 m cells: ``east``, ``north`` (lower-left corner, EPSG:3035, m), ``oldest``,
        ``senior_1``, ``senior_2`` (persons and households, 0 where suppressed).
    neighbours
        How many of the eight neighbours must be populated.

    Returns
    -------
    pandas.DataFrame
        All cells, sorted by ``north`` and ``east``, with ``inferred``: True for the added ones.
    """
    east = (cells["east"] // 100).to_numpy()
    north = (cells["north"] // 100).to_numpy()
    grid = np.zeros((north.max() - north.min() + 3, east.max() - east.min() + 3), dtype=np.int16)
    rows, columns = north - north.min() + 1, east - east.min() + 1
    grid[rows, columns] = 1
    around = np.zeros_like(grid)
    for up in (-1, 0, 1):
        for right in (-1, 0, 1):
            if up or right:
                around += np.roll(np.roll(grid, up, axis=0), right, axis=1)
    found = np.argwhere((grid == 0) & (around >= neighbours))
    added = pd.DataFrame(
        {
            "east": (found[:, 1] + east.min() - 1) * 100,
            "north": (found[:, 0] + north.min() - 1) * 100,
            "oldest": 0.0,
            "senior_1": 0.0,
            "senior_2": 0.0,
            "inferred": True,
        }
    )
    both = pd.concat([cells.assign(inferred=False), added], ignore_index=True)
    return both.sort_values(["north", "east"], ignore_index=True)


def cell_weights(
    cells: pd.DataFrame, square: NDArray[np.int64], inhabitants: NDArray[np.float64]
) -> pd.Series:
    """Weigh the cells by what their seniors tell about all their residents.

    A cell's residents are a fixed base plus multiples of its seniors; the multiples are those that explain
    the inhabitants of the 1 km squares best (non-negative least squares).

    Parameters
    ----------
    cells
        As of :func:`fill_gaps`.
    square
        For each cell the row of its 1 km square, -1 = none.
    inhabitants
        Inhabitants of each square; NaN = not known.

    Returns
    -------
    pandas.Series
        ``weight``: persons per cell before they are fitted to the squares.
    """
    base = np.where(cells["inferred"], _SUPPRESSED_SHARE * _BASE, _BASE)
    columns = np.column_stack(
        [
            cells["oldest"].clip(upper=_OLDEST_CAP),
            cells["senior_1"].clip(upper=2 * _OLDEST_CAP),
            cells["senior_2"],
        ]
    )
    inside = square >= 0
    sums = np.zeros((len(inhabitants), columns.shape[1] + 1))
    np.add.at(sums, square[inside], np.column_stack([columns, base])[inside])
    known = np.isfinite(inhabitants) & (sums[:, -1] > 0)
    factors, _ = nnls(sums[known, :-1], inhabitants[known] - sums[known, -1])
    return pd.Series(base + columns @ factors, index=cells.index, name="weight")


def residents_by_cell(
    weight: pd.Series, square: NDArray[np.int64], inhabitants: NDArray[np.float64]
) -> pd.Series:
    """Spread each 1 km square's inhabitants over its cells by weight.

    Cells without a known square keep their weight as their residents.
    """
    inside = square >= 0
    sums = np.zeros(len(inhabitants))
    np.add.at(sums, square[inside], weight.to_numpy()[inside])
    factor = np.where(np.isfinite(inhabitants) & (sums > 0), inhabitants / np.where(sums > 0, sums, 1), 1.0)
    share = np.where(inside, factor[np.maximum(square, 0)], 1.0)
    return (weight * share).rename("residents")


def fit_to_register(residents: pd.Series, group: pd.Series, register: dict[str, int]) -> pd.Series:
    """Scale the cells so that each group sums to its register population; other cells stay.

    Parameters
    ----------
    residents
        Residents per cell.
    group
        Stadtbezirk of each cell, missing outside the city.
    register
        Register population by Stadtbezirk.
    """
    sums = residents.groupby(group).sum()
    factor = group.map({name: register[name] / sums[name] for name in register if sums.get(name, 0) > 0})
    return (residents * factor.astype(float).fillna(1.0)).rename("residents")


def whole_numbers(values: pd.Series, total: int) -> pd.Series:
    """Round so that the sum is exactly the total (largest remainders)."""
    floor = np.floor(values.to_numpy())
    order = np.argsort(-(values.to_numpy() - floor), kind="stable")
    floor[order[: int(total - floor.sum())]] += 1
    return pd.Series(floor.astype(np.int64), index=values.index, name=values.name)


def by_district(cells: pd.DataFrame, register: dict[str, int], shares: tuple[str, ...]) -> pd.DataFrame:
    """Sum the cells to districts: whole residents, exact per Stadtbezirk, and groups by share.

    Parameters
    ----------
    cells
        ``district_id``, ``parent``, ``residents`` and the share columns in percent (NaN = suppressed).
    register
        Register population by Stadtbezirk.
    shares
        Names of the share columns; ``residents_x`` comes from ``share_x``.

    Returns
    -------
    pandas.DataFrame
        One row per district: ``district_id``, ``residents``, and one column of persons per share.
        Districts of a Stadtbezirk without a register population are left out.
    """
    inside = cells[cells["parent"].isin(register)]
    rows = []
    for parent, group in inside.groupby("parent", sort=True):
        sums = group.groupby("district_id", sort=True)["residents"].sum()
        table = whole_numbers(sums, register[str(parent)]).to_frame("residents")
        for share in shares:
            known = group[group[share].notna()]
            persons = known["residents"] * known[share]
            of_known = known.groupby("district_id")["residents"].sum()
            percent = persons.groupby(known["district_id"]).sum() / of_known
            table[share.replace("share_", "residents_")] = (table["residents"] * percent / 100).round()
        rows.append(table.reset_index())
    return pd.concat(rows, ignore_index=True)
