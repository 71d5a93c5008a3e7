"""Everything the pages show of a city, for a changed one: shares, gaps, need, competition, equity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.labels import Float64
from kudequa_geo.access.nearest import Router
from kudequa_geo.access.reach import within
from kudequa_geo.constants import Barrier, Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.areas import City, GapAreas, Walks, gap_areas
from kudequa_geo.gaps.catchment import (
    CATCHMENT_M,
    Catchment,
    Pairs,
    balanced_per_resident,
    supply_of,
    zone_weights,
)
from kudequa_geo.gaps.equity import between_districts
from kudequa_geo.gaps.indicators import MEASURES, indicators
from kudequa_geo.gaps.need import Unmet, gap, unmet
from kudequa_geo.gaps.neighbourhoods import Streets
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.tables import buildings_after, places_after


@dataclass(frozen=True, eq=False)
class Outcome:
    """The figures of a state, each computed when it is asked for and then kept.

    Attributes
    ----------
    state
        The city.
    persons
        Those for whom it is computed.
    own_limits
        Limits by kind where they are not those of the municipality.
    """

    state: State
    persons: Mapping[str, Person]
    own_limits: Mapping[str, Sourced] = field(default_factory=dict)

    @cached_property
    def limits(self) -> dict[str, Sourced]:
        """Limit of each kind, in the order of the kinds."""
        limits = {kind.key: kind.limit.sourced() for kind in self.state.base.kinds}
        return {kind: self.own_limits.get(kind, limit) for kind, limit in limits.items()}

    @cached_property
    def buildings(self) -> Any:
        """Table of buildings after the scenario."""
        return buildings_after(self.state)

    @cached_property
    def places(self) -> Any:
        """Table of places after the scenario."""
        return places_after(self.state)

    def indicators(self) -> pd.DataFrame:
        """Return the measures of all residents; see :func:`kudequa_geo.gaps.indicators.indicators`.

        Kinds that the scenario does not touch have the figures of the base, which are computed once.
        """
        state, base = self.state, self.state.base
        if state.residents is not base.people:
            return self._indicators(list(self.limits))
        changed = np.logical_or.reduce([state.changed_kinds(key) for key in self.persons])
        kinds = [kind for kind, other in zip(self.limits, changed.tolist(), strict=True) if other]
        if len(kinds) == len(self.limits):
            return self._indicators(kinds)
        limits = tuple((limit.value, limit.unit) for limit in self.limits.values())

        def of_the_base() -> pd.DataFrame:
            walks = {
                key: base.nearest(person.barriers, 1).metres[:, :, 0] for key, person in self.persons.items()
            }
            return indicators(walks, base.people, self.limits, self.persons, districts=base.districts)

        key = ("indicators", tuple(self.persons), limits)
        whole = base.memory.get(key, of_the_base).copy()
        if kinds:
            rows = whole["kind"].isin(kinds).to_numpy()
            whole.loc[rows, list(MEASURES)] = self._indicators(kinds)[list(MEASURES)].to_numpy()
        return whole

    def _indicators(self, kinds: list[str]) -> pd.DataFrame:
        """Return the indicators of some kinds, in the order of the municipality."""
        columns = [self.state.base.kind_index[kind] for kind in kinds]
        walks: dict[frozenset[Barrier], Float64] = {}
        metres = {}
        for key in self.persons:
            if len(kinds) == 1:
                found = self.state.metres(key, kinds[0])[:, None]
            else:
                found = self.state.nearest(key).metres[:, columns, 0]
            # Persons who walk the same network share one array, which is then sorted once.
            metres[key] = walks.setdefault(self.persons[key].barriers, found)
        return indicators(
            metres,
            self.state.residents,
            {kind: self.limits[kind] for kind in kinds},
            self.persons,
            districts=self.state.base.districts,
        )

    def unmet(self, person: str) -> Unmet:
        """Return the people beyond the limits per district, to be weighed by :mod:`kudequa_geo.gaps.need`."""
        state, walker = self.state, self.persons[person]
        metres = state.nearest(person).metres[:, :, 0]
        gaps = {
            kind: gap(metres[:, column], limit, walker)
            for column, (kind, limit) in enumerate(self.limits.items())
        }
        districts = pd.Index(state.base.districts["district_id"], name="district_id")
        codes = districts.get_indexer(pd.Index(state.residents["district_id"]))
        return unmet(gaps, state.residents, codes.astype(np.int64), districts)

    def equity(self) -> pd.DataFrame:
        """Return the inequality between districts; see :func:`kudequa_geo.gaps.equity.between_districts`."""
        return between_districts(self.indicators())

    def gap_areas(self, person: str, kind: str) -> GapAreas:
        """Return the connected areas beyond the limit; see :func:`kudequa_geo.gaps.areas.gap_areas`."""
        state, network = self.state, self.state.network
        nearest = state.nearest(person)
        city = City(Streets(network.tail, network.head, network.length_m), self.buildings, self.places)
        walks = Walks(
            self.persons[person],
            self.limits,
            nearest.metres[:, :, 0],
            nearest.place[:, :, 0],
            state.usable_places(person),
        )
        return gap_areas(city, walks, kind)

    def competition(self, person: str, kind: str) -> Catchment:
        """Return supply per resident among those who compete for it.

        See :func:`kudequa_geo.gaps.catchment.balanced_per_resident`; ``access`` has one value per origin,
        NaN where it is not connected, ``demand`` and ``ratio`` one per place of the kind, in their order.
        """
        state = self.state
        rows = state.usable_places(person)
        rows = rows[state.place_kinds[rows] == column_of(state, kind)]
        walks = within(state.router(person), state.origins, state.destinations.take(rows), CATCHMENT_M.value)
        pairs = Pairs(walks.origin, walks.start, walks.metres, len(state.origins))
        catchment = balanced_per_resident(
            pairs,
            supply_of(state.capacity[rows]).amount,
            state.residents["residents"],
            zone_weights(pairs.metres),
        )
        access = np.where(state.origins.edge >= 0, catchment.access, np.nan)
        return Catchment(access, catchment.demand, catchment.ratio)


def evaluate(state: State, persons: Iterable[str] | None = None) -> Outcome:
    """Return the figures of a state.

    Parameters
    ----------
    state
        A city, changed or not.
    persons
        Keys of persons; all of the municipality where omitted.

    Raises
    ------
    AnalysisError
        If a person is not one of the municipality's.
    """
    known = state.base.persons
    chosen = list(known if persons is None else persons)
    unknown = [key for key in chosen if key not in known]
    if unknown:
        raise AnalysisError(
            msg("Die Person „{person}“ gibt es nicht; bekannt sind {known}."),
            person=unknown[0],
            known=", ".join(known),
        )
    return Outcome(state, {key: known[key] for key in chosen})


def column_of(state: State, kind: str) -> int:
    """Return the position of a kind.

    Raises
    ------
    AnalysisError
        If the municipality has no such kind.
    """
    index = state.base.kind_index
    if kind not in index:
        raise AnalysisError(
            msg("Die Art „{kind}“ gibt es in dieser Gemeinde nicht; bekannt sind {known}."),
            kind=kind,
            known=", ".join(index),
        )
    return index[kind]


def walk_matrix(router: Router, origins: Positions, goals: Positions) -> Float64:
    """Return metres from each origin to each goal, shape (origins, goals); NaN = unreachable.

    The search starts at the goals, so that its cost grows with the network and not with the pairs.
    """
    if not len(goals):
        return np.empty((len(origins), 0))
    metres: Float64 = router.nearest(origins, goals, np.arange(len(goals)), len(goals)).metres[:, :, 0]
    return metres
