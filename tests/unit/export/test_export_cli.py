"""The commands of exports: every format once, every mistake with a message and no file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from kudequa_geo.export_cli import app
from kudequa_geo.scenario_file import write_scenario
from kudequa_geo.scenarios.change import AddPlace, Spot
from kudequa_geo.scenarios.scenario import Scenario
from tests.fixtures.prepared import Prepared
from tests.fixtures.town import ORIGIN, grid_point


def _run(town: Prepared, *words: object):
    place = ["--data-dir", str(town.data_dir), "-m", town.key]
    return CliRunner().invoke(app, [str(words[0]), *place, *map(str, words[1:])])


def test_map_as_in_the_manual(town: Prepared, tmp_path: Path) -> None:
    out = tmp_path / "nord.pdf"
    words = ["--service", "supermarket", "--person", "adult", "--district", "Nord", "--paper", "A4"]
    done = _run(town, "map", *words, "--format", "pdf", "--out", out)
    assert done.exit_code == 0, done.output
    assert "1 : " in done.output
    assert len(PdfReader(out).pages) == 1


def test_series_into_a_folder(town: Prepared, tmp_path: Path) -> None:
    done = _run(town, "map", "--each", "district", "--format", "svg", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "supermarket_adult_nord.svg",
        "supermarket_adult_sued.svg",
    ]


def test_profiles_of_all_districts(town: Prepared, tmp_path: Path) -> None:
    done = _run(town, "profile", "--each", "district", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [re.sub(r"\d+", "N", name) for name in names] == ["steckbrief_N_sued.pdf", "steckbrief_N_nord.pdf"]


@pytest.mark.parametrize("command", ["guide", "map"])
def test_scenarios_travel_along(town: Prepared, tmp_path: Path, command: str) -> None:
    file = tmp_path / "laden.szenario.json"
    x, y = (float(value) for value in grid_point(4, 5))
    shop = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(point=(ORIGIN[0] + x, ORIGIN[1] + y)))
    write_scenario(file, Scenario(name="Neu", municipality=town.key, changes=(shop,)))
    out = tmp_path / "out.pdf"
    done = _run(town, command, "--scenario", file, "--out", out)
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 10_000


@pytest.mark.parametrize("name", ["t.xlsx", "t.csv", "t.gpkg", "t.geojson", "t.parquet"])
def test_tables_by_the_ending(town: Prepared, tmp_path: Path, name: str) -> None:
    done = _run(town, "tables", "--service", "supermarket", "--out", tmp_path / name)
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).stat().st_size > 500


@pytest.mark.parametrize("name", ["map.html", "guide.html"])
def test_html(town: Prepared, tmp_path: Path, name: str) -> None:
    command = "html" if name == "map.html" else "guide"
    done = _run(town, command, "--out", tmp_path / name)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("map", "--district", "Atlantis", "--out", "a.pdf"), "Nord, Süd"),
        (("map", "--service", "shop", "--out", "a.pdf"), "supermarket"),
        (("map", "--person", "hase", "--out", "a.pdf"), "adult"),
        (("map", "--limit", "weit", "--out", "a.pdf"), "keine Grenze"),
        (("map", "--paper", "A9", "--out", "a.pdf"), "Papier"),
        (("map", "--gap", "99", "--out", "a.pdf"), "Lücke Nr. 99"),
        (("map", "--site", "nichts", "--out", "a.pdf"), "Fläche"),
        (("map", "--extent", "1,2,3", "--out", "a.pdf"), "Ausschnitt"),
        (("map", "--extent", "8,51,7,52", "--out", "a.pdf"), "vertauscht"),
        (("map", "--district", "Nord", "--gap", "1", "--out", "a.pdf"), "nur eines"),
        (("map", "--language", "xx", "--out", "a.pdf"), "Sprache"),
        (("map", "--out", "a.docx"), "docx"),
        (("map", "--each", "mond", "--out", "."), "je „mond“"),
        (("map", "--each", "district", "--out", "nirgends"), "Ordner"),
        (("map", "--out", "nirgends/a.pdf"), "Ordner"),
        (("tables", "--layer", "nichts", "--out", "a.csv"), "kennzahlen"),
        (("guide", "--language", "tr", "--out", "a.pdf"), "de, en"),
    ],
)
def test_mistakes_are_told_and_leave_nothing(
    town: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = _run(town, *words)
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []
