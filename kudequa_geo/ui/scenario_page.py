"""What if: one question at a time to a changed city, with the map beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.results.today import today
from kudequa_geo.scenario_file import SUFFIX
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, to_json
from kudequa_geo.study import Study
from kudequa_geo.ui import (
    frame,
    i18n,
    scenario_change,
    scenario_comparison,
    scenario_effect,
    scenario_map,
    scenario_potential,
    scenario_steps,
    scenario_suggestion,
    state,
    view,
    what_if,
    widgets,
)
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_potential import Ranking
from kudequa_geo.ui.scenario_view import WhatIf
from kudequa_geo.ui.view import View

NAMES = (*view.NAMES, "task", "change", "site", "by", *scenario_suggestion.NAMES, "against", "picture")
#: The questions of the page, in their order.
TASKS = {
    "change": msg("Ändern"),
    "effect": msg("Wirkung"),
    "suggest": msg("Vorschlag"),
    "potential": msg("Flächen"),
    "compare": msg("Vergleich"),
    "file": msg("Datei"),
}
_UPLOAD = "scenario.upload"


def asked_of(study: Study) -> View:
    """Return the reader's question; what the address says wrongly is told above the page."""
    asked = view.read(study)
    task()
    scenario_change.chosen()
    scenario_effect.chosen()
    scenario_suggestion.wish(asked.limit)
    scenario_comparison.reference(study)
    scenario_map.picture()
    site = str(st.session_state.get("view.site") or "")
    if site and scenario_map.looked_at() is None:
        scenario_map.look_at(site)
    return asked


def task() -> str:
    """Return which question the reader asks."""
    return state.quietly("task", TASKS.__contains__, "change")


@st.fragment
def map_and_answer(study: Study, asked: View) -> None:
    """Draw the map and, beside it, the effect of the scenario and the question that is asked."""
    with frame.guard():
        _uploads_first(study)
        here = task()
        before = scenario_comparison.reference(study) if here == "compare" else today(study)
        shown = WhatIf(study, asked, before, what_if.state_of(study, what_if.history(study).present))
        if here == "change":
            scenario_change.take_click(shown)
        if here == "suggest":
            scenario_suggestion.take_wish(shown)
        ranking = Ranking(shown) if here == "potential" else None
        middle, right = st.columns([2, 1], gap="small")
        with middle:
            _map(shown, here, ranking)
        with right, st.container(key="answer"):
            _answer(shown, here, ranking)
        state.publish(NAMES)


def _map(shown: WhatIf, here: str, ranking: Ranking | None) -> None:
    if here == "change":
        site = state.get("site", lambda key: not key or key in shown.spots.rows, "")
        marks = scenario_change.marks(shown)
        scenario_map.draw(shown, sites=scenario_change.on_spots(), chosen=site, marks=marks)
    elif here == "suggest":
        found = scenario_suggestion.found_for(shown)
        marks = [] if found is None else scenario_suggestion.marks(found)
        scenario_map.draw(shown, sites=True, difference=False, numbers=False, marks=marks)
    elif ranking is not None:
        scenario_map.draw(shown, sites=True, difference=False, numbers=False, marks=ranking.marks())
    else:
        scenario_map.draw(shown)


def _answer(shown: WhatIf, here: str, ranking: Ranking | None) -> None:
    widgets.sentence(_headline(shown, here, ranking))
    refused = what_if.error()
    if refused is not None:
        widgets.refusal(refused)
    if shown.changed and here == "effect":
        widgets.figures(shown.figures())
    _tasks(here)
    if here not in ("suggest", "potential"):
        scenario_map.picture_control(shown)
    if ranking is not None:
        scenario_potential.draw(ranking)
        return
    parts: dict[str, Callable[[WhatIf], None]] = {
        "change": _change,
        "effect": scenario_effect.draw,
        "suggest": scenario_suggestion.draw,
        "compare": scenario_comparison.draw,
        "file": _file,
    }
    parts[here](shown)


def _headline(shown: WhatIf, here: str, ranking: Ranking | None) -> str:
    """Return the answer to the question that is asked, in one sentence."""
    if ranking is not None:
        return ranking.sentence()
    if here == "suggest":
        found = scenario_suggestion.found_for(shown)
        if found is not None:
            return scenario_suggestion.sentence(shown, found)
        text = _("Wo brächten neue Orte für „{service}“ am meisten? Der Vorschlag rechnet es aus.")
        return text.format(service=_(shown.view.kind.label))
    return shown.sentence()


def _task_chosen() -> None:
    chosen = st.session_state["widget.task"]
    if chosen is not None:
        state.put("task", chosen)


def _tasks(here: str) -> None:
    st.session_state["widget.task"] = here
    st.segmented_control(
        _("Was möchten Sie tun?"),
        list(TASKS),
        format_func=lambda key: _(TASKS[key]),
        key="widget.task",
        on_change=_task_chosen,
        label_visibility="collapsed",
    )


def _change(shown: WhatIf) -> None:
    scenario_change.draw(shown)
    scenario_steps.draw(shown)


def _uploads_first(study: Study) -> None:
    """Take over files that have just been chosen, before anything is computed."""
    given = st.session_state.get(_UPLOAD)
    if given is not None:
        what_if.load(study, given.file_id, given.getvalue())
    scenario_comparison.take_upload(study)


def _renamed(study: Study) -> None:
    session = st.session_state
    what_if.rename(study, session["widget.scenario_name"], session["widget.scenario_text"])


def _file(shown: WhatIf) -> None:
    study, present = shown.study, shown.after.scenario
    st.session_state["widget.scenario_name"] = present.name
    st.session_state["widget.scenario_text"] = present.description
    taken: dict[str, Any] = {"on_change": _renamed, "args": (study,)}
    st.text_input(_("Name des Szenarios"), max_chars=120, key="widget.scenario_name", **taken)
    st.text_area(_("Beschreibung"), max_chars=2000, key="widget.scenario_text", **taken)
    st.download_button(
        _("Szenario speichern"),
        to_json(present).encode(),
        f"{study.config.key}{SUFFIX}",
        "application/json",
        on_click="ignore",
        key="scenario.save",
    )
    widgets.quiet(_("Die Datei lässt sich weitergeben, wieder öffnen und auf der Befehlszeile rechnen."))
    widgets.upload_word()
    st.file_uploader(_("Szenario öffnen (JSON)"), type=["json"], max_upload_size=1, key=_UPLOAD)
    most = i18n.number(LARGEST_FILE_BYTES / 1e6)
    widgets.quiet(
        _("Höchstens {most} MB; ersetzt das jetzige Szenario. Rückgängig holt es zurück.").format(most=most)
    )
