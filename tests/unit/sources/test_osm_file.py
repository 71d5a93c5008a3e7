"""A file that is no usable OSM extract is told from one that is, in one clear message."""

from __future__ import annotations

import bz2
import gzip
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from kudequa_geo.errors import KudequaError, MissingInputError, SourceError, StoreError
from kudequa_geo.sources.osm import read_osm, read_relation
from kudequa_geo.sources.osm_file import osm_format
from tests.fixtures.town import write_town

SUFFIXES = {"osm": "osm", "osm.gz": "osm.gz", "osm.bz2": "osm.bz2", "osm.pbf": "pbf"}
HTML = b"<!DOCTYPE html>\n<html><head><title>429 Too Many Requests</title></head><body></body></html>"


def said(error: KudequaError) -> str:
    """The message, which has to name the place and a remedy."""
    text = str(error)
    assert "Wo: " in text
    assert "Abhilfe: " in text
    return text


@pytest.mark.parametrize(("suffix", "name"), SUFFIXES.items())
def test_format_is_told_by_content(tmp_path: Path, suffix: str, name: str) -> None:
    path = write_town(tmp_path / f"town.{suffix}").path
    assert osm_format(path) == name
    renamed = tmp_path / "town.jpg"
    shutil.copy(path, renamed)
    assert osm_format(renamed) == name


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_renamed_file_is_read(tmp_path: Path, suffix: str) -> None:
    path = write_town(tmp_path / f"town.{suffix}").path
    expected = read_osm(path).counts
    for other in ("town.osm.pbf.download", "wrong.osm", "wrong.osm.gz", "wrong.osm.pbf"):
        assert read_osm(shutil.copy(path, tmp_path / other)).counts == expected


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    whole = write_town(tmp_path / f"town.{suffix}").path.read_bytes()
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceError, match="abgeschnitten oder beschädigt") as caught:
        read_osm(path)
    assert str(path) in said(caught.value)


def test_a_truncated_file_has_no_relation_either(tmp_path: Path) -> None:
    whole = write_town(tmp_path / "town.osm.pbf").path.read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="abgeschnitten oder beschädigt"):
        read_relation(path, 9002)


def test_damage_in_the_middle_is_refused(tmp_path: Path) -> None:
    content = bytearray(write_town(tmp_path / "town.osm.pbf").path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = b"\xff" * 200
    path = tmp_path / "damaged.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="abgeschnitten oder beschädigt"):
        read_osm(path)


@pytest.mark.parametrize(
    ("content", "nature"),
    [
        (HTML, "Webseite"),
        (gzip.compress(HTML, mtime=0), "Webseite"),
        (bz2.compress(HTML), "Webseite"),
        (b'<?xml version="1.0"?>\n<osmChange version="0.6"></osmChange>', "Änderungsdatei"),
        (b'<?xml version="1.0"?>\n<kml></kml>', "ohne das Element <osm>"),
        (b'{"version": 0.6, "elements": []}', "JSON"),
        (b"PK\x03\x04 and more", "ZIP"),
        (gzip.compress(b"\x00\x01\x02" * 1000, mtime=0), "anderem Inhalt"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "unbekanntes Format"),
        (b"\x1f\x8b\x08 no gzip at all", "unbekanntes Format"),
        (b"\0" * 5000, "unbekanntes Format"),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_something_else_is_named(tmp_path: Path, suffix: str, content: bytes, nature: str) -> None:
    path = tmp_path / f"town.{suffix}"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="keine OSM-Datei") as caught:
        read_osm(path)
    assert nature in said(caught.value)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "town.osm.pbf"
    path.touch()
    with pytest.raises(SourceError, match="leer") as caught:
        read_osm(path)
    said(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="gibt es nicht") as caught:
        read_osm(tmp_path / "nowhere.osm.pbf")
    said(caught.value)


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Ordner") as caught:
        read_osm(tmp_path)
    said(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        '<osm version="0.6"></osm>',
        '<osm version="0.6"><node id="1" version="1" lat="51.5" lon="7.4"/></osm>',
        '<osm version="0.6"><node id="1" version="1" lat="51.5" lon="7.4"><tag k="note" v="x"/></node></osm>',
    ],
)
def test_an_extract_without_anything(tmp_path: Path, content: str) -> None:
    path = tmp_path / "town.osm"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match="enthält weder Wege noch Orte") as caught:
        read_osm(path)
    said(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        '<osm version="0.6"><node id="1" lat="abc" lon="7.4"/></osm>',
        '<osm version="0.6"><node id="x" lat="51.5" lon="7.4"/></osm>',
        '<osm version="0.6"><node id="1" lat="51.5" lon="7.4"></osm>',
        "<osm ></osm>",
    ],
)
def test_broken_xml(tmp_path: Path, content: str) -> None:
    path = tmp_path / "town.osm"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match="abgeschnitten oder beschädigt"):
        read_osm(path)


def test_nodes_off_the_globe_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="95" lon="7.4"><tag k="shop" v="x"/></node>'
        '<node id="2" version="1" lat="51.5" lon="7.4"><tag k="shop" v="x"/></node></osm>',
        encoding="utf-8",
    )
    assert read_osm(path).features["osm_id"].tolist() == ["n2"]


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town.osm").path
    marked = tmp_path / "marked.osm"
    marked.write_bytes(b"\xef\xbb\xbf" + town.read_bytes())
    assert read_osm(marked).counts == read_osm(town).counts


def test_too_little_room_for_what_lies_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_town(tmp_path / "town.osm.pbf").path
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=500_000))
    with pytest.raises(StoreError, match="0 MB frei, gebraucht werden bis zu 1 MB") as caught:
        read_osm(path)
    said(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_lies_in_between_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = write_town(tmp_path / f"town.{suffix}", unsorted=True).path
    between = tmp_path / "between"
    between.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(between))
    read_osm(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SourceError):
        read_osm(path)
    assert not list(between.iterdir())
