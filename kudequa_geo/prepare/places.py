"""Places by kind: which OSM features are a service, each of them once.

A feature may be of several kinds (a post counter in a kiosk); closed ones are no supply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from kudequa_geo.kinds import Kind, Rule
from kudequa_geo.prepare.duplicates import Cluster, Keep, clusters

#: Tags that say a feature is shut, whatever else it carries; keys like ``disused:shop`` never match a rule.
CLOSED: Mapping[str, frozenset[str]] = {
    "disused": frozenset({"yes"}),
    "abandoned": frozenset({"yes"}),
    "demolished": frozenset({"yes"}),
    "vacant": frozenset({"yes"}),
    "proposed": frozenset({"yes"}),
    "shop": frozenset({"vacant", "no"}),
    "opening_hours": frozenset({"closed", "off"}),
    "operational_status": frozenset({"closed", "abandoned", "out_of_order"}),
}
#: Source named for a place unless its own tag ``kudequa:source`` names another.
OSM_SOURCE = "OpenStreetMap"
_TEXTS = ("name", "brand", "operator", "wheelchair", "opening_hours")
_COLUMNS = [
    "place_id", "kind", "field", *_TEXTS, "capacity", "osm_id", "last_edit", "source", "modelled", "geometry",
]  # fmt: skip


class PlaceReport(NamedTuple):
    """What became of the features on their way to places.

    Attributes
    ----------
    closed
        Features of some kind that are shut.
    merged
        One row per feature that was merged away: ``kind``, ``name``, ``kept``, ``dropped`` (OSM ids).
    """

    closed: int
    merged: pd.DataFrame


class _Features(NamedTuple):
    """Columns of features."""

    osm_ids: NDArray[np.object_]
    tags: NDArray[np.object_]
    last_edits: NDArray[Any]
    shapes: NDArray[np.object_]

    def take(self, rows: list[int]) -> _Features:
        """Return the chosen features."""
        return _Features(self.osm_ids[rows], self.tags[rows], self.last_edits[rows], self.shapes[rows])


def places_by_kind(features: gpd.GeoDataFrame, kinds: Sequence[Kind]) -> tuple[gpd.GeoDataFrame, PlaceReport]:
    """Find the places of all kinds and merge what was mapped more than once.

    Parameters
    ----------
    features
        ``osm_id`` ("n1", "w2", "r3"), ``tags`` (dict), ``last_edit`` (UTC or NaT), geometry in
        the metric CRS.
    kinds
        Kinds of place with their rules, in the order wanted.

    Returns
    -------
    tuple
        Table ``places`` of :mod:`kudequa_geo.schema` without the snapped columns, ordered by kind and
        OSM id: a point each (inside the polygon of an area), texts missing and ``capacity`` NaN where
        unknown; and the report. Neither depends on the row order of ``features``.
    """
    order = osm_order(features["osm_id"])
    features = features.iloc[order].reset_index(drop=True)
    members, closed = _members(features["tags"].to_list(), kinds)
    table = _Features(
        features["osm_id"].to_numpy(dtype=object),
        features["tags"].to_numpy(dtype=object),
        features["last_edit"].to_numpy(dtype="datetime64[ns]"),
        features.geometry.to_numpy(),
    )
    rows: list[dict[str, Any]] = []
    merged: list[dict[str, Any]] = []
    for kind, found in zip(kinds, members, strict=True):
        candidates = table.take(found)
        keep: Keep = "middle" if kind.merge else "point"
        for cluster in clusters(candidates.shapes, candidates.tags, kind.merge_m, keep=keep):
            row = _place(kind, candidates, cluster)
            rows.append(row)
            merged += [
                {"kind": kind.key, "name": row["name"], "kept": row["osm_id"], "dropped": dropped}
                for dropped in candidates.osm_ids[cluster.others]
            ]
    report = PlaceReport(
        closed, pd.DataFrame(merged, columns=["kind", "name", "kept", "dropped"], dtype="str")
    )
    return _table(rows, features.crs), report


def osm_order(osm_ids: pd.Series) -> np.ndarray:
    """Return the order of OSM ids like "w12": nodes, ways, relations, each by number."""
    text = osm_ids.astype("str")
    kind = text.str[0].map({"n": 0, "w": 1, "r": 2}).fillna(3).to_numpy(dtype=np.int64)
    number = pd.to_numeric(text.str[1:], errors="coerce").fillna(-1).to_numpy(dtype=np.int64)
    return np.lexsort((text.to_numpy(dtype=object), number, kind))


def is_closed(tags: Mapping[str, str]) -> bool:
    """Tell whether a feature is shut."""
    return any(tags.get(key) in values for key, values in CLOSED.items())


def fits(rule: Rule, tags: Mapping[str, str]) -> bool:
    """Tell whether a feature's tags meet a rule; "a;b" counts as a and as b."""
    if not all(_has(tags, key, values) for key, values in rule.tags.items()):
        return False
    if any(_has(tags, key, values) for key, values in rule.exclude.items()):
        return False
    return not rule.name_matches or bool(re.search(rule.name_matches, tags.get("name", ""), re.IGNORECASE))


def _has(tags: Mapping[str, str], key: str, values: tuple[str, ...]) -> bool:
    value = tags.get(key)
    if value is None:
        return False
    if "*" in values or value in values:
        return True
    return ";" in value and any(part.strip() in values for part in value.split(";"))


def _members(tags: Sequence[Mapping[str, str]], kinds: Sequence[Kind]) -> tuple[list[list[int]], int]:
    """Return the feature rows of each kind, and how many were left out as closed."""
    rules_of: dict[str, list[tuple[int, Rule]]] = {}
    for number, kind in enumerate(kinds):
        for rule in kind.rules:
            rules_of.setdefault(next(iter(rule.tags)), []).append((number, rule))
    members: list[list[int]] = [[] for _ in kinds]
    closed = 0
    for row, feature in enumerate(tags):
        met = sorted({number for number, rule in _candidates(rules_of, feature) if fits(rule, feature)})
        if met and is_closed(feature):
            closed += 1
            continue
        for number in met:
            members[number].append(row)
    return members, closed


def _candidates(
    rules_of: Mapping[str, list[tuple[int, Rule]]], tags: Mapping[str, str]
) -> Iterator[tuple[int, Rule]]:
    for key in tags:
        yield from rules_of.get(key, ())


def _place(kind: Kind, candidates: _Features, cluster: Cluster) -> dict[str, Any]:
    """Return the one place that a cluster of features is."""
    rows = [cluster.kept, *cluster.others]
    tags = candidates.tags[rows]
    osm_id = candidates.osm_ids[cluster.kept]
    texts = {text: next((tag[text] for tag in tags if tag.get(text)), None) for text in _TEXTS}
    capacities = (capacity(tag.get("capacity", "")) for tag in tags)
    return {
        "place_id": f"{osm_id}-{kind.key}",
        "kind": kind.key,
        "field": kind.field.value,
        **texts,
        "capacity": next((value for value in capacities if value == value), np.nan),
        "osm_id": osm_id,
        # The latest edit that is known.
        "last_edit": np.fmax.reduce(candidates.last_edits[rows]),
        "source": tags[0].get("kudequa:source", OSM_SOURCE),
        "modelled": any(is_modelled(tag) for tag in tags),
        "geometry": shapely.point_on_surface(candidates.shapes[cluster.kept]),
    }


def is_modelled(tags: Mapping[str, str]) -> bool:
    """Tell whether a feature was made up for a model data set."""
    return tags.get("modelled") in ("yes", "true")


def capacity(text: str) -> float:
    """Return a capacity as OSM writes it, NaN where it is no number or negative."""
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    return value if 0 <= value < float("inf") else float("nan")


def _table(rows: list[dict[str, Any]], crs: Any) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    texts = dict.fromkeys(("place_id", "kind", "field", *_TEXTS, "osm_id", "source"), "str")
    frame = frame.astype({**texts, "capacity": "float64", "modelled": "bool"})
    frame["last_edit"] = pd.to_datetime(frame["last_edit"], utc=True).astype("datetime64[ns, UTC]")
    return gpd.GeoDataFrame(
        frame.drop(columns="geometry"), geometry=gpd.GeoSeries(list(frame["geometry"]), crs=crs)
    )
