"""Tables as people keep them: CSV with any delimiter, encoding and way of writing numbers.

Every cell stays a text until a caller asks for numbers, so that "010" remains an id.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from kudequa_geo.errors import MissingInputError, SourceError, msg

_DELIMITERS = ";,\t|"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?")
_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+")
#: Signs of official tables for a value that is unknown, secret or does not exist.
#: Source: https://www.destatis.de/DE/Service/OpenData/zeichenerklaerung.html
_MISSING = frozenset({"", ".", "…", "...", "/", "x", "X", "-", "–", "—"})
_SHOWN = 20
#: Longer texts are cut.
MAX_TEXT = 500


def read_text_table(path: Path, *, max_bytes: int = 500_000_000, max_rows: int | None = None) -> pd.DataFrame:
    """Read a CSV file as texts.

    Parameters
    ----------
    path
        UTF-8 (with or without mark), UTF-16 with mark, or Windows-1252; delimiter ``;``, ``,``, tab or ``|``.
    max_bytes, max_rows
        Larger files are refused.

    Returns
    -------
    pandas.DataFrame
        Text columns with stripped names; missing = empty cell. The index is the number of the line on which
        the row ends.

    Raises
    ------
    MissingInputError
        The file does not exist.
    SourceError
        It is too large, no text, has no header, two columns of one name, or a row with too many cells.
    """
    text = _text(path, max_bytes)
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise _unreadable(path, str(error)) from error
    numbered = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not numbered:
        raise _unreadable(path, msg("sie ist leer"))
    names = [name.strip() for name in numbered[0][1]]
    cells = numbered[1:]
    refuse(path, _shape_defects(names, cells, max_rows))
    width = len(names)
    table = [[cell.strip()[:MAX_TEXT] for cell in row] + [""] * (width - len(row)) for _, row in cells]
    frame = pd.DataFrame(table, columns=names, index=[line for line, _ in cells], dtype="str")
    return frame.mask(frame == "")


def _text(path: Path, max_bytes: int) -> str:
    if not path.is_file():
        raise MissingInputError(
            msg("Die Tabelle gibt es nicht."), where=str(path), remedy=msg("Bitte den Pfad prüfen.")
        )
    size = path.stat().st_size
    if size > max_bytes:
        raise _unreadable(path, f"{size / 1e6:.0f} MB, höchstens {max_bytes / 1e6:.0f} MB")
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable(path, msg("sie enthält keinen Text"))


def repeated_columns(names: Sequence[str]) -> list[str]:
    """Return one defect per column name that comes more than once."""
    return [f"Spalte „{name}“ kommt mehrfach vor" for name, times in Counter(names).items() if times > 1]


def _shape_defects(names: list[str], cells: list[tuple[int, list[str]]], max_rows: int | None) -> list[str]:
    defects = repeated_columns(names)
    if max_rows is not None and len(cells) > max_rows:
        defects.append(f"{len(cells)} Zeilen, höchstens {max_rows}")
    for line, row in cells:
        if any(cell.strip() for cell in row[len(names) :]):
            defects.append(f"Zeile {line}: {len(row)} Werte bei {len(names)} Spalten")
    return defects


def _unreadable(path: Path, reason: str) -> SourceError:
    return SourceError(
        msg("Die Tabelle lässt sich nicht lesen: {reason}."),
        where=str(path),
        remedy=msg("Bitte die Tabelle als CSV speichern (UTF-8, mit Spaltennamen in der ersten Zeile)."),
        reason=reason,
    )


def refuse(path: Path, defects: Iterable[str]) -> None:
    """Raise one error that lists all defects of a file; do nothing where there are none.

    Raises
    ------
    SourceError
        Naming at most 20 defects and the number of the others.
    """
    found = list(defects)
    if not found:
        return
    shown = [f"  {defect}" for defect in found[:_SHOWN]]
    if len(found) > _SHOWN:
        shown.append(f"  … und {len(found) - _SHOWN} weitere")
    raise SourceError(
        msg("Die Datei „{file}“ ist fehlerhaft:\n{defects}"),
        where=str(path),
        remedy=msg("Bitte die genannten Stellen berichtigen."),
        file=path.name,
        defects="\n".join(shown),
    )


def missing_columns(wanted: Iterable[str], existing: Iterable[str]) -> list[str]:
    """Return one defect per wanted column that is not there, naming a similar one and all existing ones."""
    there = list(existing)
    lost = [name for name in dict.fromkeys(wanted) if name not in there]
    defects = []
    for name in lost:
        near = difflib.get_close_matches(name, there, n=1)
        hint = f"; gemeint ist vielleicht „{near[0]}“" if near else ""
        defects.append(f"Spalte „{name}“ fehlt{hint}")
    if lost:
        defects.append(f"vorhandene Spalten: {', '.join(there[:40]) or '–'}")
    return defects


def numbers(texts: pd.Series, *, counts: bool = False) -> tuple[pd.Series, pd.Series]:
    """Return a column's numbers and where it holds something else.

    Parameters
    ----------
    texts
        Numbers with decimal point or comma, with or without marks between thousands.
    counts
        True for numbers of people: "1.234" is then 1234 where the whole column is written in groups of three.

    Returns
    -------
    tuple
        Floats (NaN = empty, or a statistical sign for "unknown" or "secret") and a Boolean column that is
        True where the text is no number.
    """
    plain = texts.fillna("").str.replace(r"[\s\u00a0\u2009\u202f'’]", "", regex=True)
    plain = plain.mask(plain.isin(_MISSING), "")
    marked = plain[plain.str.contains("[.,]", regex=True)]
    if counts and len(marked) and marked.map(lambda text: bool(_GROUPS.fullmatch(text))).all():
        plain = plain.str.replace("[.,]", "", regex=True)
    else:
        both = plain.str.contains(",", regex=False) & plain.str.contains(".", regex=False)
        comma_last = plain.str.rfind(",") > plain.str.rfind(".")
        plain = plain.mask(both & comma_last, plain.str.replace(".", "", regex=False))
        plain = plain.mask(both & ~comma_last, plain.str.replace(",", "", regex=False))
        plain = plain.str.replace(",", ".", regex=False)
    valid = plain.map(lambda text: bool(_NUMBER.fullmatch(text))).astype(bool)
    values = plain.where(valid).astype("float64")
    return values, (plain != "") & ~valid


def cell_defects(column: str, texts: pd.Series, wrong: pd.Series, what: str) -> list[str]:
    """Return one defect per cell in question: line, column, its text and what is wrong."""
    return [f"Zeile {line}, {column}: {texts[line]!r:.60} {what}" for line in texts.index[wrong]]
