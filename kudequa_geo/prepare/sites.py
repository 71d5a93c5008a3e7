"""Sites on which a service could be opened, as far as OpenStreetMap knows them: brownfields and vacancies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kudequa_geo.prepare.duplicates import clusters
from kudequa_geo.prepare.places import OSM_SOURCE, is_modelled, osm_order
from kudequa_geo.schema import SiteKind

_LIFECYCLES = ("disused", "abandoned", "was")
_USES = ("shop", "amenity", "office", "craft", "healthcare", "leisure", "tourism", "club")
#: Former amenities in which nothing could be opened.
_FURNITURE = frozenset(
    [
        "atm",
        "bench",
        "bicycle_parking",
        "car_wash",
        "clock",
        "drinking_water",
        "fountain",
        "fuel",
        "grit_bin",
        "parking",
        "parking_entrance",
        "parking_space",
        "post_box",
        "recycling",
        "shelter",
        "telephone",
        "toilets",
        "vending_machine",
        "waste_basket",
        "waste_disposal",
    ]
)
_FORMER_AREAS = frozenset({"industrial", "commercial", "retail", "railway", "quarry", "military"})


def sites_from_features(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find brownfields, vacant shops and empty buildings, each once.

    A feature that is in use again (a ``shop`` beside ``disused:shop``) is no vacancy.

    Parameters
    ----------
    features
        ``osm_id``, ``tags`` (dict), ``last_edit`` (UTC or NaT), geometry in the metric CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        Table ``sites`` of :mod:`kudequa_geo.schema` without the snapped columns, ordered by kind and OSM
        id: ``status`` is the tag that made it a site; ``area_m2`` NaN for a point; ``source_date`` (ISO)
        missing where the last edit is unknown.
    """
    features = features.iloc[osm_order(features["osm_id"])].reset_index(drop=True)
    # A line is an area that the extract has cut off; its place and size are not known.
    features = features[~features.geom_type.isin(["LineString", "MultiLineString"])].reset_index(drop=True)
    reasons = [site_tag(tags) for tags in features["tags"]]
    rows: list[dict[str, Any]] = []
    for kind in (SiteKind.BROWNFIELD, SiteKind.VACANCY):
        found = [row for row, reason in enumerate(reasons) if reason and reason[0] is kind]
        shapes = features.geometry.to_numpy()[found]
        tags = features["tags"].to_numpy()[found]
        # Vacancies carry no name that tells them apart; only one inside the other is the same.
        for cluster in clusters(shapes, tags, 0.0, keep="area"):
            row = found[cluster.kept]
            rows.append(_site(features, row, *(reasons[row] or (kind, ""))))
    return _table(rows, features.crs)


def site_tag(tags: Mapping[str, str]) -> tuple[SiteKind, str] | None:
    """Return what kind of site a feature is and the tag that says so; None = no site."""
    if tags.get("landuse") == "brownfield":
        return SiteKind.BROWNFIELD, "landuse=brownfield"
    for lifecycle in _LIFECYCLES:
        key = f"{lifecycle}:landuse"
        if tags.get(key) in _FORMER_AREAS and "landuse" not in tags:
            return SiteKind.BROWNFIELD, f"{key}={tags[key]}"
    status = _vacancy(tags)
    return (SiteKind.VACANCY, status) if status else None


def _vacancy(tags: Mapping[str, str]) -> str:
    if tags.get("shop") == "vacant":
        return "shop=vacant"
    empty = [
        f"{key}=yes"
        for key in ("vacant", "disused", "abandoned", "building:vacant")
        if tags.get(key) == "yes"
    ]
    if empty and ("building" in tags or any(use in tags for use in ("shop", "office", "craft"))):
        return empty[0]
    if any(use in tags for use in _USES):
        return ""
    for lifecycle in _LIFECYCLES:
        for use in (*_USES, "building"):
            key = f"{lifecycle}:{use}"
            if (
                key in tags
                and tags[key] not in _FURNITURE | {"no"}
                and not (use == "building" and "building" in tags)
            ):
                return f"{key}={tags[key]}"
    return ""


def _site(features: gpd.GeoDataFrame, row: int, kind: SiteKind, status: str) -> dict[str, Any]:
    tags = features["tags"].iloc[row]
    shape = features.geometry.iloc[row]
    edited = features["last_edit"].iloc[row]
    area = float(shapely.area(shape))
    names = ("name", "old_name", "disused:name", "was:name", "abandoned:name")
    return {
        "site_id": features["osm_id"].iloc[row],
        "kind": kind.value,
        "name": next((tags[key] for key in names if tags.get(key)), None),
        "area_m2": area or np.nan,
        "area_approximate": False,
        "status": status,
        "source": tags.get("kudequa:source", OSM_SOURCE),
        "source_date": None if pd.isna(edited) else edited.date().isoformat(),
        "modelled": is_modelled(tags),
        "geometry": shape,
    }


_TEXTS = ("site_id", "kind", "name", "status", "source", "source_date")
_COLUMNS = [*_TEXTS, "area_m2", "area_approximate", "modelled", "geometry"]


def _table(rows: list[dict[str, Any]], crs: Any) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(rows, columns=_COLUMNS).astype(
        {**dict.fromkeys(_TEXTS, "str"), "area_m2": "float64", "area_approximate": "bool", "modelled": "bool"}
    )
    shapes = gpd.GeoSeries(list(frame["geometry"]), crs=crs)
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes)
