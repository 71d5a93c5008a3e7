"""One scan of an OSM file: what is of interest, as arrays and lists that are cheap to fill.

pyosmium filters the file, gives the ways their nodes' places, and writes what remains as OPL, a text format
with one line per object; taking tags and nodes from such a line is three times as fast as asking for them one
by one. Multipolygon relations are put together by pyosmium in a second pass.

Source of the format: https://osmcode.org/opl-file-format/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium

from kudequa_geo.sources.osm_file import osm_writer
from kudequa_geo.sources.osm_tags import (
    ALL_KEYS,
    FEATURE_KEYS,
    VERTEX_KEYS,
    is_feature_node,
    is_feature_way,
    is_walkable_line,
)

#: Longer texts are cut: OSM itself allows 255 characters.
MAX_TEXT = 500
#: Stands for the place of a node that the extract does not hold, degrees.
NOWHERE = 999.0
#: Ways are read from the text in batches of this many.
_BATCH = 20_000
#: Nodes without tags are out of order, too, where more than this share of the ways' ends have no place.
_NOWHERE_MAX = 0.5
_TYPE_ORDER = "nwr"
_GLOBE = (-180.0, -90.0, 180.0, 90.0)
_ESCAPED = re.compile("%([0-9a-f]+)%")

Box = tuple[float, float, float, float]
Tags = dict[str, str]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass
class Objects:
    """Ids, tags and last edits (ISO 8601, may be empty) of nodes, ways or relations, in the file's order."""

    osm_id: list[int] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)

    def add(self, osm_id: int, tags: Tags, edited: str) -> None:
        """Append one object."""
        self.osm_id.append(osm_id)
        self.tags.append(tags)
        self.edited.append(edited)


@dataclass
class Scan:
    """What one scan found; places are WGS84 degrees.

    Attributes
    ----------
    points, point_lonlat
        Nodes that are features, and their places (n × 2).
    vertex_tags
        Tags of nodes that may matter on the network, by node id.
    ways, way_size
        Highways and features, and the number of vertices of each.
    vertices
        Vertices of the ways one after the other (n × 3): node id, longitude, latitude; both
        :data:`NOWHERE` where the extract lacks the node.
    way_ends
        First and last place of every highway of the file (n × 2), inside the box or not.
    relations
        Tags and last edit of the multipolygon and boundary relations of interest, by relation id.
    modelled
        True if any object is tagged ``modelled=yes``.
    objects
        Number of objects with a tag of interest, inside the box or not.
    in_order
        True if nodes, ways and relations follow each other, each with rising ids.
    """

    points: Objects
    point_lonlat: Floats
    vertex_tags: dict[int, Tags]
    ways: Objects
    way_size: Integers
    vertices: Floats
    way_ends: Floats
    relations: dict[int, tuple[Tags, str]]
    modelled: bool
    objects: int
    in_order: bool

    @property
    def sorting_helps(self) -> bool:
        """True if ways may lack places only because the file is not in OSM's order."""
        nowhere = len(self.way_ends) > 0 and float((self.way_ends >= NOWHERE).mean()) > _NOWHERE_MAX
        return nowhere or not self.in_order


def scan(file: osmium.io.File, folder: Path, box: Box | None) -> Scan:
    """Read all objects of interest of a file.

    Parameters
    ----------
    file
        The opened file; nodes must stand before the ways that use them.
    folder
        A folder for the text in between.
    box
        West, south, east, north in WGS84; nodes outside and ways wholly outside are left out. None = all.
    """
    text = folder / "scan.opl"
    locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    locations.ignore_errors()
    with osm_writer(text, "opl,locations_on_ways=true,add_metadata=timestamp") as writer:
        osmium.apply(file, locations, osmium.filter.KeyFilter(*ALL_KEYS), writer)
    reader = _OplReader(box)
    with text.open(encoding="utf-8", newline="\n") as lines:
        return reader.read(lines)


def relation_areas(file: osmium.io.File, relation: int | None = None) -> dict[int, str]:
    """Return the geometry (WKB, hexadecimal) of complete multipolygon relations, by id.

    Parameters
    ----------
    file
        The opened file.
    relation
        The id of the only one to put together; None = all of interest.

    Raises
    ------
    RuntimeError
        The file is damaged, or its objects are not sorted by type and id.
    """
    interest = osmium.filter.KeyFilter(*FEATURE_KEYS, "boundary")
    candidates = interest if relation is None else osmium.filter.IdFilter([relation])
    found = osmium.FileProcessor(file).with_areas(candidates).with_filter(interest)
    wkb = osmium.geom.WKBFactory()
    areas = {}
    for area in found.with_filter(osmium.filter.EntityFilter(osmium.osm.AREA)):
        # Rings that cross or do not close come as areas without rings.
        if isinstance(area, osmium.osm.Area) and not area.from_way() and area.num_rings()[0]:
            areas[area.orig_id()] = wkb.create_multipolygon(area)
    return areas


class _OplReader:
    """Takes the lines of an OPL text."""

    def __init__(self, box: Box | None) -> None:
        self._box = box
        self._points = Objects()
        self._lonlat: list[tuple[float, float]] = []
        self._vertex_tags: dict[int, Tags] = {}
        self._ways = Objects()
        self._way_size: list[Integers] = []
        self._vertices: list[Floats] = []
        self._way_ends: list[Floats] = []
        self._batch = Objects()
        self._batch_nodes: list[str] = []
        self._relations: dict[int, tuple[Tags, str]] = {}

    def read(self, lines: Iterable[str]) -> Scan:
        pairs = _Pairs()
        modelled, in_order = False, True
        count, last = 0, (0, 0)
        take = {"n": self._node, "w": self._way, "r": self._relation}
        for line in lines:
            name, _, edited, tag_text, *rest = line.rstrip("\n").split(" ")
            tags = dict(map(pairs.__getitem__, tag_text[1:].split(",")))
            kind, osm_id = name[0], int(name[1:])
            take[kind](osm_id, tags, edited[1:], rest)
            place = (_TYPE_ORDER.index(kind), osm_id)
            in_order = in_order and last <= place
            last = place
            modelled = modelled or tags.get("modelled") == "yes"
            count += 1
        self._finish_batch()
        return Scan(
            points=self._points,
            point_lonlat=np.array(self._lonlat, dtype=np.float64).reshape(-1, 2),
            vertex_tags=self._vertex_tags,
            ways=self._ways,
            way_size=np.concatenate([np.zeros(0, dtype=np.int64), *self._way_size]),
            vertices=np.concatenate([np.zeros((0, 3)), *self._vertices]),
            way_ends=np.concatenate([np.zeros((0, 2)), *self._way_ends]),
            relations=self._relations,
            modelled=modelled,
            objects=count,
            in_order=in_order,
        )

    def _node(self, osm_id: int, tags: Tags, edited: str, rest: list[str]) -> None:
        x, y = rest[0][1:], rest[1][1:]
        if not x or not y:
            return
        lon, lat = float(x), float(y)
        west, south, east, north = self._box or _GLOBE
        if not (west <= lon <= east and south <= lat <= north):
            return
        if not VERTEX_KEYS.isdisjoint(tags):
            self._vertex_tags[osm_id] = tags
        if is_feature_node(tags):
            self._points.add(osm_id, tags, edited)
            self._lonlat.append((lon, lat))

    def _way(self, osm_id: int, tags: Tags, edited: str, rest: list[str]) -> None:
        nodes = rest[0][1:]
        if nodes and (is_walkable_line(tags) or is_feature_way(tags)):
            self._batch.add(osm_id, tags, edited)
            self._batch_nodes.append(nodes)
            if len(self._batch_nodes) >= _BATCH:
                self._finish_batch()

    def _relation(self, osm_id: int, tags: Tags, edited: str, _: list[str]) -> None:
        if tags.get("type") in ("multipolygon", "boundary") and ("boundary" in tags or is_feature_way(tags)):
            self._relations[osm_id] = (tags, edited)

    def _finish_batch(self) -> None:
        """Turn the nodes of a batch of ways into numbers and keep the ways that reach into the box."""
        if not self._batch_nodes:
            return
        size = np.array([nodes.count(",") + 1 for nodes in self._batch_nodes], dtype=np.int64)
        text = ",".join(self._batch_nodes).replace("xy", f"x{NOWHERE}y{NOWHERE}")
        text = text.replace("n", "").replace("x", ",").replace("y", ",")
        vertices = np.fromstring(text, sep=",").reshape(-1, 3)
        vertices[(np.abs(vertices[:, 1]) > 180) | (np.abs(vertices[:, 2]) > 90), 1:] = NOWHERE
        ends = np.cumsum(size)
        walkable = np.array([is_walkable_line(tags) for tags in self._batch.tags])
        self._way_ends.append(vertices[(ends - size)[walkable], 1:])
        self._way_ends.append(vertices[ends[walkable] - 1, 1:])
        if self._box is None:
            kept = np.ones(len(size), dtype=bool)
        else:
            west, south, east, north = self._box
            # By the ways' own boxes: a large area may hold the whole box and have no vertex in it.
            places = np.where(vertices[:, 1:] < NOWHERE, vertices[:, 1:], np.nan)
            low = np.fmin.reduceat(places, ends - size)
            high = np.fmax.reduceat(places, ends - size)
            kept = (low[:, 0] <= east) & (high[:, 0] >= west) & (low[:, 1] <= north) & (high[:, 1] >= south)
        self._vertices.append(vertices[np.repeat(kept, size)])
        self._way_size.append(size[kept])
        for way in np.flatnonzero(kept):
            self._ways.add(self._batch.osm_id[way], self._batch.tags[way], self._batch.edited[way])
        self._batch, self._batch_nodes = Objects(), []


class _Pairs(dict[str, tuple[str, str]]):
    """Key and value by their text: the same few thousand pairs stand on most objects.

    OPL writes special characters as ``%`` code point ``%``.
    """

    def __missing__(self, text: str) -> tuple[str, str]:
        key, _, value = text.partition("=")
        pair = self[text] = (_plain(key), _plain(value)[:MAX_TEXT])
        return pair


def _plain(text: str) -> str:
    if "%" not in text:
        return text
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
