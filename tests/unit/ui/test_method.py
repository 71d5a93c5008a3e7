"""Formulas, sources and numbers as they are read from the code."""

from __future__ import annotations

import ast

import pytest

from kudequa_geo.constants import SNAP_MAX_M
from kudequa_geo.gaps import areas, equity, need
from kudequa_geo.ui.method import MEASURES, formula_of, numbers, source_of
from tests.conftest import ROOT


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
    assert found["kinds.bus_stop.merge"].value == 150
    assert len({id(sourced) for sourced in found.values()}) == len(found) > 40


def test_every_number_that_is_shown_is_worked_with() -> None:
    used = set()
    for path in (ROOT / "kudequa_geo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.add(node.id)
            elif isinstance(node, ast.Attribute):
                used.add(node.attr)
    named = {name for name in (number.name for number in numbers()) if not name.startswith("kinds.")}
    assert {name for name in named if name.split(".")[1] not in used} == set()
