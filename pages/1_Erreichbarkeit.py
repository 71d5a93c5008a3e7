"""Access: where people live, and how far they walk to a service or a whole field of them."""

from kudequa_geo.study import Study
from kudequa_geo.ui import access_page, access_view, frame


def content(study: Study) -> None:
    """Draw map, answer and controls."""
    asked = access_view.read(study)
    frame.fallen_back()
    controls, shown = frame.columns()
    # The map first: it is on its way to the browser while the rest is drawn.
    with shown:
        access_page.map_and_answer(study, asked)
    with controls:
        access_view.controls(study, asked)


with frame.page("pages/1_Erreichbarkeit.py", access_view.NAMES) as study:
    frame.live(content, study, access_view.NAMES)
