"""Where the browser fetches the tiles from."""

import shutil
from pathlib import Path

import pytest

from kudequa_geo.errors import MissingInputError, StoreError
from kudequa_geo.maps.basemap import TILE_SETS
from kudequa_geo.ui import cached


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cached, "STATIC", tmp_path / "static")
    made = tmp_path / "town"
    made.mkdir()
    for tiles in TILE_SETS:
        (made / tiles.file_name).write_bytes(tiles.name.encode())
    return made


def test_tiles_are_served_under_a_name_of_their_version(folder: Path) -> None:
    urls = cached.tile_urls(folder, "town")
    assert set(urls) == {tiles.name for tiles in TILE_SETS}
    for name, url in urls.items():
        assert url.startswith("../../app/static/tiles/town-")
        assert (cached.STATIC / "tiles" / url.rsplit("/", 1)[1]).read_bytes() == name.encode()
    assert cached.tile_urls(folder, "town") == urls


def test_new_tiles_replace_the_old_ones(folder: Path) -> None:
    before = cached.tile_urls(folder, "town")
    path = folder / "ground.pmtiles"
    path.unlink()
    path.write_bytes(b"new")
    after = cached.tile_urls(folder, "town")
    assert after["ground"] != before["ground"]
    assert after["detail"] == before["detail"]
    served = sorted(file.name for file in (cached.STATIC / "tiles").iterdir())
    assert len(served) == len(TILE_SETS)


def test_other_municipalities_and_folders_are_left_alone(folder: Path, tmp_path: Path) -> None:
    cached.tile_urls(folder, "town-west")
    cached.tile_urls(folder, "town")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder, elsewhere)
    cached.tile_urls(elsewhere, "town")
    assert len(list((cached.STATIC / "tiles").iterdir())) == 3 * len(TILE_SETS)


def test_missing_tiles_are_told(folder: Path) -> None:
    (folder / "detail.pmtiles").unlink()
    with pytest.raises(MissingInputError, match=r"detail\.pmtiles"):
        cached.tile_urls(folder, "town")


def test_a_static_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    cached.STATIC.write_text("no folder", encoding="utf-8")
    with pytest.raises(StoreError, match="Kartenkacheln"):
        cached.tile_urls(folder, "town")
