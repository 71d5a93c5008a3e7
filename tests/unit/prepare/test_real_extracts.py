"""What must hold on the real extracts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import shapely

from kudequa_geo.kinds import load_kinds
from kudequa_geo.prepare.buildings import residential_buildings
from kudequa_geo.prepare.network import Walkable, islands, walkable_network
from kudequa_geo.prepare.places import PlaceReport, places_by_kind
from kudequa_geo.prepare.residents import residents_by_total
from kudequa_geo.prepare.sites import sites_from_features
from kudequa_geo.schema import validate
from kudequa_geo.sources.osm import OsmExtract, read_osm

NOT_SNAPPED = {"edge_id": -1, "offset_m": np.nan, "to_street_m": np.nan}


@dataclass(frozen=True)
class Town:
    extract: OsmExtract
    network: Walkable
    places: pd.DataFrame
    found: PlaceReport


@pytest.fixture(
    scope="module",
    params=["kaiserslautern-2013.osm.gz", "witten-stockum-2021.osm.pbf", "dortmund-boevinghausen.osm.pbf"],
)
def town(request, real_data) -> Town:
    extract = read_osm(real_data / "osm" / request.param)
    places, found = places_by_kind(extract.features, list(load_kinds().values()))
    return Town(extract, walkable_network(extract.highways, extract.vertices), places, found)


def test_tables_meet_their_schema(town):
    validate("nodes", town.network.nodes)
    validate("edges", town.network.edges)
    validate("places", town.places.assign(**NOT_SNAPPED))
    validate("sites", sites_from_features(town.extract.features).assign(**NOT_SNAPPED))


def test_edges_are_as_long_as_drawn_and_end_at_their_nodes(town):
    edges, nodes = town.network.edges, town.network.nodes
    np.testing.assert_allclose(edges.geometry.length, edges["length_m"], rtol=0, atol=1e-6)
    for end, place in (("u", 0), ("v", -1)):
        drawn = shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), place))
        np.testing.assert_array_equal(drawn, nodes[["x", "y"]].to_numpy()[edges[end]])


def test_simplifying_keeps_every_metre(town):
    full = walkable_network(town.extract.highways, town.extract.vertices, simplify=False)
    assert full.edges["length_m"].sum() == pytest.approx(town.network.edges["length_m"].sum(), rel=1e-12)
    assert full.report["components"] == town.network.report["components"]
    # 2.6 to 3.3 edge ends per junction is what street networks have
    assert 2.2 < 2 * len(town.network.edges) / len(town.network.nodes) < 3.4


def test_most_of_the_network_is_one_and_islands_are_small(town):
    edges, nodes = town.network.edges, town.network.nodes
    alone = islands(nodes, edges)
    assert not alone["component"].eq(0).any()
    assert alone["length_m"].sum() < 0.15 * edges["length_m"].sum()
    assert (alone["points"] < 50).all()


def test_nothing_is_walked_that_is_forbidden(town):
    highway = town.network.edges["highway"]
    assert not highway.isin(
        ["motorway", "motorway_link", "construction", "proposed", "trunk", "raceway"]
    ).any()


def test_every_feature_of_a_kind_is_a_place_or_merged(town):
    tagged = {
        osm_id
        for osm_id, tags in zip(town.extract.features["osm_id"], town.extract.features["tags"], strict=True)
        if tags.get("shop") == "supermarket"
    }
    kept = set(town.places.loc[town.places["kind"] == "supermarket", "osm_id"])
    merged = set(town.found.merged.loc[town.found.merged["kind"] == "supermarket", "dropped"])
    assert kept | merged == tagged
    assert not kept & merged


def test_places_lie_in_their_features(town):
    shapes = town.extract.features.set_index("osm_id").geometry
    own = shapes.loc[town.places["osm_id"]].to_numpy()
    assert shapely.distance(own, town.places.geometry.to_numpy()).max() < 1e-6


def test_kaiserslautern_as_known(real_data):
    extract = read_osm(real_data / "osm" / "kaiserslautern-2013.osm.gz")
    places, found = places_by_kind(extract.features, list(load_kinds().values()))
    count = places["kind"].value_counts()
    merged = found.merged["kind"].value_counts()
    # 35 supermarkets are mapped; Lidl and Penny twice, as a point and as a building
    assert (count["supermarket"], merged["supermarket"]) == (33, 2)
    assert count["kita"] + merged["kita"] == 33
    # stops have two platforms or more
    assert 120 <= count["bus_stop"] <= 200
    homes, judged = residential_buildings(extract.features)
    assert 10_000 < len(homes) < 13_000
    assert sum(judged.values()) > 15_000
    area = shapely.box(*homes.total_bounds)
    lived_in = residents_by_total(homes, 97_000, area)
    assert lived_in.buildings["residents"].sum() == pytest.approx(97_000, rel=1e-9)
    # nobody has found an apartment block of 1,000 people in this town
    assert lived_in.buildings["residents"].max() < 1000
