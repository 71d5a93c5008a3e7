"""The commands of scenarios on the toy town, and every bad input."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from kudequa_geo import store
from kudequa_geo.cli import app
from kudequa_geo.config import load_municipality
from kudequa_geo.constants import MODEL_NOTICE
from kudequa_geo.errors import KudequaError
from kudequa_geo.maps.projection import to_metres
from kudequa_geo.scenario_cli import _contents
from kudequa_geo.scenario_file import read_scenario
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.base import base_of
from kudequa_geo.scenarios.scenario import Scenario, from_json
from kudequa_geo.study import load_study


def _run(town: Path, *words: object) -> Result:
    options = ["-m", "musterstadt", "--data-dir", str(town)]
    return CliRunner().invoke(app, [*map(str, words), *options])


def _scenario(path: Path, *changes: dict[str, object], **more: object) -> Path:
    content = {"format": "kudequa-geo-scenario", "version": 1, "name": "Probe", "changes": changes}
    path.write_text(json.dumps(content | more), encoding="utf-8")
    return path


def _added(town: Path, kind: str = "supermarket") -> dict[str, object]:
    """Return the change that opens a place at the house farthest from the town's supermarket."""
    study = load_study(load_municipality("musterstadt", town), town)
    far = int(pd.Series(study.metres("adult", "supermarket")).idxmax())
    house = str(study.tables["buildings"]["building_id"].iloc[far])
    return {"type": "add_place", "place_id": "neu-1", "kind": kind, "at": {"building": house}}


def _refused(done: Result, *words: str) -> None:
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    for word in words:
        assert word in done.output


def test_a_new_supermarket_brings_people_under_the_limit(town_data: Path, tmp_path: Path) -> None:
    file = _scenario(tmp_path / "s.json", _added(town_data))
    done = _run(town_data, "scenario", "run", file, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "einen kürzeren Weg zu „Supermarkt“, niemand einen längeren." in done.output
    out = tmp_path / "out"
    effects = pd.read_csv(out / "effects.csv")
    asked = (effects["level"] == "area") & (effects["group"] == "residents")
    better = effects[asked].set_index("kind")["better"]
    assert better["supermarket"] > 0
    assert better.drop("supermarket").eq(0).all()
    comparison = pd.read_csv(out / "comparison.csv")
    row = comparison[
        (comparison["level"] == "area")
        & (comparison["kind"] == "supermarket")
        & (comparison["group"] == "residents")
        & (comparison["measure"] == "mean_min")
    ]
    assert row["after"].item() < row["before"].item()
    walks = gpd.read_file(out / "differences.geojson")
    assert set(walks["kind"]) == {"supermarket"}
    assert walks["difference_min"].max() < 0
    assert gpd.read_file(out / "changed_places.geojson")["change"].tolist() == ["added"]
    said = json.loads((out / "differences.geojson").read_text(encoding="utf-8"))["metadata"]
    assert said["parameters"]["scenario"]["name"] == "Probe"


def test_a_scenario_without_changes_changes_nothing(town_data: Path, tmp_path: Path) -> None:
    file = _scenario(tmp_path / "s.json")
    done = _run(town_data, "scenario", "run", file, "--out", tmp_path / "out", "-p", "adult", "-p", "pram")
    assert done.exit_code == 0, done.output
    assert "ändert sich kein Weg" in done.output
    assert pd.read_csv(tmp_path / "out" / "comparison.csv")["difference"].fillna(0).eq(0).all()
    assert gpd.read_file(tmp_path / "out" / "differences.geojson").empty


def test_two_runs_write_the_same_bytes(town_data: Path, tmp_path: Path) -> None:
    file = _scenario(tmp_path / "s.json", _added(town_data))
    written = []
    for name in ("one", "two"):
        assert _run(town_data, "scenario", "run", file, "--out", tmp_path / name).exit_code == 0
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"version": 7}, ("Version 7", "gelesen wird Version 1")),
        ({"format": "x"}, ("kein Szenario dieses Programms",)),
        ({"municipality": "anderswo"}, ("anderswo", "musterstadt")),
        ({"sites": []}, ("sites",)),
    ],
)
def test_files_of_another_make_are_refused(
    town_data: Path, tmp_path: Path, more: dict[str, object], words: tuple[str, ...]
) -> None:
    file = _scenario(tmp_path / "s.json", **more)
    _refused(_run(town_data, "scenario", "run", file, "--out", tmp_path / "out"), *words)
    assert not (tmp_path / "out").exists()


def _place(**at: object) -> dict[str, object]:
    return {"type": "add_place", "place_id": "neu-2", "kind": "supermarket", "at": at}


def _bad_changes(town: Path) -> list[tuple[str, list[dict[str, object]]]]:
    """Return changes that cannot be made, with the words that say so."""
    study = load_study(load_municipality("musterstadt", town), town)
    islands = study.report["lists"]["islands"]
    (x, y) = to_metres([[islands[0]["lon"], islands[0]["lat"]]], study.config.crs)[0].tolist()
    west, south, *_rest = study.tables["districts"].total_bounds.tolist()
    shop = str(study.tables["places"]["place_id"].iloc[0])
    close = {"type": "close_place", "place_id": shop}
    street = study.tables["edges"].geometry.iloc[0].interpolate(3)
    here = [street.x, street.y]
    homes = {"type": "add_housing", "at": {"site": "moon"}, "dwellings": 3, "household_size": 2}
    return [
        ("Die Art „moonbase“ gibt es in dieser Gemeinde nicht", [_added(town, "moonbase")]),
        ("außerhalb des Untersuchungsgebiets", [_place(point=[west - 50.0, south - 50.0])]),
        ("Eine Fläche „moon“ gibt es nicht", [_place(site="moon")]),
        ("Eine Fläche „moon“ gibt es nicht", [homes]),
        ("ohne Verbindung zum übrigen Netz", [_place(point=[x, y])]),
        ("n-unknown", [{"type": "close_place", "place_id": "n-unknown"}]),
        ("die Änderungen 1 und 2 sind dieselbe", [close, close]),
        ("schon geschlossen", [close, {"type": "resize_place", "place_id": shop, "capacity": 3}]),
        ("verbindet nichts", [{"type": "open_path", "points": [here, here]}]),
        ("gibt es keinen Weg", [{"type": "open_path", "points": [here, [west, south]]}]),
        ("gibt es keinen Weg", [{"type": "close_path", "at": [west, south]}]),
        ("kein geschlossenes Tor", [{"type": "open_gate", "at": [west, south]}]),
    ]


def test_changes_that_cannot_be_made_are_refused(town_data: Path, tmp_path: Path) -> None:
    for words, changes in _bad_changes(town_data):
        file = _scenario(tmp_path / "s.json", *changes)
        _refused(_run(town_data, "scenario", "run", file, "--out", tmp_path / "out"), words)
    assert not (tmp_path / "out").exists()


def test_a_file_with_what_cannot_be_made_leaves_base_and_session_as_they_are(town_data: Path) -> None:
    study = load_study(load_municipality("musterstadt", town_data), town_data)
    base = base_of(study.tables, study.kinds, study.persons, municipality="musterstadt")
    before = apply(base, Scenario(name="x")).nearest("adult")
    for words, changes in _bad_changes(town_data):
        content = {"format": "kudequa-geo-scenario", "version": 1, "name": "Probe", "changes": changes}
        with pytest.raises(KudequaError) as caught:
            apply(base, from_json(json.dumps(content)))
        assert words in str(caught.value)
    after = apply(base, Scenario(name="x")).nearest("adult")
    assert after.metres.tobytes() == before.metres.tobytes()
    assert after.place.tobytes() == before.place.tobytes()


def test_missing_and_broken_files_are_refused(town_data: Path, tmp_path: Path) -> None:
    _refused(_run(town_data, "scenario", "run", tmp_path / "none.json"), "kann nicht gelesen werden")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    _refused(_run(town_data, "scenario", "run", tmp_path / "broken.json"), "kein gültiges JSON")
    file = _scenario(tmp_path / "s.json")
    _refused(_run(town_data, "scenario", "run", file, "-p", "giant"), "giant")
    blocked = tmp_path / "a-file"
    blocked.write_text("", encoding="utf-8")
    _refused(_run(town_data, "scenario", "run", file, "--out", blocked), "nicht geschrieben")
    assert blocked.read_text(encoding="utf-8") == ""


def test_a_suggestion_is_a_scenario_with_its_own_figures(town_data: Path, tmp_path: Path) -> None:
    words = ("--service", "supermarket", "--number", 1, "--candidates", "building")
    done = _run(town_data, "suggest", *words, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "Nachweislich die beste Auswahl." in done.output
    table = gpd.read_file(tmp_path / "out" / "suggestion.geojson")
    assert len(pd.read_csv(tmp_path / "out" / "suggestion.csv")) == len(table)
    best = table[table["choice"] == 1]
    assert len(best) == 1
    file = tmp_path / "out" / "suggestion.szenario.json"
    assert [change.at.building for change in read_scenario(file).changes] == best["site_id"].tolist()
    done = _run(town_data, "scenario", "run", file, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.output
    effects = pd.read_csv(tmp_path / "run" / "effects.csv").query(
        "level == 'area' and group == 'residents' and kind == 'supermarket'"
    )
    gained = best["people_after"].item() - best["people_before"].item()
    assert effects["within_gained"].item() == pytest.approx(gained, rel=1e-5)


def _costs(path: Path, costs: dict[str, object]) -> Path:
    rows = [f"{key};{cost}" for key, cost in costs.items()]
    path.write_text("\n".join(["site_id;cost", *rows]), encoding="utf-8")
    return path


def test_a_budget_buys_what_it_is_enough_for(town_data: Path, tmp_path: Path) -> None:
    study = load_study(load_municipality("musterstadt", town_data), town_data)
    houses = [str(key) for key in study.tables["buildings"]["building_id"]]
    words = ("suggest", "-s", "supermarket", "--candidates", "building")

    def chosen(*more: object) -> tuple[list[str], Result]:
        done = _run(town_data, *words, *more, "--out", tmp_path / "out")
        assert done.exit_code == 0, done.output
        table = pd.read_csv(tmp_path / "out" / "suggestion.csv").query("choice == 1")
        return table["site_id"].tolist(), done

    best, _ = chosen("--number", 1)
    alike = _costs(tmp_path / "alike.csv", dict.fromkeys(houses, "2,5"))
    found, done = chosen("--budget", 4, "--costs", alike)
    assert found == best, "two would cost 5"
    assert "Kosten zusammen: 2,5." in done.output
    assert pd.read_csv(tmp_path / "out" / "suggestion.csv")["cost"].eq(2.5).all()
    dear = _costs(tmp_path / "dear.csv", {**dict.fromkeys(houses, 1), best[0]: 9})
    found, done = chosen("--budget", 1, "--costs", dear, "--why-not", best[0])
    assert len(found) == 1
    assert found != best
    assert "kostet allein mehr als das Budget" in done.output


def test_a_full_place_serves_no_more_than_it_can(town_data: Path, tmp_path: Path) -> None:
    words = ("suggest", "-s", "supermarket", "-n", 1, "--candidates", "building", "--out", tmp_path / "out")
    gained = []
    for more in ((), ("--capacity", 3)):
        done = _run(town_data, *words, *more)
        assert done.exit_code == 0, done.output
        best = pd.read_csv(tmp_path / "out" / "suggestion.csv").query("choice == 1").iloc[0]
        gained.append(best["people_after"] - best["people_before"])
    assert gained[0] > 3 >= gained[1] > 0


def test_a_smaller_share_needs_no_more_places(town_data: Path, tmp_path: Path) -> None:
    count = []
    for share in (1.0, 0.3):
        words = ("-s", "supermarket", "--goal", "all", "--share", share, "--candidates", "building")
        done = _run(town_data, "suggest", *words, "--out", tmp_path / "out")
        assert done.exit_code == 0, done.output
        count.append(len(pd.read_csv(tmp_path / "out" / "suggestion.csv").query("choice == 1")))
    assert 1 <= count[1] <= count[0]


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ("site_id;price\nw1;3", "Spalte „cost“ fehlt"),
        ("site_id;cost\nw1;3\nw1;4", "mehrfach"),
        ("site_id;cost\nw1;0", "keine Zahl über 0"),
        ("site_id;cost\nw1;teuer", "keine Zahl über 0"),
        ("site_id;cost\nw1;3", "braucht jeder Standort Kosten"),
        ("", "leer"),
    ],
)
def test_costs_that_cannot_be_used_are_refused(
    town_data: Path, tmp_path: Path, costs: str, said: str
) -> None:
    file = tmp_path / "costs.csv"
    file.write_text(costs, encoding="utf-8")
    words = ("-s", "supermarket", "--candidates", "building", "--budget", 5, "--costs", file)
    _refused(_run(town_data, "suggest", *words, "--out", tmp_path / "out"), said)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-s", "supermarket"), "Nötig ist eine Anzahl"),
        (("-s", "supermarket", "--budget", 5, "--candidates", "building"), "braucht jeder Standort Kosten"),
        (("-s", "supermarket", "--costs", "none.csv"), "Die Tabelle gibt es nicht"),
        (("-s", "supermarket", "-n", 1, "--candidates", "building", "--capacity", 0), "Kapazität"),
        (
            ("-s", "supermarket", "--goal", "all", "--candidates", "building", "--share", 2),
            "ein Anteil über 0",
        ),
        (("-s", "supermarket", "-n", 0), "mindestens 1 Ort"),
        (("-s", "supermarket", "-n", 100_000, "--candidates", "building"), "kommen nur"),
        (("-s", "supermarket", "-n", 1, "--candidates", "moon"), "moon"),
        (("-s", "supermarket", "-n", 1, "--candidates", ","), "Als Standorte stehen"),
        (("-s", "supermarket", "-n", 1, "--goal", "luck"), "Das Ziel „luck“ gibt es nicht"),
        (("-s", "supermarket", "-n", 1, "-p", "giant"), "Die Person „giant“ gibt es nicht"),
        (
            ("-s", "supermarket", "-n", 2, "--candidates", "building", "--apart", 100_000),
            "kommen nur 0 in Frage (151× liegt zu nah",
        ),
        (("-s", "moonbase", "-n", 1), "Den Dienst „moonbase“ gibt es nicht"),
        (("-s", "supermarket", "-n", 1, "--apart", "nan", "--candidates", "building"), "Abstand ab 0 m"),
        (
            ("-s", "supermarket", "-n", 1, "--candidates", "building", "--why-not", "moon"),
            "Einen Standort „moon“",
        ),
    ],
)
def test_impossible_demands_are_refused(
    town_data: Path, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    _refused(_run(town_data, "suggest", *words, "--out", tmp_path / "out"), said)
    assert not (tmp_path / "out").exists()


def test_model_data_are_called_so_in_every_file(town_data: Path) -> None:
    study = load_study(load_municipality("musterstadt", town_data), town_data)
    frame = study.tables["places"][["name", "geometry"]].head(2)
    surveyed = _contents(study, {"t": frame}, "x")
    assert not study.package.modelled
    assert all(MODEL_NOTICE not in text for text in surveyed.values())
    package = store.DataPackage("x", "", modelled=True)
    study.package = package
    modelled = _contents(study, {"t": frame}, "x")
    assert set(modelled) == {"t.csv", "t.geojson"}
    assert all(MODEL_NOTICE in text for text in modelled.values())


def test_help_is_german() -> None:
    for words in (["scenario", "--help"], ["scenario", "run", "--help"], ["suggest", "--help"]):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0
        assert "Aufruf:" in done.output
        assert not {"Usage:", "Options:", "Arguments:"} & set(done.output.split())
