"""The page of gaps on the toy town: choices, weights, and the address that restores them."""

from __future__ import annotations

import csv
import json

import pytest
from streamlit.testing.v1 import AppTest

from kudequa_geo.constants import Sourced
from kudequa_geo.language import Language
from kudequa_geo.results.gaps import found_areas
from kudequa_geo.ui import cached, i18n
from kudequa_geo.ui.gap_answer import GapAnswer
from kudequa_geo.ui.gap_view import GapView
from kudequa_geo.ui.view import View
from tests.fixtures.pages import open_sound

pytestmark = pytest.mark.usefixtures("shown")
PAGE = "pages/2_Versorgungsluecken.py"


def _open(**query: str) -> AppTest:
    return open_sound(PAGE, **query)


def _words(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def _address(app: AppTest) -> dict[str, str]:
    return {key: value if isinstance(value, str) else value[-1] for key, value in app.query_params.items()}


def _outlines(app: AppTest) -> list[dict[str, object]]:
    """The settings of the layer of gap areas, as they travel to the browser."""
    component = next(e for e in app.get("component_instance") if "st_folium" in e.proto.component_name)
    script = json.loads(component.proto.json_args)["feature_group"]
    start = script.index("new kudequa.Gaps(") + len("new kudequa.Gaps(")
    settings, _end = json.JSONDecoder().raw_decode(script[start:])
    return settings["areas"]


def _first_area() -> str:
    """The area that the list of the question with a limit of 300 m begins with."""
    limit = Sourced(300.0, "m", "Test", 2025)
    return str(found_areas(cached.study(), "supermarket", "adult", limit).areas["area_id"].iloc[0])


def test_areas_are_drawn_and_listed() -> None:
    app = _open(limit="300m")
    listed = app.selectbox(key="widget.area").options
    drawn = _outlines(app)
    assert len(drawn) == len(listed) - 1 > 0
    assert [area["rank"] for area in drawn] == list(range(1, len(drawn) + 1))
    assert "In Musterstadt wohnen" in _words(app)
    assert "Querstraße" in listed[1] or "Längsstraße" in listed[1]


def test_a_chosen_area_is_explained_pointed_out_and_in_the_address() -> None:
    app = _open(limit="300m")
    app.selectbox(key="widget.area").select(_first_area()).run()
    words = _words(app)
    assert "Was den meisten dort fehlt" in words
    assert "Frischmarkt Muster" in words
    assert "Weit ist es" in words
    assert [area["chosen"] for area in _outlines(app)].count(True) == 1
    again = _open(**_address(app))
    assert again.selectbox(key="widget.area").value == app.selectbox(key="widget.area").value
    assert _address(again) == _address(app)


def test_an_area_ends_with_its_question_without_a_note() -> None:
    app = _open(limit="300m")
    app.selectbox(key="widget.area").select(_first_area()).run()
    app.selectbox(key="widget.service").select("kita").run()
    assert app.selectbox(key="widget.area").value == ""
    assert "Angabe area " not in _words(app)


def test_wrong_words_in_the_address_fall_back_with_a_note() -> None:
    app = _open(area="nowhere", order="size", weights="local_supply:99", parts="x")
    told = _words(app)
    for name in ("area", "order", "weights", "parts"):
        assert f"Angabe {name} " in told
    assert _address(app)["order"] == "people"


def _needs(app: AppTest) -> list[str]:
    return [
        line.split("Bedarf ")[1].split(";")[0]
        for line in _words(app).split("<small>")
        if line.startswith("Bedarf ")
    ]


def test_weights_change_the_need_at_once_and_travel_in_the_address() -> None:
    app = _open(limit="300m")
    before = _needs(app)
    assert [slider.key for slider in app.slider] == ["widget.limit"]
    app.session_state["gaps.weights"] = True
    app.run()
    app.slider(key="widget.weight.local_supply").set_value(0.0).run()
    app.slider(key="widget.weight.leisure").set_value(2.0).run()
    assert _needs(app) != before
    assert _address(app)["weights"] == "leisure:2,local_supply:0"
    assert _needs(_open(**_address(app))) == _needs(app)
    app.button(key="widget.weights.reset").click().run()
    assert _needs(app) == before
    assert "weights" not in _address(app)


def test_bars_tell_their_parts_in_words() -> None:
    words = _words(_open(limit="300m"))
    assert 'role="img"' in words
    assert "Nahversorgung" in words.split('role="img"')[1].split(">")[0]


def test_bars_by_people() -> None:
    app = _open(limit="300m", parts="groups")
    assert "alle Menschen" in _words(app)


def test_persons_stand_side_by_side() -> None:
    words = _words(_open())
    table = words.split("Wären alle so unterwegs")[2].split("</table>")[0]
    assert table.count("<tr") == 8
    assert "kdq-here" in table


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_nothing_within_reach_of_words_without_areas(language: str) -> None:
    words = _words(_open(lang=language, limit="3000m"))
    assert "Musterstadt" in words
    assert "50" in words


def test_what_the_data_do_not_hold_is_not_called_a_gap() -> None:
    words = _words(_open(service="swimming"))
    assert "keinen einzigen Ort" in words


def test_the_table_holds_all_areas() -> None:
    study = cached.study()
    kind = next(kind for kind in study.kinds if kind.key == "supermarket")
    view = View(kind, study.persons["adult"], kind.limit.sourced(), own_limit=False, district="")
    answer = GapAnswer(study, GapView(view, "", "need", "services", {"leisure": 0.0}))
    lines = list(csv.DictReader(answer.csv(Language("en")).decode("utf-8").splitlines()))
    assert [line["area_id"] for line in lines] == [area.area_id for area in answer.areas]
    for line in lines:
        parts = [
            float(value) for name, value in line.items() if name.startswith("need_") and "_of_" not in name
        ]
        assert sum(parts) == pytest.approx(float(line["need"]), rel=1e-4)
        assert line["need_leisure"] == "0"
        assert line["weights"] == "leisure:0"
    needs = [float(line["need"]) for line in lines]
    assert needs == sorted(needs, reverse=True)
