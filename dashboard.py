"""Home: the municipality at a glance, the state of its data, and the limits it is measured by."""

import streamlit as st

from kudequa_geo.ui import frame, home_page, view

with frame.page("dashboard.py", view.NAMES) as study:
    view.read(study)
    frame.fallen_back()
    home_page.overview(study)
    left, right = st.columns(2, gap="large")
    with left:
        home_page.about()
        home_page.real_data(study)
    with right:
        home_page.data_state(study)
    home_page.limits(study)
