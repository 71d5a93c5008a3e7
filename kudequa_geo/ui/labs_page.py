"""Neighbourhood labs: the quarter, the lab and its catchment, what has been tried and wished there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np
import streamlit as st

from kudequa_geo.errors import msg
from kudequa_geo.language import Language
from kudequa_geo.maps import layers, palette
from kudequa_geo.maps.element import Group
from kudequa_geo.results.groups import groups_in
from kudequa_geo.results.labs import answered
from kudequa_geo.results.walks import limits
from kudequa_geo.schema import RESIDENT_GROUPS, SITE_LABELS, SiteKind
from kudequa_geo.sources.labs import Fact, Lab, read_labs
from kudequa_geo.study import Study
from kudequa_geo.ui import frame, i18n, scenario_link, sheets, site_list, sites_page, state, widgets
from kudequa_geo.ui.answer import Answer, Unit, people, unit_figures
from kudequa_geo.ui.explain import limit_of
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.site_list import SiteList
from kudequa_geo.ui.site_profile import SiteProfile
from kudequa_geo.ui.view import View

MAP_KEY = "labs.map"
NAMES = ("lang", "service", "person", "limit", state.SECTION, "lab", "site", "step")
_SEEN = "labs.click"
#: Services of which most people of the quarter are beyond the limit that the sentence names.
_NAMED = 3


@dataclass(frozen=True, eq=False)
class Labs:
    """The labs of a municipality and all sites.

    Attributes
    ----------
    sites
        All sites, uploaded ones included.
    labs
        Lab -> rows of its sites; a lab without notes has one of its own.
    """

    sites: SiteList
    labs: dict[str, tuple[Lab, list[int]]]


def labs_of(study: Study) -> Labs:
    """Return the labs: those with notes first, then further sites of that kind."""
    sites = site_list.all_sites(study)
    noted = read_labs(study.config.sites.labs) if study.config.sites.labs else ()
    districts = set(study.tables["districts"]["district_id"])
    found: dict[str, tuple[Lab, list[int]]] = {}
    for lab in noted:
        rows = [row for row in map(sites.row, lab.sites) if row is not None]
        known = lab.district if lab.district in districts else ""
        found[lab.key] = (lab.model_copy(update={"district": known}), rows)
    listed = {row for _lab, rows in found.values() for row in rows}
    for row in np.flatnonzero((sites.frame["kind"] == SiteKind.LAB).to_numpy()):
        if int(row) in listed:
            continue
        home = sites.frame["district_id"].iloc[row]
        key = f"site-{len(found) + 1}"
        district = home if isinstance(home, str) else ""
        lab = Lab(key=key, name=sites.name(int(row))[:120], district=district)
        found[key] = (lab, [int(row)])
    return Labs(sites, found)


def _lab_chosen() -> None:
    state.put("lab", st.session_state["widget.lab"])
    state.put("site", "")


def choose(labs: Labs) -> tuple[Lab, list[int]] | None:
    """Let the reader choose a lab; None where there is none."""
    if not labs.labs:
        return None
    key = state.get("lab", labs.labs.__contains__, next(iter(labs.labs)))
    st.session_state["widget.lab"] = key
    st.radio(
        _("Quartierslabor"),
        list(labs.labs),
        format_func=lambda each: widgets.plain(labs.labs[each][0].name),
        key="widget.lab",
        on_change=_lab_chosen,
    )
    return labs.labs[key]


@st.fragment
def map_and_answer(study: Study, asked: View, labs: Labs, lab: Lab, rows: Sequence[int]) -> None:
    """Draw the map of the quarter with the lab's catchment and, beside it, what is known."""
    with frame.guard():
        middle, right = st.columns([2, 1], gap="small")
        here = replace(asked, district=lab.district)
        answer = Answer(study, here)
        row = _place(labs.sites, rows)
        shown = None if row is None else SiteProfile(study, here, labs.sites, row, sites_page.step_choice())
        with middle:
            _draw(answer, labs.sites, rows, shown)
        with right, st.container(key="answer"):
            quarter = Quarter(study, here)
            widgets.sentence(quarter.sentence(lab))
            if lab.district:
                quarter.people()
            _facts(_("Das Quartier"), lab, "quarter")
            _facts(_("Was hier erprobt wurde"), lab, "tried")
            quarter.wishes(lab)
            if lab.district:
                quarter.lacking()
            if shown is not None:
                _catchment(shown, labs.sites, rows)
            quarter.download()
        state.publish(NAMES)


def _place(sites: SiteList, rows: Sequence[int]) -> int | None:
    """Return the row of the lab's place that is looked at: chosen, clicked, or the first."""
    if not rows:
        return None
    ids = [str(sites.frame["site_id"].iloc[row]) for row in rows]
    click = widgets.last_click(MAP_KEY)
    if click is not None and click != st.session_state.get(_SEEN):
        st.session_state[_SEEN] = click
        if sites.at(*click) in ids:
            state.put("site", sites.at(*click))
    # A site chosen on another page is none of this lab's: no mistake of the reader's.
    chosen = str(st.session_state.get("view.site") or "")
    if chosen not in ids:
        state.put("site", ids[0])
        chosen = ids[0]
    return rows[ids.index(chosen)]


def _draw(answer: Answer, sites: SiteList, rows: Sequence[int], shown: SiteProfile | None) -> None:
    group = Group()
    part = sites.frame.iloc[list(rows)]
    chosen = "" if shown is None else str(sites.frame["site_id"].iloc[shown.row])
    names = [sites.name(row) for row in rows]
    layers.sites(part, names, answer.study.config.crs, chosen=chosen).add_to(group)
    more = [group] if shown is None or not shown.connected else [shown.layer(), group]
    marks = [(palette.SITE_SYMBOLS[SiteKind.LAB], _(SITE_LABELS[SiteKind.LAB]))] if rows else []
    target = shown.target() if shown is not None else None
    if answer.view.district:
        target = widgets.focus(answer.study, answer.view.district)
    widgets.access_map(answer, None, MAP_KEY, more=more, marks=marks, target=target)


class Quarter:
    """The figures of a quarter beside those of the whole area."""

    def __init__(self, study: Study, asked: View) -> None:
        self.study = study
        self.view = asked
        own = {asked.kind.key: asked.limit}
        usual = limits(study)
        self.limits = usual | own
        found = dict(unit_figures(study, usual, asked.person.key))
        if asked.own_limit:
            found |= unit_figures(study, own, asked.person.key)
        self.area = {kind: next(u for u in units if u.level == "area") for kind, units in found.items()}
        self.units: dict[str, Unit] = {
            kind: next(
                (u for u in units if u.level == "district" and u.district_id == asked.district),
                self.area[kind],
            )
            for kind, units in found.items()
        }
        self.known = {kind.key: study.kind_index[kind.key] in study.place_kinds for kind in study.kinds}

    def _ranked(self) -> list[str]:
        """Return the kinds by the people of the quarter beyond the limit, the most first."""
        kinds = [kind.key for kind in self.study.kinds if self.known[kind.key]]
        return sorted(kinds, key=lambda kind: -self.units[kind].beyond)

    def sentence(self, lab: Lab) -> str:
        """Return what most people of the quarter lack, in plain text."""
        labels = {kind.key: _(kind.label) for kind in self.study.kinds}
        unit = next(iter(self.units.values()))
        words = {
            "quarter": lab.name if lab.district else self.study.config.name,
            "people": people(unit.residents),
        }
        lacking = [kind for kind in self._ranked() if self.units[kind].share < 0.5][:_NAMED]
        if not lacking:
            return _(
                "In {quarter} wohnen {people} Menschen; für die meisten liegt jeder Dienst in der Grenze."
            ).format(**words)
        named = ", ".join(f"„{labels[kind]}“" for kind in lacking)
        return _("In {quarter} wohnen {people} Menschen. Den meisten fehlen zu Fuß: {services}.").format(
            services=named, **words
        )

    def people(self) -> None:
        """Show how many live here and of what groups, beside the whole area."""
        buildings = self.study.tables["buildings"]
        here = (buildings["district_id"] == self.view.district).to_numpy()
        residents = float(buildings["residents"].to_numpy()[here].sum())
        items = [(_("Menschen"), people(residents), "")]
        for key, group in groups_in(self.study, here).items():
            if not np.isnan(group.share):
                whole = _("ganzes Gebiet: {value}").format(value=i18n.percent(group.share_area))
                items.append((_(RESIDENT_GROUPS[key]), i18n.percent(group.share), whole))
        widgets.figures(items)

    def wishes(self, lab: Lab) -> None:
        """Show what residents asked for, and how far it is today."""
        wishes = [fact for fact in lab.fact if fact.about == "wish"]
        if not wishes:
            return
        rows = []
        shares = {kind: unit.share for kind, unit in self.units.items() if self.known[kind]}
        for wish in wishes:
            best = answered(wish, shares)
            unit = None if best is None else self.units[best]
            rows.append(
                (
                    wish.said(i18n.language()),
                    _("keine Daten") if unit is None else i18n.percent(unit.share),
                    i18n.UNKNOWN if unit is None else i18n.minutes(unit.median_min),
                )
            )
        heads = (_("Wunsch"), _("heute innerhalb der Grenze"), _("mittlerer Weg"))
        widgets.table(_("Was Menschen sich wünschten, und was daraus wurde"), heads, rows, numbers=(1, 2))
        _sources(wishes)

    def lacking(self) -> None:
        """Show every service within the limit, here and in the whole area."""
        kinds = {kind.key: kind for kind in self.study.kinds}
        ordered = self._ranked()
        rows = [
            (
                f"{_(kinds[key].label)}\n{_('Grenze: {limit}').format(limit=limit_of(kinds[key]))}",
                i18n.percent(self.units[key].share),
                i18n.percent(self.area[key].share),
                people(self.units[key].beyond),
            )
            for key in ordered
        ]
        heads = (_("Dienst"), _("innerhalb"), _("ganzes Gebiet"), _("Menschen außerhalb"))
        here = ordered.index(self.view.kind.key) if self.view.kind.key in ordered else None
        widgets.table(_("Was hier fehlt"), heads, rows, numbers=(1, 2, 3), here=here)

    def download(self) -> None:
        """Offer the figures as CSV."""
        name = f"quartier_{self.study.config.key}_{self.view.district or 'gebiet'}_{self.view.person.key}"
        sheets.button(_("Quartier als CSV"), self.csv, name, "labs.csv")

    def csv(self, say: Language) -> bytes:
        """Return the figures as CSV in the notation of a language."""
        head = ["district_id", "name", "kind", "limit", "limit_unit", "residents"]
        head += ["residents_within", "share_within", "median_min", "share_within_area"]
        rows = [
            [
                *(unit.district_id, unit.name, kind),
                *(self.limits[kind].value, self.limits[kind].unit),
                *(unit.residents, unit.within, unit.share, unit.median_min, self.area[kind].share),
            ]
            for kind, unit in self.units.items()
        ]
        asked = {"person": self.view.person.key}
        return sheets.csv_bytes(self.study, msg("Quartierslabore"), (head, rows), asked, say)


def _facts(title: str, lab: Lab, about: str) -> None:
    facts = [fact for fact in lab.fact if fact.about == about]
    if not facts:
        return
    widgets.heading(title)
    widgets.bullets(fact.said(i18n.language()) for fact in facts)
    _sources(facts)


def _sources(facts: Sequence[Fact]) -> None:
    """Show the public pages the facts stand on, each once; nothing is loaded from there."""
    pages = dict.fromkeys((fact.url, fact.source, fact.year) for fact in facts)
    links = "; ".join(
        f'<a href="{escape(url)}" rel="noopener noreferrer" target="_blank">{escape(source)}</a> ({year})'
        for url, source, year in pages
    )
    st.html(f'<p class="kdq-quiet">{escape(_("Quelle: {source}").format(source=""))}{links}</p>')


def _site_chosen() -> None:
    state.put("site", st.session_state["widget.place"])


def _catchment(shown: SiteProfile, sites: SiteList, rows: Sequence[int]) -> None:
    widgets.heading(_("Das Labor und sein Einzugsbereich"))
    if len(rows) > 1:
        names = {str(sites.frame["site_id"].iloc[row]): widgets.plain(sites.name(row)) for row in rows}
        st.session_state["widget.place"] = str(sites.frame["site_id"].iloc[shown.row])
        st.radio(
            _("Ort"), list(names), format_func=names.__getitem__, key="widget.place", on_change=_site_chosen
        )
    widgets.text(shown.sentence())
    widgets.bullets(shown.facts())
    if shown.connected:
        scenario_link.button(str(sites.frame["site_id"].iloc[shown.row]), "labs.try")
        sites_page.step_radio(shown.step)
        shown.people_table()
        shown.services_table()


def none_here(study: Study, asked: View) -> None:
    """Say that the municipality has no lab, and how one is added; the map stays of use."""
    with frame.guard():
        middle, right = st.columns([2, 1], gap="small")
        answer = Answer(study, replace(asked, district=""))
        with middle:
            widgets.access_map(answer, None, MAP_KEY)
        with right, st.container(key="answer"):
            widgets.sentence(
                _("Für {area} ist kein Quartierslabor eingetragen.").format(area=study.config.name)
            )
            widgets.heading(_("So kommt ein Labor hierher"))
            widgets.bullets(
                [
                    _(
                        "Auf der Seite „Flächen und Leerstände“ eine eigene Liste hochladen, in der eine "
                        "Zeile die Art „Quartierslabor“ hat; sie gilt für diese Sitzung."
                    ),
                    _(
                        "Dauerhaft: die Liste in der Datei der Gemeinde unter sites.own nennen und die "
                        "Gemeinde neu aufbereiten."
                    ),
                    _(
                        "Was erprobt und gewünscht wurde, steht mit seinen Quellen in einer TOML-Datei, "
                        "genannt unter sites.labs; Vorbild ist data/dortmund-nord/facts/labs.toml."
                    ),
                ]
            )
            widgets.text(answer.sentence())
            widgets.figures(answer.figures())
            widgets.download(answer, "labs.none.csv")
