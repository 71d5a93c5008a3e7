from __future__ import annotations

import numpy as np
import pytest

from kudequa_geo.prepare.hilbert import hilbert_distance


@pytest.mark.parametrize("side", [2, 4, 8, 16])
def test_the_curve_steps_from_neighbour_to_neighbour(side):
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(side), np.arange(side)))
    distance = hilbert_distance(x, y)
    assert len(np.unique(distance)) == side * side
    order = np.argsort(distance)
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()


def test_points_on_a_line_come_in_order():
    distance = hilbert_distance(np.array([30.0, 10.0, 20.0]), np.zeros(3))
    assert np.argsort(distance).tolist() == [1, 2, 0]


def test_one_point_and_no_point():
    assert hilbert_distance(np.array([5.0]), np.array([7.0])).tolist() == [0]
    assert len(hilbert_distance(np.zeros(0), np.zeros(0))) == 0
