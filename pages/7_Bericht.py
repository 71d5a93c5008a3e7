"""Report: a map sheet to scale with its preview, profile, guide and tables."""

from kudequa_geo.ui import frame, report_page, view

with frame.page("pages/7_Bericht.py", view.NAMES) as study:
    asked = view.read(study)
    frame.fallen_back()
    controls, shown = frame.columns()
    with controls:
        view.controls(study, asked)
        wish = report_page.controls(study, asked)
    with shown:
        report_page.shown(study, asked, wish)
