"""Where a new place may come: brownfields, vacancies and labs, or any building."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.labels import Float64, Int64
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.scenarios.change import Spot
from kudequa_geo.scenarios.state import State
from kudequa_geo.schema import SiteKind

#: The word for all buildings among the kinds of site.
BUILDING = "building"
#: More candidates than this are thinned: the exact search grows with their number.
MOST_CANDIDATES = 400
_FIRST_CELL_M = 50.0


@dataclass(frozen=True, eq=False)
class Candidates:
    """Possible spots, in the order of their identifiers.

    Attributes
    ----------
    keys, names, kinds
        Identifier, what to call it, and kind of site (or ``building``) of each.
    spots
        As a scenario names them.
    positions
        Where they join the network.
    points
        Coordinates in the metric CRS, shape (candidates, 2).
    crs
        The metric CRS; empty where it is not told.
    thinned_m
        Where there were too many buildings: side of the cells of which one building each was kept, in
        metres; 0 = all are there.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    spots: tuple[Spot, ...]
    positions: Positions
    points: Float64
    crs: str = ""
    thinned_m: float = 0.0

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, rows: Sequence[int]) -> Candidates:
        """Return some of the candidates."""
        chosen = np.array(rows, dtype=np.int64)
        return replace(
            self,
            keys=tuple(self.keys[row] for row in rows),
            names=tuple(self.names[row] for row in rows),
            kinds=tuple(self.kinds[row] for row in rows),
            spots=tuple(self.spots[row] for row in rows),
            positions=self.positions.take(chosen),
            points=self.points[chosen],
        )

    def joined(self, other: Candidates) -> Candidates:
        """Return these candidates and, after them, others."""
        own, more = self.positions, other.positions
        return Candidates(
            keys=self.keys + other.keys,
            names=self.names + other.names,
            kinds=self.kinds + other.kinds,
            spots=self.spots + other.spots,
            positions=Positions(
                np.append(own.edge, more.edge),
                np.append(own.offset_m, more.offset_m),
                np.append(own.leg_m, more.leg_m),
            ),
            points=np.vstack((self.points, other.points)),
            crs=self.crs,
            thinned_m=max(self.thinned_m, other.thinned_m),
        )


def candidates_of(state: State, kinds: Iterable[str], *, more: Candidates | None = None) -> Candidates:
    """Return the candidates of some kinds of site.

    Buildings are thinned to one per cell, the one with most residents, until there are few enough.

    Parameters
    ----------
    state
        The city.
    kinds
        ``brownfield``, ``vacancy``, ``lab``, ``building``.
    more
        Spots that the base does not know, such as a reader's own list; those of the kinds are taken.

    Raises
    ------
    AnalysisError
        For an unknown kind, or where there is no such site.
    """
    wanted = list(dict.fromkeys(kinds))
    known = [*(kind.value for kind in SiteKind), BUILDING]
    unknown = [kind for kind in wanted if kind not in known]
    if unknown or not wanted:
        raise AnalysisError(
            msg("Als Standorte stehen {known} zur Wahl, nicht „{unknown}“."),
            known=", ".join(known),
            unknown=", ".join(unknown),
        )
    sites = state.base.sites
    rows = np.flatnonzero(sites["kind"].isin(wanted).to_numpy(bool))
    rows = rows[np.argsort(sites["site_id"].to_numpy(object)[rows], kind="stable")]
    found = sites_as_candidates(state, rows)
    if more is not None:
        fitting = [row for row, kind in enumerate(more.kinds) if kind in wanted]
        found = found.joined(more.take(fitting))
    if BUILDING in wanted:
        found = found.joined(_buildings(state, MOST_CANDIDATES - len(found)))
    if not len(found):
        raise AnalysisError(
            msg("In dieser Gemeinde gibt es keine Standorte der Art {kinds}."),
            remedy=msg(
                "Bitte andere Standorte wählen oder eine eigene Liste unter sites.own in der Datei der "
                "Gemeinde nennen."
            ),
            kinds=", ".join(wanted),
        )
    return found


def sites_as_candidates(state: State, rows: Int64) -> Candidates:
    """Return some rows of the base's sites as candidates, in their order."""
    table = state.base.sites.iloc[rows]
    keys = tuple(str(key) for key in table["site_id"])
    names = tuple(key if pd.isna(name) else str(name) for key, name in zip(keys, table["name"], strict=True))
    return Candidates(
        keys=keys,
        names=names,
        kinds=tuple(str(kind) for kind in table["kind"]),
        spots=tuple(Spot(site=key) for key in keys),
        positions=state.sites.take(rows),
        points=state.base.site_points[rows],
        crs=state.base.crs,
    )


def _buildings(state: State, most: int) -> Candidates:
    base = state.base
    points = base.building_points
    residents = base.people["residents"].to_numpy(np.float64)
    connected = np.flatnonzero(state.origins.edge[: len(points)] >= 0)
    keys = base.buildings["building_id"].to_numpy(object)
    # Most residents first, so that the first of each cell is the one to keep.
    ranked = connected[np.lexsort((keys[connected], -residents[connected]))]
    kept, cell_m = ranked, 0.0
    while len(kept) > max(most, 1):
        cell_m = cell_m * 2 or _FIRST_CELL_M
        _, first = np.unique(np.floor(points[ranked] / cell_m), axis=0, return_index=True)
        kept = ranked[first]
    kept = kept[np.argsort(keys[kept], kind="stable")]
    names = tuple(str(key) for key in keys[kept])
    return Candidates(
        keys=names,
        names=names,
        kinds=(BUILDING,) * len(kept),
        spots=tuple(Spot(building=name) for name in names),
        positions=state.origins.take(kept),
        points=points[kept],
        crs=base.crs,
        thinned_m=cell_m,
    )
