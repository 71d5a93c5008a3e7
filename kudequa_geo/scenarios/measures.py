"""All measures of one kind of place in a state, in one column: shares, gaps, need, competition, equity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kudequa_geo.errors import msg
from kudequa_geo.gaps.equity import gini
from kudequa_geo.gaps.need import weigh
from kudequa_geo.scenarios.effect import check_same_base
from kudequa_geo.scenarios.outcome import Outcome

#: Measures in their order, with what they are called.
MEASURE_LABELS: dict[str, str] = {
    "residents": msg("Menschen"),
    "residents_within_limit": msg("Menschen innerhalb der Grenze"),
    "share_within_limit": msg("Anteil innerhalb der Grenze"),
    "residents_beyond": msg("Menschen außerhalb"),
    "residents_unreachable": msg("Menschen ohne Weg dorthin"),
    "mean_min": msg("mittlerer Weg (Mittelwert), Minuten"),
    "median_min": msg("mittlerer Weg (Median), Minuten"),
    "p90_min": msg("Weg, den jede Zehnte überschreitet, Minuten"),
    "gap_areas": msg("Lückengebiete"),
    "gap_residents": msg("Menschen in Lückengebieten"),
    "need": msg("Bedarf (gewichtete Menschen außerhalb)"),
    "unsupplied": msg("Menschen ohne Angebot im Einzugsbereich"),
    "supply_gini": msg("Ungleichheit des Angebots je Mensch (Gini)"),
    "district_gini": msg("Ungleichheit der Wege zwischen Bezirken (Gini)"),
}


def measures(outcome: Outcome, person: str, kind: str) -> pd.Series:
    """Return every measure of the whole area for one person and kind.

    Parameters
    ----------
    outcome
        Figures of a state, for the person among others.
    person, kind
        Who walks, and to what.

    Returns
    -------
    pandas.Series
        Index :data:`MEASURE_LABELS`: persons, shares (0 to 1), minutes, weighted persons (need) and
        coefficients from 0 to 1; NaN where a measure is not defined.
    """
    table = outcome.indicators()
    table = table[(table["kind"] == kind) & (table["person"] == person)]
    area = table[table["level"] == "area"].iloc[0]
    gaps = outcome.gap_areas(person, kind).areas
    supply = outcome.competition(person, kind).access
    people = outcome.state.residents["residents"].to_numpy(np.float64)
    districts = table[table["level"] == "district"]
    return pd.Series(
        {
            **{name: float(area[name]) for name in MEASURE_LABELS if name in area.index},
            "residents_beyond": float(area["residents"] - area["residents_within_limit"]),
            "gap_areas": float(len(gaps)),
            "gap_residents": float(gaps["residents"].sum()),
            "need": float(weigh(outcome.unmet(person)).by("kind")[kind].sum()),
            "unsupplied": float(people @ ~(supply > 0)),
            "supply_gini": gini(supply, people),
            "district_gini": gini(districts["mean_min"], districts["residents"]),
        }
    )[list(MEASURE_LABELS)]


def side_by_side(one: Outcome, other: Outcome, person: str, kind: str) -> pd.DataFrame:
    """Return all measures of two states and their difference.

    Parameters
    ----------
    one, other
        Outcomes of two states of one base.
    person, kind
        Who walks, and to what.

    Returns
    -------
    pandas.DataFrame
        Index :data:`MEASURE_LABELS`; ``one``, ``other`` and ``difference`` (one minus other). Exchanging the
        two turns every sign; equal states give zeros.

    Raises
    ------
    AnalysisError
        If the states have different bases.
    """
    check_same_base(one.state, other.state)
    frame = pd.DataFrame({"one": measures(one, person, kind), "other": measures(other, person, kind)})
    return frame.assign(difference=frame["one"] - frame["other"])
