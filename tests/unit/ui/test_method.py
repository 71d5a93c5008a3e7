"""Formulas, sources and numbers as they are read from the code."""

from __future__ import annotations

import pytest

from kudequa_geo.constants import SNAP_MAX_M
from kudequa_geo.gaps import areas, equity, need
from kudequa_geo.ui.method import MEASURES, formula_of, numbers, source_of


def _documented() -> None:
    r"""Return nothing.

    .. math::

        a = \frac{1}{2},
        \qquad b

    Afterwards.

    Notes
    -----
    *Source*: Somebody (1999),
    "A title".

    More.
    """


def _bare() -> None:
    pass


def test_formula_and_source_are_taken_whole_and_alone() -> None:
    assert formula_of(_documented) == r"a = \frac{1}{2}, \qquad b"
    assert source_of(_documented) == 'Somebody (1999), "A title".'
    assert formula_of(_bare) == source_of(_bare) == ""


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.label)
def test_every_measure_has_a_formula_and_a_source(measure) -> None:
    assert "=" in measure.formula or r"\frac" in measure.formula
    assert measure.formula.count("{") == measure.formula.count("}")
    assert measure.source


def test_gini_is_the_formula_of_gini() -> None:
    assert formula_of(equity.gini).startswith(r"G = \frac{\sum_i \sum_j")


def test_numbers_hold_each_constant_once_under_its_name() -> None:
    found = {number.name: number.sourced for number in numbers()}
    assert found["constants.SNAP_MAX_M"] is SNAP_MAX_M
    assert found["areas.JOIN_M"] is areas.JOIN_M
    assert found["need.SENSITIVITY.residents_65_plus"] is need.SENSITIVITY["residents_65_plus"]
    assert found["catchment.ZONE_WEIGHTS.2"].value == 0.68
    assert len({id(sourced) for sourced in found.values()}) == len(found) > 40
