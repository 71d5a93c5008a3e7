"""Write a drafted extract as OSM PBF: the same bytes in every run."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pyproj

from kudequa_geo.constants import WGS84
from kudequa_geo.errors import StoreError, msg
from kudequa_geo.model.draft import Draft

#: Far above every number OpenStreetMap has given, so that nobody takes an object for one of its own.
FIRST_ID = 900_000_000_000
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def write_extract(draft: Draft, path: Path, crs: str) -> None:
    """Write the draft beside the target and put it in its place.

    Parameters
    ----------
    draft
        The objects.
    path
        File to write; its folder is made.
    crs
        Metric CRS of the draft's points.

    Raises
    ------
    StoreError
        The file cannot be written; the old one is still there.
    """
    beside = path.with_name(f".{path.name.split('.')[0]}.writing.osm.pbf")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        _write(draft, beside, crs)
        beside.replace(path)
    except (OSError, RuntimeError) as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StoreError(
            msg("Der Modellauszug konnte nicht geschrieben werden: {reason}"),
            where=str(path),
            remedy=msg("Bitte Platz und Rechte prüfen und „model“ erneut ausführen."),
            reason=str(error),
        ) from error


def write_figures(figures: dict[str, Any], path: Path) -> None:
    """Write the figures of a model as JSON."""
    path.write_bytes((json.dumps(figures, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


def _write(draft: Draft, path: Path, crs: str) -> None:
    to_wgs84 = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    places = np.array(draft.points)
    lon, lat = to_wgs84.transform(places[:, 0], places[:, 1])
    lon, lat = np.round(lon, 7).tolist(), np.round(lat, 7).tolist()
    header = osmium.io.Header()
    header.set("generator", "kudequa_geo model")
    header.add_box(osmium.osm.Box(min(lon), min(lat), max(lon), max(lat)))
    make = osmium.osm.mutable
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for number, place in enumerate(zip(lon, lat, strict=True)):
            date = _date(draft.point_dates.get(number, ""))
            tags = draft.point_tags.get(number)
            writer.add_node(
                make.Node(id=FIRST_ID + number, location=place, tags=tags, version=1, timestamp=date)
            )
        for number, (nodes, tags, told) in enumerate(draft.ways):
            refs = [FIRST_ID + node for node in nodes]
            writer.add_way(
                make.Way(id=FIRST_ID + number, nodes=refs, tags=tags, version=1, timestamp=_date(told))
            )
        for number, (rings, tags, told) in enumerate(draft.rings):
            members = [("w", FIRST_ID + way, role) for way, role in rings]
            writer.add_relation(
                make.Relation(
                    id=FIRST_ID + number, members=members, tags=tags, version=1, timestamp=_date(told)
                )
            )


def _date(told: str) -> datetime:
    """Return the date of a fact (a year, a month or a day; a range means its first), else never."""
    parts = [part for part in told[:10].replace("/", "-").split("-") if part.isdigit()]
    if not parts or len(parts[0]) != 4:
        return _NEVER
    year, month, day = (*[int(part) for part in parts], 1, 1)[:3]
    return datetime(year, min(max(month, 1), 12), min(max(day, 1), 28), tzinfo=UTC)
