"""Profiles: two pages whose figures are those of the data."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pypdf import PdfReader

from kudequa_geo.export.edition import Edition
from kudequa_geo.export.facts import Facts
from kudequa_geo.export.focus import district_focus, gap_focus, site_focus
from kudequa_geo.export.profile import draw_profile
from kudequa_geo.export.question import Question
from kudequa_geo.export.saving import Format, rendered
from kudequa_geo.results.today import today
from kudequa_geo.scenarios.applying import apply
from kudequa_geo.scenarios.change import AddPlace, Spot
from kudequa_geo.scenarios.outcome import evaluate
from kudequa_geo.scenarios.scenario import Scenario
from tests.fixtures.pdf import text_of


@pytest.fixture(scope="module")
def facts(edition: Edition, question: Question) -> Facts:
    return Facts(edition, question, "senior_75")


def test_two_pages_with_people_reach_rank_and_sites(edition: Edition, facts: Facts) -> None:
    focus = district_focus(edition, "Nord")
    drawn = draw_profile(facts, focus)
    content = rendered(drawn.pages, drawn.record, Format.PDF)
    assert len(PdfReader(io.BytesIO(content)).pages) == 2
    text = text_of(content)
    people = edition.study.tables["buildings"]["residents"][focus.rows].sum()
    for words in (
        "Quartierssteckbrief Nord",
        edition.say.people(people),
        "Was zu Fuß erreichbar ist",
        "Ehem. Kaufhaus",
        "von 2 Bezirken",
        "Lücke 1",
        "© OpenStreetMap contributors",
        "Modelldaten",
    ):
        assert words in text, words


def test_reach_is_counted_as_the_people_live(edition: Edition, facts: Facts) -> None:
    focus = district_focus(edition, "Süd")
    reach = {entry.kind.key: entry for entry in facts.reach(focus.rows, focus.key)}
    metres = edition.study.metres("adult", "supermarket")[focus.rows]
    residents = edition.study.tables["buildings"]["residents"].to_numpy()[focus.rows]
    share = residents[metres <= 500].sum() / residents.sum()
    assert reach["supermarket"].share == pytest.approx(share)
    assert reach["supermarket"].rank == 1
    assert reach["supermarket"].median_slow_min > reach["supermarket"].median_min
    nowhere = reach["swimming"]
    # Nobody can tell who lacks what the map does not know at all.
    assert not nowhere.missing
    assert np.isnan(nowhere.share)
    assert np.isnan(nowhere.median_min)


def test_sites_and_gaps_have_profiles_too(edition: Edition, question: Question, facts: Facts) -> None:
    site = edition.study.tables["sites"]["site_id"].iloc[0]
    for focus in (site_focus(edition, site), gap_focus(edition, question, 1)):
        drawn = draw_profile(facts, focus)
        assert focus.name in text_of(rendered(drawn.pages, drawn.record, Format.PDF))


def test_scenario_is_told(edition: Edition, facts: Facts) -> None:
    study = edition.study
    base = today(study).base
    north = district_focus(edition, "Nord")
    home = study.tables["buildings"]["building_id"][north.rows].iloc[-1]
    shop = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(building=home))
    scenarios = (Scenario(name="heute"), Scenario(name="Ein neuer Laden", changes=(shop,)))
    outcomes = [evaluate(apply(base, scenario), ["adult"]) for scenario in scenarios]
    tried = Facts(edition, facts.question, facts.slow, outcomes)
    drawn = draw_profile(tried, north)
    text = text_of(rendered(drawn.pages, drawn.record, Format.PDF))
    assert "Szenario „Ein neuer Laden“" in text
    assert "Supermarkt: 0 Menschen innerhalb der Grenze heute" in text
    for words in ("Heutiger Stand", "heute", "danach", "neu oder verlegt"):
        assert words in text, words
    assert len(drawn.pages) == 2
