"""What a new place of each kind would bring on each site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.labels import Float64
from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.need import unmet, weigh
from kudequa_geo.gaps.weighted import limit_m
from kudequa_geo.scenarios.candidates import Candidates, sites_as_candidates
from kudequa_geo.scenarios.outcome import column_of, walk_matrix
from kudequa_geo.scenarios.state import State

#: Sites whose walks are kept in memory at once.
_AT_ONCE = 64


def potential(
    state: State,
    person: str,
    *,
    kinds: Iterable[str] | None = None,
    sites: Candidates | None = None,
    limits: Mapping[str, Sourced] | None = None,
) -> pd.DataFrame:
    """Return what one new place of each kind on each site would bring, ranked.

    The search starts at the sites; each is looked at alone, as if it were the only change.

    Parameters
    ----------
    state
        The city, changed or not.
    person
        Who walks.
    kinds
        Keys of kinds; all where omitted.
    sites
        Where the place may come; all sites of the base where omitted.
    limits
        Limits by kind where they are not those of the municipality.

    Returns
    -------
    pandas.DataFrame
        One row per kind and site, by kind and rank: ``kind``, ``site_id``, ``site_kind``, ``site_name``,
        ``people_within`` (residents who come under the limit), ``people_reached`` (who could get to no
        place before), ``minutes_saved`` (of one walk of every resident, of those who could walk before),
        ``need_closed`` (weighted persons), ``rank`` (1 = best: by people, then minutes, then identifier).
        NaN and no rank for sites that are not connected.

    Raises
    ------
    AnalysisError
        If a kind is unknown, or there is none.
    """
    base, walker = state.base, state.base.persons[person]
    if sites is None:
        sites = sites_as_candidates(state, np.arange(len(base.sites), dtype=np.int64))
    chosen = [base.kinds[column_of(state, kind)] for kind in (base.kind_index if kinds is None else kinds)]
    if not chosen:
        raise AnalysisError(msg("Gefragt ist nach keiner Art von Ort."))
    if len(chosen) > 1:
        # One search for all kinds instead of one for each.
        state.nearest(person)
    today = {kind.key: state.metres(person, kind.key) for kind in chosen}
    own = limits or {}
    borders = {kind.key: limit_m(own.get(kind.key, kind.limit.sourced()), walker) for kind in chosen}
    gains = _Gains(state, walker, today, borders, need_per_building(state))
    parts = [
        gains.on(sites.positions.take(slice(first, first + _AT_ONCE)))
        for first in range(0, len(sites), _AT_ONCE)
    ]
    return _table(sites, np.concatenate(parts) if parts else np.empty((0, len(chosen), 4)), list(today))


def need_per_building(state: State) -> Float64:
    """Return the need that each building would have beyond one limit, in weighted persons."""
    count = len(state.residents)
    everybody = {"": np.ones(count)}
    rows = np.arange(count, dtype=np.int64)
    counted = unmet(everybody, state.residents, rows, pd.RangeIndex(count))
    need: Float64 = weigh(counted).total.to_numpy(np.float64)
    return need


class _Gains:
    """What is the same for all sites: the walks of today and who is beyond the limits."""

    def __init__(
        self,
        state: State,
        person: Person,
        today: Mapping[str, Float64],
        limits: Mapping[str, float],
        need: Float64,
    ) -> None:
        self.state, self.person = state, person
        residents = state.residents["residents"].to_numpy(np.float64)
        self.residents = residents
        unreached = [np.isnan(metres) for metres in today.values()]
        self.today = [np.nan_to_num(metres, nan=0.0) for metres in today.values()]
        self.farthest = np.max(list(today.values()), axis=0)
        self.farthest[np.isnan(self.farthest)] = np.inf
        self.limits = list(limits.values())
        beyond = [~(metres <= limit) for metres, limit in zip(today.values(), self.limits, strict=True)]
        self.beyond = np.column_stack([who * residents for who in beyond])
        self.needing = np.column_stack([who * need for who in beyond])
        self.cut_off = np.column_stack([who * residents for who in unreached])

    def on(self, sites: Positions) -> Float64:
        """Return people within, people reached, minutes and need, shape (sites, kinds, 4)."""
        router = self.state.router(self.person.key)
        walks = walk_matrix(router, self.state.origins, sites).T
        # Only who is nearer to the site than to some place of today can gain anything.
        site, home = np.nonzero(walks < self.farthest)
        start = np.searchsorted(site, np.arange(len(sites) + 1))
        metres = walks[site, home]

        def pairs(values: Float64) -> csr_array:
            return csr_array((values, home, start), shape=walks.shape)

        found = np.empty((len(sites), len(self.limits), 4))
        for limit in set(self.limits):
            # Kinds with the same limit share the sites' neighbourhoods.
            columns = [number for number, value in enumerate(self.limits) if value == limit]
            near = pairs((metres <= limit).astype(np.float64))
            found[:, columns, 0] = near @ self.beyond[:, columns]
            found[:, columns, 3] = near @ self.needing[:, columns]
        found[:, :, 1] = pairs(np.ones(len(metres))) @ self.cut_off
        for number, today in enumerate(self.today):
            found[:, number, 2] = pairs(np.maximum(today[home] - metres, 0.0)) @ self.residents
        found[:, :, 2] /= self.person.metres_per_minute
        found[sites.edge < 0] = np.nan
        return found


def _table(sites: Candidates, found: Float64, kinds: list[str]) -> pd.DataFrame:
    count = len(sites)
    frame = pd.DataFrame(
        {
            "kind": np.repeat(np.array(kinds, dtype=object), count),
            "site_id": np.tile(np.array(sites.keys, dtype=object), len(kinds)),
            "site_kind": np.tile(np.array(sites.kinds, dtype=object), len(kinds)),
            "site_name": np.tile(np.array(sites.names, dtype=object), len(kinds)),
            **{
                name: found[:, :, column].T.ravel()
                for column, name in enumerate(
                    ("people_within", "people_reached", "minutes_saved", "need_closed")
                )
            },
        }
    )
    order = {kind: number for number, kind in enumerate(kinds)}
    frame = frame.assign(place=frame["kind"].map(order)).sort_values(
        ["place", "people_within", "minutes_saved", "site_id"],
        ascending=[True, False, False, True],
        kind="stable",
        ignore_index=True,
    )
    rank = frame.groupby("kind", sort=False).cumcount() + 1
    rank = rank.astype("float64").where(frame["people_within"].notna())
    return frame.drop(columns="place").assign(rank=rank)
