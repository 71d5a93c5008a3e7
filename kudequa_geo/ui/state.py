"""What the reader has chosen: kept in the session, mirrored in the address.

Streamlit forgets the value of a widget when its page is left, also one bound to the address. So the
truth stands in the session under names of its own; widgets are set from it and report back to it, and
the address is written from it in every run. An address changed from outside (a shared link, the back
button) is taken over; what it says wrongly falls back with a note.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kudequa_geo.ui import i18n

#: Names that every page keeps in its address.
EVERYWHERE = ("present",)
#: Name of the map's section: the browser writes it, the server only hands it on.
SECTION = "view"
_PREFIX = "view."
_WRITTEN = "state.written"
_TOUCHED = "state.touched"
_NOTES = "state.notes"
_ASTRAY = "state.astray"


def begin() -> None:
    """Take over what the address says; call once at the start of every page run."""
    given = {name: str(value) for name, value in st.query_params.items()}
    written = st.session_state.get(_WRITTEN, {})
    # After a click the address the browser sends may be one step behind: the click is right then.
    if not st.session_state.pop(_TOUCHED, False):
        for name, value in given.items():
            if written.get(name) != value:
                st.session_state[_PREFIX + name] = value
        # A link to another page carries no values and keeps the choices; any other address is complete.
        for name in written.keys() - given.keys() if given else ():
            st.session_state.pop(_PREFIX + name, None)
    st.session_state[_NOTES] = []
    i18n.forget()


def get(name: str, valid: Callable[[str], bool], default: str) -> str:
    """Return a choice; one that is not valid is replaced by the default and noted.

    Parameters
    ----------
    name
        Name in the address.
    valid
        Tells whether a text is a possible value.
    default
        Value where nothing has been chosen.
    """
    value = st.session_state.get(_PREFIX + name)
    if value is None:
        _set(name, default)
        return default
    if valid(value):
        return str(value)
    st.session_state[_NOTES].append((name, str(value)[:60]))
    _set(name, default)
    return default


def _set(name: str, value: str) -> None:
    st.session_state[_PREFIX + name] = value
    i18n.forget()


def quietly(name: str, valid: Callable[[str], bool], default: str) -> str:
    """Return a choice as :func:`get` does, but leave a default out of the address."""
    return get(name, lambda text: not text or valid(text), "") or default


def put(name: str, value: str) -> None:
    """Set a choice from a widget; it outranks the address of this run."""
    _set(name, value)
    st.session_state[_TOUCHED] = True


def touched() -> bool:
    """Tell whether another widget has reported a choice for the run that is about to begin."""
    return bool(st.session_state.get(_TOUCHED, False))


def drop(name: str) -> None:
    """Forget a choice that another one has made meaningless; no note is due then."""
    st.session_state.pop(_PREFIX + name, None)


def notes() -> list[tuple[str, str]]:
    """Return the names and values of the address that could not be used in this run."""
    return list(st.session_state.get(_NOTES, []))


def check_section(valid: Callable[[str], bool]) -> None:
    """Take a section that shows nothing of this area out of the address, and note it."""
    given = str(st.query_params.get(SECTION, ""))
    st.session_state[_ASTRAY] = "" if valid(given) else given
    if st.session_state[_ASTRAY]:
        st.session_state[_NOTES].append((SECTION, given[:60]))


def publish(names: tuple[str, ...]) -> None:
    """Write the choices into the address; empty ones (= default) are left out."""
    values = {name: st.session_state.get(_PREFIX + name, "") for name in (*names, *EVERYWHERE)}
    if SECTION in names:
        given = str(st.query_params.get(SECTION, ""))
        values[SECTION] = "" if given == st.session_state.get(_ASTRAY) else given
    wanted = {name: value for name, value in values.items() if value}
    if dict(st.query_params.items()) != wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_WRITTEN] = wanted
