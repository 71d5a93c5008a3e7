"""The profile of a site on a page: who lives around it, what they lack, what it could close."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
import streamlit as st
from branca.element import MacroElement

from kudequa_geo.access.isochrones import isochrones
from kudequa_geo.constants import Sourced
from kudequa_geo.errors import msg
from kudequa_geo.gaps.weighted import limit_m, ratio
from kudequa_geo.language import Language
from kudequa_geo.maps import layers
from kudequa_geo.maps.element import Group
from kudequa_geo.maps.projection import box_to_degrees
from kudequa_geo.profile import STEPS_MIN, Profile, profile
from kudequa_geo.schema import RESIDENT_GROUPS, SITE_LABELS, SiteKind
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.sheets import csv_bytes
from kudequa_geo.ui.site_list import SiteList, version
from kudequa_geo.ui.view import View, length

#: Services that most around a site must lack before the sentence names them.
_NAMED = 3
#: Least ground shown around a site, in metres.
_AROUND_M = 300.0
_KEPT = "profile.areas"
#: From this size on it matters where on the site a service would stand.
_LARGE_M2 = 20_000.0


@dataclass(frozen=True, eq=False)
class SiteProfile:
    """One site under one question.

    Attributes
    ----------
    study, view
        The municipality and the question.
    sites, row
        The list and the site in it.
    step
        Position in :data:`kudequa_geo.profile.STEPS_MIN` of the catchment that is looked at.
    """

    study: Study
    view: View
    sites: SiteList
    row: int
    step: int

    @property
    def name(self) -> str:
        """What the site is called."""
        return self.sites.name(self.row)

    @property
    def connected(self) -> bool:
        """Whether a walk leads to the site."""
        return bool(self.sites.places.edge[self.row] >= 0)

    @cached_property
    def limits(self) -> dict[str, Sourced]:
        """Limit of every kind; the chosen kind's as the reader has set it."""
        limits = {kind.key: kind.limit.sourced() for kind in self.study.kinds}
        return {**limits, self.view.kind.key: self.view.limit}

    @cached_property
    def found(self) -> Profile:
        """The figures."""
        place = self.sites.places.take(np.array([self.row]))
        return profile(self.study, self.view.person.key, place, self.limits)

    @cached_property
    def _areas(self) -> list[shapely.Geometry]:
        """From where the site is reached within each step, in the metric CRS."""
        site = str(self.sites.frame["site_id"].iloc[self.row])
        asked = (version(self.study), self.sites.digest, site, self.view.person.key)
        # They do not depend on the service: the last ones are kept in the session.
        kept = st.session_state.get(_KEPT)
        if kept is None or kept[0] != asked:
            walks = [limit_m(step, self.view.person) for step in STEPS_MIN]
            place = self.sites.places.take(np.array([self.row]))
            kept = (asked, isochrones(self.study.router(self.view.person.key), place, walks))
            st.session_state[_KEPT] = kept
        return list(kept[1])

    def layer(self) -> Group:
        """Return the catchments along the streets for the map, the widest below."""
        group = Group()
        labels = [length(step.value, "min") for step in STEPS_MIN]
        layers.areas(self._areas[::-1], labels[::-1], self.study.config.crs).add_to(group)
        return group

    def target(self) -> MacroElement:
        """Return where the map moves once when the site is chosen."""
        crs = self.study.config.crs
        site = self.sites.frame.iloc[self.row]
        seen = shapely.union_all([site.geometry.buffer(_AROUND_M), *self._areas])
        districts = self.study.tables["districts"]
        outline = districts.geometry[districts["district_id"] == self.view.district]
        key = f"{self.view.district} {site['site_id']}"
        around = box_to_degrees(seen.bounds, crs)
        return layers.focus(key, outline.iloc[0] if len(outline) else None, around, crs)

    @property
    def minutes(self) -> str:
        """The catchment that is looked at, with its unit."""
        return length(STEPS_MIN[self.step].value, "min")

    def lacking(self) -> list[str]:
        """Return the kinds that most people of the catchment lack, the most lacking first."""
        share = self.found.services[f"share_{STEPS_MIN[self.step].value:g}"]
        ordered = share[share > 0.5].sort_values(ascending=False, kind="stable")
        return list(ordered.index)

    def sentence(self) -> str:
        """Return the answer in plain text."""
        if not self.connected:
            return _("Zu „{site}“ führt kein bekannter Weg; darum ist kein Einzugsbereich zu nennen.").format(
                site=self.name
            )
        around = self.found.people.iloc[self.step]
        words = {
            "site": self.name,
            "minutes": self.minutes,
            "people": people(around["residents"]),
            "service": _(self.view.kind.label),
            "limit": self.view.limit_words,
            "closed": people(self.found.services.loc[self.view.kind.key, "closed"]),
        }
        first = _("Höchstens {minutes} Fußweg von „{site}“ wohnen {people} Menschen.").format(**words)
        labels = {kind.key: _(kind.label) for kind in self.study.kinds}
        lacking = self.lacking()
        second = ""
        if lacking:
            named = ", ".join(f"„{labels[kind]}“" for kind in lacking[:_NAMED])
            rest = len(lacking) - _NAMED
            text = _("Den meisten fehlen: {services}.")
            if rest > 0:
                text = _("Den meisten fehlen: {services} und {count} weitere Dienste.")
            second = text.format(services=named, count=i18n.number(max(rest, 0)))
        if np.isnan(self.found.services.loc[self.view.kind.key, "closed"]):
            third = _("Für „{service}“ enthalten die Daten keinen Ort.").format(**words)
        else:
            third = _(
                "Ein Angebot „{service}“ hier brächte {closed} Menschen in die Grenze von {limit}."
            ).format(**words)
        return " ".join(part for part in (first, second, third) if part)

    def facts(self) -> list[str]:
        """Return what is known of the site itself."""
        site = self.sites.frame.iloc[self.row]
        label = _(SITE_LABELS[SiteKind(site["kind"])])
        lines = [f"{label}, {self.sites.area(self.row)}"]
        where = self.sites.where(self.row)
        if where:
            lines.append(_("Lage: {place}").format(place=where))
        if isinstance(site["status"], str) and site["status"]:
            lines.append(_("Zustand: {status}").format(status=site["status"]))
        if isinstance(site["source"], str) and site["source"]:
            date = f" ({i18n.day(site['source_date'])})" if isinstance(site["source_date"], str) else ""
            lines.append(_("Quelle: {source}").format(source=site["source"] + date))
        if site["area_m2"] >= _LARGE_M2:
            lines.append(
                _(
                    "Gerechnet ist der Weg bis zur Mitte der Fläche oder zur Straße, die ihr am nächsten "
                    "kommt."
                )
            )
        if site["modelled"]:
            lines.append(_("Diese Fläche ist ein Modell; es gibt sie nicht."))
        return lines

    def people_table(self) -> None:
        """Show who lives within each step."""
        found = self.found.people
        groups = [group for group in RESIDENT_GROUPS if group in found]
        rows = [
            (
                length(float(minutes), "min"),
                people(row["residents"]),
                *map(i18n.percent, ratio(row[groups], row["residents"])),
            )
            for minutes, row in found.iterrows()
        ]
        heads = (_("Fußweg bis"), _("Menschen"), *(_(RESIDENT_GROUPS[group]) for group in groups))
        widgets.table(
            _("Wer hier wohnt"), heads, rows, numbers=range(1, len(heads)), here=self.step, height="14rem"
        )

    def services_table(self) -> None:
        """Show what these people lack and what the site could close, the largest effect first."""
        labels = {kind.key: kind for kind in self.study.kinds}
        step = f"{STEPS_MIN[self.step].value:g}"
        ordered = self.found.services.sort_values(
            ["closed", f"share_{step}"], ascending=False, na_position="last", kind="stable"
        )
        rows = []
        for kind, row in ordered.iterrows():
            limit = self.limits[str(kind)]
            below = _("Grenze: {limit}").format(limit=length(limit.value, limit.unit))
            rows.append(
                (
                    f"{_(labels[str(kind)].label)}\n{below}",
                    _("keine Daten") if np.isnan(row["closed"]) else i18n.percent(row[f"share_{step}"]),
                    people(row["closed"]),
                )
            )
        heads = (
            _("Dienst"),
            _("fehlt in {minutes}").format(minutes=self.minutes),
            _("Menschen, die hier in die Grenze kämen"),
        )
        here = list(ordered.index).index(self.view.kind.key)
        widgets.table(_("Was fehlt, was die Fläche schließen könnte"), heads, rows, numbers=(1, 2), here=here)

    def csv(self, say: Language) -> bytes:
        """Return the profile as CSV in the notation of a language."""
        site = self.sites.frame.iloc[self.row]
        head = ["site_id", "site", "kind", "limit", "limit_unit", *self.found.services.columns]
        rows = [
            [
                site["site_id"],
                self.name,
                kind,
                self.limits[str(kind)].value,
                self.limits[str(kind)].unit,
                *row.tolist(),
                bool(self.study.package.modelled or site["modelled"]),
            ]
            for kind, row in self.found.services.iterrows()
        ]
        table = ([*head, "modelled"], rows)
        return csv_bytes(self.study, msg("Flächen"), table, {"person": self.view.person.key}, say)
