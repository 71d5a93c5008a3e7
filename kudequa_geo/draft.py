"""The first version of a municipality's file, drafted out of an OSM extract alone."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from kudequa_geo.constants import MARGIN_M, WGS84
from kudequa_geo.errors import ConfigError, msg
from kudequa_geo.progress import Progress, silent
from kudequa_geo.sources.osm import OsmExtract, read_osm

#: Levels of a German municipality's own boundary, and of its districts from coarse to fine.
#: Source: https://wiki.openstreetmap.org/wiki/Tag:boundary%3Dadministrative#Country_specific_values
_CITY_LEVELS = ("6", "7", "8")
_DISTRICT_LEVELS = ("9", "10", "11")
#: The boundary is taken as the area only if the extract's data cover at least this share of it.
_COVERED_MIN = 0.5
_DISTRICTS_MIN = 2
_NAME_MAX = 120
#: A name is taken as meant from this likeness on; 1 = equal.
_LIKENESS_MIN = 0.85
_SMALLEST_DEG = 0.0001


@dataclass(frozen=True)
class _Found:
    """What the extract offers: lines of TOML and the reason beside them."""

    area: str
    area_reason: str
    crs: str
    level: str | None


def draft_municipality(
    name: str, osm: Path, *, population: float | None = None, progress: Progress = silent
) -> str:
    """Return the text of a municipality's TOML file with sensible defaults.

    The area is the city's boundary where the extract holds it whole and covers at least half of it, else the
    box of the data. Districts are the finest of the levels 9 to 11 with at least two whole boundaries in it.

    Parameters
    ----------
    name
        Name of the municipality; quotes, line breaks and the like are kept as text.
    osm
        OSM extract; written into the file as an absolute path.
    population
        Residents of the area; None = not known.
    progress
        Told how far the work is.

    Raises
    ------
    ConfigError
        The name is empty or longer than 120 characters, or the population is not positive.
    MissingInputError, SourceError
        The extract cannot be read.
    """
    shown = name.strip()
    if not shown or len(shown) > _NAME_MAX:
        raise ConfigError(
            msg("Der Name der Gemeinde muss 1 bis {most} Zeichen lang sein."),
            where="--name",
            remedy=msg("Bitte einen kürzeren Namen angeben."),
            most=_NAME_MAX,
        )
    if population is not None and not (math.isfinite(population) and population > 0):
        raise ConfigError(
            msg("Die Einwohnerzahl muss größer als 0 sein."),
            where="--population",
            remedy=msg("Bitte die Einwohnerzahl des Gebiets angeben."),
        )
    extract = read_osm(osm, progress=progress)
    return _text(shown, osm.resolve(), population, _look(shown, extract))


def _look(name: str, extract: OsmExtract) -> _Found:
    west, south, east, north = extract.bounds_wgs84
    # A box needs an extent, even of a single street that runs straight north.
    pad = 0.0 if east - west > _SMALLEST_DEG and north - south > _SMALLEST_DEG else _SMALLEST_DEG
    box = shapely.box(west - pad, south - pad, east + pad, north + pad)
    crs = _metric_crs(box)
    boundaries = extract.boundaries.to_crs(crs)
    data = gpd.GeoSeries([box], crs=WGS84).to_crs(crs).iloc[0]
    city = _city(name, boundaries, data)
    if city is None:
        sides = ", ".join(f"{side:.6f}" for side in box.bounds)
        reason = "Die Stadtgrenze ist im Auszug nicht vollständig oder ragt weit über ihn hinaus."
        return _Found(f"bbox = [{sides}]", reason, crs, _district_level(boundaries, data))
    reason = f"Grenze im Auszug: {_comment(str(city['name']))}, Ebene {_comment(str(city['admin_level']))}."
    level = _district_level(boundaries, city.geometry)
    return _Found(f"osm_relation = {city['osm_id']}", reason, crs, level)


def _metric_crs(box: BaseGeometry) -> str:
    """Return the UTM zone of the box's middle: on ETRS89 in Europe, else on WGS84."""
    lon, lat = box.centroid.x, box.centroid.y
    zone = min(int((lon + 180) // 6) + 1, 60)
    if 28 <= zone <= 38 and lat > 34:
        return f"EPSG:{25800 + zone}"
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def _city(name: str, boundaries: gpd.GeoDataFrame, data: BaseGeometry) -> pd.Series | None:
    """Return the municipality's own boundary: the one of that name, the most like it first."""
    own = boundaries[
        (boundaries["boundary"] == "administrative")
        & boundaries["admin_level"].isin(_CITY_LEVELS)
        & boundaries["name"].notna()
    ]
    if not len(own):
        return None
    wanted = name.casefold()
    likeness = own["name"].map(lambda each: difflib.SequenceMatcher(None, wanted, each.casefold()).ratio())
    covered = own.geometry.intersection(data).area / own.geometry.area
    usable = own.assign(likeness=likeness)[(likeness >= _LIKENESS_MIN) & (covered >= _COVERED_MIN)]
    if not len(usable):
        return None
    # Of a city that is its own county the municipality's level (8) comes before the county's (6).
    ordered = usable.sort_values(["likeness", "admin_level"], ascending=False, kind="stable")
    found: pd.Series = ordered.iloc[0]
    return found


def _district_level(boundaries: gpd.GeoDataFrame, area: BaseGeometry) -> str | None:
    """Return the finest level with at least two whole districts in the area."""
    kinds = boundaries["boundary"].isin(["administrative", "census"])
    inside = boundaries.geometry.intersection(area).area > 0.5 * boundaries.geometry.area
    levels = boundaries.loc[kinds & inside, "admin_level"].value_counts()
    fitting = [level for level in _DISTRICT_LEVELS if levels.get(level, 0) >= _DISTRICTS_MIN]
    return fitting[-1] if fitting else None


def _text(name: str, osm: Path, population: float | None, found: _Found) -> str:
    lines = [
        "# Einrichtung einer Gemeinde für KuDeQua Geo, entworfen aus einem OSM-Auszug.",
        "# Pfade gelten ab dem Ordner dieser Datei. Alle Schlüssel erklärt docs/daten.md.",
        "",
        f"name = {toml_string(name)}",
        "# Koordinatensystem in Metern, in dem gerechnet wird.",
        f"crs = {toml_string(found.crs)}",
        "# So weit über das Gebiet hinaus werden Wege und Orte gelesen (Meter).",
        f"margin_m = {MARGIN_M.value:g}",
        "",
        "[osm]",
        f"file = {toml_string(osm.as_posix())}",
        'licence = "ODbL 1.0"',
        'attribution = "© OpenStreetMap contributors"',
        "",
        f"# {found.area_reason}",
        "[area]",
        found.area,
        "",
    ]
    if found.level is None:
        lines += [
            "# Der Auszug enthält keine vollständigen Bezirke. Mit einer Bezirksdatei:",
            "# [districts]",
        ]
        lines += ['# file = "bezirke.geojson"', '# id_column = "nummer"', '# name_column = "name"']
    else:
        lines += ["# Bezirke: vollständige Grenzen dieser Ebene im Auszug.", "[districts]"]
        lines += [f"osm_admin_level = {found.level}"]
    lines.append("")
    if population is None:
        lines += ["# Ohne Einwohnerzahl wird sie aus der Wohnfläche geschätzt. Mit einer Zahl:"]
        lines += ["# [population]", "# total = 97000"]
    else:
        lines += ["# Einwohner des Gebiets, verteilt auf seine Wohngebäude.", "[population]"]
        lines += [f"total = {population:.10g}"]
    return "\n".join(lines) + "\n"


def toml_string(text: str) -> str:
    """Return a text as a TOML basic string, whatever characters it holds.

    Source: https://toml.io/en/v1.0.0#string
    """
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"\\u{code:04x}"
    # A lone surrogate (a name from a damaged command line) is no Unicode character and would not be TOML.
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else character


def _comment(text: str) -> str:
    """Return a text that stays within one comment line."""
    return "".join(character for character in text if character.isprintable())[:_NAME_MAX]
