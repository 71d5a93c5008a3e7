"""The reference values: complete, sourced, of kinds that exist."""

from __future__ import annotations

import pytest

from kudequa_geo.kinds import load_kinds
from kudequa_geo.references import load_references


def test_every_reference_is_of_a_kind_and_has_a_source() -> None:
    references = load_references()
    kinds = [entry.kind for entry in references.reference]
    assert set(kinds) <= set(load_kinds()) and len(kinds) == len(set(kinds))
    for entry in references.reference:
        assert entry.source and 2015 <= entry.year <= 2025
        assert entry.url or entry.assumption, entry.kind


def test_values_are_those_that_experts_quote() -> None:
    usual = load_references().per_1000()
    # "20 Apotheken je 100.000 Einwohner" (ABDA); one food shop for 2,300 to 3,000 people.
    assert usual["pharmacy"].value * 100 == pytest.approx(20, abs=0.5)
    assert 2300 < 1000 / usual["supermarket"].value < 3000
    assert usual["hospital"].unit == "je 1.000 Einwohner" and "Fachangabe" in usual["gp"].source
