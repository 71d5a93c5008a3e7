"""Gaps: connected areas of unmet need, what is missing in each, and whom it concerns."""

from kudequa_geo.study import Study
from kudequa_geo.ui import frame, gap_page, gap_view, view
from kudequa_geo.ui.gap_answer import GapAnswer


def content(study: Study) -> None:
    """Draw map, answer and controls."""
    asked = gap_view.read(study, view.read(study))
    frame.fallen_back()
    answer = GapAnswer(study, asked)
    controls, shown = frame.columns()
    # The map first: it is on its way to the browser while the rest is drawn.
    with shown:
        gap_page.shown(answer)
    with controls:
        view.controls(study, asked.view)
        gap_page.controls(study, asked)
    gap_page.below(answer)


with frame.page("pages/2_Versorgungsluecken.py", gap_view.NAMES) as study:
    frame.live(content, study, gap_view.NAMES)
