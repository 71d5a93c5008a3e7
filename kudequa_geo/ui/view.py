"""What the access map is asked: service, person, limit, district; read from and written to the address."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

import streamlit as st

from kudequa_geo.constants import FIELD_LABELS, Person, Sourced
from kudequa_geo.errors import msg
from kudequa_geo.kinds import Kind
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, section, state
from kudequa_geo.ui.i18n import _

#: Names in the address.
NAMES = ("lang", "service", "person", "limit", "district", state.SECTION)
#: Range and step of the limit by unit.
LIMIT_RANGE: dict[str, tuple[int, int, int]] = {"m": (100, 3000, 50), "min": (1, 45, 1)}
OWN_LIMIT = msg("eigene Wahl")
WHOLE_AREA = ""


@dataclass(frozen=True)
class View:
    """One question to the map.

    Attributes
    ----------
    kind, person
        Service and who walks.
    limit
        Planning limit in ``m`` or ``min``.
    own_limit
        True where the reader has moved the limit.
    district
        ``district_id``; empty = the whole area.
    """

    kind: Kind
    person: Person
    limit: Sourced
    own_limit: bool
    district: str

    @property
    def limit_m(self) -> float:
        """The limit in metres of walk."""
        return self.limit.value * (self.person.metres_per_minute if self.limit.unit == "min" else 1.0)

    @property
    def asked(self) -> dict[str, str | float]:
        """The question as columns of a table."""
        return {
            "kind": self.kind.key,
            "person": self.person.key,
            "limit": self.limit.value,
            "limit_unit": self.limit.unit,
        }

    @property
    def limit_words(self) -> str:
        """The limit with its unit, in the reader's language."""
        return length(self.limit.value, self.limit.unit)


def length(value: float, unit: str) -> str:
    """Return a walk in ``m`` or ``min`` with its unit."""
    return i18n.spoken().length(value, unit)


def _parsed(text: str) -> tuple[float, str] | None:
    for unit in ("min", "m"):
        if text.endswith(unit):
            try:
                value = float(text.removesuffix(unit))
            except ValueError:
                return None
            low, high, _step = LIMIT_RANGE[unit]
            return (value, unit) if low <= value <= high else None
    return None


def read(study: Study) -> View:
    """Return the reader's question; what the address asks wrongly falls back to the default."""
    kinds = {kind.key: kind for kind in study.kinds}
    persons = study.persons
    districts = set(study.tables["districts"]["district_id"])
    kind = kinds[state.get("service", kinds.__contains__, next(iter(kinds)))]
    person = persons[state.get("person", persons.__contains__, next(iter(persons)))]
    asked = state.get("limit", lambda text: not text or _parsed(text) is not None, "")
    district = state.get("district", lambda key: not key or key in districts, WHOLE_AREA)
    section.read(study)
    own = _parsed(asked)
    default = kind.limit.sourced()
    limit = Sourced(*own, OWN_LIMIT, default.year, assumption=True) if own else default
    return View(kind, person, limit, own is not None, district)


def _service_chosen() -> None:
    state.put("service", st.session_state["widget.service"])
    state.put("limit", "")


def _chosen(name: str) -> None:
    state.put(name, st.session_state[f"widget.{name}"])


def _limit_chosen(unit: str) -> None:
    # Who chooses a service before the slider shows the limit of the last one sends the limit of the one
    # before along: nobody has moved it.
    if state.touched():
        return
    state.put("limit", f"{st.session_state['widget.limit']:g}{unit}")


def _unit_chosen(limit: Sourced, metres_per_minute: float) -> None:
    unit = st.session_state["widget.unit"]
    if unit is None or unit == limit.unit or state.touched():
        return
    factor = metres_per_minute if unit == "m" else 1 / metres_per_minute
    low, high, step = LIMIT_RANGE[unit]
    value = min(max(step * round(limit.value * factor / step), low), high)
    state.put("limit", f"{value:g}{unit}")


def _limit_reset() -> None:
    state.put("limit", "")


def controls(study: Study, view: View, *, district: bool = True, limit: bool = True) -> None:
    """Draw the controls: service by field, person, limit, and district unless the page chooses it.

    Parameters
    ----------
    study, view
        The municipality and the question.
    district, limit
        False where the page leaves no choice of it; the limit is only told then.
    """
    service_control(study, view)
    person_control(study, view)
    if district:
        district_control(study, view.district)
    if limit:
        limit_controls(view)
    else:
        st.html(f'<p class="kdq-quiet">{limit_source(view)}</p>')


def service_control(study: Study, view: View) -> None:
    """Draw the choice of a service."""
    fields = {kind.key: _(FIELD_LABELS[kind.field]) for kind in study.kinds}
    labels = {kind.key: _(kind.label) for kind in study.kinds}
    st.session_state["widget.service"] = view.kind.key
    st.selectbox(
        _("Dienst"),
        list(labels),
        format_func=lambda key: f"{labels[key]} · {fields[key]}",
        key="widget.service",
        on_change=_service_chosen,
    )


def person_control(study: Study, view: View) -> None:
    """Draw the choice of a person."""
    st.session_state["widget.person"] = view.person.key
    st.selectbox(
        _("Person"),
        list(study.persons),
        format_func=lambda key: person_words(study.persons[key]),
        key="widget.person",
        on_change=_chosen,
        args=("person",),
    )


def district_control(study: Study, chosen: str) -> None:
    """Draw the choice of a district, where there are any."""
    districts = study.tables["districts"]
    if not len(districts):
        return
    names = dict(zip(districts["district_id"], districts["name"], strict=True))
    ordered = [WHOLE_AREA, *sorted(names, key=names.__getitem__)]
    st.session_state["widget.district"] = chosen
    st.selectbox(
        _("Gebiet"),
        ordered,
        format_func=lambda key: names[key] if key else _("Ganzes Gebiet"),
        key="widget.district",
        on_change=_chosen,
        args=("district",),
    )


def limit_controls(view: View) -> None:
    """Draw the choice of the limit and its unit, and tell where it comes from."""
    limit_choice(view)
    if view.own_limit:
        default = view.kind.limit
        st.button(
            _("Zurück zu {limit}").format(limit=length(default.value, default.unit)),
            on_click=_limit_reset,
            key="widget.reset",
        )
    st.html(f'<p class="kdq-quiet">{limit_source(view)}</p>')


def limit_choice(view: View) -> None:
    """Draw the choice of the limit and its unit."""
    unit = view.limit.unit
    low, high, step = LIMIT_RANGE[unit]
    st.session_state["widget.unit"] = unit
    st.radio(
        _("Grenze in"),
        ["m", "min"],
        format_func={"m": _("Metern"), "min": _("Minuten")}.__getitem__,
        horizontal=True,
        key="widget.unit",
        on_change=_unit_chosen,
        args=(view.limit, view.person.metres_per_minute),
    )
    st.session_state["widget.limit"] = min(max(math.floor(view.limit.value), low), high)
    st.slider(
        _("Grenze"),
        low,
        high,
        step=step,
        format=_("{value}\u00a0min").format(value="%d") if unit == "min" else "%d m",
        key="widget.limit",
        on_change=_limit_chosen,
        args=(unit,),
        label_visibility="collapsed",
    )


def limit_source(view: View) -> str:
    """Return where the limit comes from, and how long it takes the person, as escaped text."""
    other = "m" if view.limit.unit == "min" else "min"
    value = view.limit_m if other == "m" else view.limit_m / view.person.metres_per_minute
    same = _("{limit} sind für diese Person {other}.").format(
        limit=view.limit_words, other=length(value, other)
    )
    source = _("Von Ihnen gewählt.") if view.own_limit else _(view.limit.source) + f" ({view.limit.year})"
    return escape(f"{same} {source}")


def person_words(person: Person) -> str:
    """Return the person with the walking speed."""
    return f"{_(person.label)} ({i18n.short(person.speed_kmh.value)} km/h)"
