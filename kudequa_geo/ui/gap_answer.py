"""The figures behind the page of gaps: areas and their need, what is missing, whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from kudequa_geo.constants import Field
from kudequa_geo.errors import msg
from kudequa_geo.gaps.areas import LEAST_RESIDENTS
from kudequa_geo.gaps.need import EVERYBODY, Need, weigh
from kudequa_geo.gaps.reasons import OBSTACLE_LABELS, REASON_LABELS, Reason
from kudequa_geo.language import Language
from kudequa_geo.maps.layers import GapShape, gap_shapes
from kudequa_geo.results.gaps import found_areas, lacking
from kudequa_geo.results.naming import gap_names, place_name
from kudequa_geo.results.need import stability
from kudequa_geo.results.secrecy import hidden
from kudequa_geo.schema import RESIDENT_GROUPS, Obstacle
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.gap_view import GapView, changed_limit
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.sheets import csv_bytes

Result = TypeVar("Result")

#: Sensitive groups that no table of residents has by default.
_RARELY_KNOWN = {"residents_low_income": msg("mit wenig Geld"), "residents_no_car": msg("ohne Auto")}
#: Reasons that can be told with the figures of the area.
_DETOUR = msg(
    "Weit ist es wegen des Umwegs: Das nächste Angebot liegt nur {beeline} Luftlinie entfernt, "
    "zu gehen sind {metres}."
)
_REASONS = {
    Reason.BARRIER: _DETOUR,
    Reason.DETOUR: _DETOUR,
    Reason.FAR: msg("Weit ist es, weil kein Angebot näher liegt: Schon die Luftlinie misst {beeline}."),
}


@dataclass(frozen=True)
class Area:
    """One gap area as the page tells it.

    Attributes
    ----------
    row
        Row of the areas' table.
    rank
        Position in the chosen order, 1 = first, among the areas shown.
    need
        Weighted persons.
    """

    row: int
    area_id: str
    rank: int
    name: str
    residents: float
    need: float


class GapAnswer:
    """What the data say about the gaps of one service for one person.

    Parameters
    ----------
    study, asked
        The municipality and the question.
    """

    def __init__(self, study: Study, asked: GapView) -> None:
        self.study = study
        self.asked = asked
        view = asked.view
        self._question = (view.kind.key, view.person.key, changed_limit(view))
        self.found = found_areas(study, *self._question)
        self.table = self.found.areas

    @cached_property
    def need(self) -> Need:
        """Need of every area over all services missing in it, under the chosen weights."""
        kinds = {kind.key: self.asked.weight(str(kind.field)) for kind in self.study.kinds}

        def make() -> Need:
            return weigh(lacking(self.study, *self._question), kinds=kinds, groups=dict(self.asked.weights))

        return self._kept("need", make)

    @cached_property
    def areas(self) -> list[Area]:
        """The areas of the chosen district or of all, in the chosen order."""
        district = self.asked.view.district
        rows = np.flatnonzero((self.table["district_id"] == district).to_numpy() | (not district))
        total, residents = self.need.total.to_numpy(), self.table["residents"].to_numpy()
        key = total if self.asked.order == "need" else residents
        rows = rows[np.argsort(-key[rows], kind="stable")]
        ids = self.table["area_id"].to_numpy()
        return [
            Area(
                int(row),
                str(ids[row]),
                rank,
                self._names[row],
                float(residents[row]),
                float(total[row]),
            )
            for rank, row in enumerate(rows.tolist(), start=1)
        ]

    @cached_property
    def shapes(self) -> list[GapShape]:
        """What the map draws of every area of the table."""
        key = ("gap shapes", *self._question)
        shapes = self.table.geometry.to_numpy()
        return self.study.kept(key, lambda: gap_shapes(list(shapes), self.study.config.crs))

    def spread(self, area: Area) -> tuple[int, int]:
        """Return the ranks by need between which an area stays under changed weights, among all areas."""
        low, high = self._ranks[area.row]
        return round(low), round(high)

    @cached_property
    def _ranks(self) -> list[tuple[float, float]]:
        return list(zip(self._stability["rank_low"], self._stability["rank_high"], strict=True))

    @cached_property
    def _stability(self) -> pd.DataFrame:
        return self._kept("stability", lambda: stability(self.need))

    def _kept(self, name: str, make: Callable[[], Result]) -> Result:
        """Return what follows from the question and the weights, computed by the first who asks."""
        weights = tuple(sorted(self.asked.weights.items()))
        return self.study.kept((name, *self._question, weights), make)

    @cached_property
    def _names(self) -> list[str]:
        """What to call each area."""
        key = ("gap names", i18n.language(), *self._question)
        return self.study.kept(key, lambda: gap_names(self.study, self.found, _))

    @cached_property
    def _districts(self) -> dict[str, str]:
        """Names of the districts by id."""
        districts = self.study.tables["districts"]
        return dict(zip(districts["district_id"], districts["name"], strict=True))

    def notices(self) -> list[str]:
        """Return in plain text which groups are not known, and what that means for the need."""
        labels = {**RESIDENT_GROUPS, **_RARELY_KNOWN}
        return [
            _(notice.text).format(group=_(labels[notice.group]), unknown=i18n.percent(notice.unknown))
            for notice in lacking(self.study, *self._question).notices
        ]

    @property
    def chosen(self) -> Area | None:
        """The chosen area, if it is among those shown."""
        return next((area for area in self.areas if area.area_id == self.asked.area), None)

    @cached_property
    def any_place(self) -> bool:
        """Whether the data hold any place of the service."""
        return bool((self.study.tables["places"]["kind"] == self.asked.view.kind.key).any())

    def sentence(self) -> str:
        """Return in one sentence of plain text how large the gaps are, and where the first one is."""
        view, areas = self.asked.view, self.areas
        words = {
            "area": self._area_name,
            "service": _(view.kind.label),
            "limit": view.limit_words,
            "count": i18n.number(len(areas)),
            "least": i18n.number(LEAST_RESIDENTS.value),
        }
        if not self.any_place:
            return _(
                "Für „{service}“ enthalten die Daten von {area} keinen einzigen Ort: Ob er fehlt oder nur "
                "nicht erfasst ist, lässt sich nicht sagen."
            ).format(**words)
        if not areas:
            return _(
                "In {area} liegt kein zusammenhängendes Gebiet mit mindestens {least} Menschen weiter als "
                "{limit} vom nächsten Angebot „{service}“ entfernt."
            ).format(**words)
        total = sum(area.residents for area in areas)
        words |= {"people": people(total), "first": areas[0].name, "most": people(areas[0].residents)}
        if len(areas) == 1:
            return _(
                "In {area} wohnen in einem zusammenhängenden Gebiet ({first}) {people} Menschen weiter als "
                "{limit} vom nächsten Angebot „{service}“ entfernt."
            ).format(**words)
        return _(
            "In {area} wohnen in {count} zusammenhängenden Gebieten {people} Menschen weiter als {limit} vom "
            "nächsten Angebot „{service}“ entfernt; an erster Stelle steht „{first}“ mit {most} Menschen."
        ).format(**words)

    @property
    def _area_name(self) -> str:
        """Return the name of the chosen district, or of the municipality."""
        return self._districts.get(self.asked.view.district, self.study.config.name)

    def remainder(self) -> str:
        """Return in plain text who lives beyond the limit without belonging to an area."""
        said = []
        if self.found.scattered >= 1:
            said.append(
                _(
                    "Weitere {people} Menschen jenseits der Grenze wohnen in kleineren Gruppen oder "
                    "verstreut."
                ).format(people=people(self.found.scattered))
            )
        if self.found.unconnected >= 1:
            said.append(
                _("Für {people} Menschen in nicht angebundenen Gebäuden ist nichts bekannt.").format(
                    people=people(self.found.unconnected)
                )
            )
        return " ".join(said)

    def explanation(self, area: Area) -> list[str]:
        """Return in plain sentences how far the service is for an area, and why."""
        row, view = self.table.iloc[area.row], self.asked.view
        said = [
            _("{name}: {people} Menschen auf {hectares} ha.").format(
                name=area.name, people=people(area.residents), hectares=i18n.number(row["area_ha"], 1)
            )
        ]
        place = row["nearest_place_id"]
        walk = {"metres": i18n.metres(row["nearest_m"]), "beeline": i18n.metres(row["beeline_m"])}
        if isinstance(place, str) and not np.isnan(row["nearest_m"]):
            places = self.study.tables["places"]
            said.append(
                _(
                    "Am nächsten liegt für die meisten: {place} („{service}“), im Mittel {minutes} oder "
                    "{metres} zu gehen."
                ).format(
                    place=place_name(places[places["place_id"] == place].iloc[0], _),
                    service=_(view.kind.label),
                    minutes=i18n.minutes(row["nearest_m"] / view.person.metres_per_minute),
                    **walk,
                )
            )
        if isinstance(row["reason"], str):
            reason = Reason(row["reason"])
            said.append(_(_REASONS.get(reason, REASON_LABELS[reason])).format(**walk))
        if isinstance(row["obstacle"], str):
            kind = _(OBSTACLE_LABELS[Obstacle(row["obstacle"])])
            said.append(_("Dazwischen liegt: {obstacle}.").format(obstacle=kind))
        return said

    def missing(self, area: Area) -> dict[Field, list[str]]:
        """Return the services beyond their limit for most people of an area, by field, as labels.

        Services of which the data hold no place at all are left out; see :meth:`unknown_services`.
        """
        there = set(self.study.tables["places"]["kind"])
        keys = {key for key in self.table["missing"].iloc[area.row].split(";") if key in there}
        found: dict[Field, list[str]] = {}
        for kind in self.study.kinds:
            if kind.key in keys:
                found.setdefault(kind.field, []).append(_(kind.label))
        return found

    def unknown_services(self) -> list[str]:
        """Return the labels of services of which the data hold no place at all."""
        there = set(self.study.tables["places"]["kind"])
        return [_(kind.label) for kind in self.study.kinds if kind.key not in there]

    def groups(self, area: Area) -> list[tuple[str, float, float, float]]:
        """Return the known groups in an area: label, people, share there, share in the municipality.

        The share is NaN where it would tell how few they are.
        """
        row, total = self.table.iloc[area.row], self.study.total
        return [
            (
                _(label),
                float(row[group]),
                float("nan") if hidden(row[group]) else float(row[group] / row["residents"]),
                float(total[group] / total[EVERYBODY]),
            )
            for group, label in RESIDENT_GROUPS.items()
            if not np.isnan(row[group])
        ]

    @cached_property
    def by_field(self) -> pd.DataFrame:
        """Need of every area by field of service, weighted persons."""
        kinds = {kind.key: str(kind.field) for kind in self.study.kinds}

        def make() -> pd.DataFrame:
            parts = self.need.by("kind").rename(columns=kinds)
            summed = parts.T.groupby(level=0).sum().T
            return summed.reindex(columns=[str(field) for field in self.study.fields], fill_value=0.0)

        return self._kept("by field", make)

    @cached_property
    def by_group(self) -> pd.DataFrame:
        """Need of every area by people: all residents once, groups beyond that, weighted persons."""
        return self._kept("by group", lambda: self.need.by("part"))

    def csv(self, say: Language) -> bytes:
        """Return all shown areas with all figures as CSV in the notation of a language."""
        names = [name for name in self.table.columns if name not in ("geometry", "rank", "rank_need", "need")]
        parts = pd.concat([self.by_field.add_prefix("need_"), self.by_group.add_prefix("need_of_")], axis=1)
        stable = self._stability
        head = ["rank", "order", "name", *names, "need", "rank_need", "rank_low", "rank_high", *parts.columns]
        weights = ",".join(f"{key}:{value:g}" for key, value in sorted(self.asked.weights.items()))
        limit = self.asked.view.limit
        tail = {"limit": limit.value, "limit_unit": limit.unit, "weights": weights}

        def line(area: Area) -> list[Any]:
            told, firm = self.table.iloc[area.row], stable.iloc[area.row]
            ranks = [firm["rank"], firm["rank_low"], firm["rank_high"]]
            figures = [told[name] for name in names]
            own = [area.rank, self.asked.order, area.name]
            return [*own, *figures, area.need, *ranks, *parts.iloc[area.row]]

        rows = (line(area) for area in self.areas)
        return csv_bytes(self.study, msg("Lücken"), (head, rows), tail, say)
