"""The form for one change: what is to change, where, and how much."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from kudequa_geo.constants import HOUSEHOLD_SIZE, Barrier
from kudequa_geo.errors import msg
from kudequa_geo.maps.sketch import Mark
from kudequa_geo.scenarios.change import (
    AddHousing,
    Change,
    CloseGate,
    ClosePath,
    ClosePlace,
    FreePath,
    MovePlace,
    OpenGate,
    OpenPath,
    ResizePlace,
    Spot,
)
from kudequa_geo.ui import i18n, state, what_if, widgets
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.scenario_map import MAP_KEY, look_at
from kudequa_geo.ui.scenario_view import WhatIf

#: What can be changed, in the order of the choice.
CHANGES = {
    "add_place": msg("Ort eröffnen"),
    "close_place": msg("Ort schließen"),
    "move_place": msg("Ort verlegen"),
    "resize_place": msg("Größe eines Ortes ändern"),
    "open_path": msg("Weg öffnen (Steg, Durchgang)"),
    "close_path": msg("Weg schließen"),
    "free_path": msg("Stufen und Borde beseitigen"),
    "close_gate": msg("Durchgang schließen"),
    "open_gate": msg("Tor öffnen"),
    "add_housing": msg("Wohnungen bauen"),
}
#: What is asked of the map.
_WHERE = {
    "close_path": msg("Den Weg in der Karte anklicken; er entfällt bis zu den nächsten Kreuzungen."),
    "free_path": msg("Die Treppe oder den Bord in der Karte anklicken."),
    "close_gate": msg("Die Stelle in der Karte anklicken; dort ist dann kein Durchkommen."),
    "open_gate": msg("Das geschlossene Tor in der Karte anklicken."),
}
_AT_A_POINT: dict[str, type[ClosePath | CloseGate | OpenGate | FreePath]] = {
    "close_path": ClosePath,
    "free_path": FreePath,
    "close_gate": CloseGate,
    "open_gate": OpenGate,
}
_ON_SPOTS = ("add_place", "move_place", "add_housing")
_OF_PLACES = ("close_place", "move_place", "resize_place")
#: A click this far from a place still means it, in metres.
_PLACE_CLICK_M = 60.0
_SEEN = "scenario.seen"
_CLICKS = "scenario.clicks"
_PLACE = "scenario.place"
_HERE = ""


def chosen() -> str:
    """Return what the reader wants to change."""
    return state.quietly("change", CHANGES.__contains__, "add_place")


def on_spots() -> bool:
    """Tell whether sites answer what the form asks."""
    return chosen() in _ON_SPOTS


def clicks() -> list[tuple[float, float]]:
    """Return the clicked points that are not used up, in degrees (latitude, longitude)."""
    found: list[tuple[float, float]] = st.session_state.get(_CLICKS, [])
    return found


def take_click(shown: WhatIf) -> None:
    """Let a new click on the map answer what the form asks, before anything is drawn."""
    click = widgets.last_click(MAP_KEY)
    if click is None or click == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = click
    what = chosen()
    if what in _OF_PLACES and (what != "move_place" or not _place_chosen(shown)):
        place = _place_at(shown, *click)
        if place:
            st.session_state[_PLACE] = place
            return
    if what in _ON_SPOTS:
        site = shown.spots.at(*click)
        state.put("site", site)
        st.session_state[_CLICKS] = [] if site else [click]
    elif what == "open_path":
        before = clicks()
        st.session_state[_CLICKS] = [*before, click] if len(before) == 1 else [click]
    elif what not in _OF_PLACES:
        st.session_state[_CLICKS] = [click]


def marks(shown: WhatIf) -> list[Mark]:
    """Return what has been pointed at so far."""
    study = shown.study
    signs = "AB" if chosen() == "open_path" else "?"
    found = [
        Mark(what_if.clicked_point(study, *click), sign, chosen=True)
        for click, sign in zip(clicks(), signs, strict=False)
    ]
    place = _place_chosen(shown) if chosen() in _OF_PLACES else ""
    if place:
        x, y = shown.after.place_points[_open_places(shown)[place]].tolist()
        found.append(Mark((x, y), "?" if chosen() != "move_place" else "A", chosen=True))
    return found


def draw(shown: WhatIf) -> None:
    """Ask what is to change and where, and offer to do it."""
    what = chosen()
    st.session_state["widget.change"] = what
    st.selectbox(
        _("Was soll sich ändern?"),
        list(CHANGES),
        format_func=lambda key: _(CHANGES[key]),
        key="widget.change",
        on_change=_changed,
    )
    forms: dict[str, Callable[[WhatIf], None]] = {
        "add_place": _add_place,
        "close_place": _close_place,
        "move_place": _move_place,
        "resize_place": _resize_place,
        "open_path": _open_path,
        "add_housing": _add_housing,
    }
    forms.get(what, partial(_on_path, what))(shown)


def _changed() -> None:
    state.put("change", st.session_state["widget.change"])
    forget()


def forget() -> None:
    """Forget what was pointed at."""
    st.session_state[_CLICKS] = []
    st.session_state[_SEEN] = widgets.last_click(MAP_KEY)
    st.session_state.pop(_PLACE, None)
    state.put("site", "")


def _submit(act: Callable[[], bool] | None, label: str) -> None:
    """Offer the button; it is idle until the form is complete."""
    st.button(label, on_click=_done, args=(act,), disabled=act is None, key="scenario.add", type="primary")


def _done(act: Callable[[], bool]) -> None:
    """Make the change; what was pointed at is used up then, so that a second press does not make it again."""
    if act():
        forget()


def _making(shown: WhatIf, change: Change) -> Callable[[], bool]:
    return partial(what_if.change, shown.study, change)


def _site_chosen() -> None:
    site = st.session_state["widget.spot"]
    state.put("site", site)
    st.session_state[_CLICKS] = []
    if site:
        look_at(site)


def _spot(shown: WhatIf, label: str) -> tuple[Spot, str] | None:
    """Ask for a site or a clicked point; return it with its name, None while neither is there."""
    spots = shown.spots
    site = state.get("site", lambda key: not key or key in spots.rows, "")
    st.session_state["widget.spot"] = site
    st.selectbox(
        label,
        [_HERE, *spots.ordered()],
        format_func=lambda key: spots.label(key) if key in spots.rows else _("angeklickte Stelle der Karte"),
        key="widget.spot",
        on_change=_site_chosen,
    )
    if site:
        return spots.spot(site), spots.names[site]
    points = clicks()
    if points:
        return what_if.clicked_spot(shown.study, *points[0]), ""
    widgets.quiet(_("Eine Stelle oder Fläche in der Karte anklicken, oder hier eine Fläche wählen."))
    return None


def _capacity() -> float | None:
    given = st.number_input(
        _("Größe (Plätze, Betten), wenn bekannt"),
        min_value=0.0,
        max_value=1e6,
        value=None,
        step=1.0,
        format="%g",
        key="widget.capacity",
    )
    return None if given is None else float(given)


def _sized(shown: WhatIf) -> bool:
    """Tell whether any place of the kind tells its size."""
    base = shown.after.base
    of_kind = base.place_kinds == base.kind_index[shown.view.kind.key]
    return bool(np.isfinite(base.capacity[of_kind]).any())


def _add_place(shown: WhatIf) -> None:
    kind = shown.view.kind
    found = _spot(shown, _("Wo: {service}").format(service=_(kind.label)))
    # Where no place of the kind tells its size, none can count.
    capacity = _capacity() if _sized(shown) else None
    act = partial(what_if.add_places, shown.study, kind.key, [found], capacity) if found else None
    _submit(act, _("Eröffnen"))


def _open_places(shown: WhatIf) -> dict[str, int]:
    """Return the rows of the open places of the kind by their identifier."""
    after = shown.after
    rows = np.flatnonzero(after.place_kinds == after.base.kind_index[shown.view.kind.key]).tolist()
    known = len(after.base.places)
    ids = after.base.places["place_id"]
    return {str(ids.iloc[row]) if row < known else after.added[row - known].place_id: row for row in rows}


def _place_at(shown: WhatIf, lat: float, lon: float) -> str:
    places = _open_places(shown)
    if not places:
        return ""
    keys, rows = list(places), list(places.values())
    point = np.array(what_if.clicked_point(shown.study, lat, lon))
    away = np.hypot(*(shown.after.place_points[rows] - point).T)
    nearest = int(away.argmin())
    return keys[nearest] if away[nearest] <= _PLACE_CLICK_M else ""


def _place_chosen(shown: WhatIf) -> str:
    """Return the place that was pointed at, if it is open and of the kind."""
    place = st.session_state.get(_PLACE)
    return str(place) if place in _open_places(shown) else ""


def _place_picked() -> None:
    st.session_state[_PLACE] = st.session_state["widget.place"]


def _place(shown: WhatIf) -> str:
    """Ask for an open place of the kind; empty while none is chosen."""
    places = _open_places(shown)
    after = shown.after
    names = {key: after.place_name(row) for key, row in places.items()}
    unnamed = {key for key, name in names.items() if name == key}
    here = _place_chosen(shown)
    st.session_state["widget.place"] = here or None
    st.selectbox(
        _("Welcher Ort: {service}").format(service=_(shown.view.kind.label)),
        sorted(names, key=lambda key: (key in unnamed, names[key], key)),
        index=None,
        format_func=lambda key: names[key] if key in unnamed else f"{names.get(key, key)} ({key})",
        key="widget.place",
        on_change=_place_picked,
        placeholder=_("Ort wählen oder in der Karte anklicken"),
    )
    return here


def _close_place(shown: WhatIf) -> None:
    place = _place(shown)
    _submit(_making(shown, ClosePlace(place_id=place)) if place else None, _("Schließen"))


def _move_place(shown: WhatIf) -> None:
    place = _place(shown)
    found = _spot(shown, _("Wohin"))
    act = _making(shown, MovePlace(place_id=place, to=found[0])) if place and found else None
    _submit(act, _("Verlegen"))


def _resize_place(shown: WhatIf) -> None:
    place = _place(shown)
    if place:
        size = shown.after.capacity[_open_places(shown)[place]]
        known = _("Bisher: {size}").format(size=i18n.short(float(size)))
        widgets.quiet(_("Die bisherige Größe ist nicht bekannt.") if np.isnan(size) else known)
    new = _capacity()
    act = None
    if place and new is not None:
        act = _making(shown, ResizePlace(place_id=place, capacity=new))
    _submit(act, _("Größe ändern"))


def _open_path(shown: WhatIf) -> None:
    points = clicks()
    said = (
        _("Zuerst den Anfang des neuen Weges in der Karte anklicken."),
        _("Anfang A ist gesetzt. Jetzt das Ende anklicken."),
        _("Anfang A und Ende B sind gesetzt."),
    )
    widgets.text(said[len(points)])
    name = st.text_input(_("Name, zum Beispiel Steg über die Bahn"), max_chars=120, key="widget.path_name")
    steps = st.checkbox(_("mit Stufen"), key="widget.path_steps")
    houses = st.checkbox(_("Häuser haben von hier aus einen Zugang"), key="widget.path_frontage")
    line = tuple(what_if.clicked_point(shown.study, *point) for point in points)
    act = None
    if len(line) == 2:
        barriers = (Barrier.STEPS,) if steps else ()
        act = _making(shown, OpenPath(points=line, name=name, frontage=houses, barriers=barriers))
    _submit(act, _("Weg öffnen"))


def _on_path(what: str, shown: WhatIf) -> None:
    points = clicks()
    widgets.text(_("Die Stelle ist gesetzt.") if points else _(_WHERE[what]))
    act = None
    if points:
        at = what_if.clicked_point(shown.study, *points[0])
        act = _making(shown, _AT_A_POINT[what](at=at))
    _submit(act, _(CHANGES[what]))


def _add_housing(shown: WhatIf) -> None:
    found = _spot(shown, _("Wo: neue Wohnungen"))
    dwellings = st.number_input(
        _("Wohnungen"), min_value=1, max_value=1_000_000, value=100, step=10, key="widget.dwellings"
    )
    size = st.number_input(
        _("Menschen je Wohnung"),
        min_value=0.1,
        max_value=20.0,
        value=HOUSEHOLD_SIZE.value,
        step=0.1,
        format="%.1f",
        key="widget.household",
    )
    source, year = _(HOUSEHOLD_SIZE.source), HOUSEHOLD_SIZE.year
    widgets.quiet(_("Vorgabe: {source} ({year})").format(source=source, year=year))
    act = None
    if found:
        spot, name = found
        homes = AddHousing(at=spot, dwellings=int(dwellings), household_size=float(size), name=name)
        act = _making(shown, homes)
    _submit(act, _("Wohnungen bauen"))
