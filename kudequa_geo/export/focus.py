"""What a sheet is about: the area, a district, a site, a gap, or a piece of the map."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kudequa_geo.constants import WGS84
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.paper import Bounds
from kudequa_geo.export.question import Question
from kudequa_geo.schema import SITE_LABELS, SiteKind

#: Least ground around a point or a small area, in metres: the reader must find it again.
_AROUND_M = 450.0
_MARGIN = 0.04


class Scope(StrEnum):
    """Kinds of subject."""

    AREA = "area"
    DISTRICT = "district"
    SITE = "site"
    GAP = "gap"
    EXTENT = "extent"


@dataclass(frozen=True, eq=False)
class Focus:
    """The subject of a sheet.

    Attributes
    ----------
    scope, key, name
        What it is, its identifier, its name for people.
    bounds
        Ground that must be on the sheet, metres.
    shape
        Its outline in the metric CRS; None = nothing to outline.
    rows
        True for the buildings its figures count; None = those on the sheet.
    """

    scope: Scope
    key: str
    name: str
    bounds: Bounds
    shape: shapely.Geometry | None = None
    rows: NDArray[np.bool_] | None = None


def _around(bounds: Any, least_m: float = 0.0) -> Bounds:
    minx, miny, maxx, maxy = (float(value) for value in bounds)
    more = max(
        _MARGIN * max(maxx - minx, maxy - miny), (least_m - (maxx - minx)) / 2, (least_m - (maxy - miny)) / 2
    )
    return (minx - more, miny - more, maxx + more, maxy + more)


def area_focus(edition: Edition) -> Focus:
    """Return the whole study area."""
    study = edition.study
    everyone = np.ones(len(study.tables["buildings"]), dtype=bool)
    return Focus(Scope.AREA, "", study.config.name, _around(edition.bounds), edition.outline, everyone)


def district_focus(edition: Edition, wanted: str) -> Focus:
    """Return a district by its id or its name.

    Raises
    ------
    ConfigError
        There is none, naming those there are.
    """
    districts = edition.study.tables["districts"]
    named = districts["name"].str.casefold() == wanted.casefold()
    found = np.flatnonzero((districts["district_id"] == wanted) | named)
    if not len(found):
        raise ConfigError(
            msg("Den Bezirk „{wanted}“ gibt es nicht; vorhanden: {known}."),
            wanted=wanted,
            known=", ".join(sorted(districts["name"])) or "–",
        )
    row = districts.iloc[int(found[0])]
    rows = (edition.study.tables["buildings"]["district_id"] == row["district_id"]).to_numpy(bool)
    return Focus(
        Scope.DISTRICT,
        row["district_id"],
        row["name"],
        _around(row.geometry.bounds, _AROUND_M),
        row.geometry,
        rows,
    )


def site_focus(edition: Edition, wanted: str) -> Focus:
    """Return a site by its id or its name, with the ground around it; raises as :func:`district_focus`."""
    sites = edition.study.tables["sites"]
    found = np.flatnonzero((sites["site_id"] == wanted) | (sites["name"].str.casefold() == wanted.casefold()))
    if not len(found):
        raise ConfigError(
            msg("Die Fläche „{wanted}“ gibt es nicht; vorhanden: {known}."),
            wanted=wanted,
            known=", ".join(sites["site_id"].head(20)) or "–",
        )
    row = sites.iloc[int(found[0])]
    name = row["name"] if isinstance(row["name"], str) else edition.say(SITE_LABELS[SiteKind(row["kind"])])
    return Focus(Scope.SITE, row["site_id"], name, _around(row.geometry.bounds, 4 * _AROUND_M), row.geometry)


def extent_focus(edition: Edition, degrees: Bounds) -> Focus:
    """Return a piece of the map given as west, south, east, north in degrees (WGS84).

    Raises
    ------
    ConfigError
        It is empty or no part of the Earth.
    """
    west, south, east, north = degrees
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        raise ConfigError(
            msg("Der Ausschnitt ist leer oder vertauscht."),
            remedy=msg("Erwartet wird West,Süd,Ost,Nord in Grad."),
        )
    import geopandas as gpd

    box = gpd.GeoSeries([shapely.box(*degrees)], crs=WGS84).to_crs(edition.study.config.crs).total_bounds
    name = edition.say(msg("Ausschnitt {name}")).format(name=edition.study.config.name)
    return Focus(Scope.EXTENT, "", name, tuple(float(value) for value in box))  # type: ignore[arg-type]


def gap_focus(edition: Edition, question: Question, rank: int) -> Focus:
    """Return a gap area by its rank, the largest first; raises as :func:`district_focus`."""
    # Most sheets show no gap, and finding them needs a large library.
    from kudequa_geo.results.gaps import found_areas
    from kudequa_geo.results.naming import gap_names

    gaps = found_areas(edition.study, question.kind.key, question.person.key, question.own_limit)
    if not 1 <= rank <= len(gaps.areas):
        raise ConfigError(
            msg("Eine Lücke Nr. {rank} gibt es nicht; gefunden wurden {count}."),
            rank=rank,
            count=len(gaps.areas),
        )
    row, name = gaps.areas.iloc[rank - 1], gap_names(edition.study, gaps, edition.say)[rank - 1]
    return Focus(
        Scope.GAP,
        row["area_id"],
        edition.say(msg("Lücke {rank}: {name}")).format(rank=rank, name=name),
        _around(row.geometry.bounds, 2 * _AROUND_M),
        row.geometry,
        gaps.member == rank - 1,
    )
