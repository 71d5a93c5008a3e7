import geopandas as gpd
import numpy as np
import pytest
import shapely

from kudequa_geo.kinds import load_kinds
from kudequa_geo.model.services import (
    NO_FOOD_SHOP,
    VACANCIES,
    build_spots,
    model_places,
    model_vacancies,
    modelled_kinds,
)

#: Middle of the toy city's only centre.
CENTRE = (4000, 2500)


@pytest.fixture(scope="module")
def spots():
    rng = np.random.default_rng(0)
    fronts = rng.uniform(0, 5000, (4000, 2))
    names = [*NO_FOOD_SHOP, *VACANCIES, "Eving", "Huckarde", "Nette"]
    shapes = [shapely.box(i * 500, 0, (i + 1) * 500, 5000) for i in range(len(names))]
    districts = gpd.GeoDataFrame({"name": names}, geometry=shapes, crs="EPSG:25832")
    main = np.column_stack([np.arange(0, 5000, 10.0), np.full(500, 2500.0)])
    centre = rng.normal(CENTRE, 150, (60, 2))
    return build_spots(fronts, main, centre, np.full(4000, 60.0), districts)


def test_no_food_shop_where_there_is_none_in_reality(spots):
    made = model_places(spots, {}, 60_000, np.random.default_rng(1))
    shops = [place for place in made if place.tags.get("shop") == "supermarket"]
    assert len(shops) == round(60_000 / 2650)
    barred = len(NO_FOOD_SHOP) * 500
    assert all(place.x >= barred for place in shops)


def test_every_modelled_place_says_so(spots):
    made = [
        *model_places(spots, {}, 30_000, np.random.default_rng(1)),
        *model_vacancies(spots, np.random.default_rng(2)),
    ]
    assert made
    assert all(place.tags["name"].endswith(" (Modell)") and place.tags["modelled"] == "yes" for place in made)
    assert all(place.date == "" for place in made)


def test_real_places_count_towards_the_number(spots):
    real = {"bakery": np.random.default_rng(3).uniform(0, 5000, (20, 2))}
    kind = next(kind for kind in modelled_kinds() if kind.kind == "bakery")
    made = model_places(spots, real, 60_000, np.random.default_rng(1))
    bakeries = [place for place in made if place.tags.get("shop") == "bakery"]
    assert len(bakeries) == round(60 * kind.per_1000.value) - 20


def test_the_more_central_the_likelier(spots):
    made = model_places(spots, {}, 100_000, np.random.default_rng(1))

    def near_the_centre(key, value):
        away = [
            np.hypot(place.x - CENTRE[0], place.y - CENTRE[1])
            for place in made
            if place.tags.get(key) == value
        ]
        return np.mean(np.array(away) < 500)

    assert near_the_centre("shop", "hairdresser") > 2 * near_the_centre("leisure", "playground")


def test_vacancies_lie_in_their_districts(spots):
    made = model_vacancies(spots, np.random.default_rng(2))
    assert len(made) == sum(VACANCIES.values())
    assert {place.tags["shop"] for place in made} == {"vacant"}


def test_every_number_has_a_source_and_every_kind_a_rule():
    known = load_kinds()
    for kind in modelled_kinds():
        assert kind.per_1000.source
        assert kind.kind in known
