"""The access map with its answer beside it: one fragment, so that a click reruns nothing else."""

from __future__ import annotations

import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.study import Study
from kudequa_geo.ui import frame, i18n, widgets
from kudequa_geo.ui.answer import Answer, people, ranked
from kudequa_geo.ui.explain import Explanation, building_at, field_name
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View

MAP_KEY = "access.map"
ORDER_KEY = "access.order"
#: Orders of the district table by attribute of a unit.
ORDERS = {
    "share": msg("Anteil innerhalb (kleinster zuerst)"),
    "beyond": msg("Menschen außerhalb (meiste zuerst)"),
    "mean_min": msg("mittlerer Weg (längster zuerst)"),
    "name": msg("Name"),
}


@st.fragment
def map_and_answer(study: Study, view: View) -> None:
    """Draw the map and, beside it, what it answers and what a clicked building tells."""
    with frame.guard():
        middle, right = st.columns([2, 1], gap="small")
        answer = Answer(study, view)
        click = widgets.last_click(MAP_KEY)
        building = None if click is None else building_at(study, *click)
        explanation = None if building is None else Explanation(study, view, building)
        with middle:
            widgets.access_map(answer, explanation, MAP_KEY)
        with right, st.container(key="answer"):
            widgets.sentence(answer.sentence())
            if explanation is not None:
                _explained(explanation)
            elif click is None:
                widgets.quiet(_("Ein Klick auf ein Gebäude zeigt den Weg und alle nächsten Angebote."))
            else:
                widgets.text(
                    _("An dieser Stelle steht kein Wohngebäude. Bitte ein farbiges Gebäude anklicken.")
                )
            widgets.figures(answer.figures())
            _districts(answer)
            widgets.download(answer, "access.csv")


def _explained(explanation: Explanation) -> None:
    widgets.heading(_("Warum? Das gewählte Gebäude"))
    widgets.text(explanation.sentence())
    rows: list[tuple[str, ...]] = []
    here = None
    for field, found in explanation.all_kinds().items():
        rows.append((field_name(field),))
        for nearest in found:
            if nearest.kind.key == explanation.view.kind.key:
                here = len(rows)
            label = _(nearest.kind.label)
            name = explanation.place_name(nearest.place) if nearest.reachable else _("nicht erreichbar")
            beyond = " ▲" if nearest.beyond and nearest.reachable else ""
            rows.append(
                (
                    f"{label}\n{name}",
                    i18n.number(nearest.minutes, 1 if nearest.minutes < 10 else 0) + beyond,
                    i18n.number(nearest.metres),
                )
            )
    heads = (_("Dienst"), _("Minuten"), _("Meter"))
    widgets.table(_("Nächste Angebote"), heads, rows, numbers=(1, 2), here=here, height="20rem")
    widgets.quiet(_("▲ = weiter als die Grenze des Dienstes"))


def _districts(answer: Answer) -> None:
    districts = answer.districts
    if not districts:
        return
    # Set in every run, so that the browser shows the choice in the language of the run.
    st.session_state[ORDER_KEY] = st.session_state.get(ORDER_KEY, "share")
    order = st.selectbox(
        _("Bezirke sortieren nach"),
        list(ORDERS),
        format_func=lambda key: _(ORDERS[key]),
        key=ORDER_KEY,
    )
    units = ranked(districts, order)
    here = next((row for row, unit in enumerate(units) if unit is answer.here), None)
    rows = [
        (unit.name, i18n.percent(unit.share), i18n.number(unit.mean_min, 1), people(unit.residents))
        for unit in units
    ]
    heads = (
        _("Bezirk"),
        _("innerhalb"),
        _("mittlerer Weg, Minuten"),
        _("Menschen"),
    )
    widgets.table(_("Bezirke"), heads, rows, numbers=(1, 2, 3), here=here)
