"""Houses along the streets: perimeter blocks, rows, terraces and single houses by how many people live there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from kudequa_geo.model.landscape import Landscape
from kudequa_geo.model.network import Edge, Net

Floats = NDArray[np.float64]

#: Streets that houses line.
_LINED = frozenset({"residential", "tertiary", "secondary"})
#: Clear distance in metres between a house and the middle of any way.
_WAY_CLEAR_M = 5.2
_STREET_CLEAR_M = 7.0
_LIVED_ON = 5.0


@dataclass(frozen=True, slots=True)
class HouseType:
    """How a kind of house stands on its street; metres, each a range.

    Attributes
    ----------
    building
        OSM value.
    setback
        From the middle of the street to the front.
    width, depth, gap
        Along the street, away from it, and to the next house.
    levels
        Fewest and most storeys.
    """

    building: str
    setback: tuple[float, float]
    width: tuple[float, float]
    depth: tuple[float, float]
    gap: tuple[float, float]
    levels: tuple[int, int]


BLOCK = HouseType("apartments", (9.0, 9.6), (14.0, 20.0), (11.5, 13.0), (0.0, 0.0), (3, 5))
ROW = HouseType("apartments", (12.0, 15.0), (28.0, 46.0), (10.5, 12.0), (9.0, 15.0), (2, 8))
TERRACE = HouseType("terrace", (10.0, 12.0), (24.0, 40.0), (9.0, 10.5), (4.5, 8.0), (2, 3))
SEMI = HouseType("semidetached_house", (10.5, 12.5), (13.0, 17.0), (9.0, 11.0), (5.0, 8.0), (1, 3))
DETACHED = HouseType("detached", (11.0, 15.0), (9.5, 13.5), (9.0, 12.0), (6.0, 12.0), (1, 2))


@dataclass(frozen=True, slots=True)
class Building:
    """A house: footprint (metric CRS), OSM value, storeys (0 = not told)."""

    footprint: shapely.Polygon
    building: str
    levels: int


@dataclass(frozen=True, slots=True)
class _Lot:
    footprint: shapely.Polygon
    kind: HouseType


def build_houses(
    net: Net, landscape: Landscape, rng: np.random.Generator, *, taken: list[shapely.Polygon]
) -> list[Building]:
    """Return the residential buildings of the study area.

    Parameters
    ----------
    net, landscape
        Streets to line, and where people live.
    rng
        For the varying widths and gaps.
    taken
        Footprints that stand already: schools, shops, churches.
    """
    core = ndimage.gaussian_filter(landscape.density, 9.0)
    lots: list[_Lot] = []
    for edge in net.edges:
        if edge.highway in _LINED and not edge.tags and edge.length > 24:
            lots.extend(_line_street(edge, landscape, core, rng))
    lots = _without_conflicts(lots, net, landscape, taken)
    return _with_levels(lots, landscape, rng)


def _house_type(density: float, around: float, mood: float) -> HouseType:
    """Choose by residents per hectare here and around; the mood is the street's own."""
    if around * mood > 84:
        return BLOCK
    local = density * mood
    if local > 78:
        return ROW
    if local > 44:
        return TERRACE
    return SEMI if local > 24 else DETACHED


def _line_street(edge: Edge, landscape: Landscape, core: Floats, rng: np.random.Generator) -> list[_Lot]:
    line = shapely.linestrings(edge.course)
    middle = shapely.line_interpolate_point(line, 0.5, normalized=True)
    mood = float(rng.uniform(0.8, 1.25))
    density = float(landscape.density_at(middle.x, middle.y))
    around = float(core[landscape.coarse.index(middle.x, middle.y)])
    kind = _house_type(max(density, _peak(line, landscape)), around, mood)
    lots = []
    wider = 2.5 if edge.highway == "secondary" else 1.0 if edge.highway == "tertiary" else 0.0
    for side in (-1.0, 1.0):
        setback = float(rng.uniform(*kind.setback)) + wider
        # The first house stands clear of the crossing street's own front gardens.
        start = setback + (1.0 if kind is BLOCK else 4.0) + float(rng.uniform(0, 3))
        while True:
            width = float(rng.uniform(*kind.width))
            if start + width > line.length - setback - 1.0:
                break
            shape = _rectangle(line, start, width, side * setback, side * float(rng.uniform(*kind.depth)))
            if _buildable(shape, landscape):
                lots.append(_Lot(shape, kind))
            start += width + float(rng.uniform(*kind.gap))
    return lots


def _peak(line: shapely.LineString, landscape: Landscape) -> float:
    along = shapely.line_interpolate_point(line, [0.25, 0.75], normalized=True)
    return float(landscape.density_at(shapely.get_x(along), shapely.get_y(along)).mean())


def _rectangle(
    line: shapely.LineString, start: float, width: float, setback: float, depth: float
) -> shapely.Polygon:
    front = shapely.get_coordinates(shapely.line_interpolate_point(line, [start, start + width]))
    along = front[1] - front[0]
    along = along / max(float(np.hypot(*along)), 1e-9)
    across = np.array([-along[1], along[0]])
    near, far = front + across * setback, front + across * (setback + depth)
    return shapely.polygons([near[0], near[1], far[1], far[0]])


def _buildable(shape: shapely.Polygon, landscape: Landscape) -> bool:
    corners = shapely.get_coordinates(shape)[:4]
    centre = corners.mean(axis=0)
    if float(landscape.density_at(centre[0], centre[1])) < _LIVED_ON:
        return False
    return not bool(landscape.is_blocked(corners[:, 0], corners[:, 1]).any())


def _without_conflicts(
    lots: list[_Lot], net: Net, landscape: Landscape, taken: list[shapely.Polygon]
) -> list[_Lot]:
    """Drop lots outside the area, on a way, or on an earlier lot."""
    shapes = np.array([lot.footprint for lot in lots])
    shapely.prepare(landscape.area)
    keep = shapely.contains(landscape.area, shapes)
    for streets, clear in ((True, _STREET_CLEAR_M), (False, _WAY_CLEAR_M)):
        lines = [shapely.linestrings(edge.course) for edge in net.edges if (edge.highway in _LINED) == streets]
        if lines:
            keep[shapely.STRtree(lines).query(shapes, predicate="dwithin", distance=clear)[0]] = False
    if taken:
        keep[shapely.STRtree(taken).query(shapes, predicate="dwithin", distance=4.0)[0]] = False
    keep &= shapely.distance(shapely.centroid(shapes), landscape.barriers) > 14
    # Neighbours in a closed row touch; only what overlaps by more than a wall is a conflict.
    inner = shapely.buffer(shapes, -0.7, join_style="mitre")
    one, other = shapely.STRtree(inner).query(inner, predicate="intersects")
    for earlier, later in zip(*_ordered(one, other), strict=True):
        if keep[earlier] and keep[later]:
            keep[later] = False
    return [lot for lot, kept in zip(lots, keep.tolist(), strict=True) if kept]


def _ordered(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    pairs = one < other
    one, other = one[pairs], other[pairs]
    order = np.lexsort((other, one))
    return one[order].tolist(), other[order].tolist()


def _with_levels(lots: list[_Lot], landscape: Landscape, rng: np.random.Generator) -> list[Building]:
    """Give each house as many storeys as the people around it need, within what its type can have.

    Source: 46 m² of storey area per resident, about the living space per head in Germany (47 m², DESTATIS
    2022) in Dortmund's north with its smaller flats; an assumption.
    """
    centres = shapely.get_coordinates(shapely.centroid([lot.footprint for lot in lots]))
    grid = landscape.coarse
    covered = np.zeros_like(landscape.density)
    area = shapely.area([lot.footprint for lot in lots])
    np.add.at(covered, grid.index(centres[:, 0], centres[:, 1]), area)
    # Both per hectare, over about 120 m around: storeys needed = people x 46 m2 / ground covered.
    ground = ndimage.gaussian_filter(covered, 2.5) / (grid.cell_m**2 / 10_000)
    people = ndimage.gaussian_filter(landscape.density, 2.0)
    at = grid.index(centres[:, 0], centres[:, 1])
    needed = people[at] * 46.0 / np.maximum(ground[at], 1.0)
    varied = needed * rng.uniform(0.88, 1.14, len(lots))
    houses = []
    for lot, storeys in zip(lots, varied.tolist(), strict=True):
        fewest, most = lot.kind.levels
        houses.append(
            Building(lot.footprint, lot.kind.building, int(min(max(math.floor(storeys + 0.5), fewest), most)))
        )
    return houses
