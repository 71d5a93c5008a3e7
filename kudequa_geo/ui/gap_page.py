"""The page of gaps: where people lack a service together, what else they lack, and who they are."""

from __future__ import annotations

import numpy as np
import streamlit as st
from branca.element import MacroElement

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.gaps.indicators import indicators
from kudequa_geo.gaps.need import EVERYBODY, SPREAD
from kudequa_geo.maps import layers
from kudequa_geo.maps.element import Group
from kudequa_geo.maps.projection import box_to_degrees
from kudequa_geo.results.equity import known_groups
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.study import Study
from kudequa_geo.ui import bars, gap_view, i18n, sheets, widgets
from kudequa_geo.ui.answer import Answer, Unit, figures_by_person, people
from kudequa_geo.ui.bars import Bar
from kudequa_geo.ui.gap_answer import Area, GapAnswer
from kudequa_geo.ui.gap_view import GapView
from kudequa_geo.ui.i18n import _
from kudequa_geo.ui.view import person_words

#: So many outlines are drawn at most; a browser stays quick with them.
OUTLINES_MOST = 1000
#: So many areas are listed and have a bar; the choice and the CSV hold all.
_LISTED_MOST = 60
_BARS_MOST = 25
_FOCUS = "gaps.focus"


def controls(study: Study, asked: GapView) -> None:
    """Draw what the areas are ordered by, and the weights."""
    gap_view.order_controls(asked)
    widgets.folded(
        _("Gewichte des Bedarfs"),
        "gaps.weights",
        lambda: _weights(study, asked),
        expanded=bool(asked.weights),
    )


def _weights(study: Study, asked: GapView) -> None:
    widgets.quiet(
        _(
            "Bedarf = Menschen × fehlende Dienste. Jeder Mensch zählt je fehlendem Dienst 1, mal dem "
            "Gewicht des Fachs; wer zu einer Gruppe gehört, zählt um deren Gewicht mehr."
        )
    )
    gap_view.weight_controls(study, asked)


def shown(answer: GapAnswer) -> None:
    """Draw map and answer."""
    study, asked = answer.study, answer.asked
    middle, right = st.columns([2, 1], gap="small")
    # The map first, so that it is on its way while the rest is computed.
    with middle:
        widgets.access_map(
            Answer(study, asked.view),
            None,
            gap_view.MAP_KEY,
            more=[_outlines(answer)],
            target=_target(answer),
        )
    with right, st.container(key="answer"):
        widgets.sentence(answer.sentence())
        _choice(answer)
        chosen = answer.chosen
        if chosen is None:
            widgets.quiet(
                _("Ein Klick auf ein Gebiet oder die Auswahl oben zeigt, was dort fehlt und warum.")
            )
            _first_areas(answer)
        else:
            _explained(answer, chosen)
        widgets.quiet(answer.remainder())


def below(answer: GapAnswer) -> None:
    """Draw, below the map, the ranking with what the need is made of, and the persons side by side."""
    study, asked = answer.study, answer.asked
    left, right = st.columns([3, 2], gap="large")
    with left:
        _ranking(answer)
    with right:
        _persons(study, asked)
        _groups(study, asked)


def _choice(answer: GapAnswer) -> None:
    """Draw the list of areas, the way to one by keyboard."""
    names = {area.area_id: f"{area.rank}. {area.name}" for area in answer.areas}
    st.session_state["widget.area"] = answer.asked.area if answer.asked.area in names else ""
    st.selectbox(
        _("Gebiet auswählen"),
        ["", *names],
        format_func=lambda key: names.get(key, _("keines")),
        key="widget.area",
        on_change=gap_view.area_chosen,
    )


def _first_areas(answer: GapAnswer) -> None:
    rows = [
        (f"{area.rank}. {area.name}", people(area.residents), i18n.number(area.need))
        for area in answer.areas[:_LISTED_MOST]
    ]
    if rows:
        heads = (_("Gebiet"), _("Menschen"), _("Bedarf"))
        caption = _("Lücken nach {order}").format(order=_(gap_view.ORDERS[answer.asked.order]))
        widgets.table(caption, heads, rows, numbers=(1, 2), height="22rem")
    if len(rows) < len(answer.areas):
        widgets.quiet(
            _("Gezeigt sind die ersten {count}; die Tabelle als CSV nennt alle.").format(
                count=i18n.number(len(rows))
            )
        )


def _explained(answer: GapAnswer, area: Area) -> None:
    for sentence in answer.explanation(area):
        widgets.text(sentence)
    missing = answer.missing(area)
    widgets.heading(_("Was den meisten dort fehlt"))
    lines = [f"{_(FIELD_LABELS[field])}: {' · '.join(labels)}" for field, labels in missing.items()]
    widgets.bullets(lines)
    unknown = answer.unknown_services()
    if unknown:
        widgets.quiet(
            _("Ohne einen Ort in den Daten und daher nicht beurteilt: {services}.").format(
                services=" · ".join(unknown)
            )
        )
    groups = answer.groups(area)
    if groups:
        rows = [
            (label, people(count), i18n.percent(share), i18n.percent(city))
            for label, count, share, city in groups
        ]
        heads = (_("Gruppe"), _("Menschen"), _("Anteil dort"), _("ganzes Gebiet"))
        widgets.table(_("Wer dort wohnt"), heads, rows, numbers=(1, 2, 3))
    else:
        widgets.quiet(_("Alter und Herkunft der Menschen sind für diese Gemeinde nicht bekannt."))


def _outlines(answer: GapAnswer) -> Group:
    areas = answer.areas[:OUTLINES_MOST]
    shapes = [answer.shapes[area.row] for area in areas]
    labels = [
        _("{name}: {people} Menschen").format(name=area.name, people=people(area.residents)) for area in areas
    ]
    chosen = next((at for at, area in enumerate(areas) if area.area_id == answer.asked.area), None)
    group = Group()
    layers.gaps(shapes, labels, chosen=chosen).add_to(group)
    return group


def _target(answer: GapAnswer) -> MacroElement | None:
    """Return where the map moves: to an area chosen from the list; a click leaves the map where it is."""
    chosen, crs = answer.chosen, answer.study.config.crs
    if chosen is None:
        st.session_state.pop(_FOCUS, None)
        return None
    key = chosen.area_id
    if gap_view.was_clicked(key):
        key = st.session_state.get(_FOCUS, answer.asked.view.district)
    st.session_state[_FOCUS] = key
    outline = answer.table.geometry.iloc[chosen.row]
    bounds = box_to_degrees(outline.buffer(150.0).bounds, crs)
    return layers.focus(key, None, bounds, crs)


def _ranking(answer: GapAnswer) -> None:
    if not answer.areas:
        return
    gap_view.parts_controls(answer.asked)
    by_services = answer.asked.parts == "services"
    table = answer.by_field if by_services else answer.by_group
    series = _field_labels() if by_services else {EVERYBODY: _("alle Menschen"), **_group_labels()}
    series = {key: series[key] for key in table.columns}
    firm = _("Bedarf {need}; Rang {low} auch bei ± {spread}")
    loose = _("Bedarf {need}; Rang {low} bis {high} bei ± {spread}")
    rows = []
    for area in answer.areas[:_BARS_MOST]:
        low, high = answer.spread(area)
        note = (firm if low == high else loose).format(
            need=i18n.number(area.need),
            low=i18n.number(low),
            high=i18n.number(high),
            spread=i18n.percent(SPREAD.value),
        )
        rows.append(
            Bar(
                f"{area.rank}. {area.name}",
                people(area.residents),
                table.iloc[area.row].to_dict(),
                note,
                area.area_id == answer.asked.area,
            )
        )
    caption = _("Bedarf der Gebiete nach {parts}; am Ende: Menschen jenseits der Grenze").format(
        parts=_(gap_view.PARTS[answer.asked.parts])
    )
    bars.stacked(caption, series, rows)
    widgets.quiet(
        _(
            "Der Bedarf zählt für jeden Menschen alle Dienste, die jenseits ihrer Grenze liegen, mit den "
            "gewählten Gewichten. Die Ränge sind geprüft, indem alle Gewichte zufällig um bis zu {spread} "
            "verändert wurden."
        ).format(spread=i18n.percent(SPREAD.value))
    )
    for notice in answer.notices():
        widgets.quiet(notice)
    if len(answer.areas) > _BARS_MOST:
        widgets.quiet(
            _("Gezeigt sind {count} von {total} Gebieten; die Tabelle enthält alle.").format(
                count=_BARS_MOST, total=len(answer.areas)
            )
        )
    view = answer.asked.view
    name = f"versorgungsluecken_{answer.study.config.key}_{view.kind.key}_{view.person.key}"
    sheets.button(_("Tabelle als CSV"), answer.csv, name, "gaps.csv")


def _field_labels() -> dict[str, str]:
    return {str(field): _(label) for field, label in FIELD_LABELS.items()}


def _group_labels() -> dict[str, str]:
    return {group: _(label) for group, label in RESIDENT_GROUPS.items()}


def _here(units: list[Unit], district: str) -> Unit:
    wanted = "district" if district else "area"
    return next(unit for unit in units if unit.level == wanted and unit.district_id == district)


def _persons(study: Study, asked: GapView) -> None:
    view = asked.view
    found = figures_by_person(study, {view.kind.key: view.limit}, study.persons)
    rows = []
    here = None
    for row, (key, person) in enumerate(study.persons.items()):
        unit = _here(found[key][view.kind.key], view.district)
        here = row if key == view.person.key else here
        cells = (i18n.percent(unit.share), people(unit.beyond), i18n.minutes(unit.median_min))
        rows.append((person_words(person), *cells))
    heads = (_("Person"), _("innerhalb"), _("Menschen außerhalb"), _("mittlerer Weg"))
    caption = _("Wären alle so unterwegs: {service}, Grenze {limit}").format(
        service=_(view.kind.label), limit=view.limit_words
    )
    widgets.table(caption, heads, rows, numbers=(1, 2, 3), here=here)


def _groups(study: Study, asked: GapView) -> None:
    """Show all residents and every known group of them side by side."""
    view, groups = asked.view, known_groups(study)
    if len(groups) < 2:
        return
    column = study.kind_index[view.kind.key]
    found = study.kept(
        ("groups", view.kind.key, view.person.key, view.limit.value, view.limit.unit),
        lambda: indicators(
            {view.person.key: study.nearest(view.person.key).metres[:, [column], 0]},
            study.tables["buildings"],
            {view.kind.key: view.limit},
            {view.person.key: view.person},
            districts=study.tables["districts"],
            groups=groups,
        ),
    )
    if view.district:
        found = found[(found["level"] == "district") & (found["district_id"] == view.district)]
    else:
        found = found[found["level"] == "area"]
    labels = {EVERYBODY: _("alle Menschen"), **_group_labels()}
    rows = [
        (
            labels[row["group"]],
            i18n.percent(row["share_within_limit"]),
            people(row["residents"] - row["residents_within_limit"]),
            i18n.minutes(row["median_min"]) if not np.isnan(row["median_min"]) else i18n.UNKNOWN,
        )
        for row in found.to_dict("records")
    ]
    heads = (_("Gruppe"), _("innerhalb"), _("Menschen außerhalb"), _("mittlerer Weg"))
    caption = _("Wer betroffen ist: {service}, {person}").format(
        service=_(view.kind.label), person=_(view.person.label)
    )
    widgets.table(caption, heads, rows, numbers=(1, 2, 3))
