"""The map as one file: nothing foreign in it, nothing of the data becomes markup."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from kudequa_geo.errors import MissingInputError
from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import area_focus
from kudequa_geo.export.html_map import html_map
from kudequa_geo.export.picture import Picture, picture_of
from kudequa_geo.export.question import ask


def test_nothing_is_loaded_from_elsewhere(edition: Edition, picture: Picture) -> None:
    page = html_map(edition, area_focus(edition), picture)[0].decode("utf-8")
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=", page)
    for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
        assert not re.search(r"url\((?!data:|#)|@import", style)
    assert "default-src 'none'" in page
    assert "© OpenStreetMap contributors" in page
    assert "Modelldaten – keine Planungsgrundlage" in page


def test_record_is_inside(edition: Edition, picture: Picture) -> None:
    content, record = html_map(edition, area_focus(edition), picture)
    told = re.search(rb'id="kudequa-record">(.*?)</script>', content)
    assert told is not None
    assert json.loads(told[1]) == record.as_dict() | {"printed": "2024-06-01"}


def test_hostile_names_stay_text(edition: Edition) -> None:
    cafe = picture_of(edition.study, ask(edition.study, "cafe", "adult"))
    page = html_map(edition, area_focus(edition), cafe)[0].decode("utf-8")
    assert "<script>alert" not in page
    assert "\\u003cscript>alert" in page


def test_same_inputs_give_the_same_bytes(edition: Edition, picture: Picture) -> None:
    focus = area_focus(edition)
    assert html_map(edition, focus, picture)[0] == html_map(edition, focus, picture)[0]


def test_missing_tiles_are_named(edition: Edition, picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"ground\.pmtiles"):
        html_map(dataclasses.replace(edition, folder=tmp_path), area_focus(edition), picture)
