"""Extracts are read completely, cut where asked, and say what they could not read."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from kudequa_geo.errors import SourceError
from kudequa_geo.sources.osm import OsmExtract, read_osm, read_relation
from kudequa_geo.sources.osm_scan import MAX_TEXT
from tests.fixtures.town import CITY_BOX, HOSTILE_NAME, ORIGIN, RAILWAY_Y, Town, write_town

CRS = "EPSG:25832"
SUFFIXES = ["osm", "osm.gz", "osm.bz2", "osm.pbf"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf")


@pytest.fixture(scope="module")
def extract(town: Town) -> OsmExtract:
    return read_osm(town.path)


def box_wgs84(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A box in metres from the town's origin, in WGS84."""
    box = shapely.box(ORIGIN[0] + x0, ORIGIN[1] + y0, ORIGIN[0] + x1, ORIGIN[1] + y1)
    return gpd.GeoSeries([box], crs=CRS).to_crs("EPSG:4326").iloc[0]


def feature(extract: OsmExtract, osm_id: str) -> pd.Series:
    found = extract.features[extract.features["osm_id"] == osm_id]
    assert len(found) == 1
    return found.iloc[0]


def ways_of(extract: OsmExtract, osm_id: int) -> pd.DataFrame:
    return extract.highways[extract.highways["osm_id"] == osm_id]


def test_all_formats_give_the_same(town: Town, extract: OsmExtract, tmp_path: Path) -> None:
    for suffix in SUFFIXES[:3]:
        other = read_osm(write_town(tmp_path / f"town.{suffix}").path)
        pd.testing.assert_frame_equal(other.highways, extract.highways)
        pd.testing.assert_frame_equal(other.vertices, extract.vertices)
        assert_geodataframe_equal(other.features, extract.features)
        assert_geodataframe_equal(other.boundaries, extract.boundaries)
        assert other.counts == extract.counts


def test_reading_twice_gives_the_same(town: Town, extract: OsmExtract, tmp_path: Path) -> None:
    again = write_town(tmp_path / "again.osm.pbf")
    assert again.path.read_bytes() == town.path.read_bytes()
    assert_geodataframe_equal(read_osm(again.path).features, extract.features)


def test_highways_hold_their_tags_and_nodes_in_order(town: Town, extract: OsmExtract) -> None:
    assert len(extract.highways) == town.highways == extract.counts["highways"]
    steps = ways_of(extract, town.ways["steps"]).iloc[0]
    assert steps["highway"] == "steps"
    assert steps["step_count"] == "18"
    assert pd.isna(steps["wheelchair"])
    row = ways_of(extract, town.ways["row_1"]).iloc[0]
    assert row["nodes"].tolist() == [town.nodes[f"crossing_{column}_1"] for column in range(8)]
    assert row["nodes"].dtype == np.int64


def test_vertices_are_the_nodes_of_the_highways_in_metres(town: Town, extract: OsmExtract) -> None:
    used = np.unique(np.concatenate(extract.highways["nodes"].to_list()))
    assert extract.vertices.index.tolist() == used.tolist()
    kerb = extract.vertices.loc[town.nodes["raised_kerb"]]
    assert (kerb["kerb"], kerb["kerb:height"]) == ("raised", "12 cm")
    assert (kerb["x"], kerb["y"]) == pytest.approx((ORIGIN[0] + 550, ORIGIN[1] + 135), abs=0.02)
    assert extract.vertices.loc[town.nodes["locked_gate"], "locked"] == "yes"
    assert extract.vertices["barrier"].notna().sum() == 2


def test_features_are_points_lines_areas_and_relations(town: Town, extract: OsmExtract) -> None:
    shop = feature(extract, f"n{town.nodes['supermarket']}")
    assert shop["tags"]["opening_hours"] == "Mo-Sa 07:00-21:00"
    assert shop.geometry.geom_type == "Point"
    building = feature(extract, f"w{town.ways['supermarket_building']}")
    assert building.geometry.geom_type == "Polygon"
    assert building.geometry.area == pytest.approx(30 * 22, rel=1e-3)
    river = feature(extract, f"w{town.ways['river']}")
    assert river.geometry.geom_type == "LineString"
    courtyard = feature(extract, f"r{town.relations['courtyard']}")
    assert courtyard.geometry.area == pytest.approx(40 * 40 - 20 * 20, rel=1e-3)
    assert feature(extract, f"n{town.nodes['disused']}")["tags"]["disused:shop"] == "bakery"
    assert extract.features.crs.to_epsg() == 25832
    assert extract.features.geometry.is_valid.all()


def test_times_that_mean_unknown_are_missing(town: Town, extract: OsmExtract) -> None:
    assert feature(extract, f"n{town.nodes['supermarket']}")["last_edit"] == pd.Timestamp("2024-05-01 12:00Z")
    number = extract.features["osm_id"].str[1:].astype(int)
    unknown = extract.features["osm_id"].str.startswith("w") & (number % 7 == 0)
    assert unknown.any()
    assert (extract.features["last_edit"].isna() == unknown).all()
    assert extract.timestamp == pd.Timestamp("2024-05-01 12:00Z")


def test_boundaries_are_the_complete_ones(town: Town, extract: OsmExtract) -> None:
    names = extract.boundaries.set_index("name")
    assert set(names.index) == {"Musterstadt", "Süd", "Nord"}
    assert names.loc["Musterstadt", "osm_id"] == town.relations["city"]
    assert names.loc["Süd", ["admin_level", "ref", "boundary"]].tolist() == ["10", "01", "administrative"]
    west, south, east, north = CITY_BOX
    assert names.loc["Musterstadt"].geometry.area == pytest.approx((east - west) * (north - south), rel=1e-3)
    assert names.loc["Süd"].geometry.area == pytest.approx((east - west) * (RAILWAY_Y - south), rel=1e-3)
    assert extract.counts["incomplete_boundaries"] == 1


def test_hostile_text_stays_text_and_is_cut(town: Town, extract: OsmExtract) -> None:
    name = feature(extract, f"n{town.nodes['cafe']}")["tags"]["name"]
    assert len(HOSTILE_NAME) > MAX_TEXT
    assert name == HOSTILE_NAME[:MAX_TEXT]


def test_modelled_is_recognised(extract: OsmExtract, tmp_path: Path) -> None:
    assert not extract.modelled
    assert read_osm(write_town(tmp_path / "model.osm.pbf", modelled=True).path).modelled


def test_cut_keeps_what_lies_in_the_area_and_its_margin(town: Town, extract: OsmExtract) -> None:
    area = box_wgs84(280, 40, 360, 80)
    near = read_osm(town.path, area=area, margin_m=0)
    assert f"n{town.nodes['supermarket']}" in set(near.features["osm_id"])
    assert f"n{town.nodes['bakery']}" not in set(near.features["osm_id"])
    region = gpd.GeoSeries([area], crs=4326).to_crs(CRS).iloc[0]
    assert set(near.features["osm_id"]) == set(
        extract.features.loc[extract.features.intersects(region), "osm_id"]
    )
    wide = read_osm(town.path, area=area, margin_m=150)
    assert f"n{town.nodes['bakery']}" in set(wide.features["osm_id"])
    assert len(near.features) < len(wide.features) < len(extract.features)
    whole = read_osm(town.path, area=area)
    assert len(whole.features) == len(extract.features)
    assert len(whole.highways) == len(extract.highways)


def test_cut_keeps_highways_whole(town: Town, extract: OsmExtract) -> None:
    near = read_osm(town.path, area=box_wgs84(-20, -20, 20, 20), margin_m=0)
    assert ways_of(near, town.ways["row_0"]).iloc[0]["nodes"].tolist() == (
        ways_of(extract, town.ways["row_0"]).iloc[0]["nodes"].tolist()
    )
    assert not len(ways_of(near, town.ways["row_5"]))
    assert set(np.concatenate(near.highways["nodes"].to_list())) == set(near.vertices.index)


def test_boundaries_touching_the_area_are_kept(town: Town) -> None:
    south = read_osm(town.path, area=box_wgs84(100, 0, 300, 100), margin_m=0)
    assert set(south.boundaries["name"]) == {"Musterstadt", "Süd"}


def test_objects_out_of_order_are_sorted(extract: OsmExtract, tmp_path: Path) -> None:
    unsorted = read_osm(write_town(tmp_path / "unsorted.osm.pbf", unsorted=True).path)
    assert unsorted.counts == extract.counts
    assert len(unsorted.boundaries) == len(extract.boundaries)


def test_a_file_in_order_is_not_sorted(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("sorting costs a second pass")

    monkeypatch.setattr("kudequa_geo.sources.osm.sorted_copy", never)
    read_osm(town.path)
    with pytest.raises(AssertionError):
        read_osm(write_town(tmp_path / "unsorted.osm.pbf", unsorted=True).path)


def test_ways_before_their_nodes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "order.osm"
    path.write_text(
        '<osm version="0.6"><way id="9" version="1"><nd ref="1"/><nd ref="2"/>'
        '<tag k="highway" v="path"/></way><node id="1" version="1" lat="51.5" lon="7.4"/>'
        '<node id="2" version="1" lat="51.5" lon="7.5"/></osm>',
        encoding="utf-8",
    )
    assert read_osm(path).highways["nodes"].iloc[0].tolist() == [1, 2]


def test_a_way_is_cut_where_nodes_are_missing(tmp_path: Path) -> None:
    nodes = "".join(
        f'<node id="{number}" version="1" lat="51.5" lon="7.4{number}"/>' for number in (1, 2, 4, 5, 7)
    )
    refs = "".join(f'<nd ref="{number}"/>' for number in range(1, 8))
    path = tmp_path / "gaps.osm"
    path.write_text(
        f'<osm version="0.6">{nodes}<way id="9" version="1">{refs}<tag k="highway" v="path"/></way></osm>',
        encoding="utf-8",
    )
    found = read_osm(path)
    assert [nodes.tolist() for nodes in found.highways["nodes"]] == [[1, 2], [4, 5]]
    assert found.highways["osm_id"].tolist() == [9, 9]
    assert found.counts["split_ways"] == 1
    assert found.vertices.index.tolist() == [1, 2, 4, 5]


def test_a_ring_that_crosses_itself_is_repaired(tmp_path: Path) -> None:
    corners = [(7.40, 51.50), (7.41, 51.51), (7.41, 51.50), (7.40, 51.51)]
    nodes = "".join(
        f'<node id="{number}" version="1" lat="{lat}" lon="{lon}"/>'
        for number, (lon, lat) in enumerate(corners, 1)
    )
    refs = "".join(f'<nd ref="{number}"/>' for number in (1, 2, 3, 4, 1))
    path = tmp_path / "bow.osm"
    path.write_text(
        f'<osm version="0.6">{nodes}<way id="9" version="1">{refs}<tag k="building" v="yes"/></way></osm>',
        encoding="utf-8",
    )
    found = read_osm(path)
    assert found.counts["repaired_areas"] == 1
    assert found.features.geometry.iloc[0].is_valid
    assert found.features.geometry.iloc[0].area > 0


def test_parts_may_be_missing(tmp_path: Path) -> None:
    empty = read_osm(write_town(tmp_path / "a.osm.pbf", no_highways=True).path)
    assert (len(empty.highways), len(empty.vertices)) == (0, 0)
    assert empty.highways.columns[0] == "osm_id"
    bare = write_town(tmp_path / "b.osm.pbf", no_places=True, no_buildings=True, no_boundaries=True)
    streets = read_osm(bare.path)
    assert len(streets.highways) == bare.highways
    assert not streets.features["tags"].map(lambda tags: "building" in tags or "shop" in tags).any()
    assert len(streets.boundaries) == 0


@pytest.mark.parametrize("header_box", [None, (0.0, 0.0, 180.0, 90.0)])
def test_bounds_ignore_stray_nodes_and_nonsense_headers(
    tmp_path: Path, header_box: tuple[float, float, float, float] | None
) -> None:
    town = write_town(tmp_path / "stray.osm.pbf", stray_node=True, header_box=header_box)
    west, south, east, north = read_osm(town.path).bounds_wgs84
    assert 7.44 < west < 7.452 < 7.458 < east < 7.47
    assert 51.53 < south < 51.541 < 51.544 < north < 51.55


def test_bounds_follow_a_plausible_header(tmp_path: Path) -> None:
    box = (7.449, 51.539, 7.463, 51.547)
    assert read_osm(write_town(tmp_path / "t.osm.pbf", header_box=box).path).bounds_wgs84 == box


def test_area_outside_names_both_boxes(town: Town) -> None:
    with pytest.raises(SourceError, match="außerhalb") as caught:
        read_osm(town.path, area=shapely.box(8.0, 49.0, 8.1, 49.1))
    assert "8.0000, 49.0000, 8.1000, 49.1000" in str(caught.value)
    assert "51.5" in str(caught.value)


def test_area_outside_an_extract_without_streets(tmp_path: Path) -> None:
    path = tmp_path / "shop.osm"
    path.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="51.5" lon="7.4"><tag k="shop" v="x"/></node></osm>',
        encoding="utf-8",
    )
    assert len(read_osm(path).features) == 1
    with pytest.raises(SourceError, match="außerhalb"):
        read_osm(path, area=shapely.box(8.0, 49.0, 8.1, 49.1))


def test_progress_ends_with_one(town: Town) -> None:
    shares: list[float] = []
    read_osm(town.path, progress=lambda _, share: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_a_single_relation(town: Town) -> None:
    city = read_relation(town.path, town.relations["city"])
    assert city is not None
    assert city.bounds[0] == pytest.approx(7.448, abs=0.001)
    assert read_relation(town.path, town.relations["incomplete"]) is None
    assert read_relation(town.path, 123) is None


def test_single_relation_of_an_unsorted_file(tmp_path: Path) -> None:
    town = write_town(tmp_path / "unsorted.osm", unsorted=True)
    assert read_relation(town.path, town.relations["south"]) is not None


def has(extract: OsmExtract, key: str, value: str | None = None) -> int:
    return sum(key in tags and value in (None, tags[key]) for tags in extract.features["tags"])


@pytest.fixture(scope="module")
def kaiserslautern(real_data: Path) -> OsmExtract:
    return read_osm(real_data / "osm" / "kaiserslautern-2013.osm.gz")


def test_kaiserslautern_holds_what_its_file_holds(kaiserslautern: OsmExtract) -> None:
    assert has(kaiserslautern, "shop") == 378
    assert has(kaiserslautern, "shop", "supermarket") == 35
    assert has(kaiserslautern, "highway", "bus_stop") == 247
    assert has(kaiserslautern, "amenity", "kindergarten") == 33
    assert has(kaiserslautern, "amenity", "school") == 49
    # 43 of the file's 5,596 highways have no node in it, 7 of its 15,151 buildings lack some.
    assert kaiserslautern.highways.loc[kaiserslautern.highways["highway"].notna(), "osm_id"].nunique() == 5553
    assert has(kaiserslautern, "building") == 15144
    # Every object carries the year 2106, the mark of the program that wrote the file.
    assert kaiserslautern.features["last_edit"].isna().all()
    assert kaiserslautern.timestamp is None
    assert kaiserslautern.features.geometry.is_valid.all()


def test_kaiserslautern_areas_agree_with_pyosmium(kaiserslautern: OsmExtract, real_data: Path) -> None:
    import osmium

    path = real_data / "osm" / "kaiserslautern-2013.osm.gz"
    wkb = osmium.geom.WKBFactory()
    theirs = {}
    buildings = osmium.FileProcessor(path).with_areas(osmium.filter.KeyFilter("building"))
    for area in buildings.with_filter(osmium.filter.KeyFilter("building")):
        if area.is_area() and area.num_rings()[0]:
            kind = "w" if area.from_way() else "r"
            theirs[f"{kind}{area.orig_id()}"] = wkb.create_multipolygon(area)
    shapes = gpd.GeoSeries(shapely.from_wkb(list(theirs.values())), index=list(theirs), crs=4326).to_crs(CRS)
    ours = kaiserslautern.features.set_index("osm_id").geometry
    assert set(theirs) <= set(ours.index)
    assert ours.loc[shapes.index].area.to_numpy() == pytest.approx(shapes.area.to_numpy(), abs=1e-6)


def test_heidelberg_holds_what_its_file_holds(real_data: Path) -> None:
    path = real_data / "osm" / "heidelberg.osm.pbf"
    heidelberg = read_osm(path)
    assert heidelberg.highways["highway"].notna().sum() == 25_359
    assert has(heidelberg, "highway", "bus_stop") == 492
    assert heidelberg.timestamp == pd.Timestamp("2024-09-08 20:21Z")
    west, south, east, north = heidelberg.bounds_wgs84
    assert 8 < west < 8.7 < east < 9.2
    assert 49 < south < 49.41 < north < 49.7


@pytest.mark.parametrize(
    ("name", "highways", "buildings", "stops"),
    [
        ("witten-stockum-2021.osm.pbf", 807, 2512, 16),
        ("dortmund-boevinghausen.osm.pbf", 158, 430, 0),
        ("dortmund-campus-2018.osm", 763, 405, 17),
    ],
)
def test_small_extracts(real_data: Path, name: str, highways: int, buildings: int, stops: int) -> None:
    found = read_osm(real_data / "osm" / name)
    assert found.highways["highway"].notna().sum() == highways
    assert has(found, "building") == buildings
    assert has(found, "highway", "bus_stop") == stops


def test_a_boundary_of_an_unsorted_real_extract(real_data: Path) -> None:
    dortmund = read_relation(real_data / "osm" / "dortmund-boevinghausen.osm.pbf", 1_829_065)
    area = gpd.GeoSeries([dortmund], crs=4326).to_crs(CRS).area.iloc[0]
    assert area / 1e6 == pytest.approx(280.7, abs=0.2)
