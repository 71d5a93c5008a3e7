"""The figures of scenarios and suggestions as tables, the same for pages and files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kudequa_geo.scenarios.candidates import Candidates
from kudequa_geo.scenarios.compare import compare
from kudequa_geo.scenarios.effect import CODES, Turn, difference_codes, differences, effects
from kudequa_geo.scenarios.outcome import Outcome
from kudequa_geo.scenarios.siting import Suggestion
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.task import Task
from kudequa_geo.schema import RESIDENT_GROUPS


def scenario_tables(before: Outcome, after: Outcome) -> dict[str, pd.DataFrame]:
    """Return what a scenario brings, by the name of the file it goes into.

    Parameters
    ----------
    before, after
        Outcomes of the base (or another scenario) and of the scenario, for the same persons.

    Returns
    -------
    dict
        ``comparison`` (:func:`kudequa_geo.scenarios.compare.compare`, after minus before), ``effects``
        (:func:`kudequa_geo.scenarios.effect.effects`, with the resident groups) and ``changed_places`` with
        geometry.
    """
    groups = ("residents", *(group for group in RESIDENT_GROUPS if group in before.state.base.groups))
    comparison = compare(after, before).rename(columns={"one": "after", "other": "before"})
    return {
        "comparison": comparison,
        "effects": effects(before.state, after.state, persons=after.persons, groups=groups),
        "changed_places": changed_places(before.state, after.state),
    }


def changed_places(before: State, after: State) -> gpd.GeoDataFrame:
    """Return the places that one of two states has otherwise than the other.

    Returns
    -------
    geopandas.GeoDataFrame
        ``place_id``, ``kind``, ``name``, ``change`` (added, closed, moved, resized, replaced), ``capacity``
        (NaN = not known) and the point where the place is (or was) in the later state.
    """
    rows: list[dict[str, Any]] = []
    known = len(before.base.places)
    for row in range(max(len(before.place_kinds), len(after.place_kinds))):
        change = _change(before, after, row)
        if change:
            state = after if row < len(after.place_kinds) else before
            rows.append(
                {
                    "place_id": _place_id(state, row),
                    "kind": before.base.places["kind"].iloc[row]
                    if row < known
                    else state.added[row - known].kind,
                    "name": state.place_name(row),
                    "change": change,
                    "capacity": state.capacity[row],
                    "geometry": shapely.Point(state.place_points[row]),
                }
            )
    columns = ["place_id", "kind", "name", "change", "capacity", "geometry"]
    frame = pd.DataFrame(rows, columns=columns)
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=before.base.crs or None)


def _change(before: State, after: State, row: int) -> str:
    was = row < len(before.place_kinds) and before.place_kinds[row] >= 0
    now = row < len(after.place_kinds) and after.place_kinds[row] >= 0
    if was != now:
        return "added" if now else "closed"
    if not now:
        return ""
    if before.place_kinds[row] != after.place_kinds[row]:
        return "replaced"
    if (before.place_points[row] != after.place_points[row]).any():
        return "moved"
    same = np.array_equal(before.capacity[row], after.capacity[row], equal_nan=True)
    return "" if same else "resized"


def _place_id(state: State, row: int) -> str:
    known = len(state.base.places)
    return state.added[row - known].place_id if row >= known else str(state.base.places["place_id"].iloc[row])


def changed_walks(before: Outcome, after: Outcome) -> gpd.GeoDataFrame:
    """Return the buildings whose walk to some kind changes, one row per person, kind and building.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of :func:`kudequa_geo.scenarios.effect.differences`, ``kind``, ``person`` and a point in the
        building; no numbers of residents.
    """
    base = before.state.base
    parts = []
    for person in after.persons:
        changed = before.state.changed_kinds(person) | after.state.changed_kinds(person)
        for kind, other in zip(base.kind_index, changed.tolist(), strict=True):
            if other:
                parts.append(_changed(before.state, after.state, person, kind))
    frame = pd.concat(parts, ignore_index=True) if parts else _changed_none(before.state)
    points = shapely.points(base.building_points[frame.pop("row").to_numpy(np.int64)])
    return gpd.GeoDataFrame(frame, geometry=points, crs=base.crs or None)


def _changed(before: State, after: State, person: str, kind: str) -> pd.DataFrame:
    codes, _difference = difference_codes(before, after, person, kind)
    rows = np.flatnonzero(~np.isin(codes, [CODES[Turn.SAME], CODES[Turn.NEVER]]))
    return differences(before, after, person, kind, rows=rows).assign(kind=kind, person=person, row=rows)


def _changed_none(before: State) -> pd.DataFrame:
    person, kind = next(iter(before.base.persons)), next(iter(before.base.kind_index))
    none = np.empty(0, dtype=np.int64)
    return differences(before, before, person, kind, rows=none).assign(kind="", person="", row=none)


def suggestion_table(
    task: Task, suggestions: Iterable[Suggestion], candidates: Candidates
) -> gpd.GeoDataFrame:
    """Return suggestions, the best first, one row per chosen candidate.

    Returns
    -------
    geopandas.GeoDataFrame
        ``choice`` (1 = best), ``site_id``, ``site_kind``, ``name``, ``cost`` (1 where none is told),
        ``people_alone`` (residents whom it alone brings under the limit), and of the whole choice
        ``objective``, ``gap`` (share; NaN = nothing proven), ``exact``, ``people_before``, ``people_after``,
        ``metres_saved``; the candidate's point.
    """
    open_rows = ~(task.today_m <= task.limit_m)
    rows = [
        {
            "choice": number,
            "site_id": candidates.keys[row],
            "site_kind": candidates.kinds[row],
            "name": candidates.names[row],
            "cost": float(task.cost[row]),
            "people_alone": float(task.weights @ (open_rows & (task.metres[:, row] <= task.limit_m))),
            "objective": suggestion.objective,
            "gap": suggestion.gap,
            "exact": suggestion.exact,
            "people_before": suggestion.people_before,
            "people_after": suggestion.people_after,
            "metres_saved": suggestion.metres_saved,
            "geometry": shapely.Point(candidates.points[row]),
        }
        for number, suggestion in enumerate(suggestions, start=1)
        for row in suggestion.choice.chosen
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=candidates.crs or None)
