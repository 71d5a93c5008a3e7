"""The page of scenarios on the toy town: what is added and closed, undone, saved and opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from kudequa_geo.language import Language
from kudequa_geo.scenarios.change import ClosePlace, Spot
from kudequa_geo.scenarios.scenario import LARGEST_FILE_BYTES, History, Scenario, to_json
from kudequa_geo.study import Study
from kudequa_geo.ui import i18n, what_if
from kudequa_geo.ui.scenario_page import FILLS, ORDER, codes_of
from tests.fixtures.prepared import ROOT, Prepared, prepare_town, remove_tiles

PAGE = "pages/8_Szenarien.py"


@pytest.fixture(scope="module")
def own_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    prepared = prepare_town(tmp_path_factory.mktemp("town"), modelled=True)
    yield prepared
    remove_tiles(prepared)


@pytest.fixture
def app(own_town: Prepared, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    for name, value in own_town.environment.items():
        monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    return _opened()


def _opened(history: History | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    if history is not None:
        app.session_state["scenario.history"] = history
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app.switch_page(PAGE).run()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    values: dict[str, object] = {i18n.KEY: "de"}
    monkeypatch.setattr(st, "session_state", values)
    return SimpleNamespace(values=values)


def _words(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_difference_classes_and_colours_agree() -> None:
    frame = pd.DataFrame(
        [
            (-9.0, "shorter", 0),
            (-3.0, "shorter", 1),
            (-0.5, "shorter", 2),
            (0.0, "same", 3),
            (2.0, "longer", 4),
            (5.0, "longer", 6),
            (5.1, "longer", 7),
            (np.nan, "reached", 0),
            (np.nan, "lost", 7),
            (np.nan, "never", 5),
        ],
        columns=["difference_min", "turn", "code"],
    )
    assert codes_of(frame).tolist() == frame["code"].tolist()
    assert sorted(ORDER) == list(range(len(FILLS)))


def test_a_place_is_closed_undone_and_redone(app: AppTest) -> None:
    assert not app.exception
    assert "ist noch nichts geändert" in _words(app)
    closing = app.selectbox(key="widget.closing")
    assert app.button(key="scenario.close").disabled
    app.session_state["widget.closing"] = closing.options[0].rpartition("(")[2].rstrip(")")
    app.run()
    app.button(key="scenario.close").click().run()
    assert not app.exception
    assert "Geschlossen:" in _words(app)
    assert "Mit „Mein Szenario“" in _words(app)
    app.button(key="scenario.undo").click().run()
    assert "ist noch nichts geändert" in _words(app)
    app.button(key="scenario.redo").click().run()
    assert "Geschlossen:" in _words(app)
    app.button(key="scenario.clear").click().run()
    assert "ist noch nichts geändert" in _words(app)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ("Wer gewinnt", "Geschlossen:")),
        ("en", ("Who gains", "Closed:")),
        ("tr", ("Kim kazanıyor", "Kapatıldı:")),
    ],
)
def test_the_effect_is_told_in_every_language(study: Study, language: str, said: tuple[str, ...]) -> None:
    places = study.tables["places"]
    shop = str(places["place_id"][places["kind"] == "supermarket"].iloc[0])
    tried = Scenario(name="x", municipality=study.config.key, changes=(ClosePlace(place_id=shop),))
    shown = _opened(History(tried), lang=language)
    assert not shown.exception
    assert not shown.error
    assert all(words in _words(shown) for words in said)
    labels = {button.key: button.label for button in shown.button}
    assert labels["scenario.undo"] == Language(language)("Rückgängig")


def test_what_cannot_be_made_leaves_the_scenario_as_it_is(study: Study, session: SimpleNamespace) -> None:
    before = what_if.history(study)
    what_if.add_place(study, "supermarket", Spot(point=(0.0, 0.0)), "Fern")
    assert what_if.error() is not None
    assert what_if.history(study) is before
    what_if.close_place(study, "nobody")
    assert "nobody" in str(what_if.error())
    assert what_if.history(study) is before


def test_a_saved_scenario_opens_again(study: Study, session: SimpleNamespace) -> None:
    house = str(study.tables["buildings"]["building_id"].iloc[0])
    what_if.add_place(study, "pharmacy", Spot(building=house), "Apotheke")
    what_if.rename(study, "  Neue\nMitte ")
    saved = what_if.history(study).present
    assert saved.name == "Neue Mitte"
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
    from kudequa_geo.maps.projection import to_degrees

    buildings = study.tables["buildings"]
    inside = buildings.geometry.iloc[0].representative_point()
    lon, lat = to_degrees([[inside.x, inside.y]], study.config.crs)[0]
    assert what_if.clicked_spot(study, lat, lon) == Spot(building=buildings["building_id"].iloc[0])
    lon, lat = to_degrees([[inside.x - 5000, inside.y]], study.config.crs)[0]
    assert what_if.clicked_spot(study, lat, lon).point == pytest.approx((inside.x - 5000, inside.y), abs=0.02)


def test_the_page_script_is_listed(app: AppTest) -> None:
    assert (Path(ROOT) / PAGE).is_file()
    assert "Szenarien" in [link.proto.label for link in app.get("page_link")]
