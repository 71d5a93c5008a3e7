"""Where a new place may come: brownfields, vacancies and labs, or any building."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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


def candidates_of(state: State, kinds: Iterable[str]) -> Candidates:
    """Return the candidates of some kinds of site.

    Buildings are thinned to one per cell, the one with most residents, until there are few enough.

    Parameters
    ----------
    state
        The city.
    kinds
        ``brownfield``, ``vacancy``, ``lab``, ``building``.

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
    found = _sites(state, rows)
    if BUILDING in wanted:
        found = _joined(found, _buildings(state, MOST_CANDIDATES - len(rows)))
    if not len(found):
        raise AnalysisError(
            msg("In dieser Gemeinde gibt es keine Standorte der Art {kinds}."),
            remedy=msg("Bitte andere Standorte wählen oder eigene in data/manual eintragen."),
            kinds=", ".join(wanted),
        )
    return found


def _sites(state: State, rows: Int64) -> Candidates:
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


def _joined(one: Candidates, other: Candidates) -> Candidates:
    return Candidates(
        keys=one.keys + other.keys,
        names=one.names + other.names,
        kinds=one.kinds + other.kinds,
        spots=one.spots + other.spots,
        positions=Positions(
            np.append(one.positions.edge, other.positions.edge),
            np.append(one.positions.offset_m, other.positions.offset_m),
            np.append(one.positions.leg_m, other.positions.leg_m),
        ),
        points=np.vstack((one.points, other.points)),
        crs=one.crs,
        thinned_m=max(one.thinned_m, other.thinned_m),
    )
