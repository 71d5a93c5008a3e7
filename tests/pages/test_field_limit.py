"""A whole field of services: each with its own limit, or one limit for all, in minutes or metres."""

from __future__ import annotations

import csv
import io

import pytest
from streamlit.testing.v1 import AppTest

from kudequa_geo.constants import Field, Sourced
from kudequa_geo.language import Language
from kudequa_geo.study import Study
from kudequa_geo.ui import cached, i18n
from kudequa_geo.ui.field_answer import FieldAnswer
from kudequa_geo.ui.view import View, _parsed
from tests.fixtures.pages import html_words, open_sound, unfilled

pytestmark = pytest.mark.usefixtures("shown")
PAGE = "pages/1_Erreichbarkeit.py"


def _answer(study: Study, limit: str) -> FieldAnswer:
    value, unit = _parsed(limit) or (0.0, "")
    person = study.persons["adult"]
    view = View(study.kinds[0], person, Sourced(value, unit, "-", 2025), True, "")
    return FieldAnswer(study, view, Field.LOCAL_SUPPLY)


def _app(**query: str) -> AppTest:
    return open_sound(PAGE, field="local_supply", **query)


def _address(app: AppTest, name: str) -> str:
    value = app.query_params.get(name, "")
    return value if isinstance(value, str) else value[-1]


def test_one_limit_is_chosen_moved_and_given_up() -> None:
    app = _app()
    assert "Jeder Dienst zählt mit seiner eigenen Grenze" in html_words(app)
    app.toggle(key="widget.onelimit").set_value(True).run()
    assert _address(app, "limit") == "15min"
    assert "innerhalb von 15" in html_words(app)
    app.slider(key="widget.limit").set_value(5).run()
    assert _address(app, "limit") == "5min"
    app.radio(key="widget.unit").set_value("m").run()
    assert _address(app, "limit").endswith("m")
    assert not _address(app, "limit").endswith("min")
    app.toggle(key="widget.onelimit").set_value(False).run()
    assert _address(app, "limit") == ""
    assert "innerhalb ihrer Grenzen" in html_words(app)
    assert not app.exception


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("level", ["buildings", "cells", "districts"])
def test_every_level_and_language_takes_the_limit(language: str, level: str) -> None:
    app = _app(limit="300m", level=level, lang=language)
    words = html_words(app).replace("\xa0", " ")
    assert "300 m" in words
    assert unfilled(words) == []


def test_the_figures_are_those_of_the_limit() -> None:
    study = cached.study()
    near, far = _answer(study, "100m"), _answer(study, "3000m")
    metres = study.nearest("adult").metres
    columns = [study.kind_index[kind.key] for kind in near.kinds]
    expected = (metres[:, columns, 0] <= 100).mean(axis=1)
    assert near.share.tolist() == pytest.approx(expected.tolist(), nan_ok=True)
    assert far.here["residents_all"] > near.here["residents_all"]
    rows = list(csv.DictReader(io.StringIO(near.csv(Language()).decode("utf-8-sig")), delimiter=";"))
    assert {(row["limit"], row["limit_unit"]) for row in rows} == {("100", "m")}


def test_a_new_subject_has_its_own_limit_again() -> None:
    app = _app(limit="300m")
    app.selectbox(key="widget.subject").set_value("field:health_care").run()
    assert _address(app, "limit") == ""
