"""The page on data and method: generated from the data package, the report and the code itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.errors import msg
from kudequa_geo.gaps.uncertainty import (
    COMPLETENESS_LABELS,
    LEAST_CERTAIN,
    LIMIT_SPREAD,
    OLD_YEARS,
    Completeness,
)
from kudequa_geo.language import Language
from kudequa_geo.references import load_references
from kudequa_geo.report import LABELS
from kudequa_geo.results.catchment import catchment_frame
from kudequa_geo.results.uncertainty import data_day, uncertainty_at, uncertainty_frame
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, method, sheets, state, view, widgets
from kudequa_geo.ui.answer import people
from kudequa_geo.ui.i18n import _

NAMES = ("lang", "district", "list")
#: Rows of a list on the page; the CSV holds all.
_SHOWN = 200
WHOLE_AREA = ""


def opening(study: Study) -> None:
    """Say in one sentence what the figures rest on and how sure they are."""
    area = uncertainty_at(study)
    poor = area["completeness"].isin([Completeness.FEW, Completeness.VERY_FEW]).sum()
    compared = (area["completeness"] != Completeness.UNKNOWN).sum()
    day = data_day(study)
    widgets.sentence(
        _(
            "Die Zahlen für {area} haben den Stand {day}; bei {poor} von {compared} vergleichbaren Diensten "
            "enthalten die Daten weniger Orte als in Deutschland üblich."
        ).format(
            area=study.config.name,
            day=i18n.UNKNOWN if day is None else i18n.day(day.date()),
            poor=i18n.number(poor),
            compared=i18n.number(compared),
        )
    )


def weaknesses(study: Study) -> None:
    """Show what is known to be weak."""
    widgets.heading(_("Bekannte Schwächen"))
    widgets.bullets([*_weaknesses(study), *(_(note) for note in study.report["notes"])])


def _weaknesses(study: Study) -> list[str]:
    area = uncertainty_at(study)
    labels = {kind.key: _(kind.label) for kind in study.kinds}
    said = [
        _(
            "Die Orte stammen aus OpenStreetMap: Fehlt dort einer, erscheint eine Lücke, die es nicht gibt. "
            "Die Tabelle der Vollständigkeit zeigt, wo das zu vermuten ist."
        ),
        _(
            "Menschen sind nach Grundfläche und Geschossen auf Wohngebäude verteilt; für ein einzelnes "
            "Gebäude ist das keine Einwohnerzahl."
        ),
        _(
            "Wege gelten als begehbar, wie sie erfasst sind; Steigung, Ampeln, Beleuchtung und Sicherheit "
            "zählen nicht."
        ),
    ]
    lacking = [labels[kind] for kind in area.loc[area["places"] == 0, "kind"]]
    if lacking:
        said.append(_("Ohne einen einzigen Ort im Gebiet: {services}.").format(services=" · ".join(lacking)))
    unknown = [
        _(label) for group, label in RESIDENT_GROUPS.items() if study.tables["buildings"][group].isna().all()
    ]
    if unknown:
        said.append(
            _("Nicht bekannt sind die Zahlen dieser Gruppen: {groups}.").format(groups=", ".join(unknown))
        )
    lost = float(area["residents_unconnected"].iloc[0])
    if lost > 0:
        said.append(
            _("Für {people} Menschen ist kein Weg bekannt, weil ihr Gebäude nicht angebunden ist.").format(
                people=people(lost)
            )
        )
    return said


def completeness(study: Study) -> None:
    """Show per service how many places the data hold, how old they are, and the band of the share."""
    widgets.heading(_("Vollständigkeit und Unsicherheit je Dienst"))
    district = _district(study)
    frame = uncertainty_at(study, district)
    labels, there = {kind.key: kind for kind in study.kinds}, set(study.tables["places"]["kind"])
    rows: list[tuple[str, ...]] = []
    field = None
    for row in frame.to_dict("records"):
        kind = labels[row["kind"]]
        if kind.field is not field:
            field = kind.field
            rows.append((_(FIELD_LABELS[field]),))
        rows.append(_complete(row, _(kind.label), anywhere=kind.key in there))
    heads = (
        _("Dienst"),
        _("Orte"),
        _("je 1.000 Menschen"),
        _("üblich"),
        _("Anteil innerhalb"),
        _("Band"),
        _("Alter (Median)"),
        _("älter als {years} Jahre").format(years=i18n.short(OLD_YEARS.value)),
        _("Urteil über die Zahl der Orte"),
    )
    widgets.table(_("Vollständigkeit"), heads, rows, numbers=(1, 2, 3, 4, 5, 6, 7), height="36rem")
    widgets.quiet(
        _(
            "Das Band reicht vom kleinsten zum größten Anteil, wenn die unsichersten {share} der Orte "
            "fehlten und wenn die Grenze um {spread} enger oder weiter wäre. Das Alter zählt bis zum "
            "Stand der Daten."
        ).format(share=i18n.percent(LEAST_CERTAIN.value), spread=i18n.percent(LIMIT_SPREAD.value))
    )
    label, title = _("Vollständigkeit als CSV"), msg("Vollständigkeit")
    _download(label, title, lambda: uncertainty_frame(study), "unsicherheit", study)


def _complete(row: dict[str, Any], label: str, *, anywhere: bool) -> tuple[str, ...]:
    # Without a single place in the data nobody can tell who is near one.
    known = anywhere and not np.isnan(row["share"])
    band = _("{low} bis {high}").format(low=i18n.percent(row["low"]), high=i18n.percent(row["high"]))
    age = row["median_years"]
    return (
        label,
        i18n.number(row["places"]),
        i18n.number(row["per_1000"], 2),
        i18n.number(row["reference_per_1000"], 2),
        i18n.percent(row["share"]) if known else i18n.UNKNOWN,
        band if known else i18n.UNKNOWN,
        i18n.UNKNOWN if np.isnan(age) else _("{years} Jahre").format(years=i18n.number(age, 1)),
        i18n.percent(row["old_share"]),
        _(COMPLETENESS_LABELS[Completeness(row["completeness"])]),
    )


def _district(study: Study) -> str:
    known = set(study.tables["districts"]["district_id"])
    chosen = state.get("district", lambda key: not key or key in known, WHOLE_AREA)
    view.district_control(study, chosen)
    return chosen


def _chosen(name: str) -> None:
    state.put(name, st.session_state[f"widget.{name}"])


def competition(study: Study) -> None:
    """Show the supply per 1,000 who compete for it."""
    frame = catchment_frame(study)
    if frame.empty:
        return
    labels = {kind.key: _(kind.label) for kind in study.kinds}
    groups = {
        "residents": _("alle Menschen"),
        **{group: _(label) for group, label in RESIDENT_GROUPS.items()},
    }
    units = {"capacity": _("Plätze"), "places": _("Orte")}
    rows = [
        (
            labels[row["kind"]],
            groups[row["group"]],
            units[row["unit"]],
            i18n.number(row["enhanced_per_1000"], 2),
            i18n.number(row["balanced_per_1000"], 2),
            people(row["people_none"]),
        )
        for row in frame[frame["level"] == "area"].to_dict("records")
    ]
    heads = (
        _("Dienst"),
        _("wer fragt nach"),
        _("gezählt in"),
        _("E2SFCA je 1.000"),
        _("ausgewogen je 1.000"),
        _("ohne Angebot in Reichweite"),
    )
    widgets.table(_("Angebot je Mensch, der darum konkurriert"), heads, rows, numbers=(3, 4, 5))


def formulas() -> None:
    """Show every measure with the formula and source of the function that computes it."""
    for measure in method.MEASURES:
        widgets.heading(_(measure.label))
        widgets.text(_(measure.tells))
        st.latex(measure.formula)
        if measure.source:
            widgets.quiet(_("Quelle: {source}").format(source=measure.source))


def numbers(study: Study) -> None:
    """Show every number that the analysis works with, with its source."""
    rows = [
        (
            f"{_(number.sourced.source)}\n{number.name}",
            f"{number.sourced.value:g} {_(number.sourced.unit)}",
            str(number.sourced.year),
        )
        for number in method.numbers()
    ]
    widgets.table(_("Kennwerte und Annahmen"), (_("Quelle"), _("Wert"), _("Jahr")), rows, numbers=(1, 2))
    labels = {kind.key: kind.label for kind in study.kinds}
    usual = [
        (_(labels[kind]), i18n.number(value.value, 3), value.source, str(value.year))
        for kind, value in load_references().per_1000().items()
        if kind in labels
    ]
    heads = (_("Dienst"), _("je 1.000 Menschen"), _("Quelle"), _("Jahr"))
    widgets.table(_("Wie viele Orte in Deutschland üblich sind"), heads, usual, numbers=(1, 3))


def report(study: Study) -> None:
    """Show what preparing counted, left out, merged or could not connect."""
    widgets.heading(_("Bericht der Aufbereitung"))
    counts = [
        (
            _(LABELS.get(section, section)),
            _(LABELS.get(name, name)),
            i18n.number(value, 0 if float(value).is_integer() else 1),
        )
        for section, values in study.report["counts"].items()
        for name, value in values.items()
    ]
    widgets.table(
        _("Gezählt"), (_("Bereich"), _("Angabe"), _("Anzahl")), counts, numbers=(2,), height="20rem"
    )
    lists = {name: rows for name, rows in study.report["lists"].items() if rows and name in LABELS}
    if not lists:
        widgets.quiet(_("Nichts wurde zusammengefasst, ausgelassen oder blieb ohne Anbindung."))
        return
    chosen = state.get("list", lambda key: key in lists, next(iter(lists)))
    st.session_state["widget.list"] = chosen
    st.selectbox(
        _("Liste"),
        list(lists),
        format_func=lambda key: f"{_(LABELS[key])} ({i18n.number(len(lists[key]))})",
        key="widget.list",
        on_change=_chosen,
        args=("list",),
    )
    frame = pd.DataFrame(lists[chosen])
    rows = [tuple(_plain(value) for value in row) for row in frame.head(_SHOWN).itertuples(index=False)]
    widgets.table(_(LABELS[chosen]), list(frame.columns), rows)
    if len(frame) > _SHOWN:
        widgets.quiet(
            _("Gezeigt sind {count} von {total} Zeilen; die Tabelle enthält alle.").format(
                count=i18n.number(_SHOWN), total=i18n.number(len(frame))
            )
        )
    _download(_("Liste als CSV"), LABELS[chosen], lambda: frame, chosen, study)


def _plain(value: Any) -> str:
    return i18n.UNKNOWN if value is None or value == "" or value != value else str(value)


def _download(label: str, title: str, make: Callable[[], pd.DataFrame], name: str, study: Study) -> None:
    """Offer a table as CSV; it is made when it is asked for."""

    def content(say: Language) -> bytes:
        frame = make()
        rows = frame.itertuples(index=False, name=None)
        return sheets.csv_bytes(study, title, (list(frame), rows), {}, say)

    sheets.button(label, content, f"{name}_{study.config.key}", f"method.{name}.csv")
