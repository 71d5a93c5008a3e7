"""Local streets: lines that follow the orientation of their quarter from real street points outwards."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from kudequa_geo.model.landscape import Landscape
from kudequa_geo.model.orientation import CrossField

Floats = NDArray[np.float64]

STEP_M = 8.0
#: A street ends where it meets another one closer than this, and starts no nearer than ``_SEED_CLEAR_M``.
_MEET_M = 9.0
_SEED_CLEAR_M = 30.0
#: Streets that run alongside each other keep this distance at least.
_PARALLEL_M = 54.0
_PARALLEL_COS = math.cos(math.radians(32))
#: Residents per hectare from which ground counts as lived on.
_LIVED_ON = 6.0
_LOOK_AHEAD_M = 75.0
_MIN_LENGTH_M = 55.0


@dataclass(slots=True)
class Street:
    """A street: its course and what it is.

    Attributes
    ----------
    course
        x, y from end to end.
    level
        0 = main road, 1 = local street.
    name
        Name of the real street whose point it runs through; empty = none.
    stroke
        Number of the through road, -1 for a local street.
    crossing
        True where it crosses a barrier on a bridge or in an underpass.
    """

    course: Floats
    level: int
    name: str = ""
    stroke: int = -1
    crossing: bool = False


@dataclass(slots=True)
class Tracer:
    """Grows streets one after the other, each aware of those before it."""

    landscape: Landscape
    orientation: CrossField
    rng: np.random.Generator
    streets: list[Street] = field(default_factory=list)
    _hash: dict[tuple[int, int], list[tuple[float, float, float, float]]] = field(default_factory=dict)

    _CELL_M = 50.0

    def add(self, street: Street) -> None:
        """Take a street in, so that later ones meet it."""
        self.streets.append(street)
        dense = _densified(street.course)
        along = np.diff(dense, axis=0)
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
        unit = along / length[:, None]
        unit = np.vstack([unit, unit[-1:]])
        for (x, y), (dx, dy) in zip(dense.tolist(), unit.tolist(), strict=True):
            key = (int(x // self._CELL_M), int(y // self._CELL_M))
            self._hash.setdefault(key, []).append((x, y, dx, dy))

    def near(self, x: float, y: float, radius: float) -> list[tuple[float, float, float, float, float]]:
        """Return the street points within a radius (at most 50 m): distance, x, y, direction."""
        column, row = int(x // self._CELL_M), int(y // self._CELL_M)
        found = []
        for i in (column - 1, column, column + 1):
            for j in (row - 1, row, row + 1):
                for px, py, dx, dy in self._hash.get((i, j), ()):
                    distance = math.hypot(px - x, py - y)
                    if distance <= radius:
                        found.append((distance, px, py, dx, dy))
        return found

    def grow(self, x: float, y: float, *, name: str = "", limit_m: float = 600.0) -> bool:
        """Grow a street through a point, both ways; return whether there was room for one."""
        free, _ = self.landscape.free_and_lived_on(x, y, _LIVED_ON)
        if not free or any(self.near(x, y, _SEED_CLEAR_M)):
            return False
        angle = self._heading(x, y)
        halves = [self._trace(x, y, heading, limit_m / 2) for heading in (angle, angle + math.pi)]
        course = np.array([*halves[0][::-1], (x, y), *halves[1]])
        if len(course) * STEP_M < _MIN_LENGTH_M:
            return False
        self.add(Street(course, 1, name))
        return True

    def _heading(self, x: float, y: float) -> float:
        """Return the street direction at a seed: the one with more room at both sides, mostly."""
        angle = self.orientation.at(x, y)
        room = [self._room(x, y, angle + math.pi / 2), self._room(x, y, angle)]
        fits = [side >= _PARALLEL_M * 0.8 for side in room]
        if all(fits):
            # Both fit: rather the longer way of the block, so that houses line long streets.
            chosen = int(room[0] > room[1]) if self.rng.random() < 0.75 else int(room[0] <= room[1])
        else:
            chosen = int(room[1] > room[0])
        return angle + chosen * math.pi / 2

    def _room(self, x: float, y: float, across: float) -> float:
        """Return the distance to the nearer of the streets at both sides."""
        dx, dy = math.cos(across), math.sin(across)
        for distance in np.arange(10.0, 130.0, 10.0):
            for side in (distance, -distance):
                px, py = x + side * dx, y + side * dy
                if any(self.near(px, py, 8.0)):
                    return float(distance)
        return 130.0

    def _trace(self, x: float, y: float, heading: float, limit_m: float) -> list[tuple[float, float]]:
        """Follow the field from a point until something ends the street."""
        course: list[tuple[float, float]] = []
        through = self.rng.random()
        off_m = 0.0
        while len(course) * STEP_M < limit_m:
            heading = self._steer(x, y, heading)
            dx, dy = math.cos(heading), math.sin(heading)
            x, y = x + STEP_M * dx, y + STEP_M * dy
            free, lived_on = self.landscape.free_and_lived_on(x, y, _LIVED_ON)
            if not free:
                return self._ended(course, heading)
            off_m = 0.0 if lived_on else off_m + STEP_M
            if off_m > 48:
                return self._ended(course[: -int(off_m / STEP_M)], heading)
            near = self.near(x, y, _PARALLEL_M)
            if near:
                nearest = min(near)
                if nearest[0] < _MEET_M and len(course) > 1:
                    course.append((nearest[1], nearest[2]))
                    across = abs(dx * nearest[3] + dy * nearest[4]) < 0.5
                    if not across or through > 0.42:
                        return course
                    through += 0.25
                elif len(course) > 2 and self._alongside(near, x, y, dx, dy):
                    return self._ended(course, heading)
                else:
                    course.append((x, y))
            else:
                course.append((x, y))
        return self._ended(course, heading)

    def _steer(self, x: float, y: float, heading: float) -> float:
        """Return the field direction nearest to the heading, turned at most gently."""
        angle = self.orientation.at(x, y)
        quarter = math.pi / 2
        turn = (angle - heading + quarter / 2) % quarter - quarter / 2
        return heading + max(-0.14, min(0.14, turn))

    @staticmethod
    def _alongside(
        near: list[tuple[float, float, float, float, float]], x: float, y: float, dx: float, dy: float
    ) -> bool:
        """Return whether a street runs in the same direction beside the point (not behind it)."""
        for distance, px, py, ux, uy in near:
            if abs(dx * ux + dy * uy) > _PARALLEL_COS:
                ahead = (px - x) * dx + (py - y) * dy
                if abs(ahead) < 0.6 * distance:
                    return True
        return False

    def _ended(self, course: list[tuple[float, float]], heading: float) -> list[tuple[float, float]]:
        """Run on to a street straight ahead, or leave a dead end."""
        if not course:
            return course
        x, y = course[-1]
        for ahead in np.arange(STEP_M, _LOOK_AHEAD_M, STEP_M):
            px, py = x + ahead * math.cos(heading), y + ahead * math.sin(heading)
            if not self.landscape.free_and_lived_on(px, py, 0.0)[0]:
                return course
            near = self.near(px, py, _MEET_M)
            if near:
                _, mx, my, _, _ = min(near)
                return [*course, (mx, my)]
        return course


def _densified(course: Floats) -> Floats:
    line = shapely.linestrings(course)
    steps = max(2, math.ceil(line.length / STEP_M) + 1)
    along = shapely.line_interpolate_point(line, np.linspace(0, line.length, steps))
    points: Floats = shapely.get_coordinates(along)
    return points


def grow_streets(tracer: Tracer, points: Floats, names: list[str], *, rounds: int = 4) -> None:
    """Grow streets through the real street points, then wherever people live far from one.

    Parameters
    ----------
    tracer
        Holds the main roads; takes the new streets in.
    points, names
        Real street points and their names.
    rounds
        How often the gaps are looked for again.
    """
    for index in tracer.rng.permutation(len(points)):
        x, y = points[index]
        tracer.grow(x, y, name=names[index], limit_m=float(tracer.rng.lognormal(math.log(420), 0.5)))
    for clear_m in np.linspace(66, 44, rounds):
        for x, y in _gaps(tracer, float(clear_m)):
            tracer.grow(x, y, limit_m=float(tracer.rng.lognormal(math.log(320), 0.5)))


def _gaps(tracer: Tracer, clear_m: float) -> Floats:
    """Return points on lived-on ground that lie farther from any street than ``clear_m``, spread out."""
    landscape = tracer.landscape
    grid = landscape.fine.coarser(2)
    empty = np.ones((grid.rows, grid.columns), dtype=bool)
    for street in tracer.streets:
        dense = _densified(street.course)
        empty[grid.index(dense[:, 0], dense[:, 1])] = False
    distance = ndimage.distance_transform_edt(empty) * grid.cell_m
    x, y = grid.centres()
    rows, columns = np.nonzero(distance > clear_m)
    place = np.column_stack([x[columns], y[rows]])
    lived_on = landscape.density_at(place[:, 0], place[:, 1]) >= _LIVED_ON
    free = ~landscape.is_blocked(place[:, 0], place[:, 1])
    place = place[lived_on & free]
    place = place[tracer.rng.permutation(len(place))]
    return _spread(place, clear_m)


def _spread(place: Floats, clear_m: float) -> Floats:
    """Keep points in order, none closer to an earlier one than ``clear_m``."""
    tree = cKDTree(place)
    dropped = np.zeros(len(place), dtype=bool)
    for index in range(len(place)):
        if not dropped[index]:
            close = tree.query_ball_point(place[index], clear_m)
            dropped[[other for other in close if other > index]] = True
    return place[~dropped]
