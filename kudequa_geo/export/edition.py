"""What all exports of one run share: the municipality, where its files lie, language and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from kudequa_geo.export.paper import Bounds
from kudequa_geo.language import Language
from kudequa_geo.study import Study


def printing_day() -> date:
    """Return the day that is printed where nobody names another one: today, here."""
    return datetime.now(UTC).astimezone().date()


@dataclass(frozen=True, eq=False)
class Edition:
    """One run of exports.

    Attributes
    ----------
    study
        The municipality.
    folder
        Its folder with the prepared files.
    say
        Language of every text and number.
    printed
        Day printed on everything.
    """

    study: Study
    folder: Path
    say: Language
    printed: date

    @cached_property
    def building_boxes(self) -> NDArray[np.float64]:
        """Bounds of every building, metres, shape (n, 4)."""
        return np.asarray(shapely.bounds(self.study.tables["buildings"].geometry.to_numpy()))

    @property
    def outline(self) -> shapely.Geometry:
        """The study area."""
        return self.study.tables["area"].geometry.iloc[0]

    @cached_property
    def bounds(self) -> Bounds:
        """Extent of the homes of the study area, metres."""
        boxes = self.building_boxes
        low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    @cached_property
    def reference_system(self) -> str:
        """Name and code of the coordinate reference system."""
        crs = pyproj.CRS.from_user_input(self.study.config.crs)
        return f"{crs.name} ({self.study.config.crs})"

    def homes_in(self, bounds: Bounds) -> NDArray[np.bool_]:
        """Return which buildings lie in an extent (metres), by the middle of their box."""
        middle = (self.building_boxes[:, :2] + self.building_boxes[:, 2:]) / 2
        low, high = np.array(bounds[:2]), np.array(bounds[2:])
        return np.asarray(((middle >= low) & (middle <= high)).all(axis=1))
