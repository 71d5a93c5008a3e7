"""The scenario a reader works on: its history in the session, the city before and after it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from kudequa_geo.errors import KudequaError, msg
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.results.today import today
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.change import AddPlace, Change, Spot, plain
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, History, Scenario, from_json
from kudequa_geo.scenarios.state import State
from kudequa_geo.study import Study
from kudequa_geo.ui.explain import building_at
from kudequa_geo.ui.i18n import _

_HISTORY = "scenario.history"
_ERROR = "scenario.error"
_LOADED = "scenario.loaded"
_KEPT = "scenario.kept"
_STATES = "scenario.states"
#: Changed cities that a session keeps, so that undo and comparison answer at once.
_STATES_KEPT = 6
#: Name of a scenario before the reader gives it one.
FIRST_NAME = msg("Mein Szenario")


def state_of(study: Study, scenario: Scenario) -> State:
    """Return the city after a scenario.

    Raises
    ------
    AnalysisError
        If a change cannot be made.
    """
    base = today(study).base
    kept: list[State] = [state for state in st.session_state.get(_STATES, []) if state.base is base]
    found = next((state for state in kept if state.scenario == scenario), None)
    if found is None:
        found = apply(base, scenario)
    st.session_state[_STATES] = [found, *(state for state in kept if state is not found)][:_STATES_KEPT]
    return found


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
        state_of(study, scenario)
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return False
    st.session_state[_HISTORY] = history(study).do(scenario)
    return True


def change(study: Study, *made: Change) -> bool:
    """Add changes to the present scenario as one step, or note why they cannot be made."""
    wanted = history(study).present
    try:
        for each in made:
            wanted = wanted.with_change(each)
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return False
    return do(study, wanted)


def add_places(
    study: Study, kind: str, spots: Sequence[tuple[Spot, str]], capacity: float | None = None
) -> bool:
    """Open places of a kind, each told as a spot and a name, as one step."""
    wanted = history(study).present
    made: list[Change] = []
    for spot, name in spots:
        number = wanted.next_place_id()
        place = AddPlace(place_id=number, kind=kind, at=spot, name=name[:120], capacity=capacity)
        made.append(place)
        wanted = wanted.model_copy(update={"changes": (*wanted.changes, place)})
    return change(study, *made)


def remove(study: Study, number: int) -> None:
    """Take the change at a position, counted from 0, out of the scenario."""
    try:
        wanted = history(study).present.without_change(number)
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return
    do(study, wanted)


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


def rename(study: Study, name: str, description: str) -> None:
    """Give the scenario another name and description; an empty name is no name."""
    present = history(study).present
    said = plain(name)[:120].strip() or present.name
    do(study, present.model_copy(update={"name": said, "description": plain(description)[:2000].strip()}))


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
    given = _read(study, token, raw)
    if given is not None:
        do(study, given)


def keep(study: Study) -> None:
    """Remember the present scenario to compare others with it."""
    st.session_state[_KEPT] = history(study).present


def load_kept(study: Study, token: str, raw: bytes) -> None:
    """Take over a file once as the scenario to compare with, if it can be applied."""
    given = _read(study, token, raw)
    if given is None:
        return
    try:
        state_of(study, given)
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return
    st.session_state[_KEPT] = given


def kept(study: Study) -> Scenario | None:
    """Return the scenario to compare with; None = none has been chosen."""
    found = st.session_state.get(_KEPT)
    return found if isinstance(found, Scenario) and found.municipality == study.config.key else None


def _read(study: Study, token: str, raw: bytes) -> Scenario | None:
    loaded = st.session_state.setdefault(_LOADED, set())
    if token in loaded:
        return None
    loaded.add(token)
    st.session_state.pop(_ERROR, None)
    try:
        # One byte more than allowed is enough to be refused.
        given = from_json(raw[: LARGEST_FILE_BYTES + 1].decode("utf-8-sig", errors="replace"))
    except KudequaError as error:
        st.session_state[_ERROR] = error
        return None
    return given.model_copy(update={"municipality": given.municipality or study.config.key})


def refuse(reason: KudequaError | None) -> None:
    """Note why a wish could not be met; None = it could."""
    st.session_state[_ERROR] = reason


def error() -> KudequaError | None:
    """Return why the last wish could not be met."""
    found: KudequaError | None = st.session_state.get(_ERROR)
    return found


def clicked_spot(study: Study, lat: float, lon: float) -> Spot:
    """Return the building at a point in degrees, or the point itself where there is none."""
    row = building_at(study, lat, lon)
    if row is not None:
        return Spot(building=str(study.tables["buildings"]["building_id"].iloc[row]))
    return Spot(point=clicked_point(study, lat, lon))


def clicked_point(study: Study, lat: float, lon: float) -> tuple[float, float]:
    """Return a point in degrees in the municipality's metric CRS."""
    x, y = to_metres([[lon, lat]], study.config.crs)[0].tolist()
    return round(x, 2), round(y, 2)
