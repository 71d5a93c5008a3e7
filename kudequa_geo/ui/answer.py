"""The figures behind the access map, and the sentence they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Protocol

import numpy as np
from branca.element import MacroElement
from numpy.typing import NDArray

from kudequa_geo.constants import Sourced
from kudequa_geo.errors import msg
from kudequa_geo.export import question
from kudequa_geo.gaps.indicators import indicators
from kudequa_geo.kinds import Kind
from kudequa_geo.language import Language
from kudequa_geo.maps import layers, palette
from kudequa_geo.maps.layers import LegendTexts
from kudequa_geo.maps.palette import Classes
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.sheets import csv_bytes
from kudequa_geo.ui.view import View, person_words


class MapAnswer(Protocol):
    """What a map of the tool draws: colours, the places they depend on, and the words of the legend."""

    @property
    def study(self) -> Study:
        """The municipality."""

    @property
    def view(self) -> View:
        """The question."""

    @property
    def classes(self) -> Classes:
        """The classes of the colours."""

    @property
    def kinds(self) -> list[Kind]:
        """Kinds whose places are drawn; all of one field."""

    @property
    def places_words(self) -> str:
        """What these places are, for the legend."""

    def painting(self) -> list[MacroElement]:
        """Return the layers with the colours."""

    def legend_texts(self) -> LegendTexts:
        """Return the words of the legend."""


@dataclass(frozen=True)
class Unit:
    """The figures of one district, group of districts or the whole area.

    People are persons; shares 0 to 1; minutes weighted by residents; NaN = not known.
    """

    level: str
    district_id: str
    name: str
    residents: float
    within: float
    share: float
    unreachable: float
    mean_min: float
    median_min: float
    p90_min: float

    @property
    def beyond(self) -> float:
        """Residents beyond the limit, the unreachable included."""
        return self.residents - self.within


class Answer:
    """What the data say to one question.

    Parameters
    ----------
    study, view
        The municipality and the question.
    """

    def __init__(self, study: Study, view: View) -> None:
        self.study = study
        self.view = view
        self.metres: NDArray[np.float64] = study.metres(view.person.key, view.kind.key)
        self.classes: Classes = palette.classes_for(view.limit)
        walks = palette.in_unit(self.metres, view.limit.unit, view.person)
        self.codes = palette.codes(walks, self.classes, any_place=self.any_place)

    @property
    def kinds(self) -> list[Kind]:
        """Kinds whose places are drawn."""
        return [self.view.kind]

    @property
    def places_words(self) -> str:
        """What these places are, for the legend."""
        return _(self.view.kind.label)

    def painting(self) -> list[MacroElement]:
        """Return the layers with the colours."""
        return [layers.colours(self.codes)]

    def legend_texts(self) -> LegendTexts:
        """Return the words of the legend."""
        return LegendTexts(
            title=legend_title(self.view),
            label=_("Legende"),
            class_head=_("Weg zum nächsten Angebot"),
            people_head=_("Menschen"),
            classes=class_words(self.classes),
            people=[people(value) for value in self.people],
            limit=_("Grenze: {limit}").format(limit=self.view.limit_words),
        )

    @cached_property
    def any_place(self) -> bool:
        """Whether the data hold any place of the kind."""
        return bool((self.study.tables["places"]["kind"] == self.view.kind.key).any())

    @cached_property
    def units(self) -> list[Unit]:
        """Figures of every district, parent and the whole area."""
        return unit_figures(self.study, {self.view.kind.key: self.view.limit}, self.view.person.key)[
            self.view.kind.key
        ]

    @property
    def area(self) -> Unit:
        """Figures of the whole area."""
        return next(unit for unit in self.units if unit.level == "area")

    @property
    def here(self) -> Unit:
        """Figures of the chosen district, or of the whole area."""
        chosen = [u for u in self.units if u.level == "district" and u.district_id == self.view.district]
        return chosen[0] if self.view.district and chosen else self.area

    @property
    def districts(self) -> list[Unit]:
        """Figures of the districts that have residents."""
        return [unit for unit in self.units if unit.level == "district" and unit.residents > 0]

    @cached_property
    def people(self) -> NDArray[np.float64]:
        """Residents of the shown area per code of :mod:`kudequa_geo.maps.palette`, shape (7,)."""
        buildings = self.study.tables["buildings"]
        residents = buildings["residents"].to_numpy(float)
        if self.here.level == "district":
            residents = residents * (buildings["district_id"] == self.view.district).to_numpy()
        counted = np.bincount(self.codes, weights=residents, minlength=len(palette.SEQUENTIAL) + 2)
        return counted.astype(np.float64)

    def sentence(self) -> str:
        """Return the answer in one sentence of plain text."""
        here, view = self.here, self.view
        asked = question.Question(view.kind, view.person, view.limit)
        return asked.answer(here.name, here, i18n.spoken(), any_place=self.any_place)

    def figures(self) -> list[tuple[str, str, str]]:
        """Return the three figures: label, value with unit, comparison."""
        here, city = self.here, self.area
        local = here is not city
        compared = _("ganzes Gebiet: {value}")
        return [
            (
                _("innerhalb der Grenze von {limit}").format(limit=self.view.limit_words),
                i18n.percent(here.share),
                compared.format(value=i18n.percent(city.share)) if local else "",
            ),
            (
                _("Menschen außerhalb"),
                people(here.beyond),
                _("von {people}").format(people=people(here.residents)),
            ),
            (
                _("mittlerer Weg (Median)"),
                i18n.minutes(here.median_min),
                compared.format(value=i18n.minutes(city.median_min))
                if local
                else _("jede Zehnte über {value}").format(value=i18n.minutes(city.p90_min)),
            ),
        ]

    def csv(self, say: Language) -> bytes:
        """Return all figures as CSV in the notation of a language; empty = unknown."""
        names = [field.name for field in fields(Unit)]
        rows = [[getattr(unit, name) for name in names] for unit in self.units]
        return csv_bytes(self.study, msg("Kennzahlen"), (names, rows), self.view.asked, say)


def unit_figures(study: Study, limits: dict[str, Sourced], person: str) -> dict[str, list[Unit]]:
    """Return the figures of all units for some kinds of place and one person.

    Parameters
    ----------
    study
        The municipality.
    limits
        Kind -> limit.
    person
        Key of a person.
    """
    return figures_by_person(study, limits, (person,))[person]


def figures_by_person(
    study: Study, limits: dict[str, Sourced], persons: Iterable[str]
) -> dict[str, dict[str, list[Unit]]]:
    """Return :func:`unit_figures` of some persons by their keys."""
    asked = tuple((kind, limit.value, limit.unit) for kind, limit in limits.items())
    keys = tuple(persons)
    key = ("unit figures", keys, asked, i18n.language())
    return study.kept(key, lambda: _unit_figures(study, limits, keys))


def _unit_figures(
    study: Study, limits: dict[str, Sourced], persons: Sequence[str]
) -> dict[str, dict[str, list[Unit]]]:
    columns = [study.kind_index[kind] for kind in limits]
    frame = indicators(
        {person: study.nearest(person).metres[:, columns, 0] for person in persons},
        study.tables["buildings"],
        limits,
        {person: study.persons[person] for person in persons},
        districts=study.tables["districts"],
    )
    found: dict[str, dict[str, list[Unit]]] = {person: {kind: [] for kind in limits} for person in persons}
    for row in frame.to_dict("records"):
        is_area = row["level"] == "area"
        name = study.config.name if is_area else row["name"]
        found[row["person"]][row["kind"]].append(
            Unit(
                row["level"],
                row["district_id"] if isinstance(row["district_id"], str) else "",
                name if isinstance(name, str) else _("außerhalb der Bezirke"),
                row["residents"],
                row["residents_within_limit"],
                row["share_within_limit"],
                row["residents_unreachable"],
                row["mean_min"],
                row["median_min"],
                row["p90_min"],
            )
        )
    return found


def people(value: float) -> str:
    """Return a number of people, rounded as its certainty allows; below the small-number limit in words."""
    return i18n.spoken().people(value)


def class_words(classes: Classes) -> list[str]:
    """Return the classes in words, then "not connected" and "no data"."""
    return question.class_words(classes, i18n.spoken())


def legend_title(view: View) -> str:
    """Return service and person, the title of the legend."""
    return f"{_(view.kind.label)} – {person_words(view.person)}"


def ranked(units: Sequence[Unit], order: str) -> list[Unit]:
    """Return the units sorted by one of ``share``, ``beyond``, ``mean_min``, ``residents``, ``name``."""
    if order == "name":
        return sorted(units, key=lambda unit: unit.name)

    def position(unit: Unit) -> tuple[bool, float]:
        value = getattr(unit, order)
        return (np.isnan(value), value if order == "share" else -value)

    return sorted(units, key=position)
