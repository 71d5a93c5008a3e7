"""An answer summed up by cells, districts or their parents: colours, legend, table, sentence, CSV."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from branca.element import MacroElement
from numpy.typing import NDArray

from kudequa_geo.errors import msg
from kudequa_geo.gaps.indicators import cell_indicators
from kudequa_geo.gaps.provision import MEASURES, provision_cells
from kudequa_geo.kinds import Kind
from kudequa_geo.language import Language
from kudequa_geo.maps import layers, palette
from kudequa_geo.maps.layers import LegendTexts
from kudequa_geo.maps.palette import Classes, Code
from kudequa_geo.study import Study
from kudequa_geo.ui import division, i18n
from kudequa_geo.ui.answer import Answer, people
from kudequa_geo.ui.division import CELLS, Division, unit_name
from kudequa_geo.ui.field_answer import FieldAnswer, codes_of, people_by_code
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.sheets import csv_bytes
from kudequa_geo.ui.view import View, length

#: So many rows of cells are listed; the CSV holds all.
_LISTED = 100
#: Columns of the figures of units for a service.
_WALKS = ("residents", "within", "share", "unreachable", "mean_min", "median_min", "p90_min")


@dataclass(frozen=True, eq=False)
class LevelAnswer:
    """An answer by units of a level.

    Attributes
    ----------
    base
        The answer by buildings.
    units
        The level.
    """

    base: Answer | FieldAnswer
    units: Division

    @property
    def study(self) -> Study:
        """The municipality."""
        return self.base.study

    @property
    def view(self) -> View:
        """The question."""
        return self.base.view

    @property
    def classes(self) -> Classes:
        """The classes of the colours."""
        return self.base.classes

    @property
    def kinds(self) -> list[Kind]:
        """Kinds whose places are drawn."""
        return self.base.kinds

    @property
    def places_words(self) -> str:
        """What these places are, for the legend."""
        return self.base.places_words

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Figures of each unit, rows as in the division.

        ``residents`` (persons; 0 = nobody lives there), then for a service ``within``, ``unreachable``
        (persons), ``share`` (0 to 1), ``mean_min``, ``median_min``, ``p90_min`` (minutes of those who can
        reach a place), for a field those of :mod:`kudequa_geo.gaps.provision`. NaN = not known.
        """
        if isinstance(self.base, FieldAnswer):
            found = self._field_frame(self.base)
        else:
            found = self._walk_frame(self.base)
        found["residents"] = found["residents"].fillna(0.0)
        return found

    def _walk_frame(self, base: Answer) -> pd.DataFrame:
        if self.units.grid is not None:
            cells = cell_indicators(
                base.metres,
                self.study.tables["buildings"],
                base.view.limit,
                base.view.person,
                grid=self.units.grid,
            )
            names = {
                "residents_within_limit": "within",
                "share_within_limit": "share",
                "residents_unreachable": "unreachable",
            }
            return self._aligned(cells.rename(columns=names), _WALKS)
        level = division.UNIT_LEVELS[self.units.level]
        rows = [[getattr(unit, name) for name in _WALKS] for unit in base.units if unit.level == level]
        return pd.DataFrame(rows, columns=list(_WALKS), dtype=np.float64)

    def _field_frame(self, base: FieldAnswer) -> pd.DataFrame:
        if self.units.grid is not None:
            cells = provision_cells(base.share, self.study.tables["buildings"], grid=self.units.grid)
            return self._aligned(cells, MEASURES)
        level = division.UNIT_LEVELS[self.units.level]
        return base.units.loc[base.units["level"] == level, list(MEASURES)].reset_index(drop=True)

    def _aligned(self, cells: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
        by_id = cells.set_index("cell_id")[list(columns)]
        return by_id.reindex(self.units.ids).reset_index(drop=True)

    @cached_property
    def codes(self) -> NDArray[np.uint8]:
        """Class of each unit: that of the mean of its people."""
        frame = self.frame
        if isinstance(self.base, FieldAnswer):
            share = frame["mean_share"].mask(frame["residents_unreachable"] >= frame["residents"])
            found = codes_of(share)
            known = bool(self.base.kinds)
        else:
            metres = frame["mean_min"].to_numpy() * self.view.person.metres_per_minute
            walks = palette.in_unit(metres, self.view.limit.unit, self.view.person)
            found = palette.codes(walks, self.classes)
            known = self.base.any_place
        found[(frame["residents"] == 0).to_numpy() | (not known)] = Code.NO_DATA
        return found

    @cached_property
    def people(self) -> NDArray[np.float64]:
        """Residents of the shown area per code of their unit, shape (7,)."""
        return people_by_code(self.study, self.codes[self.units.codes], self.view.district)

    @property
    def shown(self) -> NDArray[np.int64]:
        """Units with residents, of the chosen district where one is chosen."""
        found = (self.frame["residents"] > 0).to_numpy()
        if self.view.district:
            here = self.study.tables["buildings"]["district_id"] == self.view.district
            inside = np.zeros(len(found), dtype=bool)
            inside[self.units.codes[here.to_numpy()]] = True
            found = found & inside
        return np.flatnonzero(found)

    def painting(self) -> list[MacroElement]:
        """Return the layers with the colours."""
        if self.units.level == CELLS:
            return [layers.cells(self.units.raster, self.codes)]
        there = [row for row, shape in enumerate(self.units.shapes) if shape is not None]
        labels = [f"{unit_name(self.units, row)}: {self.in_short(row)}" for row in there]
        return [
            layers.units(list(self.units.shapes[there]), self.codes[there], labels, self.study.config.crs)
        ]

    def in_short(self, unit: int) -> str:
        """Return the value a unit is coloured by, in words."""
        row = self.frame.iloc[unit]
        if not row["residents"] > 0:
            return _("keine Daten")
        if isinstance(self.base, FieldAnswer):
            return _("{share} der Dienste innerhalb").format(share=i18n.percent(row["mean_share"]))
        if np.isnan(row["mean_min"]):
            return _("nicht angebunden")
        return _("{walk} im Mittel").format(walk=self._walk(row["mean_min"]))

    def _walk(self, minutes: float) -> str:
        """Return a walk in the unit of the limit."""
        if self.view.limit.unit == "min":
            return i18n.minutes(minutes)
        return length(round(minutes * self.view.person.metres_per_minute), "m")

    def legend_texts(self) -> LegendTexts:
        """Return the words of the legend."""
        texts = self.base.legend_texts()
        heads = {
            (CELLS, True): _("Dienste innerhalb, Mittel der Zelle"),
            (CELLS, False): _("mittlerer Weg der Zelle"),
            (division.DISTRICTS, True): _("Dienste innerhalb, Mittel des Bezirks"),
            (division.DISTRICTS, False): _("mittlerer Weg des Bezirks"),
            (division.PARENTS, True): _("Dienste innerhalb, Mittel des Stadtbezirks"),
            (division.PARENTS, False): _("mittlerer Weg des Stadtbezirks"),
        }
        head = heads[self.units.level, isinstance(self.base, FieldAnswer)]
        return replace(texts, class_head=head, people=[people(value) for value in self.people])

    def sentence(self) -> str:
        """Return the answer in sentences of plain text: the people, then the units."""
        first = self.base.sentence()
        rows = self.shown
        if not len(rows) or not self.kinds:
            return first
        # The second class ends at the limit of a walk, the third at half of the services.
        last_good = 2 if isinstance(self.base, FieldAnswer) else self.classes.limit_index
        codes = self.codes[rows]
        count = int(((codes > last_good) & (codes < Code.NO_DATA)).sum())
        words = {"count": i18n.number(count), "total": i18n.number(len(rows))}
        if isinstance(self.base, FieldAnswer):
            text = {
                CELLS: _(
                    "In {count} von {total} Zellen ist es im Mittel weniger als die Hälfte der Dienste."
                ),
                division.DISTRICTS: _(
                    "In {count} von {total} Bezirken ist es im Mittel weniger als die Hälfte der Dienste."
                ),
                division.PARENTS: _(
                    "In {count} von {total} Stadtbezirken ist es im Mittel weniger als die Hälfte der "
                    "Dienste."
                ),
            }[self.units.level]
        else:
            text = {
                CELLS: _("In {count} von {total} Zellen ist der mittlere Weg länger als {limit}."),
                division.DISTRICTS: _(
                    "In {count} von {total} Bezirken ist der mittlere Weg länger als {limit}."
                ),
                division.PARENTS: _(
                    "In {count} von {total} Stadtbezirken ist der mittlere Weg länger als {limit}."
                ),
            }[self.units.level]
            words["limit"] = self.view.limit_words
        return f"{first} {text.format(**words)}"

    def figures(self) -> list[tuple[str, str, str]]:
        """Return the three figures of what is shown."""
        return self.base.figures()

    def about(self, unit: int) -> list[tuple[str, str, str]]:
        """Return the figures of one unit: label, value with unit, comparison."""
        row = self.frame.iloc[unit]
        of_all = _("von {people}").format(people=people(row["residents"]))
        if isinstance(self.base, FieldAnswer):
            count = len(self.kinds)
            mean = i18n.number(row["mean_share"] * count, 1)
            return [
                (self.base.all_words, i18n.percent(row["share_all"]), ""),
                (
                    _("Dienste innerhalb im Mittel"),
                    _("{number} von {count}").format(number=mean, count=i18n.number(count)),
                    "",
                ),
                (_("Menschen ohne einen davon"), people(row["residents_none"]), of_all),
            ]
        return [
            (
                _("innerhalb der Grenze von {limit}").format(limit=self.view.limit_words),
                i18n.percent(row["share"]),
                "",
            ),
            (_("Menschen außerhalb"), people(row["residents"] - row["within"]), of_all),
            (
                _("mittlerer Weg"),
                i18n.minutes(row["mean_min"]),
                _("nicht angebunden: {people}").format(people=people(row["unreachable"])),
            ),
        ]

    def about_words(self, unit: int) -> str:
        """Return one unit in a sentence of plain text."""
        row = self.frame.iloc[unit]
        if not row["residents"] > 0:
            return _("Hier wohnt niemand.")
        return _("Hier wohnen {people} Menschen; {value}.").format(
            people=people(row["residents"]), value=self.in_short(unit)
        )

    def ranked(self, order: str) -> NDArray[np.int64]:
        """Return the shown units sorted by ``share``, ``beyond``, ``mean_min`` or ``name``; unknown last."""
        rows = self.shown
        if order == "name":
            return np.array(sorted(rows, key=lambda row: unit_name(self.units, row)), dtype=np.int64)
        frame = self.frame.iloc[rows]
        if isinstance(self.base, FieldAnswer):
            keys = {
                "share": frame["share_all"],
                "beyond": -(frame["residents"] - frame["residents_all"]),
                "mean_min": frame["mean_share"],
            }
        else:
            keys = {
                "share": frame["share"],
                "beyond": -(frame["residents"] - frame["within"]),
                "mean_min": -frame["mean_min"],
            }
        # Of equals the one with more people first.
        return rows[np.lexsort((-frame["residents"].to_numpy(), keys[order].to_numpy()))]

    def heads(self) -> tuple[str, ...]:
        """Return the heads of the table of units."""
        name = {CELLS: _("Zelle"), division.DISTRICTS: _("Bezirk"), division.PARENTS: _("Stadtbezirk")}
        if isinstance(self.base, FieldAnswer):
            return (name[self.units.level], _("alle Dienste"), _("Dienste im Mittel"), _("Menschen"))
        return (name[self.units.level], _("innerhalb"), _("mittlerer Weg, Minuten"), _("Menschen"))

    def rows(self, order: str) -> tuple[list[int], list[tuple[str, ...]]]:
        """Return the units of the table in order, and its cells as plain text."""
        units = [int(unit) for unit in self.ranked(order)[:_LISTED]]
        field = isinstance(self.base, FieldAnswer)
        count = len(self.kinds)
        cells: list[tuple[str, ...]] = []
        for unit in units:
            row = self.frame.iloc[unit]
            second = row["share_all"] if field else row["share"]
            third = row["mean_share"] * count if field else row["mean_min"]
            cells.append(
                (
                    unit_name(self.units, unit),
                    i18n.percent(second),
                    i18n.number(third, 1),
                    people(row["residents"]),
                )
            )
        return units, cells

    @property
    def cut_off(self) -> int:
        """Units that the table leaves out."""
        return max(len(self.shown) - _LISTED, 0)

    def csv(self, say: Language) -> bytes:
        """Return all units as CSV; figures of fewer than five people are left empty, as is no name."""
        columns: tuple[str, ...] = MEASURES if isinstance(self.base, FieldAnswer) else _WALKS
        asked = self.base.asked if isinstance(self.base, FieldAnswer) else self.base.view.asked
        frame = self.frame
        values = frame[list(columns)].to_numpy(np.float64)
        lines = [
            [
                *(self.units.level, self.units.ids[row], self.units.names[row]),
                *values[row].tolist(),
            ]
            for row in np.flatnonzero(frame["residents"] > 0).tolist()
        ]
        head = ["level", "unit_id", "name", *columns]
        return csv_bytes(self.study, msg("Kennzahlen"), (head, lines), asked, say)
