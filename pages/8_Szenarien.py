"""Scenarios: what a change of places, paths or homes brings, and to whom."""

import streamlit as st

from kudequa_geo.ui import cached, frame, scenario_page, view

frame.begin("pages/8_Szenarien.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    asked = scenario_page.asked_of(study)
    frame.fallen_back()
    controls, shown = st.columns([1, 5], gap="small")
    with controls, st.container(key="controls"):
        view.controls(study, asked)
    with shown:
        scenario_page.map_and_answer(study, asked)
frame.end(scenario_page.NAMES)
