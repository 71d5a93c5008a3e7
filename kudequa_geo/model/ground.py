"""What lies between streets and houses: modelled residential ground and public buildings."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kudequa_geo.model.buildings import Building
from kudequa_geo.model.landscape import Landscape
from kudequa_geo.model.network import Net
from kudequa_geo.model.orientation import CrossField
from kudequa_geo.model.places import Place

Floats = NDArray[np.float64]

#: Footprints of public buildings by tag value: OSM building value, width, depth in metres.
_PUBLIC = {
    "supermarket": ("retail", 46.0, 26.0),
    "kindergarten": ("kindergarten", 30.0, 14.0),
    "school": ("school", 58.0, 18.0),
    "place_of_worship": ("church", 32.0, 15.0),
    "nursing_home": ("hospital", 60.0, 16.0),
    "hospital": ("hospital", 90.0, 40.0),
    "sports_centre": ("sports_hall", 42.0, 24.0),
    "community_centre": ("civic", 26.0, 14.0),
}
_LIVED_ON = 6.0
#: Where to try: here, then beside, in half widths and half depths.
_SHIFTS = tuple(
    sorted(
        ((right, up) for right in (-1.0, -0.5, 0.0, 0.5, 1.0) for up in (-2.0, -1.0, 0.0, 1.0, 2.0)),
        key=lambda shift: (abs(shift[0]) + abs(shift[1]), shift),
    )
)


def public_buildings(
    places: list[Place], net: Net, field: CrossField, landscape: Landscape
) -> list[Building]:
    """Return a modelled footprint for every real school, shop, church … that has room for one.

    The place itself stays a point at its real position; only the walls near it are modelled, on the
    nearest spot that no way and no other building takes.
    """
    streets = shapely.STRtree([shapely.linestrings(edge.course) for edge in net.edges])
    shapely.prepare(landscape.barriers)
    built: list[Building] = []
    for place in places:
        value = next((tag for tag in place.tags.values() if tag in _PUBLIC), None)
        if value is None or not shapely.contains_xy(landscape.area, place.x, place.y):
            continue
        building, width, depth = _PUBLIC[value]
        angle = field.at(place.x, place.y)
        options = np.array(
            [
                _turned(place.x + right * width / 2, place.y + up * depth / 2, width, depth, angle + turn)
                for right, up in _SHIFTS
                for turn in (0.0, np.pi / 2)
            ]
        )
        free = ~shapely.dwithin(landscape.barriers, options, 6.0)
        free[streets.query(options, predicate="dwithin", distance=5.5)[0]] = False
        near = [other.footprint for other in built if other.footprint.distance(options[0]) < 150]
        for index in np.flatnonzero(free):
            if not near or not shapely.intersects(near, options[index]).any():
                built.append(Building(options[index], building, 0))
                break
    return built


def _turned(x: float, y: float, width: float, depth: float, angle: float) -> shapely.Polygon:
    along = np.array([np.cos(angle), np.sin(angle)]) * width / 2
    across = np.array([-np.sin(angle), np.cos(angle)]) * depth / 2
    centre = np.array([x, y])
    corners = [
        centre - along - across,
        centre + along - across,
        centre + along + across,
        centre - along + across,
    ]
    return shapely.polygons(corners)


def residential_ground(landscape: Landscape) -> list[shapely.Polygon]:
    """Return the ground that people live on as smooth areas of at least half a hectare."""
    grid = landscape.coarse
    lived_on = landscape.density >= _LIVED_ON
    half = grid.cell_m / 2
    x, y = grid.centres()
    runs = []
    for row in np.flatnonzero(lived_on.any(axis=1)):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], lived_on[row], [False]]).astype(np.int8)))
        for first, last in edges.reshape(-1, 2):
            runs.append(shapely.box(x[first] - half, y[row] - half, x[last - 1] + half, y[row] + half))
    ground = shapely.union_all(runs).buffer(22).buffer(-34).buffer(22)
    ground = ground.intersection(landscape.domain).difference(landscape.barriers).simplify(2.5)
    return [part for part in shapely.get_parts(ground) if part.geom_type == "Polygon" and part.area > 5000]


def polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    """Return the polygons of a geometry."""
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def lines(shape: BaseGeometry) -> list[shapely.LineString]:
    """Return the lines of a geometry, joined where they continue each other."""
    merged = shapely.line_merge(shape) if shape.geom_type != "LineString" else shape
    return [part for part in shapely.get_parts(merged) if part.geom_type == "LineString"]
