"""The commands on the toy town: the whole way once, then every bad input against tables that must survive."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from kudequa_geo import store
from kudequa_geo.cli import app
from tests.conftest import ROOT
from tests.fixtures.town import write_town

Snapshot = dict[str, bytes]


def _run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def _snapshot(folder: Path) -> Snapshot:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.fixture
def data_dir(town_data: Path, tmp_path: Path) -> Path:
    """A copy of the prepared town that a test may damage."""
    return Path(shutil.copytree(town_data, tmp_path / "data"))


def test_the_whole_way(town_data: Path) -> None:
    folder = town_data / "musterstadt"
    assert _run("check", "-m", "musterstadt", "--data-dir", town_data).exit_code == 0
    access = store.read_table(folder, "access")
    buildings = store.read_table(folder, "buildings")
    assert len(access) == len(buildings) * access["kind"].nunique() * access["person"].nunique()
    indicators = pd.read_csv(folder / "indicators.csv")
    assert {
        "residents",
        "residents_within_limit",
        "share_within_limit",
        "mean_min",
        "median_min",
        "p90_min",
    } <= set(indicators.columns)
    assert set(indicators["level"]) == {"district", "area"}
    assert buildings["residents"].sum() == pytest.approx(1200)


def test_report_is_printed_and_stored(data_dir: Path) -> None:
    done = _run("prepare", "-m", "musterstadt", "--data-dir", data_dir)
    assert done.exit_code == 0, done.output
    for words in (
        "Wegenetz: Knoten",
        "Netzinseln (1)",
        "Zusammengefasste Orte",
    ):
        assert words in done.output
    report = json.loads((data_dir / "musterstadt" / "report.json").read_text(encoding="utf-8"))
    merged = {row["name"] for row in report["lists"]["places_merged"]}
    assert {"Frischmarkt Muster", "Marktplatz"} <= merged


def test_two_runs_write_the_same_tables(data_dir: Path) -> None:
    before = _snapshot(data_dir / "musterstadt")
    for command in ("prepare", "analyse"):
        assert _run(command, "-m", "musterstadt", "--data-dir", data_dir).exit_code == 0
    after = _snapshot(data_dir / "musterstadt")
    assert {name for name in before if before[name] != after[name]} <= {"datapackage.json"}


def _toml(data_dir: Path, change: Callable[[str], str]) -> None:
    path = data_dir / "municipalities" / "musterstadt.toml"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def _with_osm(file: Callable[[Path], Path]) -> Callable[[Path], list[object]]:
    return lambda data_dir: ["--osm", file(data_dir)]


def _truncated(data_dir: Path) -> Path:
    whole = data_dir / "town.osm.pbf"
    whole.write_bytes(whole.read_bytes()[:3000])
    return whole


def _html(data_dir: Path) -> Path:
    path = data_dir / "page.osm.pbf"
    path.write_text("<!DOCTYPE html><html><body>404</body></html>", encoding="utf-8")
    return path


def _town_without(part: str) -> Callable[[Path], Path]:
    return lambda data_dir: write_town(data_dir / f"{part}.osm.pbf", **{part: True}).path


def _key(old: str, new: str) -> Callable[[Path], list[object]]:
    def change(data_dir: Path) -> list[object]:
        def swap(text: str) -> str:
            assert re.search(old, text, flags=re.MULTILINE | re.DOTALL)
            return re.sub(old, new, text, count=1, flags=re.MULTILINE | re.DOTALL)

        _toml(data_dir, swap)
        return []

    return change


AREA = r"\[area\].*?(?=^\[|\Z)"
DISTRICTS = r"^\[districts\].*?(?=^\[|\Z)"


def _district_file(frame: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], *, with_crs: bool = True):
    """Prepare with a district file made of two halves of the town, changed."""

    def change(data_dir: Path) -> list[object]:
        west, south, east, north = 7.4476, 51.5386, 7.4637, 51.5469
        middle = (south + north) / 2
        halves = [shapely.box(west, south, east, middle), shapely.box(west, middle, east, north)]
        given = gpd.GeoDataFrame({"nr": ["1", "2"], "name": ["S", "N"]}, geometry=halves, crs="EPSG:4326")
        path = data_dir / "districts.gpkg"
        made = frame(given)
        with warnings.catch_warnings():
            # The file without a CRS is meant.
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            (made if with_crs else made.set_crs(None, allow_override=True)).to_file(path)
        section = f'[districts]\nfile = "{path.as_posix()}"\nid_column = "nr"\n\n'
        _key(DISTRICTS, section)(data_dir)
        return []

    return change


def _overlapping(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(geometry=[frame.geometry.iloc[0], frame.union_all()])


def _duplicate(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(nr="1")


def _bow_tie(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    west, south, east, north = frame.total_bounds
    tie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    return frame.assign(geometry=[tie, frame.geometry.iloc[1]])


BAD = {
    "truncated file": (_with_osm(_truncated), "abgeschnitten oder beschädigt"),
    "html": (_with_osm(_html), "eine Webseite"),
    "missing file": (_with_osm(lambda data_dir: data_dir / "none.osm"), "gibt es nicht"),
    "folder": (_with_osm(lambda data_dir: data_dir), "Ordner"),
    "no walkable way": (_with_osm(_town_without("no_highways")), "keinen Weg"),
    "no building": (_with_osm(_town_without("no_buildings")), "kein Wohngebäude"),
    "no place": (_with_osm(_town_without("no_places")), "keinen Ort"),
    "area outside": (_key(AREA, "[area]\nbbox = [8.0, 50.0, 8.1, 50.1]\n\n"), "außerhalb des OSM-Auszugs"),
    "unknown relation": (_key(AREA, "[area]\nosm_relation = 77\n\n"), "Relation 77"),
    "unknown key": (_key("^crs =", "csr ="), "csr: unbekannter Schlüssel; gemeint ist vielleicht „crs“"),
    "negative population": (_key("^total = .*?$", "total = -5"), "population.total: muss größer als 0 sein"),
    "districts without crs": (_district_file(lambda frame: frame, with_crs=False), "Koordinatensystem"),
    "districts overlap": (_district_file(_overlapping), "überlappen"),
    "districts twice": (_district_file(_duplicate), "mehrfach"),
    "districts invalid": (_district_file(_bow_tie), "schneidet sich"),
    "unknown column": (_district_file(lambda frame: frame.rename(columns={"nr": "no"})), "nr"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_and_costs_nothing(
    data_dir: Path, damage: Callable[[Path], list[object]], message: str
) -> None:
    before = _snapshot(data_dir / "musterstadt")
    done = _run("prepare", "-m", "musterstadt", "--data-dir", data_dir, *damage(data_dir))
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert "Fehler: " in done.output
    assert "Traceback" not in done.output
    assert _snapshot(data_dir / "musterstadt") == before
    assert not (data_dir / "musterstadt" / ".staging").exists()


def test_districts_in_another_crs_are_the_same(data_dir: Path) -> None:
    shares = []
    for crs in ("EPSG:4326", "EPSG:3857"):
        _district_file(lambda frame, crs=crs: frame.to_crs(crs))(data_dir)
        done = _run("prepare", "-m", "musterstadt", "--data-dir", data_dir)
        assert done.exit_code == 0, done.output
        buildings = store.read_table(data_dir / "musterstadt", "buildings")
        shares.append(buildings.groupby("district_id")["residents"].sum().to_dict())
    assert shares[0] == pytest.approx(shares[1])
    assert len(shares[0]) == 2


def test_renamed_file_is_read_by_its_content(data_dir: Path) -> None:
    renamed = Path(shutil.copy(data_dir / "town.osm.pbf", data_dir / "town.osm.gz"))
    done = _run("prepare", "-m", "musterstadt", "--data-dir", data_dir, "--osm", renamed)
    assert done.exit_code == 0, done.output


def _process(*words: object, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kudequa_geo", *map(str, words)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


@pytest.mark.parametrize("limit", [5_000, 36_000])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on file sizes")
def test_full_disk_in_the_middle_of_prepare(data_dir: Path, limit: int) -> None:
    """No file may grow past a size, as on a disk that is then full: while reading, and while writing."""
    import resource

    before = _snapshot(data_dir / "musterstadt")
    process = _process(
        "prepare", "-m", "musterstadt", "--data-dir", data_dir,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2, errors
    assert "nicht geschrieben werden" in errors
    assert "Traceback" not in errors
    assert _snapshot(data_dir / "musterstadt") == before


@pytest.mark.skipif(os.name == "nt", reason="Windows interrupts otherwise")
def test_interrupt_in_the_middle_of_prepare(data_dir: Path) -> None:
    folder = data_dir / "musterstadt"
    # Writing takes little time: on a busy machine it may be done before the signal comes.
    for _attempt in range(5):
        before = _snapshot(folder)
        process = _process("prepare", "-m", "musterstadt", "--data-dir", data_dir)
        deadline = time.monotonic() + 60
        while not (folder / ".staging").exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        if process.returncode != 0:
            break
    assert process.returncode == 2, errors
    assert "Abgebrochen" in errors
    assert "Traceback" not in errors
    assert _snapshot(folder) == before
    assert _run("check", "-m", "musterstadt", "--data-dir", data_dir).exit_code == 0


def test_init_refuses_to_overwrite(data_dir: Path) -> None:
    words = ["init", "--name", "Musterstadt", "--osm", data_dir / "town.osm.pbf", "--data-dir", data_dir]
    before = (data_dir / "municipalities" / "musterstadt.toml").read_text(encoding="utf-8")
    done = _run(*words)
    assert done.exit_code == 2
    assert "schon eingerichtet" in done.output
    assert (data_dir / "municipalities" / "musterstadt.toml").read_text(encoding="utf-8") == before
    assert _run(*words, "--force").exit_code == 0


@pytest.mark.parametrize("name", ["☕", "", "///"])
def test_init_needs_a_name(tmp_path: Path, name: str) -> None:
    done = _run("init", "--name", name, "--osm", tmp_path / "x.osm", "--data-dir", tmp_path)
    assert done.exit_code == 2
    assert "Kurzname" in done.output


def test_commands_before_prepare_say_what_to_do(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "musterstadt")
    for command in ("analyse", "check"):
        done = _run(command, "-m", "musterstadt", "--data-dir", data_dir)
        assert done.exit_code == 2
        assert "noch keine Tabellen" in done.output
        assert "prepare --municipality musterstadt" in done.output


def test_check_finds_what_is_damaged(data_dir: Path) -> None:
    folder = data_dir / "musterstadt"
    buildings = store.read_table(folder, "buildings")
    buildings.loc[0, "residents"] += 3
    buildings.loc[1, "edge_id"] = 10**6
    buildings.to_parquet(folder / "buildings.parquet", index=False)
    (folder / "report.json").unlink()
    done = _run("check", "-m", "musterstadt", "--data-dir", data_dir)
    assert done.exit_code == 2
    assert "buildings.parquet: Prüfsumme stimmt nicht" in done.output
    assert "buildings.parquet: 1 Zeilen liegen an einer unbekannten Kante" in done.output
    assert "report.json: fehlt" in done.output


def test_help_is_german() -> None:
    for words in ([], ["init"], ["fetch"], ["model"], ["prepare"], ["analyse"], ["check"], ["serve"]):
        text = _run(*words, "--help").output
        assert "Aufruf:" in text
        assert "Diese Hilfe zeigen und enden." in text
        assert not re.search(r"Usage|Show this|default:", text)
