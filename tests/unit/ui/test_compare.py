"""A difference by its classes, and the spread of people over classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kudequa_geo.config import load_municipality
from kudequa_geo.maps.difference import FILLS, LEGEND, ORDER
from kudequa_geo.maps.palette import Code
from kudequa_geo.study import Study, load_study
from kudequa_geo.ui import compare
from kudequa_geo.ui.answer import Answer
from kudequa_geo.ui.compare import Pair
from kudequa_geo.ui.view import View


@pytest.fixture(scope="module")
def study(town_data: Path) -> Study:
    return load_study(load_municipality("musterstadt", town_data), town_data)


@pytest.fixture
def asked(study: Study) -> View:
    kind = next(kind for kind in study.kinds if kind.key == "supermarket")
    return View(kind, study.persons["adult"], kind.limit.sourced(), False, "")


def test_the_same_twice_is_no_difference(study: Study, asked: View) -> None:
    pair = compare.two_persons(study, asked, asked.person)
    connected = ~np.isnan(pair.difference)
    assert connected.any()
    assert set(pair.codes[connected]) == {ORDER[3]}
    assert set(pair.codes[~connected]) <= {Code.NOT_CONNECTED}


def test_swapping_mirrors_the_classes(study: Study, asked: View) -> None:
    other = next(kind for kind in study.kinds if kind.key == "bus_stop")
    one = compare.two_services(study, asked, other)
    two = Pair(one.second, one.first, one.names[::-1])
    place = {code: number for number, code in enumerate(ORDER)}
    for first, second in zip(one.codes, two.codes, strict=True):
        if first in place:
            assert place[int(first)] == 6 - place[int(second)]
        else:
            assert first == second
    assert len(set(one.codes)) > 2


def test_a_kind_without_places_has_no_difference(study: Study, asked: View) -> None:
    there = set(study.tables["places"]["kind"])
    absent = next(kind for kind in study.kinds if kind.key not in there)
    pair = compare.two_services(study, asked, absent)
    assert set(pair.codes) == {Code.NO_DATA}
    assert absent.label in pair.sentence()


def test_people_of_all_classes_are_all_people(study: Study, asked: View) -> None:
    pair = compare.two_persons(study, asked, study.persons["wheelchair"])
    total = study.tables["buildings"]["residents"].sum()
    assert pair.people.sum() == pytest.approx(total)
    assert len(pair.words()) == len(LEGEND) == len(FILLS)
    ids, counts = compare.class_people(pair.first)
    assert len(ids) == len(counts)
    at = study.tables["buildings"]["district_id"]
    lived = study.tables["buildings"]["residents"].groupby(at).sum()
    assert counts.sum(axis=1) == pytest.approx(lived[ids].to_numpy())


def test_ever_more_people_are_there(study: Study, asked: View) -> None:
    answer = Answer(study, asked)
    upper = np.linspace(0, 3000, 31)
    shares = compare.reached(answer, None, upper.tolist())
    assert (np.diff(shares) >= 0).all()
    assert shares[0] >= 0
    assert shares[-1] <= 1
    share = compare.reached(answer, None, [asked.limit.value])[0]
    assert share == pytest.approx(answer.area.share)
    assert np.isnan(compare.reached(answer, "no such district", [500.0])).all()
