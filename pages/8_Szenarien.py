"""Scenarios: what a change of places, paths or homes brings, and to whom."""

from kudequa_geo.study import Study
from kudequa_geo.ui import frame, scenario_page, view


def content(study: Study) -> None:
    """Draw map, answer and controls."""
    asked = scenario_page.asked_of(study)
    frame.fallen_back()
    controls, shown = frame.columns()
    # The map first: it is on its way to the browser while the rest is drawn.
    with shown:
        scenario_page.map_and_answer(study, asked)
    with controls:
        view.controls(study, asked)


with frame.page("pages/8_Szenarien.py", scenario_page.NAMES) as study:
    frame.live(content, study, scenario_page.NAMES)
