"""The legend on paper: classes in words with people beside them, the limit marked, symbols."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from kudequa_geo.constants import FIELD_LABELS
from kudequa_geo.errors import msg
from kudequa_geo.export import lettering
from kudequa_geo.export.canvas import Column
from kudequa_geo.export.lettering import SEMIBOLD
from kudequa_geo.export.question import Question
from kudequa_geo.export.shapes import marker
from kudequa_geo.language import Language
from kudequa_geo.maps import palette
from kudequa_geo.maps.palette import Code

#: Dense enough to be seen in a small swatch.
HATCH = "////////"
_ROW_MM, _SWATCH_MM, _INDENT_MM, _COUNT_MM = 4.6, 6.5, 8.5, 17.0
_SIZE = 8.5


class Mark(StrEnum):
    """What a map shows besides classes and places."""

    NEW = "new"
    GAP = "gap"


def draw_legend(
    column: Column,
    question: Question,
    people: Sequence[NDArray[np.float64]],
    heads: Sequence[str],
    say: Language,
    *,
    marks: Collection[Mark] = (),
) -> None:
    """Draw the legend into a column.

    Parameters
    ----------
    column
        Where to.
    question
        What the map answers.
    people
        Residents per code for each state, shape (7,) each; codes nobody has are left out.
    heads
        Head of each column of people.
    say
        Language.
    marks
        What else is drawn on the map.
    """
    title = say(msg("Fußweg zum nächsten Angebot: {service}")).format(service=say(question.kind.label))
    column.write(title, 9.5, weight=SEMIBOLD)
    column.write(question.person_words(say), _SIZE, colour=palette.QUIET)
    column.skip(0.8)
    rights = [column.right - column.mm(_COUNT_MM) * i for i in reversed(range(len(heads)))]
    widest = column.mm(24 if len(heads) == 1 else _COUNT_MM - 1)
    base = column.y + column.mm(2.6)
    for right, head in zip(rights, heads, strict=True):
        words = lettering.shortened(head, 7.5 * column.canvas.factor, widest)
        column.canvas.text(right, base, words, 7.5, colour=palette.QUIET, align="right")
    column.skip(3.8)
    for code, words in enumerate(question.class_words(say)):
        counts = [float(each[code]) for each in people]
        if code >= Code.NOT_CONNECTED and not any(counts):
            continue
        _row(column, code, words, [say.people(count) for count in counts], rights)
        if code == question.classes.limit_index:
            _limit(column, say(msg("Grenze: {limit}")).format(limit=question.limit_words(say)))
    column.skip(0.8)
    _symbol(column, question, say)
    _marks(column, marks, say)


def _row(column: Column, code: int, words: str, counts: Sequence[str], rights: Sequence[float]) -> None:
    height = column.mm(_ROW_MM)
    swatch(column, code, height)
    base = column.beside(column.y, height, _SIZE)
    column.canvas.text(column.x + column.mm(_INDENT_MM), base, words, _SIZE)
    for right, count in zip(rights, counts, strict=True):
        column.canvas.text(right, base, count, _SIZE, align="right")
    column.y += height


def swatch(column: Column, code: int, height: float) -> None:
    """Draw the sample of a code in a row of this height (mm)."""
    at = (column.x, column.y + height * 0.13, column.mm(_SWATCH_MM), height * 0.74)
    if code == Code.NOT_CONNECTED:
        column.canvas.box(*at, fill=palette.HATCH_GROUND, hatch=HATCH, line_mm=0.1)
    elif code == Code.NO_DATA:
        column.canvas.box(*at, fill=palette.NO_DATA, edge=palette.NO_DATA_OUTLINE)
    else:
        column.canvas.box(*at, fill=palette.SEQUENTIAL[code], edge=palette.OUTLINE, line_mm=0.1)


def _limit(column: Column, words: str) -> None:
    middle = column.y + column.mm(1.6)
    left = column.x + column.mm(_INDENT_MM)
    column.canvas.line((column.x, middle), (column.x + column.mm(_SWATCH_MM), middle), palette.ACCENT, 0.6)
    base = column.beside(column.y, column.mm(3.2), 7.5)
    column.canvas.text(left, base, words, 7.5, weight=SEMIBOLD, colour=palette.ACCENT)
    start = left + column.mm(1.5) + lettering.width_mm(words, 7.5 * column.canvas.factor, SEMIBOLD)
    if start < column.right:
        column.canvas.line((start, middle), (column.right, middle), palette.ACCENT, 0.25)
    column.skip(3.2)


def _symbol(column: Column, question: Question, say: Language) -> None:
    symbol = palette.FIELD_SYMBOLS[question.kind.field]
    middle = column.y + column.mm(1.8)
    radius = column.mm(1.25)
    column.canvas.symbol(
        column.x + column.mm(_SWATCH_MM / 2), middle, marker(symbol.shape), radius, symbol.colour
    )
    words = f"{say(question.kind.label)} ({say(FIELD_LABELS[question.kind.field])})"
    column.write(words, _SIZE, indent=_INDENT_MM)


def _marks(column: Column, marks: Collection[Mark], say: Language) -> None:
    middle_x = column.x + column.mm(_SWATCH_MM / 2)
    if Mark.NEW in marks:
        column.canvas.ring(middle_x, column.y + column.mm(1.8), column.mm(1.7), palette.ACCENT)
        column.write(say(msg("neu oder verlegt")), _SIZE, indent=_INDENT_MM)
    if Mark.GAP in marks:
        height = column.step(_SIZE)
        top, tall = column.y + 0.2 * height, 0.6 * height
        column.canvas.box(column.x, top, column.mm(_SWATCH_MM), tall, edge=palette.TEXT, line_mm=0.3)
        column.write(say(msg("Lücke mit ihrem Rang")), _SIZE, indent=_INDENT_MM)
