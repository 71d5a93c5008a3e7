"""The logo of a sheet: what is no small PNG is refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from kudequa_geo.errors import MissingInputError, SourceError
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import area_focus
from kudequa_geo.export.logo import LARGEST_BYTES, logo_of, read_logo
from kudequa_geo.export.picture import Picture
from kudequa_geo.export.sheet import Design, draw_sheet


def _png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, "PNG")
    return out.getvalue()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _vast() -> bytes:
    """A file of some hundred bytes that says it is 50,000 points wide and high."""
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        _png(20, 10)[:50],
        _vast(),
        _png(20, 10) + bytes(LARGEST_BYTES),
    ],
    ids=["empty", "text", "svg", "cut", "vast", "heavy"],
)
def test_what_is_no_small_png_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match="keine PNG-Datei") as refused:
        logo_of("<b>logo</b>.png", content)
    assert refused.value.where == "<b>logo</b>.png"


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="Logo"):
        read_logo(tmp_path / "logo.png")


def test_logo_takes_the_upper_right_corner_and_stands_in_the_record(
    edition: Edition, picture: Picture, tmp_path: Path
) -> None:
    (tmp_path / "logo.png").write_bytes(_png(200, 100))
    logo = read_logo(tmp_path / "logo.png")
    plain, marked = (
        draw_sheet(edition, area_focus(edition), [picture], Design(logo=each)) for each in (None, logo)
    )
    assert marked.record.parameters["logo"] == logo.sha256
    assert plain.record.short != marked.record.short
    boxes = [
        axes.get_position() for axes in marked.figure.axes if axes.images and axes.get_position().y0 > 0.9
    ]
    assert [round(box.x1, 2) for box in boxes] == [0.94]
