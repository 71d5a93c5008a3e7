"""A city after the changes of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from kudequa_geo.access.graph import Network, Positions
from kudequa_geo.access.labels import Bool, Float64, Int64
from kudequa_geo.access.nearest import Nearest, Router
from kudequa_geo.constants import Barrier
from kudequa_geo.scenarios.base import Base, usable
from kudequa_geo.scenarios.change import AddPlace
from kudequa_geo.scenarios.scenario import Scenario


@dataclass(frozen=True, eq=False)
class State:
    """A city after a scenario; what a scenario does not touch is shared with the base.

    Attributes
    ----------
    base, scenario
        What it was made of.
    network
        The walking network.
    origins
        Where people start: the buildings of the base in their order, then new housing.
    residents
        Columns ``residents``, its groups and ``district_id``, rows as ``origins``.
    destinations
        Where places are: those of the base in their order, then new ones.
    place_kinds
        Position of each place's kind in the base's kinds; -1 = closed, or not one of them.
    capacity
        Of each place; NaN = not known.
    avoided
        Places that are no goal with a wheelchair.
    sites
        Where the base's sites join the network.
    place_points
        A point in each place, shape (places, 2), metric CRS.
    added
        The change behind each new place, in their order.
    """

    base: Base
    scenario: Scenario
    network: Network
    origins: Positions
    residents: pd.DataFrame
    destinations: Positions
    place_kinds: Int64
    capacity: Float64
    avoided: Bool
    sites: Positions
    place_points: Float64
    added: tuple[AddPlace, ...]

    @cached_property
    def _routers(self) -> dict[frozenset[Barrier], Router]:
        return {}

    @cached_property
    def _nearest(self) -> dict[tuple[frozenset[Barrier], int], Nearest]:
        return {}

    @cached_property
    def _alone(self) -> dict[tuple[frozenset[Barrier], int], Float64]:
        return {}

    def router(self, person: str) -> Router:
        """Return the routing for a person; persons stopped by the same barriers share one."""
        barriers = self.base.persons[person].barriers
        if self._same_ways(barriers):
            return self.base.router(barriers)
        if barriers not in self._routers:
            self._routers[barriers] = Router(self.network, barriers)
        return self._routers[barriers]

    def _same_ways(self, barriers: frozenset[Barrier]) -> bool:
        """Tell whether persons stopped by these barriers walk the same edges as in the base."""
        own, known = self.network, self.base.network
        # Where only barriers have gone, all other arrays are those of the base.
        return own is known or (
            own.tail is known.tail and bool((own.closed_to(barriers) == known.closed_to(barriers)).all())
        )

    def usable_places(self, person: str) -> Int64:
        """Return the rows of places that are open and count for a person."""
        return np.flatnonzero(usable(self.place_kinds, self.avoided, self.base.persons[person].barriers))

    def changed_kinds(self, person: str) -> Bool:
        """Return for each kind whether some walk of a person to it may differ from the base."""
        base = self.base
        if self.origins is not base.origins or not self._same_ways(base.persons[person].barriers):
            return np.ones(len(base.kinds), dtype=bool)
        return self._other_places

    @cached_property
    def _other_places(self) -> Bool:
        """For each kind, whether its places are not those of the base."""
        base, known = self.base, len(self.base.places)
        now, was = self.destinations, base.destinations
        other = np.append(self.place_kinds[:known] != base.place_kinds, np.ones(len(self.added), dtype=bool))
        if now is not was:
            apart = (now.offset_m[:known] != was.offset_m) | (now.leg_m[:known] != was.leg_m)
            other[:known] |= (now.edge[:known] != was.edge) | ((was.edge >= 0) & apart)
        touched = np.append(self.place_kinds[other], base.place_kinds[other[:known]])
        kinds = np.zeros(len(base.kinds), dtype=bool)
        kinds[touched[touched >= 0]] = True
        return kinds

    def nearest(self, person: str, *, k: int = 1) -> Nearest:
        """Return the nearest places of every kind for every origin.

        Only the kinds that a scenario touches are searched anew; the walks to all others are the base's.

        Parameters
        ----------
        person
            Key of a person.
        k
            How many places of each kind, 1 to 3.

        Returns
        -------
        Nearest
            ``metres`` (origins, kinds, k), NaN = unreachable; ``place`` rows of places, -1 = none.
        """
        barriers = self.base.persons[person].barriers
        changed = self.changed_kinds(person)
        if not changed.any():
            return self.base.nearest(barriers, k)
        key = (barriers, k)
        if key not in self._nearest:
            columns = np.flatnonzero(changed)
            found = self._search(person, columns, k)
            if not changed.all():
                # Copied as they lie in memory: the kinds side by side.
                whole = self.base.nearest(barriers, k)
                metres, place = whole.metres.copy("K"), whole.place.copy("K")
                metres[:, columns], place[:, columns] = found.metres, found.place
                found = Nearest(metres, place)
            self._nearest[key] = found
        return self._nearest[key]

    def _search(self, person: str, columns: Int64, k: int) -> Nearest:
        """Return the nearest places of some kinds, in the order of ``columns``."""
        lane = np.full(len(self.base.kinds) + 1, -1)
        lane[columns] = np.arange(len(columns))
        lanes = lane[self.place_kinds]
        open_places = usable(self.place_kinds, self.avoided, self.base.persons[person].barriers)
        goals = self.destinations.only(open_places & (lanes >= 0))
        return self.router(person).nearest(self.origins, goals, np.maximum(lanes, 0), len(columns), k=k)

    def metres(self, person: str, kind: str) -> Float64:
        """Return metres to the nearest place of a kind, one per origin; NaN = unreachable."""
        column, barriers = self.base.kind_index[kind], self.base.persons[person].barriers
        if not self.changed_kinds(person)[column]:
            known: Float64 = self.base.nearest(barriers, 1).metres[:, column, 0]
            return known
        if (barriers, 1) in self._nearest:
            found: Float64 = self._nearest[barriers, 1].metres[:, column, 0]
            return found
        key = (barriers, column)
        if key not in self._alone:
            self._alone[key] = self._search(person, np.array([column]), 1).metres[:, 0, 0]
        return self._alone[key]

    def place_name(self, row: int) -> str:
        """Return what to call a place: its name, or its identifier where it has none."""
        count = len(self.base.places)
        if row >= count:
            change = self.added[row - count]
            return change.name or change.place_id
        return self.base.place_names[row]
