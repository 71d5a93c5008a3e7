"""Sites: brownfields, vacancies and labs, who lives around them and what they could close."""

import streamlit as st

from kudequa_geo.ui import cached, frame, sites_page, view

frame.begin("pages/4_Flaechen_und_Leerstaende.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    asked = view.read(study)
    controls, shown = st.columns([1, 5], gap="small")
    with controls, st.container(key="controls"):
        sites_page.controls(study, asked)
    frame.fallen_back()
    with shown:
        sites_page.map_and_answer(study, asked)
frame.end(sites_page.NAMES)
