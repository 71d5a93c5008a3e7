import pytest
from hypothesis import given
from hypothesis import strategies as st

from kudequa_geo.errors import AnalysisError
from kudequa_geo.export.paper import (
    SCALES,
    Orientation,
    Paper,
    Size,
    bar_length_m,
    extent_at,
    fitted_scale,
)


def test_sizes_are_those_of_the_standard() -> None:
    assert (Paper().width_mm, Paper().height_mm) == (210, 297)
    a3 = Paper(Size.A3, Orientation.LANDSCAPE)
    assert (a3.width_mm, a3.height_mm) == (420, 297)


@given(
    st.floats(10, 40_000),
    st.floats(10, 40_000),
    st.floats(50, 400),
    st.floats(50, 400),
)
def test_fitted_scale_shows_everything_and_the_next_larger_would_not(
    wide: float, tall: float, width: float, height: float
) -> None:
    bounds = (5.0, 7.0, 5.0 + wide, 7.0 + tall)
    scale = fitted_scale(bounds, width, height)
    x0, y0, x1, y1 = extent_at(bounds, scale, width, height)
    assert x0 <= bounds[0] + 1e-6
    assert y0 <= bounds[1] + 1e-6
    assert x1 >= bounds[2] - 1e-6
    assert y1 >= bounds[3] - 1e-6
    assert (x1 - x0) * 1000 / width == pytest.approx(scale)
    larger = [each for each in SCALES if each < scale]
    if larger:
        a, b, c, d = extent_at(bounds, larger[-1], width, height)
        assert c - a < wide or d - b < tall


def test_too_large_for_paper_is_said() -> None:
    with pytest.raises(AnalysisError, match="zu groß"):
        fitted_scale((0, 0, 1e9, 1e9), 180, 180)


@pytest.mark.parametrize(("scale", "length"), [(10_000, 500), (25_000, 1000), (2500, 100), (500, 20)])
def test_bar_is_round_and_fits(scale: int, length: int) -> None:
    assert bar_length_m(scale, 55) == length
