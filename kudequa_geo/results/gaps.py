"""Gap areas of a municipality: found once, named after their streets, told in words."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import msg
from kudequa_geo.gaps.areas import LEAST_RESIDENTS, City, GapAreas, gap_areas
from kudequa_geo.gaps.need import Unmet, gap, unmet, weigh
from kudequa_geo.gaps.neighbourhoods import Streets
from kudequa_geo.gaps.reasons import OBSTACLE_LABELS, REASON_LABELS, Reason
from kudequa_geo.gaps.weighted import Floats, sums
from kudequa_geo.language import Language
from kudequa_geo.results.secrecy import hidden
from kudequa_geo.results.walks import limits, reference, walks
from kudequa_geo.schema import RESIDENT_GROUPS, Obstacle
from kudequa_geo.study import Study

_THREADS = 2
_NONE = msg("Keine zusammenhängende Lücke mit mindestens {least} Menschen.")


def no_gap(say: Language) -> str:
    """Return what is said where no gap area is found: there may be gaps of fewer people."""
    return say(_NONE).format(least=say.number(LEAST_RESIDENTS.value))


def city(study: Study) -> City:
    """Return streets, buildings, places and obstacles of a municipality."""

    def make() -> City:
        network = study.network
        return City(
            Streets(network.tail, network.head, network.length_m),
            study.tables["buildings"],
            study.tables["places"],
            study.tables["obstacles"],
        )

    return study.kept("city", make)


def found_areas(study: Study, kind: str, person: str, limit: Sourced | None = None) -> GapAreas:
    """Return the gap areas of a kind and person; see :func:`kudequa_geo.gaps.areas.gap_areas`.

    Parameters
    ----------
    study
        The municipality.
    kind, person
        Their keys.
    limit
        Limit in place of the municipality's.
    """
    changed = {kind: limit} if limit else {}
    return study.kept(
        ("gap areas", kind, person, _limit_key(limit)),
        lambda: gap_areas(city(study), walks(study, person, changed), kind),
    )


def lacking(study: Study, kind: str, person: str, limit: Sourced | None = None) -> Unmet:
    """Return who lacks what in each gap area: people beyond the limit of every kind, before any weight.

    Kinds of which the data hold no place at all are left out: nobody can tell then whether the city or
    the map lacks them.

    Parameters
    ----------
    study, kind, person, limit
        As :func:`found_areas`; units are its ``area_id``.
    """

    def make() -> Unmet:
        areas = found_areas(study, kind, person, limit)
        gaps = gaps_of(study, person, {kind: limit} if limit else {})
        ids = pd.Index(areas.areas["area_id"], name="area_id")
        return unmet(gaps, study.tables["buildings"], areas.member, ids)

    return study.kept(("lacking", kind, person, _limit_key(limit)), make)


def gaps_of(study: Study, person: str, changed: Mapping[str, Sourced] | None = None) -> dict[str, Floats]:
    """Return the gap (0 or 1) of every building for every kind of which there is a place in the data."""
    walker, there = study.persons[person], set(study.tables["places"]["kind"])

    def beyond(bounds: Mapping[str, Sourced]) -> dict[str, Floats]:
        return {k: gap(study.metres(person, k), limit, walker) for k, limit in bounds.items() if k in there}

    usual = study.kept(("gaps", person), lambda: beyond(limits(study)))
    return {**usual, **beyond(changed or {})}


def _limit_key(limit: Sourced | None) -> tuple[float, str] | None:
    return None if limit is None else (limit.value, limit.unit)


def street_names(study: Study, areas: GapAreas) -> pd.Series:
    """Return the street on which most residents of each area live; missing = none has a name.

    Parameters
    ----------
    study
        The municipality.
    areas
        Gap areas of it.
    """
    buildings = study.tables["buildings"]
    rows = np.flatnonzero(areas.member >= 0)
    names = study.tables["edges"]["name"].to_numpy(dtype=object)
    edge = buildings["edge_id"].to_numpy()[rows]
    code, streets = pd.factorize(pd.Series(names[edge], dtype="str"), sort=True)
    named, count = code >= 0, len(areas.areas)
    if not count or not len(streets):
        return pd.Series([None] * count, dtype="str", name="street")
    residents = buildings["residents"].to_numpy(dtype=np.float64)[rows]
    at = areas.member[rows][named] * len(streets) + code[named]
    people = sums(residents[named], at, count * len(streets)).reshape(count, len(streets))
    chosen = pd.Series(np.asarray(streets, dtype=object)[people.argmax(axis=1)], dtype="str", name="street")
    return chosen.where(people.max(axis=1) > 0)


def gap_frame(study: Study) -> gpd.GeoDataFrame:
    """Return the gap areas of every kind for the reference person, with words beside every key.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of :attr:`kudequa_geo.gaps.areas.GapAreas.areas` (people as whole numbers, those of groups
        too small to be shown missing, metres whole), but ``need`` and
        ``rank_need`` over all missing services with the default weights; and in words ``kind_name``,
        ``limit``, ``person_name``, ``district``, ``street``, ``missing_names``, ``nearest_name``,
        ``nearest_min``, ``reason_text``, ``obstacle_text``; ordered by kind and rank, outlines in the
        metric CRS.
    """
    person = reference(study)
    study.nearest(person)
    # Each kind is found by itself; geometry and sorting leave room for a second thread.
    with ThreadPoolExecutor(_THREADS) as pool:
        parts = list(pool.map(lambda kind: _told(study, kind.key, person), study.kinds))
    frame = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=study.tables["buildings"].crs)


def _told(study: Study, key: str, person: str) -> gpd.GeoDataFrame:
    kind = study.kinds[study.kind_index[key]]
    labels = {each.key: each.label for each in study.kinds}
    areas = found_areas(study, key, person)
    need = weigh(lacking(study, key, person))
    frame = areas.areas
    walker = study.persons[person]
    groups = {name: _shown(frame[name]) for name in RESIDENT_GROUPS}
    return frame.assign(
        kind_name=kind.label,
        person_name=walker.label,
        limit=f"{kind.limit.value:g} {kind.limit.unit}",
        district=frame["district_id"].map(_names(study.tables["districts"], "district_id")),
        street=street_names(study, areas).to_numpy(),
        residents=frame["residents"].round(),
        **groups,
        need=need.total.round(1).to_numpy(),
        rank_need=need.rank.to_numpy(),
        missing_names=[
            "; ".join(labels[each] for each in text.split(";") if each) for text in frame["missing"]
        ],
        nearest_name=frame["nearest_place_id"].map(_names(study.tables["places"], "place_id")),
        nearest_m=frame["nearest_m"].round(),
        nearest_min=(frame["nearest_m"] / walker.metres_per_minute).round(1),
        beeline_m=frame["beeline_m"].round(),
        reason_text=frame["reason"].map({str(reason): REASON_LABELS[reason] for reason in Reason}),
        obstacle_text=frame["obstacle"].map({str(kind): OBSTACLE_LABELS[kind] for kind in Obstacle}),
        area_ha=frame["area_ha"].round(2),
    )


def _shown(people: pd.Series) -> pd.Series:
    return people.round().mask(hidden(people))


def _names(table: pd.DataFrame, identity: str) -> pd.Series:
    return table.set_index(identity)["name"]
