"""The list of a scenario's changes: what was done, undone, removed."""

from __future__ import annotations

import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.scenarios.change import (
    AddHousing,
    AddPlace,
    Change,
    ClosePlace,
    MovePlace,
    OpenPath,
    ResizePlace,
)
from kudequa_geo.ui import i18n, what_if, widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_view import WhatIf

#: Changes with a button of their own; more would hide the page.
_LISTED = 25

#: Changes without further words.
PLAIN = {
    "close_path": msg("Weg geschlossen"),
    "close_gate": msg("Durchgang geschlossen"),
    "open_gate": msg("Tor geöffnet"),
    "free_path": msg("Stufen und Borde beseitigt"),
}


def draw(shown: WhatIf) -> None:
    """Show the changes, each with a button that removes it, and undo and redo."""
    steps = what_if.history(shown.study)
    changes = steps.present.changes
    if not changes and not steps.past and not steps.future:
        return
    widgets.heading(_("Änderungen"))
    if len(changes) > _LISTED:
        widgets.quiet(_("Gezeigt sind die letzten {count}.").format(count=i18n.number(_LISTED)))
    first = max(len(changes) - _LISTED, 0)
    for number, change in enumerate(changes[first:], start=first):
        with st.container(horizontal=True, vertical_alignment="center", key=f"step-{number}"):
            widgets.text(f"{number + 1}. {told(shown, change)}")
            st.button(
                _("Entfernen"),
                on_click=what_if.remove,
                args=(shown.study, number),
                key=f"scenario.remove.{number}",
                help=_("Änderung {number} entfernen").format(number=number + 1),
                type="tertiary",
                width="content",
            )
    with st.container(horizontal=True):
        buttons = (
            (_("Rückgängig"), what_if.undo, not steps.past, "scenario.undo"),
            (_("Wiederholen"), what_if.redo, not steps.future, "scenario.redo"),
            (_("Alles zurücksetzen"), what_if.clear, not changes, "scenario.clear"),
        )
        for label, act, idle, key in buttons:
            st.button(label, on_click=act, args=(shown.study,), disabled=idle, key=key)


def told(shown: WhatIf, change: Change) -> str:
    """Return what a change does, in the reader's language."""
    match change:
        case AddPlace():
            labels = {kind.key: _(kind.label) for kind in shown.study.kinds}
            where = change.name or _("an der angeklickten Stelle")
            text = _("Neu: {service}, {name}").format(
                service=labels.get(change.kind, change.kind), name=where
            )
            if change.capacity is None:
                return text
            return text + ", " + _("Größe {size}").format(size=i18n.short(change.capacity))
        case ClosePlace():
            return _("Geschlossen: {name}").format(name=place_name(shown, change.place_id))
        case MovePlace():
            return _("Verlegt: {name}").format(name=place_name(shown, change.place_id))
        case ResizePlace():
            return _("Neue Größe von {name}: {size}").format(
                name=place_name(shown, change.place_id), size=i18n.short(change.capacity)
            )
        case OpenPath():
            return _("Weg geöffnet: {name}").format(name=change.name) if change.name else _("Weg geöffnet")
        case AddHousing():
            text = _("Neue Wohnungen für {people} Menschen").format(people=people(change.residents))
            return f"{text}, {change.name}" if change.name else text
        case _:
            return _(PLAIN[change.type])


def place_name(shown: WhatIf, place_id: str) -> str:
    """Return what to call a place of the city or of the scenario."""
    base = shown.after.base
    row = base.place_rows.get(place_id)
    if row is not None:
        return shown.after.place_name(row)
    added = [place for place in shown.after.added if place.place_id == place_id]
    return (added[0].name if added else "") or place_id
