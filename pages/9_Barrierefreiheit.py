"""Statement on accessibility: how far the tool meets EN 301 549, and whom to tell where it does not."""

import streamlit as st

from kudequa_geo.ui import accessibility, cached, frame

frame.begin("pages/9_Barrierefreiheit.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    with st.container(key="statement"):
        accessibility.statement(study.config)
frame.end(("lang",))
