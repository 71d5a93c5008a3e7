"""Gaps: connected areas of unmet need, what is missing in each, and whom it concerns."""

import streamlit as st

from kudequa_geo.ui import cached, frame, gap_page, gap_view, view
from kudequa_geo.ui.gap_answer import GapAnswer

frame.begin("pages/2_Versorgungsluecken.py")
with frame.guard():
    study = cached.study()
    frame.band(modelled=study.package.modelled)
    asked = gap_view.read(study, view.read(study))
    frame.fallen_back()
    answer = GapAnswer(study, asked)
    controls, shown = st.columns([1, 5], gap="small")
    with controls, st.container(key="controls"):
        view.controls(study, asked.view)
        gap_page.controls(study, asked)
    with shown:
        gap_page.shown(answer)
    gap_page.below(answer)
frame.end(gap_view.NAMES)
