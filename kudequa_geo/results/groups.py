"""The groups among the people of some buildings, beside those of the whole area."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kudequa_geo.gaps.weighted import ratio
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.study import Study


class Group(NamedTuple):
    """People of a group in some buildings, their share there and in the whole area; NaN = not known."""

    people: float
    share: float
    share_area: float


def groups_in(study: Study, rows: NDArray[np.bool_]) -> dict[str, Group]:
    """Return the groups that the municipality knows, by their key.

    Parameters
    ----------
    study
        The municipality.
    rows
        True for the buildings that count, shape (buildings,).
    """
    total, local = study.total, study.tables["buildings"].loc[rows].filter(like="residents").sum(min_count=1)
    return {
        key: Group(
            float(local[key]),
            float(ratio(local[key], local["residents"])),
            float(ratio(total[key], total["residents"])),
        )
        for key in RESIDENT_GROUPS
        if not np.isnan(total[key])
    }
