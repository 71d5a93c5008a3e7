"""Data and method: where every figure comes from, how it is computed, and how sure it is."""

import streamlit as st

from kudequa_geo.ui import frame, home_page, method_page, widgets
from kudequa_geo.ui.i18n import _

with frame.page("pages/6_Daten_und_Methodik.py", method_page.NAMES) as study:
    method_page.opening(study)
    left, right = st.columns(2, gap="large")
    with left:
        home_page.data_state(study)
    with right:
        method_page.weaknesses(study)
        method_page.competition(study)
    method_page.completeness(study)
    widgets.folded(_("Formeln der Maße mit ihren Quellen"), "method.formulas", method_page.formulas)
    home_page.limits(study)
    widgets.folded(_("Alle Kennwerte und Annahmen"), "method.numbers", lambda: method_page.numbers(study))
    method_page.report(study)
    frame.fallen_back()
