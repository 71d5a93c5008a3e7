"""The city before and after a reader's scenario, under one question: figures, sentence, colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import msg
from kudequa_geo.language import Language
from kudequa_geo.maps import difference
from kudequa_geo.results.today import today
from kudequa_geo.scenarios.effect import CODES, Turn, difference_codes, effects
from kudequa_geo.scenarios.outcome import Outcome
from kudequa_geo.scenarios.state import State
from kudequa_geo.scenarios.telling import sentences
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, site_list
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_spots import Spots
from kudequa_geo.ui.sheets import csv_bytes
from kudequa_geo.ui.view import View

_FIGURES = ("better", "worse", "within_gained", "within_lost", "minutes_saved", "minutes_lost")


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The city before and after the reader's scenario, for one service and one person.

    Attributes
    ----------
    study, view
        The municipality and the question.
    before, after
        What is compared: the present state or another scenario, and the reader's scenario.
    """

    study: Study
    view: View
    before: State
    after: State

    @property
    def changed(self) -> bool:
        """Whether there is anything to compare."""
        return self.before.scenario.changes != self.after.scenario.changes

    @property
    def limits(self) -> dict[str, Sourced]:
        """The limit of the service as the reader has set it."""
        return {self.view.kind.key: self.view.limit}

    @cached_property
    def spots(self) -> Spots:
        """Sites that can be used."""
        if site_list.uploaded() is not None:
            return Spots(self.study, today(self.study))
        key = ("scenario", "spots", i18n.language())
        return self.study.kept(key, lambda: Spots(self.study, today(self.study)))

    def effects(self, persons: Sequence[str], groups: Sequence[str] = ("residents",)) -> pd.DataFrame:
        """Return who gains and who loses for the service, by unit, person and group."""
        return effects(
            self.before,
            self.after,
            persons=persons,
            kinds=[self.view.kind.key],
            groups=groups,
            limits=self.limits,
        )

    @cached_property
    def units(self) -> pd.DataFrame:
        """Who gains and who loses, by unit, for the chosen person."""
        return self.effects([self.view.person.key])

    @property
    def whole(self) -> pd.Series:
        """Who gains and who loses in the whole area."""
        return self.units[self.units["level"] == "area"].iloc[0]

    @cached_property
    def codes(self) -> np.ndarray:
        """Code of each building on the map of differences."""
        turn, longer = difference_codes(self.before, self.after, self.view.person.key, self.view.kind.key)
        gained, lost = turn == CODES[Turn.REACHED], turn == CODES[Turn.LOST]
        return difference.codes(longer, "min", gained=gained, lost=lost)

    def walks(self, at: State) -> np.ndarray:
        """Return the metres of each building of the prepared tables in one of the two states."""
        metres = at.metres(self.view.person.key, self.view.kind.key)
        return metres[: len(at.base.buildings)]

    def outcome(self, state: State) -> Outcome:
        """Return the figures of a state under the reader's limit."""
        return Outcome(state, {self.view.person.key: self.view.person}, self.limits)

    def sentence(self) -> str:
        """Return who gains and who loses, to be read aloud."""
        if not self.changed:
            text = _(
                "In {area} ist noch nichts geändert. Hier lässt sich ausprobieren, für wie viele Menschen "
                "ein Ort, ein Weg oder neue Wohnungen den Alltag verändern."
            )
            return text.format(area=self.study.config.name)
        return told(self, self.whole)

    def figures(self) -> list[tuple[str, str, str]]:
        """Return the three figures: label, value, comparison."""
        whole = self.whole
        limit = self.view.limit_words
        return [
            (
                _("haben es näher"),
                people(whole["better"]),
                _("weiter: {people}").format(people=people(whole["worse"])),
            ),
            (
                _("neu innerhalb von {limit}").format(limit=limit),
                people(whole["within_gained"]),
                _("nicht mehr: {people}").format(people=people(whole["within_lost"])),
            ),
            (_("gesparte Minuten je Gang"), net_minutes(whole), _("alle zusammen")),
        ]

    @property
    def asked(self) -> dict[str, Any]:
        """What the figures answer, as columns of a table."""
        compared = {"scenario": self.after.scenario.name, "compared_with": self.before.scenario.name}
        return self.view.asked | compared

    def csv(self, say: Language) -> bytes:
        """Return the effects by unit as CSV in the notation of a language."""
        head = ["level", "district_id", "name", "residents", *_FIGURES]
        rows = self.units[head].itertuples(index=False, name=None)
        return csv_bytes(self.study, msg("Wer gewinnt, wer verliert"), (head, rows), self.asked, say)


def told(shown: WhatIf, effect: pd.Series) -> str:
    """Return what a row of the effects says, in the reader's language."""
    said = sentences(effect, shown.view.kind.label, shown.view.limit, shown.after.scenario.name)
    return " ".join(sentence.fill(_, people, i18n.short) for sentence in said)


def net_minutes(row: pd.Series) -> str:
    """Return the minutes that all save together, below zero where they lose; rounded as people are."""
    net = float(row["minutes_saved"] - row["minutes_lost"])
    return ("\u2212" if round(net) < 0 else "") + people(abs(net) if round(net) else 0.0)
