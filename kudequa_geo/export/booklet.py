"""A document on A4 pages, numbered, nothing cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.figure import Figure

from kudequa_geo.export import lettering
from kudequa_geo.export.canvas import LEADING, PT_PER_MM, Canvas, Column
from kudequa_geo.export.document import Block, Bullets, Grid, Heading, Paragraph, Picture
from kudequa_geo.export.lettering import BOLD, REGULAR, SEMIBOLD
from kudequa_geo.export.paper import Paper
from kudequa_geo.maps import palette

_LEFT_MM, _RIGHT_MM, _TOP_MM, _BOTTOM_MM = 22.0, 20.0, 20.0, 22.0
_SIZES = {1: 20.0, 2: 13.0, 3: 10.5}
_BODY, _TABLE, _FOOT = 10.0, 8.8, 6.6
_PICTURE_MM = 165.0
#: Lines of a cell at most, and the room a row of so many needs.
_MOST_LINES, _ROW_MM = 4, 17.0

#: Draws the map into a canvas at x, y, width, height (mm).
MapPainter = Callable[[Canvas, tuple[float, float, float, float]], None]


class Booklet:
    """Pages in the making.

    Parameters
    ----------
    foot
        Line at the foot of every page.
    paint
        Draws the map where the document has one.
    """

    def __init__(self, foot: str, paint: MapPainter) -> None:
        self.foot = foot
        self.paint = paint
        self.pages: list[Figure] = []
        self.column = self._page()

    def _page(self) -> Column:
        paper = Paper()
        canvas = Canvas(paper.width_mm, paper.height_mm)
        self.pages.append(canvas.figure)
        width = paper.width_mm - _LEFT_MM - _RIGHT_MM
        foot = paper.height_mm - 13
        canvas.line((_LEFT_MM, foot - 4), (_LEFT_MM + width, foot - 4), palette.GROUND["casing"], 0.2)
        for number, words in enumerate(lettering.wrapped(self.foot, _FOOT, width - 12)):
            base = foot + number * _FOOT * LEADING / PT_PER_MM
            canvas.text(_LEFT_MM, base, words, _FOOT, colour=palette.QUIET)
        canvas.text(_LEFT_MM + width, foot, str(len(self.pages)), 8, colour=palette.QUIET, align="right")
        return Column(canvas, _LEFT_MM, _TOP_MM, width)

    def _room(self, millimetres: float) -> Column:
        """Return the column, on a new page where less than this is left."""
        if self.column.y + millimetres > self.column.canvas.height_mm - _BOTTOM_MM:
            self.column = self._page()
        return self.column

    def _lines(self, words: str, size: float, *, indent: float = 0.0, weight: int = REGULAR) -> None:
        lines = lettering.wrapped(words, size, self.column.width - indent, weight)
        step = self.column.step(size)
        # No line of a paragraph stands alone at the foot of a page.
        self._room(step * min(2, len(lines)))
        for line in lines:
            self._room(step).write(line, size, indent=indent, weight=weight)

    def add(self, block: Block, follows: Block | None = None) -> None:
        """Set a block below what came before; ``follows`` is the one after it."""
        if isinstance(block, Heading):
            size = _SIZES[block.level]
            # A heading stays with what it announces, and that with its table.
            announced = isinstance(follows, Paragraph) and follows.words.endswith(":")
            self._room((24 if block.level < 3 else 18) + (40 if announced else 0))
            self.column.skip(5 if block.level == 2 and self.column.y > _TOP_MM else 1.5)
            self._lines(block.words, size, weight=BOLD if block.level < 3 else SEMIBOLD)
            self.column.skip(1.5)
        elif isinstance(block, Paragraph):
            # What announces a table stays with it.
            self._room(40 if block.words.endswith(":") else 0)
            self._lines(block.words, _BODY, weight=SEMIBOLD if block.strong else REGULAR)
            self.column.skip(2.2)
        elif isinstance(block, Bullets):
            for item in block.items:
                top = self._room(self.column.step(_BODY) * 2)
                top.canvas.text(top.x + 1, top.y + 0.95 * _BODY / 2.835, "•", _BODY)
                self._lines(item, _BODY, indent=5)
                self.column.skip(0.8)
            self.column.skip(1.6)
        elif isinstance(block, Grid):
            self._grid(block)
        else:
            self._picture(block)

    def _grid(self, grid: Grid) -> None:
        ends, widths = _columns(grid, self.column.width)
        self._room(20)
        self._row(grid.heads, ends, widths, grid.text_columns, SEMIBOLD)
        for row in grid.rows:
            if self.column.y + _ROW_MM > self.column.canvas.height_mm - _BOTTOM_MM:
                self.column = self._page()
                self._row(grid.heads, ends, widths, grid.text_columns, SEMIBOLD)
            self._row(row, ends, widths, grid.text_columns, REGULAR)
        self.column.skip(3)

    def _row(
        self, cells: Sequence[str], ends: Sequence[float], widths: Sequence[float], texts: int, weight: int
    ) -> None:
        wrapped = [
            lettering.wrapped(cell, _TABLE, width - 2, weight)[:_MOST_LINES]
            for cell, width in zip(cells, widths, strict=True)
        ]
        most = max(len(lines) for lines in wrapped)
        column = self._room(most * self.column.step(_TABLE) + 1)
        for number, (lines, end, width) in enumerate(zip(wrapped, ends, widths, strict=True)):
            x = column.x + (end - width if number < texts else end)
            align = "left" if number < texts else "right"
            for line, words in enumerate(lines):
                base = column.y + 0.95 * _TABLE / 2.835 + line * column.step(_TABLE)
                column.canvas.text(x, base, words, _TABLE, weight=weight, align=align)
        column.y += max(most, 1) * column.step(_TABLE) + 0.4
        column.canvas.line((column.x, column.y), (column.right, column.y), palette.GROUND["casing"], 0.15)
        column.skip(0.6)

    def _picture(self, block: Picture) -> None:
        column = self._room(_PICTURE_MM + 12)
        self.paint(column.canvas, (column.x, column.y, column.width, _PICTURE_MM))
        column.y += _PICTURE_MM + 2
        self._lines(block.words, 8.5)
        self.column.skip(3)


def _columns(grid: Grid, width: float) -> tuple[list[float], list[float]]:
    """Return right borders and widths of the columns (mm), by what stands in them."""
    wanted = []
    for number, words in enumerate(grid.heads):
        cells = [words, *(row[number] for row in grid.rows)]
        wanted.append(max(lettering.width_mm(cell, _TABLE, SEMIBOLD) for cell in cells) + 4)
    widths = list(wanted)
    # The widest text gives way, or takes what is left.
    widest = max(range(grid.text_columns), key=wanted.__getitem__)
    widths[widest] = max(width - sum(wanted) + wanted[widest], 0.25 * width)
    over = sum(widths) - width
    if over > 0:
        second = max(
            (i for i in range(grid.text_columns) if i != widest), key=wanted.__getitem__, default=widest
        )
        widths[second] -= over
    ends = [sum(widths[: number + 1]) for number in range(len(widths))]
    return ends, widths


def booklet(blocks: Sequence[Block], foot: str, paint: MapPainter) -> list[Figure]:
    """Return a document as pages; see :class:`Booklet`."""
    book = Booklet(foot, paint)
    for block, follows in zip(blocks, [*blocks[1:], None], strict=True):
        book.add(block, follows)
    return book.pages
