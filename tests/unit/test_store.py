"""Tables are written whole or not at all, and what was there stays."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import geopandas.testing
import pandas as pd
import pytest

from kudequa_geo import schema, store
from kudequa_geo.errors import MissingInputError, SchemaError, StoreError
from tests.fixtures.tables import street_tables

SOURCE = {"title": "Auszug", "sha256": "0" * 64, "licence": "ODbL 1.0", "attribution": "© OSM"}


def _prepare(folder: Path, *, residents: float = 4.0) -> None:
    tables = street_tables()
    tables["buildings"].loc[0, "residents"] = residents
    with store.writing(folder, store.new_package("Musterstadt", [SOURCE], modelled=False)) as stage:
        for name, frame in tables.items():
            stage.table(name, frame)
        stage.text("report.json", "{}")


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_tables_come_back_as_written(tmp_path: Path) -> None:
    _prepare(tmp_path)
    for name, frame in street_tables().items():
        read, expected = store.read_table(tmp_path, name), schema.validate(name, frame)
        if "geometry" in frame:
            geopandas.testing.assert_geodataframe_equal(read, expected)
        else:
            pd.testing.assert_frame_equal(read, expected)


def test_package_lists_hash_rows_and_source(tmp_path: Path) -> None:
    _prepare(tmp_path)
    raw = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    by_name = {entry["path"]: entry for entry in raw["resources"]}
    assert by_name["buildings.parquet"]["rows"] == 2
    assert by_name["buildings.parquet"]["hash"] == "sha256:" + store.sha256(tmp_path / "buildings.parquet")
    assert raw["licenses"] == [{"name": "ODbL 1.0"}]
    assert store.read_package(tmp_path).sources == [SOURCE]


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _prepare(tmp_path / name)
    first, second = _snapshot(tmp_path / "a"), _snapshot(tmp_path / "b")
    del first["datapackage.json"], second["datapackage.json"]
    assert first == second
    assert store.read_package(tmp_path / "a").version == store.read_package(tmp_path / "b").version


def test_other_data_is_another_version(tmp_path: Path) -> None:
    _prepare(tmp_path / "a")
    _prepare(tmp_path / "b", residents=5)
    assert store.read_package(tmp_path / "a").version != store.read_package(tmp_path / "b").version


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyboardInterrupt(), SystemExit()])
def test_failure_in_the_middle_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    _prepare(tmp_path)
    before = _snapshot(tmp_path)
    package = store.new_package("Neu", [], modelled=True)
    with pytest.raises(type(error)), store.writing(tmp_path, package) as stage:
        stage.text("report.json", "half")
        raise error
    assert _snapshot(tmp_path) == before
    assert not (tmp_path / ".staging").exists()


def test_full_disk_is_told_and_changes_nothing(tmp_path: Path) -> None:
    _prepare(tmp_path)
    before = _snapshot(tmp_path)
    package = store.new_package("Neu", [], modelled=True)
    with pytest.raises(StoreError, match="No space left") as caught, store.writing(tmp_path, package):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "freien Speicherplatz" in str(caught.value)
    assert _snapshot(tmp_path) == before


def test_really_full_disk(tmp_path: Path) -> None:
    """The device that is always full, as the disk would be."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    _prepare(tmp_path)
    before = _snapshot(tmp_path)
    package = store.new_package("Neu", [], modelled=True)
    with pytest.raises(StoreError, match="nicht geschrieben"), store.writing(tmp_path, package) as stage:
        (stage.path / "report.json").symlink_to(full)
        stage.text("report.json", "x" * 100_000)
    assert _snapshot(tmp_path) == before


def test_interrupted_move_is_completed_by_the_next_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _prepare(tmp_path)
    old = store.read_package(tmp_path).version
    moved = []
    original = Path.replace

    def stops_after_two(self: Path, target: Path) -> Path:
        if len(moved) == 2:
            raise KeyboardInterrupt
        moved.append(target)
        return original(self, target)

    monkeypatch.setattr(Path, "replace", stops_after_two)
    with pytest.raises(KeyboardInterrupt):
        _prepare(tmp_path, residents=7)
    monkeypatch.undo()
    assert (tmp_path / ".staging" / "COMPLETE").exists()
    assert store.read_package(tmp_path).version != old
    assert store.read_table(tmp_path, "buildings")["residents"].tolist() == [7, 6]
    assert not (tmp_path / ".staging").exists()


def test_results_are_added_and_dropped_with_the_next_tables(tmp_path: Path) -> None:
    _prepare(tmp_path)
    (tmp_path / "own.txt").write_text("stays", encoding="utf-8")
    version = store.read_package(tmp_path).version
    with store.writing(tmp_path, store.read_package(tmp_path), keep=True) as stage:
        stage.csv("indicators.csv", pd.DataFrame({"share": [0.5, float("nan")]}))
    assert (tmp_path / "indicators.csv").read_text(encoding="utf-8") == 'share\n0.5\n""\n'
    assert "buildings.parquet" in store.read_package(tmp_path).resources
    assert store.read_package(tmp_path).version == version
    _prepare(tmp_path)
    assert not (tmp_path / "indicators.csv").exists()
    assert (tmp_path / "own.txt").exists()


def test_invalid_table_is_not_written(tmp_path: Path) -> None:
    _prepare(tmp_path)
    before = _snapshot(tmp_path)
    with pytest.raises(SchemaError, match="residents"):
        _prepare(tmp_path, residents=-1)
    assert _snapshot(tmp_path) == before


def test_missing_and_damaged_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="noch keine Tabellen"):
        store.read_package(tmp_path)
    _prepare(tmp_path)
    (tmp_path / "nodes.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(StoreError, match="„nodes“ ist beschädigt"):
        store.read_table(tmp_path, "nodes")
    (tmp_path / "edges.parquet").unlink()
    with pytest.raises(MissingInputError, match="„edges“ fehlt"):
        store.read_table(tmp_path, "edges")
    (tmp_path / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="Beschreibung"):
        store.read_package(tmp_path)


def test_the_last_good_text_survives_a_failed_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "plan.json"
    store.write_text(path, "gut")
    store.write_text(path, "größer")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken, pytest.raises(StoreError):
        broken.setattr(Path, "write_text", full)
        store.write_text(path, "neu")
    assert store.read_text(path) == "größer"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_unwritable_folder_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="nicht geschrieben"):
        store.write_text(blocked / "a.toml", "x")
    with pytest.raises(StoreError, match="nicht geschrieben"):
        _prepare(blocked / "folder")
