"""Drawn pages as PDF, PNG or SVG that carry their run record; the same page gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from kudequa_geo.export import files, lettering
from kudequa_geo.export.lettering import typeset
from kudequa_geo.export.record import Record

DPI = 300


class Format(StrEnum):
    """File formats of a drawn page."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


def save(path: Path, pages: Sequence[Figure], record: Record, form: Format) -> None:
    """Write pages as a file, whole or not at all; raises as :func:`kudequa_geo.export.files.whole`.

    Parameters
    ----------
    path
        The file.
    pages
        The pages; PNG and SVG hold the first alone.
    record
        What the file says of its own making.
    form
        The format.
    """
    files.write(path, rendered(pages, record, form))


def rendered(pages: Sequence[Figure], record: Record, form: Format, *, dpi: int = DPI) -> bytes:
    """Return pages as the bytes of a file, PNG with ``dpi`` dots per inch; parameters as :func:`save`."""
    sink = io.BytesIO()
    with typeset():
        if form == Format.PDF:
            with PdfPages(sink, metadata=_pdf(record)) as book:
                for page in pages:
                    book.savefig(page)
        elif form == Format.PNG:
            pages[0].savefig(sink, format="png", dpi=dpi, metadata=_png(record))
        else:
            pages[0].savefig(sink, format="svg", metadata=_svg(record))
            return _with_fonts(sink.getvalue())
    return sink.getvalue()


def _day(record: Record) -> datetime:
    return datetime.combine(record.printed, time(), UTC)


def _pdf(record: Record) -> dict[str, Any]:
    return {
        "Title": record.title,
        "Author": record.municipality,
        "Subject": record.attribution(),
        "Keywords": record.as_json(),
        "Creator": record.tool,
        "Producer": record.tool,
        "CreationDate": _day(record),
        "ModDate": None,
    }


def _png(record: Record) -> dict[str, str]:
    return {
        "Title": record.title,
        "Author": record.municipality,
        "Copyright": record.attribution(),
        "Description": record.as_json(),
        "Software": record.tool,
        "Creation Time": record.printed.isoformat(),
    }


def _svg(record: Record) -> dict[str, str]:
    return {
        "Title": record.title,
        "Creator": record.tool,
        "Rights": record.attribution(),
        "Description": record.as_json(),
        "Date": record.printed.isoformat(),
    }


def _with_fonts(drawing: bytes) -> bytes:
    """Return an SVG with the shipped fonts inside, so that its text looks the same everywhere."""
    style = f"<style>{lettering.faces()}</style>"
    return drawing.replace(b"<defs>", b"<defs>" + style.encode("ascii"), 1)
