"""One pass over an OSM file: what is of interest, as flat lists that are cheap to fill.

Only :mod:`kudequa_geo.sources.osm` uses it, which makes tables of the lists.
"""

from __future__ import annotations

import datetime as dt
from array import array
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import osmium

from kudequa_geo.sources.osm_tags import (
    ALL_KEYS,
    FEATURE_KEYS,
    VERTEX_KEYS,
    is_feature_node,
    is_feature_way,
    is_walkable_line,
)

#: OSM stores degrees as whole numbers of this many to a degree.
UNITS_PER_DEGREE = 10_000_000
WORLD = 180 * UNITS_PER_DEGREE
#: Longer texts are cut: OSM itself allows 255 characters.
MAX_TEXT = 500
#: A way may have been drawn in 2004 at the earliest; other dates are marks for "not known".
_FIRST_EDIT = dt.datetime(2004, 1, 1, tzinfo=dt.UTC)
_LAST_EDIT = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)

Box = tuple[float, float, float, float]


@dataclass
class Ways:
    """The highways of a file: their tags, and their vertices (id, x, y in OSM units) one after the other.

    A vertex outside the extract has x and y beyond :data:`WORLD`.
    """

    osm_id: list[int] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    vertices: array[int] = field(default_factory=lambda: array("q"))
    count: list[int] = field(default_factory=list)


@dataclass
class Objects:
    """Features of a file: id with its type's letter, tags, last edit, geometry as WKB (hex, WGS84)."""

    osm_id: list[str] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    last_edit: list[dt.datetime | None] = field(default_factory=list)
    wkb: list[str] = field(default_factory=list)

    def add(self, osm_id: str, tags: dict[str, str], edited: dt.datetime | None, wkb: str) -> None:
        """Append one object."""
        self.osm_id.append(osm_id)
        self.tags.append(tags)
        self.last_edit.append(edited)
        self.wkb.append(wkb)


class Collector:
    """Takes the objects of one pass and keeps what is of interest.

    Parameters
    ----------
    box
        WGS84 box (west, south, east, north) outside of which nothing is kept, or None.
    """

    def __init__(self, box: Box | None) -> None:
        self._box = tuple(round(side * UNITS_PER_DEGREE) for side in box or (-180, -90, 180, 90))
        self._cut = box is not None
        self._wkb = osmium.geom.WKBFactory()
        #: Rings of closed ways that have not come back as an area yet: way id to tags, edit and line.
        self._rings: dict[int, tuple[dict[str, str], dt.datetime | None, str]] = {}
        self._expected_areas: set[int] = set()
        self.highways = Ways()
        self.vertex_tags: dict[int, dict[str, str]] = {}
        self.features = Objects()
        self.boundaries = Objects()
        #: First and last vertex (x, y in OSM units) of every highway in the file, kept or not.
        self.way_ends: array[int] = array("q")
        self.points: array[int] = array("q")
        self.boundary_relations: set[int] = set()
        self.lost_lines = 0
        self.latest: dt.datetime | None = None
        self.modelled = False
        self.objects = 0

    def read(self, file: osmium.io.File) -> None:
        """Read the whole file."""
        processor = (
            osmium.FileProcessor(file)
            .with_areas(osmium.filter.KeyFilter(*FEATURE_KEYS, "boundary"))
            .with_filter(osmium.filter.KeyFilter(*ALL_KEYS))
        )
        take = {"n": self._node, "w": self._way, "r": self._relation, "a": self._area}
        for found in processor:
            self.objects += 1
            tags = {key: value[:MAX_TEXT] for key, value in found.tags}
            if "modelled" in tags and tags["modelled"] == "yes":
                self.modelled = True
            take[found.type_str()](found, tags)

    @property
    def lost_areas(self) -> int:
        """Multipolygon relations of interest (no boundaries) that could not be put together."""
        return len(self._expected_areas)

    def unbuilt_rings(self) -> Objects:
        """Return the closed ways that pyosmium could not make an area of, as lines."""
        rings = Objects()
        for way_id, (tags, edited, line) in self._rings.items():
            rings.add(f"w{way_id}", tags, edited, line)
        return rings

    def _node(self, node: Any, tags: dict[str, str]) -> None:
        location = node.location
        if not location.valid() or not self._inside(location.x, location.y):
            return
        if not VERTEX_KEYS.isdisjoint(tags):
            self.vertex_tags[node.id] = tags
        if is_feature_node(tags):
            self.points.extend((location.x, location.y))
            self.features.add(f"n{node.id}", tags, self._edited(node), self._wkb.create_point(location))

    def _way(self, way: Any, tags: dict[str, str]) -> None:
        walkable, feature = is_walkable_line(tags), is_feature_way(tags)
        if not (walkable or feature):
            return
        vertices = [(node.ref, node.x, node.y) for node in way.nodes]
        if walkable and vertices:
            self.way_ends.extend((*vertices[0][1:], *vertices[-1][1:]))
        if self._cut and not any(self._inside(x, y) for _, x, y in vertices):
            return
        if walkable:
            self.highways.osm_id.append(way.id)
            self.highways.tags.append(tags)
            self.highways.count.append(len(vertices))
            self.highways.vertices.extend(chain.from_iterable(vertices))
        if feature:
            self._add_line(way, tags)

    def _add_line(self, way: Any, tags: dict[str, str]) -> None:
        try:
            line = self._wkb.create_linestring(way)
        except (RuntimeError, osmium.InvalidLocationError):  # one place only, or nodes outside the extract
            self.lost_lines += 1
            return
        edited = self._edited(way)
        if way.ends_have_same_id() and tags.get("area") != "no" and len(way.nodes) > 3:
            self._rings[way.id] = (tags, edited, line)
        else:
            self.features.add(f"w{way.id}", tags, edited, line)

    def _relation(self, relation: Any, tags: dict[str, str]) -> None:
        if tags.get("type") not in ("multipolygon", "boundary"):
            return
        if "boundary" in tags:
            self.boundary_relations.add(relation.id)
        elif is_feature_way(tags):
            self._expected_areas.add(relation.id)

    def _area(self, area: Any, tags: dict[str, str]) -> None:
        osm_id = area.orig_id()
        if not area.num_rings()[0]:  # its lines cross or do not close
            return
        if area.from_way():
            kept = self._rings.pop(osm_id, None)
            if kept is not None:
                self.features.add(f"w{osm_id}", tags, kept[1], self._wkb.create_multipolygon(area))
            return
        edited = self._edited(area)
        self._expected_areas.discard(osm_id)
        wkb = self._wkb.create_multipolygon(area)
        if "boundary" in tags:
            self.boundaries.add(str(osm_id), tags, edited, wkb)
        if is_feature_way(tags):
            self.features.add(f"r{osm_id}", tags, edited, wkb)

    def _inside(self, x: int, y: int) -> bool:
        west, south, east, north = self._box
        return west <= x <= east and south <= y <= north

    def _edited(self, found: Any) -> dt.datetime | None:
        edited: dt.datetime = found.timestamp
        if not _FIRST_EDIT <= edited < _LAST_EDIT:
            return None
        if self.latest is None or edited > self.latest:
            self.latest = edited
        return edited
