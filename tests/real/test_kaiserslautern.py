"""A whole real city, from its extract to its walks, judged by an independent search and by plain facts."""

from __future__ import annotations

import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from kudequa_geo.check import defects
from kudequa_geo.cli import app
from kudequa_geo.config import load_municipality
from kudequa_geo.study import Study, load_study

#: What the engine and the independent search may differ by: rounding of micrometres along a walk.
EXACT_M = 0.001


def _prepared(data_dir: Path, name: str, osm: Path, *population: object) -> Study:
    commands = [
        ["init", "--name", name, "--osm", osm, *population],
        ["prepare", "-m", name],
        ["analyse", "-m", name],
    ]
    for words in commands:
        done = CliRunner().invoke(app, [*map(str, words), "--data-dir", str(data_dir)])
        assert done.exit_code == 0, done.output
    return load_study(load_municipality(name, data_dir), data_dir)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="module")
def city(real_data: Path, data_dir: Path) -> Study:
    osm = real_data / "osm" / "kaiserslautern-2013.osm.gz"
    return _prepared(data_dir, "Kaiserslautern", osm, "--population", 97_000)


def _graph(study: Study, person: str) -> nx.DiGraph:
    """The network a person can walk on; every place is a node on its edge, every building, too."""
    edges = study.tables["edges"]
    closed = np.zeros(len(edges), bool)
    for barrier in study.persons[person].barriers:
        closed |= edges[barrier.value].to_numpy(bool)
    graph = nx.MultiDiGraph()
    points = pd.concat(
        [
            study.tables[name][["edge_id", "offset_m", "to_street_m"]].assign(table=name)
            for name in ("places", "buildings")
        ]
    ).reset_index(names="row")
    grouped = points[points["edge_id"] >= 0].groupby("edge_id")
    on_edge = {edge: rows for edge, rows in grouped}  # noqa: C416 - a groupby's keys are no method
    for edge in edges.itertuples():
        if closed[edge.edge_id]:
            continue
        stops = [(0.0, ("node", edge.u)), (edge.length_m, ("node", edge.v))]
        for point in on_edge[edge.edge_id].itertuples() if edge.edge_id in on_edge else ():
            foot = ("foot", point.table, point.row)
            stops.append((min(point.offset_m, edge.length_m), foot))
            graph.add_edge(foot, (point.table, point.row), weight=point.to_street_m)
            graph.add_edge((point.table, point.row), foot, weight=point.to_street_m)
        # At equal offsets the ends of the edge stay outermost.
        stops.sort(key=lambda stop: (stop[0], stop[1] != ("node", edge.u), stop[1] == ("node", edge.v)))
        for (start, first), (end, second) in itertools.pairwise(stops):
            if edge.oneway >= 0:
                graph.add_edge(first, second, weight=end - start)
            if edge.oneway <= 0:
                graph.add_edge(second, first, weight=end - start)
    return graph


@pytest.mark.parametrize("person", ["adult", "wheelchair"])
def test_every_walk_equals_an_independent_search(city: Study, person: str) -> None:
    backwards = _graph(city, person).reverse(copy=False)
    usable = city.usable_places(person)
    place_kinds = city.place_kinds[usable]
    worst, compared = 0.0, 0
    for number, kind in enumerate(city.kinds):
        rows = usable[place_kinds == number]
        sources = {("places", int(row)) for row in rows if ("places", int(row)) in backwards}
        metres = city.metres(person, kind.key)
        if not sources:
            assert np.isnan(metres).all()
            continue
        # A walk may not lead over the doorstep of another place, so each leg counts once at its end only.
        found = nx.multi_source_dijkstra_path_length(backwards, sources, weight="weight")
        expected = np.array([found.get(("buildings", row), np.nan) for row in range(len(metres))])
        assert (np.isnan(metres) == np.isnan(expected)).all(), kind.key
        worst = max(worst, float(np.nanmax(np.abs(metres - expected))))
        compared += int((~np.isnan(metres)).sum())
    assert worst <= EXACT_M
    assert compared > 100_000


def test_drawn_paths_are_as_long_as_they_say(city: Study) -> None:
    rows = np.linspace(0, len(city.tables["buildings"]) - 1, 150).astype(int)
    for kind in ("supermarket", "kita", "railway_station"):
        number = city.kind_index[kind]
        nearest = city.nearest("adult")
        for row in rows:
            place = int(nearest.place[row, number, 0])
            path = city.path(int(row), place, "adult")
            assert path is not None
            assert path.length == pytest.approx(nearest.metres[row, number, 0], abs=0.01)
            building = city.tables["buildings"].geometry.iloc[row]
            assert shapely.Point(path.coords[0]).distance(building) < 0.01
            end = city.tables["places"].geometry.iloc[place]
            assert shapely.Point(path.coords[-1]).distance(end) < 0.01


def test_a_house_behind_the_railway_has_the_long_way(city: Study) -> None:
    """Some walk is far longer than its beeline, and that beeline crosses a railway."""
    buildings, places = city.tables["buildings"], city.tables["places"]
    nearest = city.nearest("adult")
    number = city.kind_index["supermarket"]
    ends = places.geometry.to_numpy()[nearest.place[:, number, 0]]
    starts = buildings.geometry.centroid.to_numpy()
    beeline = shapely.distance(starts, ends)
    assert (nearest.metres[:, number, 0] >= beeline - 30).all()
    detour = nearest.metres[:, number, 0] / np.maximum(beeline, 1)
    far = (detour > 2.5) & (nearest.metres[:, number, 0] > 500)
    assert far.sum() > 10
    assert np.median(detour) < 1.6


def test_facts_of_the_extract(city: Study) -> None:
    counts = city.tables["places"]["kind"].value_counts()
    assert 28 <= counts["supermarket"] <= 35
    assert 130 <= counts["bus_stop"] <= 247
    assert 25 <= counts["kita"] <= 33
    assert city.tables["buildings"]["residents"].sum() == pytest.approx(97_000)
    assert 9_000 < len(city.tables["buildings"]) < 15_151
    assert (city.tables["buildings"]["edge_id"] >= 0).mean() > 0.98


def test_check_is_green(city: Study, data_dir: Path) -> None:
    assert defects(city.config, data_dir / city.config.key) == []


def test_slower_persons_need_longer(city: Study) -> None:
    for kind in ("supermarket", "gp"):
        minutes = [city.minutes(person, kind) for person in ("adult", "senior_65", "senior_75", "senior_85")]
        for faster, slower in itertools.pairwise(minutes):
            assert (slower > faster).all()
        stepless, free = city.metres("pram", kind), city.metres("adult", kind)
        assert (np.isnan(stepless) | (stepless >= free)).all()


@pytest.mark.parametrize(
    ("name", "file"),
    [("Witten", "witten-stockum-2021.osm.pbf"), ("Bövinghausen", "dortmund-boevinghausen.osm.pbf")],
)
def test_smaller_extracts_go_the_whole_way(real_data: Path, tmp_path: Path, name: str, file: str) -> None:
    study = _prepared(tmp_path, name, real_data / "osm" / file)
    assert defects(study.config, tmp_path / study.config.key) == []
    assert study.package.modelled, "residents estimated from dwelling space are a model"
    if name == "Witten":
        assert np.nanmedian(study.minutes("adult", "bus_stop")) < 15
        sites = study.tables["sites"]
        assert (sites["kind"] == "vacancy").sum() >= 6
    else:
        assert (study.tables["sites"]["kind"] == "brownfield").sum() == 1
