"""The page of reports: a map sheet with its preview, and everything else to take away."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import TypeVar

import streamlit as st

from kudequa_geo.errors import KudequaError, msg
from kudequa_geo.export.edition import printing_day
from kudequa_geo.export.ground import require_tiles
from kudequa_geo.export.guide import WRITTEN
from kudequa_geo.export.logo import logo_of
from kudequa_geo.export.paper import SCALES, Orientation, Paper, Size
from kudequa_geo.export.request import Subject
from kudequa_geo.export.saving import Format, rendered
from kudequa_geo.export.sheet import Design
from kudequa_geo.maps import layers
from kudequa_geo.maps.element import Group
from kudequa_geo.progress import Progress
from kudequa_geo.results.gaps import found_areas, no_gap
from kudequa_geo.results.naming import gap_names
from kudequa_geo.scenarios.scenario import Scenario, from_json
from kudequa_geo.schema import SITE_LABELS, SiteKind
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, job, making, widgets
from kudequa_geo.ui.answer import Answer
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.report_order import Order
from kudequa_geo.ui.view import View

_PREVIEW_DPI = 110
_PAPERS = {"A4": Size.A4, "A3": Size.A3}
_FITTING = "fitting"
_ORIENTATIONS = {
    _FITTING: msg("passend"),
    Orientation.PORTRAIT: msg("Hochformat"),
    Orientation.LANDSCAPE: msg("Querformat"),
}
_SUBJECTS = {
    "area": msg("Gebiet oder Bezirk"),
    "gap": msg("Lücke"),
    "site": msg("Fläche oder Labor"),
    "extent": msg("Ausschnitt"),
}
#: How many gaps can be chosen; smaller ones are found on the page of gaps.
_MOST_GAPS = 60
_MAP_KEY = "report.map"
_Read = TypeVar("_Read")
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


@dataclass(frozen=True)
class Wish:
    """What the reader has chosen beside the question: design, subject, scenario, turning the paper."""

    design: Design
    turn: bool
    subject: Subject
    scenario: Scenario | None


def controls(study: Study, view: View) -> Wish:
    """Draw the choice of subject, paper, scale and scenario."""
    subject = _subject(study, view)
    size = st.radio(_("Papier"), list(_PAPERS), horizontal=True, key="report.size")
    way = st.radio(
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
    logo = _uploaded(_("Logo (PNG)"), "png", "report.logo", logo_of)
    scenario = _uploaded(_("Szenario (Datei)"), "json", "report.scenario", _scenario)
    widgets.upload_word()
    turn = way == _FITTING
    paper = Paper(_PAPERS[size], Orientation.PORTRAIT if turn else Orientation(way))
    return Wish(Design(paper, scale or None, title.strip(), logo), turn, subject, scenario)


def _subject(study: Study, view: View) -> Subject:
    """Let the reader choose what the sheet is about; a district is chosen above."""
    scope = st.selectbox(
        _("Gegenstand"), list(_SUBJECTS), format_func=lambda key: _(_SUBJECTS[key]), key="report.subject"
    )
    if scope == "gap":
        return Subject(gap=_gap(study, view))
    if scope == "site":
        sites = study.tables["sites"]
        kinds = [_(SITE_LABELS[SiteKind(kind)]) for kind in sites["kind"]]
        names = {
            key: f"{kind}: {name if isinstance(name, str) else key}"
            for key, kind, name in zip(sites["site_id"], kinds, sites["name"], strict=True)
        }
        if names:
            chosen = st.selectbox(
                _("Fläche"),
                sorted(names, key=names.__getitem__),
                format_func=names.__getitem__,
                key="report.site",
            )
            return Subject(site=chosen)
        widgets.quiet(_("Keine Fläche ist erfasst."))
    if scope == "extent":
        return Subject(extent=_shown_extent())
    return Subject()


def _gap(study: Study, view: View) -> int:
    areas = found_areas(study, view.kind.key, view.person.key, view.limit if view.own_limit else None)
    count = min(len(areas.areas), _MOST_GAPS)
    if not count:
        widgets.quiet(no_gap(i18n.spoken()))
        return 0
    names = gap_names(study, areas, _)
    people = areas.areas["residents"].tolist()

    def words(rank: int) -> str:
        lives = i18n.spoken().people(people[rank - 1])
        return _("{rank}: {name}, {people} Menschen").format(rank=rank, name=names[rank - 1], people=lives)

    ranks = range(1, count + 1)
    return int(st.selectbox(_("Lücke"), ranks, format_func=words, key="report.gap"))


def _shown_extent() -> str:
    """Return what the map above the preview shows; empty = it has not been moved yet."""
    seen = (st.session_state.get(_MAP_KEY) or {}).get("bounds") or {}
    corners = [seen.get("_southWest") or {}, seen.get("_northEast") or {}]
    found = [corner.get(name) for corner in corners for name in ("lng", "lat")]
    return "" if None in found else ",".join(f"{value:.5f}" for value in found)


def _uploaded(label: str, ending: str, key: str, read: Callable[[str, bytes], _Read]) -> _Read | None:
    """Let the reader choose a file; return what it holds, or nothing and the reason."""
    uploaded = st.file_uploader(label, type=[ending], key=key, max_upload_size=1)
    if uploaded is None:
        return None
    try:
        return read(uploaded.name, uploaded.getvalue())
    except KudequaError as error:
        widgets.refusal(error)
        return None


def _scenario(name: str, content: bytes) -> Scenario:
    return from_json(content.decode("utf-8-sig", errors="replace"), where=name)


def shown(study: Study, view: View, wish: Wish) -> None:
    """Draw the preview of the sheet and, beside it, everything to take away."""
    day = printing_day()
    order = Order(study, view, i18n.language(), day, wish.design, wish.subject, wish.scenario, wish.turn)
    # A kept preview must not hide that the files below it are gone.
    require_tiles(order.edition.folder)
    middle, right = st.columns([2, 1], gap="small")
    with middle:
        if st.session_state.get("report.subject") == "extent":
            widgets.quiet(_("Der Ausschnitt dieser Karte kommt auf das Blatt."))
            group = Group()
            layers.colours(Answer(study, view).codes).add_to(group)
            widgets.drawn_map(study, [group], _MAP_KEY, link="report", told="bounds")
        with st.container(key="map"):
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
    about = (order.subject, order.scenario, order.turn)
    return repr((package.created, package.version, order.language, order.printed, asked, design, about))


@st.cache_data(max_entries=24, show_spinner=False)
def _preview(key: str, _order: Order) -> tuple[bytes, int]:  # noqa: ARG001 - the key is what is cached by
    sheet = _order.sheet()
    return rendered([sheet.figure], sheet.record, Format.PNG, dpi=_PREVIEW_DPI), sheet.scale


def _downloads(order: Order) -> None:
    widgets.heading(_("Karte für den Bericht"))
    with st.container(horizontal=True):
        for form in Format:
            _make(order, form.upper(), "karte", form, partial(order.page, form))
    widgets.heading(_("Steckbrief und Wegweiser"))
    with st.container(horizontal=True):
        _make(order, _("Steckbrief (PDF)"), "steckbrief", "pdf", order.profile)
        if order.language in WRITTEN:
            _make(order, _("Wegweiser (PDF)"), "wegweiser", "pdf", partial(order.guide, "pdf"))
            _make(order, _("Wegweiser (HTML)"), "wegweiser", "html", partial(order.guide, "html"))
    making.draw(_key(order))
    if order.language not in WRITTEN:
        widgets.quiet(_("Der Wegweiser ist auf Deutsch und Englisch geschrieben."))
    if order.districts:
        _series(order)
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


def _series(order: Order) -> None:
    """Offer one file per district, with progress and a way to stop."""
    widgets.heading(_("Für alle Bezirke"))
    about = _key(order)
    count = len(order.districts)
    profiles = job.Wanted(
        about,
        _("Alle Steckbriefe ({count})").format(count=count),
        order.name("steckbriefe", "zip"),
        lambda: job.Job(count, order.profiles, order.printed),
    )
    series = job.Wanted(
        about,
        _("Alle Kartenblätter ({count})").format(count=count),
        order.name("karten", "zip"),
        lambda: job.Job(count, order.series, order.printed),
    )
    job.offer("report.profiles", profiles)
    job.offer("report.sheets", series)


def _make(order: Order, label: str, what: str, ending: str, make: Callable[[Progress], bytes]) -> None:
    """Offer a file that takes a while: it is made beside the page, with progress and a way to stop."""
    making.button(
        label,
        making.Wanted(_key(order), order.name(what, ending), _MIME[ending], make),
        f"report.{what}.{ending}",
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
