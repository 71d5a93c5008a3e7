"""The quiet grey ground of a printed map: only what the extent shows, in the colours of the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from matplotlib.axes import Axes

from kudequa_geo.errors import MissingInputError, StoreError, msg
from kudequa_geo.export import shapes
from kudequa_geo.export.canvas import PT_PER_MM
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.paper import Bounds
from kudequa_geo.maps import basemap, palette

#: Real width in metres, least and greatest width on paper in millimetres.
_ROAD_WIDTHS = {
    "path": (2.0, 0.10, 0.5),
    "minor": (7.0, 0.22, 1.6),
    "major": (12.0, 0.40, 2.2),
    "motorway": (18.0, 0.55, 2.6),
}
_CASING_MM = 0.12
#: Scales (denominators) up to which details are drawn.
_FOOTPRINTS, _PATHS, _CASED, _MINOR = 30_000, 20_000, 25_000, 60_000
#: Simplification on paper: finer than a printer's dot.
_FINE_MM = 0.04
_AREA_KINDS = ("built", "green", "water")


def require_tiles(folder: Path) -> None:
    """Refuse a municipality whose tiles have not been prepared.

    Raises
    ------
    MissingInputError
        Naming the files that are missing.
    """
    lacking = list(basemap.missing(folder))
    if lacking:
        raise MissingInputError(
            msg("Die Kartenkacheln fehlen: {files}"),
            where=str(folder),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            files=", ".join(lacking),
            key=folder.name,
        )


def read_tiles(folder: Path, tiles: basemap.TileSet, bounds: Bounds, crs: str) -> gpd.GeoDataFrame:
    """Return what the tiles of a municipality hold in an extent.

    Parameters
    ----------
    folder
        The municipality's folder.
    tiles
        Which set.
    bounds
        Extent in metres of ``crs``.
    crs
        The metric CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        ``kind``, ``name``, ``rank`` and geometry in ``crs``, cut at the borders of tiles.

    Raises
    ------
    MissingInputError, StoreError
        The tiles have not been prepared, or are damaged.
    """
    path = folder / tiles.file_name
    require_tiles(folder)
    box = pyproj.Transformer.from_crs(crs, 3857, always_xy=True).transform_bounds(*bounds)
    try:
        frame = pyogrio.read_dataframe(path, bbox=box, columns=["kind", "name", "rank"])
    except (OSError, ValueError, pyogrio.errors.DataSourceError) as error:
        raise StoreError(
            msg("Die Kartenkacheln sind beschädigt: {reason}"),
            where=str(path),
            remedy=msg("Bitte „python -m kudequa_geo prepare --municipality {key}“ ausführen."),
            key=folder.name,
            reason=str(error).splitlines()[0],
        ) from error
    return frame.to_crs(crs)


def draw_ground(axes: Axes, edition: Edition, bounds: Bounds, scale: int) -> gpd.GeoDataFrame:
    """Draw areas, waters, other buildings, rails, streets and district lines.

    Parameters
    ----------
    axes
        Axes of the extent.
    edition
        The municipality.
    bounds
        The extent, metres.
    scale
        Denominator of the scale.

    Returns
    -------
    geopandas.GeoDataFrame
        The streets drawn, with ``kind`` (class of street) and ``name``, for their labels.
    """
    colours = palette.GROUND
    ground = read_tiles(edition.folder, basemap.GROUND, bounds, edition.study.config.crs)
    fine = _FINE_MM * scale / 1000
    for order, kind in enumerate(_AREA_KINDS):
        # The pieces of neighbouring tiles overlap; joined, no seam is seen.
        whole = shapely.union_all(_polygons(ground, kind))
        shapes.fill(axes, shapely.simplify(whole, fine), facecolor=colours[kind], zorder=1 + 0.1 * order)
    lines = ground[ground["kind"] == "waterway"].geometry.to_numpy()
    shapes.stroke(axes, lines, edgecolor=colours["water"], linewidth=_width(6.0, 0.3, 1.5, scale), zorder=1.3)
    if scale <= _FOOTPRINTS:
        detail = read_tiles(edition.folder, basemap.DETAIL, bounds, edition.study.config.crs)
        footprints = shapely.simplify(_polygons(detail, "building"), fine)
        shapes.fill(axes, footprints, facecolor=colours["building"], zorder=1.6)
    roads = streets(edition.study.tables["edges"], bounds)
    _draw_roads(axes, roads, scale, fine)
    rails = ground[ground["kind"] == "rail"].geometry.to_numpy()
    shapes.stroke(axes, rails, edgecolor=colours["rail"], linewidth=_width(3.0, 0.18, 0.5, scale), zorder=2.4)
    _draw_borders(axes, edition.study.tables["districts"], bounds, fine)
    return roads


def streets(edges: gpd.GeoDataFrame, bounds: Bounds) -> gpd.GeoDataFrame:
    """Return the streets and paths in an extent, without tunnels, with their class as ``kind``."""
    rows = shapes.inside(edges.geometry.to_numpy(), bounds)
    near = edges.iloc[rows]
    kinds = near["highway"].str.removesuffix("_link").map(basemap.ROADS)
    kept = (kinds.notna() & ~near["tunnel"].astype(bool)).to_numpy()
    frame = pd.DataFrame({"kind": kinds.to_numpy()[kept], "name": near["name"].to_numpy()[kept]})
    return gpd.GeoDataFrame(frame, geometry=near.geometry.to_numpy()[kept], crs=edges.crs)


def _polygons(frame: gpd.GeoDataFrame, kind: str) -> Any:
    found = frame[frame["kind"] == kind].geometry.to_numpy()
    return shapely.make_valid(found[shapely.get_dimensions(found) == 2])


def _width(metres: float, least_mm: float, most_mm: float, scale: int) -> float:
    """Return the line width in points of something so wide in reality."""
    return float(np.clip(metres * 1000 / scale, least_mm, most_mm)) * PT_PER_MM


def _draw_roads(axes: Axes, roads: gpd.GeoDataFrame, scale: int, fine: float) -> None:
    colours = palette.GROUND
    lines = {kind: group.geometry.to_numpy() for kind, group in roads.groupby("kind")}
    for order, (kind, (metres, least, most)) in enumerate(_ROAD_WIDTHS.items()):
        if kind not in lines or scale > {"path": _PATHS, "minor": _MINOR}.get(kind, scale):
            continue
        line = shapely.simplify(lines[kind], fine)
        width = _width(metres, least, most, scale)
        if kind == "path":
            shapes.stroke(axes, line, edgecolor=colours["path"], linewidth=width, zorder=1.8)
            continue
        cased = scale <= _CASED
        casing = width + (2 * _CASING_MM * PT_PER_MM if cased else 0)
        shapes.stroke(axes, line, edgecolor=colours["casing"], linewidth=casing, zorder=1.9 + 0.01 * order)
        if cased:
            shapes.stroke(axes, line, edgecolor=colours[kind], linewidth=width, zorder=2.0 + 0.01 * order)


def _draw_borders(axes: Axes, districts: gpd.GeoDataFrame, bounds: Bounds, fine: float) -> None:
    rows = shapes.inside(districts.geometry.to_numpy(), bounds)
    if not len(rows):
        return
    borders = shapely.boundary(shapely.simplify(districts.geometry.to_numpy()[rows], fine))
    shapes.stroke(
        axes,
        shapely.union_all(borders),
        edgecolor=palette.GROUND["label"],
        linewidth=0.25 * PT_PER_MM,
        linestyle=(0, (5, 3)),
        alpha=0.6,
        zorder=2.6,
    )
