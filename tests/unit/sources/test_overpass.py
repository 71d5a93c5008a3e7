"""Fetching an area from an Overpass server on this machine, which fails in every way such servers fail."""

from __future__ import annotations

import datetime as dt
import os
import time
from email.utils import format_datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from kudequa_geo.errors import FetchError, StoreError
from kudequa_geo.sources import overpass, web
from kudequa_geo.sources.area import read_boundary
from kudequa_geo.sources.osm import OsmExtract, read_osm
from kudequa_geo.sources.overpass import Overpass
from kudequa_geo.sources.web import Patience, is_online
from tests.fixtures import loopback
from tests.fixtures.loopback import HURRIED
from tests.fixtures.overpass_server import OverpassServer, with_remark
from tests.fixtures.town import EDITED, Town

TOWN_AREA = shapely.box(7.445, 51.537, 7.466, 51.549)


@pytest.fixture(autouse=True)
def _small_tiles(loopback_only: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several tiles even for the toy town."""
    monkeypatch.setattr(overpass, "TILE_LON", 0.01)
    monkeypatch.setattr(overpass, "TILE_LAT", 0.006)


def _assert_same(fetched: OsmExtract, direct: OsmExtract) -> None:
    """Both extracts hold the same, in whatever order."""
    ways = [each.highways.sort_values("osm_id", ignore_index=True) for each in (fetched, direct)]
    assert len(ways[0]) > 10
    assert_frame_equal(ways[0].drop(columns="nodes"), ways[1].drop(columns="nodes"))
    assert all(np.array_equal(a, b) for a, b in zip(ways[0]["nodes"], ways[1]["nodes"], strict=True))
    assert_frame_equal(fetched.vertices.sort_index(), direct.vertices.sort_index())
    features = [each.features.sort_values("osm_id", ignore_index=True) for each in (fetched, direct)]
    assert len(features[0]) > 10
    assert_frame_equal(
        pd.DataFrame(features[0].drop(columns="geometry")), pd.DataFrame(features[1].drop(columns="geometry"))
    )
    shapes = [frame.geometry.normalize() for frame in features]
    assert shapely.equals_exact(shapes[0].values, shapes[1].values, tolerance=1e-6).all()


def test_fetched_file_is_read_like_the_extract_itself(
    client: Overpass, server: OverpassServer, served_town: Town, tmp_path: Path
) -> None:
    fetched = client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    assert len(server.queries) > 6, "several tiles are needed to test how they are joined"
    assert server.most_at_once == 1
    read, direct = (read_osm(path, area=TOWN_AREA, margin_m=0) for path in (fetched.path, served_town.path))
    _assert_same(read, direct)
    assert set(read.boundaries["name"]) == {"Musterstadt", "Süd", "Nord"}
    assert not read.modelled
    assert read.features["last_edit"].max() == pd.Timestamp(EDITED)
    assert read.features["last_edit"].isna().any(), "an edit that is not known stays unknown"


def test_what_is_said_of_the_source(client: Overpass, server: OverpassServer, tmp_path: Path) -> None:
    target = tmp_path / "fetched.osm.pbf"
    fetched = client.fetch_area(TOWN_AREA, target)
    assert fetched.path == target
    assert fetched.url == server.url
    assert fetched.date == dt.datetime(2024, 5, 2, 10, tzinfo=dt.UTC)
    assert fetched.licence == "ODbL 1.0"
    assert "OpenStreetMap" in fetched.attribution
    assert fetched.size_bytes == target.stat().st_size
    assert read_osm(target).timestamp == fetched.date
    agents = {headers["User-Agent"] for _, _, headers in server.requests}
    assert all(agent.startswith("kudequa-geo/") for agent in agents)


def test_the_date_is_that_of_the_oldest_part(
    client: Overpass, server: OverpassServer, tmp_path: Path
) -> None:
    def later(request, answer):
        server.osm_base = "2024-05-03T10:00:00Z"
        loopback.send(request, 200, answer)

    server.faults.append(later)
    fetched = client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    assert fetched.date == dt.datetime(2024, 5, 2, 10, tzinfo=dt.UTC)


def test_mappers_are_not_kept(server: OverpassServer, client: Overpass, tmp_path: Path) -> None:
    def signed(answer: bytes) -> bytes:
        return answer.replace(b' version="', b' uid="7" user="Mapperin" changeset="9" version="')

    server.always = loopback.changed(signed)
    fetched = client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    objects = [
        (found.user, found.uid, found.changeset, found.version)
        for found in osmium.FileProcessor(fetched.path)
    ]
    assert set(objects) == {("", 0, 0, 1)}


def _asked_at() -> str:
    return format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1), usegmt=True)


@pytest.mark.parametrize(
    "fault",
    [
        loopback.status(429, Retry_After="0"),
        loopback.status(429, Retry_After=_asked_at()),
        loopback.status(429, Retry_After="soon"),
        loopback.status(504),
        loopback.status(503),
        loopback.cut(),
        loopback.cut_unseen(),
        loopback.changed(lambda _answer: b"<!DOCTYPE html><html><body>Wartung</body></html>"),
        loopback.changed(lambda _answer: b""),
        loopback.changed(lambda answer: answer[:-40]),
        loopback.changed(lambda answer: answer.replace(b"<node", b"<no\x00\xffde", 3)),
        loopback.changed(lambda answer: b'{"elements": [{"type": "node"'),
        with_remark("failed: runtime error: rate_limited"),
    ],
)
def test_a_passing_fault_is_waited_out(
    fault: loopback.Fault, client: Overpass, server: OverpassServer, served_town: Town, tmp_path: Path
) -> None:
    server.faults.extend([None, fault, fault])
    fetched = client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    tiles = len(set(server.queries))
    assert len(server.queries) == tiles + 2
    assert server.most_at_once == 1
    assert len(read_osm(fetched.path).highways) == len(read_osm(served_town.path).highways)


def test_a_silent_server_is_asked_again(
    client: Overpass, server: OverpassServer, served_town: Town, tmp_path: Path
) -> None:
    server.faults.extend([None, loopback.silence])
    hurried = Patience(tries_broken=8, first_wait_s=0.01, pause_s=0, silence_s=1.0)
    fetched = Overpass(client.cache, server.url, hurried).fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    assert len(server.queries) > len(set(server.queries))
    assert len(read_osm(fetched.path).highways) == len(read_osm(served_town.path).highways)


@pytest.mark.parametrize(
    ("fault", "words", "tries"),
    [
        (loopback.status(429), "429", HURRIED.tries),
        (loopback.status(504), "überlastet", HURRIED.tries),
        (loopback.status(502), "Störung", HURRIED.tries),
        (loopback.cut(), "brach ab", HURRIED.tries_broken),
        (loopback.changed(lambda _answer: b"<html></html>"), "keine OSM-Daten", HURRIED.tries_broken),
        (loopback.changed(lambda answer: answer[:-20]), "abgeschnitten", HURRIED.tries_broken),
        (
            loopback.changed(lambda answer: answer.replace(b"<node", b"<n<ode", 1)),
            "beschädigt",
            HURRIED.tries_broken,
        ),
        (with_remark("failed"), "Fehler in der Abfrage", HURRIED.tries),
        (loopback.status(400), "400", 1),
        (loopback.status(403), "403", 1),
        (loopback.status(302, Location="http://127.0.0.1:9/"), "andere Adresse", 1),
    ],
)
def test_a_lasting_fault_ends_with_a_message(
    fault: loopback.Fault, words: str, tries: int, client: Overpass, server: OverpassServer, tmp_path: Path
) -> None:
    target = tmp_path / "fetched.osm.pbf"
    target.write_bytes(b"earlier")
    server.always = fault
    with pytest.raises(FetchError) as caught:
        client.fetch_area(TOWN_AREA, target)
    assert words in str(caught.value)
    assert server.url in str(caught.value)
    assert "Abhilfe" in str(caught.value)
    assert len(server.queries) == tries
    assert target.read_bytes() == b"earlier"
    assert not list(client.cache.iterdir()), "nothing unusable is kept"


def test_nobody_listens(tmp_path: Path) -> None:
    client = Overpass(tmp_path / "cache", "http://127.0.0.1:9/api/interpreter", HURRIED)
    with pytest.raises(FetchError, match="keine Verbindung"):
        client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")


@pytest.mark.parametrize("endpoint", ["ftp://127.0.0.1/x", "file:///etc/passwd", "overpass", "http://"])
def test_endpoint_must_be_a_web_address(endpoint: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="http oder https"):
        Overpass(tmp_path / "cache", endpoint, HURRIED).fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")


def test_waits_grow_and_follow_the_server(
    client: Overpass, server: OverpassServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(web.time, "sleep", waits.append)
    patient = Overpass(client.cache, server.url, Patience(tries=8, first_wait_s=5, longest_wait_s=60))
    server.faults.extend([loopback.status(504)] * 5 + [loopback.status(429, Retry_After="90")])
    patient.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    assert waits[:7] == [1.0, 5, 10, 20, 40, 60, 90], "a pause, then longer and longer waits"
    assert set(waits[7:]) == {1.0}, "a pause before every request"
    assert len(waits) == len(server.queries)


def test_a_pause_too_long_is_told_and_not_waited_for(
    client: Overpass, server: OverpassServer, tmp_path: Path
) -> None:
    server.always = loopback.status(429, Retry_After="900")
    with pytest.raises(FetchError, match="15 Minuten"):
        client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    assert len(server.queries) == 1


def test_an_answer_without_end_is_left(client: Overpass, server: OverpassServer, tmp_path: Path) -> None:
    server.always = loopback.drip
    hurried = Patience(tries_broken=2, first_wait_s=0.01, pause_s=0, answer_s=0.2)
    with pytest.raises(FetchError, match="dauert zu lange"):
        Overpass(client.cache, server.url, hurried).fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")


def test_an_answer_too_large_is_left(
    client: Overpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overpass, "MAX_ANSWER_BYTES", 1000)
    with pytest.raises(FetchError, match="größer als"):
        client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")


def test_a_second_run_goes_on_after_the_last_complete_tile(
    client: Overpass, server: OverpassServer, tmp_path: Path
) -> None:
    target = tmp_path / "fetched.osm.pbf"
    server.faults.extend([None, None, None] + [loopback.cut()] * HURRIED.tries_broken)
    with pytest.raises(FetchError, match="brach ab"):
        client.fetch_area(TOWN_AREA, target)
    first = server.queries[:3]
    assert not target.exists()
    server.queries.clear()
    client.fetch_area(TOWN_AREA, target)
    assert not set(first) & set(server.queries)
    assert len(server.queries) == len(set(server.queries))
    server.queries.clear()
    client.fetch_area(TOWN_AREA, target)
    filled = {path.name for path in client.cache.glob("*.osm.gz")}
    assert len(server.queries) < len(filled), "only what was empty is asked for again"


def test_old_answers_are_asked_for_again(client: Overpass, server: OverpassServer, tmp_path: Path) -> None:
    client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    asked = len(server.queries)
    old = time.time() - overpass.MAX_AGE_S - 1
    for path in client.cache.iterdir():
        os.utime(path, (old, old))
    client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    assert len(server.queries) == 2 * asked


@pytest.mark.parametrize("what", ["timed out", "run out of memory using about 2048 MB of RAM"])
def test_too_much_for_the_server_is_asked_for_in_quarters(
    what: str, client: Overpass, server: OverpassServer, served_town: Town, tmp_path: Path
) -> None:
    target = tmp_path / "fetched.osm.pbf"
    server.faults.extend([None, with_remark(what), None, with_remark(what)])
    server.faults.extend([None] * 4 + [loopback.status(400)])
    with pytest.raises(FetchError, match="400"):
        client.fetch_area(TOWN_AREA, target)
    refused = {server.queries[1], server.queries[3]}
    server.queries.clear()
    fetched = client.fetch_area(TOWN_AREA, target)
    assert not refused & set(server.queries), "what was too much is not asked for again"
    _assert_same(*(read_osm(path, area=TOWN_AREA, margin_m=0) for path in (fetched.path, served_town.path)))


def test_quarters_have_an_end(client: Overpass, server: OverpassServer, tmp_path: Path) -> None:
    server.faults.append(None)
    server.always = None
    server.faults.extend([with_remark("timed out")] * 100)
    with pytest.raises(FetchError, match="kleine Teile"):
        client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    assert len(server.queries) == 1 + overpass.MAX_SPLITS + 1


def test_an_area_too_large_is_refused_before_the_first_request(
    client: Overpass, server: OverpassServer, tmp_path: Path
) -> None:
    with pytest.raises(FetchError, match="zu groß"):
        client.fetch_area(shapely.box(7, 51, 8, 52), tmp_path / "fetched.osm.pbf")
    assert not server.queries


def test_an_area_without_data(client: Overpass, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="keine Daten"):
        client.fetch_area(shapely.box(3.001, 55.001, 3.002, 55.002), tmp_path / "fetched.osm.pbf")


def test_only_tiles_that_the_area_touches(client: Overpass, server: OverpassServer, tmp_path: Path) -> None:
    corner = shapely.Polygon([(7.445, 51.537), (7.466, 51.537), (7.445, 51.549)])
    client.fetch_area(corner, tmp_path / "corner.osm.pbf")
    part = len(server.queries)
    client.fetch_area(TOWN_AREA, tmp_path / "whole.osm.pbf")
    assert part < len(set(server.queries))


@pytest.mark.parametrize("newer", [1, 2])
def test_a_newer_version_of_an_object_wins(
    newer: int, client: Overpass, server: OverpassServer, tmp_path: Path
) -> None:
    """The data may change between two tiles."""

    old, seen = "Querstraße 2".encode(), []

    def renamed(answer: bytes) -> bytes:
        seen.append(old in answer)
        if sum(seen) != newer:
            return answer
        return answer.replace(b' version="1"', b' version="2"').replace(old, b"Neue Gasse")

    server.always = loopback.changed(renamed)
    fetched = client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    names = read_osm(fetched.path).highways["name"]
    assert sum(seen) == 2
    assert (names == "Neue Gasse").sum() == 1
    assert not (names == "Querstraße 2").any()


def test_a_boundary_and_nothing_else(client: Overpass, server: OverpassServer, served_town: Town) -> None:
    relation = served_town.relations["south"]
    path = client.fetch_boundary(relation)
    assert read_boundary(path, relation).equals_exact(read_boundary(served_town.path, relation), 1e-9)
    assert len(server.queries) == 1
    with pytest.raises(FetchError, match="4711"):
        client.fetch_boundary(4711)


def test_a_boundary_of_any_kind_comes_along_when_named(
    client: Overpass, server: OverpassServer, served_town: Town, tmp_path: Path
) -> None:
    relation = served_town.relations["south"]
    server.extract.tags["relation"][relation]["admin_level"] = "4"
    plain = client.fetch_area(TOWN_AREA, tmp_path / "plain.osm.pbf")
    named = client.fetch_area(TOWN_AREA, tmp_path / "named.osm.pbf", relation=relation)
    assert relation not in set(read_osm(plain.path).boundaries["osm_id"])
    assert relation in set(read_osm(named.path).boundaries["osm_id"])


def test_progress_rises_and_tells_of_waiting(server: OverpassServer, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    server.faults.append(loopback.status(504))
    client = Overpass(
        tmp_path / "cache", server.url, HURRIED, lambda message, share: told.append((message, share))
    )
    client.fetch_area(TOWN_AREA, tmp_path / "fetched.osm.pbf")
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert "Server ist ausgelastet, neuer Versuch" in {message for message, _ in told}


def test_a_folder_that_cannot_be_written(server: OverpassServer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(StoreError, match="gespeichert"):
        Overpass(tmp_path / "cache", server.url, HURRIED).fetch_area(TOWN_AREA, tmp_path / "f.osm.pbf")
    with pytest.raises(StoreError, match="gespeichert"):
        Overpass(tmp_path / "other", server.url, HURRIED).fetch_area(
            TOWN_AREA, tmp_path / "cache" / "f.osm.pbf"
        )


def test_probe(server: OverpassServer) -> None:
    assert is_online(server.url)
    assert not is_online("http://127.0.0.1:9/")
    assert not is_online("nowhere")


def test_probe_does_not_wait_longer_than_told(
    server: OverpassServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_lookup(*_: object, **__: object) -> None:
        server.closing.wait(5)
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", slow_lookup)
    start = time.monotonic()
    assert not is_online(server.url, timeout_s=0.2)
    assert time.monotonic() - start < 2


def test_kaiserslautern(real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole city in tiles of the real size, with faults between them, is the city itself."""
    monkeypatch.setattr(overpass, "TILE_LON", 0.1)
    monkeypatch.setattr(overpass, "TILE_LAT", 0.06)
    path = real_data / "osm" / "kaiserslautern-2013.osm.gz"
    area = shapely.box(7.70, 49.41, 7.85, 49.475)
    with OverpassServer(path).running() as server:
        assert isinstance(server, OverpassServer)
        server.faults.extend(
            [loopback.status(429, Retry_After="0"), None, loopback.cut(), with_remark("timed out")]
        )
        fetched = Overpass(tmp_path / "cache", server.url, HURRIED).fetch_area(
            area, tmp_path / "fetched.osm.pbf"
        )
        assert server.most_at_once == 1
    read, direct = (read_osm(each, area=area, margin_m=0) for each in (fetched.path, path))
    assert len(direct.highways) > 3000
    _assert_same(read, direct)
    buildings = gpd.GeoSeries(read.features.geometry[["building" in tags for tags in read.features["tags"]]])
    assert len(buildings) > 10_000
