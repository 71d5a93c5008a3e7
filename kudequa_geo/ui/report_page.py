"""The page of reports: a map sheet with its preview, and everything else to take away."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from html import escape

import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.export import files
from kudequa_geo.export.bundle import table_file
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.facts import Facts, shown_rows
from kudequa_geo.export.focus import Focus
from kudequa_geo.export.ground import require_tiles
from kudequa_geo.export.guide import WRITTEN, make_guide
from kudequa_geo.export.html_map import html_map
from kudequa_geo.export.paper import SCALES, Orientation, Paper, Size
from kudequa_geo.export.picture import Picture, picture_of
from kudequa_geo.export.profile import draw_profile
from kudequa_geo.export.question import Question
from kudequa_geo.export.request import Subject, edition_of
from kudequa_geo.export.saving import Format, rendered
from kudequa_geo.export.sheet import Design, Sheet, draw_sheet
from kudequa_geo.study import Study
from kudequa_geo.ui import cached, i18n, widgets
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import View

_PREVIEW_DPI = 110
_PAPERS = {"A4": Size.A4, "A3": Size.A3}
_ORIENTATIONS = {Orientation.PORTRAIT: msg("Hochformat"), Orientation.LANDSCAPE: msg("Querformat")}
_MIME = {
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "html": "text/html",
}
#: The person whose minutes stand beside in a profile, where the municipality has it.
_SLOW = "senior_75"


@dataclass(frozen=True, eq=False)
class Order:
    """What the reader wants on paper: a question, a subject and a design."""

    study: Study
    view: View
    language: str
    printed: date
    design: Design

    @cached_property
    def edition(self) -> Edition:
        """The municipality in the reader's language."""
        return edition_of(self.study, cached.data_dir(), self.language, self.printed)

    @cached_property
    def question(self) -> Question:
        """The question of the page."""
        return Question(self.view.kind, self.view.person, self.view.limit)

    @cached_property
    def focus(self) -> Focus:
        """The chosen district, or the whole area."""
        return Subject(district=self.view.district).focus(self.edition, self.question)

    @property
    def picture(self) -> Picture:
        """The city as it is."""
        return picture_of(self.study, self.question)

    @property
    def facts(self) -> Facts:
        """Figures for profile and guide."""
        slow = _SLOW if _SLOW in self.study.persons else self.view.person.key
        return Facts(self.edition, self.question, slow)

    def answer(self) -> str:
        """Return the answer of the map in one sentence."""
        rows = shown_rows(self.edition, self.focus)
        return self.picture.sentence(self.focus.name, rows, self.edition.say)

    def sheet(self) -> Sheet:
        """Draw the map sheet."""
        return draw_sheet(self.edition, self.focus, [self.picture], self.design)

    def page(self, form: Format) -> bytes:
        """Return the map sheet as a file."""
        drawn = self.sheet()
        return rendered([drawn.figure], drawn.record, form)

    def profile(self) -> bytes:
        """Return the profile of the subject."""
        drawn = draw_profile(self.facts, self.focus)
        return rendered(drawn.pages, drawn.record, Format.PDF)

    def table(self, form: str) -> bytes:
        """Return the tables of the service and the person."""
        limit = f"{self.view.limit.value:g}{self.view.limit.unit}" if self.view.own_limit else ""
        return table_file(
            self.edition, form, service=self.view.kind.key, person=self.view.person.key, limit=limit
        )

    def interactive(self) -> bytes:
        """Return the map as one HTML file."""
        return html_map(self.edition, self.focus, self.picture)[0]

    def name(self, what: str, ending: str) -> str:
        """Return a file name that tells what is inside."""
        words = (what, self.focus.name, self.view.kind.key, self.view.person.key)
        return files.file_name(*words, ending=ending)


def controls() -> Design:
    """Draw the choice of paper and scale; return the design."""
    size = st.radio(_("Papier"), list(_PAPERS), horizontal=True, key="report.size")
    orientation = st.radio(
        _("Lage"),
        list(_ORIENTATIONS),
        format_func=lambda key: _(_ORIENTATIONS[key]),
        key="report.orientation",
    )
    scales = [0, *(scale for scale in SCALES if 2000 <= scale <= 150_000)]
    scale = st.selectbox(
        _("Maßstab"),
        scales,
        format_func=lambda value: f"1 : {i18n.number(value)}" if value else _("passend"),
        key="report.scale",
    )
    title = st.text_input(_("Eigener Titel"), max_chars=120, key="report.title")
    return Design(Paper(_PAPERS[size], Orientation(orientation)), scale or None, title.strip())


def today() -> date:
    """Return the day that is printed on what leaves the page."""
    return datetime.now(UTC).astimezone().date()


def shown(study: Study, view: View, design: Design) -> None:
    """Draw the preview of the sheet and, beside it, everything to take away."""
    order = Order(study, view, i18n.language(), today(), design)
    # A kept preview must not hide that the files below it are gone.
    require_tiles(order.edition.folder)
    middle, right = st.columns([2, 1], gap="small")
    with middle, st.container(key="map"):
        content, scale = _preview(_key(order), order)
        what = _("Vorschau des Kartenblatts")
        words = f"{order.focus.name}: {what}, 1 : {i18n.number(scale)}"
        data = base64.b64encode(content).decode("ascii")
        style = "max-width:100%;max-height:80vh;border:1px solid #b4bac0"
        st.html(f'<img alt="{escape(words)}" style="{style}" src="data:image/png;base64,{data}">')
    with right, st.container(key="answer"):
        area = order.focus.name
        widgets.sentence(order.answer())
        if not study.package.modelled:
            widgets.quiet(
                _("Diese Karte von {area} im Maßstab 1 : {scale} kann so in eine Vorlage.").format(
                    area=area, scale=i18n.number(scale)
                )
            )
        _downloads(order)


def _key(order: Order) -> str:
    view, design, package = order.view, order.design, order.study.package
    asked = (view.kind.key, view.person.key, view.limit.value, view.limit.unit, view.district)
    return repr((package.created, package.version, order.language, order.printed, asked, design))


@st.cache_data(max_entries=24, show_spinner=False)
def _preview(key: str, _order: Order) -> tuple[bytes, int]:  # noqa: ARG001 - the key is what is cached by
    sheet = _order.sheet()
    return rendered([sheet.figure], sheet.record, Format.PNG, dpi=_PREVIEW_DPI), sheet.scale


def _downloads(order: Order) -> None:
    widgets.heading(_("Karte für den Bericht"))
    with st.container(horizontal=True):
        for form in Format:
            _offer(order, form.upper(), "karte", form, partial(order.page, form))
    widgets.heading(_("Steckbrief und Wegweiser"))
    with st.container(horizontal=True):
        _offer(order, _("Steckbrief (PDF)"), "steckbrief", "pdf", order.profile)
        if order.language in WRITTEN:
            _offer(order, _("Wegweiser (PDF)"), "wegweiser", "pdf", lambda: make_guide(order.facts).pdf())
            _offer(order, _("Wegweiser (HTML)"), "wegweiser", "html", lambda: make_guide(order.facts).html())
    if order.language not in WRITTEN:
        widgets.quiet(_("Der Wegweiser ist auf Deutsch und Englisch geschrieben."))
    widgets.heading(_("Zahlen und Geodaten"))
    with st.container(horizontal=True):
        for ending, label in {
            "xlsx": "XLSX",
            "csv": "CSV",
            "gpkg": "GeoPackage",
            "geojson": "GeoJSON",
        }.items():
            if ending != "geojson" or len(order.study.tables["districts"]):
                _offer(order, label, "tabelle", ending, partial(order.table, ending))
    widgets.heading(_("Karte zum Weitergeben"))
    _offer(order, _("Interaktive Karte (HTML)"), "karte", "html", order.interactive)
    widgets.quiet(
        _("Jede Datei nennt Quellen, Datenstand und Version; gleiche Eingaben ergeben dieselbe Datei.")
    )


def _offer(order: Order, label: str, what: str, ending: str, make: Callable[[], bytes]) -> None:
    """Offer a file that is made when it is asked for."""
    st.download_button(
        label,
        make,
        order.name(what, ending),
        _MIME[ending],
        on_click="ignore",
        key=f"report.{what}.{ending}",
    )
