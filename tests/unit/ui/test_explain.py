"""What a click tells: the building that is meant, its walk, and why it is far."""

import numpy as np
import pytest
import shapely

from kudequa_geo.maps.projection import to_degrees
from kudequa_geo.study import Study
from kudequa_geo.ui.explain import Explanation, building_at
from kudequa_geo.ui.view import View

pytestmark = pytest.mark.usefixtures("german")


def _view(study: Study, kind: str = "supermarket", person: str = "adult") -> View:
    chosen = study.kinds[study.kind_index[kind]]
    return View(chosen, study.persons[person], chosen.limit.sourced(), False, "")


def _click(study: Study, row: int) -> tuple[float, float]:
    point = shapely.point_on_surface(study.tables["buildings"].geometry.iloc[row])
    ((lon, lat),) = to_degrees([[point.x, point.y]], study.config.crs)
    return float(lat), float(lon)


def test_a_click_means_the_building_it_hits(study: Study) -> None:
    for row in range(0, len(study.tables["buildings"]), 7):
        assert building_at(study, *_click(study, row)) == row


def test_a_click_far_from_any_building_means_none(study: Study) -> None:
    assert building_at(study, 51.50, 7.40) is None


def test_the_drawn_walk_is_as_long_as_told(study: Study) -> None:
    view = _view(study)
    metres = study.metres("adult", "supermarket")
    for row in np.flatnonzero(~np.isnan(metres))[::9]:
        told = Explanation(study, view, int(row))
        assert told.path is not None
        assert told.path.length == pytest.approx(told.chosen.metres, abs=0.01)
        assert told.chosen.minutes == pytest.approx(told.chosen.metres / 80)


def test_behind_the_railway_the_detour_is_named(study: Study) -> None:
    places = study.tables["places"]
    market = places.geometry[places["kind"] == "supermarket"].iloc[0]
    buildings = study.tables["buildings"]
    metres = study.metres("adult", "supermarket")
    far = np.flatnonzero(metres > np.maximum(500, 2 * buildings.distance(market).to_numpy()))
    assert len(far), "the toy town's railway makes no detour"
    words = [Explanation(study, _view(study), int(row)).sentence() for row in far]
    assert any("Hindernis (Bahnstrecke)" in text for text in words), words[:3]


def test_within_the_limit_says_so(study: Study) -> None:
    near = int(np.nanargmin(study.metres("adult", "supermarket")))
    assert "innerhalb der Grenze" in Explanation(study, _view(study), near).sentence()


def test_all_kinds_are_listed_with_the_chosen_field_first(study: Study) -> None:
    told = Explanation(study, _view(study, "gp"), 0).all_kinds()
    assert next(iter(told)) == "health_care"
    assert sum(len(found) for found in told.values()) == len(study.kinds)


def test_what_does_not_exist_is_unreachable_and_never_a_number(study: Study) -> None:
    told = Explanation(study, _view(study, "hospital"), 0)
    assert not told.chosen.reachable
    assert np.isnan(told.chosen.metres)
    assert told.path is None
    assert "kein Weg" in told.sentence()
