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
from kudequa_geo.scenarios.base import Base
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

    def router(self, person: str) -> Router:
        """Return the routing for a person; persons stopped by the same barriers share one."""
        barriers = self.base.persons[person].barriers
        if self.network is self.base.network:
            return self.base.router(barriers)
        if barriers not in self._routers:
            self._routers[barriers] = Router(self.network, barriers)
        return self._routers[barriers]

    def usable_places(self, person: str) -> Int64:
        """Return the rows of places that are open and count for a person."""
        usable = self.place_kinds >= 0
        if Barrier.WHEELCHAIR_NO in self.base.persons[person].barriers:
            usable &= ~self.avoided
        return np.flatnonzero(usable)

    def nearest(self, person: str, *, k: int = 1) -> Nearest:
        """Return the nearest places of every kind for every origin.

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
        key = (self.base.persons[person].barriers, k)
        if key not in self._nearest:
            rows = self.usable_places(person)
            found = self.router(person).nearest(
                self.origins, self.destinations.take(rows), self.place_kinds[rows], len(self.base.kinds), k=k
            )
            place = np.append(rows, -1)[found.place].astype(np.int32)
            self._nearest[key] = Nearest(found.metres, place)
        return self._nearest[key]

    def metres(self, person: str, kind: str) -> Float64:
        """Return metres to the nearest place of a kind, one per origin; NaN = unreachable."""
        found: Float64 = self.nearest(person).metres[:, self.base.kind_index[kind], 0]
        return found

    def place_name(self, row: int) -> str:
        """Return what to call a place: its name, or its identifier where it has none."""
        count = len(self.base.places)
        if row >= count:
            change = self.added[row - count]
            return change.name or change.place_id
        name = self.base.places["name"].iloc[row]
        return str(self.base.places["place_id"].iloc[row] if pd.isna(name) else name)
