"""Fields and levels of the access page: figures, colours, words and CSV against the tables they come from."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest

from kudequa_geo.constants import Field
from kudequa_geo.language import Language
from kudequa_geo.maps.palette import Code
from kudequa_geo.study import Study
from kudequa_geo.ui.answer import Answer
from kudequa_geo.ui.division import CELLS, DISTRICTS, PARENTS, available, division_of, unit_name
from kudequa_geo.ui.field_answer import FieldAnswer, codes_of
from kudequa_geo.ui.level_answer import LevelAnswer
from kudequa_geo.ui.view import View
from kudequa_geo.ui.ways import Ways

pytestmark = pytest.mark.usefixtures("german")
LEVELS = (CELLS, DISTRICTS, PARENTS)


@pytest.fixture(scope="module")
def city(study: Study) -> Study:
    """The town, whose first district belongs to one parent and whose others belong to another."""
    districts = study.tables["districts"]
    parents = ["Nord", *["Süd"] * (len(districts) - 1)]
    tables = {**study.tables, "districts": districts.assign(parent=pd.Series(parents, dtype="str"))}
    return Study(study.config, study.package, tables, study.report)


def _view(study: Study, district: str = "", person: str = "adult") -> View:
    kind = study.kinds[study.kind_index["supermarket"]]
    return View(kind, study.persons[person], kind.limit.sourced(), False, district)


def _answers(study: Study, level: str, **changes: str) -> list[LevelAnswer]:
    asked, units = _view(study, **changes), division_of(study, level)
    bases = (Answer(study, asked), FieldAnswer(study, asked, Field.LOCAL_SUPPLY))
    return [LevelAnswer(base, units) for base in bases]


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def _number(cell: str) -> float:
    return float(cell.replace(",", "."))


def test_levels_follow_from_the_districts(study: Study, city: Study) -> None:
    assert available(study) == ["buildings", "cells", "districts"]
    assert available(city) == ["buildings", "cells", "districts", "parents"]


@pytest.mark.parametrize("level", LEVELS)
def test_every_resident_is_in_one_unit(city: Study, level: str) -> None:
    total = city.tables["buildings"]["residents"].sum()
    for answer in _answers(city, level):
        assert answer.frame["residents"].sum() == pytest.approx(total)
        assert answer.people.sum() == pytest.approx(total)
        assert len(answer.codes) == len(answer.units.ids) == len(answer.frame)
        assert (answer.codes[(answer.frame["residents"] == 0).to_numpy()] == Code.NO_DATA).all()


@pytest.mark.parametrize("level", LEVELS)
def test_a_unit_has_the_class_of_the_mean_of_its_people(city: Study, level: str) -> None:
    walks, field = _answers(city, level)
    buildings = city.tables["buildings"]
    residents = buildings["residents"].to_numpy()
    unit = int(walks.shown[0])
    here = walks.units.codes == unit
    metres = city.metres("adult", "supermarket")
    reached = here & ~np.isnan(metres)
    mean = np.average(metres[reached], weights=residents[reached])
    assert walks.codes[unit] == np.searchsorted(walks.classes.breaks, mean)
    columns = [city.kind_index[kind.key] for kind in field.kinds]
    limits = [kind.limit.value for kind in field.kinds]
    inside = (city.nearest("adult").metres[:, columns, 0] <= limits).mean(axis=1)
    share = np.average(inside[here], weights=residents[here])
    assert field.frame["mean_share"].iloc[unit] == pytest.approx(share)
    assert field.codes[unit] == codes_of([share])[0]


def test_classes_of_shares() -> None:
    shares = [1.0, 0.999, 0.75, 0.7, 0.5, 5 / 12, 0.25, 1 / 6, 0.0, np.nan]
    assert codes_of(shares).tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4, Code.NOT_CONNECTED]


def test_unknown_services_are_not_counted_as_missing(study: Study) -> None:
    answer = FieldAnswer(study, _view(study), Field.HEALTH_CARE)
    there = set(study.tables["places"]["kind"])
    assert {kind.key for kind in answer.kinds} == {
        kind.key for kind in study.kinds if kind.field is Field.HEALTH_CARE and kind.key in there
    }
    assert answer.unknown
    assert str(len(answer.kinds)) in answer.legend_texts().limit


def test_a_field_nobody_mapped_is_no_data(study: Study) -> None:
    places = study.tables["places"]
    tables = {
        **study.tables,
        "places": places[places["field"] != str(Field.LOCAL_SUPPLY)].reset_index(drop=True),
    }
    bare = Study(study.config, study.package, tables, study.report)
    answer = FieldAnswer(bare, _view(bare), Field.LOCAL_SUPPLY)
    assert set(answer.codes) == {Code.NO_DATA}
    assert "keinen einzigen Ort" in answer.sentence()
    assert set(LevelAnswer(answer, division_of(bare, CELLS)).codes) == {Code.NO_DATA}


@pytest.mark.parametrize("level", LEVELS)
def test_csv_holds_the_units_of_the_level(city: Study, level: str) -> None:
    for answer in _answers(city, level):
        rows = _rows(answer.csv(Language()))
        assert {row["level"] for row in rows} == {level}
        assert len(rows) == int((answer.frame["residents"] > 0).sum())
        for row in rows:
            unit = answer.units.ids.index(row["unit_id"])
            expected = answer.frame["residents"].iloc[unit]
            if expected < 5:
                assert row["residents"] == ""
            else:
                assert _number(row["residents"]) == pytest.approx(expected, rel=1e-5)


def test_csv_of_a_field_sums_to_the_area(city: Study) -> None:
    rows = _rows(FieldAnswer(city, _view(city), Field.LOCAL_SUPPLY).csv(Language()))
    area = [_number(row["residents"]) for row in rows if row["level"] == "area"]
    for level in ("district", "parent"):
        people = sum(_number(row["residents"]) for row in rows if row["level"] == level)
        assert [people] == pytest.approx(area, rel=1e-4)
    assert {row["field"] for row in rows} == {"local_supply"}


@pytest.mark.parametrize("level", LEVELS)
def test_a_click_finds_the_unit(city: Study, level: str) -> None:
    from kudequa_geo.maps.projection import to_degrees

    units = division_of(city, level)
    for row in range(min(len(units.ids), 30)):
        if units.shapes[row] is None:
            continue
        inside = units.shapes[row].representative_point()
        lon, lat = to_degrees([[inside.x, inside.y]], city.config.crs)[0]
        assert units.at(lat, lon) == row
    assert units.at(0.0, 0.0) is None


@pytest.mark.parametrize("level", LEVELS)
def test_words_follow_level_and_field(city: Study, level: str) -> None:
    noun = {CELLS: "Zellen", DISTRICTS: "Bezirken", PARENTS: "Stadtbezirken"}[level]
    walks, field = _answers(city, level)
    assert f" {noun} ist der mittlere Weg länger als 500" in walks.sentence()
    assert f" {noun} ist es im Mittel weniger als die Hälfte" in field.sentence()
    assert "Nahversorgung gesamt" in field.legend_texts().title
    for answer in (walks, field):
        singular = {CELLS: "Zelle", DISTRICTS: "Bezirks", PARENTS: "Stadtbezirks"}[level]
        assert singular in answer.legend_texts().class_head
        unit = int(answer.shown[0])
        assert "wohnen" in answer.about_words(unit)
        assert len(answer.about(unit)) == 3
        for order in ("share", "beyond", "mean_min", "name"):
            units, rows = answer.rows(order)
            assert len(rows) == len(units) == min(len(answer.shown), 100)
            assert rows[0][0] == unit_name(answer.units, units[0])


def test_a_chosen_district_limits_what_is_counted(city: Study) -> None:
    district = city.tables["districts"]["district_id"].iloc[0]
    for answer in _answers(city, CELLS, district=district):
        there = (city.tables["buildings"]["district_id"] == district).to_numpy()
        people = city.tables["buildings"]["residents"].to_numpy()[there].sum()
        assert answer.people.sum() == pytest.approx(people)
        assert set(answer.shown) <= set(answer.units.codes[there])


def test_ways_begin_where_was_clicked(study: Study) -> None:
    from kudequa_geo.maps.projection import to_degrees

    places = study.tables["places"]
    row = int(np.flatnonzero((places["kind"] == "supermarket").to_numpy())[0])
    spot = places.geometry.iloc[row]
    lon, lat = to_degrees([[spot.x, spot.y]], study.config.crs)[0]
    ways = Ways(study, _view(study), (round(lat, 5), round(lon, 5)), ("supermarket",))
    assert ways.place == row
    assert ways.connected
    sizes = [area.area for area in ways.areas]
    assert 0 < sizes[0] < sizes[1] < sizes[2]
    people = ways.people["residents"].tolist()
    assert people == sorted(people)
    assert "15" in ways.sentence()
    assert str(places["name"].iloc[row]) in ways.sentence()
    slow = Ways(study, _view(study, person="senior_85"), ways.at, ("supermarket",))
    assert slow.areas[2].area < sizes[2]
    far = Ways(study, _view(study), (0.0, 0.0), ())
    assert not far.connected
    assert "kein bekannter Weg" in far.sentence()
