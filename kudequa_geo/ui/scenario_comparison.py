"""Two scenarios beside each other, or one and the present state: every measure and the difference."""

from __future__ import annotations

import math
from functools import partial

import pandas as pd
import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.language import Language
from kudequa_geo.results.today import today
from kudequa_geo.scenarios.measures import MEASURE_LABELS, side_by_side
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES
from kudequa_geo.scenarios.state import State
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, sheets, state, what_if, widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_view import WhatIf

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
    name = f"vergleich_{study.config.key}_{shown.view.kind.key}_{shown.view.person.key}"
    sheets.button(_("Vergleich als CSV"), partial(csv, shown), name, "scenario.comparison.csv")
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


def csv(shown: WhatIf, say: Language) -> bytes:
    """Return all measures of both as CSV in the notation of a language."""
    head = ["measure", "one", "other", "difference"]
    rows = ([measure, *row.tolist()] for measure, row in _figures(shown)[head[1:]].iterrows())
    return sheets.csv_bytes(shown.study, msg("Kennzahlen"), (head, rows), shown.asked, say)
