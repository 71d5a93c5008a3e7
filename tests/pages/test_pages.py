"""Every page in every language, without a browser."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kudequa_geo.ui import frame, i18n
from tests.fixtures.pages import html_words, open_page, unfilled
from tests.fixtures.prepared import Prepared, remove_tiles

pytestmark = pytest.mark.usefixtures("shown")

PAGES = tuple(frame.PAGES)
#: The page of reports shows a printed sheet in place of a map.
MAPS = tuple(page for page in PAGES if page != "pages/7_Bericht.py")
WITHOUT_MAP = ("pages/6_Daten_und_Methodik.py", "pages/9_Barrierefreiheit.py")


def _words(app: AppTest) -> str:
    return "\n".join(
        [html_words(app), *(label.label for label in app.selectbox), *(error.value for error in app.error)]
    )


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("script", PAGES)
def test_page_in_every_language(script: str, language: str) -> None:
    app = open_page(script, lang=language)
    assert not app.exception
    assert not app.error
    words = _words(app)
    assert "Musterstadt" in words
    assert app.query_params["lang"] in (language, [language])
    other = {"de": "Menschen", "en": "people", "tr": "kişi"}
    assert other[language] in words
    assert unfilled(words) == []


def test_an_unfilled_place_is_found_behind_styles_and_scripts() -> None:
    page = "<script>if (a) { b() }</script><p>Musterstadt</p><style>p { margin: 0 }</style>"
    assert unfilled(page) == []
    (found,) = unfilled(page + "<p>In {area")
    assert "In {area" in found


@pytest.mark.parametrize("script", MAPS)
def test_no_foreign_address_in_any_map(script: str) -> None:
    app = open_page(script)
    maps = [
        element for element in app.get("component_instance") if "st_folium" in element.proto.component_name
    ]
    assert bool(maps) == (script not in WITHOUT_MAP)
    for element in maps:
        arguments = json.loads(element.proto.json_args)
        links = [*arguments["js_links"], *arguments["css_links"]]
        assert links
        assert all(link.startswith("../../app/static/") for link in links)
        for name in ("script", "header", "html", "feature_group"):
            assert "//" not in (arguments[name] or "").replace("http://www.w3.org", ""), name


def test_model_data_say_so() -> None:
    for script in PAGES:
        assert "Modelldaten – keine Planungsgrundlage" in _words(open_page(script))


def test_controls_change_the_answer() -> None:
    app = open_page("pages/1_Erreichbarkeit.py")
    before = _words(app)
    app.selectbox(key="widget.person").select("senior_85").run()
    app.radio(key="widget.unit").set_value("min").run()
    assert not app.exception
    after = _words(app)
    assert "min vom nächsten Angebot" in after.replace("\xa0", " ")
    assert before != after
    app.slider(key="widget.limit").set_value(3).run()
    assert "3 min vom nächsten Angebot" in _words(app).replace("\xa0", " ")
    app.button(key="widget.reset").click().run()
    assert "500 m vom nächsten Angebot" in _words(app).replace("\xa0", " ")


def test_new_service_brings_its_own_limit() -> None:
    app = open_page("pages/1_Erreichbarkeit.py", limit="900m")
    assert "900 m vom" in _words(app).replace("\xa0", " ")
    app.selectbox(key="widget.subject").select("gp").run()
    assert "1.000 m vom nächsten Angebot „Hausarztpraxis“" in _words(app).replace("\xa0", " ")


def test_choices_survive_a_change_of_page() -> None:
    app = open_page("pages/1_Erreichbarkeit.py", service="pharmacy", person="wheelchair")
    app.switch_page("dashboard.py").run()
    app.switch_page("pages/1_Erreichbarkeit.py").run()
    assert app.selectbox(key="widget.subject").value == "pharmacy"
    assert app.selectbox(key="widget.person").value == "wheelchair"


def test_a_district_has_figures_of_its_own() -> None:
    app = open_page("pages/1_Erreichbarkeit.py")
    district = next(
        option for option in app.selectbox(key="widget.district").options if "Ganzes" not in option
    )
    app.selectbox(key="widget.district").select_index(1).run()
    assert f"In {district} wohnen" in _words(app)


#: What can go wrong with the data, and the pages that need what is damaged.
DAMAGES = [
    (script, name, damage)
    for name, damage in (
        ("buildings.parquet", b"PAR1 broken"),
        ("datapackage.json", b"{"),
        ("ground.pmtiles", None),
        ("places.parquet", None),
    )
    for script in PAGES
    if not (name.endswith(".pmtiles") and script in WITHOUT_MAP)
]


@pytest.mark.parametrize(("script", "name", "damage"), DAMAGES)
def test_damage_is_told_and_the_page_stays(
    script: str,
    name: str,
    damage: bytes | None,
    town: Prepared,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(town.data_dir, tmp_path / "data")
    broken = tmp_path / "data" / town.key / name
    broken.unlink()
    if damage is not None:
        broken.write_bytes(damage)
    monkeypatch.setenv("KUDEQUA_DATA_DIR", str(tmp_path / "data"))
    app = open_page(script)
    remove_tiles(Prepared(tmp_path / "data", town.key))
    assert not app.exception
    assert len(app.error) == 1
    told = "\n".join([app.error[0].value, *(text.value for text in app.text)])
    assert "prepare" in told
    assert "Traceback" not in told
    assert app.selectbox(key="widget.lang").value == "de"


def test_an_unknown_municipality_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUDEQUA_MUNICIPALITY", "atlantis")
    app = open_page("dashboard.py")
    assert "atlantis" in app.error[0].value
    assert "musterstadt" in app.error[0].value


LEVEL_WORDS = {
    "de": {"cells": "Zellen", "districts": "Bezirken"},
    "en": {"cells": "cells", "districts": "districts"},
    "tr": {"cells": "hücreden", "districts": "semtten"},
}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("level", ["cells", "districts"])
@pytest.mark.parametrize("field", ["", "local_supply"])
def test_levels_and_fields_in_every_language(field: str, level: str, language: str) -> None:
    app = open_page("pages/1_Erreichbarkeit.py", lang=language, level=level, field=field)
    assert not app.exception
    assert not app.error
    words = _words(app)
    assert LEVEL_WORDS[language][level] in words
    assert unfilled(words) == []
    assert app.query_params["level"] in (level, [level])
    if field:
        assert app.query_params["field"] in (field, [field])


def test_a_level_the_municipality_lacks_is_told() -> None:
    app = open_page("pages/1_Erreichbarkeit.py", level="parents", field="gold", click="x", at="north")
    assert not app.exception
    told = _words(app)
    for name in ("level", "field", "click", "at"):
        assert f"{name} = " in told
    assert app.selectbox(key="widget.level").value == "buildings"


def test_field_and_level_are_chosen_and_left() -> None:
    app = open_page("pages/1_Erreichbarkeit.py")
    app.selectbox(key="widget.subject").select("field:local_supply").run()
    app.selectbox(key="widget.level").select("districts").run()
    assert "Dienste „Nahversorgung“" in _words(app)
    assert not app.slider
    app.selectbox(key="widget.subject").select("pharmacy").run()
    assert "„Apotheke“" in _words(app)
    assert app.slider


def test_a_point_in_the_address_is_explained() -> None:
    at = "51.54200,7.45600"
    for level in ("buildings", "cells", "districts"):
        for click in ("explain", "ways"):
            app = open_page("pages/1_Erreichbarkeit.py", level=level, click=click, at=at)
            assert not app.exception
            assert not app.error
            assert app.query_params["at"] in (at, [at])
            if click == "ways":
                assert "Höchstens 15" in _words(app)
            elif level == "districts":
                assert "Hier wohnen" in _words(app)


@pytest.mark.parametrize("script", PAGES)
def test_an_error_on_one_page_leaves_the_others_working(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks while a page reads its data: a message, the navigation, and every other page."""
    app = open_page("dashboard.py" if script != "dashboard.py" else "pages/1_Erreichbarkeit.py")
    with monkeypatch.context() as broken:
        broken.setattr("kudequa_geo.ui.cached.study", lambda: 1 / 0)
        app.switch_page(script).run()
        assert not app.exception
        assert "unerwarteter Fehler" in app.error[0].value
        assert app.selectbox(key="widget.lang").value == "de"
    other = PAGES[(PAGES.index(script) + 1) % len(PAGES)]
    app.switch_page(other).run()
    assert not app.exception
    assert not app.error


def test_a_limit_that_comes_with_another_service_is_that_of_the_service_before() -> None:
    """Who chooses quickly sends what the slider still showed; nobody has moved it."""
    app = open_page("pages/2_Versorgungsluecken.py", service="pharmacy")
    app.slider(key="widget.limit").set_value(1500)
    app.selectbox(key="widget.service").set_value("supermarket").run()
    assert not app.exception
    assert app.slider(key="widget.limit").value == 500
    assert "limit" not in app.query_params
    app.slider(key="widget.limit").set_value(700).run()
    assert app.query_params["limit"] in ("700m", ["700m"])
