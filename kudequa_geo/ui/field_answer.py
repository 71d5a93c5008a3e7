"""The figures behind the map of a whole field of service, and the sentence they make."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from branca.element import MacroElement
from numpy.typing import ArrayLike, NDArray

from kudequa_geo.constants import FIELD_LABELS, Field, Sourced
from kudequa_geo.errors import msg
from kudequa_geo.gaps.provision import MEASURES, provision, provision_indicators
from kudequa_geo.kinds import Kind
from kudequa_geo.language import Language
from kudequa_geo.maps import layers, palette
from kudequa_geo.maps.layers import LegendTexts
from kudequa_geo.maps.palette import Classes, Code
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.sheets import csv_bytes
from kudequa_geo.ui.view import View, person_words

#: Upper borders of the share that is missing; the first class misses nothing, and there the limit lies.
CLASSES = Classes("share", (0.0, 0.25, 0.5, 0.75), limit_index=0)
#: Sums of shares differ by so much at most from the number they stand for.
_ROUNDING = 1e-9


def field_words(field: Field) -> str:
    """Return a whole field in the reader's language."""
    return _("{field} gesamt").format(field=_(FIELD_LABELS[field]))


def known_kinds(study: Study, field: Field) -> list[Kind]:
    """Return the kinds of a field of which the data hold a place; of others nobody knows who lacks them."""
    there = set(study.place_kinds.tolist())
    return [kind for kind in study.kinds if kind.field is field and study.kind_index[kind.key] in there]


def codes_of(share: ArrayLike) -> NDArray[np.uint8]:
    """Return the class of each share of services (0 to 1); NaN = not connected."""
    missing = 1 - np.asarray(share, dtype=np.float64) - _ROUNDING
    return palette.codes(missing, CLASSES)


class FieldAnswer:
    """What the data say to a question about a whole field.

    Parameters
    ----------
    study, view
        The municipality and the question. Its kind is of no account here; its limit, where the reader has
        chosen it, holds for every service, else each has its own.
    field
        The field.
    """

    def __init__(self, study: Study, view: View, field: Field) -> None:
        self.study = study
        self.view = view
        self.field = field
        #: Kinds that are judged.
        self.kinds: list[Kind] = known_kinds(study, field)
        self.unknown = [kind for kind in study.kinds if kind.field is field and kind not in self.kinds]

    @property
    def classes(self) -> Classes:
        """The classes of the colours."""
        return CLASSES

    @property
    def places_words(self) -> str:
        """What the places on the map are, for the legend."""
        return _("Orte: {field}").format(field=_(FIELD_LABELS[self.field]))

    @cached_property
    def limits(self) -> dict[str, Sourced]:
        """The limit of each kind: its planning limit, or the one that the reader has chosen for all."""
        one = self.view.limit if self.view.own_limit else None
        return {kind.key: one or kind.limit.sourced() for kind in self.kinds}

    @cached_property
    def share(self) -> NDArray[np.float64]:
        """Share of the services within their limits per building; NaN = no way to any."""
        if not self.kinds:
            return np.full(len(self.study.tables["buildings"]), np.nan)
        person = self.view.person
        columns = [self.study.kind_index[kind] for kind in self.limits]
        metres = self.study.nearest(person.key).metres[:, columns, 0]
        return provision(metres, self.limits, person)

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Class of each building."""
        if not self.kinds:
            return np.full(len(self.share), Code.NO_DATA, dtype=np.uint8)
        return codes_of(self.share)

    @cached_property
    def units(self) -> pd.DataFrame:
        """Figures of every district, parent and the whole area."""
        tables = self.study.tables
        return provision_indicators(self.share, tables["buildings"], districts=tables["districts"])

    @property
    def here(self) -> pd.Series:
        """Figures of the chosen district, or of the whole area."""
        chosen = self.units[
            (self.units["level"] == "district") & (self.units["district_id"] == self.view.district)
        ]
        return chosen.iloc[0] if self.view.district and len(chosen) else self.area

    @property
    def area(self) -> pd.Series:
        """Figures of the whole area."""
        return self.units[self.units["level"] == "area"].iloc[0]

    @property
    def here_name(self) -> str:
        """Name of what is shown."""
        name = self.here["name"]
        return name if isinstance(name, str) else self.study.config.name

    @cached_property
    def people(self) -> NDArray[np.float64]:
        """Residents of the shown area per code, shape (7,)."""
        return people_by_code(self.study, self.codes, self.view.district)

    def painting(self) -> list[MacroElement]:
        """Return the layers with the colours."""
        return [layers.colours(self.codes)]

    @property
    def title(self) -> str:
        """The title of the legend: field and person."""
        return f"{field_words(self.field)} – {person_words(self.view.person)}"

    def legend_texts(self) -> LegendTexts:
        """Return the words of the legend."""
        return LegendTexts(
            title=self.title,
            label=_("Legende"),
            class_head=self._within(_("Dienste innerhalb ihrer Grenze"), _("Dienste innerhalb von {limit}")),
            people_head=_("Menschen"),
            classes=self.class_words(),
            people=[people(value) for value in self.people],
            limit=_("Grenze: alle {count} Dienste innerhalb").format(count=i18n.number(len(self.kinds))),
        )

    def _within(self, planned: str, chosen: str) -> str:
        """Return the words for planning limits, or those for one limit that the reader has chosen."""
        return chosen.replace("{limit}", self.view.limit_words) if self.view.own_limit else planned

    def class_words(self) -> list[str]:
        """Return the classes in words, then "not connected" and "no data"."""
        return [
            _("alle"),
            _("mindestens drei Viertel"),
            _("mindestens die Hälfte"),
            _("mindestens ein Viertel"),
            _("weniger als ein Viertel"),
            _("nicht angebunden"),
            _("keine Daten"),
        ]

    def sentence(self) -> str:
        """Return the answer in one sentence of plain text."""
        here = self.here
        words = {"area": self.here_name, "field": _(FIELD_LABELS[self.field])}
        if not self.kinds:
            return _("Für „{service}“ enthalten die Daten von {area} keinen einzigen Ort.").format(
                service=words["field"], area=words["area"]
            )
        if not here["residents"] > 0:
            return _("In {area} sind keine Menschen verortet.").format(area=words["area"])
        text = self._within(
            _(
                "In {area} haben {people} Menschen ({share}) alle {count} Dienste „{field}“ innerhalb ihrer "
                "Grenzen; {none} Menschen ({none_share}) haben keinen davon."
            ),
            _(
                "In {area} haben {people} Menschen ({share}) alle {count} Dienste „{field}“ innerhalb von "
                "{limit}; {none} Menschen ({none_share}) haben keinen davon."
            ),
        )
        return text.format(
            people=people(here["residents_all"]),
            share=i18n.percent(here["share_all"]),
            count=i18n.number(len(self.kinds)),
            none=people(here["residents_none"]),
            none_share=i18n.percent(here["residents_none"] / here["residents"]),
            **words,
        )

    def figures(self) -> list[tuple[str, str, str]]:
        """Return the three figures: label, value with unit, comparison."""
        here, city = self.here, self.area
        local = here["level"] != "area"
        compared = _("ganzes Gebiet: {value}")

        def beside(value: str) -> str:
            return compared.format(value=value) if local else ""

        count = len(self.kinds)
        return [
            (
                self.all_words,
                i18n.percent(here["share_all"]),
                beside(i18n.percent(city["share_all"])),
            ),
            (
                _("Dienste innerhalb im Mittel"),
                _("{number} von {count}").format(
                    number=i18n.number(here["mean_share"] * count, 1), count=i18n.number(count)
                ),
                beside(i18n.number(city["mean_share"] * count, 1)),
            ),
            (
                _("Menschen ohne einen davon"),
                people(here["residents_none"]),
                _("von {people}").format(people=people(here["residents"])),
            ),
        ]

    @property
    def all_words(self) -> str:
        """What is said of people who have all services near."""
        return self._within(
            _("haben alle Dienste innerhalb der Grenzen"), _("haben alle Dienste innerhalb von {limit}")
        )

    def csv(self, say: Language) -> bytes:
        """Return the figures of districts, parents and the whole area as CSV in a language's notation."""
        columns = ["level", "district_id", "name", *MEASURES]
        rows = self.units[columns].itertuples(index=False, name=None)
        return csv_bytes(self.study, msg("Kennzahlen"), (columns, rows), self.asked, say)

    @property
    def asked(self) -> dict[str, Any]:
        """What the figures answer, as columns of a table; no limit where each service has its own."""
        limit = self.view.limit
        one = (limit.value, limit.unit) if self.view.own_limit else (None, None)
        told = {"field": str(self.field), "person": self.view.person.key, "services": len(self.kinds)}
        return told | dict(zip(("limit", "limit_unit"), one, strict=True))


def people_by_code(study: Study, codes: NDArray[np.uint8], district: str) -> NDArray[np.float64]:
    """Return the residents of a district (empty = all) per code of their building, shape (7,)."""
    buildings = study.tables["buildings"]
    residents = buildings["residents"].to_numpy(float)
    if district:
        residents = residents * (buildings["district_id"] == district).to_numpy()
    return np.bincount(codes, weights=residents, minlength=len(layers.CODE_COLOURS)).astype(np.float64)
