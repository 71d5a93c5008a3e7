"""What a new place on each site would bring: ranked table and numbers on the map."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.language import Language
from kudequa_geo.maps.sketch import Mark
from kudequa_geo.scenarios.potential import potential
from kudequa_geo.schema import SITE_LABELS, SiteKind
from kudequa_geo.ui import scenario_link, sheets, widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_view import WhatIf

#: Ranks on the map; more would hide it.
_RANKS = 10


class Ranking:
    """What each site would bring for the chosen service, the best first."""

    def __init__(self, shown: WhatIf) -> None:
        self.shown = shown
        self.sites = shown.spots.all_sites(shown.after)
        asked = shown.view
        self.table = potential(
            shown.after, asked.person.key, kinds=[asked.kind.key], sites=self.sites, limits=shown.limits
        )

    def marks(self) -> list[Mark]:
        """Return the ranks of the best sites for the map."""
        best = self.table[self.table["people_within"] > 0].head(_RANKS)
        names = self.shown.spots.names
        return [
            Mark(self.shown.spots.point(key), str(rank), names[key], chosen=rank == 1)
            for rank, key in enumerate(best["site_id"], start=1)
        ]

    def sentence(self) -> str:
        """Return the best site in one sentence."""
        asked = self.shown.view
        words = {"service": _(asked.kind.label), "limit": asked.limit_words}
        if not len(self.table):
            return _("Hier sind keine Flächen bekannt.")
        best = self.table.iloc[0]
        if not best["people_within"] > 0:
            return _("Auf keiner Fläche brächte „{service}“ Menschen in die Grenze von {limit}.").format(
                **words
            )
        text = _(
            "Am meisten brächte „{service}“ auf „{site}“: Neu innerhalb von {limit} wohnen dann "
            "{people} Menschen."
        )
        name = self.shown.spots.names[best["site_id"]]
        return text.format(site=name, people=people(best["people_within"]), **words)

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table's cells."""
        names = self.shown.spots.names
        return [
            (
                f"{number}. {names[row['site_id']]}\n{_(SITE_LABELS[SiteKind(row['site_kind'])])}",
                people(row["people_within"]),
                people(row["minutes_saved"]),
                people(row["need_closed"]),
            )
            for number, (_position, row) in enumerate(self.table.iterrows(), start=1)
        ]


def draw(ranking: Ranking) -> None:
    """Show the ranking, let the reader try the best, and offer all services as a file."""
    shown = ranking.shown
    if not len(ranking.table):
        return
    heads = (_("Fläche"), _("kämen in die Grenze"), _("gesparte Minuten"), _("gedeckter Bedarf"))
    widgets.table(_("Was jede Fläche brächte"), heads, ranking.rows(), numbers=(1, 2, 3), height="26rem")
    connected = list(ranking.table.dropna(subset=["rank"])["site_id"])
    if connected:
        st.button(
            _("Nr. 1 ausprobieren"),
            on_click=scenario_link.aim,
            args=(connected[0],),
            key="scenario.try",
        )
    name = f"flaechen_potenzial_{shown.study.config.key}_{shown.view.person.key}"
    sheets.button(_("Alle Dienste als CSV"), partial(every_kind, shown), name, "scenario.potential.csv")


def every_kind(shown: WhatIf, say: Language) -> bytes:
    """Return what every kind of place would bring on every site, as CSV in the notation of a language."""
    asked = shown.view
    sites = shown.spots.all_sites(shown.after)
    found: pd.DataFrame = potential(shown.after, asked.person.key, sites=sites, limits=shown.limits)
    rows = found.itertuples(index=False, name=None)
    more = {"person": asked.person.key, "scenario": shown.after.scenario.name}
    return sheets.csv_bytes(shown.study, msg("Was jede Fläche brächte"), (list(found), rows), more, say)
