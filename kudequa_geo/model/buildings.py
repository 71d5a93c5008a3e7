"""Houses along the streets: closed blocks, rows, terraces and single houses by how many people live there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from kudequa_geo.model.landscape import Landscape, inside
from kudequa_geo.model.network import Edge, Net

Floats = NDArray[np.float64]

#: Streets that houses line.
_LINED = frozenset({"residential", "tertiary", "secondary"})
#: Clear distance in metres between a house and the middle of any way.
_WAY_CLEAR_M = 5.2
_STREET_CLEAR_M = 7.0
_LIVED_ON = 5.0
#: Residents per hectare around from which a street is built up in closed blocks, where that is usual.
_CLOSED_FROM = 84.0
_STOREY_M2 = 46.0


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


def build_houses(
    net: Net,
    landscape: Landscape,
    rng: np.random.Generator,
    *,
    taken: list[shapely.Polygon],
    closed: BaseGeometry,
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
    closed
        Where dense quarters are built in closed blocks; elsewhere they are rows.
    """
    around = ndimage.gaussian_filter(landscape.density, 9.0) * inside(landscape.coarse, closed)
    shapes: list[NDArray[np.object_]] = []
    kinds: list[HouseType] = []
    for edge in net.edges:
        if edge.highway in _LINED and not edge.tags and edge.length > 24:
            kind = _house_type(edge, landscape, around, float(rng.uniform(0.8, 1.25)))
            for side in (-1.0, 1.0):
                lots = _line_street(edge, kind, side, rng)
                shapes.append(lots)
                kinds.extend([kind] * len(lots))
    footprints = np.concatenate(shapes)
    keep = _buildable(footprints, landscape) & _clear(footprints, net, taken)
    keep = _without_overlaps(footprints, keep)
    chosen = np.flatnonzero(keep)
    return _with_levels(footprints[chosen], [kinds[index] for index in chosen], landscape, rng)


def _house_type(edge: Edge, landscape: Landscape, around: Floats, mood: float) -> HouseType:
    """Choose by residents per hectare along the street and around; the mood is the street's own."""
    along = shapely.line_interpolate_point(
        shapely.linestrings(edge.course), [0.25, 0.5, 0.75], normalized=True
    )
    x, y = shapely.get_x(along), shapely.get_y(along)
    if float(around[landscape.coarse.index(x, y)].mean()) * mood > _CLOSED_FROM:
        return BLOCK
    here = float(landscape.density_at(x, y).mean()) * mood
    if here > 78:
        return ROW
    if here > 44:
        return TERRACE
    return SEMI if here > 24 else DETACHED


def _line_street(edge: Edge, kind: HouseType, side: float, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return the footprints along one side (-1 right, 1 left) of a street."""
    line = shapely.linestrings(edge.course)
    wider = 2.5 if edge.highway == "secondary" else 1.0 if edge.highway == "tertiary" else 0.0
    setback = float(rng.uniform(*kind.setback)) + wider
    count = int(line.length / (kind.width[0] + kind.gap[0])) + 1
    width = rng.uniform(*kind.width, count)
    gap = rng.uniform(*kind.gap, count)
    depth = rng.uniform(*kind.depth, count)
    # The first house stands clear of the crossing street's own front gardens.
    first = setback + (1.0 if kind is BLOCK else 4.0) + float(rng.uniform(0, 3))
    start = first + np.concatenate([[0.0], np.cumsum(width + gap)[:-1]])
    fits = start + width <= line.length - setback - 1.0
    start, end, depth = start[fits], (start + width)[fits], depth[fits]
    front = shapely.get_coordinates(shapely.line_interpolate_point(line, np.concatenate([start, end])))
    left, right = front[: len(start)], front[len(start) :]
    along = right - left
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]]) * side
    near, far = across * setback, across * (setback + depth)[:, None]
    corners = np.stack([left + near, right + near, right + far, left + far], axis=1)
    footprints: NDArray[np.object_] = shapely.polygons(corners)
    return footprints


def _buildable(footprints: NDArray[np.object_], landscape: Landscape) -> NDArray[np.bool_]:
    """Return which footprints lie in the area, where people live, on dry and open ground."""
    centre = shapely.centroid(footprints)
    lived_on = landscape.density_at(shapely.get_x(centre), shapely.get_y(centre)) >= _LIVED_ON
    corners = shapely.get_coordinates(footprints).reshape(-1, 5, 2)
    blocked = landscape.is_blocked(corners[:, :4, 0], corners[:, :4, 1]).any(axis=1)
    shapely.prepare(landscape.area)
    shapely.prepare(landscape.barriers)
    near = shapely.dwithin(landscape.barriers, centre, 14.0)
    free: NDArray[np.bool_] = lived_on & ~blocked & ~near & shapely.contains(landscape.area, footprints)
    return free


def _clear(footprints: NDArray[np.object_], net: Net, taken: list[shapely.Polygon]) -> NDArray[np.bool_]:
    """Return which footprints keep clear of ways and of what stands already."""
    clear = np.ones(len(footprints), dtype=bool)
    for streets, metres in ((True, _STREET_CLEAR_M), (False, _WAY_CLEAR_M)):
        lines = [
            shapely.linestrings(edge.course) for edge in net.edges if (edge.highway in _LINED) == streets
        ]
        hit = shapely.STRtree(lines).query(footprints, predicate="dwithin", distance=metres)[0]
        clear[hit] = False
    if taken:
        clear[shapely.STRtree(taken).query(footprints, predicate="dwithin", distance=4.0)[0]] = False
    return clear


def _without_overlaps(footprints: NDArray[np.object_], keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop what stands on an earlier lot; neighbours in a closed row touch, so a wall's width may overlap."""
    rows = np.flatnonzero(keep)
    inner = shapely.buffer(footprints[rows], -0.7, join_style="mitre")
    one, other = shapely.STRtree(inner).query(inner, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    order = np.lexsort((other, one))
    kept = np.ones(len(rows), dtype=bool)
    for earlier, later in zip(one[order].tolist(), other[order].tolist(), strict=True):
        if kept[earlier]:
            kept[later] = False
    result = np.zeros_like(keep)
    result[rows[kept]] = True
    return result


def _with_levels(
    footprints: NDArray[np.object_], kinds: list[HouseType], landscape: Landscape, rng: np.random.Generator
) -> list[Building]:
    """Give each house as many storeys as the people around it need, within what its type can have.

    Source: 46 m² of storey area per resident; an assumption, near the living space per head in Germany
    (47 m², DESTATIS 2022).
    """
    centre = shapely.centroid(footprints)
    grid = landscape.coarse
    at = grid.index(shapely.get_x(centre), shapely.get_y(centre))
    covered = np.zeros_like(landscape.density)
    np.add.at(covered, at, shapely.area(footprints))
    # Both per hectare, over about 120 m around: storeys needed = people x 46 m2 / ground covered.
    ground = ndimage.gaussian_filter(covered, 2.5) / (grid.cell_m**2 / 10_000)
    people = ndimage.gaussian_filter(landscape.density, 2.0)
    needed = people[at] * _STOREY_M2 / np.maximum(ground[at], 1.0) * rng.uniform(0.88, 1.14, len(kinds))
    fewest = np.array([kind.levels[0] for kind in kinds])
    most = np.array([kind.levels[1] for kind in kinds])
    levels = np.clip(np.floor(needed + 0.5), fewest, most).astype(int)
    return [
        Building(footprint, kind.building, level)
        for footprint, kind, level in zip(footprints, kinds, levels.tolist(), strict=True)
    ]
