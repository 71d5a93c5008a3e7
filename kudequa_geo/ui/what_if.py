"""The scenario a reader works on: its history in the session, the city before and after it."""

from __future__ import annotations

import streamlit as st

from kudequa_geo.errors import KudequaError, msg
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import base_of
from kudequa_geo.scenarios.change import AddPlace, Change, ClosePlace, Spot, plain
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, History, Scenario, from_json
from kudequa_geo.scenarios.state import State
from kudequa_geo.study import Study
from kudequa_geo.ui.explain import building_at
from kudequa_geo.ui.i18n import _

_HISTORY = "scenario.history"
_ERROR = "scenario.error"
_LOADED = "scenario.loaded"
#: Name of a scenario before the reader gives it one.
FIRST_NAME = msg("Mein Szenario")


def today(study: Study) -> State:
    """Return the city as it is; the same object as long as the study keeps it."""

    def made() -> State:
        base = base_of(
            study.tables, study.kinds, study.persons, municipality=study.config.key, network=study.network
        )
        return apply(base, Scenario(name="-"))

    return study.kept(("scenario", "today"), made)


def history(study: Study) -> History:
    """Return the reader's scenario with the steps before and after it."""
    kept = st.session_state.get(_HISTORY)
    if kept is None or kept.present.municipality != study.config.key:
        kept = History(_first(study))
        st.session_state[_HISTORY] = kept
    return kept


def _first(study: Study) -> Scenario:
    return Scenario(name=_(FIRST_NAME), municipality=study.config.key, crs=today(study).base.crs)


def do(study: Study, scenario: Scenario) -> bool:
    """Make a scenario the present one if it can be applied; else keep the old one and note why not."""
    st.session_state.pop(_ERROR, None)
    try:
        apply(today(study).base, scenario)
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return False
    st.session_state[_HISTORY] = history(study).do(scenario)
    return True


def change(study: Study, made: Change) -> None:
    """Add a change to the present scenario, or note why it cannot be made."""
    try:
        wanted = history(study).present.with_change(made)
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return
    do(study, wanted)


def add_place(study: Study, kind: str, at: Spot, name: str) -> None:
    """Open a place of a kind."""
    number = history(study).present.next_place_id()
    change(study, AddPlace(place_id=number, kind=kind, at=at, name=name[:120]))


def close_place(study: Study, place_id: str) -> None:
    """Close a place."""
    change(study, ClosePlace(place_id=place_id))


def undo(study: Study) -> None:
    """Go one step back."""
    st.session_state.pop(_ERROR, None)
    st.session_state[_HISTORY] = history(study).undo()


def redo(study: Study) -> None:
    """Go one step forward again."""
    st.session_state.pop(_ERROR, None)
    st.session_state[_HISTORY] = history(study).redo()


def clear(study: Study) -> None:
    """Take all changes away, as one step that can be undone."""
    do(study, history(study).present.model_copy(update={"changes": ()}))


def rename(study: Study, name: str) -> None:
    """Give the scenario another name; an empty one is no name."""
    said = plain(name)[:120].strip()
    if said:
        do(study, history(study).present.model_copy(update={"name": said}))


def load(study: Study, token: str, raw: bytes) -> None:
    """Take over a file once; one that cannot be used leaves the present scenario as it is.

    Parameters
    ----------
    study
        The municipality.
    token
        What tells this upload from others.
    raw
        Content of the file.
    """
    if st.session_state.get(_LOADED) == token:
        return
    st.session_state[_LOADED] = token
    try:
        # One byte more than allowed is enough to be refused.
        given = from_json(raw[: LARGEST_FILE_BYTES + 1].decode("utf-8-sig", errors="replace"))
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return
    do(study, given.model_copy(update={"municipality": given.municipality or study.config.key}))


def error() -> KudequaError | None:
    """Return why the last wish could not be met."""
    found: KudequaError | None = st.session_state.get(_ERROR)
    return found


def clicked_spot(study: Study, lat: float, lon: float) -> Spot:
    """Return the building at a point in degrees, or the point itself where there is none."""
    row = building_at(study, lat, lon)
    if row is not None:
        return Spot(building=str(study.tables["buildings"]["building_id"].iloc[row]))
    x, y = to_metres([[lon, lat]], study.config.crs)[0].tolist()
    return Spot(point=(round(x, 2), round(y, 2)))
