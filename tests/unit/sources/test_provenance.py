"""Every input says what it is, from when, and under which licence."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from pathlib import Path

import pytest

from kudequa_geo.errors import MissingInputError, SourceError
from kudequa_geo.sources.provenance import describe


def test_what_is_known_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bezirke.geojson"
    path.write_bytes(b"content" * 100_000)
    found = describe(
        path, licence="DL-DE-Zero-2.0", attribution="Stadt", date=dt.date(2025, 10, 12), modelled=True
    )
    assert found.sha256 == hashlib.sha256(b"content" * 100_000).hexdigest()
    assert found.as_resource() == {
        "title": "bezirke.geojson",
        "path": "bezirke.geojson",
        "sha256": found.sha256,
        "bytes": 700_000,
        "date": "2025-10-12",
        "date_of": "data",
        "licence": "DL-DE-Zero-2.0",
        "attribution": "Stadt",
        "modelled": True,
    }
    assert json.loads(json.dumps(found.as_resource())) == found.as_resource()


@pytest.mark.parametrize(
    ("date", "told"),
    [
        (2022, "2022"),
        (dt.datetime(2024, 9, 8, 20, 21, tzinfo=dt.UTC), "2024-09-08"),
        (dt.date(2011, 5, 9), "2011-05-09"),
    ],
)
def test_the_state_of_the_data(tmp_path: Path, date: dt.date | int, told: str) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    found = describe(path, date=date)
    assert (found.date, found.date_of) == (told, "data")


def test_the_files_own_date_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    os.utime(path, (1_600_000_000, 1_600_000_000))
    found = describe(path)
    assert (found.date, found.date_of) == ("2020-09-13", "file")
    assert (found.licence, found.attribution, found.modelled) == ("", "", False)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="gibt es nicht"):
        describe(tmp_path / "nowhere")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="lässt sich nicht lesen"):
        describe(tmp_path)
