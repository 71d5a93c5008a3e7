"""Classes and codes: the limit is always a border, unknown is never a class of its own number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kudequa_geo.constants import PERSONS, Field, Sourced
from kudequa_geo.maps import palette
from kudequa_geo.maps.palette import Code, classes_for, codes, in_unit

LIMIT_500 = Sourced(500, "m", "Test", 2025)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@given(st.floats(1, 10_000), st.sampled_from(["m", "min"]))
def test_limit_is_a_class_border(value: float, unit: str) -> None:
    classes = classes_for(Sourced(value, unit, "Test", 2025))
    assert classes.limit == value
    assert list(classes.breaks) == sorted(set(classes.breaks))
    at_limit, above = codes([value, np.nextafter(value, np.inf)], classes)
    assert at_limit == classes.limit_index
    assert above == classes.limit_index + 1


def test_codes_of_known_walks() -> None:
    walks = [0, 250, 250.1, 500, 750, 1000, 1000.1, np.nan]
    assert codes(walks, classes_for(LIMIT_500)).tolist() == [0, 0, 1, 1, 2, 3, 4, Code.NOT_CONNECTED]


def test_without_any_place_nobody_knows() -> None:
    assert codes([1.0, np.nan], classes_for(LIMIT_500), any_place=False).tolist() == [Code.NO_DATA] * 2


def test_minutes_follow_the_person() -> None:
    assert in_unit([500.0], "min", PERSONS["adult"])[0] == pytest.approx(6.25)
    assert in_unit([500.0], "min", PERSONS["senior_85"])[0] == pytest.approx(12.0)
    assert in_unit([500.0], "m", PERSONS["senior_85"])[0] == 500.0


def test_classes_get_darker_with_distance() -> None:
    luminances = [_luminance(colour) for colour in palette.SEQUENTIAL]
    assert luminances == sorted(luminances, reverse=True)
    assert all(
        _contrast(a, b) > 1.2 for a, b in zip(palette.SEQUENTIAL, palette.SEQUENTIAL[1:], strict=False)
    )


def test_every_field_has_a_shape_of_its_own() -> None:
    assert set(palette.FIELD_SYMBOLS) == set(Field)
    assert len({symbol.shape for symbol in palette.FIELD_SYMBOLS.values()}) == len(Field)
    for symbol in palette.FIELD_SYMBOLS.values():
        assert _contrast(symbol.colour, palette.GROUND["background"]) >= 3
        assert _contrast(symbol.colour, palette.CASING) >= 3


def test_difference_is_symmetrical() -> None:
    assert len(palette.DIFFERENCE) % 2 == 1
    assert palette.DIFFERENCE[len(palette.DIFFERENCE) // 2] == "#f7f7f7"
