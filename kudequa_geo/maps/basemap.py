"""The quiet ground of every map, and the buildings to colour, written once as vector tiles.

Three PMTiles files, each with one layer named after it: ``ground`` (water, green, main roads, rails,
district lines and names; every zoom), ``detail`` (streets, paths, other buildings; from zoom 12) and
``buildings`` (residential buildings with the row of the table ``buildings``). Nothing is fetched.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from kudequa_geo.constants import WGS84
from kudequa_geo.errors import StoreError, msg
from kudequa_geo.schema import Obstacle


@dataclass(frozen=True, slots=True)
class TileSet:
    """One PMTiles file: its layer and zoom range."""

    name: str
    min_zoom: int
    max_zoom: int

    @property
    def file_name(self) -> str:
        """Name of the file in the municipality's folder."""
        return f"{self.name}.pmtiles"


GROUND = TileSet("ground", 8, 14)
DETAIL = TileSet("detail", 12, 14)
BUILDINGS = TileSet("buildings", 9, 14)
TILE_SETS = (GROUND, DETAIL, BUILDINGS)

#: Tags of the areas drawn, most specific first.
_AREAS: dict[str, dict[str, frozenset[str]]] = {
    "water": {
        "natural": frozenset({"water", "bay"}),
        "waterway": frozenset({"riverbank", "dock"}),
        "landuse": frozenset({"reservoir", "basin"}),
    },
    "green": {
        "landuse": frozenset(
            {"forest", "grass", "meadow", "orchard", "vineyard", "allotments", "cemetery", "village_green"}
            | {"recreation_ground", "plant_nursery"}
        ),
        "natural": frozenset({"wood", "scrub", "grassland", "heath", "wetland"}),
        "leisure": frozenset({"park", "garden", "golf_course", "nature_reserve", "pitch", "playground"}),
    },
    "built": {"landuse": frozenset({"residential", "industrial", "commercial", "retail", "railway"})},
}
_WATERWAYS = frozenset({"river", "canal", "stream"})
_RAILS = frozenset({"rail", "light_rail", "tram", "subway", "narrow_gauge"})
#: Class in which a value of ``highway`` is drawn.
ROADS: dict[str, str] = {
    **dict.fromkeys(("motorway", "trunk"), "motorway"),
    **dict.fromkeys(("primary", "secondary", "tertiary"), "major"),
    **dict.fromkeys(
        ("residential", "unclassified", "living_street", "pedestrian", "road", "service"), "minor"
    ),
    **dict.fromkeys(("footway", "path", "steps", "cycleway", "track", "bridleway"), "path"),
}


def write(folder: Path, features: gpd.GeoDataFrame, tables: dict[str, Any]) -> None:
    """Write the three tile files into a folder.

    Parameters
    ----------
    folder
        Where to; files of these names are replaced.
    features
        OSM features with ``tags`` (dict) and geometry in the metric CRS.
    tables
        The prepared tables ``edges``, ``buildings``, ``districts`` and ``obstacles``.

    Raises
    ------
    StoreError
        A file cannot be written.
    """
    roads = _roads(tables["edges"])
    main = roads["kind"].isin(["motorway", "major"])
    others = _other_buildings(features, tables["buildings"])
    districts = tables["districts"]
    motorways = _motorways(tables["obstacles"])
    ground = [_areas(features), _lines(features), roads[main], motorways, _districts(districts)]
    detail = [roads[~main], others]
    crs = tables["edges"].crs
    _write(folder / GROUND.file_name, _stack(ground, crs), GROUND)
    _write(folder / DETAIL.file_name, _stack(detail, crs), DETAIL)
    buildings = gpd.GeoDataFrame(
        {"row": np.arange(len(tables["buildings"]), dtype=np.int32)},
        geometry=tables["buildings"].geometry.to_numpy(),
        crs=crs,
    )
    _write(folder / BUILDINGS.file_name, buildings, BUILDINGS)


def _frame(kind: Any, geometry: Any, name: Any = None, rank: Any = 0) -> pd.DataFrame:
    return pd.DataFrame({"kind": kind, "name": name, "rank": rank, "geometry": geometry})


def _stack(parts: list[pd.DataFrame], crs: Any) -> gpd.GeoDataFrame:
    filled = [part.astype({"name": "object"}) for part in parts if len(part)]
    empty = _frame(pd.Series(dtype="str"), []).astype({"name": "object"})
    stacked = pd.concat(filled or [empty], ignore_index=True)
    return gpd.GeoDataFrame(stacked.astype({"rank": "int32"}), geometry="geometry", crs=crs)


def _picked(
    features: gpd.GeoDataFrame, dimension: int, kind_of: Callable[[dict[str, str]], str | None]
) -> pd.DataFrame:
    """Return the features of a dimension (1 lines, 2 areas) whose tags have a kind."""
    geometry = features.geometry.to_numpy()
    fits = shapely.get_dimensions(geometry) == dimension
    tags = features["tags"].to_numpy()[fits]
    kinds = np.array([kind_of(each) for each in tags], dtype=object)
    kept = np.array([kind is not None for kind in kinds], dtype=bool)
    names = [each.get("name") for each in tags[kept]]
    return _frame(kinds[kept], geometry[fits][kept], names)


def _areas(features: gpd.GeoDataFrame) -> pd.DataFrame:
    def kind_of(tags: dict[str, str]) -> str | None:
        for kind, wanted in _AREAS.items():
            if any(tags.get(key) in values for key, values in wanted.items()):
                return kind
        return None

    return _picked(features, 2, kind_of)


def _lines(features: gpd.GeoDataFrame) -> pd.DataFrame:
    def kind_of(tags: dict[str, str]) -> str | None:
        if tags.get("waterway") in _WATERWAYS and tags.get("tunnel") in (None, "no"):
            return "waterway"
        if tags.get("railway") in _RAILS and tags.get("tunnel") in (None, "no"):
            return "rail"
        return None

    return _picked(features, 1, kind_of)


def _roads(edges: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return streets as long lines per kind and name, so that a name fits along them."""
    classes = edges["highway"].str.removesuffix("_link").map(ROADS)
    frame = _frame(classes.to_numpy(), edges.geometry.to_numpy(), edges["name"].to_numpy())
    frame = frame[classes.notna().to_numpy() & ~edges["tunnel"].to_numpy(bool)]
    groups = frame.groupby(["kind", "name"], dropna=False, sort=True)["geometry"]
    merged = groups.agg(lambda lines: shapely.line_merge(shapely.multilinestrings(lines.to_numpy())))
    joined = merged.reset_index()
    return _frame(joined["kind"].to_numpy(), joined["geometry"].to_numpy(), joined["name"].to_numpy())


def _motorways(obstacles: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the roads nobody walks on: they are no edges, but everybody looks for them on a map."""
    lines = obstacles.geometry[obstacles["kind"] == Obstacle.MOTORWAY].to_numpy()
    return _frame("motorway", lines[shapely.get_dimensions(lines) == 1])


def _other_buildings(features: gpd.GeoDataFrame, residential: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the buildings nobody lives in: they belong to the ground."""
    others = _picked(features, 2, lambda tags: None if tags.get("building", "no") == "no" else "building")
    tree = shapely.STRtree(residential.geometry.to_numpy())
    points = shapely.point_on_surface(others["geometry"].to_numpy())
    inside = np.unique(tree.query(points, predicate="intersects")[0])
    return others.drop(index=others.index[inside]).assign(name=None)


def _districts(districts: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the district lines, each border once, and a point with the name of each."""
    if districts.empty:
        return _frame(pd.Series(dtype="str"), [])
    geometry = districts.geometry.to_numpy()
    lines = shapely.get_parts(shapely.union_all(shapely.boundary(geometry)))
    rank = districts["area_ha"].rank(ascending=False).to_numpy(np.int32)
    names = _frame("quarter", shapely.point_on_surface(geometry), districts["name"].to_numpy(), rank)
    return pd.concat([_frame("district", lines).astype({"name": "object"}), names], ignore_index=True)


def _write(path: Path, frame: gpd.GeoDataFrame, tiles: TileSet) -> None:
    # A tile may be large: a whole city lies in one at the far zooms, and losing buildings there is worse.
    options: dict[str, float] = {"MINZOOM": tiles.min_zoom, "MAXZOOM": tiles.max_zoom, "MAX_SIZE": 4_000_000}
    options |= {
        "MAX_FEATURES": 2_000_000,
        "SIMPLIFICATION": 1.0,
        "SIMPLIFICATION_MAX_ZOOM": 0.5,
        "BUFFER": 32,
    }
    try:
        with warnings.catch_warnings():
            # Far out a tiny area may collapse to a line; the driver drops it there and says so.
            warnings.filterwarnings("ignore", category=RuntimeWarning, module="pyogrio")
            pyogrio.write_dataframe(
                frame.to_crs(WGS84),
                path,
                layer=tiles.name,
                driver="PMTiles",
                geometry_type="Unknown",
                **{key: str(value) for key, value in options.items()},
            )
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise StoreError(
            msg("Die Kartenkacheln konnten nicht geschrieben werden: {reason}"),
            where=str(path),
            remedy=msg("Bitte freien Speicherplatz und Schreibrechte prüfen."),
            reason=str(error),
        ) from error


def missing(folder: Path) -> Iterable[str]:
    """Return the names of the tile files that a folder lacks."""
    return [tiles.file_name for tiles in TILE_SETS if not (folder / tiles.file_name).is_file()]
