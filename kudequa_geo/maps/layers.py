"""The layers of the access map: ground, coloured buildings, places, walk, district, legend.

Each is a small folium element whose settings travel as JSON to ``static/kudequa/map.js``; texts come
translated from the caller and enter the page as text, never as HTML.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from branca.element import MacroElement
from numpy.typing import NDArray

from kudequa_geo.constants import Field
from kudequa_geo.maps import palette
from kudequa_geo.maps.basemap import BUILDINGS, DETAIL, GROUND, TileSet
from kudequa_geo.maps.element import Layer, Part
from kudequa_geo.maps.outline import outlines
from kudequa_geo.maps.palette import Classes, Code, Symbol
from kudequa_geo.maps.projection import DIGITS, lat_lon, to_degrees
from kudequa_geo.maps.raster import Raster, picture
from kudequa_geo.schema import SiteKind

Bounds = tuple[float, float, float, float]
#: So many ranks of gap areas are written on the map; more would hide it.
_RANKS_SHOWN = 20
#: How far a drawn outline of an area may leave the true one, in metres.
_TOLERANCE_M = 5.0


def _tile_sources(urls: Mapping[str, str], *sets: TileSet) -> dict[str, dict[str, Any]]:
    return {tiles.name: {"url": urls[tiles.name], "maxZoom": tiles.max_zoom} for tiles in sets}


def ground(urls: Mapping[str, str]) -> MacroElement:
    """Return the quiet base map with its labels.

    Parameters
    ----------
    urls
        Name of each tile set of :mod:`kudequa_geo.maps.basemap` -> address in the browser.
    """
    return Part("ground", {"sources": _tile_sources(urls, GROUND, DETAIL), "colours": palette.GROUND})


def building_tiles(urls: Mapping[str, str]) -> MacroElement:
    """Return the residential buildings, invisible until :func:`colours` is added."""
    return Part("buildings", {"sources": _tile_sources(urls, BUILDINGS), "style": _style()})


def _style() -> dict[str, Any]:
    return {
        "outline": palette.OUTLINE,
        "hatched": int(Code.NOT_CONNECTED),
        "hatch": palette.HATCH,
        "hatchGround": palette.HATCH_GROUND,
    }


#: Colour of each code; the hatched one is drawn from the style.
CODE_COLOURS = (*palette.SEQUENTIAL, palette.HATCH_GROUND, palette.NO_DATA)


def colours(codes: NDArray[np.uint8], fills: Sequence[str] = CODE_COLOURS) -> MacroElement:
    """Return the colours of the buildings: one byte per row of the table ``buildings``.

    Parameters
    ----------
    codes
        Position of each building's colour in ``fills``.
    fills
        Colours; the one at ``Code.NOT_CONNECTED`` is hatched.
    """
    packed = base64.b64encode(codes.tobytes()).decode("ascii")
    key = hashlib.sha256(codes.tobytes() + "".join(fills).encode()).hexdigest()[:12]
    return Layer("Colours", {"codes": packed, "key": key, "colours": list(fills)})


def places(frame: gpd.GeoDataFrame, names: Sequence[str], crs: str, *, from_zoom: int = 0) -> MacroElement:
    """Return places with the shape of their field; the name shows on hover.

    Parameters
    ----------
    frame
        Rows of the table ``places``: ``field`` and a point geometry.
    names
        What to show for each row, as plain text.
    crs
        The metric CRS of the points.
    from_zoom
        Farther out they are not drawn.
    """
    points = to_degrees(shapely.get_coordinates(frame.geometry.to_numpy()), crs)
    fields = list(palette.FIELD_SYMBOLS)
    rows = [
        [round(lat, DIGITS), round(lon, DIGITS), fields.index(Field(field)), name]
        for (lon, lat), field, name in zip(points.tolist(), frame["field"], names, strict=True)
    ]
    symbols = [_symbol(palette.FIELD_SYMBOLS[field]) for field in fields]
    settings = {"places": rows, "symbols": symbols, "casing": palette.CASING, "fromZoom": from_zoom}
    return Layer("Places", settings)


def _symbol(symbol: Symbol) -> dict[str, str]:
    return {"shape": symbol.shape, "colour": symbol.colour, "filling": symbol.filling}


def sites(frame: gpd.GeoDataFrame, names: Sequence[str], crs: str, *, chosen: str = "") -> MacroElement:
    """Return sites by the symbol of their kind; a click on one is a click on its middle.

    Parameters
    ----------
    frame
        Rows of the table ``sites``: ``site_id``, ``kind`` and geometry; areas are drawn with their outline.
    names
        What to show for each row, as plain text.
    crs
        The metric CRS.
    chosen
        ``site_id`` of the one to point out.
    """
    shapes = frame.geometry.to_numpy()
    middle = to_degrees(shapely.get_coordinates(shapely.point_on_surface(shapes)), crs)
    kinds = list(palette.SITE_SYMBOLS)
    rows = [
        [round(lat, DIGITS), round(lon, DIGITS), kinds.index(SiteKind(kind)), name, _rings(shape, crs)]
        for (lon, lat), kind, name, shape in zip(
            middle.tolist(), frame["kind"], names, shapely.simplify(shapes, 2.0), strict=True
        )
    ]
    here = np.flatnonzero((frame["site_id"] == chosen).to_numpy())
    settings = {
        "sites": rows,
        "chosen": int(here[0]) if len(here) else -1,
        "symbols": [_symbol(palette.SITE_SYMBOLS[kind]) for kind in kinds],
        "casing": palette.CASING,
        "accent": palette.ACCENT,
    }
    return Layer("Sites", settings)


def areas(shapes: Sequence[shapely.Geometry], labels: Sequence[str], crs: str) -> MacroElement:
    """Return areas around a point, the widest last, each with a label at its northern end.

    Parameters
    ----------
    shapes
        Areas in the metric CRS; empty ones are left out.
    labels
        What to write at each, as plain text.
    crs
        The metric CRS.
    """
    drawn = [
        {"rings": _rings(shapely.simplify(shape, 4.0), crs), "label": label}
        for shape, label in zip(shapes, labels, strict=True)
        if not shape.is_empty
    ]
    return Layer("Areas", {"areas": drawn, "colour": palette.AREA_LINE, "casing": palette.CASING})


def units(
    shapes: Sequence[shapely.Geometry],
    codes: NDArray[np.uint8],
    labels: Sequence[str],
    crs: str,
) -> MacroElement:
    """Return areas in the colours of their classes; the buildings step back behind them.

    Parameters
    ----------
    shapes
        Areas in the metric CRS.
    codes
        Position of each area's colour in :data:`CODE_COLOURS`.
    labels
        What shows for each on hover, as plain text.
    crs
        The metric CRS.
    """
    drawn = [
        {"rings": _rings(shapely.simplify(shape, _TOLERANCE_M), crs), "code": int(code), "label": label}
        for shape, code, label in zip(shapes, codes, labels, strict=True)
    ]
    return _units({"areas": drawn})


def cells(raster: Raster, codes: NDArray[np.uint8]) -> MacroElement:
    """Return grid cells in the colours of their classes as one picture.

    Parameters
    ----------
    raster
        Which cell each pixel shows.
    codes
        Position of each cell's colour in :data:`CODE_COLOURS`.
    """
    west, south, east, north = raster.bounds
    image = picture(raster, codes, CODE_COLOURS)
    return _units({"areas": [], "image": image, "bounds": [[south, west], [north, east]]})


def _units(settings: dict[str, Any]) -> MacroElement:
    key = hashlib.sha256(repr(settings).encode()).hexdigest()[:12]
    colours = {"colours": list(CODE_COLOURS), "outline": palette.UNIT_OUTLINE, "homes": palette.HOMES}
    return Layer("Units", {**settings, **colours, "style": _style(), "key": key})


def outline(shape: shapely.Geometry, crs: str) -> MacroElement:
    """Return the outline of the area that was chosen, in the metric CRS."""
    return walk(None, shape, None, crs, start=False)


@dataclass(frozen=True, slots=True)
class GapShape:
    """What the map draws of a gap area: its outline (:mod:`kudequa_geo.maps.outline`) and a point in it."""

    outline: str
    middle: tuple[float, float]


def gap_shapes(shapes: Sequence[shapely.Geometry], crs: str) -> list[GapShape]:
    """Return what :func:`gaps` draws of areas in the metric CRS; the same whatever is asked of them."""
    middles = shapely.get_coordinates(shapely.point_on_surface(np.array(list(shapes), dtype=object)))
    points = np.round(to_degrees(middles, crs)[:, ::-1], DIGITS).tolist() if len(middles) else []
    return [
        GapShape(outline, (lat, lon))
        for outline, (lat, lon) in zip(outlines(shapes, crs, tolerance_m=5.0), points, strict=True)
    ]


def gaps(shapes: Sequence[GapShape], labels: Sequence[str], *, chosen: int | None = None) -> MacroElement:
    """Return gap areas as outlines with their ranks; name and people show on hover.

    Parameters
    ----------
    shapes
        The areas in the order of their ranks.
    labels
        What shows for each, as plain text.
    chosen
        Position of the one to point out.
    """
    drawn = [
        {
            "outline": shape.outline,
            "label": label,
            "rank": rank if rank <= _RANKS_SHOWN or rank - 1 == chosen else 0,
            "middle": shape.middle,
            "chosen": rank - 1 == chosen,
        }
        for rank, (shape, label) in enumerate(zip(shapes, labels, strict=True), start=1)
    ]
    colours = {"colour": palette.TEXT, "accent": palette.ACCENT, "casing": palette.CASING}
    return Layer("Gaps", {"areas": drawn, **colours})


def walk(
    path: shapely.LineString | None,
    building: shapely.Geometry,
    place: shapely.Point | None,
    crs: str,
    *,
    start: bool = True,
) -> MacroElement:
    """Return the walk from a building to a place, with the beeline dotted beside it.

    Parameters
    ----------
    path
        The walk in the metric CRS, or None where there is none.
    building
        Footprint or point it starts from.
    place
        Where it ends.
    crs
        The metric CRS.
    start
        Whether its beginning is marked.
    """
    begin = shapely.point_on_surface(building)
    beeline = None if path is None or place is None else shapely.LineString([begin, place])
    settings = {
        "line": _latlng(path, crs),
        "beeline": _latlng(beeline, crs),
        "footprint": _rings(building, crs),
        "start": _latlng(begin, crs)[0] if start else None,
        "colour": palette.PATH,
        "casing": palette.CASING,
    }
    return Layer("Walk", settings)


def focus(key: str, district: shapely.Geometry | None, bounds: Bounds, crs: str) -> MacroElement:
    """Return the outline of the chosen district; the map moves there once, when ``key`` changes.

    Parameters
    ----------
    key
        Identifies the choice; empty = the whole area.
    district
        Its area in the metric CRS, or None for the whole area.
    bounds
        West, south, east, north of the choice in degrees.
    crs
        The metric CRS.
    tolerance_m
        How far the drawn outline may leave the true one, in metres.
    """
    outline: list[Any] = []
    if district is not None:
        outline = _rings(shapely.simplify(district, _TOLERANCE_M), crs)
    west, south, east, north = bounds
    settings = {"key": key, "outline": outline, "bounds": [[south, west], [north, east]]}
    return Layer("Focus", {**settings, "colour": palette.ACCENT})


def _latlng(geometry: shapely.Geometry | None, crs: str) -> list[list[float]]:
    if geometry is None or geometry.is_empty:
        return []
    return lat_lon(to_degrees(shapely.get_coordinates(geometry), crs))


def _in_degrees(shapes: Sequence[shapely.Geometry], crs: str) -> NDArray[np.object_]:
    """Project many shapes at once: one by one each costs more than its points."""
    listed = np.array(list(shapes), dtype=object)
    projected: NDArray[np.object_] = shapely.transform(listed, lambda points: to_degrees(points, crs))
    return projected


def _degree_rings(area: shapely.Geometry) -> list[list[list[list[float]]]]:
    polygons = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    return [
        [lat_lon(shapely.get_coordinates(ring)) for ring in (part.exterior, *part.interiors)]
        for part in polygons
    ]


def _rings(area: shapely.Geometry, crs: str) -> list[list[list[list[float]]]]:
    return _degree_rings(_in_degrees([area], crs)[0])


@dataclass(frozen=True, slots=True)
class LegendTexts:
    """Everything the legend says, translated and formatted.

    Attributes
    ----------
    title
        Service, person and speed.
    label
        What the legend is, for a screen reader.
    class_head, people_head
        Heads of the two columns.
    classes
        Words of the five classes, of "not connected" and of "no data".
    people
        People in each of these, formatted; empty text = left out.
    limit
        The limit in words.
    """

    title: str
    label: str
    class_head: str
    people_head: str
    classes: Sequence[str]
    people: Sequence[str]
    limit: str


def legend(
    texts: LegendTexts,
    classes: Classes | None,
    symbols: Mapping[Field, str],
    *,
    marks: Sequence[tuple[Symbol, str]] = (),
    codes: Sequence[int] = tuple(range(len(CODE_COLOURS))),
    fills: Sequence[str] = CODE_COLOURS,
) -> MacroElement:
    """Return the legend: classes in words, people in each, the limit between them, symbols of the places.

    Parameters
    ----------
    texts
        What it says.
    classes
        The class borders, for the position of the limit; None = there is none.
    symbols
        Field -> words, for the places on the map.
    marks
        Further symbols with their words.
    codes, fills
        Codes in the order of the legend, and the colours of :func:`colours`.
    """
    rows = [
        {"code": code, "colour": fills[code], "words": words, "people": people}
        for code, words, people in zip(codes, texts.classes, texts.people, strict=True)
    ]
    settings = {
        "title": texts.title,
        "label": texts.label,
        "classHead": texts.class_head,
        "peopleHead": texts.people_head,
        "rows": rows,
        "limitAfter": -1 if classes is None else classes.limit_index,
        "limit": texts.limit,
        "style": _style(),
        "symbols": [
            {**_symbol(symbol), "words": words}
            for symbol, words in (
                *((palette.FIELD_SYMBOLS[field], words) for field, words in symbols.items()),
                *marks,
            )
        ],
    }
    return Layer("Legend", settings)
