import numpy as np
import pandas as pd
import pytest

from kudequa_geo.model.population import (
    by_district,
    cell_weights,
    fill_gaps,
    fit_to_register,
    residents_by_cell,
    whole_numbers,
)


def cells(east, north, **columns):
    table = pd.DataFrame({"east": east, "north": north})
    for name in ("oldest", "senior_1", "senior_2"):
        table[name] = columns.get(name, [0.0] * len(east))
    return table


def test_a_suppressed_cell_among_populated_ones_is_filled_and_a_lonely_one_is_not():
    ring = [(x, y) for x in (0, 100, 200) for y in (0, 100, 200) if (x, y) != (100, 100)]
    table = fill_gaps(cells([x for x, _ in ring] + [5000], [y for _, y in ring] + [5000]))
    added = table[table["inferred"]]
    assert added[["east", "north"]].to_numpy().tolist() == [[100, 100]]
    assert len(table) == 10


def test_more_seniors_mean_more_residents_and_squares_sum_exactly():
    table = cells([0, 100, 1000], [0, 0, 0], oldest=[1.0, 9.0, 5.0]).assign(inferred=False)
    square = np.array([0, 0, 1])
    inhabitants = np.array([300.0, 150.0])
    weight = cell_weights(table, square, inhabitants)
    residents = residents_by_cell(weight, square, inhabitants)
    assert weight[1] > weight[0] > 0
    assert residents[:2].sum() == pytest.approx(300)
    assert residents[2] == pytest.approx(150)


def test_a_cell_without_a_known_square_keeps_its_weight():
    weight = pd.Series([10.0, 20.0])
    residents = residents_by_cell(weight, np.array([-1, 0]), np.array([np.nan]))
    assert residents.tolist() == [10.0, 20.0]


def test_register_totals_are_met_and_cells_outside_the_city_stay():
    residents = pd.Series([10.0, 30.0, 7.0])
    fitted = fit_to_register(residents, pd.Series(["A", "A", None]), {"A": 100})
    assert fitted.tolist() == [25.0, 75.0, 7.0]


@pytest.mark.parametrize("total", [10, 11, 12])
def test_rounding_keeps_the_total(total):
    values = pd.Series([3.4, 3.3, 3.3]) * total / 10
    rounded = whole_numbers(values, total)
    assert rounded.sum() == total
    assert (rounded - values).abs().max() < 1


def test_districts_sum_to_the_register_and_shares_skip_suppressed_cells():
    table = pd.DataFrame(
        {
            "district_id": ["1", "1", "2"],
            "parent": ["A", "A", "A"],
            "residents": [50.0, 50.0, 100.0],
            "share_65_plus": [20.0, np.nan, 10.0],
        }
    )
    districts = by_district(table, {"A": 201}, ("share_65_plus",))
    assert districts["residents"].sum() == 201
    first = districts[districts["district_id"] == "1"].iloc[0]
    assert first["residents_65_plus"] == round(first["residents"] * 0.2)
