"""Paper sizes and true round scales."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kudequa_geo.errors import AnalysisError, msg

Bounds = tuple[float, float, float, float]

#: Denominators a reader can measure with a ruler.
SCALES: tuple[int, ...] = (
    *(500, 1000, 1500, 2000, 2500, 4000, 5000, 7500, 10_000, 12_500, 15_000, 20_000, 25_000, 30_000, 40_000),
    *(50_000, 60_000, 75_000, 100_000, 125_000, 150_000, 200_000, 250_000, 500_000, 1_000_000),
)
#: Lengths of a scale bar, in metres.
_BARS: tuple[int, ...] = tuple(step * int(10**power) for power in range(1, 6) for step in (1, 2, 5))


class Size(StrEnum):
    """Paper sizes of DIN EN ISO 216."""

    A4 = "A4"
    A3 = "A3"


class Orientation(StrEnum):
    """How the paper lies."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"


_MM = {Size.A4: (210.0, 297.0), Size.A3: (297.0, 420.0)}


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet of paper.

    Attributes
    ----------
    size, orientation
        Which one, and how it lies.
    """

    size: Size = Size.A4
    orientation: Orientation = Orientation.PORTRAIT

    @property
    def width_mm(self) -> float:
        """Width in millimetres."""
        return _MM[self.size][self.orientation == Orientation.LANDSCAPE]

    @property
    def height_mm(self) -> float:
        """Height in millimetres."""
        return _MM[self.size][self.orientation == Orientation.PORTRAIT]

    @property
    def type_factor(self) -> float:
        """How much larger type and symbols are than on A4."""
        return 1.2 if self.size == Size.A3 else 1.0


def fitted_scale(bounds: Bounds, width_mm: float, height_mm: float) -> int:
    """Return the largest round scale at which an extent fits.

    Parameters
    ----------
    bounds
        minx, miny, maxx, maxy in metres.
    width_mm, height_mm
        Size of the map on paper.

    Raises
    ------
    AnalysisError
        The extent is larger than the smallest scale shows.
    """
    needed = max((bounds[2] - bounds[0]) / width_mm, (bounds[3] - bounds[1]) / height_mm) * 1000
    for scale in SCALES:
        # A quotient may miss the round number by its last digit.
        if scale >= needed * (1 - 1e-12):
            return scale
    raise AnalysisError(
        msg("Der Ausschnitt ist zu groß für das Papier: 1 : {needed} wäre nötig."),
        remedy=msg("Bitte einen kleineren Ausschnitt wählen."),
        needed=round(needed),
    )


def extent_at(bounds: Bounds, scale: int, width_mm: float, height_mm: float) -> Bounds:
    """Return the ground that a map of this size and scale shows, centred on an extent (metres)."""
    middle_x, middle_y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    half_x, half_y = width_mm * scale / 2000, height_mm * scale / 2000
    return (middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)


def bar_length_m(scale: int, longest_mm: float) -> int:
    """Return the longest round length in metres that fits into a bar of this length on paper."""
    return max((m for m in _BARS if m * 1000 / scale <= longest_mm), default=_BARS[0])
