"""Profiles of sites: against a plain search over the same network, and sites that lie off the streets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import networkx
import numpy as np
import pytest
import shapely

from kudequa_geo.access.graph import Positions
from kudequa_geo.config import load_municipality
from kudequa_geo.gaps.weighted import limit_m
from kudequa_geo.profile import STEPS_MIN, around, closing, effects, join, located, profile
from kudequa_geo.study import Study, load_study


@pytest.fixture(scope="module")
def study(town_data: Path) -> Study:
    return load_study(load_municipality("musterstadt", town_data), town_data)


@pytest.fixture(scope="module")
def sites(study: Study) -> Positions:
    return join(study, study.tables["sites"])


def _walks(study: Study, site: Positions) -> np.ndarray:
    """Walks of all buildings to a site by networkx, metres; NaN = no way. One-way edges hold."""
    net = study.network
    # Searched from the site, so every arc points against the walk.
    graph = networkx.MultiDiGraph()
    for u, v, length, way in zip(net.tail, net.head, net.length_m, net.oneway, strict=True):
        if way >= 0:
            graph.add_edge(int(v), int(u), length=float(length))
        if way <= 0:
            graph.add_edge(int(u), int(v), length=float(length))
    goal, along, leg = int(site.edge[0]), float(site.offset_m[0]), float(site.leg_m[0])
    assert net.oneway[goal] == 0
    graph.add_edge("site", int(net.tail[goal]), length=along)
    graph.add_edge("site", int(net.head[goal]), length=float(net.length_m[goal]) - along)
    far = networkx.single_source_dijkstra_path_length(graph, "site", weight="length")
    found = np.full(len(study.origins), np.nan)
    for row, (edge, offset, door) in enumerate(
        zip(study.origins.edge, study.origins.offset_m, study.origins.leg_m, strict=True)
    ):
        if edge < 0:
            continue
        way, by = net.oneway[edge], [np.inf]
        if way <= 0:
            by.append(far.get(int(net.tail[edge]), np.inf) + offset)
        if way >= 0:
            by.append(far.get(int(net.head[edge]), np.inf) + net.length_m[edge] - offset)
        if edge == goal:
            by.append(abs(offset - along))
        if min(by) < np.inf:
            found[row] = min(by) + door + leg
    return found


def _limits(study: Study) -> dict:
    return {kind.key: kind.limit.sourced() for kind in study.kinds}


def test_profile_equals_a_plain_search(study: Study, sites: Positions) -> None:
    person = study.persons["adult"]
    residents = study.tables["buildings"]["residents"].to_numpy()
    for row in np.flatnonzero(sites.edge >= 0)[:3]:
        site = sites.take(np.array([row]))
        walks = _walks(study, site)
        found = profile(study, "adult", site, _limits(study))
        for step in STEPS_MIN:
            near = walks <= limit_m(step, person)
            assert found.people.loc[step.value, "residents"] == pytest.approx(residents[near].sum())
        limit = 500.0
        beyond = ~(study.metres("adult", "supermarket") <= limit)
        assert found.services.loc["supermarket", "closed"] == pytest.approx(
            residents[beyond & (walks <= limit)].sum()
        )


def test_profile_closing_and_around_agree(study: Study, sites: Positions) -> None:
    person = study.persons["senior_75"]
    limits = _limits(study)
    residents = study.tables["buildings"]["residents"].to_numpy()
    steps = [limit_m(step, person) for step in STEPS_MIN]
    people = around(study, "senior_75", sites, steps, residents)
    closed = closing(study, "senior_75", "supermarket", limits["supermarket"], sites)
    for row in np.flatnonzero(sites.edge >= 0):
        found = profile(study, "senior_75", sites.take(np.array([row])), limits)
        assert found.people["residents"].to_numpy() == pytest.approx(people[row])
        assert found.services.loc["supermarket", "closed"] == pytest.approx(closed[row])
    assert closed[sites.edge >= 0].max() > 0


def test_shares_grow_and_stay_shares(study: Study, sites: Positions) -> None:
    found = profile(study, "adult", sites.take(np.array([0])), _limits(study))
    assert (np.diff(found.people["residents"]) >= 0).all()
    shares = found.services.filter(like="share_").stack().dropna().to_numpy()
    assert len(shares) > 10
    assert ((shares >= 0) & (shares <= 1)).all()


def test_a_kind_without_any_place_is_not_known(study: Study, sites: Positions) -> None:
    found = profile(study, "adult", sites.take(np.array([0])), _limits(study))
    there = set(study.tables["places"]["kind"])
    lacking = [kind.key for kind in study.kinds if kind.key not in there]
    assert lacking
    assert found.services.loc[lacking].isna().all().all()
    assert found.services.loc["supermarket"].notna().all()


def test_a_large_area_joins_where_a_street_meets_it(study: Study) -> None:
    crs = study.config.crs
    x, y = study.tables["nodes"][["x", "y"]].min()
    middle = shapely.Point(x - 400, y + 200)
    off = gpd.GeoDataFrame(geometry=[middle.buffer(30), middle.buffer(450), middle], crs=crs)
    found = join(study, off)
    assert found.edge.tolist()[0] == found.edge.tolist()[2] == -1
    assert found.edge[1] >= 0
    assert found.leg_m[1] == 0
    where = shapely.line_interpolate_point(
        study.tables["edges"].geometry.iloc[int(found.edge[1])], found.offset_m[1]
    )
    assert shapely.distance(where, off.geometry.iloc[1]) < 1e-6


def test_unconnected_sites_are_unknown_not_empty(study: Study) -> None:
    nowhere = Positions(np.array([-1], np.int32), np.array([np.nan]), np.array([np.nan]))
    residents = study.tables["buildings"]["residents"].to_numpy()
    assert np.isnan(around(study, "adult", nowhere, [500.0], residents)).all()
    limit = replace(_limits(study)["supermarket"], value=400.0)
    assert np.isnan(closing(study, "adult", "supermarket", limit, nowhere)).all()


def test_sites_lie_at_a_street_of_a_district(study: Study) -> None:
    frame, places = located(study, study.tables["sites"])
    districts = study.tables["districts"].set_index("district_id")
    assert len(frame) == len(places) > 0
    assert not {"edge_id", "offset_m", "to_street_m"} & set(frame.columns)
    for row, home in enumerate(frame["district_id"]):
        assert districts.geometry[home].covers(shapely.point_on_surface(frame.geometry.iloc[row]))
        assert frame["district"].iloc[row] == districts["name"][home]
    streets = study.tables["edges"]["name"]
    there = frame["street"].dropna()
    assert len(there)
    assert there.tolist() == streets.iloc[places.edge[there.index]].tolist()


def test_a_kind_without_any_place_closes_nobody_knows_what(study: Study, sites: Positions) -> None:
    absent = next(kind for kind in study.kinds if study.kind_index[kind.key] not in study.place_kinds)
    present = study.kinds[int(study.place_kinds[study.place_kinds >= 0][0])]
    unknown = effects(study, "adult", absent.key, absent.limit.sourced(), sites)
    known = effects(study, "adult", present.key, present.limit.sourced(), sites)
    assert np.isnan(unknown.closed).all()
    np.testing.assert_array_equal(unknown.people, known.people)
    own = closing(study, "adult", present.key, present.limit.sourced(), sites)
    np.testing.assert_array_equal(known.closed, own)
    assert (np.diff(known.people, axis=1) >= 0).all()
