"""The sites that scenarios can use: the municipality's and those the reader has uploaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
import shapely

from kudequa_geo.constants import SNAP_MAX_M
from kudequa_geo.scenarios.candidates import Candidates, candidates_of, sites_as_candidates
from kudequa_geo.scenarios.change import Spot
from kudequa_geo.scenarios.state import State
from kudequa_geo.schema import SITE_LABELS, SiteKind
from kudequa_geo.study import Study
from kudequa_geo.ui import site_list
from kudequa_geo.ui.i18n import _


class Spots:
    """Sites by their identifiers, with names that tell them apart.

    Parameters
    ----------
    study, today
        The municipality, and its state without changes.
    """

    def __init__(self, study: Study, today: State) -> None:
        self.study, self.today = study, today
        self.sites = site_list.all_sites(study)
        self.keys = [str(key) for key in self.sites.frame["site_id"]]
        self.rows = {key: row for row, key in enumerate(self.keys)}

    @cached_property
    def names(self) -> dict[str, str]:
        """What to call each site."""
        names = {key: self.sites.name(row) for key, row in self.rows.items()}
        often = Counter(names.values())
        # A choice needs one name for each.
        return {key: name if often[name] == 1 else f"{name} ({key})" for key, name in names.items()}

    @property
    def present(self) -> list[SiteKind]:
        """Kinds of site that there are."""
        return [kind for kind in SiteKind if (self.sites.frame["kind"] == kind).any()]

    def label(self, key: str) -> str:
        """Return the name of a site with its kind."""
        return f"{self.names[key]} · {_(SITE_LABELS[SiteKind(self.kind(key))])}"

    def kind(self, key: str) -> str:
        """Return the kind of a site."""
        return str(self.sites.frame["kind"].iloc[self.rows[key]])

    def at(self, lat: float, lon: float) -> str:
        """Return the site at a point in degrees; empty = none."""
        return self.sites.at(lat, lon)

    def spot(self, key: str) -> Spot:
        """Return how a scenario names a site; one that only the reader knows is told as a point."""
        if key in self.today.base.site_rows:
            return Spot(site=key)
        x, y = self._own_points[self.rows[key] - self._known].tolist()
        return Spot(point=(round(x, 2), round(y, 2)))

    def point(self, key: str) -> tuple[float, float]:
        """Return a point on a site in the metric CRS."""
        x, y = self.sites.middle[self.rows[key]].tolist()
        return x, y

    @property
    def _known(self) -> int:
        """How many of the sites are the municipality's."""
        return len(self.today.base.sites)

    @cached_property
    def _own_points(self) -> np.ndarray:
        """Where a place on each uploaded site would stand: its middle, or the street it is entered from."""
        rows = np.arange(self._known, len(self.keys))
        points = self.sites.middle[rows].copy()
        places = self.sites.places.take(rows)
        on = np.flatnonzero(places.edge >= 0)
        edges = self.study.tables["edges"]
        share = places.offset_m[on] / np.maximum(edges["length_m"].to_numpy()[places.edge[on]], 1e-9)
        doors = shapely.line_interpolate_point(
            edges.geometry.to_numpy()[places.edge[on]], share, normalized=True
        )
        door = np.column_stack((shapely.get_x(doors), shapely.get_y(doors)))
        far = np.hypot(*(points[on] - door).T) > SNAP_MAX_M.value
        points[on[far]] = door[far]
        return points

    @cached_property
    def own(self) -> Candidates | None:
        """Uploaded sites as candidates; None = there are none."""
        keys = tuple(self.keys[self._known :])
        if not keys:
            return None
        return Candidates(
            keys=keys,
            names=tuple(self.names[key] for key in keys),
            kinds=tuple(self.kind(key) for key in keys),
            spots=tuple(self.spot(key) for key in keys),
            positions=self.sites.places.take(np.arange(self._known, len(self.keys))),
            points=self._own_points,
            crs=self.today.base.crs,
        )

    def candidates(self, state: State, kinds: Iterable[str]) -> Candidates:
        """Return the candidates of some kinds.

        Raises
        ------
        AnalysisError
            If there is none.
        """
        return candidates_of(state, kinds, more=self.own)

    def all_sites(self, state: State) -> Candidates:
        """Return all sites as candidates."""
        known = sites_as_candidates(state, np.arange(self._known, dtype=np.int64))
        return known if self.own is None else known.joined(self.own)

    def ordered(self) -> Sequence[str]:
        """Return the sites by name."""
        return sorted(self.names, key=self.names.__getitem__)
