"""Competition for Kita, care home and doctor: supply per resident, per district."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.access.reach import within
from kudequa_geo.gaps.catchment import (
    CATCHMENT_M,
    Supply,
    balanced_per_resident,
    enhanced,
    pairs_of,
    supply_of,
    zone_weights,
)
from kudequa_geo.gaps.need import people_of
from kudequa_geo.gaps.units import Level
from kudequa_geo.gaps.weighted import Floats, ratio, sums
from kudequa_geo.results.need import district_levels
from kudequa_geo.results.walks import reference
from kudequa_geo.study import Study

#: Services with a limited number of seats, and who asks for them; where that group is not known, everybody.
COMPETED: dict[str, str] = {"kita": "residents_under_6", "care_home": "residents_65_plus", "gp": "residents"}
_MEASURES = ("enhanced_per_1000", "balanced_per_1000")


def competed(study: Study) -> dict[str, str]:
    """Return the services of the municipality that are competed for -> the group that asks for them."""
    return {kind: group for kind, group in COMPETED.items() if kind in study.kind_index}


@dataclass(frozen=True)
class Competition:
    """What residents get of a service for which they compete.

    Attributes
    ----------
    group
        Column of the people who ask for it.
    supply
        What the places offer.
    demand
        People who ask, per building.
    enhanced, balanced
        Supply per person who asks, per building (E2SFCA, and the measure that conserves people and
        supply); 0 where nothing is within :data:`kudequa_geo.gaps.catchment.CATCHMENT_M`, NaN where the
        building is not connected.
    """

    group: str
    supply: Supply
    demand: Floats
    enhanced: Floats
    balanced: Floats


def competition(study: Study, kind: str, person: str) -> Competition:
    """Return the supply per resident of every building.

    Parameters
    ----------
    study
        The municipality.
    kind
        One of :func:`competed`.
    person
        Who walks.
    """
    return study.kept(("competition", kind, person), lambda: _competition(study, kind, person))


def _competition(study: Study, kind: str, person: str) -> Competition:
    group, demand = _demand(study, COMPETED[kind])
    usable = study.usable_places(person)
    rows = usable[study.place_kinds[usable] == study.kind_index[kind]]
    found = within(study.router(person), study.origins, study.destinations.take(rows), CATCHMENT_M.value)
    pairs = pairs_of(found.origin, found.place, found.metres, len(study.origins), len(rows))
    supply = supply_of(study.tables["places"]["capacity"].to_numpy(dtype=np.float64)[rows])
    weights = zone_weights(pairs.metres)
    # Who is not connected has no pair, and asks nowhere.
    lost = study.origins.edge < 0
    enhanced_access, balanced_access = (
        np.where(lost, np.nan, measure(pairs, supply.amount, demand, weights).access)
        for measure in (enhanced, balanced_per_resident)
    )
    return Competition(group, supply, demand, enhanced_access, balanced_access)


def _demand(study: Study, group: str) -> tuple[str, Floats]:
    buildings = study.tables["buildings"]
    residents = buildings["residents"].to_numpy(dtype=np.float64)
    known, _ = people_of(buildings, group, residents)
    return ("residents", residents) if known is None else (group, known)


def catchment_frame(study: Study) -> pd.DataFrame:
    """Return the supply per 1,000 people who ask for it, per district, parent and area.

    Returns
    -------
    pandas.DataFrame
        ``level``, ``district_id``, ``name``, ``kind``, ``person``, ``group`` (who asks), ``unit`` (capacity
        or places), ``capacity_known`` (share of places that state theirs), ``people``,
        ``enhanced_per_1000`` and ``balanced_per_1000`` (mean over the people of connected homes; NaN
        without any), ``people_none`` (nothing within the catchment) and ``people_unconnected``. No rows
        for kinds of which the data hold no place.
    """
    person = reference(study)
    there = set(study.tables["places"]["kind"])
    rows = [
        _by_unit(competition(study, kind, person), level).assign(kind=kind, person=person)
        for kind in competed(study)
        if kind in there
        for level in district_levels(study)
    ]
    columns = ["level", "district_id", "name", "kind", "person", "group", "unit", "capacity_known", "people"]
    columns += [*_MEASURES, "people_none", "people_unconnected"]
    found = pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)
    found.loc[found["level"] == "area", "name"] = study.config.name
    return found


def _by_unit(found: Competition, level: Level) -> pd.DataFrame:
    count = len(level.units)
    reached = ~np.isnan(found.balanced)

    def people(mask: NDArray[np.bool_]) -> Floats:
        return sums(found.demand[mask], level.codes[mask], count)

    frame = level.units.assign(
        level=level.name,
        group=found.group,
        unit="capacity" if found.supply.in_capacity else "places",
        capacity_known=found.supply.known,
        people=sums(found.demand, level.codes, count),
    )
    for name, access in zip(_MEASURES, (found.enhanced, found.balanced), strict=True):
        total = sums((found.demand * access)[reached], level.codes[reached], count)
        frame[name] = ratio(total, people(reached)) * 1000
    frame["people_none"] = people(found.balanced == 0)
    frame["people_unconnected"] = people(~reached)
    return frame
