"""What a click on a building tells: its nearest places, the walk, and why it is far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from kudequa_geo.constants import FIELD_LABELS, Field, Sourced
from kudequa_geo.gaps.reasons import OBSTACLE_LABELS, Reason, reasons
from kudequa_geo.kinds import Kind
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.results.naming import place_name
from kudequa_geo.schema import Obstacle
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n
from kudequa_geo.ui.cached import building_tree
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View, length

#: A click this far from a footprint still means the building, in metres.
CLICK_MAX_M = 30.0


@dataclass(frozen=True)
class Nearest:
    """The nearest place of one kind: where it is, how far, and whether that is beyond the kind's limit."""

    kind: Kind
    place: int
    metres: float
    minutes: float
    beyond: bool

    @property
    def reachable(self) -> bool:
        """Whether there is a way at all."""
        return self.place >= 0


def building_at(study: Study, lat: float, lon: float) -> int | None:
    """Return the row of the building at or next to a point in degrees; None where there is none.

    A click is meant for the footprint it hits, else for the nearest within :data:`CLICK_MAX_M`.
    """
    point = shapely.Point(to_metres([[lon, lat]], study.config.crs)[0])
    rows = building_tree(study).query_nearest(point, max_distance=CLICK_MAX_M, all_matches=False)
    return int(rows[0]) if len(rows) else None


class Explanation:
    """Everything about one building under one question; ``limits`` are those the reader has chosen."""

    def __init__(
        self, study: Study, view: View, building: int, *, limits: Mapping[str, Sourced] | None = None
    ) -> None:
        self.study = study
        self.view = view
        self._limits = {**(limits or {}), view.kind.key: view.limit}
        self.building = building
        nearest = study.nearest(view.person.key)
        self._metres = nearest.metres[building, :, 0]
        self._places = nearest.place[building, :, 0]
        self.chosen = self._nearest(view.kind)
        self.path: shapely.LineString | None = None
        if self.chosen.reachable:
            self.path = study.path(building, self.chosen.place, view.person.key)

    def _nearest(self, kind: Kind) -> Nearest:
        column = self.study.kind_index[kind.key]
        metres = float(self._metres[column])
        minutes = metres / self.view.person.metres_per_minute
        limit = self._limits.get(kind.key, kind.limit)
        walk = minutes if limit.unit == "min" else metres
        beyond = bool(np.isnan(walk) or walk > limit.value)
        return Nearest(kind, int(self._places[column]), metres, minutes, beyond)

    @property
    def footprint(self) -> Any:
        """The building's geometry in the metric CRS."""
        return self.study.tables["buildings"].geometry.iloc[self.building]

    @property
    def target(self) -> Any:
        """The chosen place's geometry in the metric CRS, or None."""
        return self.study.tables["places"].geometry.iloc[self.chosen.place] if self.chosen.reachable else None

    def all_kinds(self) -> dict[Field, list[Nearest]]:
        """Return the nearest place of every kind, by field; the chosen kind's field first."""
        found: dict[Field, list[Nearest]] = {self.view.kind.field: []}
        for kind in self.study.kinds:
            found.setdefault(kind.field, []).append(self._nearest(kind))
        return found

    def place_name(self, place: int) -> str:
        """Return what to call a place, by its row."""
        return place_name(self.study.tables["places"].iloc[place], _)

    def sentence(self) -> str:
        """Return in plain text how far the chosen service is, and why."""
        chosen, view = self.chosen, self.view
        service = _(view.kind.label)
        if self.study.tables["buildings"]["edge_id"].iloc[self.building] < 0:
            return _("Dieses Gebäude ist nicht an das Wegenetz angebunden: Kein Weg liegt nah genug.")
        if not chosen.reachable:
            return _("Von hier führt für diese Person kein Weg zu einem Angebot „{service}“.").format(
                service=service
            )
        walk = _("{minutes} ({metres}) bis {name} („{service}“).").format(
            minutes=i18n.minutes(chosen.minutes),
            metres=i18n.metres(chosen.metres),
            name=self.place_name(chosen.place),
            service=service,
        )
        return f"{walk} {self._reason()}"

    def _reason(self) -> str:
        if not self.chosen.beyond:
            return _("Das liegt innerhalb der Grenze von {limit}.").format(limit=self.view.limit_words)
        found = self._why()
        words = {"beeline": i18n.metres(found["beeline_m"]), "metres": i18n.metres(self.chosen.metres)}
        if found["reason"] == Reason.BARRIER:
            obstacle = _(OBSTACLE_LABELS[Obstacle(found["obstacle"])])
            return _(
                "Weit ist es wegen des Umwegs: Das nächste Angebot liegt nur {beeline} Luftlinie entfernt, "
                "aber dazwischen liegt ein Hindernis ({obstacle}); zu gehen sind {metres}."
            ).format(obstacle=obstacle, **words)
        if found["reason"] == Reason.DETOUR:
            return _(
                "Weit ist es wegen des Umwegs: Das nächste Angebot liegt nur {beeline} Luftlinie entfernt, "
                "zu gehen sind {metres}."
            ).format(**words)
        return _("Weit ist es, weil kein Angebot näher liegt: Schon die Luftlinie misst {beeline}.").format(
            **words
        )

    def _why(self) -> dict[str, Any]:
        """Return the reason for the distance, as everywhere else in the tool."""
        usable = self.study.usable_places(self.view.person.key)
        kind = self.study.kind_index[self.view.kind.key]
        rows = usable[self.study.place_kinds[usable] == kind]
        points = shapely.get_coordinates(self.study.tables["places"].geometry.to_numpy()[rows])
        start = shapely.point_on_surface(self.footprint)
        obstacles = self.study.tables["obstacles"]
        found = reasons([start.x], [start.y], [self.chosen.metres], points, obstacles=obstacles)
        why: dict[str, Any] = found.iloc[0].to_dict()
        return why


def limit_of(kind: Kind) -> str:
    """Return a kind's limit with its unit."""
    return length(kind.limit.value, kind.limit.unit)


def field_name(field: Field) -> str:
    """Return a field of service in the reader's language."""
    return _(FIELD_LABELS[field])
