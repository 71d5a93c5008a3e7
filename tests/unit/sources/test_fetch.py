"""From a municipality's file to its extract: by tiles of a server, or cut from a larger extract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from kudequa_geo import pipeline
from kudequa_geo.config import Municipality, load_municipality
from kudequa_geo.errors import FetchError, MissingInputError, SourceError, StoreError
from kudequa_geo.sources import osm_cut
from kudequa_geo.sources.area import read_area
from kudequa_geo.sources.fetch import fetch, with_fetched, with_margin
from kudequa_geo.sources.fetched import read_fetched
from kudequa_geo.sources.osm import read_osm
from kudequa_geo.sources.osm_cut import cut
from kudequa_geo.sources.overpass import Overpass
from kudequa_geo.territory import read_territory
from tests.fixtures import loopback
from tests.fixtures.file_server import FileServer
from tests.fixtures.overpass_server import OverpassServer
from tests.fixtures.town import CITY_BOX, ORIGIN, Town, write_town

pytestmark = pytest.mark.usefixtures("loopback_only")


def _told(config: Municipality) -> Callable[[Path], BaseGeometry]:
    return partial(read_area, config.area)


def _municipality(folder: Path, area: str, margin_m: float = 100) -> Municipality:
    path = folder / "municipalities" / "musterstadt.toml"
    path.parent.mkdir(exist_ok=True)
    text = f'name = "Musterstadt"\nmargin_m = {margin_m}\n[osm]\nfile = "none.osm.pbf"\n[area]\n{area}\n'
    path.write_text(text, encoding="utf-8")
    return load_municipality("musterstadt", folder)


def test_box(client: Overpass, served_town: Town, tmp_path: Path) -> None:
    config = _municipality(tmp_path, "bbox = [7.448, 51.539, 7.464, 51.547]")
    folder = tmp_path / "musterstadt"
    fetched = fetch(config, _told(config), folder, client)
    target = folder / "fetched.osm.pbf"
    assert read_fetched(target) == fetched
    assert len(read_osm(target).highways) == len(read_osm(served_town.path).highways)


def test_boundary_is_fetched_before_any_extract_exists(
    client: Overpass, server: OverpassServer, served_town: Town, tmp_path: Path
) -> None:
    relation = served_town.relations["city"]
    config = _municipality(tmp_path, f"osm_relation = {relation}", margin_m=0)
    fetched = fetch(config, _told(config), tmp_path, client)
    assert f"relation({relation})" in server.queries[0]
    assert relation in set(read_osm(fetched.path).boundaries["osm_id"])
    corner = osmium.FileProcessor(fetched.path).header.box().bottom_left
    city = shapely.box(*CITY_BOX)
    expected = gpd.GeoSeries([shapely.affinity.translate(city, *ORIGIN)], crs="EPSG:25832").to_crs(
        "EPSG:4326"
    )
    assert (corner.lon, corner.lat) == pytest.approx(expected.total_bounds[:2], abs=1e-5)


def test_prepare_finds_what_was_fetched(client: Overpass, tmp_path: Path) -> None:
    config = _municipality(tmp_path, "bbox = [7.448, 51.539, 7.464, 51.547]")
    folder = tmp_path / "musterstadt"
    assert with_fetched(config, folder) is config
    fetched = fetch(config, _told(config), folder, client)
    source = with_fetched(config, folder).osm
    assert source.file == fetched.path == folder / "fetched.osm.pbf"
    assert (source.licence, source.date) == ("ODbL 1.0", dt.date(2024, 5, 2))
    assert source.attribution == "© OpenStreetMap contributors"


def test_what_was_fetched_is_prepared_like_any_extract(
    client: Overpass, served_town: Town, tmp_path: Path
) -> None:
    told = f"osm_relation = {served_town.relations['city']}\n[districts]\nosm_admin_level = 10"
    config = _municipality(tmp_path, told + "\n[population]\ntotal = 1200")
    folder = tmp_path / config.key
    fetch(config, lambda osm: read_territory(config, osm)[0], folder, client)
    fetched = pipeline.prepare(with_fetched(config, folder))
    direct = pipeline.prepare(config, served_town.path)
    assert not fetched.package.modelled
    for table in ("nodes", "edges", "places", "buildings", "districts", "sites"):
        assert len(fetched.tables[table]) == len(direct.tables[table]) > 0
    assert set(fetched.tables["places"]["place_id"]) == set(direct.tables["places"]["place_id"])


def test_margin_is_of_the_stated_width(tmp_path: Path) -> None:
    config = _municipality(tmp_path, "bbox = [7.448, 51.539, 7.464, 51.547]", margin_m=2000)
    area = shapely.box(7.448, 51.539, 7.464, 51.547)
    both = gpd.GeoSeries([area, with_margin(area, config)], crs="EPSG:4326").to_crs("EPSG:25832")
    assert both.iloc[1].exterior.distance(both.iloc[0]) == pytest.approx(2000, abs=5)


def test_extract_file_is_cut(
    client: Overpass, server: OverpassServer, served_town: Town, tmp_path: Path
) -> None:
    config = _municipality(tmp_path, "bbox = [7.449, 51.5395, 7.453, 51.5415]", margin_m=50)
    fetched = fetch(config, _told(config), tmp_path, client, extract=str(served_town.path))
    assert not server.requests
    assert served_town.path.exists(), "the user's own file stays"
    assert fetched.url == served_town.path.name, "no path of this machine is told"
    area = shapely.box(7.449, 51.5395, 7.453, 51.5415)
    small, whole = (read_osm(path, area=area, margin_m=50) for path in (fetched.path, served_town.path))
    assert set(small.highways["osm_id"]) == set(whole.highways["osm_id"])
    assert set(small.features["osm_id"]) == set(whole.features["osm_id"])
    assert set(small.boundaries["osm_id"]) == set(whole.boundaries["osm_id"])
    assert 0 < len(read_osm(fetched.path).highways) < len(read_osm(served_town.path).highways)


def test_extract_is_downloaded_cut_and_removed(client: Overpass, served_town: Town, tmp_path: Path) -> None:
    config = _municipality(tmp_path, f"osm_relation = {served_town.relations['south']}")
    with FileServer(served_town.path.read_bytes()).running() as files:
        fetched = fetch(config, _told(config), tmp_path, client, extract=files.url)
        assert fetched.url == files.url
    assert served_town.relations["south"] in set(read_osm(fetched.path).boundaries["osm_id"])
    assert not [path for path in client.cache.iterdir() if path.stat().st_size > 1000]


def test_a_failed_cut_keeps_the_download(client: Overpass, served_town: Town, tmp_path: Path) -> None:
    elsewhere = _municipality(tmp_path, "bbox = [3.0, 55.0, 3.01, 55.01]")
    here = _municipality(tmp_path, "bbox = [7.449, 51.5395, 7.453, 51.5415]")
    with FileServer(served_town.path.read_bytes()).running() as files:
        assert isinstance(files, FileServer)
        with pytest.raises(SourceError, match="nichts aus dem Untersuchungsgebiet"):
            fetch(elsewhere, _told(elsewhere), tmp_path, client, extract=files.url)
        assert not (tmp_path / "fetched.osm.pbf").exists()
        fetch(here, _told(here), tmp_path, client, extract=files.url)
        assert files.sent_bytes == len(files.content)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("missing.osm.pbf", None, MissingInputError),
        ("empty.osm.pbf", b"", SourceError),
        ("page.osm.pbf", b"<!DOCTYPE html>", SourceError),
        ("cut.osm.pbf", ..., SourceError),
    ],
)
def test_extract_that_cannot_be_used(
    name: str, content: object, error: type[Exception], client: Overpass, served_town: Town, tmp_path: Path
) -> None:
    config = _municipality(tmp_path, "bbox = [7.448, 51.539, 7.464, 51.547]")
    target = tmp_path / "fetched.osm.pbf"
    target.write_bytes(b"earlier")
    if content is ...:
        content = served_town.path.read_bytes()[:3000]
    if isinstance(content, bytes):
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error):
        fetch(config, _told(config), tmp_path, client, extract=str(tmp_path / name))
    assert target.read_bytes() == b"earlier"
    assert not list(tmp_path.glob(".new-*"))


def test_earlier_extract_survives_a_refusing_server(
    client: Overpass, server: OverpassServer, tmp_path: Path
) -> None:
    config = _municipality(tmp_path, "bbox = [7.448, 51.539, 7.464, 51.547]")
    target = tmp_path / "fetched.osm.pbf"
    earlier = fetch(config, _told(config), tmp_path, client)
    for path in client.cache.iterdir():
        path.unlink()
    server.always = loopback.status(504)
    with pytest.raises(FetchError):
        fetch(config, _told(config), tmp_path, client)
    assert read_fetched(target) == earlier


@pytest.mark.parametrize("suffix", [".osm", ".osm.gz", ".osm.bz2", ".osm.pbf"])
@pytest.mark.parametrize("unsorted", [False, True])
def test_cut_of_every_format_and_order(suffix: str, unsorted: bool, tmp_path: Path) -> None:
    town = write_town(tmp_path / f"town{suffix}", unsorted=unsorted, stray_node=True)
    area = shapely.box(7.4, 51.5, 7.5, 51.6)
    cut(town.path, area, tmp_path / "part.osm.pbf")
    part, whole = read_osm(tmp_path / "part.osm.pbf"), read_osm(town.path)
    assert set(part.highways["osm_id"]) == set(whole.highways["osm_id"])
    assert set(part.features["osm_id"]) == {
        osm_id for osm_id in whole.features["osm_id"] if osm_id != f"n{town.nodes['stray']}"
    }
    assert set(part.boundaries["osm_id"]) == set(whole.boundaries["osm_id"])


def test_cut_keeps_the_date_of_the_data(tmp_path: Path) -> None:
    source, target = tmp_path / "dated.osm.pbf", tmp_path / "part.osm.pbf"
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2024-09-08T20:21:00Z")
    header.set("sorting", "Type_then_ID")
    town = write_town(tmp_path / "town.osm.pbf")
    with osmium.SimpleWriter(source, header=header) as writer:
        for found in osmium.FileProcessor(town.path):
            writer.add(found)
    date = dt.datetime(2024, 9, 8, 20, 21, tzinfo=dt.UTC)
    assert cut(source, shapely.box(7.4, 51.5, 7.5, 51.6), target) == date
    assert read_osm(target).timestamp == date
    assert cut(town.path, shapely.box(7.4, 51.5, 7.5, 51.6), target) is None


def test_cut_leaves_large_boundaries_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = write_town(tmp_path / "town.osm.pbf")
    monkeypatch.setattr(osm_cut, "_LARGE", frozenset({"8"}))
    target, area = tmp_path / "part.osm.pbf", shapely.box(7.4, 51.5, 7.5, 51.6)
    cut(town.path, area, target)
    assert set(read_osm(target).boundaries["name"]) == {"Süd", "Nord"}
    cut(town.path, area, target, relation=town.relations["city"])
    assert set(read_osm(target).boundaries["name"]) == {"Süd", "Nord", "Musterstadt"}


def test_cut_says_where_it_cannot_write(served_town: Town, tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file in the way")
    with pytest.raises(StoreError, match="gespeichert"):
        cut(served_town.path, shapely.box(7.4, 51.5, 7.5, 51.6), tmp_path / "folder" / "part.osm.pbf")


@pytest.mark.parametrize("note", [None, "{", "[]", '{"sha256": "other", "url": "x", "date": null}'])
def test_note_that_does_not_fit_is_not_believed(note: str | None, client: Overpass, tmp_path: Path) -> None:
    config = _municipality(tmp_path, "bbox = [7.448, 51.539, 7.464, 51.547]")
    target = tmp_path / "fetched.osm.pbf"
    assert read_fetched(target) is None
    fetch(config, _told(config), tmp_path, client)
    beside = target.with_name("fetched.osm.pbf.json")
    beside.unlink()
    if note is not None:
        beside.write_text(note, encoding="utf-8")
    found = read_fetched(target)
    assert found is not None
    assert (found.url, found.date) == ("", None)
    assert found.size_bytes == target.stat().st_size


def test_heidelberg_cut_in_two(real_data: Path, tmp_path: Path) -> None:
    """A part of a real extract holds of its area what the whole does."""
    path, target = real_data / "osm" / "heidelberg.osm.pbf", tmp_path / "part.osm.pbf"
    area = shapely.box(8.66, 49.39, 8.70, 49.42)
    cut(path, area, target)
    part, whole = (read_osm(each, area=area, margin_m=0) for each in (target, path))
    assert set(part.highways["osm_id"]) == set(whole.highways["osm_id"])
    assert set(part.vertices.index) == set(whole.vertices.index)
    assert set(part.features["osm_id"]) == set(whole.features["osm_id"])
    assert len(part.highways) > 2000
    assert target.stat().st_size < path.stat().st_size / 2
