"""The direction in which a quarter's streets run: a cross field from main roads, rails and rivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from kudequa_geo.model.landscape import Grid

Floats = NDArray[np.float64]

#: Reach in metres and weight of the direction of a line; near lines decide, far ones where none is near.
_REACH = ((70.0, 1.0), (220.0, 0.25), (700.0, 0.04))
#: Slow waves of the direction: their reach, their spread, and how far a line keeps them down.
_WAVE_M = 240.0
_WAVE_RAD = np.radians(9)
_WAVE_FROM_M = 90.0


@dataclass(frozen=True, slots=True)
class CrossField:
    """Street directions on a raster.

    Attributes
    ----------
    grid
        The raster.
    angle
        One of the two street directions in radians; the other is at right angles to it.
    """

    grid: Grid
    angle: Floats

    def at(self, x: float, y: float) -> float:
        """Return the angle at a point inside the raster, in radians."""
        return float(self.angle[self.grid.cell(x, y)])


def cross_field(
    grid: Grid, roads: list[Floats], barriers: list[Floats], rng: np.random.Generator
) -> CrossField:
    """Return the field of a landscape.

    Parameters
    ----------
    grid
        Raster of the result.
    roads, barriers
        Courses as arrays of x, y; roads count twice.
    rng
        For the slow waves that keep the quarters from being drawn with a ruler.

    Notes
    -----
    A direction modulo a quarter turn is the complex number ``exp(4 i angle)``; smoothing those numbers
    averages directions. Source: Chen et al. 2008, Interactive procedural street modeling.
    """
    field = np.zeros((grid.rows, grid.columns), dtype=complex)
    for weight, lines in ((2.0, roads), (1.0, barriers)):
        for line in lines:
            along = np.diff(line, axis=0)
            middle = (line[:-1] + line[1:]) / 2
            length = np.hypot(along[:, 0], along[:, 1])
            turned = np.exp(4j * np.arctan2(along[:, 1], along[:, 0])) * length * weight
            np.add.at(field, grid.index(middle[:, 0], middle[:, 1]), turned)
    total = np.zeros_like(field)
    for reach_m, weight in _REACH:
        sigma = reach_m / grid.cell_m
        smooth = ndimage.gaussian_filter(field.real, sigma) + 1j * ndimage.gaussian_filter(field.imag, sigma)
        total += weight * smooth * sigma**2
    wave = ndimage.gaussian_filter(rng.standard_normal(field.shape), _WAVE_M / grid.cell_m)
    wave *= _WAVE_RAD / max(float(wave.std()), 1e-12)
    away_m = ndimage.distance_transform_edt(field == 0) * grid.cell_m
    wave *= 1 - np.exp(-away_m / _WAVE_FROM_M)
    return CrossField(grid, np.angle(total) / 4 + wave)
