"""The Quartierssteckbrief: two pages about a district, a gap, a site or a lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.errors import msg
from kudequa_geo.export.canvas import Canvas, Column
from kudequa_geo.export.facts import Facts, Reach, by_field, site_status
from kudequa_geo.export.focus import Focus, Scope
from kudequa_geo.export.frame import Frame, draw_footer, draw_header, draw_scale
from kudequa_geo.export.inset import draw_inset
from kudequa_geo.export.legend import draw_legend
from kudequa_geo.export.lettering import SEMIBOLD, typeset
from kudequa_geo.export.mapping import draw_map
from kudequa_geo.export.paper import Paper, extent_at, fitted_scale
from kudequa_geo.export.picture import picture_of
from kudequa_geo.export.record import Record, record_of
from kudequa_geo.gaps.reasons import REASON_LABELS, Reason
from kudequa_geo.language import UNKNOWN, Language
from kudequa_geo.maps import palette
from kudequa_geo.scenarios.compare import compare
from kudequa_geo.scenarios.outcome import Outcome
from kudequa_geo.schema import RESIDENT_GROUPS, SITE_LABELS, SiteKind

_MAP_MM, _COLUMN_MM, _GAP_MM = 118.0, 59.0, 6.0
_MOST_SITES, _MOST_GAPS, _MOST_CHANGES = 8, 4, 5
_BAR_MM = 24.0


@dataclass(frozen=True, eq=False)
class Profile:
    """The two drawn pages and what they say of their making."""

    pages: list[Figure]
    record: Record


def draw_profile(
    facts: Facts, focus: Focus, *, before: Outcome | None = None, after: Outcome | None = None
) -> Profile:
    """Draw the profile of a subject.

    Parameters
    ----------
    facts
        Figures of the municipality.
    focus
        District, gap, site or another subject.
    before, after
        Outcomes of the city as it is and after a scenario, for a district's results.
    """
    edition, say = facts.edition, facts.edition.say
    title = say(msg("Quartierssteckbrief {name}")).format(name=focus.name)
    record = record_of(
        edition.study,
        title,
        edition.printed,
        **facts.question.parameters(),
        scope=str(focus.scope),
        subject=focus.key or focus.name,
        slow_person=facts.slow,
        scenario=after.state.scenario.name if after else "",
        language=say.key,
    )
    reach = facts.reach(facts.rows(focus), focus.key if focus.scope == Scope.DISTRICT else "")
    with typeset():
        first = _framed(facts, title, record)
        _first_page(facts, focus, reach, first)
        second = _framed(facts, title, record)
        _second_page(facts, focus, reach, second)
        if before is not None and after is not None:
            _scenario(facts, focus, second, before, after)
    return Profile([first.canvas.figure, second.canvas.figure], record)


def _framed(facts: Facts, title: str, record: Record) -> Frame:
    paper, say = Paper(), facts.edition.say
    frame = Frame(Canvas(paper.width_mm, paper.height_mm))
    subtitle = say(msg("{municipality} · {person}, zum Vergleich {slow}")).format(
        municipality=facts.edition.study.config.name,
        person=facts.question.person_words(say),
        slow=say(facts.edition.study.persons[facts.slow].label),
    )
    draw_header(frame, title, subtitle, record.notice(say))
    draw_footer(frame, facts.edition, record)
    return frame


def _first_page(facts: Facts, focus: Focus, reach: Sequence[Reach], frame: Frame) -> None:
    edition, say, canvas = facts.edition, facts.edition.say, frame.canvas
    picture = picture_of(edition.study, facts.question)
    rows = facts.rows(focus)
    lead = Column(canvas, frame.left, frame.top, frame.right - frame.left)
    lead.write(picture.sentence(focus.name, rows, say), 10.5, weight=SEMIBOLD)
    lead.write(_missing_sentence(reach, facts), 10)
    lead.skip(3)
    spot = (frame.left, lead.y, _MAP_MM, _MAP_MM * 1.12)
    scale = fitted_scale(focus.bounds, spot[2], spot[3])
    extent = extent_at(focus.bounds, scale, spot[2], spot[3])
    axes = canvas.map_axes(*spot, extent)
    draw_map(axes, edition, focus, picture, scale, canvas.factor)
    draw_scale(frame, axes, scale, [spot], say)
    side = Column(canvas, frame.left + _MAP_MM + _GAP_MM, lead.y, _COLUMN_MM)
    draw_legend(side, facts.question, [picture.people(rows)], [say(msg("Menschen"))], say)
    side.skip(4)
    if focus.scope != Scope.AREA:
        draw_inset(side, edition, focus, extent)
    below = Column(canvas, frame.left, spot[1] + spot[3] + 11, 85)
    _people(facts, focus, below)
    beside = Column(canvas, frame.left + 92, spot[1] + spot[3] + 11, frame.right - frame.left - 92)
    _gaps(facts, focus, beside)


def _missing_sentence(reach: Sequence[Reach], facts: Facts) -> str:
    say = facts.edition.say
    missing = [say(entry.kind.label) for entry in reach if entry.missing]
    if not missing:
        return say(msg("Kein Dienst ist den meisten hier zu weit."))
    words = say(msg("Den meisten hier zu weit ({count} von {all} Diensten): {services}."))
    return words.format(count=len(missing), all=len(reach), services=", ".join(missing))


def _rule(column: Column) -> None:
    column.canvas.line((column.x, column.y), (column.right, column.y), palette.GROUND["casing"], 0.15)
    column.skip(0.5)


def _people(facts: Facts, focus: Focus, column: Column) -> None:
    say, study = facts.edition.say, facts.edition.study
    rows = facts.rows(focus)
    residents = float(study.tables["buildings"]["residents"][rows].sum())
    column.heading(say(msg("Menschen")), 11)
    ends = (column.width - 36, column.width - 17, column.width)
    heads = ["", say(msg("Menschen")), say(msg("Anteil")), say(msg("Gebiet"))]
    column.cells(heads, 7.5, at=ends, colour=palette.QUIET)
    column.cells([say(msg("Menschen insgesamt")), say.people(residents), "", ""], 9, at=ends)
    _rule(column)
    groups = facts.groups(rows)
    for key, (count, share, share_area) in groups.items():
        cells = [say(RESIDENT_GROUPS[key]), say.people(count), say.percent(share), say.percent(share_area)]
        column.cells(cells, 9, at=ends)
        _rule(column)
    if not groups:
        column.write(say(msg("Altersgruppen sind für diese Gemeinde nicht angegeben.")), 8.5)
    if focus.scope == Scope.DISTRICT:
        order = facts.district_order
        rank = order.get(focus.key, float("nan"))
        if not np.isnan(rank):
            words = say(msg("Rang {rank} von {count} Bezirken (mittlerer Anteil innerhalb der Grenzen)."))
            column.skip(1.5)
            column.write(words.format(rank=int(rank), count=int(order.notna().sum())), 9)


def _gaps(facts: Facts, focus: Focus, column: Column) -> None:
    say = facts.edition.say
    label = say(facts.question.kind.label)
    column.heading(say(msg("Lücken: {service}")).format(service=label), 11)
    areas = facts.gaps_in(focus)
    if focus.scope == Scope.GAP:
        areas = areas[areas["area_id"] == focus.key]
    for row in areas.head(_MOST_GAPS).to_dict("records"):
        words = say(msg("Lücke {rank}: {people} Menschen, {metres} bis zum nächsten Angebot (Median)."))
        column.write(
            words.format(
                rank=row["rank"], people=say.people(row["residents"]), metres=say.metres(row["nearest_m"])
            ),
            9,
        )
        if isinstance(row["reason"], str):
            column.write(say(REASON_LABELS[Reason(row["reason"])]), 8, indent=3, colour=palette.QUIET)
        column.skip(1)
    if not len(areas):
        column.write(say(msg("Keine zusammenhängende Lücke von mehr als 50 Menschen.")), 9)


def _second_page(facts: Facts, focus: Focus, reach: list[Reach], frame: Frame) -> None:
    say = facts.edition.say
    column = Column(frame.canvas, frame.left, frame.top, frame.right - frame.left)
    column.heading(say(msg("Was zu Fuß erreichbar ist")), 11)
    bar = 62.0
    ends = (bar + _BAR_MM + 14, bar + _BAR_MM + 33, bar + _BAR_MM + 51, bar + _BAR_MM + 70, column.width)
    heads = ["", say(msg("innerhalb")), say(msg("Gebiet")), say(msg("Median"))]
    heads += [say(facts.edition.study.persons[facts.slow].label), say(msg("Rang"))]
    column.cells(heads, 7.5, at=ends, colour=palette.QUIET)
    for field, entries in by_field(reach).items():
        if not entries:
            continue
        column.skip(0.8)
        column.write(say(FIELD_LABELS[field]), 8, weight=SEMIBOLD, colour=palette.ACCENT)
        for entry in entries:
            _reach_row(column, entry, ends, bar, facts)
    column.skip(1)
    note = say(
        msg(
            "Balken: Anteil der Menschen innerhalb der Grenze des Dienstes; Strich: ganzes Gebiet. "
            "Fett: den meisten zu weit. Rang unter den Bezirken, 1 = bester Anteil."
        )
    )
    column.write(note, 7.5, colour=palette.QUIET)
    column.skip(3)
    _sites(facts, focus, column)
    frame.top = column.y


def _reach_row(column: Column, entry: Reach, ends: Sequence[float], bar: float, facts: Facts) -> None:
    say, canvas = facts.edition.say, column.canvas
    height = column.step(8.5)
    weight = {"weight": SEMIBOLD} if entry.missing else {}
    left, top = column.x + bar, column.y + 0.25 * height
    canvas.box(left, top, _BAR_MM, 0.5 * height, fill=palette.GROUND["built"])
    if not np.isnan(entry.share):
        colour = palette.SEQUENTIAL[3] if entry.missing else palette.ACCENT
        canvas.box(left, top, _BAR_MM * entry.share, 0.5 * height, fill=colour)
    if not np.isnan(entry.share_area):
        mark = left + _BAR_MM * entry.share_area
        canvas.line((mark, top - 0.5), (mark, top + 0.5 * height + 0.5), palette.TEXT, 0.35)
    name = f"{say(entry.kind.label)} ({say.length(entry.limit.value, entry.limit.unit)})"
    cells = [say.percent(entry.share), say.percent(entry.share_area)]
    cells += [_minutes(minutes, say) for minutes in (entry.median_min, entry.median_slow_min)]
    cells += [str(entry.rank) if entry.rank else UNKNOWN]
    base = column.beside(column.y, height, 8.5)
    canvas.text(column.x, base, _cut(name, bar), 8.5, **weight)
    for right, cell in zip(ends, cells, strict=True):
        canvas.text(column.x + right, base, cell, 8.5, align="right", **weight)
    column.y += height


def _minutes(value: float, say: Language) -> str:
    return UNKNOWN if np.isnan(value) else say.minutes(value)


def _cut(words: str, room: float) -> str:
    from kudequa_geo.export.lettering import shortened

    return shortened(words, 8.5, room - 2, SEMIBOLD)


def _sites(facts: Facts, focus: Focus, column: Column) -> None:
    say = facts.edition.say
    column.heading(say(msg("Flächen, auf denen etwas entstehen kann")), 11)
    sites = facts.sites_in(focus)
    for row in sites.head(_MOST_SITES).to_dict("records"):
        kind = say(SITE_LABELS[SiteKind(row["kind"])])
        name = row["name"] if isinstance(row["name"], str) else row["site_id"]
        size = f", {say.number(row['area_m2'] / 10_000, 1)} ha" if row["area_m2"] == row["area_m2"] else ""
        told = site_status(row["status"])
        status = f", {told}" if told else ""
        column.write(f"{kind}: {name}{size}{status}", 9)
    if not len(sites):
        column.write(say(msg("Keine Fläche ist erfasst.")), 9)
    elif len(sites) > _MOST_SITES:
        more = say(msg("und {count} weitere")).format(count=len(sites) - _MOST_SITES)
        column.write(more, 8, colour=palette.QUIET)
    column.skip(3)


def _scenario(facts: Facts, focus: Focus, frame: Frame, before: Outcome, after: Outcome) -> None:
    """Write what a scenario changes for a district (or the whole area) below the sites."""
    say = facts.edition.say
    column = Column(frame.canvas, frame.left, frame.top, frame.right - frame.left)
    name = after.state.scenario.name
    column.heading(say(msg("Szenario „{name}“")).format(name=name), 11)
    table = compare(after, before)
    level = "district" if focus.scope == Scope.DISTRICT else "area"
    mine = table[(table["level"] == level) & (table["person"] == facts.question.person.key)]
    if level == "district":
        mine = mine[mine["district_id"] == focus.key]
    mine = mine[(mine["measure"] == "residents_within_limit") & (mine["difference"].abs() >= 1)]
    labels = {kind.key: kind.label for kind in facts.edition.study.kinds}
    order = mine["difference"].abs().sort_values(ascending=False, kind="stable").index
    for row in mine.loc[order].head(_MOST_CHANGES).to_dict("records"):
        words = say(msg("{service}: {before} Menschen innerhalb der Grenze heute, {after} danach."))
        column.write(
            words.format(
                service=say(labels[row["kind"]]),
                before=say.people(row["other"]),
                after=say.people(row["one"]),
            ),
            9,
        )
    if not len(mine):
        column.write(say(msg("Das Szenario ändert hier nichts.")), 9)
