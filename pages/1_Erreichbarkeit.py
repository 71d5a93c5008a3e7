"""Access: where people live, and how far they walk to a service or a whole field of them."""

from kudequa_geo.ui import access_page, access_view, frame

with frame.page("pages/1_Erreichbarkeit.py", access_view.NAMES) as study:
    asked = access_view.read(study)
    frame.fallen_back()
    controls, shown = frame.columns()
    with controls:
        access_view.controls(study, asked)
    with shown:
        access_page.map_and_answer(study, asked)
