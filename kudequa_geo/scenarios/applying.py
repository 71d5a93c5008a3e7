"""Applying a scenario: every change is made, or none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.labels import Float64
from kudequa_geo.constants import SNAP_MAX_M
from kudequa_geo.errors import AnalysisError, KudequaError, msg
from kudequa_geo.scenarios.base import Base
from kudequa_geo.scenarios.change import (
    AddHousing,
    AddPlace,
    Change,
    ClosePlace,
    MovePlace,
    ResizePlace,
    Spot,
)
from kudequa_geo.scenarios.entrance import moved, snapped
from kudequa_geo.scenarios.paths import Draft, Streets
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.scenarios.state import State


def apply(base: Base, scenario: Scenario) -> State:
    """Return the city after a scenario; the base stays as it is.

    All changes are made, or none: the first that cannot be made is refused.

    Parameters
    ----------
    base
        The prepared city.
    scenario
        The changes, in their order.

    Raises
    ------
    AnalysisError
        Naming the change: an unknown kind, place, building or site, a point outside the area, on an island
        or far from every path, a path that joins nothing, a place closed twice; or a scenario of another
        municipality or CRS.
    """
    _check_home(base, scenario)
    ledger, draft, paths = _Ledger(base), Draft(base), 0
    for number, change in enumerate(scenario.changes, start=1):
        try:
            if isinstance(change, AddPlace | MovePlace | ClosePlace | ResizePlace | AddHousing):
                ledger.enter(number, change)
            else:
                draft.make(change)
                paths += 1
        except KudequaError as error:
            raise _numbered(error, number) from error
    return ledger.state(scenario, draft.streets() if paths else None)


class _Ledger:
    """What places and homes become; where they join the network is settled when all paths are known."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.added: list[AddPlace] = []
        self.row_of: dict[str, int] = {}
        self.closed: set[int] = set()
        self.capacity: dict[int, float] = {}
        self.spots: dict[int, tuple[int, Spot]] = {}
        self.housing: list[tuple[int, AddHousing]] = []

    def enter(self, number: int, change: Change) -> None:
        """Note a change of places or homes."""
        match change:
            case AddPlace():
                self._add(number, change)
            case MovePlace():
                self.spots[self._open_row(change.place_id)] = (number, self._known(change.to))
            case ClosePlace():
                self.closed.add(self._open_row(change.place_id))
            case ResizePlace():
                self.capacity[self._open_row(change.place_id)] = change.capacity
            case AddHousing():
                self._check_groups(change)
                self._known(change.at)
                self.housing.append((number, change))

    def _add(self, number: int, change: AddPlace) -> None:
        if change.kind not in self.base.kind_index:
            raise AnalysisError(
                msg("Die Art „{kind}“ gibt es in dieser Gemeinde nicht; bekannt sind {known}."),
                kind=change.kind,
                known=", ".join(self.base.kind_index),
            )
        if change.place_id in self.base.place_rows:
            raise AnalysisError(msg("Einen Ort „{place}“ gibt es schon."), place=change.place_id)
        row = len(self.base.places) + len(self.added)
        self.spots[row] = (number, self._known(change.at))
        self.row_of[change.place_id] = row
        self.added.append(change)

    def _open_row(self, place_id: str) -> int:
        row = self.row_of.get(place_id, self.base.place_rows.get(place_id, -1))
        if row < 0:
            raise AnalysisError(
                msg("Einen Ort „{place}“ gibt es nicht, oder er kommt erst später dazu."),
                remedy=msg("Bitte die Kennung des Ortes prüfen; die Tabelle der Orte nennt sie."),
                place=place_id,
            )
        if row in self.closed:
            raise AnalysisError(
                msg("Der Ort „{place}“ ist in diesem Szenario schon geschlossen."), place=place_id
            )
        return row

    def _known(self, spot: Spot) -> Spot:
        """Return a spot after checking that it exists and lies in the area."""
        for key, rows, what in (
            (spot.site, self.base.site_rows, msg("Eine Fläche „{key}“ gibt es nicht.")),
            (spot.building, self.base.building_rows, msg("Ein Gebäude „{key}“ gibt es nicht.")),
        ):
            if key is not None and key not in rows:
                raise AnalysisError(what, remedy=msg("Bitte die Kennung prüfen."), key=key)
        x, y = self.base.point_of(spot)
        if self.base.area is not None and not self.base.area.covers(shapely.Point(x, y)):
            raise AnalysisError(
                msg("Die Stelle liegt außerhalb des Untersuchungsgebiets."),
                where=_where(np.array([x, y])),
                remedy=msg("Bitte eine Stelle innerhalb der Bezirke wählen."),
            )
        return spot

    def _check_groups(self, change: AddHousing) -> None:
        unknown = sorted(set(change.groups) - set(self.base.groups[1:]))
        if unknown:
            raise AnalysisError(
                msg("Die Gruppen {unknown} gibt es nicht; bekannt sind {known}."),
                unknown=", ".join(unknown),
                known=", ".join(self.base.groups[1:]),
            )

    def state(self, scenario: Scenario, streets: Streets | None) -> State:
        """Return the city with all that was noted."""
        base, more = self.base, len(self.added)
        entrances = _Entrances(base, streets)
        rows = sorted(self.spots)
        points = np.array([self.base.point_of(self.spots[row][1]) for row in rows]).reshape(-1, 2)
        places = [entrances.of(*self.spots[row], point) for row, point in zip(rows, points, strict=True)]
        homes = [entrances.of(number, home.at, self.base.point_of(home.at)) for number, home in self.housing]
        first_home = len(entrances.origins)
        kinds = np.append(base.place_kinds, [base.kind_index[place.kind] for place in self.added])
        kinds = kinds.astype(np.int64)
        kinds[list(self.closed)] = -1
        stated = [np.nan if place.capacity is None else place.capacity for place in self.added]
        capacity = np.append(base.capacity, stated)
        capacity[list(self.capacity)] = list(self.capacity.values())
        place_points = np.vstack((base.place_points, np.empty((more, 2))))
        place_points[rows] = points
        return State(
            base=base,
            scenario=scenario,
            network=entrances.network,
            origins=_with(entrances.origins, range(first_home, first_home + len(homes)), homes),
            residents=self._residents(),
            destinations=_with(entrances.destinations, rows, places),
            place_kinds=kinds,
            capacity=capacity,
            avoided=np.append(base.avoided, np.zeros(more, dtype=bool)),
            sites=entrances.sites,
            place_points=place_points,
            added=tuple(self.added),
        )

    def _residents(self) -> pd.DataFrame:
        people = self.base.people
        if not self.housing:
            return people
        new = []
        for _, home in self.housing:
            known = (
                dict.fromkeys(self.base.groups, np.nan) | dict(home.groups) | {"residents": home.residents}
            )
            new.append({**known, "district_id": self.base.district_at(*self.base.point_of(home.at))})
        return pd.concat([people, pd.DataFrame(new).astype(people.dtypes)], ignore_index=True)


class _Entrances:
    """Where buildings, places and spots join the network after the changes of paths (None = as it was)."""

    def __init__(self, base: Base, streets: Streets | None) -> None:
        self.base, self.streets = base, streets
        self.network = streets.network if streets else base.network
        self.snappable = streets.snappable if streets else np.flatnonzero(base.snappable)
        self.boxes = streets.boxes if streets else base.edge_boxes
        self.origins = self._moved(base.origins, base.building_points)
        self.destinations = self._moved(base.destinations, base.place_points)
        self.sites = self._moved(base.site_positions, base.site_points)

    def _moved(self, before: Positions, points: Float64) -> Positions:
        return moved(before, points, self.streets) if self.streets else before

    def of(self, number: int, spot: Spot, point: Float64) -> Positions:
        """Return where a spot joins the network, one position.

        Raises
        ------
        AnalysisError
            If it is on an island or too far from every path.
        """
        if spot.building is not None:
            found = self.origins.take(np.array([self.base.building_rows[spot.building]]))
        elif spot.site is not None:
            found = self.sites.take(np.array([self.base.site_rows[spot.site]]))
        else:
            found = snapped(point.reshape(1, 2), self.network, self.boxes, self.snappable)
        if found.edge[0] < 0:
            raise _numbered(self._unjoined(point), number)
        return found

    def _unjoined(self, point: Float64) -> AnalysisError:
        anywhere = snapped(point.reshape(1, 2), self.network, self.boxes, np.arange(self.network.n_edges))
        if anywhere.edge[0] >= 0:
            return AnalysisError(
                msg("Die Stelle liegt an einem Wegestück ohne Verbindung zum übrigen Netz."),
                where=_where(point),
                remedy=msg("Bitte eine andere Stelle wählen oder zuerst einen Weg dorthin öffnen."),
            )
        return AnalysisError(
            msg("Die Stelle liegt mehr als {most} m vom nächsten Weg entfernt."),
            where=_where(point),
            remedy=msg("Bitte eine andere Stelle wählen oder zuerst einen Weg dorthin öffnen."),
            most=int(SNAP_MAX_M.value),
        )


def _with(positions: Positions, rows: Sequence[int], others: list[Positions]) -> Positions:
    """Return positions with some rows set, those past the end appended."""
    if not others:
        return positions
    more = max(0, max(rows) + 1 - len(positions))
    edge = np.append(positions.edge, np.full(more, -1, np.int32))
    offset_m = np.append(positions.offset_m, np.full(more, np.nan))
    leg_m = np.append(positions.leg_m, np.full(more, np.nan))
    for row, other in zip(rows, others, strict=True):
        edge[row], offset_m[row], leg_m[row] = other.edge[0], other.offset_m[0], other.leg_m[0]
    return Positions(edge, offset_m, leg_m)


def _check_home(base: Base, scenario: Scenario) -> None:
    for what, theirs, ours in (
        (
            msg("Das Szenario gehört zur Gemeinde „{theirs}“, geöffnet ist „{ours}“."),
            scenario.municipality,
            base.municipality,
        ),
        (
            msg("Die Punkte des Szenarios sind in „{theirs}“ angegeben, gerechnet wird in „{ours}“."),
            scenario.crs,
            base.crs,
        ),
    ):
        if theirs and ours and theirs != ours:
            raise AnalysisError(
                what,
                where=scenario.name,
                remedy=msg("Bitte die passende Gemeinde öffnen."),
                theirs=theirs,
                ours=ours,
            )


def _numbered(error: KudequaError, number: int) -> AnalysisError:
    where = f"Nr. {number}" + (f": {error.where}" if error.where else "")
    return AnalysisError(error.what, where=where, remedy=error.remedy, **error.values)


def _where(point: Float64) -> str:
    return f"{point[0]:.1f} / {point[1]:.1f}"
