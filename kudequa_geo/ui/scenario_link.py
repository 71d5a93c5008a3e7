"""The way from a site to the scenario that tries it."""

from __future__ import annotations

import streamlit as st

from kudequa_geo.ui import scenario_map, state
from kudequa_geo.ui.i18n import _

PAGE = "pages/8_Szenarien.py"


def aim(site: str) -> None:
    """Make a new place of the chosen service on a site the next question of the page of scenarios."""
    state.put("task", "change")
    state.put("change", "add_place")
    state.put("site", site)
    scenario_map.look_at(site)


def button(site: str, key: str) -> None:
    """Offer to try the chosen service on a site; opens the page of scenarios with both.

    Parameters
    ----------
    site
        Its identifier.
    key
        The button's key in the session.
    """
    if st.button(_("Hier ausprobieren"), key=key):
        aim(site)
        st.switch_page(PAGE)
