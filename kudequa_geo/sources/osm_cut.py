"""A part of a large OSM extract as an extract of its own, so that all later reading is fast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import osmium
from shapely.geometry.base import BaseGeometry

from kudequa_geo.errors import SourceError, msg
from kudequa_geo.progress import Progress, silent
from kudequa_geo.sources import fetched
from kudequa_geo.sources.fetched import Box
from kudequa_geo.sources.osm_file import damaged, osm_format, sorted_copy

#: OSM stores degrees as whole numbers of this many to a degree.
_UNITS_PER_DEGREE = 10_000_000
#: Degrees: a way whose first node lies farther off does not reach the area; few are 20 km long.
_FAR = 0.3
#: Degrees around an area in which boundaries are looked for, so that one that encloses the area is found.
BOUNDARY_REACH = 0.1
#: Boundaries of states and their parts would bring half a country with them.
_LARGE = frozenset("12345")


def cut(
    source: Path,
    area: BaseGeometry,
    target: Path,
    *,
    relation: int | None = None,
    progress: Progress = silent,
) -> dt.datetime | None:
    """Write what an extract holds of an area's box.

    Parameters
    ----------
    source
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    area
        Polygon or multipolygon in WGS84, margin included.
    target
        The ``.osm.pbf`` file to write: tagged nodes and ways with a node inside the box, areas made of them,
        boundaries in it and around it, and all that these consist of.
    relation
        OSM id of a boundary to add whatever its kind.
    progress
        Told how far the work is.

    Returns
    -------
    datetime or None
        State of the data in UTC as the extract names it; None = it does not.

    Raises
    ------
    SourceError, MissingInputError
        It is no OSM file, is damaged, or the area lies outside of it.
    StoreError
        The target cannot be written.
    """
    file_format = osm_format(source)
    with damaged(source), TemporaryDirectory(prefix="kudequa-") as folder:
        progress(msg("Gebiet wird aus dem Auszug geschnitten"), 0.0)
        file = osmium.io.File(str(source), file_format)
        if not _is_sorted(file):
            file = sorted_copy(source, file_format, Path(folder))
        date = _date(file)
        chosen = _chosen(file, area, relation)
        if chosen is None:
            raise SourceError(
                msg("Der OSM-Auszug enthält nichts aus dem Untersuchungsgebiet."),
                where=source.name,
                remedy=msg("Bitte einen Auszug wählen, der das Gebiet enthält."),
            )
        progress(msg("Gebiet wird aus dem Auszug geschnitten"), 0.5)
        # At depth 0 pyosmium would not look at relations at all.
        chosen.complete_backward_references(file, relation_depth=1)
        kept = osmium.FileProcessor(file).with_filter(chosen.id_filter())
        progress(msg("Gebiet wird aus dem Auszug geschnitten"), 0.7)
        with fetched.writing(target, area.bounds, date) as writer:
            for found in kept:
                writer.add(found)
    progress(msg("Gebiet ist aus dem Auszug geschnitten"), 1.0)
    return date


def _date(file: osmium.io.File) -> dt.datetime | None:
    header = osmium.FileProcessor(file).header
    return fetched.moment(header.get("osmosis_replication_timestamp", "") or header.get("timestamp", ""))


def _is_sorted(file: osmium.io.File) -> bool:
    # Said by all large extracts; a small one is sorted in no time.
    return bool(osmium.FileProcessor(file).header.get("sorting", "") == "Type_then_ID")


def _chosen(file: osmium.io.File, area: BaseGeometry, relation: int | None) -> osmium.IdTracker | None:
    """Return the ids of what lies inside the area's box; None = nothing does."""
    inside, around, near = (
        _within(box) for box in (area.bounds, widened(area.bounds), widened(area.bounds, _FAR))
    )
    chosen, surrounding, count = osmium.IdTracker(), osmium.IdTracker(), 0
    tagged_nodes = osmium.filter.EmptyTagFilter()
    tagged_nodes.enable_for(osmium.osm.NODE)
    for found in osmium.FileProcessor(file).with_locations().with_filter(tagged_nodes):
        if isinstance(found, osmium.osm.Node):
            if inside(found.location):
                chosen.add_node(found.id)
                count += 1
        elif isinstance(found, osmium.osm.Way):
            if not near(next(iter(found.nodes), None)):
                continue
            if any(map(inside, found.nodes)):
                chosen.add_way(found.id)
                count += 1
            if around(found.nodes[0]):
                surrounding.add_way(found.id)
        elif found.id == relation or _is_wanted(found, chosen, surrounding):
            chosen.add_relation(found.id)
    return chosen if count else None


def widened(box: Box, degrees: float = BOUNDARY_REACH) -> Box:
    """Return a box with so many degrees more on each side."""
    west, south, east, north = box
    return west - degrees, south - degrees, east + degrees, north + degrees


def _within(box: Box) -> Callable[[Any], bool]:
    """Return a test of a node's place (in OSM's whole numbers); a place that is not known is outside."""
    west, south, east, north = (round(side * _UNITS_PER_DEGREE) for side in box)

    def test(place: Any) -> bool:
        return place is not None and bool(west <= place.x <= east and south <= place.y <= north)

    return test


def _is_wanted(relation: Any, chosen: osmium.IdTracker, surrounding: osmium.IdTracker) -> bool:
    tags = relation.tags
    if tags.get("type") not in ("multipolygon", "boundary") or tags.get("admin_level") in _LARGE:
        return False
    if chosen.contains_any_references(relation):
        return True
    return tags.get("boundary") == "administrative" and bool(surrounding.contains_any_references(relation))
