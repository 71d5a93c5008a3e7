"""The classes of a difference between two walks."""

from __future__ import annotations

import numpy as np
import pytest

from kudequa_geo.maps.difference import FILLS, LEGEND, ORDER, STEPS, codes
from kudequa_geo.maps.palette import DIFFERENCE, Code


@pytest.mark.parametrize("unit", ["m", "min"])
def test_a_border_belongs_to_the_class_nearer_to_zero(unit: str) -> None:
    low, middle, high = STEPS[unit]
    values = [-high - 1, -high, -middle, -low, 0, low, middle, high, high + 1, np.nan]
    places = [ORDER.index(code) if code in ORDER else -1 for code in codes(values, unit).tolist()]
    assert places == [0, 1, 2, 3, 3, 3, 4, 5, 6, -1]


def test_a_walk_that_is_new_or_gone_is_at_the_ends() -> None:
    longer = np.array([np.nan, np.nan, np.nan, 0.0])
    gained, lost = np.array([True, False, False, False]), np.array([False, True, False, False])
    found = codes(longer, "min", gained=gained, lost=lost)
    assert found.tolist() == [ORDER[0], ORDER[-1], Code.NOT_CONNECTED, ORDER[3]]
    assert codes(longer, "min").tolist() == [Code.NOT_CONNECTED] * 3 + [ORDER[3]]


def test_colours_stand_at_their_codes() -> None:
    assert sorted(LEGEND) == list(range(len(FILLS)))
    outer = [place for place in range(len(ORDER)) if place != 3]
    assert [FILLS[ORDER[place]] for place in outer] == [DIFFERENCE[place] for place in outer]
