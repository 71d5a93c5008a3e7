"""How evenly access is spread: between residents, between districts, between groups of residents."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.gaps.equity import (
    between_districts,
    between_groups,
    concentration,
    deprivation,
    gini,
    palma,
)
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.study import Study

#: Shares of residents that tell of deprivation, as far as a municipality knows them.
SIGNS = ("residents_low_income", "residents_no_car", "residents_foreign")
EVERYBODY = "residents"
KEYS = ("level", "kind", "person", "group")
MEASURES = ("units", "residents", "gini", "concentration", "palma", "palma_deprived")


def known_groups(study: Study) -> tuple[str, ...]:
    """Return all residents and those groups of them of which anything is known."""
    buildings = study.tables["buildings"]

    def make() -> tuple[str, ...]:
        return (EVERYBODY, *(group for group in RESIDENT_GROUPS if buildings[group].notna().any()))

    return study.kept("known groups", make)


def deprivation_of(study: Study) -> pd.Series:
    """Return the deprivation rank by district id, 0 to 1; see :func:`kudequa_geo.gaps.equity.deprivation`."""
    buildings = study.tables["buildings"]
    signs = [sign for sign in SIGNS if sign in buildings]
    people = buildings.groupby("district_id")[[EVERYBODY, *signs]].sum(min_count=1)
    living = people[EVERYBODY].where(people[EVERYBODY] > 0)
    shares = people[signs].div(living, axis=0)
    return deprivation(shares, people[EVERYBODY])


def equity_frame(study: Study, indicators: pd.DataFrame) -> pd.DataFrame:
    """Return inequality of minutes for every kind, person and group of residents.

    Parameters
    ----------
    study
        The municipality.
    indicators
        :meth:`kudequa_geo.study.Study.indicators` of all persons and :func:`known_groups`.

    Returns
    -------
    pandas.DataFrame
        ``level`` (resident: minutes of every home; district: mean minutes of the districts), ``kind``,
        ``person``, ``group``, ``units`` (homes or districts with a known walk), ``residents`` (in
        them), ``gini``, ``concentration`` and ``palma_deprived`` (along deprivation), ``palma``, and for
        groups at level resident ``share_difference`` and ``mean_ratio`` against all residents. NaN
        where undefined; the measures are explained in :mod:`kudequa_geo.gaps.equity`.
    """
    rank_by = deprivation_of(study)
    order = study.tables["buildings"]["district_id"].map(rank_by).to_numpy(dtype=np.float64)
    groups = known_groups(study)
    measured: dict[Any, dict[str, float]] = {}
    rows = []
    for person, kind, group in product(study.persons, study.kinds, groups):
        # The measures do not depend on the speed: persons stopped by the same barriers share them.
        same = (study.persons[person].barriers, kind.key, group)
        if same not in measured:
            measured[same] = _between_residents(study, kind.key, person, group, order)
        rows.append(
            {"level": "resident", "kind": kind.key, "person": person, "group": group, **measured[same]}
        )
    residents = pd.DataFrame(rows, columns=[*KEYS, *MEASURES])
    compared = between_groups(indicators[indicators["level"] == "area"])
    keys = ["kind", "person", "group"]
    residents = residents.merge(
        compared[[*keys, "share_difference", "mean_ratio"]], on=keys, how="left", sort=False
    )
    districts = between_districts(indicators, rank_by=rank_by)
    if districts.empty:
        return residents
    named = districts.rename(columns={"districts": "units"}).drop(columns="measure").assign(level="district")
    return pd.concat([residents, named], ignore_index=True)[residents.columns]


def _between_residents(
    study: Study, kind: str, person: str, group: str, order: NDArray[np.float64]
) -> dict[str, float]:
    metres = study.metres(person, kind)
    people = study.tables["buildings"][group].to_numpy(dtype=np.float64)
    counted = ~np.isnan(metres) & (people > 0)
    values, weights, rank_by = metres[counted], people[counted], order[counted]
    return {
        "units": int(counted.sum()),
        "residents": float(weights.sum()),
        "gini": gini(values, weights),
        "concentration": concentration(values, weights, rank_by),
        "palma": palma(values, weights),
        "palma_deprived": palma(values, weights, rank_by),
    }
