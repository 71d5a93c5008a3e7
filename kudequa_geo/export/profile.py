"""The Quartierssteckbrief: two pages about a district, a gap, a site or a lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from kudequa_geo.errors import msg
from kudequa_geo.export import sections
from kudequa_geo.export.canvas import Canvas, Column
from kudequa_geo.export.facts import Facts, Reach
from kudequa_geo.export.focus import Focus, Scope
from kudequa_geo.export.frame import Frame, draw_footer, draw_header, draw_scale
from kudequa_geo.export.inset import draw_inset
from kudequa_geo.export.legend import Mark, draw_legend
from kudequa_geo.export.lettering import SEMIBOLD, typeset
from kudequa_geo.export.mapping import draw_gaps, draw_map
from kudequa_geo.export.paper import Bounds, Paper, extent_at, fitted_scale
from kudequa_geo.export.picture import Picture, picture_after, picture_of
from kudequa_geo.export.record import Record, record_of, tried

_MAP_MM, _TALL_MM, _COLUMN_MM, _GAP_MM = 118.0, 132.0, 59.0, 6.0
#: Height of each map of a pair; below it stand three columns.
_PAIR_MM = 92.0
_BELOW_MM = 11.0


@dataclass(frozen=True, eq=False)
class Profile:
    """The two drawn pages and what they say of their making."""

    pages: list[Figure]
    record: Record


def draw_profile(facts: Facts, focus: Focus) -> Profile:
    """Draw the profile of a subject; with a scenario among the facts, today and afterwards in two maps.

    Parameters
    ----------
    facts
        Figures of the municipality.
    focus
        District, gap, site or another subject.
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
        scenarios=[tried(outcome.state.scenario) for outcome in facts.outcomes[1:]],
        language=say.key,
    )
    reach = facts.reach(facts.rows(focus), focus.key if focus.scope == Scope.DISTRICT else "")
    with typeset():
        first = _framed(facts, title, record)
        _first_page(facts, focus, reach, first)
        second = _framed(facts, title, record)
        _second_page(facts, focus, reach, second)
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
    say = facts.edition.say
    pictures = [picture_of(facts.edition.study, facts.question)]
    pictures += [picture_after(facts.question, outcome.state) for outcome in facts.outcomes[1:2]]
    lead = Column(frame.canvas, frame.left, frame.top, frame.right - frame.left)
    lead.write(pictures[0].sentence(facts.called(focus), facts.rows(focus), say), 10.5, weight=SEMIBOLD)
    lead.write(_missing_sentence(reach, facts), 10)
    lead.skip(3)
    frame.top = lead.y
    if len(pictures) == 1:
        _one_map(facts, focus, pictures, frame)
    else:
        _pair(facts, focus, pictures, frame)


def _one_map(facts: Facts, focus: Focus, pictures: Sequence[Picture], frame: Frame) -> None:
    """Draw the map, legend and inset beside it, people and gaps below."""
    spot = (frame.left, frame.top, _MAP_MM, _TALL_MM)
    extent = _maps(facts, focus, pictures, frame, [spot])
    side = Column(frame.canvas, frame.left + _MAP_MM + _GAP_MM, frame.top, _COLUMN_MM)
    _legend(facts, focus, pictures, side)
    side.skip(4)
    if focus.scope != Scope.AREA:
        draw_inset(side, facts.edition, focus, extent)
    y = spot[1] + spot[3] + _BELOW_MM
    sections.people(facts, focus, Column(frame.canvas, frame.left, y, 85, bottom=frame.bottom))
    beside = Column(frame.canvas, frame.left + 92, y, frame.right - frame.left - 92, bottom=frame.bottom)
    sections.gaps(facts, focus, beside)


def _pair(facts: Facts, focus: Focus, pictures: Sequence[Picture], frame: Frame) -> None:
    """Draw today and afterwards beside each other; legend, people and gaps below."""
    canvas, say = frame.canvas, facts.edition.say
    room = frame.right - frame.left
    wide, top = (room - _GAP_MM) / 2, frame.top + 4.5
    spots = [(frame.left + i * (wide + _GAP_MM), top, wide, _PAIR_MM) for i in range(2)]
    for picture, spot in zip(pictures, spots, strict=True):
        canvas.text(spot[0], frame.top + 3, picture.title or say(msg("Heutiger Stand")), 9.5, weight=SEMIBOLD)
    extent = _maps(facts, focus, pictures, frame, spots)
    third = (room - 2 * _GAP_MM) / 3
    y = top + _PAIR_MM + _BELOW_MM
    columns = [
        Column(canvas, frame.left + i * (third + _GAP_MM), y, third, bottom=frame.bottom) for i in range(3)
    ]
    _legend(facts, focus, pictures, columns[0])
    sections.people(facts, focus, columns[1])
    columns[1].skip(3)
    if focus.scope != Scope.AREA and columns[1].room(48):
        draw_inset(columns[1], facts.edition, focus, extent)
    sections.gaps(facts, focus, columns[2])


def _maps(
    facts: Facts,
    focus: Focus,
    pictures: Sequence[Picture],
    frame: Frame,
    spots: Sequence[tuple[float, float, float, float]],
) -> Bounds:
    """Draw each picture into its box, all on one extent; return the ground shown."""
    edition, canvas = facts.edition, frame.canvas
    _x, _y, width, height = spots[0]
    scale = fitted_scale(focus.bounds, width, height)
    extent = extent_at(focus.bounds, scale, width, height)
    for picture, spot in zip(pictures, spots, strict=True):
        axes = canvas.map_axes(*spot, extent)
        draw_map(axes, edition, focus, picture, scale, canvas.factor)
        if not picture.title:
            draw_gaps(axes, facts.gaps_in(focus).head(sections.MOST_GAPS), scale, canvas.factor)
    draw_scale(frame, axes, scale, spots, edition.say)
    return extent


def _legend(facts: Facts, focus: Focus, pictures: Sequence[Picture], column: Column) -> None:
    say, rows = facts.edition.say, facts.rows(focus)
    heads = [say(msg("Menschen"))] if len(pictures) == 1 else [say(msg("heute")), say(msg("danach"))]
    counts = [picture.people(picture.counted(rows)) for picture in pictures]
    marks = {Mark.NEW} if any(picture.new.any() for picture in pictures) else set()
    marks |= {Mark.GAP} if len(facts.gaps_in(focus)) else set()
    draw_legend(
        column,
        facts.question,
        counts,
        heads,
        say,
        marks=marks,
    )


def _missing_sentence(reach: Sequence[Reach], facts: Facts) -> str:
    say = facts.edition.say
    missing = [say(entry.kind.label) for entry in reach if entry.missing]
    if not missing:
        return say(msg("Kein Dienst ist den meisten hier zu weit."))
    words = say(msg("Den meisten hier zu weit ({count} von {all} Diensten): {services}."))
    known = sum(not np.isnan(entry.share) for entry in reach)
    return words.format(count=len(missing), all=known, services=", ".join(missing))


def _second_page(facts: Facts, focus: Focus, reach: Sequence[Reach], frame: Frame) -> None:
    """Write every service, and below it what there is to act on, in two columns."""
    width = frame.right - frame.left
    whole = Column(frame.canvas, frame.left, frame.top, width)
    sections.reach(facts, reach, whole)
    whole.skip(3)
    half = (width - 2 * _GAP_MM) / 2
    left, right = (
        Column(frame.canvas, x, whole.y, half, bottom=frame.bottom)
        for x in (frame.left, frame.left + half + 2 * _GAP_MM)
    )
    labs = facts.labs_in(focus) if focus.scope != Scope.AREA else []
    for lab in labs[:1]:
        sections.lab(facts, focus, lab, left)
    if len(facts.outcomes) > 1:
        sections.scenario(facts, focus, right)
    if focus.scope == Scope.SITE:
        sections.closing(facts, focus, right)
    else:
        sections.sites(facts, focus, right)
    for column in (left, right):
        if column.room(45):
            sections.persons(facts, focus, column)
            break
