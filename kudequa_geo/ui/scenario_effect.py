"""Who gains and who loses: by district, by age group, by person."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.ui import sheets, state, widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_view import WhatIf, net_minutes
from kudequa_geo.ui.view import person_words

#: By what the effect is told apart.
BY = {"district": msg("Bezirk"), "group": msg("Gruppe"), "person": msg("Person")}


def _by_chosen() -> None:
    state.put("by", st.session_state["widget.by"])


def chosen() -> str:
    """Return by what the effect is told apart."""
    return state.quietly("by", BY.__contains__, "district")


def draw(shown: WhatIf) -> None:
    """Show the effect by what the reader has chosen, and offer it as a file."""
    if not shown.changed:
        widgets.text(_("Sobald etwas geändert ist, steht hier, wer gewinnt und wer verliert."))
        return
    by = chosen()
    st.session_state["widget.by"] = by
    st.radio(
        _("Wer gewinnt, wer verliert – nach"),
        list(BY),
        format_func=lambda key: _(BY[key]),
        horizontal=True,
        key="widget.by",
        on_change=_by_chosen,
    )
    rows = {"district": districts, "group": groups, "person": persons}[by](shown)
    if rows:
        heads = (_(BY[by]), _("näher"), _("weiter"), _("neu in der Grenze"), _("gesparte Minuten"))
        widgets.table(_("Wer gewinnt, wer verliert"), heads, rows, numbers=(1, 2, 3, 4), height="22rem")
    else:
        widgets.text(_("In keinem Bezirk ändert sich ein Weg."))
    name = f"szenario_{shown.study.config.key}_{shown.view.kind.key}_{shown.view.person.key}"
    sheets.button(_("Wirkung als CSV"), shown.csv, name, "scenario.csv")


def _cells(name: str, row: pd.Series) -> tuple[str, ...]:
    within = row["within_gained"] - row["within_lost"]
    sign = "\u2212" if within < 0 else ""
    return name, people(row["better"]), people(row["worse"]), sign + people(abs(within)), net_minutes(row)


def districts(shown: WhatIf) -> list[tuple[str, ...]]:
    """Return the districts in which anything changes, most people first."""
    found = shown.units[shown.units["level"] == "district"]
    found = found[(found["better"] > 0) | (found["worse"] > 0)]
    found = found.sort_values(["better", "worse"], ascending=False, kind="stable")
    outside = _("außerhalb der Bezirke")
    return [
        _cells(row["name"] if isinstance(row["name"], str) else outside, row)
        for _position, row in found.iterrows()
    ]


def groups(shown: WhatIf) -> list[tuple[str, ...]]:
    """Return the groups of residents that are known, all residents first."""
    people_of = shown.before.base.people
    known = [group for group in RESIDENT_GROUPS if group in people_of and people_of[group].notna().any()]
    found = shown.effects([shown.view.person.key], ["residents", *known])
    area = found[found["level"] == "area"].set_index("group")
    labels = {"residents": _("alle Menschen")} | {key: _(RESIDENT_GROUPS[key]) for key in known}
    return [_cells(label, area.loc[group]) for group, label in labels.items()]


def persons(shown: WhatIf) -> list[tuple[str, ...]]:
    """Return every person of the municipality as who walks."""
    walkers = shown.study.persons
    found = shown.effects(list(walkers))
    area = found[found["level"] == "area"].set_index("person")
    return [_cells(person_words(person), area.loc[key]) for key, person in walkers.items()]
