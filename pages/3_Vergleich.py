"""Comparison: districts against each other, two persons or two services side by side."""

from kudequa_geo.study import Study
from kudequa_geo.ui import compare_page, frame, view


def content(study: Study) -> None:
    """Draw map, answer and controls."""
    asked = view.read(study)
    controls, shown = frame.columns()
    with controls:
        compare_page.controls(study, asked)
    frame.fallen_back()
    with shown:
        compare_page.shown(study, asked)


with frame.page("pages/3_Vergleich.py", compare_page.NAMES) as study:
    frame.live(content, study, compare_page.NAMES)
