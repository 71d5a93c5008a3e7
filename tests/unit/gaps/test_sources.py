"""Every planning number of the measures names its source, and says when it is an assumption."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from kudequa_geo import gaps
from kudequa_geo.constants import Sourced


def numbers() -> Iterator[tuple[str, Sourced]]:
    for module in pkgutil.iter_modules(gaps.__path__, "kudequa_geo.gaps."):
        for name, value in vars(importlib.import_module(module.name)).items():
            held = (
                value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            )
            yield from ((f"{module.name}.{name}", number) for number in held if isinstance(number, Sourced))


def test_every_number_has_a_source() -> None:
    found = list(numbers())
    assert len({name for name, _ in found}) > 15
    for name, number in found:
        assert number.unit.strip() and number.source.strip() and 1950 < number.year <= 2030, name
        assert number.assumption == number.source.startswith("Annahme"), name
