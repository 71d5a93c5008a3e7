"""Brownfields, vacancies and labs over the access map, and the profile of one of them."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import streamlit as st

from kudequa_geo.errors import KudequaError, msg
from kudequa_geo.language import Language
from kudequa_geo.maps import layers, palette
from kudequa_geo.maps.element import Group
from kudequa_geo.profile import STEPS_MIN, Effects
from kudequa_geo.schema import SITE_LABELS, SiteKind
from kudequa_geo.study import Study
from kudequa_geo.ui import frame, i18n, scenario_link, sheets, site_list, state, view, widgets
from kudequa_geo.ui.answer import Answer, people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.site_list import SiteList
from kudequa_geo.ui.site_profile import SiteProfile
from kudequa_geo.ui.view import View, length

MAP_KEY = "sites.map"
NAMES = (*view.NAMES, "kinds", "minarea", "site", "step")
#: Entries of the list to choose from; the table below holds all.
_LISTED = 60
_SEEN = "sites.click"
_KINDS = tuple(kind.value for kind in SiteKind)


def _kinds() -> list[str]:
    def valid(text: str) -> bool:
        return not text or set(text.split(",")) <= set(_KINDS)

    chosen = state.get("kinds", valid, "")
    return chosen.split(",") if chosen else list(_KINDS)


def _least_ha() -> float:
    def valid(text: str) -> bool:
        try:
            return not text or 0 <= float(text) <= 100_000
        except ValueError:
            return False

    return float(state.get("minarea", valid, "") or 0)


def step_choice() -> int:
    """Return the position of the chosen catchment in :data:`kudequa_geo.profile.STEPS_MIN`."""
    names = [f"{step.value:g}" for step in STEPS_MIN]
    return names.index(state.get("step", names.__contains__, names[1]))


def _filters_chosen() -> None:
    chosen = [kind for kind in _KINDS if kind in st.session_state["widget.kinds"]]
    state.put("kinds", "" if len(chosen) in (0, len(_KINDS)) else ",".join(chosen))
    least = st.session_state["widget.minarea"] or 0
    state.put("minarea", f"{least:g}" if least else "")


def controls(study: Study, asked: View) -> None:
    """Draw the controls: the question, the filters of the list, the upload."""
    view.controls(study, asked)
    st.session_state["widget.kinds"] = _kinds()
    st.pills(
        _("Art der Fläche"),
        _KINDS,
        format_func=lambda kind: _(SITE_LABELS[SiteKind(kind)]),
        selection_mode="multi",
        key="widget.kinds",
        on_change=_filters_chosen,
    )
    st.session_state["widget.minarea"] = _least_ha()
    st.number_input(
        _("Mindestgröße in Hektar"),
        min_value=0.0,
        max_value=100_000.0,
        step=0.5,
        format="%g",
        key="widget.minarea",
        on_change=_filters_chosen,
    )
    _upload(study)
    # Read here, so that what the address says wrongly is told above the page and not in the fragment.
    step_choice()
    _site(site_list.all_sites(study))


def _upload(study: Study) -> None:
    with st.expander(_("Eigene Liste hochladen")):
        # What is larger by far never reaches the server's memory; what is a little too large is told below.
        given = st.file_uploader(
            _("CSV oder GeoPackage"), type=["csv", "gpkg"], key="sites.upload", max_upload_size=10
        )
        widgets.upload_word()
        widgets.quiet(
            _(
                "Spalten: name, kind (Brache, Leerstand, Quartierslabor), lon und lat in Grad; wo bekannt "
                "area_m2 oder area_ha, status, source. Höchstens {most} MB und {rows} Flächen. Die Liste "
                "bleibt in dieser Sitzung und wird nirgends gespeichert."
            ).format(
                most=i18n.number(site_list.MAX_UPLOAD_BYTES / 1e6),
                rows=i18n.number(site_list.MAX_UPLOAD_ROWS),
            )
        )
        if given is None:
            site_list.forget()
            return
        try:
            found = site_list.upload(study, given.name, given.getvalue())
        except KudequaError as error:
            # Where it is would be a path of the server.
            what, *_more = error.lines(_)
            st.error(widgets.plain(what))
            st.text(_(error.remedy).format(**error.values) if error.remedy else "")
            return
        told = _("{count} Flächen gelesen, {located} davon an Wege angebunden.").format(
            count=i18n.number(len(found.frame)), located=i18n.number(int((found.places.edge >= 0).sum()))
        )
        if found.not_located:
            told += " " + _("{count} Zeilen nennen nur eine Adresse und fehlen auf der Karte.").format(
                count=i18n.number(found.not_located)
            )
        widgets.text(told)


def _shown(sites: SiteList, asked: View) -> np.ndarray:
    """Return the rows that pass the filters."""
    kept = sites.frame["kind"].isin(_kinds()).to_numpy(bool)
    least = _least_ha()
    if least:
        # A size that is not known is not large enough.
        kept = kept & (sites.frame["area_m2"] >= least * 10_000).to_numpy(bool)
    if asked.district:
        kept = kept & (sites.frame["district_id"] == asked.district).to_numpy(bool)
    return np.flatnonzero(kept)


def _chosen_site(sites: SiteList) -> int | None:
    """Return the row of the chosen site; a new click on the map outranks the earlier choice."""
    click = widgets.last_click(MAP_KEY)
    if click is not None and click != st.session_state.get(_SEEN):
        st.session_state[_SEEN] = click
        state.put("site", sites.at(*click))
    return _site(sites)


def _site(sites: SiteList) -> int | None:
    site = state.get("site", lambda key: not key or sites.row(key) is not None, "")
    return sites.row(site) if site else None


@st.fragment
def map_and_answer(study: Study, asked: View) -> None:
    """Draw the map with the sites and, beside it, the list or the profile of the chosen site."""
    with frame.guard():
        middle, right = st.columns([2, 1], gap="small")
        sites = site_list.all_sites(study)
        rows = _shown(sites, asked)
        row = _chosen_site(sites)
        shown = None if row is None else SiteProfile(study, asked, sites, row, step_choice())
        answer = Answer(study, asked)
        with middle:
            _draw(answer, sites, rows, shown)
        # Only after the map is on its way to the browser.
        found = site_list.effects(study, asked, sites)
        with right, st.container(key="answer"):
            if shown is None:
                widgets.sentence(_sentence(asked, sites, rows, found, study.config.name))
            else:
                _profile(shown)
            _list(asked, sites, rows, found, row)
            _table(study, asked, sites, rows, found)
        state.publish(NAMES)


def _draw(answer: Answer, sites: SiteList, rows: np.ndarray, shown: SiteProfile | None) -> None:
    # The chosen site is drawn even where the filters leave it out.
    drawn = rows if shown is None or shown.row in rows else np.append(rows, shown.row)
    group = Group()
    part = sites.frame.iloc[drawn]
    names = [f"{sites.name(row)} ({sites.area(row)})" for row in drawn]
    chosen = "" if shown is None else str(sites.frame["site_id"].iloc[shown.row])
    layers.sites(part, names, answer.study.config.crs, chosen=chosen).add_to(group)
    more = [group] if shown is None or not shown.connected else [shown.layer(), group]
    present = [kind for kind in SiteKind if (part["kind"] == kind).any()]
    marks = [(palette.SITE_SYMBOLS[kind], _(SITE_LABELS[kind])) for kind in present]
    target = None if shown is None else shown.target()
    widgets.access_map(answer, None, MAP_KEY, more=more, marks=marks, target=target)


def _sentence(asked: View, sites: SiteList, rows: np.ndarray, found: Effects, area: str) -> str:
    if sites.frame.empty:
        return _(
            "Für {area} sind keine Brachflächen, Leerstände oder Quartierslabore bekannt. Eine eigene Liste "
            "lässt sich hier hochladen."
        ).format(area=area)
    words = {"area": area, "count": i18n.number(len(rows)), "total": i18n.number(len(sites.frame))}
    words |= {"service": _(asked.kind.label), "limit": asked.limit_words}
    if not len(rows):
        return _("Keine der {total} Flächen in {area} entspricht den Filtern.").format(**words)
    closed = found.closed[rows]
    if np.isnan(closed).all() or np.nanmax(closed) <= 0:
        return _(
            "{count} von {total} Flächen in {area} sind gezeigt; auf keiner brächte „{service}“ Menschen in "
            "die Grenze von {limit}."
        ).format(**words)
    best = int(rows[int(np.nanargmax(closed))])
    return _(
        "{count} von {total} Flächen in {area} sind gezeigt. Am meisten brächte „{service}“ auf der Fläche "
        "„{site}“: Für {people} Menschen läge das Angebot dann innerhalb von {limit}."
    ).format(site=sites.name(best), people=people(found.closed[best]), **words)


def _step_chosen() -> None:
    state.put("step", st.session_state["widget.step"])


def _back() -> None:
    state.put("site", "")


def step_radio(step: int) -> None:
    """Let the reader choose the catchment."""
    names = [f"{each.value:g}" for each in STEPS_MIN]
    st.session_state["widget.step"] = names[step]
    st.radio(
        _("Fußweg zur Fläche"),
        names,
        format_func=lambda name: length(float(name), "min"),
        horizontal=True,
        key="widget.step",
        on_change=_step_chosen,
    )


def _profile(shown: SiteProfile) -> None:
    widgets.sentence(shown.sentence())
    st.button(_("Zurück zu allen Flächen"), on_click=_back, key="sites.back")
    widgets.bullets(shown.facts())
    if not shown.connected:
        return
    scenario_link.button(str(shown.sites.frame["site_id"].iloc[shown.row]), "sites.try")
    step_radio(shown.step)
    shown.people_table()
    shown.services_table()
    name = f"flaeche_{shown.study.config.key}_{shown.view.person.key}"
    sheets.button(_("Profil als CSV"), shown.csv, name, "sites.profile.csv")


def _site_chosen() -> None:
    state.put("site", st.session_state["widget.site"] or "")


def _list(asked: View, sites: SiteList, rows: np.ndarray, found: Effects, chosen: int | None) -> None:
    if not len(rows):
        return
    ordered = _ranked(rows, found)[:_LISTED]
    ids = sites.frame["site_id"].to_numpy(object)
    options = [str(ids[row]) for row in ordered]
    by_id = dict(zip(options, ordered, strict=True))
    here = str(ids[chosen]) if chosen is not None else None
    st.session_state["widget.site"] = here if here in by_id else None
    captions = [_caption(sites, row, found) for row in ordered]
    widgets.heading(_("Flächen nach Wirkung für „{service}“").format(service=_(asked.kind.label)))
    st.radio(
        _("Fläche wählen"),
        options,
        format_func=lambda key: sites.name(by_id[key]) if key in by_id else key,
        captions=captions,
        key="widget.site",
        on_change=_site_chosen,
        label_visibility="collapsed",
        index=None,
    )
    if len(rows) > len(ordered):
        widgets.quiet(
            _("Gezeigt sind die ersten {count}; die Tabelle nennt alle.").format(count=len(ordered))
        )


def _ranked(rows: np.ndarray, found: Effects) -> list[int]:
    def order(row: int) -> tuple[bool, float, float]:
        closed, near = float(found.closed[row]), float(found.people[row, 1])
        return (math.isnan(near), -np.nan_to_num(closed), -np.nan_to_num(near))

    return sorted((int(row) for row in rows), key=order)


def _caption(sites: SiteList, row: int, found: Effects) -> str:
    where = sites.frame["district"].iloc[row]
    size = sites.area(row)
    parts = [
        _(SITE_LABELS[SiteKind(sites.frame["kind"].iloc[row])]),
        str(where) if isinstance(where, str) else "",
        "" if size == i18n.UNKNOWN else size,
        _("brächte {people} Menschen").format(people=people(found.closed[row])),
    ]
    return " · ".join(part for part in parts if part)


def _table(study: Study, asked: View, sites: SiteList, rows: np.ndarray, found: Effects) -> None:
    if not len(rows):
        return
    ordered = _ranked(rows, found)
    widgets.folded(
        _("Alle gezeigten Flächen als Tabelle"), "sites.table", lambda: _all_sites(sites, ordered, found)
    )
    name = f"flaechen_{study.config.key}_{asked.kind.key}_{asked.person.key}"
    make = partial(_sheet, study, asked, sites, ordered, found)
    sheets.button(_("Flächen als CSV"), make, name, "sites.csv")


def _all_sites(sites: SiteList, ordered: list[int], found: Effects) -> None:
    cells = [
        (
            f"{sites.name(row)}\n{_(SITE_LABELS[SiteKind(sites.frame['kind'].iloc[row])])}"
            + (f", {sites.where(row)}" if sites.where(row) else ""),
            sites.area(row),
            people(found.people[row, 1]),
            people(found.closed[row]),
        )
        for row in ordered
    ]
    heads = (
        _("Fläche"),
        _("Größe"),
        _("Menschen in {minutes}").format(minutes=length(STEPS_MIN[1].value, "min")),
        _("kämen in die Grenze"),
    )
    widgets.table(_("Flächen"), heads, cells, numbers=(1, 2, 3))


def _sheet(
    study: Study, asked: View, sites: SiteList, rows: list[int], found: Effects, say: Language
) -> bytes:
    columns = ["site_id", "kind", "name", "street", "district", "area_m2", "area_approximate", "status"]
    columns += ["source", "source_date", "modelled"]
    steps = [f"residents_{step.value:g}_min" for step in STEPS_MIN]
    head = [*columns, *steps, "residents_gained"]
    question = {"service": asked.kind.key} | asked.asked
    del question["kind"]
    lines = []
    for row in rows:
        site = sites.frame.iloc[row]
        cells = [site[column] if site[column] == site[column] else None for column in columns]
        lines.append([*cells, *found.people[row].tolist(), float(found.closed[row])])
    return sheets.csv_bytes(study, msg("Flächen"), (head, lines), question, say)
