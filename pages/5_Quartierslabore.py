"""Neighbourhood labs: their quarters, their catchments, what has been tried there."""

from kudequa_geo.study import Study
from kudequa_geo.ui import frame, labs_page, view


def content(study: Study) -> None:
    """Draw map, answer and controls."""
    asked = view.read(study)
    labs = labs_page.labs_of(study)
    controls, shown = frame.columns()
    with controls:
        chosen = labs_page.choose(labs)
        view.controls(study, asked, district=False)
    frame.fallen_back()
    with shown:
        if chosen is None:
            labs_page.none_here(study, asked)
        else:
            labs_page.map_and_answer(study, asked, labs, *chosen)


with frame.page("pages/5_Quartierslabore.py", labs_page.NAMES) as study:
    frame.live(content, study, labs_page.NAMES)
