"""One prepared municipality in memory: its tables, its network, and what is computed from them on demand.

Read-only and shared by all readers; what has been computed once is kept.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo import store
from kudequa_geo.access import reach
from kudequa_geo.access.graph import Network, Positions, network_from_tables, positions
from kudequa_geo.access.nearest import Nearest, Router
from kudequa_geo.config import Municipality
from kudequa_geo.constants import Barrier, Field, Person
from kudequa_geo.gaps.indicators import indicators
from kudequa_geo.kinds import Kind
from kudequa_geo.memory import Memory, Result
from kudequa_geo.prepare.residents import anchors
from kudequa_geo.schema import TABLES
from kudequa_geo.store import DataPackage

#: How many nearest places of each kind are kept: enough to tell the choice and to drop the least certain one.
NEAREST_KEPT = 3
#: How many further results are kept; those of the last changed limits go first.
_RESULTS_KEPT = 256


class Study:
    """A municipality's tables and everything that follows from them.

    Attributes
    ----------
    config
        The municipality's file.
    package
        What the prepared tables say of themselves (sources, dates, ``modelled``).
    state
        Name of the earlier state these tables are; empty = the present one.
    tables
        Every prepared table of :mod:`kudequa_geo.schema`, by name.
    report
        What was left out, merged or not connected while preparing.
    kinds, persons
        The kinds of place and persons of the municipality, in order.
    network, origins, destinations
        The walkable network, and where buildings and places join it (rows of their tables).
    """

    def __init__(
        self, config: Municipality, package: DataPackage, tables: dict[str, Any], report: dict[str, Any]
    ) -> None:
        self.config = config
        self.package = package
        self.state = ""
        self.tables = tables
        self.report = report
        self.kinds: list[Kind] = config.kinds()
        self.persons: dict[str, Person] = config.people()
        self.network: Network = network_from_tables(tables["nodes"], tables["edges"])
        self.origins: Positions = positions(tables["buildings"])
        self.destinations: Positions = positions(tables["places"])
        self._memory = Memory(_RESULTS_KEPT)
        self._lock = threading.RLock()
        self._routers: dict[frozenset[Barrier], Router] = {}
        self._nearest: dict[frozenset[Barrier], Nearest] = {}

    @cached_property
    def kind_index(self) -> dict[str, int]:
        """Position of each kind in :attr:`kinds`."""
        return {kind.key: row for row, kind in enumerate(self.kinds)}

    @cached_property
    def fields(self) -> list[Field]:
        """The fields of service of the municipality, in order."""
        return list(dict.fromkeys(kind.field for kind in self.kinds))

    @cached_property
    def place_kinds(self) -> NDArray[np.int64]:
        """Position of each place's kind in :attr:`kinds`; -1 = not part of this municipality's services."""
        kinds = self.tables["places"]["kind"].map(self.kind_index)
        return np.asarray(kinds.fillna(-1), dtype=np.int64)

    def kept(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """Return what follows from this study under a key, computed by the first who asks."""
        return self._memory.get(key, make)

    def router(self, person: str) -> Router:
        """Return the routing for a person; persons stopped by the same barriers share one."""
        closed = self.persons[person].barriers
        with self._lock:
            if closed not in self._routers:
                self._routers[closed] = Router(self.network, closed)
            return self._routers[closed]

    def usable_places(self, person: str) -> NDArray[np.int64]:
        """Return the rows of places that count for a person.

        A place mapped as ``wheelchair=no`` is none for who cannot pass such a way either.
        """
        usable = self.place_kinds >= 0
        if Barrier.WHEELCHAIR_NO in self.persons[person].barriers:
            usable &= (self.tables["places"]["wheelchair"] != "no").to_numpy(bool)
        return np.flatnonzero(usable)

    def nearest(self, person: str) -> Nearest:
        """Return the nearest places of every kind for every building.

        Parameters
        ----------
        person
            Key of a person.

        Returns
        -------
        Nearest
            ``metres`` (buildings, kinds, 3), NaN = unreachable; ``place`` rows of places, -1 = none.
        """
        closed = self.persons[person].barriers
        with self._lock:
            if closed not in self._nearest:
                counts = np.zeros(len(self.place_kinds), dtype=bool)
                counts[self.usable_places(person)] = True
                self._nearest[closed] = self.router(person).nearest(
                    self.origins,
                    self.destinations.only(counts),
                    np.maximum(self.place_kinds, 0),
                    len(self.kinds),
                    k=NEAREST_KEPT,
                )
            return self._nearest[closed]

    def metres(self, person: str, kind: str) -> NDArray[np.float64]:
        """Return metres to the nearest place of a kind, one per building; NaN = unreachable."""
        return self.nearest(person).metres[:, self.kind_index[kind], 0]

    def minutes(self, person: str, kind: str) -> NDArray[np.float64]:
        """Return minutes to the nearest place of a kind, one per building; NaN = unreachable."""
        return self.metres(person, kind) / self.persons[person].metres_per_minute

    def path(self, building: int, place: int, person: str) -> shapely.LineString | None:
        """Return the walk from a building to a place (rows of their tables), legs included; None = no way."""
        start = anchors(self.tables["buildings"].iloc[[building]]).iloc[0]
        end = self.tables["places"].geometry.iloc[place]
        walk = reach.path(
            self.router(person),
            self.origins.take(np.array([building])),
            self.destinations.take(np.array([place])),
            origin_xy=(start.x, start.y),
            place_xy=(end.x, end.y),
        )
        return walk.line if walk else None

    def indicators(
        self, persons: Iterable[str] | None = None, *, groups: Sequence[str] = ("residents",)
    ) -> pd.DataFrame:
        """Return shares, means and quantiles per district, parent and area; see :mod:`gaps.indicators`."""
        chosen = {key: self.persons[key] for key in persons or self.persons}
        found = indicators(
            {key: self.nearest(key).metres[:, :, 0] for key in chosen},
            self.tables["buildings"],
            {kind.key: kind.limit.sourced() for kind in self.kinds},
            chosen,
            districts=self.tables["districts"],
            groups=groups,
        )
        found.loc[found["level"] == "area", "name"] = self.config.name
        return found

    @cached_property
    def total(self) -> pd.Series:
        """Residents of the study area and of its groups."""
        buildings = self.tables["buildings"]
        return buildings.filter(like="residents").sum(min_count=1)


def load_study(config: Municipality, data_dir: Path) -> Study:
    """Read a municipality's prepared tables.

    Raises
    ------
    MissingInputError
        Nothing has been prepared.
    StoreError
        A table is damaged.
    """
    return read_study(config, data_dir / config.key)


def read_study(config: Municipality, folder: Path) -> Study:
    """Read the prepared tables of one folder.

    Raises
    ------
    MissingInputError, StoreError
        As :func:`load_study`.
    """
    package = store.read_package(folder)
    tables = {name: store.read_table(folder, name) for name in TABLES if name != "access"}
    report = json.loads(store.read_text(folder / "report.json"))
    return Study(config, package, tables, report)
