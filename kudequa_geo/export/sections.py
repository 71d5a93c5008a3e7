"""The parts of a profile: people, gaps, what is in reach, sites, labs, and what a scenario brings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.errors import msg
from kudequa_geo.export.canvas import Column
from kudequa_geo.export.facts import Facts, Reach, by_field, site_status
from kudequa_geo.export.focus import Focus, Scope
from kudequa_geo.export.lettering import SEMIBOLD, shortened
from kudequa_geo.gaps.reasons import REASON_LABELS, Reason
from kudequa_geo.language import UNKNOWN, Language
from kudequa_geo.maps import palette
from kudequa_geo.results.gaps import no_gap
from kudequa_geo.results.groups import groups_in
from kudequa_geo.results.labs import answered
from kudequa_geo.schema import RESIDENT_GROUPS, SITE_LABELS, SiteKind
from kudequa_geo.sources.labs import Lab

_HEADING, _TEXT, _SMALL, _HEADS = 11, 9, 8, 7.5
_MOST_SITES, _MOST_CHANGES, _MOST_CLOSED = 8, 5, 5
#: How many gaps are told and drawn.
MOST_GAPS = 4
#: Narrower columns leave the comparison out.
_WIDE_MM = 70.0
_NAME_MM, _BAR_MM, _REACH = 64.0, 26.0, 8.3


def people(facts: Facts, focus: Focus, column: Column) -> None:
    """Write how many live here, of what groups, and the district's rank."""
    say, rows = facts.edition.say, facts.rows(focus)
    column.heading(say(msg("Menschen")), _HEADING)
    residents = facts.edition.study.tables["buildings"]["residents"].to_numpy(float)[rows].sum()
    wide = column.width >= _WIDE_MM
    ends = [column.width - 16 * i for i in reversed(range(3 if wide else 2))]
    heads = ["", say(msg("Menschen")), say(msg("Anteil")), say(msg("Gebiet"))][: len(ends) + 1]
    column.cells(heads, _HEADS, at=ends, colour=palette.QUIET)
    all_people = [say(msg("Menschen insgesamt")), say.people(residents), "", ""]
    column.cells(all_people[: len(ends) + 1], _TEXT, at=ends)
    _rule(column)
    groups = groups_in(facts.edition.study, rows)
    for key, (count, share, share_area) in groups.items():
        cells = [say(RESIDENT_GROUPS[key]), say.people(count), say.percent(share), say.percent(share_area)]
        column.cells(cells[: len(ends) + 1], _TEXT, at=ends)
        _rule(column)
    if not groups:
        column.write(say(msg("Altersgruppen sind für diese Gemeinde nicht angegeben.")), 8.5)
    if focus.scope == Scope.DISTRICT:
        order = facts.district_order
        rank = order.get(focus.key, float("nan"))
        if not np.isnan(rank):
            words = say(msg("Rang {rank} von {count} Bezirken (mittlerer Anteil innerhalb der Grenzen)."))
            column.skip(1.5)
            column.write(words.format(rank=int(rank), count=int(order.notna().sum())), _TEXT)


def gaps(facts: Facts, focus: Focus, column: Column) -> None:
    """Write the largest gaps: where, how many people, how far, why."""
    say = facts.edition.say
    label = say(facts.question.kind.label)
    column.heading(say(msg("Lücken: {service}")).format(service=label), _HEADING)
    areas = facts.gaps_in(focus)
    shown = 0
    for row in areas.head(MOST_GAPS).to_dict("records"):
        if not column.room(12):
            break
        words = say(msg("Lücke {rank}: {people} Menschen, {metres} bis zum nächsten Angebot (Median)."))
        column.write(
            words.format(
                rank=row["rank"], people=say.people(row["residents"]), metres=say.metres(row["nearest_m"])
            ),
            _TEXT,
        )
        told = [row["name"]]
        if _text(row["reason"]):
            told.append(say(REASON_LABELS[Reason(row["reason"])]))
        column.write(" · ".join(told), _SMALL, indent=3, colour=palette.QUIET)
        column.skip(1)
        shown += 1
    if not len(areas):
        column.write(no_gap(say), _TEXT)
    _more(column, len(areas) - shown, say)


def reach(facts: Facts, entries: Sequence[Reach], column: Column) -> None:
    """Write every service with its share within the limit, minutes and, for a district, its rank."""
    say = facts.edition.say
    column.heading(say(msg("Was zu Fuß erreichbar ist")), _HEADING)
    ranked = any(entry.rank for entry in entries)
    heads = [say(msg("innerhalb")), say(msg("Gebiet")), say(msg("Median"))]
    heads += [say(facts.edition.study.persons[facts.slow].label)]
    heads += [say(msg("Rang"))] if ranked else []
    start = _NAME_MM + _BAR_MM
    ends = [start + (column.width - start) * (i + 1) / len(heads) for i in range(len(heads))]
    column.cells(["", *heads], _HEADS, at=ends, colour=palette.QUIET)
    for field, found in by_field(list(entries)).items():
        if not found:
            continue
        column.skip(0.5)
        column.write(say(FIELD_LABELS[field]), _SMALL, weight=SEMIBOLD, colour=palette.ACCENT)
        for entry in found:
            _reach_row(column, entry, ends, say, ranked=ranked)
    column.skip(0.6)
    note = say(
        msg(
            "Balken: Anteil der Menschen innerhalb der Grenze des Dienstes; Strich: ganzes Gebiet. "
            "Fett: den meisten zu weit."
        )
    )
    rank = say(msg("Rang unter den Bezirken, 1 = bester Anteil.")) if ranked else ""
    column.write(f"{note} {rank}", _HEADS, colour=palette.QUIET)


def _reach_row(column: Column, entry: Reach, ends: Sequence[float], say: Language, *, ranked: bool) -> None:
    canvas = column.canvas
    height = column.step(_REACH)
    weight = {"weight": SEMIBOLD} if entry.missing else {}
    left, top = column.x + _NAME_MM, column.y + 0.25 * height
    width = _BAR_MM - 4
    canvas.box(left, top, width, 0.5 * height, fill=palette.GROUND["built"])
    if not np.isnan(entry.share):
        colour = palette.SEQUENTIAL[3] if entry.missing else palette.ACCENT
        canvas.box(left, top, width * entry.share, 0.5 * height, fill=colour)
    if not np.isnan(entry.share_area):
        mark = left + width * entry.share_area
        canvas.line((mark, top - 0.5), (mark, top + 0.5 * height + 0.5), palette.TEXT, 0.35)
    name = f"{say(entry.kind.label)} ({say.length(entry.limit.value, entry.limit.unit)})"
    cells = [say.percent(entry.share), say.percent(entry.share_area)]
    cells += [_minutes(minutes, say) for minutes in (entry.median_min, entry.median_slow_min)]
    cells += [str(entry.rank) if entry.rank else UNKNOWN] if ranked else []
    base = column.beside(column.y, height, _REACH)
    canvas.text(column.x, base, shortened(name, _REACH, _NAME_MM - 2, SEMIBOLD), _REACH, **weight)
    for right, cell in zip(ends, cells, strict=True):
        canvas.text(column.x + right, base, cell, _REACH, align="right", **weight)
    column.y += height


def persons(facts: Facts, focus: Focus, column: Column) -> None:
    """Write how everybody, from adults to children, reaches the service of the question."""
    say = facts.edition.say
    label = say(facts.question.kind.label)
    column.heading(say(msg("{service}: wer wie lange geht")).format(service=label), _HEADING)
    ends = (column.width - 20, column.width)
    column.cells(["", say(msg("innerhalb")), say(msg("Median"))], _HEADS, at=ends, colour=palette.QUIET)
    for person, row in facts.by_person(facts.rows(focus)):
        if not column.room(5):
            return
        cells = [say.percent(row["share_within_limit"]), _minutes(row["median_min"], say)]
        column.cells([say(person.label), *cells], _TEXT, at=ends)
        _rule(column)
    column.skip(3)


def sites(facts: Facts, focus: Focus, column: Column) -> None:
    """Write the sites on which something can be built, the largest first."""
    say = facts.edition.say
    column.heading(say(msg("Flächen, auf denen etwas entstehen kann")), _HEADING)
    found = facts.sites_in(focus)
    shown = 0
    for row in found.head(_MOST_SITES).to_dict("records"):
        if not column.room(9):
            break
        kind = say(SITE_LABELS[SiteKind(row["kind"])])
        name = row["name"] if isinstance(row["name"], str) else row["site_id"]
        size = f", {say.number(row['area_m2'] / 10_000, 1)} ha" if row["area_m2"] == row["area_m2"] else ""
        told = site_status(row["status"])
        column.write(f"{kind}: {name}{size}{f', {told}' if told else ''}", _TEXT)
        column.skip(0.6)
        shown += 1
    if not len(found):
        column.write(say(msg("Keine Fläche ist erfasst.")), _TEXT)
    _more(column, len(found) - shown, say)
    column.skip(3)


def closing(facts: Facts, focus: Focus, column: Column) -> None:
    """Write which services on a site would bring most people within their limit."""
    say = facts.edition.say
    closed = facts.around(focus).services["closed"].dropna().sort_values(ascending=False, kind="stable")
    column.heading(say(msg("Was an diesem Ort am meisten brächte")), _HEADING)
    labels = {kind.key: kind.label for kind in facts.edition.study.kinds}
    ends = (column.width,)
    head = say(msg("Menschen neu innerhalb der Grenze"))
    column.cells(["", head], _HEADS, at=ends, colour=palette.QUIET)
    for key, count in islice(closed[closed >= 1].items(), _MOST_CLOSED):
        if not column.room(5):
            return
        column.cells([say(labels[str(key)]), say.people(float(count))], _TEXT, at=ends)
        _rule(column)
    column.skip(3)


def lab(facts: Facts, focus: Focus, notes: Lab, column: Column) -> None:
    """Write what is known of a neighbourhood lab: its quarter, what was tried, what people wished for."""
    say = facts.edition.say
    column.heading(say(msg("Quartierslabor {name}")).format(name=notes.name), _HEADING)
    shares = {entry.kind.key: entry.share for entry in facts.reach(facts.rows(focus))}
    parts = {"quarter": msg("Das Quartier"), "tried": msg("Was hier erprobt wurde")}
    for about, title in parts.items():
        _bullets(column, say(title), [fact.said(say.key) for fact in notes.fact if fact.about == about])
    wishes = []
    for fact in (fact for fact in notes.fact if fact.about == "wish"):
        best = answered(fact, shares)
        today = say(msg("keine Daten")) if best is None else say.percent(shares[best])
        words = say(msg("{wish}: {share}"))
        wishes.append(words.format(wish=fact.said(say.key), share=today))
    _bullets(column, say(msg("Was Menschen sich wünschten – heute innerhalb der Grenze")), wishes)
    pages = dict.fromkeys(f"{fact.source} ({fact.year})" for fact in notes.fact)
    if pages:
        column.write(say(msg("Quelle: {source}")).format(source="; ".join(pages)), 7, colour=palette.QUIET)
    column.skip(3)


def _bullets(column: Column, title: str, lines: Iterable[str]) -> None:
    wanted = list(lines)
    if not wanted or not column.room(9):
        return
    column.write(title, _SMALL, weight=SEMIBOLD, colour=palette.ACCENT)
    for line in wanted:
        # The sources below must find room.
        if not column.room(10):
            return
        column.canvas.text(column.x, column.y + 0.95 * _SMALL / 2.835, "•", _SMALL)
        column.write(line, _SMALL + 0.3, indent=2.5)
    column.skip(0.8)


def scenario(facts: Facts, focus: Focus, column: Column) -> None:
    """Write what a scenario changes for a district, or else for the whole area."""
    from kudequa_geo.scenarios.compare import compare

    say, (before, after, *_rest) = facts.edition.say, facts.outcomes
    column.heading(say(msg("Szenario „{name}“")).format(name=after.state.scenario.name), _HEADING)
    table = compare(after, before)
    level = "district" if focus.scope == Scope.DISTRICT else "area"
    mine = table[(table["level"] == level) & (table["person"] == facts.question.person.key)]
    if level == "district":
        mine = mine[mine["district_id"] == focus.key]
    mine = mine[(mine["measure"] == "residents_within_limit") & (mine["difference"].abs() >= 1)]
    labels = {kind.key: kind.label for kind in facts.edition.study.kinds}
    order = mine["difference"].abs().sort_values(ascending=False, kind="stable").index
    if level == "area" and len(mine):
        column.write(say(msg("Im ganzen Gebiet:")), _SMALL, colour=palette.QUIET)
    for row in mine.loc[order].head(_MOST_CHANGES).to_dict("records"):
        words = say(msg("{service}: {before} Menschen innerhalb der Grenze heute, {after} danach."))
        column.write(
            words.format(
                service=say(labels[row["kind"]]),
                before=say.people(row["other"]),
                after=say.people(row["one"]),
            ),
            _TEXT,
        )
    if not len(mine):
        column.write(say(msg("Das Szenario ändert hier nichts.")), _TEXT)
    column.skip(3)


def _rule(column: Column) -> None:
    column.canvas.line((column.x, column.y), (column.right, column.y), palette.GROUND["casing"], 0.15)
    column.skip(0.6)


def _more(column: Column, count: int, say: Language) -> None:
    if count > 0:
        column.write(say(msg("und {count} weitere")).format(count=count), _SMALL, colour=palette.QUIET)


def _minutes(value: float, say: Language) -> str:
    return UNKNOWN if np.isnan(value) else say.minutes(value)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
