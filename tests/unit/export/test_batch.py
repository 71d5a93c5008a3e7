"""Profiles of many districts: the same bytes by one process or two, stopped at once, errors as they are."""

from __future__ import annotations

import dataclasses

import pytest

from kudequa_geo.errors import AnalysisError, ConfigError
from kudequa_geo.export import batch
from kudequa_geo.export.batch import Order, profiles
from kudequa_geo.export.worker import Worker
from kudequa_geo.scenarios.change import AddPlace, Spot
from kudequa_geo.scenarios.scenario import Scenario
from tests.fixtures.pdf import text_of
from tests.fixtures.prepared import Prepared
from tests.fixtures.town import ORIGIN, grid_point
from tests.unit.export.conftest import DAY


@pytest.fixture(scope="module")
def order(town: Prepared) -> Order:
    return Order(town.key, town.data_dir, "de", DAY, "supermarket", "adult")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    x, y = (float(value) for value in grid_point(4, 5))
    shop = AddPlace(place_id="neu-1", kind="supermarket", at=Spot(point=(ORIGIN[0] + x, ORIGIN[1] + y)))
    return Scenario(name="Laden am Platz", changes=(shop,))


@pytest.mark.parametrize("tried", [False, True])
def test_two_processes_give_the_bytes_of_one(
    order: Order, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, *, tried: bool
) -> None:
    order = dataclasses.replace(order, scenario=scenario if tried else None)
    monkeypatch.setattr(batch, "_WORTH", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    districts = order.districts()
    alone = list(profiles(order, districts, workers=1))
    shared = list(profiles(order, districts))
    assert [name for name, _ in alone] == ["steckbrief_9003_sued.pdf", "steckbrief_9004_nord.pdf"]
    assert shared == alone
    assert all(("Laden am Platz" in text_of(content)) == tried for _, content in alone)


def test_new_data_make_new_profiles(order: Order) -> None:
    """Figures live as long as an order, not as long as the process."""
    again = dataclasses.replace(order)
    assert again == order
    assert again.facts is again.facts
    assert again.facts is not order.facts


def test_nothing_more_is_begun_once_it_is_stopped(order: Order) -> None:
    done: list[str] = []
    for name, _content in profiles(order, order.districts() * 3, stopped=lambda: len(done) >= 2):
        done.append(name)
    assert len(done) == 2


def test_errors_of_another_process_are_told_as_they_are(order: Order) -> None:
    worker = Worker(dataclasses.replace(order, person="hase"))
    try:
        with pytest.raises(ConfigError, match="hase"):
            worker.draw("9003")
    finally:
        worker.end()


def test_process_that_dies_is_told(order: Order) -> None:
    worker = Worker(order)
    worker.end()
    with pytest.raises(AnalysisError, match="ausgefallen"):
        worker.draw("9003")
