"""The map sheet: one page to true scale with everything a reader needs to judge it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kudequa_geo.errors import AnalysisError, msg
from kudequa_geo.export.canvas import Canvas, Column
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import Focus, Scope
from kudequa_geo.export.frame import Frame, draw_footer, draw_header, draw_scale
from kudequa_geo.export.inset import draw_inset
from kudequa_geo.export.legend import Mark, draw_legend
from kudequa_geo.export.lettering import SEMIBOLD, typeset
from kudequa_geo.export.logo import Logo
from kudequa_geo.export.mapping import draw_map
from kudequa_geo.export.paper import Bounds, Orientation, Paper, extent_at, fitted_scale
from kudequa_geo.export.picture import Figures, Picture, figures_of
from kudequa_geo.export.question import Question
from kudequa_geo.export.record import Record, record_of, tried
from kudequa_geo.language import Language
from kudequa_geo.maps import palette

_PANEL_MM, _COLUMN_MM, _GAP_MM, _STRIP_MM = 53.0, 68.0, 6.0, 9.0
_STATE_MM = 5.5
_MOST_DISTRICTS = 24


@dataclass(frozen=True)
class Design:
    """How a sheet is made.

    Attributes
    ----------
    paper
        Size and orientation.
    scale
        Denominator; None = the largest round one that shows the subject.
    title
        Own title; empty = service and subject.
    logo
        For the upper right corner.
    room_mm
        Where the part between header and footer begins and ends, to be the same on all sheets of a series;
        None = as much as this sheet leaves.
    """

    paper: Paper = field(default_factory=Paper)
    scale: int | None = None
    title: str = ""
    logo: Logo | None = None
    room_mm: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Sheet:
    """A drawn sheet.

    Attributes
    ----------
    figure
        The page.
    record
        What it says of its own making.
    scale
        Denominator.
    extent
        Ground shown, metres.
    map_mm
        Width and height of a map on paper.
    """

    figure: Figure
    record: Record
    scale: int
    extent: Bounds
    map_mm: tuple[float, float]


def draw_sheet(edition: Edition, focus: Focus, pictures: Sequence[Picture], design: Design) -> Sheet:
    """Draw a sheet with one map, or a pair on the same extent and classes.

    Parameters
    ----------
    edition
        Municipality, language, day.
    focus
        What it is about.
    pictures
        One state of the city, or two to compare.
    design
        Paper, scale, title, logo.

    Raises
    ------
    AnalysisError
        The subject does not fit the paper at the wanted scale.
    """
    record = _record(edition, focus, pictures, design)
    with typeset():
        frame = _framed(edition, pictures[0].question, design, record)
        return _fill(edition, focus, pictures, design, frame, record)


def aligned(
    edition: Edition, foci: Sequence[Focus], questions: Sequence[Question], design: Design, *, states: int = 1
) -> Design:
    """Return a design in which every sheet of a series has a map of the same size and scale.

    Parameters
    ----------
    edition
        The municipality.
    foci, questions
        Subjects and questions; every subject is drawn for every question.
    design
        Paper, and perhaps a scale that is kept.
    states
        How many maps stand on a sheet.

    Raises
    ------
    AnalysisError
        A subject does not fit the paper at any scale.
    """
    with typeset():
        frames = []
        for question in questions:
            for focus in foci:
                record = record_of(edition.study, _title(edition, focus, question, design), edition.printed)
                frames.append(_framed(edition, question, design, record))
        room = (max(frame.top for frame in frames), min(frame.bottom for frame in frames))
        same = replace(design, room_mm=room)
        frame = frames[0]
        frame.top, frame.bottom = room
        scales = []
        for focus in foci:
            (_x, _y, width, height), *_rest = _arranged(frame, design.paper, states, focus.bounds)[0]
            scales.append(fitted_scale(focus.bounds, width, height))
    return same if design.scale else replace(same, scale=max(scales))


def turned(
    edition: Edition, foci: Sequence[Focus], questions: Sequence[Question], design: Design, *, states: int = 1
) -> Design:
    """Return a design with the paper as it shows the subjects largest; parameters as :func:`aligned`."""
    asked = replace(design, scale=None)
    ways = [replace(asked, paper=replace(design.paper, orientation=way)) for way in Orientation]
    best = min(ways, key=lambda way: aligned(edition, foci, questions, way, states=states).scale or 0)
    return replace(design, paper=best.paper)


def _title(edition: Edition, focus: Focus, question: Question, design: Design) -> str:
    say = edition.say
    return design.title or say(msg("Fußläufige Erreichbarkeit: {service} – {area}")).format(
        service=say(question.kind.label), area=focus.name
    )


def _framed(edition: Edition, question: Question, design: Design, record: Record) -> Frame:
    """Return a page with header and footer."""
    say, paper = edition.say, design.paper
    canvas = Canvas(paper.width_mm, paper.height_mm, paper.type_factor)
    subtitle = say(msg("{municipality} · {person} · Grenze {limit}")).format(
        municipality=edition.study.config.name,
        person=question.person_words(say),
        limit=question.limit_words(say),
    )
    if question.own_limit is not None:
        usual = question.kind.limit.sourced()
        words = say(msg("{subtitle} (üblich: {usual})"))
        subtitle = words.format(subtitle=subtitle, usual=say.length(usual.value, usual.unit))
    frame = Frame(canvas)
    draw_header(frame, record.title, subtitle, record.notice(say), design.logo)
    draw_footer(frame, edition, record)
    if design.room_mm:
        frame.top, frame.bottom = design.room_mm
    return frame


def _record(edition: Edition, focus: Focus, pictures: Sequence[Picture], design: Design) -> Record:
    return record_of(
        edition.study,
        _title(edition, focus, pictures[0].question, design),
        edition.printed,
        **pictures[0].question.parameters(),
        scope=str(focus.scope),
        subject=focus.key or focus.name,
        states=[tried(picture.scenario) for picture in pictures],
        paper=f"{design.paper.size} {design.paper.orientation}",
        scale=design.scale or "fitted",
        logo=design.logo.sha256 if design.logo else "",
        language=edition.say.key,
    )


def _fill(
    edition: Edition,
    focus: Focus,
    pictures: Sequence[Picture],
    design: Design,
    frame: Frame,
    record: Record,
) -> Sheet:
    canvas = frame.canvas
    spots, panel = _arranged(frame, design.paper, len(pictures), focus.bounds)
    _x, _y, width, height = spots[0]
    scale = design.scale or fitted_scale(focus.bounds, width, height)
    extent = extent_at(focus.bounds, scale, width, height)
    if scale < 100 or scale > 2_000_000:
        raise AnalysisError(msg("1 : {scale} ist kein Maßstab für eine Karte."), scale=scale)
    for picture, spot in zip(pictures, spots, strict=True):
        axes: Axes = canvas.map_axes(*spot, extent)
        draw_map(axes, edition, focus, picture, scale, canvas.factor)
        if len(pictures) > 1:
            name = picture.title or edition.say(msg("Heutiger Stand"))
            canvas.text(spot[0], spot[1] - 1.6 * canvas.factor, name, 9.5, weight=SEMIBOLD)
    draw_scale(frame, axes, scale, spots, edition.say)
    rows = focus.rows if focus.rows is not None else edition.homes_in(extent)
    _panel(edition, focus, pictures, extent, panel, rows)
    return Sheet(canvas.figure, record, scale, extent, (width, height))


def _arranged(
    frame: Frame, paper: Paper, count: int, bounds: Bounds
) -> tuple[list[tuple[float, float, float, float]], list[Column]]:
    """Return the boxes of the maps (x, y, width, height) and the columns of the panel."""
    k = frame.canvas.factor
    strip, gap = _STRIP_MM * k, _GAP_MM * k
    left, right, top, bottom = frame.left, frame.right, frame.top, frame.bottom - strip
    canvas = frame.canvas
    if paper.orientation == Orientation.LANDSCAPE:
        right -= _COLUMN_MM * k + gap
        columns = [Column(canvas, right + gap, top, _COLUMN_MM * k, bottom=frame.bottom)]
    else:
        bottom -= _PANEL_MM * k
        third = (right - left - 2 * gap) / 3
        y = bottom + strip
        columns = [Column(canvas, left + i * (third + gap), y, third, bottom=frame.bottom) for i in range(3)]
    if count == 1:
        return [(left, top, right - left, bottom - top)], columns
    head = _STATE_MM * k
    wide = (right - left - gap) / 2
    tall = (bottom - top - gap) / 2 - head
    beside = [(left + i * (wide + gap), top + head, wide, bottom - top - head) for i in range(2)]
    below = [(left, top + head + i * (tall + head + gap), right - left, tall) for i in range(2)]
    best = min((beside, below), key=lambda spots: fitted_scale(bounds, spots[0][2], spots[0][3]))
    return best, columns


def _panel(
    edition: Edition,
    focus: Focus,
    pictures: Sequence[Picture],
    extent: Bounds,
    columns: Sequence[Column],
    rows: NDArray[np.bool_],
) -> None:
    say = edition.say
    counted = [picture.counted(rows) for picture in pictures]
    people = [picture.people(mask) for picture, mask in zip(pictures, counted, strict=True)]
    heads = [say(msg("Menschen"))] if len(pictures) == 1 else [say(msg("heute")), say(msg("danach"))]
    marks = {Mark.NEW} if any(picture.new.any() for picture in pictures) else set()
    draw_legend(columns[0], pictures[0].question, people, heads, say, marks=marks)
    second = columns[min(1, len(columns) - 1)]
    if second is columns[0]:
        second.skip(5)
    _key_figures(second, edition, focus, pictures, counted)
    third = columns[-1]
    if third is second:
        third.skip(4)
    if focus.scope != Scope.AREA:
        draw_inset(third, edition, focus, extent)
    else:
        _farthest(third, edition, pictures)


def _farthest(column: Column, edition: Edition, pictures: Sequence[Picture]) -> None:
    """Write the districts where the service is too far for most people, as many as there is room for."""
    say, question = edition.say, pictures[0].question
    limits = {question.kind.key: question.limit}
    frame = figures_of(edition.study, question.person, limits)
    units = frame[(frame["level"] == "district") & frame["name"].notna() & (frame["residents"] > 0)]
    beyond = (units["residents"] - units["residents_within_limit"]).sort_values(
        ascending=False, kind="stable"
    )
    if not len(beyond) or not len(pictures[0].places):
        return
    column.heading(say(msg("Bezirke: weiter als {limit}")).format(limit=question.limit_words(say)))
    now = say(msg("{people} (heute)")) if len(pictures) > 1 else "{people}"
    for row, count in beyond.head(_MOST_DISTRICTS).items():
        if count < 1 or not column.room(4.5):
            return
        share = 1 - units["share_within_limit"][row]
        cells = [str(units["name"][row]), now.format(people=say.people(count)), say.percent(share)]
        column.cells(cells, 8.5, at=[column.width - column.mm(13), column.width])
        column.canvas.line((column.x, column.y), (column.right, column.y), palette.GROUND["casing"], 0.15)
        column.skip(0.5)


def _key_figures(
    column: Column,
    edition: Edition,
    focus: Focus,
    pictures: Sequence[Picture],
    counted: Sequence[NDArray[np.bool_]],
) -> None:
    say = edition.say
    figures = [picture.figures(mask) for picture, mask in zip(pictures, counted, strict=True)]
    name = focus.name if focus.rows is not None else say(msg("diesem Ausschnitt"))
    column.heading(say(msg("Kennzahlen")))
    if len(figures) == 1:
        column.write(pictures[0].sentence(name, counted[0], say), 8.5)
        column.skip(1.5)
    ends = [column.width - column.mm(14) * i for i in reversed(range(len(figures)))]
    if len(figures) > 1:
        column.cells(["", say(msg("heute")), say(msg("danach"))], 7.5, at=ends, colour=palette.QUIET)
    for label, values in _table(figures, pictures[0], say):
        column.cells([label, *values], 8.5, at=ends)
        column.canvas.line((column.x, column.y), (column.right, column.y), palette.GROUND["casing"], 0.15)
        column.skip(0.5)


def _table(figures: Sequence[Figures], picture: Picture, say: Language) -> list[tuple[str, list[str]]]:
    limit = picture.question.limit_words(say)

    def row(label: str, form: Any) -> tuple[str, list[str]]:
        return label, [form(each) for each in figures]

    return [
        row(say(msg("Menschen insgesamt")), lambda f: say.people(f.residents)),
        row(say(msg("bis {limit}")).format(limit=limit), lambda f: say.percent(f.share)),
        row(say(msg("weiter als {limit}")).format(limit=limit), lambda f: say.people(f.beyond)),
        row(say(msg("mittlerer Weg (Median)")), lambda f: say.minutes(f.median_min)),
        row(say(msg("neun von zehn unter")), lambda f: say.minutes(f.p90_min)),
    ]
