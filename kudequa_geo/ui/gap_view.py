"""What the page of gaps is asked beyond the access map: order, chosen area, weights; kept in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import shapely
import streamlit as st

from kudequa_geo.constants import FIELD_LABELS, Sourced
from kudequa_geo.errors import msg
from kudequa_geo.gaps.need import SENSITIVITY
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.results.equity import known_groups
from kudequa_geo.results.gaps import found_areas
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.study import Study
from kudequa_geo.ui import state, view, widgets
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View

NAMES = (*view.NAMES, "area", "order", "parts", "weights")
#: Orders of the areas, and what their bars are made of.
ORDERS = {"people": msg("Menschen"), "need": msg("Bedarf")}
PARTS = {"services": msg("fehlenden Diensten"), "groups": msg("Menschen")}
#: Largest weight that can be chosen, and the step.
WEIGHT_MOST, WEIGHT_STEP = 3.0, 0.25
MAP_KEY = "gaps.map"
_HANDLED = "gaps.click"
_CLICKED = "gaps.clicked"
_QUESTION = "gaps.question"


@dataclass(frozen=True)
class GapView:
    """The whole question of the page.

    Attributes
    ----------
    view
        Service, person, limit, district.
    area
        ``area_id`` of the chosen area; empty = none.
    order, parts
        Keys of :data:`ORDERS` and :data:`PARTS`.
    weights
        Changed weights by field or group of residents.
    """

    view: View
    area: str
    order: str
    parts: str
    weights: Mapping[str, float]

    def weight(self, key: str) -> float:
        """Return the weight of a field or group."""
        return self.weights.get(key, default_weight(key))


def default_weight(key: str) -> float:
    """Return the weight of a field (1) or group before anybody changes it."""
    return SENSITIVITY[key].value if key in SENSITIVITY else 1.0


def weighted_groups(study: Study) -> list[str]:
    """Return the groups of residents that can be weighted: sensitive ones that are known here."""
    return [group for group in known_groups(study) if group in SENSITIVITY]


def read(study: Study, asked: View) -> GapView:
    """Return the reader's question; a click on the map is taken over first."""
    _take_click(study, asked)
    ids = set(found_areas(study, asked.kind.key, asked.person.key, changed_limit(asked)).areas["area_id"])
    question = (asked.kind.key, asked.person.key, asked.limit.value, asked.limit.unit)
    if st.session_state.get("view.area", "") not in {*ids, ""} and st.session_state.get(_QUESTION) not in (
        None,
        question,
    ):
        # An area ends with its question: that is no mistake of the reader's.
        state.drop("area")
    st.session_state[_QUESTION] = question
    area = state.get("area", lambda key: not key or key in ids, "")
    order = state.get("order", ORDERS.__contains__, "people")
    parts = state.get("parts", PARTS.__contains__, "services")
    known = {*map(str, study.fields), *weighted_groups(study)}
    text = state.get("weights", lambda text: not text or _parsed(text, known) is not None, "")
    return GapView(asked, area, order, parts, _parsed(text, known) or {})


def changed_limit(asked: View) -> Sourced | None:
    """Return the limit where the reader has moved it."""
    return asked.limit if asked.own_limit else None


def _parsed(text: str, known: set[str]) -> dict[str, float] | None:
    found = {}
    for part in text.split(",") if text else ():
        key, _colon, value = part.partition(":")
        try:
            weight = float(value)
        except ValueError:
            return None
        if key not in known or not 0 <= weight <= WEIGHT_MOST:
            return None
        found[key] = weight
    return found


def _take_click(study: Study, asked: View) -> None:
    """Choose the area that was clicked since the last run."""
    click = widgets.last_click(MAP_KEY)
    if click is None or st.session_state.get(_HANDLED) == click:
        return
    st.session_state[_HANDLED] = click
    lat, lon = click
    point = shapely.points(to_metres([[lon, lat]], study.config.crs))[0]
    found = found_areas(study, asked.kind.key, asked.person.key, changed_limit(asked)).areas
    hit = found[shapely.covers(found.geometry.to_numpy(), point)]
    area = hit["area_id"].iloc[0] if len(hit) else ""
    st.session_state[_CLICKED] = area
    state.put("area", area)


def was_clicked(area: str) -> bool:
    """Tell whether an area was chosen by a click on the map."""
    return bool(st.session_state.get(_CLICKED) == area)


def area_chosen() -> None:
    """Take over the area chosen from the list."""
    st.session_state.pop(_CLICKED, None)
    _chosen("area")


def _chosen(name: str) -> None:
    state.put(name, st.session_state[f"widget.{name}"])


def order_controls(asked: GapView) -> None:
    """Draw what the areas are ordered by."""
    _radio("order", _("Rangfolge nach"), asked.order, ORDERS)


def parts_controls(asked: GapView) -> None:
    """Draw what the bars are made of."""
    _radio("parts", _("Balken nach"), asked.parts, PARTS)


def _radio(name: str, label: str, value: str, options: Mapping[str, str]) -> None:
    st.session_state[f"widget.{name}"] = value
    st.radio(
        label,
        list(options),
        format_func=lambda key: _(options[key]),
        horizontal=True,
        key=f"widget.{name}",
        on_change=_chosen,
        args=(name,),
    )


def weight_controls(study: Study, asked: GapView) -> None:
    """Draw a slider for the weight of every field and of every known group."""
    labels = {
        **{str(field): _(FIELD_LABELS[field]) for field in study.fields},
        **{group: _(RESIDENT_GROUPS[group]) for group in weighted_groups(study)},
    }
    for key, label in labels.items():
        st.session_state[f"widget.weight.{key}"] = asked.weight(key)
        st.slider(
            label,
            0.0,
            WEIGHT_MOST,
            step=WEIGHT_STEP,
            key=f"widget.weight.{key}",
            on_change=_weight_chosen,
            args=(key, dict(asked.weights)),
        )
    if asked.weights:
        st.button(_("Gewichte zurücksetzen"), on_click=_weights_reset, key="widget.weights.reset")


def _weight_chosen(key: str, weights: dict[str, float]) -> None:
    weights[key] = st.session_state[f"widget.weight.{key}"]
    changed = {name: value for name, value in weights.items() if value != default_weight(name)}
    state.put("weights", ",".join(f"{name}:{value:g}" for name, value in sorted(changed.items())))


def _weights_reset() -> None:
    state.put("weights", "")
