"""Gap areas: neighbourhoods whose residents live beyond the limit, and what is known of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.constants import Person, Sourced
from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.gaps.need import Unmet, unmet, weigh
from kudequa_geo.gaps.neighbourhoods import Streets, neighbourhoods
from kudequa_geo.gaps.reasons import Reason, reasons
from kudequa_geo.gaps.weighted import (
    Floats,
    Ints,
    checked_limit,
    checked_metres,
    checked_weights,
    ratio,
    sorted_quantiles,
    sums,
    within,
)
from kudequa_geo.schema import RESIDENT_GROUPS, Obstacle

JOIN_M = Sourced(
    100.0,
    "m",
    "Annahme: höchstens ein Häuserblock Fußweg zwischen zwei Nachbarn",
    2025,
    assumption=True,
)
LEAST_RESIDENTS = Sourced(
    50.0, "Personen", "Annahme: kleinere Gruppen sind Einzellagen und kein Quartier", 2025, assumption=True
)
MISSING_SHARE = Sourced(
    0.5, "Anteil", "Annahme: ein Angebot fehlt, wenn es den meisten fehlt", 2025, assumption=True
)
#: For drawing only: points are thinned to this grid, and the outline runs this far around them.
_THIN_M, _AROUND_M, _CLOSE_M = 40.0, 26.0, 25.0


@dataclass(frozen=True)
class City:
    """What does not depend on the person: streets, buildings, places and obstacles.

    Attributes
    ----------
    streets
        The edges that ``edge_id`` of the tables counts.
    buildings, places
        Tables ``buildings`` and ``places``.
    obstacles
        Column ``kind`` (:class:`kudequa_geo.schema.Obstacle`) and geometry, or None.
    """

    streets: Streets
    buildings: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    obstacles: gpd.GeoDataFrame | None = None

    @cached_property
    def homes(self) -> gpd.GeoSeries:
        """A point in each building."""
        return self.buildings.geometry.representative_point()

    @cached_property
    def spots(self) -> gpd.GeoSeries:
        """A point in each place."""
        return self.places.geometry.representative_point()


@dataclass(frozen=True)
class Walks:
    """A person's walks to the nearest place of every kind.

    Attributes
    ----------
    person
        Who walks.
    limits
        Kind -> limit in ``m`` or ``min``, in the order of the columns.
    metres
        Shape (buildings, kinds); NaN = unreachable or not connected.
    place
        Row of the nearest place in ``places``, -1 = none, same shape.
    usable
        Rows of places that count for the person; None = all.
    """

    person: Person
    limits: Mapping[str, Sourced]
    metres: Floats
    place: NDArray[np.integer]
    usable: Ints | None = None

    def column(self, kind: str) -> int:
        """Return the column of a kind.

        Raises
        ------
        AnalysisError
            If the kind has none.
        """
        if kind not in self.limits:
            raise AnalysisError(
                msg("Die Art „{kind}“ gehört nicht zu den berechneten Angeboten."),
                remedy=msg("Bitte eine der Arten wählen: {kinds}."),
                kind=kind,
                kinds=", ".join(self.limits),
            )
        return list(self.limits).index(kind)


@dataclass(frozen=True)
class GapAreas:
    """The gap areas of one kind of place and one person.

    Attributes
    ----------
    areas
        One row per area, most residents first: ``area_id`` (stable between runs and row orders),
        ``kind``, ``person``, ``rank`` (by residents), ``rank_need``, ``district_id`` (where most of
        them live), ``residents`` and the groups of :data:`kudequa_geo.schema.RESIDENT_GROUPS`
        (persons; NaN = not known), ``need`` (weighted persons), ``missing`` (kinds beyond their limit
        for most residents, joined by ";"), ``nearest_place_id`` (nearest for most; missing = none),
        ``nearest_m`` (median walk; NaN = unreachable for all), ``beeline_m`` (median straight line to
        the nearest place), ``reason`` and ``obstacle`` (those of most residents), ``area_ha``,
        geometry (outline for display, metric CRS).
    member
        Row of ``areas`` for every building, -1 = in none.
    people
        The unweighted counts behind ``need``, for other weights (:func:`kudequa_geo.gaps.need.weigh`).
    scattered
        Residents beyond the limit in groups smaller than the least size.
    unconnected
        Residents of buildings that are not connected to the network, for whom nothing is known.
    """

    areas: gpd.GeoDataFrame
    member: Ints
    people: Unmet
    scattered: float
    unconnected: float


def gap_areas(
    city: City,
    walks: Walks,
    kind: str,
    *,
    join_m: float = JOIN_M.value,
    least_residents: float = LEAST_RESIDENTS.value,
) -> GapAreas:
    """Return the connected areas of residents beyond the limit of one kind of place.

    Buildings belong together by walks along the streets (see
    :func:`kudequa_geo.gaps.neighbourhoods.neighbourhoods`), not by circles.

    Parameters
    ----------
    city
        Streets, buildings, places, obstacles.
    walks
        The person's walks to all kinds.
    kind
        The kind whose limit is exceeded.
    join_m
        Longest walk between neighbours, in metres.
    least_residents
        Areas with fewer residents are counted as scattered.

    Raises
    ------
    AnalysisError
        For a kind without walks, or people, metres, limits or speeds without meaning.
    """
    column = walks.column(kind)
    buildings = city.buildings
    residents = checked_weights(buildings["residents"], "residents")
    metres = checked_metres(walks.metres, len(buildings), walks.person.key)
    beyond = ~within(metres[:, column], checked_limit(walks.limits[kind], kind), walks.person)
    connected = buildings["edge_id"].to_numpy() >= 0
    rows = np.flatnonzero(beyond & connected & (residents > 0))
    group = neighbourhoods(
        city.streets,
        buildings["edge_id"].to_numpy()[rows],
        buildings["offset_m"].to_numpy(dtype=np.float64)[rows],
        join_m,
    )
    ids, code = _named(group, buildings["building_id"].to_numpy()[rows], f"{kind}|{walks.person.key}")
    people = sums(residents[rows], code, len(ids))
    kept = np.flatnonzero(people >= max(least_residents, np.finfo(float).tiny))
    kept = kept[np.lexsort((ids[kept], -people[kept]))]
    place_of = np.full(len(ids) + 1, -1)
    place_of[kept] = np.arange(len(kept))
    member = np.full(len(buildings), -1, dtype=np.int64)
    member[rows] = place_of[code]
    counted = unmet(
        {kind: (member >= 0).astype(np.float64)}, buildings, member, pd.Index(ids[kept], name="area_id")
    )
    return GapAreas(
        _table(city, walks, kind, member, counted),
        member,
        counted,
        float(people.sum() - people[kept].sum()),
        float(residents[~connected].sum()),
    )


def _named(group: Ints, building_id: NDArray[np.object_], salt: str) -> tuple[NDArray[np.str_], Ints]:
    """Return a stable id per group, from its smallest building id, and each building's group."""
    if not len(group):
        return np.empty(0, dtype=str), group
    order = np.lexsort((building_id.astype(str), group))
    first = np.ones(len(group), dtype=bool)
    first[1:] = group[order][1:] != group[order][:-1]
    smallest = building_id[order][first]
    ids = [
        hashlib.blake2s(f"{salt}|{name}".encode(), digest_size=6).hexdigest() for name in smallest.tolist()
    ]
    return np.array(ids), group


def _table(city: City, walks: Walks, kind: str, member: Ints, counted: Unmet) -> gpd.GeoDataFrame:
    rows = np.flatnonzero(member >= 0)
    code, count = member[rows], len(counted.residents)
    buildings = city.buildings.iloc[rows]
    residents = buildings["residents"].to_numpy(dtype=np.float64)
    need = weigh(counted)
    frame = pd.DataFrame(
        {
            "area_id": pd.Series(counted.residents.index, dtype="str"),
            "kind": pd.Series([kind] * count, dtype="str"),
            "person": pd.Series([walks.person.key] * count, dtype="str"),
            "rank": np.arange(1, count + 1),
            "rank_need": need.rank.to_numpy(),
            "district_id": _most_common(buildings["district_id"], residents, code, count),
            "residents": counted.residents.to_numpy(),
            **{name: _known_sum(buildings, name, code, count) for name in RESIDENT_GROUPS},
            "need": need.total.to_numpy(),
            "missing": _missing(walks, rows, residents, code, count),
        }
    )
    points = city.homes.iloc[rows]
    nearest = _nearest(city, walks, kind, rows, points)
    names = city.places["place_id"].to_numpy()
    place = walks.place[rows, walks.column(kind)]
    place_id = pd.Series(
        np.where(place >= 0, names[place], None) if len(names) else None, index=range(len(rows))
    )
    frame["nearest_place_id"] = _most_common(place_id, residents, code, count)
    frame["nearest_m"] = _median(walks.metres[rows, walks.column(kind)], residents, code, count)
    frame["beeline_m"] = _median(nearest["beeline_m"].to_numpy(), residents, code, count)
    frame["reason"] = _most_common(nearest["reason"], residents, code, count, order=list(Reason))
    barred = nearest["reason"].to_numpy() == Reason.BARRIER
    weight = np.where(barred, residents, 0.0)
    obstacle = _most_common(nearest["obstacle"], weight, code, count, order=list(Obstacle))
    frame["obstacle"] = obstacle.where(frame["reason"] == Reason.BARRIER)
    outlines = _outlines(points.x.to_numpy(), points.y.to_numpy(), code, count)
    frame["area_ha"] = shapely.area(outlines) / 10_000
    return gpd.GeoDataFrame(frame, geometry=outlines, crs=city.buildings.crs)


def _nearest(city: City, walks: Walks, kind: str, rows: Ints, points: gpd.GeoSeries) -> pd.DataFrame:
    of_kind = (city.places["kind"] == kind).to_numpy(dtype=bool)
    if walks.usable is not None:
        counts = np.zeros(len(of_kind), dtype=bool)
        counts[walks.usable] = True
        of_kind = of_kind & counts
    walkable = of_kind & (city.places["edge_id"].to_numpy() >= 0)
    spots = city.spots[walkable]
    return reasons(
        points.x,
        points.y,
        walks.metres[rows, walks.column(kind)],
        np.column_stack((spots.x, spots.y)),
        obstacles=city.obstacles,
        any_place=bool(of_kind.any()),
    )


def _known_sum(buildings: pd.DataFrame, name: str, code: Ints, count: int) -> Floats:
    """Return the people of a group per area over the buildings where known; NaN where none is."""
    if name not in buildings:
        return np.full(count, np.nan)
    values = checked_weights(buildings[name], name, unknown=True)
    known = ~np.isnan(values)
    total = sums(values[known], code[known], count)
    total[np.bincount(code[known], minlength=count) == 0] = np.nan
    return total


def _missing(walks: Walks, rows: Ints, residents: Floats, code: Ints, count: int) -> pd.Series:
    """Return the kinds that are beyond their limit for most residents of each area."""
    total = sums(residents, code, count)
    lacking: list[list[str]] = [[] for _ in range(count)]
    for column, (kind, limit) in enumerate(walks.limits.items()):
        outside = ~within(walks.metres[rows, column], checked_limit(limit, kind), walks.person)
        share = ratio(sums(residents * outside, code, count), total)
        for area in np.flatnonzero(share > MISSING_SHARE.value):
            lacking[area].append(kind)
    return pd.Series([";".join(kinds) for kinds in lacking], dtype="str")


def _most_common(
    values: pd.Series, residents: Floats, code: Ints, count: int, *, order: list[str] | None = None
) -> pd.Series:
    """Return the value of most residents per area; of equals the first in ``order``; missing = none known."""
    names = sorted(values.dropna().unique()) if order is None else [str(name) for name in order]
    if not names:
        return pd.Series([None] * count, dtype="str")
    at = pd.Index(names).get_indexer(pd.Index(values))
    known = at >= 0
    people = sums(residents[known], code[known] * len(names) + at[known], count * len(names))
    table = people.reshape(count, len(names))
    chosen = pd.Series(np.array(names, dtype=object)[table.argmax(axis=1)], dtype="str")
    return chosen.where(table.max(axis=1) > 0)


def _median(values: Floats, residents: Floats, code: Ints, count: int) -> Floats:
    order = np.argsort(values, kind="stable")
    return sorted_quantiles(values[order], residents[order], code[order], count, (0.5,))[:, 0]


def _outlines(x: Floats, y: Floats, code: Ints, count: int) -> NDArray[np.object_]:
    """Return each area's outline: its buildings, widened until neighbours touch."""
    grid = np.column_stack(
        (code, np.round(x / _THIN_M).astype(np.int64), np.round(y / _THIN_M).astype(np.int64))
    )
    cells = np.unique(grid, axis=0)
    middle = cells[:, 1:] * _THIN_M
    half = _THIN_M / 2
    # Squares of a grid are joined as a coverage, many times faster than overlapping discs.
    squares = shapely.box(*(middle - half).T, *(middle + half).T)
    bounds = np.searchsorted(cells[:, 0], np.arange(count + 1))
    whole = np.empty(count, dtype=object)
    for area in range(count):
        whole[area] = shapely.coverage_union_all(squares[bounds[area] : bounds[area + 1]])
    wide = shapely.buffer(whole, _AROUND_M + _CLOSE_M - half, quad_segs=2)
    outlines: NDArray[np.object_] = shapely.simplify(
        shapely.buffer(wide, -_CLOSE_M, quad_segs=2), _THIN_M / 8
    )
    return outlines
