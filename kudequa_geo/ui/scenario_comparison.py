"""Two scenarios beside each other, or one and the present state: every measure and the difference."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from kudequa_geo.results.today import today
from kudequa_geo.scenarios.measures import MEASURE_LABELS, side_by_side
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES
from kudequa_geo.scenarios.state import State
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, state, what_if, widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_view import WhatIf
from kudequa_geo.ui.sheets import csv_bytes

_TODAY, _KEPT = "", "kept"


def reference(study: Study) -> State:
    """Return what the scenario is compared with: the present state, or the scenario that was kept."""
    kept = what_if.kept(study)
    against = state.get("against", lambda key: key in (_TODAY, _KEPT), _TODAY)
    if against == _KEPT and kept is not None:
        return what_if.state_of(study, kept)
    return today(study)


def _against_chosen() -> None:
    state.put("against", st.session_state["widget.against"])


def _keep(study: Study) -> None:
    what_if.keep(study)
    state.put("against", _KEPT)


def take_upload(study: Study) -> None:
    """Take over a file that has just been chosen, before anything is computed."""
    given = st.session_state.get("scenario.other")
    if given is not None:
        before = what_if.kept(study)
        what_if.load_kept(study, given.file_id, given.getvalue())
        if what_if.kept(study) is not before:
            state.put("against", _KEPT)


def draw(shown: WhatIf) -> None:
    """Ask with what to compare, and show every measure of both."""
    study = shown.study
    kept = what_if.kept(study)
    names = {_TODAY: _("heutiger Stand")}
    if kept is not None:
        names[_KEPT] = widgets.plain(f"„{kept.name}“")
    here = state.get("against", lambda key: key in (_TODAY, _KEPT), _TODAY)
    st.session_state["widget.against"] = here if here in names else _TODAY
    st.radio(
        _("„{scenario}“ vergleichen mit").format(scenario=widgets.plain(shown.after.scenario.name)),
        list(names),
        format_func=names.__getitem__,
        key="widget.against",
        on_change=_against_chosen,
    )
    widgets.table(
        _("Alle Kennzahlen: {service}").format(service=_(shown.view.kind.label)),
        (_("Kennzahl"), _("Szenario"), _("Vergleich"), _("Unterschied")),
        rows(shown),
        numbers=(1, 2, 3),
        height="26rem",
    )
    st.download_button(
        _("Vergleich als CSV"),
        lambda: csv(shown),
        f"vergleich_{study.config.key}_{shown.view.kind.key}_{shown.view.person.key}.csv",
        "text/csv",
        on_click="ignore",
        key="scenario.comparison.csv",
    )
    st.button(_("Diesen Stand zum Vergleichen merken"), on_click=_keep, args=(study,), key="scenario.keep")
    with st.expander(_("Anderes Szenario zum Vergleich öffnen")):
        widgets.upload_word()
        most = LARGEST_FILE_BYTES // 1_000_000
        st.file_uploader(_("Szenario (JSON)"), type=["json"], max_upload_size=most, key="scenario.other")


def _figures(shown: WhatIf) -> pd.DataFrame:
    return side_by_side(
        shown.outcome(shown.after), shown.outcome(shown.before), shown.view.person.key, shown.view.kind.key
    )


def rows(shown: WhatIf) -> list[tuple[str, ...]]:
    """Return the table's cells."""
    return [
        (
            _(MEASURE_LABELS[measure]),
            _written(measure, row["one"]),
            _written(measure, row["other"]),
            _signed(measure, row["difference"]),
        )
        for measure, row in _figures(shown).iterrows()
    ]


def _written(measure: str, value: float) -> str:
    if measure == "share_within_limit":
        return i18n.percent(value, 1)
    if measure.endswith("_min"):
        return i18n.number(value, 1)
    if measure.endswith("gini"):
        return i18n.number(value, 3)
    return i18n.number(value) if measure == "gap_areas" else people(value)


def _signed(measure: str, value: float) -> str:
    if math.isnan(value):
        return i18n.UNKNOWN
    written = _written(measure, abs(value))
    nothing = _written(measure, 0.0)
    if written == nothing:
        return nothing
    return ("+" if value > 0 else "\u2212") + written


def csv(shown: WhatIf) -> bytes:
    """Return all measures of both as CSV."""
    asked = shown.view
    question = [asked.kind.key, asked.person.key, asked.limit.value, asked.limit.unit]
    question += [shown.after.scenario.name, shown.before.scenario.name, shown.study.package.modelled]
    head = ["measure", "one", "other", "difference", "kind", "person", "limit", "limit_unit"]
    head += ["scenario", "compared_with", "modelled"]
    found = _figures(shown)
    return csv_bytes(head, [[measure, *row.tolist(), *question] for measure, row in found.iterrows()])
