"""Comparison: districts against each other, two persons or two services side by side."""

from kudequa_geo.ui import compare_page, frame, view

with frame.page("pages/3_Vergleich.py", compare_page.NAMES) as study:
    asked = view.read(study)
    controls, shown = frame.columns()
    with controls:
        compare_page.controls(study, asked)
    frame.fallen_back()
    with shown:
        compare_page.shown(study, asked)
