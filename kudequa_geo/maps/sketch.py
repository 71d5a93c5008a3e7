"""What a scenario draws on the map: paths that open or close, points of a click, numbered spots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from branca.element import MacroElement
from numpy.typing import NDArray

from kudequa_geo.maps import palette
from kudequa_geo.maps.element import Layer
from kudequa_geo.maps.projection import lat_lon, to_degrees


@dataclass(frozen=True, eq=False)
class Line:
    """A path in the metric CRS, shape (points, 2); dashed = it is not there, or not yet."""

    points: NDArray[np.float64]
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A point in the metric CRS with a short label; ``name`` shows on hover, empty = a mere sign."""

    point: tuple[float, float]
    label: str
    name: str = ""
    chosen: bool = False


def sketch(lines: Sequence[Line], marks: Sequence[Mark], crs: str) -> MacroElement:
    """Return lines and marks above everything else on the map.

    Parameters
    ----------
    lines, marks
        What is drawn.
    crs
        The metric CRS of both.
    """
    settings = {
        "lines": [{"points": lat_lon(to_degrees(line.points, crs)), "dashed": line.dashed} for line in lines],
        "marks": [
            {
                "at": lat_lon(to_degrees([mark.point], crs))[0],
                "label": mark.label,
                "name": mark.name,
                "chosen": mark.chosen,
            }
            for mark in marks
        ],
        "colour": palette.ACCENT,
        "casing": palette.CASING,
    }
    return Layer("Sketch", settings)
