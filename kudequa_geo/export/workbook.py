"""Tables as a spreadsheet: formatted, with definitions, sources and run record; never a formula."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import pandas as pd
import xlsxwriter

from kudequa_geo.errors import msg
from kudequa_geo.export.record import Record
from kudequa_geo.export.tables import Column, Table, definitions, head
from kudequa_geo.language import Language
from kudequa_geo.maps import palette

_TITLE, _HEAD = 14, "#e6ebf0"
_LONGEST_TEXT = 32_000


class Workbook:
    """A spreadsheet in the making.

    Parameters
    ----------
    record
        What it says of its own making.
    say
        Language of heads and notes.
    """

    def __init__(self, record: Record, say: Language) -> None:
        self._sink = io.BytesIO()
        self._record = record
        self._say = say
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(self._sink, {**options, "strings_to_numbers": False})
        self._book.set_properties(
            {
                "title": record.title,
                "author": record.municipality,
                "company": record.tool,
                "comments": record.as_json()[:_LONGEST_TEXT],
                "keywords": record.attribution(),
                "created": datetime.combine(record.printed, time()),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def _format(self, **style: Any) -> Any:
        key = tuple(sorted(style.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"font_name": "Calibri", "font_size": 10, **style})
        return self._formats[key]

    def add(self, table: Table) -> None:
        """Add a sheet with a table: title, notice, heads that stay, filter, number formats."""
        sheet = self._book.add_worksheet(table.title[:31])
        top = self._title(sheet, table.title)
        head_format = self._format(bold=True, bg_color=_HEAD, text_wrap=True, valign="top", bottom=1)
        for number, column in enumerate(table.columns):
            sheet.write_string(top, number, head(column, self._say), head_format)
            cells = table.frame[column.key]
            self._cells(sheet, top + 1, number, cells, column)
            sheet.set_column(number, number, _width(cells, head(column, self._say), column))
        last = top + max(len(table.frame), 1)
        sheet.autofilter(top, 0, last, len(table.columns) - 1)
        sheet.freeze_panes(top + 1, min(3, len(table.columns) - 1))
        sheet.repeat_rows(top)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{_printable(self._record.attribution())}&R&P / &N")

    def _title(self, sheet: Any, title: str) -> int:
        """Write title and notes; return the row of the heads."""
        sheet.write_string(
            0, 0, f"{title} – {self._record.municipality}", self._format(bold=True, font_size=_TITLE)
        )
        notes = [self._record.title, *filter(None, [self._record.notice(self._say)])]
        for row, note in enumerate(notes, start=1):
            sheet.write_string(row, 0, note, self._format(font_color=palette.QUIET, bold=row > 1))
        return len(notes) + 2

    def _cells(self, sheet: Any, top: int, number: int, cells: pd.Series, column: Column) -> None:
        for row, value in enumerate(cells.tolist(), start=top):
            if value is None or value != value:  # NaN alone differs from itself
                sheet.write_blank(row, number, None, self._format())
            elif column.digits == -1:
                sheet.write_string(row, number, str(value)[:_LONGEST_TEXT], self._format())
            else:
                sheet.write_number(row, number, float(value), self._format(num_format=_pattern(column)))

    def add_notes(self, tables: Sequence[Table]) -> None:
        """Add the sheets with definitions, and with sources and the run record."""
        say = self._say
        sheet = self._book.add_worksheet(say(msg("Definitionen"))[:31])
        frame = definitions(tables, say)
        self._text_table(sheet, list(frame.columns), frame.to_numpy().tolist(), (18, 26, 24, 12, 80))
        record = self._record
        sheet = self._book.add_worksheet(say(msg("Quellen und Lauf"))[:31])
        rows = [[say(msg("Quelle")), line] for line in record.source_lines(say)]
        rows += [[say(msg("Hinweis")), record.notice(say)]] if record.modelled else []
        rows += [
            [key, str(value)] for key, value in record.as_dict().items() if key not in ("sources", "tables")
        ]
        rows += [[f"sha256 {name}", value] for name, value in record.hashes.items()]
        self._text_table(sheet, [say(msg("Angabe")), say(msg("Wert"))], rows, (26, 110))

    def _text_table(
        self, sheet: Any, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
    ) -> None:
        for number, (words, width) in enumerate(zip(heads, widths, strict=True)):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, words, self._format(bold=True, bg_color=_HEAD, bottom=1))
        for row, cells in enumerate(rows, start=1):
            for number, words in enumerate(cells):
                sheet.write_string(row, number, str(words), self._format(text_wrap=True, valign="top"))
        sheet.freeze_panes(1, 0)

    def content(self) -> bytes:
        """Return the finished file."""
        self._book.close()
        return self._sink.getvalue()


def _pattern(column: Column) -> str:
    if column.digits == -2:
        return "0.0%"
    return "#,##0" + ("." + "0" * column.digits if column.digits else "")


def _width(cells: pd.Series, words: str, column: Column) -> float:
    if column.digits != -1:
        return float(min(max(9, max(len(part) for part in words.split(" ")) + 1), 18))
    longest = int(cells.dropna().astype("str").str.len().max()) if cells.notna().any() else 0
    return float(min(max(8, longest + 1, len(words) / 2), 44))


def _printable(text: str) -> str:
    # An ampersand is a command in a page footer, which holds 255 signs.
    return text.replace("&", "&&")[:200]


def workbook(tables: Sequence[Table], record: Record, say: Language) -> bytes:
    """Return tables as an XLSX file with definitions, sources and run record.

    Parameters
    ----------
    tables
        One sheet each; text of any origin stays text.
    record
        What the file says of its own making.
    say
        Language.
    """
    book = Workbook(record, say)
    for table in tables:
        book.add(table)
    book.add_notes(tables)
    return book.content()
