"""Scenarios: what a change of places, paths or homes brings, and to whom."""

from kudequa_geo.ui import frame, scenario_page, view

with frame.page("pages/8_Szenarien.py", scenario_page.NAMES) as study:
    asked = scenario_page.asked_of(study)
    frame.fallen_back()
    controls, shown = frame.columns()
    with controls:
        view.controls(study, asked)
    with shown:
        scenario_page.map_and_answer(study, asked)
