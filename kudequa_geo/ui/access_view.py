"""What the access page is asked beyond a service: a whole field, the level, and what a click shows."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from kudequa_geo.constants import FIELD_LABELS, Field
from kudequa_geo.errors import msg
from kudequa_geo.profile import STEPS_MIN
from kudequa_geo.study import Study
from kudequa_geo.ui import division, state, view, widgets
from kudequa_geo.ui.division import BUILDINGS, CELLS, DISTRICTS, LEVELS, PARENTS
from kudequa_geo.ui.field_answer import field_words, known_kinds
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View, length

MAP_KEY = "access.map"
#: Names in the address.
NAMES = (*view.NAMES, "field", "level", "click", "at")
EXPLAIN, WAYS = "explain", "ways"
#: What a click explains at each level.
EXPLAINED = {
    BUILDINGS: msg("Gebäude erklären"),
    CELLS: msg("Zelle erklären"),
    DISTRICTS: msg("Bezirk erklären"),
    PARENTS: msg("Stadtbezirk erklären"),
}
_FIELD = "field:"
_SEEN = "access.click"
#: Digits of a degree in the address: about a metre.
_DIGITS = 5


@dataclass(frozen=True)
class AccessView:
    """The whole question of the page.

    Attributes
    ----------
    view
        Service, person, limit, district.
    field
        A whole field in place of the service, or None.
    level
        One of :data:`kudequa_geo.ui.division.LEVELS`.
    click
        :data:`EXPLAIN` or :data:`WAYS`: what the clicked point shows.
    at
        Latitude and longitude of the clicked point, or None.
    """

    view: View
    field: Field | None
    level: str
    click: str
    at: tuple[float, float] | None


def read(study: Study) -> AccessView:
    """Return the reader's question; what the address asks wrongly falls back to the default."""
    asked = view.read(study)
    known = set(map(str, study.fields))
    field = state.get("field", lambda key: not key or key in known, "")
    level = state.get("level", division.available(study).__contains__, BUILDINGS)
    return AccessView(asked, Field(field) if field else None, level, *clicked())


def clicked() -> tuple[str, tuple[float, float] | None]:
    """Return what a click shows, and the point; a new click on the map is taken over first."""
    click = widgets.last_click(MAP_KEY)
    if click is not None and click != st.session_state.get(_SEEN):
        st.session_state[_SEEN] = click
        state.put("at", ",".join(f"{degrees:.{_DIGITS}f}" for degrees in click))
    shows = state.get("click", (EXPLAIN, WAYS).__contains__, EXPLAIN)
    at = state.get("at", lambda text: not text or _point(text) is not None, "")
    return shows, _point(at)


def _point(text: str) -> tuple[float, float] | None:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def _subject_chosen() -> None:
    chosen = st.session_state["widget.subject"]
    if chosen.startswith(_FIELD):
        state.put("field", chosen.removeprefix(_FIELD))
        state.put("limit", "")
        return
    state.put("field", "")
    state.put("service", chosen)
    state.put("limit", "")


def _chosen(name: str) -> None:
    state.put(name, st.session_state[f"widget.{name}"])


def _dropped() -> None:
    state.put("at", "")


def controls(study: Study, asked: AccessView) -> None:
    """Draw the controls: service or field, person, limit, level, district."""
    _subject(study, asked)
    view.person_control(study, asked.view)
    if asked.field is None:
        view.limit_controls(asked.view)
    else:
        _field_limit(study, asked.view, asked.field)
    st.session_state["widget.level"] = asked.level
    st.selectbox(
        _("Darstellung nach"),
        division.available(study),
        format_func=lambda key: _(LEVELS[key]),
        key="widget.level",
        on_change=_chosen,
        args=("level",),
    )
    view.district_control(study, asked.view.district)


def _one_limit_chosen() -> None:
    most = STEPS_MIN[-1]
    state.put("limit", f"{most.value:g}{most.unit}" if st.session_state["widget.onelimit"] else "")


def _field_limit(study: Study, asked: View, field: Field) -> None:
    """Draw the choice between the planning limit of each service and one limit for all of them."""
    st.session_state["widget.onelimit"] = asked.own_limit
    st.toggle(_("Eine Grenze für alle Dienste"), key="widget.onelimit", on_change=_one_limit_chosen)
    if asked.own_limit:
        view.limit_choice(asked)
        st.html(f'<p class="kdq-quiet">{view.limit_source(asked)}</p>')
        return
    limits = [
        f"{_(kind.label)} {length(kind.limit.value, kind.limit.unit)}" for kind in known_kinds(study, field)
    ]
    widgets.quiet(
        _("Jeder Dienst zählt mit seiner eigenen Grenze: {limits}.").format(limits=", ".join(limits))
    )


def _subject(study: Study, asked: AccessView) -> None:
    words: dict[str, str] = {}
    for field in study.fields:
        words[f"{_FIELD}{field}"] = field_words(field)
        words |= {
            kind.key: f"{_(kind.label)} · {_(FIELD_LABELS[field])}"
            for kind in study.kinds
            if kind.field is field
        }
    st.session_state["widget.subject"] = f"{_FIELD}{asked.field}" if asked.field else asked.view.kind.key
    st.selectbox(
        _("Dienst oder ganzes Feld"),
        list(words),
        format_func=words.__getitem__,
        key="widget.subject",
        on_change=_subject_chosen,
    )


def click_control(asked: AccessView) -> None:
    """Draw the choice of what a click shows."""
    options = {EXPLAIN: _(EXPLAINED[asked.level]), WAYS: _("Wege von hier")}
    st.session_state["widget.click"] = asked.click
    st.radio(
        _("Klick in die Karte zeigt"),
        list(options),
        format_func=options.__getitem__,
        horizontal=True,
        key="widget.click",
        on_change=_chosen,
        args=("click",),
    )


def drop_button() -> None:
    """Offer to forget the clicked point."""
    st.button(_("Auswahl aufheben"), on_click=_dropped, key="access.drop")
