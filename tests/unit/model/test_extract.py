from datetime import UTC, datetime

import numpy as np
import osmium
import pytest
import shapely

from kudequa_geo.errors import StoreError
from kudequa_geo.model.draft import Draft
from kudequa_geo.model.extract import FIRST_ID, write_extract, write_figures

CRS = "EPSG:25832"


@pytest.fixture
def draft():
    draft = Draft()
    draft.point(394000.0, 5712000.0, {"shop": "bakery", "name": "Bäckerei (Modell)"}, "2024-07-15")
    draft.line(np.array([[394000.0, 5712000.0], [394100.0, 5712000.0]]), {"highway": "residential"})
    ring = shapely.box(394000, 5712100, 394200, 5712300).difference(
        shapely.box(394050, 5712150, 394100, 5712200)
    )
    draft.area(ring, {"natural": "water"}, "2025-04")
    return draft


def test_what_is_written_is_read_again(draft, tmp_path):
    path = tmp_path / "new" / "model.osm.pbf"
    write_extract(draft, path, CRS)
    found = [(thing.type_str(), thing.id, dict(thing.tags)) for thing in osmium.FileProcessor(str(path))]
    assert found[0] == ("n", FIRST_ID, {"shop": "bakery", "name": "Bäckerei (Modell)"})
    members = [
        [(member.type, member.role) for member in thing.members]
        for thing in osmium.FileProcessor(str(path), osmium.osm.RELATION)
    ]
    assert members == [[("w", "outer"), ("w", "inner")]]


def test_dates_of_facts_are_kept_and_the_rest_has_none(draft, tmp_path):
    path = tmp_path / "model.osm.pbf"
    write_extract(draft, path, CRS)
    stamps = [(thing.type_str(), thing.timestamp) for thing in osmium.FileProcessor(str(path))]
    assert stamps[0] == ("n", datetime(2024, 7, 15, tzinfo=UTC))
    assert stamps[-1] == ("r", datetime(2025, 4, 1, tzinfo=UTC))
    ways = [stamp for kind, stamp in stamps if kind == "w"]
    assert ways[0] == datetime(1970, 1, 1, tzinfo=UTC)


def test_two_writes_give_the_same_bytes(draft, tmp_path):
    for name in ("a", "b"):
        write_extract(draft, tmp_path / f"{name}.osm.pbf", CRS)
    assert (tmp_path / "a.osm.pbf").read_bytes() == (tmp_path / "b.osm.pbf").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.osm.pbf", "b.osm.pbf"]


def test_a_target_that_cannot_be_written_is_named(draft, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="nicht geschrieben"):
        write_extract(draft, blocker / "model.osm.pbf", CRS)


def test_figures_are_plain_json(tmp_path):
    write_figures({"a": 1.5, "Straße": 2}, tmp_path / "model.json")
    assert (tmp_path / "model.json").read_text(encoding="utf-8") == '{\n "a": 1.5,\n "Straße": 2\n}\n'
