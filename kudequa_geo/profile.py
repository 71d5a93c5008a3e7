"""Profiles of sites: who lives around one, what these people lack, and what a service there would close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kudequa_geo.access.graph import Positions, positions
from kudequa_geo.access.outline import join_outlines
from kudequa_geo.access.reach import within
from kudequa_geo.access.snapping import snap
from kudequa_geo.constants import SNAP_MAX_M, Sourced
from kudequa_geo.gaps.weighted import Floats, limit_m, ratio
from kudequa_geo.prepare.districts import assign
from kudequa_geo.prepare.residents import anchors
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.study import Study

STEPS_MIN = (
    Sourced(5.0, "min", "Annahme: ein Drittel der Viertelstunde", 2025, assumption=True),
    Sourced(10.0, "min", "Annahme: zwei Drittel der Viertelstunde", 2025, assumption=True),
    Sourced(
        15.0,
        "min",
        "Moreno u. a., Introducing the “15-Minute City”, Smart Cities 4 (1)",
        2021,
        "https://doi.org/10.3390/smartcities4010006",
    ),
)
#: Sites whose walks are kept in memory at once.
_AT_ONCE = 128


@dataclass(frozen=True)
class Profile:
    """A site and the people around it, for one person.

    Attributes
    ----------
    metres
        Walk of each building to the site, shape (buildings,); NaN = farther than any step or limit.
    people
        Index: minutes of :data:`STEPS_MIN`; columns ``residents`` and the groups known in the municipality:
        persons who reach the site within so many minutes.
    services
        Index: kind; columns ``beyond_5``, ``beyond_10``, ``beyond_15`` (residents within these minutes of the
        site who have the kind only beyond its limit), ``share_5`` … (their share, 0 to 1; NaN where nobody
        lives) and ``closed`` (residents who would come within the limit if the kind opened on the site). All
        are NaN for a kind of which the data hold no place at all.
    """

    metres: Floats
    people: pd.DataFrame
    services: pd.DataFrame


def join(study: Study, sites: gpd.GeoDataFrame) -> Positions:
    """Return where sites join the network.

    A site joins at the street nearest to its middle, as in the table ``sites``; an area whose middle is too
    far from every street at the one nearest to its outline
    (:func:`kudequa_geo.access.outline.join_outlines`).

    Parameters
    ----------
    study
        The municipality.
    sites
        Geometry in the municipality's metric CRS; columns ``edge_id``, ``offset_m`` and ``to_street_m`` are
        used where they are there.

    Returns
    -------
    Positions
        One per site; edge -1 = not connected.
    """
    edges = study.tables["edges"]
    allowed = _inhabited(study)
    middle = anchors(sites)
    x, y = middle.x.to_numpy(), middle.y.to_numpy()
    if "edge_id" in sites:
        found = positions(sites)
    else:
        found = snap(x, y, edges, max_distance_m=SNAP_MAX_M.value, allowed=allowed)
    return join_outlines(
        found, sites.geometry.to_numpy(), edges, max_distance_m=SNAP_MAX_M.value, allowed=allowed
    )


def located(study: Study, sites: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, Positions]:
    """Return sites with the district and the street they lie at, and where they join the network.

    Parameters
    ----------
    study
        The municipality.
    sites
        As for :func:`join`.

    Returns
    -------
    tuple
        The columns of the table ``sites`` as far as they do not say where a site joins, and ``district_id``,
        ``district`` and ``street`` (missing = none), index 0 to n - 1; and one position per row.
    """
    frame = sites.reset_index(drop=True)
    places = join(study, frame)
    districts = study.tables["districts"]
    home = assign(anchors(frame), districts) if len(districts) else pd.Series(None, frame.index, "str")
    names = dict(zip(districts["district_id"], districts["name"], strict=True))
    streets = study.tables["edges"]["name"].to_numpy(object)
    street = np.where(places.edge >= 0, streets[places.edge], None)
    kept = frame.drop(columns=["edge_id", "offset_m", "to_street_m"], errors="ignore")
    kept = kept.assign(district_id=home, district=home.map(names), street=pd.Series(street, dtype="str"))
    return kept, places


def _inhabited(study: Study) -> NDArray[np.bool_]:
    """Return the edges where a site can have its door: in the parts of the network where people live."""
    edges, network = study.tables["edges"], study.network
    component = study.tables["nodes"]["component"].to_numpy()[network.tail]
    home = study.origins.edge
    lived_in = np.isin(component, np.unique(component[home[home >= 0]]))
    doors = ~(edges["steps"] | edges["tunnel"] | (edges["length_m"] == 0)).to_numpy(bool)
    both: NDArray[np.bool_] = lived_in & doors
    return both


def limits_m(study: Study, person: str, limits: Mapping[str, Sourced]) -> dict[str, float]:
    """Return limits as metres of a person's walk."""
    walker = study.persons[person]
    return {kind: limit_m(limit, walker) for kind, limit in limits.items()}


def around(study: Study, person: str, sites: Positions, reach_m: Sequence[float], who: Floats) -> Floats:
    """Return how many people reach each site within some walks.

    Parameters
    ----------
    study, person
        The municipality and who walks.
    sites
        Where the sites join the network.
    reach_m
        Longest walks in metres, legs included.
    who
        People per building.

    Returns
    -------
    numpy.ndarray
        People, shape (sites, walks); NaN for sites that are not connected.
    """
    router = study.router(person)
    found = np.full((len(sites), len(reach_m)), np.nan)
    for first in range(0, len(sites), _AT_ONCE):
        part = sites.take(slice(first, first + _AT_ONCE))
        pairs = within(router, study.origins, part, max(reach_m))
        place, people = pairs.place, who[pairs.origin]
        for column, longest in enumerate(reach_m):
            near = pairs.metres <= longest
            found[first : first + len(part), column] = np.bincount(
                place[near], weights=people[near], minlength=len(part)
            )
    found[sites.edge < 0] = np.nan
    return found


def closing(study: Study, person: str, kind: str, limit: Sourced, sites: Positions) -> Floats:
    """Return how many residents a new place of a kind on each site would bring within the limit.

    Returns
    -------
    numpy.ndarray
        Persons per site, each site looked at alone; NaN = not connected.
    """
    longest = limits_m(study, person, {kind: limit})[kind]
    beyond = ~(study.metres(person, kind) <= longest)
    residents = study.tables["buildings"]["residents"].to_numpy(np.float64)
    return around(study, person, sites, [longest], residents * beyond)[:, 0]


@dataclass(frozen=True)
class Effects:
    """What each of many sites means for one service and person.

    Attributes
    ----------
    people
        Residents within the steps of :data:`STEPS_MIN`, shape (sites, 3); NaN = not connected.
    closed
        Residents a new place would bring within the limit; all NaN where the data hold no place of the
        kind at all: nobody can tell then who lacks it.
    """

    people: Floats
    closed: Floats


def effects(study: Study, person: str, kind: str, limit: Sourced, sites: Positions) -> Effects:
    """Return what every site means for a service and a person; parameters as :func:`closing`."""
    residents = study.tables["buildings"]["residents"].to_numpy(np.float64)
    steps = [limit_m(step, study.persons[person]) for step in STEPS_MIN]
    people = around(study, person, sites, steps, residents)
    if study.kind_index[kind] not in study.place_kinds:
        return Effects(people, np.full(len(people), np.nan))
    return Effects(people, closing(study, person, kind, limit, sites))


def profile(study: Study, person: str, site: Positions, limits: Mapping[str, Sourced]) -> Profile:
    """Return who lives around a site, what they lack and what the site could close.

    Parameters
    ----------
    study, person
        The municipality and who walks.
    site
        One position.
    limits
        Kind -> limit in ``m`` or ``min``.
    """
    buildings = study.tables["buildings"]
    longest = limits_m(study, person, limits)
    steps = [limit_m(step, study.persons[person]) for step in STEPS_MIN]
    pairs = within(study.router(person), study.origins, site, max([*steps, *longest.values()]))
    near, metres = pairs.origin, pairs.metres
    names = ["residents", *(group for group in RESIDENT_GROUPS if buildings[group].notna().any())]
    counts = np.nan_to_num(buildings[names].to_numpy(np.float64)[near])
    inside = np.array([metres <= step for step in steps], dtype=np.float64)
    people = pd.DataFrame(
        inside @ counts,
        index=pd.Index([step.value for step in STEPS_MIN], name="minutes"),
        columns=names,
    )
    walks = np.full(len(buildings), np.nan)
    walks[near] = metres
    kinds = [study.kind_index[kind] for kind in longest]
    limit = np.array(list(longest.values()))
    today = study.nearest(person).metres[near[:, None], kinds, 0]
    lacking = ~(today <= limit) * counts[:, :1]
    # Where the data hold no place of a kind at all, nobody can tell who lacks it.
    lacking[:, ~np.isin(kinds, study.place_kinds)] = np.nan
    return Profile(walks, people, _services(list(longest), inside, metres[:, None] <= limit, lacking, people))


def _services(
    kinds: list[str], inside: Floats, reached: NDArray[np.bool_], lacking: Floats, people: pd.DataFrame
) -> pd.DataFrame:
    beyond = inside @ lacking
    shares = ratio(beyond, people["residents"].to_numpy()[:, None])
    names = [f"{step.value:g}" for step in STEPS_MIN]
    columns = {f"beyond_{name}": row for name, row in zip(names, beyond, strict=True)}
    columns |= {f"share_{name}": row for name, row in zip(names, shares, strict=True)}
    closed = (reached * lacking).sum(axis=0)
    return pd.DataFrame({**columns, "closed": closed}, index=pd.Index(kinds, name="kind"))
