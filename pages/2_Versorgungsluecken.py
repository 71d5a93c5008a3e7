"""Gaps: connected areas of unmet need, what is missing in each, and whom it concerns."""

from kudequa_geo.ui import frame, gap_page, gap_view, view
from kudequa_geo.ui.gap_answer import GapAnswer

with frame.page("pages/2_Versorgungsluecken.py", gap_view.NAMES) as study:
    asked = gap_view.read(study, view.read(study))
    frame.fallen_back()
    answer = GapAnswer(study, asked)
    controls, shown = frame.columns()
    with controls:
        view.controls(study, asked.view)
        gap_page.controls(study, asked)
    with shown:
        gap_page.shown(answer)
    gap_page.below(answer)
