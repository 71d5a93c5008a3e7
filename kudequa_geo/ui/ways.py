"""How far one comes on foot from a point of the map: areas of 5, 10 and 15 minutes, and who lives there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.isochrones import isochrones
from kudequa_geo.gaps.weighted import limit_m
from kudequa_geo.maps import layers
from kudequa_geo.maps.element import Group
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.profile import STEPS_MIN, join, profile
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.study import Study
from kudequa_geo.ui import widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View, length

#: A click on the symbol of a place is given with its point; so near, in metres, the place is meant.
_PLACE_M = 3.0


@dataclass(frozen=True, eq=False)
class Ways:
    """The walks around one point for one person.

    Attributes
    ----------
    study, view
        The municipality and the question.
    at
        Latitude and longitude in degrees.
    kinds
        Keys of the kinds whose places can be clicked.
    """

    study: Study
    view: View
    at: tuple[float, float]
    kinds: tuple[str, ...]

    @cached_property
    def point(self) -> shapely.Point:
        """The point in the metric CRS."""
        lat, lon = self.at
        return shapely.Point(to_metres([[lon, lat]], self.study.config.crs)[0])

    @cached_property
    def place(self) -> int | None:
        """Row of the place that was clicked, or None."""
        places = self.study.tables["places"]
        rows = np.flatnonzero(places["kind"].isin(self.kinds).to_numpy())
        away = shapely.distance(places.geometry.to_numpy()[rows], self.point)
        return int(rows[away.argmin()]) if len(rows) and away.min() <= _PLACE_M else None

    @cached_property
    def position(self) -> Positions:
        """Where the point joins the network; edge -1 = not connected."""
        if self.place is not None:
            return self.study.destinations.take(np.array([self.place]))
        return join(self.study, gpd.GeoDataFrame(geometry=[self.point], crs=self.study.config.crs))

    @property
    def connected(self) -> bool:
        """Whether any walk begins here."""
        return bool(self.position.edge[0] >= 0)

    @property
    def name(self) -> str:
        """What the point is called."""
        if self.place is None:
            return _("der gewählten Stelle")
        row = self.study.tables["places"].iloc[self.place]
        label = next(_(kind.label) for kind in self.study.kinds if kind.key == row["kind"])
        named = isinstance(row["name"], str) and row["name"]
        return f"„{row['name']}“ ({label})" if named else f"„{label}“"

    @cached_property
    def areas(self) -> list[shapely.Geometry]:
        """From where the point is reached within each step, in the metric CRS."""
        walks = [limit_m(step, self.view.person) for step in STEPS_MIN]
        return list(isochrones(self.study.router(self.view.person.key), self.position, walks))

    @cached_property
    def people(self) -> pd.DataFrame:
        """People within each step, as :attr:`kudequa_geo.profile.Profile.people`."""
        limits = {self.view.kind.key: self.view.limit}
        return profile(self.study, self.view.person.key, self.position, limits).people

    def layer(self) -> Group:
        """Return the areas for the map, the widest below, and the point itself."""
        group = Group()
        crs = self.study.config.crs
        if self.connected:
            labels = [length(step.value, "min") for step in STEPS_MIN]
            layers.areas(self.areas[::-1], labels[::-1], crs).add_to(group)
        layers.walk(None, self.point, None, crs).add_to(group)
        return group

    def sentence(self) -> str:
        """Return the answer in plain text."""
        if not self.connected:
            return _("Von hier führt kein bekannter Weg: Der nächste liegt zu weit entfernt.")
        widest = STEPS_MIN[-1]
        return _("Höchstens {minutes} Fußweg von {place} wohnen im Gebiet {people} Menschen.").format(
            minutes=length(widest.value, "min"),
            place=self.name,
            people=people(self.people["residents"].iloc[-1]),
        )

    def table(self) -> None:
        """Show who lives within each step."""
        heads = [_("Fußweg höchstens"), _("Menschen")]
        found = self.people
        groups = [group for group in RESIDENT_GROUPS if group in found]
        heads += [_(RESIDENT_GROUPS[group]) for group in groups]
        rows = [
            (
                length(step.value, "min"),
                *(people(found[column].iloc[at]) for column in ("residents", *groups)),
            )
            for at, step in enumerate(STEPS_MIN)
        ]
        widgets.table(_("Wer in der Nähe wohnt"), heads, rows, numbers=range(1, len(heads)), height="16rem")
