"""The page of scenarios on the toy town: what is added and closed, undone, saved and opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kudequa_geo.language import LANGUAGES, Language
from kudequa_geo.maps.projection import to_degrees
from kudequa_geo.results.today import today
from kudequa_geo.scenarios.change import ClosePath, ClosePlace, OpenPath, Spot
from kudequa_geo.scenarios.measures import MEASURE_LABELS
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, History, Scenario, to_json
from kudequa_geo.study import Study
from kudequa_geo.ui import (
    i18n,
    scenario_change,
    scenario_comparison,
    scenario_effect,
    scenario_map,
    scenario_potential,
    scenario_steps,
    what_if,
)
from kudequa_geo.ui.scenario_change import CHANGES
from kudequa_geo.ui.scenario_page import TASKS
from kudequa_geo.ui.scenario_view import WhatIf
from kudequa_geo.ui.view import View
from tests.fixtures.pages import open_page, show
from tests.fixtures.prepared import ROOT, Prepared, prepare_town, remove_tiles

PAGE = "pages/8_Szenarien.py"


@pytest.fixture(scope="module")
def own_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    prepared = prepare_town(tmp_path_factory.mktemp("town"), modelled=True)
    yield prepared
    remove_tiles(prepared)


@pytest.fixture
def app(own_town: Prepared, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    show(own_town, monkeypatch)
    return _opened()


def _opened(history: History | None = None, **query: str) -> AppTest:
    return open_page(PAGE, session={"scenario.history": history} if history else None, **query)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    values: dict[str, object] = {i18n.KEY: "de"}
    monkeypatch.setattr(st, "session_state", values)
    return SimpleNamespace(values=values)


def _words(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _shop(study: Study) -> str:
    places = study.tables["places"]
    return str(places["place_id"][places["kind"] == "supermarket"].iloc[0])


def test_a_place_is_closed_removed_undone_and_redone(app: AppTest, study: Study) -> None:
    assert not app.exception
    assert "ist noch nichts geändert" in _words(app)
    app.selectbox(key="widget.change").select("close_place").run()
    assert app.button(key="scenario.add").disabled
    app.selectbox(key="widget.place").select(_shop(study)).run()
    app.button(key="scenario.add").click().run()
    assert not app.exception
    assert "1. Geschlossen:" in _words(app)
    assert "Mit „Mein Szenario“" in _words(app)
    app.button(key="scenario.remove.0").click().run()
    assert "ist noch nichts geändert" in _words(app)
    app.button(key="scenario.undo").click().run()
    assert "1. Geschlossen:" in _words(app)
    app.button(key="scenario.undo").click().run()
    app.button(key="scenario.redo").click().run()
    assert "1. Geschlossen:" in _words(app)
    app.button(key="scenario.clear").click().run()
    assert "ist noch nichts geändert" in _words(app)


def _legend(app: AppTest) -> str:
    return json.loads(app.get("component_instance")[0].proto.json_args)["feature_group"]


def test_the_map_shows_before_after_or_the_difference(app: AppTest, study: Study) -> None:
    assert "widget.picture" not in [radio.key for radio in app.radio], (
        "nothing is changed, so there is no choice"
    )
    app.selectbox(key="widget.change").select("close_place").run()
    app.selectbox(key="widget.place").select(_shop(study)).run()
    app.button(key="scenario.add").click().run()
    pictures = {"difference": _legend(app)}
    assert "Weg gegen\\u00fcber heute" in pictures["difference"]
    for picture, head in (("before", "Angebot, heute"), ("after", "Mein Szenario")):
        app.radio(key="widget.picture").set_value(picture).run()
        assert not app.exception
        pictures[picture] = _legend(app)
        assert head in pictures[picture]
    assert len(set(pictures.values())) == 3
    assert app.query_params["picture"] in ("after", ["after"])
    # A closed shop is on the map of today alone.
    name = str(study.tables["places"].set_index("place_id").loc[_shop(study), "name"])
    assert name in pictures["before"]
    assert name not in pictures["after"]


def test_a_place_and_homes_come_to_a_site(app: AppTest, study: Study) -> None:
    site = str(study.tables["sites"]["site_id"].iloc[0])
    app.selectbox(key="widget.spot").select(site).run()
    app.button(key="scenario.add").click().run()
    assert "1. Neu: " in _words(app)
    assert app.selectbox(key="widget.spot").index == 0, "used up, so that a second press adds nothing"
    assert app.button(key="scenario.add").disabled
    app.selectbox(key="widget.change").select("add_housing").run()
    app.selectbox(key="widget.spot").select(site).run()
    app.number_input(key="widget.dwellings").set_value(30).run()
    app.number_input(key="widget.household").set_value(1.5).run()
    app.button(key="scenario.add").click().run()
    assert "2. Neue Wohnungen für 45 Menschen" in _words(app)
    changes = app.session_state["scenario.history"].present.changes
    assert [change.type for change in changes] == ["add_place", "add_housing"]
    assert changes[0].at.site == changes[1].at.site == site


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_question_and_every_form_is_asked_in_every_language(study: Study, language: str) -> None:
    say = Language(language)
    tried = Scenario(name="x", municipality=study.config.key, changes=(ClosePlace(place_id=_shop(study)),))
    asked = [{"view.task": task} for task in TASKS]
    asked += [{"view.change": change} for change in CHANGES if change != "add_place"]
    for values in asked:
        shown = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
        for name, value in {**values, "view.lang": language, "scenario.history": History(tried)}.items():
            shown.session_state[name] = value
        shown.run()
        shown.switch_page(PAGE).run()
        assert not shown.exception, values
        assert not shown.error, values
        tasks = [option.content for option in shown.get("button_group")[0].proto.options]
        assert tasks == [say(words) for words in TASKS.values()]
        if values.get("view.task", "change") == "change":
            assert say("Änderungen") in _words(shown)


def test_what_the_address_says_wrongly_is_told(app: AppTest) -> None:
    names = ("task", "change", "by", "goal", "number", "apart", "from", "against", "picture")
    shown = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    shown.run()
    for name in names:
        shown.session_state[f"view.{name}"] = "-7"
    shown.switch_page(PAGE).run()
    assert not shown.exception
    told = _words(shown)
    assert [name for name in names if f"{name} = „-7“" not in told] == []


def test_a_suggestion_is_found_explained_and_adopted(app: AppTest) -> None:
    app.session_state["view.task"] = "suggest"
    app.session_state["view.from"] = "building"
    app.session_state["view.number"] = "2"
    app.session_state["view.limit"] = "200m"
    app.run()
    assert "Wo brächten neue Orte" in _words(app)
    app.button(key="scenario.suggest").click().run()
    assert not app.exception
    assert not app.error
    words = _words(app)
    assert "Mit den 2 vorgeschlagenen Orten" in words
    assert "Nachweislich die beste Auswahl" in words
    assert "Zweitbeste Auswahl" in words
    app.selectbox(key="widget.why").select_index(0).run()
    assert not app.exception
    app.button(key="scenario.adopt").click().run()
    assert not app.exception
    changes = app.session_state["scenario.history"].present.changes
    assert [change.type for change in changes] == ["add_place"] * 2
    assert app.session_state["view.task"] == "effect"
    app.session_state["view.task"] = "change"
    app.run()
    app.button(key="scenario.undo").click().run()
    assert not app.session_state["scenario.history"].present.changes, "adopted in one step"


def test_money_and_room_bound_a_suggestion(app: AppTest) -> None:
    app.session_state["view.task"] = "suggest"
    app.session_state["view.from"] = "building"
    app.session_state["view.limit"] = "200m"
    app.run()
    app.radio(key="widget.bound").set_value("budget").run()
    app.number_input(key="widget.budget").set_value(250).run()
    app.number_input(key="widget.room").set_value(50).run()
    app.button(key="scenario.suggest").click().run()
    assert not app.exception
    assert not app.error
    words = _words(app)
    assert "Kosten zusammen: 200 von 250 Tausend Euro." in words, (
        "two places of 100 each, a third is too much"
    )
    assert "einen Platz" in words
    assert app.query_params["budget"] in ("250", ["250"])
    app.number_input(key="widget.cost_building").set_value(300).run()
    assert "Kosten zusammen" not in _words(app), "another question makes the answer old"
    app.button(key="scenario.suggest").click().run()
    assert app.error, "the cheapest place costs more than there is"


def test_demands_that_cannot_be_met_are_said(app: AppTest) -> None:
    app.session_state["view.task"] = "suggest"
    app.session_state["view.from"] = "brownfield"
    app.session_state["view.number"] = "20"
    app.run()
    app.button(key="scenario.suggest").click().run()
    assert not app.exception
    assert "Gesucht sind 20 Orte" in app.error[0].value
    assert any("Bitte weniger Orte" in text.value for text in app.text)
    assert not app.session_state["scenario.history"].present.changes


def test_two_scenarios_are_compared(app: AppTest, study: Study) -> None:
    app.session_state["view.task"] = "compare"
    app.session_state["scenario.history"] = History(
        Scenario(name="Zu", municipality=study.config.key, changes=(ClosePlace(place_id=_shop(study)),))
    )
    app.run()
    assert "Anteil innerhalb der Grenze" in _words(app)
    app.button(key="scenario.keep").click().run()
    assert "ist noch nichts geändert" in _words(app), "compared with itself"
    app.session_state["scenario.history"] = History(Scenario(name="Auf", municipality=study.config.key))
    app.run()
    assert not app.exception
    assert "Mit „Auf“" in _words(app)
    assert app.radio(key="widget.against").options == ["heutiger Stand", "„Zu“"]


def test_a_site_page_leads_here_with_site_and_service(app: AppTest) -> None:
    app.session_state["view.service"] = "bakery"
    app.switch_page("pages/4_Flaechen_und_Leerstaende.py").run()
    name = app.radio(key="widget.site").options[0]
    app.radio(key="widget.site").set_value(name).run()
    site = app.session_state["view.site"]
    app.button(key="sites.try").click().run()
    assert not app.exception
    assert app.session_state["view.site"] == site
    assert app.session_state["view.change"] == "add_place"
    app.switch_page(PAGE).run()
    assert app.selectbox(key="widget.service").value == "bakery"
    assert app.selectbox(key="widget.spot").value == site
    assert not app.button(key="scenario.add").disabled


def test_uploaded_sites_are_candidates_here(app: AppTest) -> None:
    app.switch_page("pages/4_Flaechen_und_Leerstaende.py").run()
    text = "name;kind;lon;lat\n=Kiosk <i>;Leerstand;7.4540;51.5420\n"
    app.file_uploader(key="sites.upload").set_value(("Liste.csv", text.encode(), "text/csv")).run()
    app.switch_page(PAGE).run()
    assert not app.exception
    assert any("=Kiosk <i>" in option for option in app.selectbox(key="widget.spot").options)
    app.selectbox(key="widget.spot").select("own:liste:2").run()
    app.button(key="scenario.add").click().run()
    assert not app.error
    spot = app.session_state["scenario.history"].present.changes[0].at
    assert spot.point is not None, "known to others as a point"
    app.session_state["view.task"] = "potential"
    app.run()
    assert "=Kiosk &lt;i&gt;" in _words(app)
    app.session_state["view.task"] = "suggest"
    app.session_state["view.from"] = "vacancy"
    app.session_state["view.number"] = "1"
    app.run()
    app.button(key="scenario.suggest").click().run()
    assert not app.exception


def _what_if(study: Study, *changes: Any) -> WhatIf:
    kind = next(kind for kind in study.kinds if kind.key == "supermarket")
    limit = replace(kind.limit.sourced(), value=300.0)
    asked = View(kind, study.persons["adult"], limit, own_limit=True, district="")
    scenario = Scenario(name="x", municipality=study.config.key, changes=changes)
    return WhatIf(study, asked, today(study), what_if.state_of(study, scenario))


def test_the_readers_limit_counts_in_every_figure(study: Study, session: SimpleNamespace) -> None:
    shown = _what_if(study, ClosePlace(place_id=_shop(study)))
    lost = shown.whole["within_lost"]
    people = study.tables["buildings"]["residents"].to_numpy()
    assert lost == pytest.approx(people[shown.before.metres("adult", "supermarket") <= 300].sum())
    assert "innerhalb von 300" in shown.sentence()
    table = scenario_comparison.rows(shown)
    assert len(table) == len(MEASURE_LABELS)
    content = shown.csv(Language()).decode("utf-8-sig").splitlines()
    assert content[0].startswith("level;district_id;name;residents;better")
    assert ";300;m;" in content[1]
    assert len(scenario_effect.persons(shown)) == len(study.persons)
    assert scenario_effect.groups(shown)[0][0] == "alle Menschen"
    ranking = scenario_potential.Ranking(shown)
    best = ranking.table["people_within"].max()
    assert ("in die Grenze von 300" in ranking.sentence()) == (not best > 0)
    assert scenario_potential.every_kind(shown, Language()).count(b"\r\n") == 1 + len(ranking.table) * len(
        study.kinds
    )


def _degrees(study: Study, x: float, y: float) -> tuple[float, float]:
    lon, lat = to_degrees([[x, y]], study.config.crs)[0]
    return float(lat), float(lon)


def _pointing(
    shown: WhatIf, session: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, what: str, *points: Any
) -> None:
    session.values["view.change"] = what
    for point in points:
        click = _degrees(shown.study, *point)
        monkeypatch.setattr(scenario_change.widgets, "last_click", lambda key, click=click: click)
        scenario_change.take_click(shown)
        # The same click is taken once, not in every run.
        scenario_change.take_click(shown)


def test_clicks_answer_what_the_form_asks(
    study: Study, session: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = _what_if(study)
    edges = study.tables["edges"]
    line = edges.geometry[edges["length_m"] > 60].iloc[0]
    start, end = line.interpolate(5), line.interpolate(55)
    _pointing(shown, session, monkeypatch, "open_path", (start.x, start.y))
    assert len(scenario_change.clicks()) == 1
    _pointing(shown, session, monkeypatch, "open_path", (end.x, end.y))
    assert [mark.label for mark in scenario_change.marks(shown)] == ["A", "B"]
    _pointing(shown, session, monkeypatch, "open_path", (start.x + 1, start.y))
    assert len(scenario_change.clicks()) == 1, "a third click begins anew"
    scenario_change.forget()
    site = study.tables["sites"].iloc[0]
    middle = site.geometry.representative_point()
    _pointing(shown, session, monkeypatch, "add_place", (middle.x, middle.y))
    assert session.values["view.site"] == site["site_id"]
    _pointing(shown, session, monkeypatch, "add_place", (middle.x + 400, middle.y))
    assert session.values["view.site"] == ""
    assert len(scenario_change.clicks()) == 1
    scenario_change.forget()
    x, y = shown.after.place_points[shown.after.base.place_rows[_shop(study)]]
    _pointing(shown, session, monkeypatch, "move_place", (x, y), (x + 150, y))
    assert session.values["scenario.place"] == _shop(study)
    assert [mark.label for mark in scenario_change.marks(shown)] == ["?", "A"]
    scenario_change.forget()
    assert scenario_change.marks(shown) == []


def test_paths_of_a_scenario_are_drawn(study: Study, session: SimpleNamespace) -> None:
    line = study.tables["edges"].geometry.iloc[0]
    middle = line.interpolate(0.5, normalized=True)
    ends = tuple((point.x, point.y) for point in (line.interpolate(1), line.interpolate(line.length - 1)))
    shown = _what_if(study, OpenPath(points=ends, name="Steg"), ClosePath(at=(middle.x, middle.y)))
    lines, marks = scenario_map.drawn_changes(shown)
    assert [line.dashed for line in lines] == [False, True]
    assert [mark.label for mark in marks] == ["1", "2"]
    told = [scenario_steps.told(shown, change) for change in shown.after.scenario.changes]
    assert told == ["Weg geöffnet: Steg", "Weg geschlossen"]


def test_a_change_that_others_need_is_not_removed(study: Study, session: SimpleNamespace) -> None:
    house = str(study.tables["buildings"]["building_id"].iloc[0])
    assert what_if.add_places(study, "pharmacy", [(Spot(building=house), "A")])
    assert what_if.change(study, ClosePlace(place_id="neu-1"))
    before = what_if.history(study).present
    what_if.remove(study, 0)
    assert "neu-1" in str(what_if.error())
    assert what_if.history(study).present == before
    what_if.remove(study, 7)
    assert "Nr. 8" in str(what_if.error())
    what_if.remove(study, 1)
    assert what_if.error() is None


def test_what_cannot_be_made_leaves_the_scenario_as_it_is(study: Study, session: SimpleNamespace) -> None:
    before = what_if.history(study)
    assert not what_if.add_places(study, "supermarket", [(Spot(point=(0.0, 0.0)), "Fern")])
    assert what_if.error() is not None
    assert what_if.history(study) is before
    assert not what_if.change(study, ClosePlace(place_id="nobody"))
    assert "nobody" in str(what_if.error())
    assert what_if.history(study) is before


def test_a_saved_scenario_opens_again(study: Study, session: SimpleNamespace) -> None:
    house = str(study.tables["buildings"]["building_id"].iloc[0])
    assert what_if.add_places(study, "pharmacy", [(Spot(building=house), "Apotheke")])
    what_if.rename(study, "  Neue\nMitte ", "Für alle ")
    saved = what_if.history(study).present
    assert saved.name == "Neue Mitte"
    assert saved.description == "Für alle"
    assert len(saved.changes) == 1
    what_if.clear(study)
    what_if.load(study, "a", to_json(saved).encode())
    assert what_if.error() is None
    assert what_if.history(study).present == saved
    what_if.undo(study)
    assert what_if.history(study).present.changes == ()
    # The same upload is taken over once, not in every run.
    what_if.load(study, "a", to_json(saved).encode())
    assert what_if.history(study).present.changes == ()


def test_files_that_are_no_scenario_are_refused(study: Study, session: SimpleNamespace) -> None:
    before = what_if.history(study).present
    content = json.loads(to_json(before))
    bad = [
        b"\xff\xfe",
        b"{",
        b"x" * (LARGEST_FILE_BYTES + 10),
        json.dumps(content | {"version": 9}).encode(),
        json.dumps(content | {"municipality": "anderswo"}).encode(),
        json.dumps(content | {"crs": "EPSG:3857"}).encode(),
    ]
    for number, raw in enumerate(bad):
        what_if.load(study, str(number), raw)
        assert what_if.error() is not None, raw[:20]
        assert what_if.history(study).present == before


def test_a_click_means_the_house_or_the_spot(study: Study) -> None:
    buildings = study.tables["buildings"]
    inside = buildings.geometry.iloc[0].representative_point()
    lon, lat = to_degrees([[inside.x, inside.y]], study.config.crs)[0]
    assert what_if.clicked_spot(study, lat, lon) == Spot(building=buildings["building_id"].iloc[0])
    lon, lat = to_degrees([[inside.x - 5000, inside.y]], study.config.crs)[0]
    assert what_if.clicked_spot(study, lat, lon).point == pytest.approx((inside.x - 5000, inside.y), abs=0.02)


def test_the_page_script_is_listed(app: AppTest) -> None:
    assert (Path(ROOT) / PAGE).is_file()
    assert "Szenarien" in [link.proto.label for link in app.get("page_link")]
