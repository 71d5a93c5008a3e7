"""Two states beside each other: every measure, and the difference."""

from __future__ import annotations

import pandas as pd

from kudequa_geo.gaps.indicators import KEYS, MEASURES
from kudequa_geo.scenarios.effect import check_same_base
from kudequa_geo.scenarios.outcome import Outcome


def compare(one: Outcome, other: Outcome) -> pd.DataFrame:
    """Return the measures of two states and their difference.

    Parameters
    ----------
    one, other
        Outcomes of two states of one base, for the same persons; one of them may be the base itself.

    Returns
    -------
    pandas.DataFrame
        One row per unit, kind, person, group (:data:`kudequa_geo.gaps.indicators.KEYS`) and ``measure``:
        ``one``, ``other`` and ``difference`` (one minus other). Exchanging the two turns every sign; equal
        states give zeros. NaN where a measure is not defined for one of them.

    Raises
    ------
    AnalysisError
        If the states have different bases.
    """
    check_same_base(one.state, other.state)
    tables = [
        outcome.indicators().melt(list(KEYS), list(MEASURES), var_name="measure") for outcome in (one, other)
    ]
    keys = [*KEYS, "measure"]
    joined = tables[0].merge(tables[1], on=keys, how="outer", suffixes=("_one", "_other"), sort=True)
    joined = joined.rename(columns={"value_one": "one", "value_other": "other"})
    return joined.assign(difference=joined["one"] - joined["other"])
