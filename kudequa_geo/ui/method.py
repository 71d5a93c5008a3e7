"""What the tool says of its own method, read from the functions and constants that do the work."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from kudequa_geo import constants, gaps, profile
from kudequa_geo.constants import Sourced
from kudequa_geo.errors import msg
from kudequa_geo.gaps import catchment, equity, indicators, need, provision, weighted
from kudequa_geo.kinds import load_kinds


@dataclass(frozen=True)
class Measure:
    """One measure: its name, what it tells (German texts), and the function that computes it."""

    label: str
    tells: str
    function: Callable[..., Any]

    @property
    def formula(self) -> str:
        """The formula of the function's documentation, in LaTeX."""
        return formula_of(self.function)

    @property
    def source(self) -> str:
        """The source of the function's documentation."""
        return source_of(self.function)


MEASURES = (
    Measure(
        msg("Anteil innerhalb der Grenze und mittlerer Weg"),
        msg(
            "w sind die Menschen eines Gebäudes, d die Meter bis zum nächsten Ort, s ist das Tempo der "
            "Person, L die Grenze. Wer keinen Ort erreicht, zählt als außerhalb, aber nicht im Mittel."
        ),
        indicators.indicators,
    ),
    Measure(
        msg("Versorgung in einem ganzen Feld"),
        msg(
            "v ist der Anteil der Dienste des Feldes, die ein Gebäude innerhalb ihrer Grenze hat, w sind "
            "seine Menschen. V ist der mittlere Anteil, A der Anteil der Menschen, die alle Dienste haben."
        ),
        provision.provision_indicators,
    ),
    Measure(
        msg("Median und 90. Perzentil"),
        msg("Der kleinste Weg, den die Hälfte oder neun Zehntel der Menschen nicht überschreiten."),
        weighted.quantiles,
    ),
    Measure(
        msg("Einzugsgebiet in zwei Schritten mit Zonen (E2SFCA)"),
        msg(
            "Angebot je Mensch, der darum konkurriert: S ist das Angebot eines Ortes, P sind die Menschen "
            "eines Gebäudes, W ist das Gewicht ihrer Zone."
        ),
        catchment.enhanced,
    ),
    Measure(
        msg("Ausgewogenes Einzugsgebiet"),
        msg(
            "Wie zuvor, doch wird jeder Mensch auf die erreichbaren Orte aufgeteilt: Kein Mensch und kein "
            "Angebot wird doppelt gezählt."
        ),
        catchment.balanced_per_resident,
    ),
    Measure(
        msg("Gini-Koeffizient"),
        msg("0 = alle haben gleich lange Wege, gegen 1 = wenige haben fast alle langen Wege."),
        equity.gini,
    ),
    Measure(
        msg("Konzentrationsindex"),
        msg("Über 0: die längeren Wege liegen dort, wo die Benachteiligung groß ist; unter 0 umgekehrt."),
        equity.concentration,
    ),
    Measure(
        msg("Palma-Verhältnis"),
        msg("Der mittlere Weg des schlechtesten Zehntels geteilt durch den der besten vier Zehntel."),
        equity.palma,
    ),
    Measure(
        msg("Bedarf"),
        msg(
            "Menschen jenseits der Grenze, über alle Dienste k mit ihrem Gewicht v; wer zu einer "
            "empfindlichen Gruppe f gehört, zählt um deren Gewicht s mehr. Jeder Summand wird gezeigt."
        ),
        need.weigh,
    ),
)


def formula_of(function: Callable[..., Any]) -> str:
    """Return the first formula of a function's documentation, in LaTeX; empty = none."""
    lines = inspect.cleandoc(function.__doc__ or "").splitlines()
    for at, line in enumerate(lines):
        if line.startswith(".. math::"):
            block = [line.removeprefix(".. math::").strip()]
            for following in lines[at + 1 :]:
                if following and not following.startswith(" "):
                    break
                block.append(following.strip())
            return " ".join(part for part in block if part)
    return ""


def source_of(function: Callable[..., Any]) -> str:
    """Return the source named in a function's documentation; empty = none."""
    text = inspect.cleandoc(function.__doc__ or "")
    found = re.search(r"\*Source\*: (.+?)(?:\n\n|\Z)", text, flags=re.DOTALL)
    return " ".join(found.group(1).split()) if found else ""


@dataclass(frozen=True)
class Number:
    """A number of the tool with the name it has in the code."""

    name: str
    sourced: Sourced


@cache
def numbers() -> tuple[Number, ...]:
    """Return every sourced number that the tool works with, besides limits and speeds, by module and name."""
    modules = [constants, profile]
    modules += [
        importlib.import_module(f"{gaps.__name__}.{info.name}")
        for info in pkgutil.iter_modules(gaps.__path__)
    ]
    found: dict[int, Number] = {}
    for module in modules:
        short = module.__name__.rpartition(".")[2]
        for name, value in vars(module).items():
            if name.isupper():
                for label, sourced in _sourced(f"{short}.{name}", value):
                    found.setdefault(id(sourced), Number(label, sourced))
    merged = {key: kind.merge for key, kind in load_kinds().items() if kind.merge is not None}
    merges = (Number(f"kinds.{key}.merge", number.sourced()) for key, number in merged.items())
    return (*found.values(), *merges)


def _sourced(name: str, value: Any) -> list[tuple[str, Sourced]]:
    if isinstance(value, Sourced):
        return [(name, value)]
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _sourced(f"{name}.{key}", item)]
    if isinstance(value, tuple):
        return [pair for at, item in enumerate(value, 1) for pair in _sourced(f"{name}.{at}", item)]
    return []
