"""Access: where people live, and how far they walk to a service or a whole field of them."""

import streamlit as st

from kudequa_geo.ui import access_page, access_view, cached, frame

frame.begin("pages/1_Erreichbarkeit.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    asked = access_view.read(study)
    frame.fallen_back()
    controls, shown = st.columns([1, 5], gap="small")
    with controls, st.container(key="controls"):
        access_view.controls(study, asked)
    with shown:
        access_page.map_and_answer(study, asked)
frame.end(access_view.NAMES)
