"""Tables as CSV, for German spreadsheets and for everybody else; sources stand in every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import numpy as np

from kudequa_geo.errors import msg
from kudequa_geo.export.record import Record
from kudequa_geo.export.tables import AS_IT_IS, Column, Table, head
from kudequa_geo.language import Language

#: A cell that begins with one of these is read as a formula by spreadsheets.
_FORMULA = "=+-@\t\r\n"


class Notation(StrEnum):
    """How a CSV file separates and writes numbers."""

    GERMAN = "de"
    INTERNATIONAL = "int"


def notation_of(say: Language) -> Notation:
    """Return the notation that spreadsheets of a language read: only English ones take a decimal point."""
    return Notation.INTERNATIONAL if say.key == "en" else Notation.GERMAN


def delimited(
    table: Table, record: Record, say: Language, notation: Notation, *, keyed: bool = False
) -> bytes:
    """Return a table as CSV in UTF-8.

    German: semicolon, decimal comma, byte order mark, heads in words. International: comma, decimal
    point, keys as heads. Empty = unknown. Geometry is left out. The last columns say what was asked, source,
    licence, days and run: lines of comment above the heads would break filters and most readers, and no
    copied row loses them.

    Parameters
    ----------
    table
        The table.
    record
        What it says of its own making.
    say
        Language of the heads of the German notation.
    notation
        Which of the two.
    keyed
        Keys as heads in the German notation too.
    """
    german = notation == Notation.GERMAN
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=";" if german else ",", lineterminator="\r\n")
    told = {
        "export": f"{record.title} – {record.municipality}",
        "source": record.attribution(),
        "licence": record.licences(),
        "data_date": record.data_date,
        "printed": record.printed.isoformat(),
        "modelled": str(record.modelled).lower(),
        "tool": f"{record.tool}, {record.data_version}",
        "run": record.short,
    }
    keys = [column.key for column in table.columns]
    source = msg("Quelle der Daten") if "source" in keys else msg("Quelle")
    words = [msg("Ausgabe"), source, msg("Lizenz"), msg("Datenstand"), msg("Gedruckt am")]
    words += [msg("Modelldaten"), msg("Programm"), msg("Lauf")]
    heads = [head(column, say) for column in table.columns] + [say(word) for word in words]
    writer.writerow(heads if german and not keyed else keys + _other_than(keys, told))
    tail = [_text(value) for value in told.values()]
    show = _shown if german else _exact
    for row in zip(*(table.frame[column.key].tolist() for column in table.columns), strict=True):
        cells = [show(value, column) for value, column in zip(row, table.columns, strict=True)]
        writer.writerow([*cells, *tail])
    return sink.getvalue().encode("utf-8-sig" if german else "utf-8")


def _other_than(keys: Iterable[str], told: Mapping[str, str]) -> list[str]:
    """Return the keys of what is told; a site has a source of its own."""
    known = set(keys)
    return [f"data_{key}" if key in known else key for key in told]


def _unknown(value: Any) -> bool:
    # NaN alone differs from itself.
    return value is None or bool(value != value)


def _as_it_is(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating):
        number = float(value)
        return f"{number:.6g}" if abs(number) < 1e6 else f"{number:.0f}"
    return str(value) if isinstance(value, int | np.integer) else _text(str(value))


def _exact(value: Any, column: Column) -> str:
    """Return a cell for machines: shares 0 to 1, decimal point."""
    if _unknown(value):
        return ""
    if column.digits == AS_IT_IS:
        return _as_it_is(value)
    if column.digits == -1:
        return _text(str(value))
    return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.0f}"


def _shown(value: Any, column: Column) -> str:
    """Return a cell for people: rounded, shares as percentages, decimal comma."""
    if _unknown(value):
        return ""
    if column.digits == -1:
        return _text(str(value))
    if column.digits == AS_IT_IS:
        number = _as_it_is(value)
        return number.replace(".", ",") if isinstance(value, float | np.floating) else number
    number = f"{100 * value:.1f}" if column.digits == -2 else f"{value:.{column.digits}f}"
    return number.replace(".", ",")


def _text(value: str) -> str:
    """Return a text that stays a text in a spreadsheet."""
    return f"'{value}" if value[:1] and value[0] in _FORMULA else value
