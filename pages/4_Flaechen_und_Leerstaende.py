"""Sites: brownfields, vacancies and labs, who lives around them and what they could close."""

from kudequa_geo.study import Study
from kudequa_geo.ui import frame, sites_page, view


def content(study: Study) -> None:
    """Draw map, answer and controls."""
    asked = view.read(study)
    controls, shown = frame.columns()
    with controls:
        sites_page.controls(study, asked)
    frame.fallen_back()
    with shown:
        sites_page.map_and_answer(study, asked)


with frame.page("pages/4_Flaechen_und_Leerstaende.py", sites_page.NAMES) as study:
    frame.live(content, study, sites_page.NAMES)
