"""The access map with its answer beside it: one fragment, so that a click reruns nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.errors import msg
from kudequa_geo.maps import layers
from kudequa_geo.maps.element import Group
from kudequa_geo.study import Study
from kudequa_geo.ui import access_view, frame, i18n, sheets, state, widgets
from kudequa_geo.ui.access_view import WAYS, AccessView
from kudequa_geo.ui.answer import Answer
from kudequa_geo.ui.division import BUILDINGS, CELLS, DISTRICTS, PARENTS, available, division_of, unit_name
from kudequa_geo.ui.explain import Explanation, building_at, field_name
from kudequa_geo.ui.field_answer import FieldAnswer
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.level_answer import LevelAnswer
from kudequa_geo.ui.ways import Ways

ORDER_KEY = "access.order"
#: Orders of the district table by attribute of a unit.
ORDERS = {
    "share": msg("Anteil innerhalb (kleinster zuerst)"),
    "beyond": msg("Menschen außerhalb (meiste zuerst)"),
    "mean_min": msg("mittlerer Weg (längster zuerst)"),
    "name": msg("Name"),
}
#: The same for a whole field.
FIELD_ORDERS = {**ORDERS, "mean_min": msg("Dienste im Mittel (wenigste zuerst)")}


@st.fragment
def map_and_answer(study: Study, asked: AccessView) -> None:
    """Draw the map and, beside it, what it answers and what the clicked point tells."""
    with frame.guard():
        middle, right = st.columns([2, 1], gap="small")
        click, at = access_view.clicked()
        Page(study, replace(asked, click=click, at=at)).draw(middle, right)
        state.publish(access_view.NAMES)


class Page:
    """The map and the answer to one question."""

    def __init__(self, study: Study, asked: AccessView) -> None:
        self.study = study
        self.asked = asked
        self.base: Answer | FieldAnswer = (
            Answer(study, asked.view) if asked.field is None else FieldAnswer(study, asked.view, asked.field)
        )
        self.levelled = (
            None if asked.level == BUILDINGS else LevelAnswer(self.base, division_of(study, asked.level))
        )

    @property
    def answer(self) -> Answer | FieldAnswer | LevelAnswer:
        """What is drawn."""
        return self.levelled or self.base

    def draw(
        self, middle: st.delta_generator.DeltaGenerator, right: st.delta_generator.DeltaGenerator
    ) -> None:
        """Draw the map first, so that it is on its way while the rest is computed."""
        asked, at = self.asked, self.asked.at
        ways = explanation = unit = None
        if at is not None and asked.click == WAYS:
            ways = Ways(self.study, asked.view, at, tuple(kind.key for kind in self.base.kinds))
        elif at is not None and self.levelled is not None:
            unit = self.levelled.units.at(*at)
        elif at is not None:
            building = building_at(self.study, *at)
            explanation = None if building is None else self._explanation(building)
        more = [] if ways is None else [ways.layer()]
        if unit is not None and self.levelled is not None:
            more.append(self._outline(self.levelled, unit))
        with middle:
            widgets.access_map(self.answer, explanation, access_view.MAP_KEY, more=more)
        with right, st.container(key="answer"):
            widgets.sentence(self.answer.sentence())
            access_view.click_control(asked)
            with st.container(key="clicked"):
                if ways is not None:
                    self._ways(ways)
                elif unit is not None and self.levelled is not None:
                    self._unit(self.levelled, unit)
                elif explanation is not None:
                    self._explained(explanation)
                else:
                    self._hint()
            if unit is None and ways is None:
                widgets.figures(self.answer.figures())
            self._table(unit)
            self._download()

    def _explanation(self, building: int) -> Explanation:
        """Return what is known of a building; of a field, the service that is farthest beyond its limit."""
        view = self.asked.view
        if isinstance(self.base, FieldAnswer) and self.base.kinds:
            base, person = self.base, view.person
            columns = [self.study.kind_index[kind] for kind in base.limits]
            metres = self.study.nearest(person.key).metres[building, columns, 0]
            limits = [
                limit.value * (person.metres_per_minute if limit.unit == "min" else 1.0)
                for limit in base.limits.values()
            ]
            farthest = base.kinds[int(np.argmax(np.nan_to_num(metres / np.array(limits), nan=-1.0)))]
            view = replace(view, kind=farthest, limit=base.limits[farthest.key])
            return Explanation(self.study, view, building, limits=base.limits)
        return Explanation(self.study, view, building)

    def _outline(self, levelled: LevelAnswer, unit: int) -> Group:
        group = Group()
        layers.outline(levelled.units.shapes[unit], self.study.config.crs).add_to(group)
        return group

    def _hint(self) -> None:
        if self.asked.at is not None and self.levelled is None:
            widgets.text(_("An dieser Stelle steht kein Wohngebäude. Bitte ein farbiges Gebäude anklicken."))
        elif self.asked.at is not None:
            widgets.text(_("An dieser Stelle wohnt niemand. Bitte eine farbige Fläche anklicken."))
        elif self.asked.click == WAYS:
            widgets.quiet(_("Ein Klick in die Karte zeigt, wie weit man von dort in 15 Minuten kommt."))
        elif self.levelled is None:
            widgets.quiet(_("Ein Klick auf ein Gebäude zeigt den Weg und alle nächsten Angebote."))
        else:
            widgets.quiet(_("Ein Klick auf eine Fläche zeigt ihre Zahlen."))

    def _ways(self, ways: Ways) -> None:
        widgets.heading(_("Wege von hier"))
        widgets.text(ways.sentence())
        if ways.connected:
            ways.table()
        access_view.drop_button()

    def _unit(self, levelled: LevelAnswer, unit: int) -> None:
        widgets.heading(unit_name(levelled.units, unit))
        widgets.text(levelled.about_words(unit))
        if levelled.frame["residents"].iloc[unit] > 0:
            widgets.figures(levelled.about(unit))
        access_view.drop_button()

    def _explained(self, explanation: Explanation) -> None:
        widgets.heading(_("Warum? Das gewählte Gebäude"))
        if isinstance(self.base, FieldAnswer):
            widgets.text(self._field_words(self.base, explanation.building))
        widgets.text(explanation.sentence())
        rows: list[tuple[str, ...]] = []
        here = None
        for field, found in explanation.all_kinds().items():
            rows.append((field_name(field),))
            for nearest in found:
                if nearest.kind.key == explanation.view.kind.key:
                    here = len(rows)
                label = _(nearest.kind.label)
                name = explanation.place_name(nearest.place) if nearest.reachable else _("nicht erreichbar")
                beyond = " ▲" if nearest.beyond and nearest.reachable else ""
                rows.append(
                    (
                        f"{label}\n{name}",
                        i18n.number(nearest.minutes, 1 if nearest.minutes < 10 else 0) + beyond,
                        i18n.number(nearest.metres),
                    )
                )
        heads = (_("Dienst"), _("Minuten"), _("Meter"))
        widgets.table(_("Nächste Angebote"), heads, rows, numbers=(1, 2), here=here, height="20rem")
        widgets.quiet(_("▲ = weiter als die Grenze des Dienstes"))
        access_view.drop_button()

    def _field_words(self, base: FieldAnswer, building: int) -> str:
        share = base.share[building]
        text = _("{number} von {count} Diensten „{field}“ liegen innerhalb ihrer Grenze.")
        if base.view.own_limit:
            text = _("{number} von {count} Diensten „{field}“ liegen innerhalb von {limit}.")
        return text.format(
            limit=base.view.limit_words,
            number=i18n.number(0.0 if np.isnan(share) else share * len(base.kinds)),
            count=i18n.number(len(base.kinds)),
            field=_(FIELD_LABELS[base.field]),
        )

    def _table(self, unit: int | None) -> None:
        """Show the units of the level; of the districts where buildings are shown."""
        listed = self.levelled
        if listed is None:
            if DISTRICTS not in available(self.study):
                return
            listed = LevelAnswer(self.base, division_of(self.study, DISTRICTS))
        orders = FIELD_ORDERS if isinstance(self.base, FieldAnswer) else ORDERS
        # Set in every run, so that the browser shows the choice in the language of the run.
        st.session_state[ORDER_KEY] = st.session_state.get(ORDER_KEY, "share")
        sorting = {
            CELLS: _("Zellen sortieren nach"),
            DISTRICTS: _("Bezirke sortieren nach"),
            PARENTS: _("Stadtbezirke sortieren nach"),
        }
        order = st.selectbox(
            sorting[listed.units.level],
            list(orders),
            format_func=lambda key: _(orders[key]),
            key=ORDER_KEY,
        )
        units, rows = listed.rows(order)
        if unit is None and self.asked.view.district and listed.units.level == DISTRICTS:
            unit = listed.units.ids.index(self.asked.view.district)
        here = units.index(unit) if unit in units else None
        captions = {CELLS: _("Zellen"), DISTRICTS: _("Bezirke"), PARENTS: _("Stadtbezirke, soweit im Gebiet")}
        widgets.table(captions[listed.units.level], listed.heads(), rows, numbers=(1, 2, 3), here=here)
        if listed.cut_off:
            widgets.quiet(
                _("Gezeigt sind die ersten {count}; die Tabelle als CSV nennt alle.").format(
                    count=i18n.number(len(rows))
                )
            )
        if isinstance(self.base, FieldAnswer) and self.base.unknown:
            widgets.quiet(
                _("Ohne einen Ort in den Daten und daher nicht beurteilt: {services}.").format(
                    services=" · ".join(_(kind.label) for kind in self.base.unknown)
                )
            )

    def _download(self) -> None:
        asked = self.asked
        subject = asked.view.kind.key if asked.field is None else str(asked.field)
        name = [self.study.config.key, subject, asked.view.person.key, asked.level]
        sheets.button(_("Tabelle als CSV"), self.answer.csv, f"erreichbarkeit_{'_'.join(name)}", "access.csv")
