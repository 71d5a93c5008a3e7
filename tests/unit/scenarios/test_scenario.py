"""Scenarios as lists, histories and files: whole or refused, whatever stands in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kudequa_geo.errors import ConfigError, MissingInputError
from kudequa_geo.scenario_file import SUFFIX, read_scenario
from kudequa_geo.scenarios.change import AddHousing, AddPlace, ClosePlace, OpenPath, Spot, plain
from kudequa_geo.scenarios.scenario import History, Scenario, from_json, to_json
from tests.fixtures.town import HOSTILE_NAME

SHOP = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(site="w7"), capacity=300)
BRIDGE = OpenPath(points=((1.5, 2.25), (3, 4)), name="Steg", frontage=False)


def _file(**changed: Any) -> str:
    return json.dumps({"format": "kudequa-geo-scenario", "version": 1, "name": "x", "changes": [], **changed})


def test_a_scenario_survives_its_file() -> None:
    homes = AddHousing(
        at=Spot(point=(1, 2)), dwellings=80, household_size=1.9, groups={"residents_65_plus": 9}
    )
    scenario = Scenario(
        name="Markt", description="Zwei Läden", crs="EPSG:25832", changes=(SHOP, BRIDGE, homes)
    )
    text = to_json(scenario)
    assert from_json(text) == scenario
    assert to_json(from_json(text)) == text
    assert homes.residents == pytest.approx(152)


def test_undo_and_redo_walk_the_history_and_keep_every_step() -> None:
    empty = Scenario(name="x")
    one, two = empty.with_change(SHOP), empty.with_change(SHOP).with_change(BRIDGE)
    start = History(empty)
    history = start.do(one).do(two)
    assert history.undo().present == one
    assert history.undo().undo().present == empty
    assert history.undo().undo().undo().present == empty
    assert history.undo().undo().redo().redo().redo() == history
    assert history.undo().do(empty).redo().present == empty, "a new step forgets what was taken back"
    assert history.do(two) is history, "no step without a change"
    assert start == History(empty)


def test_changes_leave_the_list_one_by_one() -> None:
    scenario = Scenario(name="x", changes=(SHOP, BRIDGE))
    assert scenario.without_change(0).changes == (BRIDGE,)
    assert scenario.next_place_id() == "neu-2"
    assert scenario.without_change(0).next_place_id() == "neu-1"
    with pytest.raises(ConfigError, match=r"Nr\. 3"):
        scenario.without_change(2)


def test_the_same_change_twice_is_refused_and_named() -> None:
    scenario = Scenario(name="x", changes=(ClosePlace(place_id="n1"), BRIDGE))
    with pytest.raises(ConfigError, match="1 und 3 sind dieselbe"):
        scenario.with_change(ClosePlace(place_id="n1"))
    with pytest.raises(ConfigError, match="dieselbe place_id"):
        Scenario(name="x", changes=(SHOP,)).with_change(SHOP.model_copy(update={"kind": "bakery"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "kein gültiges JSON"),
        ("{", "kein gültiges JSON"),
        ("[" * 100_000, "kein gültiges JSON"),
        ('{"format": NaN}', "kein gültiges JSON"),
        ('{"format": "a", "format": "b"}', "doppelter Schlüssel"),
        ("[]", "kein Szenario"),
        ("{}", "kein Szenario"),
        (_file(version=2), "Version 2; gelesen wird Version 1"),
        (_file(version=True), "Version True"),
        (_file(version=None), "Version None"),
        (_file(colour="red"), "colour: unbekannter Schlüssel"),
        (_file(name=""), "name: darf nicht leer sein"),
        (_file(name="\u202e \u0000"), "name darf nicht leer sein"),
        (_file(name="x" * 121), "zu lang"),
        (_file(changes=[{"type": "teleport"}]), "„teleport“ ist unbekannt"),
        (_file(changes=[{}]), "type"),
        (_file(changes=[{"type": "close_place", "place_id": "n1"}] * 201), "zu viele Einträge"),
        (_file(changes=[{"type": "close_place", "place_id": "n\u202e1"}]), "unsichtbare Zeichen"),
        (_file(changes=[{"type": "close_path", "at": [1e300, 0]}]), "höchstens"),
        (_file(changes=[{"type": "close_path", "at": [1]}]), "fehlt"),
        (_file(changes=[{"type": "open_path", "points": [[0, 0]]}]), "zu wenige Einträge"),
        (_file(changes=[{"type": "add_housing", "at": {"site": "s"}}]), "nötig ist persons"),
        (_file(changes=[{"type": "add_housing", "at": {}, "persons": 3}]), "genau eine Angabe von site"),
        (
            _file(changes=[{"type": "add_housing", "at": {"site": "s"}, "persons": 3, "groups": {"a": 4}}]),
            "größer als die Zahl der Personen",
        ),
        (
            _file(changes=[{"type": "add_place", "place_id": "n1", "kind": "a", "at": {"site": "s"}}]),
            "place_id",
        ),
        (_file(description="x" * 1_100_000), "größer als 1000 kB"),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_a_bad_file_is_refused_with_words(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_json(text, where="plan.json")
    assert words in str(caught.value)
    assert "plan.json" in str(caught.value)


@given(st.text(max_size=100))
def test_any_name_becomes_one_visible_line(name: str) -> None:
    text = plain(name)
    assert plain(text) == text
    assert "\n" not in text
    assert text.encode("utf-8").decode("utf-8") == text
    if text:
        scenario = Scenario(name=name)
        assert from_json(to_json(scenario)) == scenario


def test_hostile_text_is_kept_as_text() -> None:
    scenario = Scenario(name=HOSTILE_NAME[:120], description=HOSTILE_NAME)
    assert "<script>" in scenario.name
    assert "\u202e" not in scenario.description
    assert from_json(to_json(scenario)) == scenario


# Files


def test_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / f"plan{SUFFIX}"
    scenario = Scenario(name="Größe", changes=(SHOP,))
    path.write_text(to_json(scenario), encoding="utf-8")
    assert read_scenario(path) == scenario
    path.write_text("\ufeff" + to_json(scenario), encoding="utf-8")
    assert read_scenario(path) == scenario, "an editor's byte-order mark does no harm"


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"fehlt\.json"):
        read_scenario(tmp_path / "fehlt.json")
    with pytest.raises(MissingInputError):
        read_scenario(tmp_path)
    path = tmp_path / "bild.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_scenario(path)
    path.write_bytes(b" " * 2_000_000)
    with pytest.raises(ConfigError, match="größer als"):
        read_scenario(path)
