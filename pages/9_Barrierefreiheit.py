"""Statement on accessibility: how far the tool meets EN 301 549, and whom to tell where it does not."""

import streamlit as st

from kudequa_geo.ui import accessibility, frame

with frame.page("pages/9_Barrierefreiheit.py", ("lang",)) as study, st.container(key="statement"):
    accessibility.statement(study.config)
