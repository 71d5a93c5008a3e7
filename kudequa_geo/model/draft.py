"""An OSM extract in the making: nodes, ways and areas with tags, before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from kudequa_geo.model.buildings import Building
from kudequa_geo.model.crossings import kerb_at
from kudequa_geo.model.facts import RESOURCES, Facts
from kudequa_geo.model.ground import lines, polygons
from kudequa_geo.model.network import Edge, Net
from kudequa_geo.model.places import Place

Floats = NDArray[np.float64]
Tags = dict[str, str]

_MODELLED = {"modelled": "yes"}
_UNLIT = 0.45


@dataclass(slots=True)
class Draft:
    """Objects numbered from 0; points in the metric CRS.

    Attributes
    ----------
    points
        x, y of each node.
    point_tags, point_dates
        Tags and date of the nodes that have any, by number.
    ways, rings
        Node numbers, tags and date of each way; outer and inner ways and tags of each multipolygon.
    """

    points: list[tuple[float, float]] = field(default_factory=list)
    point_tags: dict[int, Tags] = field(default_factory=dict)
    point_dates: dict[int, str] = field(default_factory=dict)
    ways: list[tuple[list[int], Tags, str]] = field(default_factory=list)
    rings: list[tuple[list[tuple[int, str]], Tags, str]] = field(default_factory=list)

    def point(self, x: float, y: float, tags: Tags | None = None, date: str = "") -> int:
        """Add a node and return its number."""
        number = len(self.points)
        self.points.append((x, y))
        if tags:
            self.point_tags[number] = tags
        if date:
            self.point_dates[number] = date
        return number

    def way(self, nodes: list[int], tags: Tags, date: str = "") -> int:
        """Add a way and return its number."""
        self.ways.append((nodes, tags, date))
        return len(self.ways) - 1

    def line(self, course: Floats, tags: Tags, date: str = "") -> int:
        """Add a way with nodes of its own."""
        return self.way([self.point(x, y) for x, y in course.tolist()], tags, date)

    def area(self, shape: shapely.Polygon, tags: Tags, date: str = "") -> None:
        """Add an area: a closed way, or a multipolygon where it has holes."""
        outer = self._ring(shape.exterior, {} if shape.interiors else tags, date)
        if not shape.interiors:
            return
        members = [(outer, "outer")]
        members += [(self._ring(ring, {}, date), "inner") for ring in shape.interiors]
        self.rings.append((members, {"type": "multipolygon", **tags}, date))

    def _ring(self, ring: shapely.LinearRing, tags: Tags, date: str) -> int:
        nodes = [self.point(x, y) for x, y in shapely.get_coordinates(ring)[:-1].tolist()]
        return self.way([*nodes, nodes[0]], tags, date)


def draft_extract(
    facts: Facts,
    net: Net,
    places: list[Place],
    buildings: list[Building],
    ground: list[shapely.Polygon],
    rng: np.random.Generator,
) -> Draft:
    """Put everything together, in an order that depends on nothing but the input.

    Parameters
    ----------
    facts
        Real water and rails.
    net, buildings, ground
        Modelled ways, houses and residential areas.
    places
        Real and modelled places.
    rng
        Decides lighting, surfaces and kerbs of footpaths.
    """
    draft = Draft()
    _draw_ways(draft, net, rng)
    for place in places:
        draft.point(place.x, place.y, place.tags, place.date)
    for building in buildings:
        tags = {"building": building.building, **_MODELLED}
        if building.levels:
            tags["building:levels"] = str(building.levels)
        draft.area(building.footprint, tags)
    for shape in ground:
        draft.area(shape, {"landuse": "residential", **_MODELLED})
    _draw_facts(draft, facts)
    return draft


def _draw_ways(draft: Draft, net: Net, rng: np.random.Generator) -> None:
    number: dict[int, int] = {}
    for edge in net.edges:
        ends = []
        for node in (edge.u, edge.v):
            if node not in number:
                x, y = net.nodes[node]
                number[node] = draft.point(float(x), float(y))
            ends.append(number[node])
        # A tenth of a metre is what a drawn curve needs; more points only make the file larger.
        course = shapely.get_coordinates(shapely.simplify(shapely.linestrings(edge.course), 0.4))
        inner = [draft.point(x, y) for x, y in course[1:-1].tolist()]
        kerb = kerb_at(edge, rng)
        if kerb:
            at = shapely.line_interpolate_point(shapely.linestrings(edge.course), kerb[0])
            node = draft.point(at.x, at.y, {"barrier": "kerb", "kerb": kerb[1], **_MODELLED})
            inner = [node, *inner]
        draft.way([ends[0], *inner, ends[1]], _way_tags(edge, rng))


def _way_tags(edge: Edge, rng: np.random.Generator) -> Tags:
    tags = {"highway": edge.highway, **dict(edge.tags), **_MODELLED}
    if edge.name:
        tags["name"] = edge.name
    if edge.highway in ("footway", "steps"):
        told = rng.random()
        tags["lit"] = "no" if told < _UNLIT else "yes"
        tags["surface"] = "fine_gravel" if told < 0.3 and edge.highway == "footway" else "paving_stones"
    else:
        tags["surface"] = "asphalt"
    return tags


def _draw_facts(draft: Draft, facts: Facts) -> None:
    for key, frame, tags in (
        ("lakes", facts.lakes, {"natural": "water"}),
        ("rivers", facts.rivers, {"waterway": "river"}),
        ("rails", facts.rails, {"railway": "rail"}),
    ):
        resource = RESOURCES[key]
        for row in frame.itertuples():
            told = {**tags, "source": resource.source, "source:date": resource.date}
            for column in ("name", "ref", "water"):
                value = getattr(row, column, None)
                if isinstance(value, str) and value:
                    told[column] = value
            for shape in polygons(row.geometry):
                draft.area(shape, told, resource.date)
            for line in lines(row.geometry) if not polygons(row.geometry) else []:
                draft.line(shapely.get_coordinates(line), told, resource.date)
