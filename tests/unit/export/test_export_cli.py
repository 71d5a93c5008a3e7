"""The commands of exports: every format once, every mistake with a message and no file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from kudequa_geo.export.edition import Edition
from kudequa_geo.export.focus import area_focus
from kudequa_geo.export.question import Question
from kudequa_geo.export.request import sheets
from kudequa_geo.export.sheet import Design
from kudequa_geo.export_cli import _series, app
from kudequa_geo.scenarios.change import AddPlace, Spot
from kudequa_geo.scenarios.scenario import Scenario, to_json
from tests.fixtures.pdf import text_of
from tests.fixtures.prepared import ROOT, Prepared
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


@pytest.mark.parametrize("words", [["guide"], ["map"], ["profile"], ["map", "--each", "district"]])
def test_scenarios_travel_along(town: Prepared, tmp_path: Path, words: list[str]) -> None:
    file = tmp_path / "laden.szenario.json"
    x, y = (float(value) for value in grid_point(4, 5))
    shop = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(point=(ORIGIN[0] + x, ORIGIN[1] + y)))
    tried = Scenario(name="Laden am Platz", municipality=town.key, changes=(shop,))
    file.write_text(to_json(tried), encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    done = _run(town, *words, "--scenario", file, "--out", out if "--each" in words else out / "one.pdf")
    assert done.exit_code == 0, done.output
    written = list(out.iterdir())
    assert len(written) == (2 if "--each" in words else 1)
    for path in written:
        assert "Laden am Platz" in text_of(path.read_bytes()), path.name


@pytest.mark.parametrize(
    "words", [["map", "--extent", "7,51,8,52"], ["map", "--gap", "1"], ["profile", "-d", "Nord"]]
)
def test_series_of_districts_has_no_subject_of_its_own(
    town: Prepared, tmp_path: Path, words: list[str]
) -> None:
    done = _run(town, *words, "--each", "district", "--out", tmp_path)
    assert done.exit_code == 2
    assert "keinen eigenen Gegenstand" in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["t.xlsx", "t.csv", "t.gpkg", "t.geojson", "t.parquet"])
def test_tables_by_the_ending(town: Prepared, tmp_path: Path, name: str) -> None:
    done = _run(town, "tables", "--service", "supermarket", "--out", tmp_path / name)
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).stat().st_size > 500


def test_html(town: Prepared, tmp_path: Path) -> None:
    asked = ("--service", "pharmacy", "--person", "senior_85")
    for command in ("html", "guide"):
        done = _run(town, command, *asked, "--out", tmp_path / f"{command}.html")
        assert done.exit_code == 0, done.output
    pages = {name: (tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in ("html", "guide")}
    for name, page in pages.items():
        (told,) = re.findall(r'id="kudequa-record">(.*?)</script>', page)
        parameters = json.loads(told)["parameters"]
        assert (parameters["service"], parameters["person"]) == ("pharmacy", "senior_85"), name
        assert "Musterstadt" in page
        assert "© OpenStreetMap contributors" in page
        assert "Modelldaten – keine Planungsgrundlage" in page
    assert "kudequa.map('map'," in pages["html"]
    assert "Fußläufige Erreichbarkeit: Apotheke – Musterstadt" in pages["html"]
    assert "Apotheke" in pages["guide"]
    assert "data:image/png;base64," in pages["guide"]


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


_OUTPUTS = {
    "map": "a.pdf",
    "profile": "a.pdf",
    "tables": "a.xlsx",
    "guide": "a.html",
    "html": "a.html",
    "network": "a.graphml",
}


@pytest.mark.parametrize("command", _OUTPUTS)
def test_full_disk_is_told_and_leaves_what_was_there(
    town: Prepared, tmp_path: Path, no_room: None, command: str
) -> None:
    out = tmp_path / _OUTPUTS[command]
    with out.open("wb") as file:
        file.write(b"before")
    done = _run(town, command, "--out", out)
    assert done.exit_code == 2, done.output
    assert "konnte nicht geschrieben werden: No space left on device" in done.output
    assert "Speicherplatz" in done.output
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_bytes() == b"before"


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of this kind is not known there")
def test_file_that_may_not_grow_is_told_by_a_whole_process(town: Prepared, tmp_path: Path) -> None:
    """The system itself refuses to write on, as on a full disk."""
    begin = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from kudequa_geo import cli, export_cli; from kudequa_geo.export import files, saving, picture;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); cli.main()"
    )
    words = [
        "export",
        "map",
        "--data-dir",
        str(town.data_dir),
        "-m",
        town.key,
        "--out",
        str(tmp_path / "a.pdf"),
    ]
    done = subprocess.run(
        [sys.executable, "-B", "-c", begin, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "konnte nicht geschrieben werden" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [*_OUTPUTS, "series"])
def test_missing_folder_is_told_before_any_work(town: Prepared, tmp_path: Path, command: str) -> None:
    out = tmp_path / "nirgends" / _OUTPUTS.get(command, "")
    words = ("map", "--each", "district") if command == "series" else (command,)
    done = _run(town, *words, "--out", out)
    assert done.exit_code == 2, done.output
    assert "Den Ordner für die Ausgabe gibt es nicht" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_folder_that_may_not_be_written_is_told(town: Prepared, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        done = _run(town, "map", "--out", tmp_path / "a.pdf")
    finally:
        tmp_path.chmod(0o700)
    assert done.exit_code == 2, done.output
    assert "Schreibrechte" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="a folder nobody may write to")
@pytest.mark.parametrize("command", ["map", "tables"])
def test_folder_of_the_system_is_told(town: Prepared, command: str) -> None:
    done = _run(town, command, "--out", Path("/proc") / _OUTPUTS[command])
    assert done.exit_code == 2, done.output
    assert "konnte nicht geschrieben werden" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("each", ["person", "service"])
def test_series_has_one_extent_and_one_limit(edition: Edition, question: Question, each: str) -> None:
    questions, subjects = _series(edition, question, area_focus(edition), each)
    drawn = [sheet for _words, sheet in sheets(edition, questions[:4], subjects, Design())]
    assert len({sheet.extent for sheet in drawn}) == 1
    assert len({(q.limit.value, q.limit.unit) for q in questions}) == 1
    assert len({q.classes.breaks for q in questions}) == 1


def test_paper_turns_as_the_subject_needs(town: Prepared, tmp_path: Path) -> None:
    """A wide extent lies on its side, a tall one stands, unless it is said."""
    wide, tall = "7.440,51.525,7.480,51.530", "7.455,51.515,7.458,51.540"
    for extent, asked, way in ((wide, (), "w"), (tall, (), "t"), (wide, ("--orientation", "portrait"), "t")):
        out = tmp_path / "a.pdf"
        done = _run(town, "map", "--extent", extent, *asked, "--out", out)
        assert done.exit_code == 0, done.output
        box = PdfReader(out).pages[0].mediabox
        assert ("w" if box.width > box.height else "t") == way


def test_map_command_reads_only_the_libraries_it_needs() -> None:
    """What the map of a district does not use must not cost its reader time."""
    begin = (
        "import sys; from kudequa_geo import cli;"
        "from kudequa_geo.export import picture, request, saving, sheet;"
        "print(*(name for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", begin], cwd=ROOT, capture_output=True, text=True, check=True)
    unneeded = {
        "folium",
        "streamlit",
        "pandera",
        "networkx",
        "osmnx",
        "osmium",
        "scipy.spatial",
        "scipy.optimize",
    }
    assert not unneeded & set(done.stdout.split())
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from kudequa_geo import cli; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"matplotlib", "geopandas", "pandas", "numba"} & set(done.stdout.split())
