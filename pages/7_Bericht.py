"""Report: a map sheet to scale with its preview, profile, guide and tables."""

import streamlit as st

from kudequa_geo.ui import cached, frame, report_page, view

frame.begin("pages/7_Bericht.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    asked = view.read(study)
    frame.fallen_back()
    controls, shown = st.columns([1, 5], gap="small")
    with controls, st.container(key="controls"):
        view.controls(study, asked)
        wish = report_page.controls(study, asked)
    with shown:
        report_page.shown(study, asked, wish)
frame.end(view.NAMES)
