"""Small networks with an answer that can be read off the drawing; a character is 10 m."""

from __future__ import annotations

import numpy as np
import pytest

from kudequa_geo.access.graph import Positions
from kudequa_geo.access.nearest import Nearest, Router
from kudequa_geo.access.reach import path, within
from kudequa_geo.constants import Barrier
from tests.fixtures.networks import Toy, draw

STEPS = frozenset({Barrier.STEPS})


@pytest.fixture(params=[True, False], ids=["compiled", "fallback"])
def compiled(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def nearest(
    toy: Toy,
    origins: Positions,
    places: Positions,
    *,
    closed: frozenset[Barrier] = frozenset(),
    k: int = 1,
    compiled: bool = True,
) -> Nearest:
    router = Router(toy.network, closed, compiled=compiled)
    return router.nearest(origins, places, np.zeros(len(places), dtype=int), 1, k=k)


def metres(*args: object, **options: object) -> list[float]:
    return nearest(*args, **options).metres[:, 0, 0].tolist()  # type: ignore[arg-type]


def test_same_edge_is_walked_directly(compiled: bool) -> None:
    toy = draw("A-----------------------B")
    #             h        p            house at 20 m, shop at 110 m, a yard of 5 m and an entrance of 3 m
    assert metres(toy, toy.at(("AB", 20, 5)), toy.at(("AB", 110, 3)), compiled=compiled) == [98]


def test_same_edge_may_be_left_and_entered_again(compiled: bool) -> None:
    toy = draw("A-----------------------B", more=[("AB", 20)])
    #             h                   p  the short cut AB2 is 20 m: 20 + 20 + 20 instead of 200
    assert metres(toy, toy.at(("AB", 20)), toy.at(("AB", 220)), compiled=compiled) == [60]


def test_dead_end_is_walked_in_and_out(compiled: bool) -> None:
    toy = draw(
        "A-----B-----C\n"
        "      |      \n"
        "      D      "
    )  # fmt: skip
    assert metres(toy, toy.at(("BD", 15)), toy.at(("AB", 10), ("BC", 50)), compiled=compiled) == [65]


def test_loop_is_walked_the_shorter_way_round(compiled: bool) -> None:
    toy = draw("A---B", more=[("BB", 100)])
    #               (B) a ring of 100 m that begins and ends at B
    assert metres(toy, toy.at(("BB", 80), ("BB", 30)), toy.at(("AB", 0)), compiled=compiled) == [60, 70]
    assert metres(toy, toy.at(("BB", 90)), toy.at(("BB", 20)), compiled=compiled) == [30]


def test_the_shorter_of_parallel_edges_counts(compiled: bool) -> None:
    toy = draw("A---B---C", more=[("AB", 25)])
    assert metres(toy, toy.at(("BC", 10)), toy.at(("AB", 0)), compiled=compiled) == [35]


def test_one_way_on_foot_binds_the_walk_from_home_to_the_place(compiled: bool) -> None:
    toy = draw(
        "A>>>>>>B\n"
        "|      |\n"
        "C------D"
    )  # fmt: skip
    there, back = toy.at(("AB", 20)), toy.at(("AB", 60))
    assert metres(toy, there, back, compiled=compiled) == [40]
    assert metres(toy, back, there, compiled=compiled) == [10 + 20 + 70 + 20 + 20]
    assert metres(toy, toy.at(("BD", 0)), toy.at(("AB", 0)), compiled=compiled) == [110]


def test_one_way_against_the_drawing(compiled: bool) -> None:
    toy = draw("A<<<<<<B")
    assert metres(toy, toy.at(("AB", 60)), toy.at(("AB", 20)), compiled=compiled) == [40]
    assert np.isnan(metres(toy, toy.at(("AB", 20)), toy.at(("AB", 60)), compiled=compiled)).all()


def test_steps_are_a_detour_for_who_cannot_climb(compiled: bool) -> None:
    toy = draw(
        "A===B\n"
        "|   |\n"
        "|   |\n"
        "C---D"
    )  # fmt: skip
    home, shop = toy.at(("AC", 10)), toy.at(("BD", 10))
    assert metres(toy, home, shop, compiled=compiled) == [60]
    assert metres(toy, home, shop, closed=STEPS, compiled=compiled) == [80]


def test_what_lies_on_steps_is_out_of_reach_for_who_cannot_climb(compiled: bool) -> None:
    toy = draw("A===B---C")
    assert np.isnan(
        metres(toy, toy.at(("BC", 10)), toy.at(("AB", 30)), closed=STEPS, compiled=compiled)
    ).all()
    assert np.isnan(
        metres(toy, toy.at(("AB", 30)), toy.at(("BC", 10)), closed=STEPS, compiled=compiled)
    ).all()


def test_an_island_is_unreachable_not_far(compiled: bool) -> None:
    toy = draw("A---B   C---D")
    found = nearest(toy, toy.at(("AB", 10), ("CD", 30)), toy.at(("CD", 10)), compiled=compiled)
    assert np.isnan(found.metres[0, 0, 0])
    assert found.place[:, 0, 0].tolist() == [-1, 0]
    assert found.metres[1, 0, 0] == 20


def test_all_on_an_island_without_a_place(compiled: bool) -> None:
    toy = draw("A---B   C---D")
    found = nearest(toy, toy.at(("AB", 10), ("AB", 30)), toy.at(("CD", 10)), k=3, compiled=compiled)
    assert np.isnan(found.metres).all()
    assert (found.place == -1).all()


def test_a_disconnected_half_does_not_disturb_the_other(compiled: bool) -> None:
    toy = draw(
        "A---B---C\n"
        "         \n"
        "D---E---F"
    )  # fmt: skip
    found = nearest(toy, toy.at(("AB", 0), ("DE", 0)), toy.at(("BC", 40), ("EF", 10)), compiled=compiled)
    assert found.metres[:, 0, 0].tolist() == [80, 50]
    assert found.place[:, 0, 0].tolist() == [0, 1]


@pytest.mark.parametrize(("edge", "offset"), [("AB", 40), ("BC", 0), ("BD", 0)])
def test_a_place_at_a_node_is_the_same_on_every_edge_there(edge: str, offset: float, compiled: bool) -> None:
    toy = draw(
        "A---B---C\n"
        "    |    \n"
        "    D    "
    )  # fmt: skip
    found = metres(toy, toy.at(("AB", 10), ("BC", 10), ("BD", 10)), toy.at((edge, offset)), compiled=compiled)
    assert found == [30, 10, 10]


def test_of_two_places_at_one_point_the_earlier_row_wins_and_both_are_found(compiled: bool) -> None:
    toy = draw("A---B---C")
    home = toy.at(("AB", 0))
    first = nearest(toy, home, toy.at(("BC", 10), ("BC", 10)), k=2, compiled=compiled)
    assert first.metres[0, 0].tolist() == [50, 50]
    assert first.place[0, 0].tolist() == [0, 1]


def test_a_tie_from_two_sides_is_won_by_the_earlier_row(compiled: bool) -> None:
    toy = draw("A---B---C---D")
    #        1     h     0       both are 30 m away
    places = toy.at(("BC", 50 - 10), ("AB", 20))
    assert nearest(toy, toy.at(("BC", 10)), places, compiled=compiled).place[0, 0, 0] == 0
    assert nearest(toy, toy.at(("BC", 10)), places.take([1, 0]), compiled=compiled).place[0, 0, 0] == 0


def test_an_edge_of_no_length_joins_its_ends(compiled: bool) -> None:
    toy = draw("A---B-C---D", lengths={"BC": 0})
    assert metres(toy, toy.at(("AB", 30), ("BC", 0)), toy.at(("CD", 10)), compiled=compiled) == [20, 10]
    assert metres(toy, toy.at(("AB", 30)), toy.at(("BC", 0)), compiled=compiled) == [10]


def test_edges_of_no_length_in_a_circle(compiled: bool) -> None:
    toy = draw("A---B-C---D", lengths={"BC": 0}, more=[("BC", 0), ("BB", 0), ("CB", 0)])
    assert metres(toy, toy.at(("AB", 10)), toy.at(("CD", 10)), compiled=compiled) == [40]
    walk = path(Router(toy.network), toy.at(("AB", 10)), toy.at(("CD", 30)))
    assert walk is not None
    assert walk.metres == 60


def test_the_third_nearest_is_behind_the_second(compiled: bool) -> None:
    toy = draw("A---B---C---D---E")
    places = toy.at(("DE", 40), ("AB", 30), ("CD", 10), ("BC", 10))
    found = nearest(toy, toy.at(("AB", 10)), places, k=3, compiled=compiled)
    assert found.metres[0, 0].tolist() == [20, 40, 80]
    assert found.place[0, 0].tolist() == [1, 3, 2]


def test_a_railway_makes_a_hundred_metres_a_walk_of_a_kilometre(compiled: bool) -> None:
    crossing = "-" * 48
    toy = draw(
        f"A{crossing}B\n"
        "                                                 |\n"
        "~~~~~~~~~~~~~~~~~~~~ railway ~~~~~~~~~~~~~~~~~~~~|\n"
        "                                                 |\n"
        "                                                 |\n"
        "                                                 |\n"
        "                                                 |\n"
        "                                                 |\n"
        "                                                 |\n"
        "                                                 |\n"
        f"C{crossing}D"
    )
    assert toy.nodes.loc[0, "y"] - toy.nodes.loc[2, "y"] == 100
    assert metres(toy, toy.at(("AB", 0)), toy.at(("CD", 0)), compiled=compiled) == [490 + 100 + 490]


def test_the_path_is_drawn_from_door_to_door() -> None:
    toy = draw(
        "A-----B\n"
        "      |\n"
        "      C"
    )  # fmt: skip
    walk = path(
        Router(toy.network),
        toy.at(("AB", 20, 5)),
        toy.at(("BC", 10, 3)),
        origin_xy=(20, 5),
        place_xy=(63, -10),
    )
    assert walk is not None
    assert list(walk.line.coords) == [(20, 5), (20, 0), (60, 0), (60, -10), (63, -10)]
    assert walk.metres == walk.line.length == 58
    assert walk.edges.tolist() == [0, 1]


def test_a_walk_of_exactly_the_limit_is_within(compiled: bool) -> None:
    toy = draw("A---------B")
    router = Router(toy.network, compiled=compiled)
    origins, place = toy.at(("AB", 20), ("AB", 19)), toy.at(("AB", 90, 10))
    assert within(router, origins, place, 80).origin.tolist() == [0]
    assert within(router, origins, place, 0).origin.tolist() == []
    assert sorted(within(router, origins, place, 1e6).origin.tolist()) == [0, 1]
