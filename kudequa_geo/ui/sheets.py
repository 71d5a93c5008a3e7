"""Tables to take away: CSV that the spreadsheets of a language open as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from kudequa_geo.export.delimited import delimited, notation_of
from kudequa_geo.export.record import record_of
from kudequa_geo.export.tables import AS_IT_IS, Column, Table
from kudequa_geo.language import Language
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n


def csv_bytes(
    study: Study,
    title: str,
    rows: tuple[Sequence[str], Iterable[Sequence[Any]]],
    asked: Mapping[str, Any],
    say: Language,
) -> bytes:
    """Return a table as CSV, as an export writes it: sources, licence, day and run stand in every row.

    Parameters
    ----------
    study
        The municipality the figures are of.
    title
        What the table is (German, marked for translation).
    rows
        Keys of the columns; and the rows: texts, numbers, truth values; NaN and None = unknown.
    asked
        What was asked: columns after the others, the same in every row.
    say
        The reader's language: English ones get commas and a decimal point, others semicolons and a decimal
        comma. It is given, since a file is made when it is fetched, outside the session.
    """
    head, lines = rows
    today = datetime.now(UTC).astimezone().date()
    record = record_of(study, say(title), today, **asked)
    cells = [[*line, *asked.values()] for line in lines]
    frame = pd.DataFrame(cells, columns=[*head, *asked], dtype=object)
    columns = tuple(Column(name, name, digits=AS_IT_IS) for name in frame.columns)
    return delimited(Table(title, say(title), frame, columns), record, say, notation_of(say), keyed=True)


def button(label: str, make: Callable[[Language], bytes], name: str, key: str) -> None:
    """Offer a table for download; it is made when somebody fetches it, in the language of the page.

    Parameters
    ----------
    label
        Words on the button.
    make
        Makes the table in a language.
    name
        Name of the file, without its ending.
    key
        Key of the button.
    """
    say = i18n.spoken()
    st.download_button(label, lambda: make(say), f"{name}.csv", "text/csv", on_click="ignore", key=key)
