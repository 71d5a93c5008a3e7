"""Earlier states: kept whole or not at all, listed, read with today's rules, matched by id and place."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

from kudequa_geo import states, store
from kudequa_geo.cli import app
from kudequa_geo.config import load_municipality
from kudequa_geo.errors import ConfigError, MissingInputError, StoreError
from kudequa_geo.study import load_study


@pytest.fixture
def data_dir(town_data: Path, tmp_path: Path) -> Path:
    """A copy of the prepared town that a test may change."""
    return Path(shutil.copytree(town_data, tmp_path / "data"))


@pytest.fixture
def folder(data_dir: Path) -> Path:
    return data_dir / "musterstadt"


def test_a_state_keeps_tables_report_and_tiles_but_no_results(folder: Path) -> None:
    kept = states.keep(folder, "2024")
    package = store.read_package(kept)
    assert package.version == store.read_package(folder).version
    assert {"buildings.parquet", "report.json", "ground.pmtiles"} <= set(package.resources)
    assert not {"access.parquet", "indicators.csv", "gaps.geojson"} & set(package.resources)
    for name, entry in package.resources.items():
        assert entry["hash"] == f"sha256:{store.sha256(kept / name)}"
        assert entry.get("rows") == store.read_package(folder).resources[name].get("rows")


@pytest.mark.parametrize("name", ["", "../x", "A b", "2024/05", ".staging"])
def test_a_name_that_is_no_folder_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="kein Name"):
        states.keep(folder, name)
    assert not (folder / states.FOLDER).exists()


def test_a_taken_name_is_refused_and_an_empty_folder_has_no_state(folder: Path, tmp_path: Path) -> None:
    states.keep(folder, "2024")
    with pytest.raises(ConfigError, match="gibt es schon"):
        states.keep(folder, "2024")
    with pytest.raises(MissingInputError):
        states.keep(tmp_path / "nothing", "2024")


def test_a_copy_that_fails_keeps_nothing(folder: Path) -> None:
    (folder / "sites.parquet").unlink()
    with pytest.raises(StoreError):
        states.keep(folder, "2024")
    assert states.listed(folder) == []


def test_states_are_listed_by_the_day_of_their_data(folder: Path) -> None:
    package = store.read_package(folder)
    for name, day in {"old": "2019-01-01", "new": "2023-01-01"}.items():
        states.keep(folder, name)
        sources = [{**package.sources[0], "date": day}, *package.sources[1:]]
        with store.writing(folder / states.FOLDER / name, replace(package, sources=sources), keep=True):
            pass
    broken = folder / states.FOLDER / "broken"
    shutil.copytree(folder / states.FOLDER / "old", broken)
    (broken / store.PACKAGE).write_text("{", encoding="utf-8")
    (folder / states.FOLDER / "empty").mkdir()
    found = states.listed(folder)
    assert [(state.name, state.day) for state in found] == [
        ("new", "2023-01-01"),
        ("old", "2019-01-01"),
        ("broken", ""),
    ]


def test_a_state_reads_as_the_present_one_did(data_dir: Path, folder: Path) -> None:
    states.keep(folder, "2024")
    config = load_municipality("musterstadt", data_dir)
    state, present = states.load_state(config, folder, "2024"), load_study(config, data_dir)
    assert (state.state, present.state) == ("2024", "")
    np.testing.assert_array_equal(state.metres("adult", "bakery"), present.metres("adult", "bakery"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("edges.parquet", b"PAR1 broken"),
        ("places.parquet", None),
        ("report.json", b"{"),
        (store.PACKAGE, b"[]"),
        (store.PACKAGE, None),
    ],
)
def test_a_damaged_state_is_told_by_its_name(
    data_dir: Path, folder: Path, name: str, content: bytes | None
) -> None:
    states.keep(folder, "2024")
    path = folder / states.FOLDER / "2024" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match="„2024“ ist nicht lesbar") as caught:
        states.load_state(load_municipality("musterstadt", data_dir), folder, "2024")
    assert "anderen Stand" in str(caught.value)


def test_tables_that_contradict_each_other_are_told(data_dir: Path, folder: Path) -> None:
    states.keep(folder, "2024")
    target = folder / states.FOLDER / "2024"
    edges = store.read_table(target, "edges")
    edges.assign(u=10**9).to_parquet(target / "edges.parquet")
    with pytest.raises(StoreError, match="nicht lesbar"):
        states.load_state(load_municipality("musterstadt", data_dir), folder, "2024")
    edges.drop(columns="length_m").to_parquet(target / "edges.parquet")
    with pytest.raises(StoreError, match="nicht lesbar"):
        states.load_state(load_municipality("musterstadt", data_dir), folder, "2024")


def test_a_state_of_another_municipality_is_refused(data_dir: Path, folder: Path) -> None:
    config = load_municipality("musterstadt", data_dir)
    states.keep(folder, "2024")
    package = folder / states.FOLDER / "2024" / store.PACKAGE
    raw = json.loads(package.read_text(encoding="utf-8"))
    package.write_text(json.dumps({**raw, "title": "Anderstadt"}), encoding="utf-8")
    with pytest.raises(StoreError, match="anderen Gemeinde: Anderstadt"):
        states.load_state(config, folder, "2024")
    package.write_text(json.dumps(raw), encoding="utf-8")
    area = package.with_name("area.parquet")
    gpd.read_parquet(area).assign(geometry=[shapely.box(0, 0, 1, 1)]).to_parquet(area)
    with pytest.raises(StoreError, match="anderen Gemeinde"):
        states.load_state(config, folder, "2024")


def test_buildings_are_matched_by_id_and_place() -> None:
    def frame(rows: dict[str, float]) -> gpd.GeoDataFrame:
        shapes = [shapely.box(x, 0, x + 10, 10) for x in rows.values()]
        return gpd.GeoDataFrame({"building_id": list(rows)}, geometry=shapes, crs=25832)

    now = frame({"w1": 0, "w2": 100, "w3": 200, "w4": 300})
    before = frame({"w3": 200.5, "w1": 0, "w4": 360, "w9": 100})
    assert states.match_buildings(now, before).tolist() == [1, -1, 0, -1]
    assert states.match_buildings(now, before.iloc[:0]).tolist() == [-1] * 4


def _prepare(data_dir: Path, *words: str):
    return CliRunner().invoke(app, ["prepare", "-m", "musterstadt", "--data-dir", str(data_dir), *words])


def test_the_command_keeps_the_state_it_replaces(data_dir: Path, folder: Path) -> None:
    before = store.read_package(folder)
    done = _prepare(data_dir, "--keep-as", "vorher")
    assert done.exit_code == 0, done.output
    assert "aufgehoben" in done.output
    assert store.read_package(folder / states.FOLDER / "vorher").created == before.created
    again = _prepare(data_dir, "--keep-as", "vorher")
    assert again.exit_code == 2
    assert "gibt es schon" in again.output
    assert [state.name for state in states.listed(folder)] == ["vorher"]
    checked = CliRunner().invoke(app, ["check", "-m", "musterstadt", "--data-dir", str(data_dir)])
    assert checked.exit_code == 0, checked.output


def test_a_failed_prepare_keeps_no_state(data_dir: Path, folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"nothing")
    assert _prepare(data_dir, "--osm", str(broken), "--keep-as", "vorher").exit_code == 2
    assert states.listed(folder) == []


def test_a_prepare_that_cannot_write_takes_the_state_back(
    data_dir: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.read_package(folder).created

    def full(*_: object) -> None:
        assert [state.name for state in states.listed(folder)] == ["vorher"]
        raise StoreError("Kein Platz.")

    monkeypatch.setattr("kudequa_geo.maps.basemap.write", full)
    for _ in range(2):
        done = _prepare(data_dir, "--keep-as", "vorher")
        assert done.exit_code == 2
        assert "Kein Platz." in done.output
        assert "gibt es schon" not in done.output
    assert states.listed(folder) == []
    assert store.read_package(folder).created == before
