"""Names on a printed map: districts first, then streets along their line, none over another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patheffects import Stroke
from numpy.typing import NDArray

from kudequa_geo.export import lettering, shapes
from kudequa_geo.export.canvas import PT_PER_MM
from kudequa_geo.export.lettering import REGULAR, SEMIBOLD
from kudequa_geo.maps import palette

#: Scales (denominators) up to which streets of a class are named.
_NAMED_UP_TO = {"motorway": 40_000, "major": 25_000, "minor": 12_500}
_STREET_PT, _DISTRICT_PT = 5.8, 8.5
#: A street is named where its line stays this close to straight, as a share of the name's length.
_BEND = 0.12
_MOST = 90
#: Where a district's name may stand when its middle is taken, in heights of the name.
_BESIDE = (0.0, 1.2, -1.2, 2.4, -2.4)


@dataclass(frozen=True)
class _Label:
    words: str
    x: float
    y: float
    angle: float
    size: float
    weight: int
    box: shapely.Polygon


def draw_labels(
    axes: Axes,
    districts: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    scale: int,
    factor: float,
    *,
    avoid: NDArray[np.object_],
) -> None:
    """Write names of districts and streets.

    Parameters
    ----------
    axes
        Axes of the extent.
    districts
        Table ``districts``.
    roads
        ``kind``, ``name`` and lines of the streets on the map.
    scale
        Denominator of the scale.
    factor
        Size of type against A4.
    avoid
        Areas that no name may cover, metric CRS.
    """
    (minx, maxx), (miny, maxy) = axes.get_xlim(), axes.get_ylim()
    frame = shapely.box(minx, miny, maxx, maxy)
    taken: list[shapely.Geometry] = list(avoid)
    written: set[tuple[str, float]] = set()
    names = [*_districts(districts, frame, scale, factor), *_streets(roads, frame, scale, factor)]
    for label in names:
        if len(written) >= _MOST:
            return
        key = (label.words, label.size)
        free = key not in written and frame.contains(label.box)
        if free and not shapely.intersects(label.box, taken).any():
            taken.append(label.box)
            written.add(key)
            _write(axes, label)


def _districts(
    districts: gpd.GeoDataFrame, frame: shapely.Polygon, scale: int, factor: float
) -> Iterator[_Label]:
    size = _DISTRICT_PT * factor
    for row in shapes.inside(districts.geometry.to_numpy(), frame.bounds):
        seen = shapely.intersection(districts.geometry.iloc[row], frame)
        if seen.is_empty:
            continue
        point = shapely.point_on_surface(seen)
        words = lettering.plain(str(districts["name"].iloc[row]))
        for step in _BESIDE:
            aside = step * size / PT_PER_MM * scale / 1000
            yield _label(words, point.x, point.y + aside, 0.0, size, SEMIBOLD, scale)


def _streets(roads: gpd.GeoDataFrame, frame: shapely.Polygon, scale: int, factor: float) -> Iterator[_Label]:
    size = _STREET_PT * factor
    for kind, up_to in _NAMED_UP_TO.items():
        if scale > up_to:
            continue
        named = roads[(roads["kind"] == kind) & roads["name"].notna()]
        groups = named.groupby("name", sort=True)["geometry"]
        lines = {
            name: shapely.line_merge(shapely.union_all(shapely.intersection(group.to_numpy(), frame)))
            for name, group in groups
        }
        for name, line in sorted(lines.items(), key=lambda entry: (-entry[1].length, entry[0])):
            words = lettering.shortened(str(name), size, 45 * factor)
            length = lettering.width_mm(words, size) * scale / 1000
            place = _straight(line, length)
            if words and place is not None:
                x, y, angle = place
                yield _label(words, x, y, angle, size, REGULAR, scale)


def _straight(lines: shapely.Geometry, length: float) -> tuple[float, float, float] | None:
    """Return middle and angle of a straight piece of this length, the middle of the longest line first."""
    parts = shapely.get_parts(lines)
    parts = parts[np.isin(shapely.get_type_id(parts), (1,))]
    for part in sorted(parts, key=shapely.length, reverse=True)[:3]:
        if part.length < length * 1.1:
            return None
        for share in (0.5, 0.3, 0.7):
            middle = min(max(share * part.length, length / 2), part.length - length / 2)
            start, centre, end = (
                shapely.line_interpolate_point(part, middle + step * length / 2) for step in (-1, 0, 1)
            )
            chord = shapely.LineString([start, end])
            if chord.length > 0.95 * length and chord.distance(centre) < _BEND * length:
                angle = math.degrees(math.atan2(end.y - start.y, end.x - start.x))
                x, y = (start.x + end.x) / 2, (start.y + end.y) / 2
                return x, y, (angle + 90) % 180 - 90
    return None


def _label(words: str, x: float, y: float, angle: float, size: float, weight: int, scale: int) -> _Label:  # noqa: PLR0913
    half = lettering.width_mm(words, size, weight) * scale / 2000 + 0.5 * scale / 1000
    tall = 0.55 * size / PT_PER_MM * scale / 1000
    turned = shapely.affinity.rotate(shapely.box(x - half, y - tall, x + half, y + tall), angle)
    return _Label(words, x, y, angle, size, weight, turned)


def _write(axes: Axes, label: _Label) -> None:
    given: dict[str, Any] = {
        "fontproperties": lettering.font(label.words, label.size, label.weight),
        "ha": "center",
        "va": "center_baseline",
        "rotation": label.angle,
        "rotation_mode": "anchor",
        "clip_on": True,
    }
    halo = Stroke(linewidth=0.28 * label.size, foreground=palette.GROUND["halo"], alpha=0.85)
    # Two texts: with the halo alone as an outline the name itself stays text that can be searched.
    axes.text(label.x, label.y, label.words, path_effects=[halo], zorder=7, **given)
    axes.text(label.x, label.y, label.words, color=palette.GROUND["label"], zorder=7.1, **given)
