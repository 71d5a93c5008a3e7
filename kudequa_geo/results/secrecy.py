"""Small numbers of people do not leave the tool: one rule for every table."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import SMALL_NUMBER

#: Columns that count people, and measures that do, by name.
_PEOPLE = re.compile(
    r"(residents|people|beyond)(_.*)?|(within|reach)_(gained|lost)|within|unreachable|better|worse|closed"
)
#: Columns that describe the people of their row.
_OF_PEOPLE = re.compile(r"(share|mean|median|p90|minutes|need_of)(_.*)?|.*_min")
_VALUES = ("one", "other", "after", "before", "difference")
#: Where the whole a row speaks of is counted.
_WHOLE = "residents"


def counts_people(name: str) -> bool:
    """Return whether a column or measure of this name counts people."""
    return _PEOPLE.fullmatch(name) is not None


def hidden(people: ArrayLike) -> NDArray[np.bool_]:
    """Return where numbers of people, or differences of such numbers, are too small to be shown.

    Nobody is no secret: 0 stays.
    """
    size = np.abs(np.asarray(people, dtype=np.float64))
    small: NDArray[np.bool_] = (size > 0) & (size < SMALL_NUMBER.value)
    return small


def masked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table without numbers of people below :data:`kudequa_geo.constants.SMALL_NUMBER`.

    Cells that count so few become missing; where so few are the whole of a row (``residents``), every figure
    about them does. Columns are known by their names; a table with a column ``measure`` names in it what its
    values count. What a subtraction of two cells tells is not hidden: homes are filled by a rule, and a
    difference of rounded estimates is nobody's secret.

    Parameters
    ----------
    frame
        Any table; it is not changed.
    """
    if "measure" in frame:
        return _masked_measures(frame)
    counted = {name: _numbers(frame[name]) for name in map(str, frame.columns) if counts_people(name)}
    small = {name: hidden(values) for name, values in counted.items()}
    if _WHOLE in small:
        whole = small[_WHOLE]
        figures = [name for name in map(str, frame.columns) if _OF_PEOPLE.fullmatch(name)]
        small = {name: cells | whole for name, cells in small.items()} | dict.fromkeys(figures, whole)
    for name in list(small):
        # The need of a group is its number times a weight that stands beside it.
        if f"need_of_{name}" in frame:
            small[f"need_of_{name}"] = small[name]
    return _without(frame, small)


def _masked_measures(frame: pd.DataFrame) -> pd.DataFrame:
    values = [name for name in _VALUES if name in frame]
    people = frame["measure"].map(counts_people).to_numpy(dtype=bool)
    cells = {name: hidden(_numbers(frame[name])) & people for name in values}
    few = np.logical_or.reduce([cells[name] for name in values]) if values else people
    keys = [name for name in frame.columns if name not in (*values, "measure", "geometry")]
    whole = few & (frame["measure"] == _WHOLE).to_numpy()
    if whole.any():
        units, told = [frame[name] for name in keys], pd.Series(whole, frame.index)
        named = told.groupby(units, dropna=False).transform("any").to_numpy() if units else whole | True
        cells = {name: small | named for name, small in cells.items()}
    if "difference" in cells:
        # From one of the two and the difference, the other follows.
        cells["difference"] = cells["difference"] | few
    return _without(frame, cells)


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    found: NDArray[np.float64] = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return found


def _without(frame: pd.DataFrame, small: dict[str, NDArray[np.bool_]]) -> pd.DataFrame:
    changed: dict[str, Any] = {
        name: np.where(cells, np.nan, _numbers(frame[name])) for name, cells in small.items() if cells.any()
    }
    return frame.assign(**changed) if changed else frame
