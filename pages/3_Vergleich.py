"""Comparison: districts against each other, two persons or two services side by side."""

import streamlit as st

from kudequa_geo.ui import cached, compare_page, frame, view

frame.begin("pages/3_Vergleich.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    asked = view.read(study)
    controls, shown = st.columns([1, 5], gap="small")
    with controls, st.container(key="controls"):
        compare_page.controls(study, asked)
    frame.fallen_back()
    with shown:
        compare_page.shown(study, asked)
frame.end(compare_page.NAMES)
