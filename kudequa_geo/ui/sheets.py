"""Tables to take away: CSV that a spreadsheet opens as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a table as CSV: UTF-8 with mark, semicolon, point as decimal sign, empty = unknown.

    Parameters
    ----------
    head
        Names of the columns.
    rows
        Texts, numbers, truth values; NaN and None = unknown.
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";", lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return sheet.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    # A name that begins like a formula must stay a name in a spreadsheet.
    text = str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
