"""No table that leaves the tool counts fewer than five people, wherever it is made."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kudequa_geo import pipeline
from kudequa_geo.constants import SMALL_NUMBER, Field
from kudequa_geo.export.bundle import table_file
from kudequa_geo.export.edition import Edition
from kudequa_geo.language import Language
from kudequa_geo.results.secrecy import counts_people, hidden, masked
from kudequa_geo.scenario_cli import _contents, _told
from kudequa_geo.scenarios.change import ClosePlace
from kudequa_geo.scenarios.results import scenario_tables
from kudequa_geo.scenarios.scenario import Scenario
from kudequa_geo.schema import RESIDENT_GROUPS
from kudequa_geo.store import Stage
from kudequa_geo.study import Study
from kudequa_geo.ui import (
    compare,
    compare_page,
    scenario_comparison,
    scenario_potential,
    site_list,
    sites_page,
    what_if,
)
from kudequa_geo.ui.answer import Answer
from kudequa_geo.ui.division import CELLS, DISTRICTS, division_of
from kudequa_geo.ui.field_answer import FieldAnswer
from kudequa_geo.ui.gap_answer import GapAnswer
from kudequa_geo.ui.gap_view import GapView
from kudequa_geo.ui.labs_page import Quarter
from kudequa_geo.ui.level_answer import LevelAnswer
from kudequa_geo.ui.scenario_view import WhatIf
from kudequa_geo.ui.site_profile import SiteProfile
from kudequa_geo.ui.view import View

pytestmark = pytest.mark.usefixtures("german")
ENGLISH = Language("en")
#: Columns of numbers that count nobody, in any table.
OTHERS = {
    "limit",
    "services",
    "rank",
    "rank_need",
    "rank_low",
    "rank_high",
    "order",
    "exact",
    "choice",
    "minutes_saved",
    "minutes_lost",
    "need",
    "need_closed",
    "metres_saved",
    "objective",
    "gap",
    "area_ha",
    "area_m2",
    "nearest_m",
    "beeline_m",
    "capacity",
    "difference_min",
    "before_min",
    "after_min",
    "metres",
    "minutes",
    "class",
    "places",
    "count",
    "lon",
    "lat",
    "x",
    "y",
    "low",
    "high",
    "age_years",
}


@pytest.fixture(scope="module")
def few(study: Study) -> Study:
    """The town with three people in its first district, and few of every group everywhere."""
    buildings = study.tables["buildings"].copy()
    first = study.tables["districts"]["district_id"].iloc[0]
    here = (buildings["district_id"] == first).to_numpy()
    residents = buildings["residents"].to_numpy(float)
    residents = np.where(here, residents * 3 / residents[here].sum(), residents)
    buildings["residents"] = residents
    for number, group in enumerate(RESIDENT_GROUPS, start=1):
        buildings[group] = residents * number / residents.sum() * 0.9
    return Study(study.config, study.package, {**study.tables, "buildings": buildings}, study.report)


@pytest.fixture(scope="module")
def asked(few: Study) -> View:
    kind = few.kinds[few.kind_index["supermarket"]]
    limit = replace(kind.limit.sourced(), value=150.0)
    return View(kind, few.persons["adult"], limit, own_limit=True, district="")


@pytest.fixture
def what(few: Study, asked: View) -> WhatIf:
    kinds = few.tables["places"]["kind"]
    shop = str(few.tables["places"].loc[kinds == "supermarket", "place_id"].iloc[0])
    scenario = Scenario(name="x", municipality=few.config.key, changes=(ClosePlace(place_id=shop),))
    return WhatIf(few, asked, what_if.today(few), what_if.state_of(few, scenario))


def _small_cells(content: bytes | str) -> list[str]:
    """Return the cells of a table that count fewer than five people; every column of numbers is looked at."""
    text = content if isinstance(content, str) else content.decode("utf-8-sig")
    table = pd.read_csv(io.StringIO(text), low_memory=False)
    assert len(table)
    if "measure" in table:
        table = table[table["measure"].map(counts_people)]
    small = []
    for name in table.select_dtypes("number"):
        if name in OTHERS or name.startswith(("share", "mean", "median", "p90", "need_")):
            continue
        found = table[name][(table[name] != 0) & (table[name].abs() < SMALL_NUMBER.value)]
        small += [f"{name}: {value}" for value in found.unique()]
    return small


def _site_tables(few: Study, asked: View) -> dict[str, Callable[[], Any]]:
    homes = few.tables["buildings"].geometry.centroid.to_crs(4326).iloc[[0, 40]]
    lines = [f"L{n};lab;{point.x};{point.y}" for n, point in enumerate(homes)]
    sites = site_list.upload(few, "l.csv", ("name;kind;lon;lat\n" + "\n".join(lines)).encode())
    found = site_list.effects(few, asked, sites)
    return {
        "sites": lambda: sites_page._sheet(few, asked, sites, [0, 1], found, ENGLISH),
        "profile": lambda: SiteProfile(few, asked, sites, 0, 0).csv(ENGLISH),
    }


def test_tables_of_the_pages(few: Study, asked: View, what: WhatIf) -> None:
    field = FieldAnswer(few, asked, Field.LOCAL_SUPPLY)
    answer = Answer(few, asked)
    first = few.tables["districts"]["district_id"].iloc[0]
    makers: dict[str, Callable[[], Any]] = {
        "answer": lambda: answer.csv(ENGLISH),
        "field": lambda: field.csv(ENGLISH),
        "gaps": lambda: GapAnswer(few, GapView(asked, "", "need", "services", {})).csv(ENGLISH),
        "lab": lambda: Quarter(few, replace(asked, district=first)).csv(ENGLISH),
        "effects": lambda: what.csv(ENGLISH),
        "comparison": lambda: scenario_comparison.csv(what, ENGLISH),
        "potential": lambda: scenario_potential.every_kind(what, ENGLISH),
        "pair": lambda: compare_page.pair_csv(compare.two_persons(few, asked, asked.person), ENGLISH),
        **_site_tables(few, asked),
    }
    for base in (answer, field):
        for level in (CELLS, DISTRICTS):
            makers[f"{type(base).__name__} {level}"] = LevelAnswer(base, division_of(few, level)).csv
    told = {name: _small_cells(make(ENGLISH) if name.count(" ") else make()) for name, make in makers.items()}
    assert told == {name: [] for name in told}


@pytest.mark.parametrize("layer", ["kennzahlen", "bezirke", "luecken"])
def test_tables_of_the_exports(few: Study, tmp_path: Path, layer: str) -> None:
    edition = Edition(few, tmp_path, Language("de"), date(2024, 6, 1))
    content = table_file(edition, "csv-int", person="adult", layer=layer)
    assert _small_cells(content) == []


def test_tables_and_sentences_of_scenarios(few: Study, what: WhatIf) -> None:
    before, after = what.outcome(what.before), what.outcome(what.after)
    tables = scenario_tables(before, after)
    whole = tables["effects"]
    assert whole.loc[whole["better"] + whole["worse"] > 0, "worse"].lt(SMALL_NUMBER.value).any()
    contents = _contents(few, {key: tables[key] for key in ("comparison", "effects")}, "x")
    assert {name: _small_cells(text) for name, text in contents.items()} == {name: [] for name in contents}
    changed = whole["worse"] > 0
    three = whole.assign(worse=whole["worse"].mask(changed, 3.0), within_lost=0.0, reach_lost=0.0)
    (line,) = _told(few, Scenario(name="x"), three[three["kind"] == "supermarket"])
    assert "haben unter 5 Menschen einen längeren" in line


def test_tables_of_the_analysis(few: Study, tmp_path: Path) -> None:
    pipeline.analyse(few, Stage(tmp_path))
    told = pd.read_csv(tmp_path / "indicators.csv")
    assert told["residents"].isna().any()
    people = [name for name in told if counts_people(name)]
    assert not hidden(told[people].fillna(0)).any()


def test_nobody_is_no_secret_and_large_numbers_stay() -> None:
    table = pd.DataFrame(
        {"residents": [0.0, 4.9, 5.0], "share_within_limit": [np.nan, 0.5, 0.5], "limit": [3.0, 3.0, 3.0]}
    )
    told = masked(table)
    assert told["residents"].fillna(-1).tolist() == [0.0, -1.0, 5.0]
    assert told["share_within_limit"].isna().tolist() == [True, True, False]
    assert told["limit"].tolist() == [3.0, 3.0, 3.0]
    assert table["residents"].tolist() == [0.0, 4.9, 5.0]


def test_a_hidden_measure_cannot_be_told_from_its_difference() -> None:
    measures = ["residents", "residents_within_limit", "mean_min"]
    table = pd.DataFrame(
        {
            "district_id": ["a"] * 3 + ["b"] * 3,
            "measure": measures * 2,
            "before": [100.0, 3.0, 4.0, 3.0, 1.0, 4.0],
            "after": [100.0, 53.0, 2.0, 3.0, 3.0, 2.0],
        }
    )
    told = masked(table.assign(difference=table["after"] - table["before"]))
    assert told.loc[1, "after"] == 53
    assert told.loc[1, ["before", "difference"]].isna().all()
    assert told.loc[2, "before"] == 4
    assert told.loc[3:, ["before", "after", "difference"]].isna().all(axis=None)
