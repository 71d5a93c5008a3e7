"""Neighbourhood labs: their quarters, their catchments, what has been tried there."""

import streamlit as st

from kudequa_geo.ui import cached, frame, labs_page, view

frame.begin("pages/5_Quartierslabore.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    asked = view.read(study)
    labs = labs_page.labs_of(study)
    controls, shown = st.columns([1, 5], gap="small")
    with controls, st.container(key="controls"):
        chosen = labs_page.choose(labs)
        view.controls(study, asked, district=False)
    frame.fallen_back()
    with shown:
        if chosen is None:
            labs_page.none_here(study, asked)
        else:
            labs_page.map_and_answer(study, asked, labs, *chosen)
frame.end(labs_page.NAMES)
