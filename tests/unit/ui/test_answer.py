"""The figures and sentences of the access page, against the tables they come from."""

import csv
import io

import numpy as np
import pytest

from kudequa_geo.constants import Sourced
from kudequa_geo.language import Language
from kudequa_geo.study import Study
from kudequa_geo.ui.answer import Answer, class_words, people, ranked
from kudequa_geo.ui.view import View

pytestmark = pytest.mark.usefixtures("german")


def _view(study: Study, kind: str = "supermarket", **changes) -> View:
    chosen = study.kinds[study.kind_index[kind]]
    limit = changes.pop("limit", chosen.limit.sourced())
    person = study.persons[changes.pop("person", "adult")]
    return View(chosen, person, limit, False, changes.pop("district", ""))


def test_figures_agree_with_the_tables(study: Study) -> None:
    answer = Answer(study, _view(study))
    residents = study.tables["buildings"]["residents"].to_numpy()
    metres = study.metres("adult", "supermarket")
    assert answer.area.residents == pytest.approx(residents.sum())
    assert answer.area.within == pytest.approx(residents[metres <= 500].sum())
    assert answer.people.sum() == pytest.approx(residents.sum())
    # The first two classes end at the limit.
    assert answer.people[:2].sum() == pytest.approx(answer.area.within)


def test_districts_sum_to_the_area(study: Study) -> None:
    answer = Answer(study, _view(study))
    units = [unit for unit in answer.units if unit.level == "district"]
    assert len(units) >= 2
    assert sum(unit.residents for unit in units) == pytest.approx(answer.area.residents)


def test_a_district_counts_its_own_people(study: Study) -> None:
    first = study.tables["districts"]["district_id"].iloc[0]
    answer = Answer(study, _view(study, district=first))
    assert answer.here.level == "district"
    assert answer.people.sum() == pytest.approx(answer.here.residents)
    assert "ganzes Gebiet" in answer.figures()[0][2]


def test_sentence_says_people_share_limit_and_service(study: Study) -> None:
    answer = Answer(study, _view(study, limit=Sourced(6, "min", "Test", 2025)))
    words = answer.sentence().replace("\xa0", " ")
    assert words.startswith("In Musterstadt wohnen ")
    assert "weiter als 6 min vom nächsten Angebot „Supermarkt“" in words


def test_minutes_and_metres_of_one_limit_agree(study: Study) -> None:
    in_metres = Answer(study, _view(study, limit=Sourced(480, "m", "Test", 2025)))
    in_minutes = Answer(study, _view(study, limit=Sourced(6, "min", "Test", 2025)))
    assert in_metres.area.within == in_minutes.area.within
    assert np.array_equal(in_metres.codes, in_minutes.codes)


def test_a_service_nobody_mapped_is_no_data(study: Study) -> None:
    answer = Answer(study, _view(study, "hospital"))
    assert not answer.any_place
    assert set(answer.codes) == {6}
    assert "keinen einzigen Ort" in answer.sentence()


def test_small_numbers_are_not_told() -> None:
    assert people(0) == "0"
    assert people(0.3) == people(4.9) == "unter 5"
    assert people(5) == "5"
    assert people(1234.4) == "1.230"
    assert people(float("nan")) == "–"


def test_class_words(study: Study) -> None:
    classes = Answer(study, _view(study)).classes
    plain = [words.replace("\xa0", " ") for words in class_words(classes)]
    assert plain == [
        "bis 250 m",
        "250 bis 500 m",
        "500 bis 750 m",
        "750 bis 1.000 m",
        "mehr als 1.000 m",
        "nicht angebunden",
        "keine Daten",
    ]


def test_csv_holds_every_unit_and_the_question(study: Study) -> None:
    answer = Answer(study, _view(study))
    text = answer.csv(Language()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert len(rows) == len(answer.units)
    area = next(row for row in rows if row["level"] == "area")
    assert float(area["residents"].replace(",", ".")) == pytest.approx(answer.area.residents, rel=1e-5)
    assert (area["kind"], area["limit_unit"], area["modelled"]) == ("supermarket", "m", "false")
    assert float(area["limit"]) == 500


def test_ranking_puts_the_unknown_last(study: Study) -> None:
    units = Answer(study, _view(study)).units
    shares = [unit.share for unit in ranked(units, "share")]
    known = [share for share in shares if not np.isnan(share)]
    assert shares[: len(known)] == sorted(known)
    beyond = [unit.beyond for unit in ranked(units, "beyond") if not np.isnan(unit.beyond)]
    assert beyond == sorted(beyond, reverse=True)
