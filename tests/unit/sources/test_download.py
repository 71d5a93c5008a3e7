"""Downloading an extract from a web server on this machine: resumed, bounded and checked."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kudequa_geo.errors import FetchError, SourceError, StoreError
from kudequa_geo.sources import download as module
from kudequa_geo.sources.download import download
from kudequa_geo.sources.web import Patience
from tests.fixtures import loopback
from tests.fixtures.file_server import FileServer
from tests.fixtures.loopback import HURRIED
from tests.fixtures.town import write_town

pytestmark = pytest.mark.usefixtures("loopback_only")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    town = write_town(tmp_path_factory.mktemp("town") / "town.osm")
    assert len(town.path.read_bytes()) > 100_000
    return town.path.read_bytes()


@pytest.fixture
def server(content: bytes) -> Iterator[FileServer]:
    with FileServer(content).running() as running:
        assert isinstance(running, FileServer)
        yield running


def _broken_off(server: FileServer, share: float = 0.4) -> loopback.Fault:
    def play(request, answer):
        request.send_response(200)
        request.send_header("Content-Length", str(len(answer)))
        if server.etag:
            request.send_header("ETag", server.etag)
        request.end_headers()
        request.wfile.write(answer[: int(len(answer) * share)])

    return play


def test_download_is_whole_and_checked(server: FileServer, content: bytes, tmp_path: Path) -> None:
    told: list[float] = []
    path = download(
        server.url, tmp_path / "cache", patience=HURRIED, progress=lambda _text, share: told.append(share)
    )
    assert path.read_bytes() == content
    assert path.parent == tmp_path / "cache"
    assert not list(path.parent.glob("*.teil"))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert f"{server.path}.md5" in [asked for _, asked, _ in server.requests]


def test_cut_connection_is_continued(server: FileServer, content: bytes, tmp_path: Path) -> None:
    server.faults.append(_broken_off(server))
    path = download(server.url, tmp_path, patience=HURRIED)
    assert path.read_bytes() == content
    continued = server.gets[1]
    assert continued["If-Range"] == '"v1"'
    assert 0 < int(continued["Range"].removeprefix("bytes=").removesuffix("-")) <= 0.4 * len(content)
    assert server.sent_bytes < len(content)


def test_next_run_continues(server: FileServer, content: bytes, tmp_path: Path) -> None:
    server.faults.extend([_broken_off(server), *[loopback.status(503)] * 3])
    with pytest.raises(FetchError, match="4 Versuchen"):
        download(server.url, tmp_path, patience=HURRIED)
    assert download(server.url, tmp_path, patience=HURRIED).read_bytes() == content
    assert server.sent_bytes < len(content)


@pytest.mark.parametrize("how", ["changed", "no ranges", "no version"])
def test_what_cannot_be_continued_begins_anew(
    how: str, server: FileServer, content: bytes, tmp_path: Path
) -> None:
    if how == "no version":
        server.etag = ""
    server.faults.append(_broken_off(server))
    hurried = Patience(tries=1, tries_broken=1, first_wait_s=0.01)
    with pytest.raises(FetchError):
        download(server.url, tmp_path, patience=hurried)
    if how == "changed":
        server.etag = '"v2"'
    server.ranges = how != "no ranges"
    assert download(server.url, tmp_path, patience=HURRIED).read_bytes() == content


def test_a_part_that_is_complete_is_used(server: FileServer, content: bytes, tmp_path: Path) -> None:
    """A run may end after the last byte, or what follows the download fails."""
    whole = download(server.url, tmp_path, patience=HURRIED)
    assert download(server.url, tmp_path, patience=HURRIED) == whole
    assert whole.read_bytes() == content
    assert server.sent_bytes == len(content)
    server.etag = '"v2"'
    assert download(server.url, tmp_path, patience=HURRIED).read_bytes() == content
    assert server.sent_bytes == 2 * len(content)


def test_a_part_longer_than_the_file_is_dropped(server: FileServer, content: bytes, tmp_path: Path) -> None:
    server.faults.append(_broken_off(server))
    hurried = Patience(tries=1, tries_broken=1)
    with pytest.raises(FetchError):
        download(server.url, tmp_path, patience=hurried)
    (part,) = tmp_path.glob("*.teil")
    part.write_bytes(content + b"more")
    assert download(server.url, tmp_path, patience=HURRIED).read_bytes() == content


def test_a_wrong_part_is_not_put_together(server: FileServer, content: bytes, tmp_path: Path) -> None:
    def elsewhere(request, answer):
        loopback.send(request, 206, answer[10:], Content_Range=f"bytes 10-{len(answer) - 1}/{len(answer)}")

    server.faults.extend([_broken_off(server), elsewhere])
    assert download(server.url, tmp_path, patience=HURRIED).read_bytes() == content


def test_wrong_checksum_is_refused_and_not_kept(server: FileServer, tmp_path: Path) -> None:
    server.md5 = b"0123456789abcdef0123456789ABCDEF *town-latest.osm.pbf"
    with pytest.raises(FetchError, match="Prüfsumme"):
        download(server.url, tmp_path, patience=HURRIED)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("said", [None, b"<html>" + b"x" * 100, b"", b"a" * 40, b"b" * 10_000])
def test_no_usable_checksum_is_no_error(
    said: bytes | None, server: FileServer, content: bytes, tmp_path: Path
) -> None:
    server.md5 = said
    assert download(server.url, tmp_path, patience=HURRIED).read_bytes() == content


@pytest.mark.parametrize(
    ("fault", "words", "tries"),
    [
        (loopback.status(404), "404", 1),
        (loopback.status(429, Retry_After="7200"), "120 Minuten", 1),
        (loopback.status(504), "überlastet", HURRIED.tries),
        (loopback.cut(), "brach ab", HURRIED.tries_broken),
        (loopback.status(302, Location="ftp://127.0.0.1/x.pbf"), "http oder https", 1),
        (loopback.status(302, Location="file:///etc/passwd"), "http oder https", 1),
        (loopback.status(302, Location="/europe/town-latest.osm.pbf"), "immer weiter", 6),
    ],
)
def test_lasting_faults_end_with_a_message(
    fault: loopback.Fault, words: str, tries: int, server: FileServer, tmp_path: Path
) -> None:
    server.always = fault
    with pytest.raises(FetchError) as caught:
        download(server.url, tmp_path, patience=HURRIED)
    assert words in str(caught.value)
    assert len(server.gets) == tries


def test_a_redirect_is_followed(server: FileServer, content: bytes, tmp_path: Path) -> None:
    """Geofabrik's “latest” leads to the file of the day, which has its own checksum."""
    server.faults.append(loopback.status(302, Location=server.path))
    path = download(server.url + "?from=link", tmp_path, patience=HURRIED)
    assert path.read_bytes() == content
    assert server.requests[-1][1] == f"{server.path}.md5"


def test_a_redirect_never_leaves_encryption(server: FileServer, tmp_path: Path) -> None:
    class Hop:
        url = "https://example.org/x.pbf"

    class Answer(Hop):
        url = server.url
        history = (Hop,)

    with pytest.raises(FetchError, match="unverschlüsselte"):
        module.web._check_way(Answer())  # type: ignore[arg-type]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x.pbf", "file:///etc/passwd", "http://", "s3://bucket/x"])
def test_only_web_addresses(url: str, tmp_path: Path) -> None:
    assert module.is_url(url)
    with pytest.raises(FetchError, match="http oder https"):
        download(url, tmp_path, patience=HURRIED)


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_is_refused(announced: bool, server: FileServer, content: bytes, tmp_path: Path) -> None:
    if not announced:
        server.always = loopback.cut_unseen(1.0)
    with pytest.raises(FetchError, match="größer als"):
        download(server.url, tmp_path, patience=HURRIED, limit_bytes=len(content) - 1)
    kept = sum(path.stat().st_size for path in tmp_path.glob("*.teil"))
    assert kept <= (0 if announced else len(content))


def test_full_disk_is_told_before(
    server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SPARE_BYTES", 10**18)
    with pytest.raises(FetchError, match="Auf dem Datenträger sind"):
        download(server.url, tmp_path, patience=HURRIED)


def test_folder_that_cannot_be_written(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    with pytest.raises(StoreError, match="gespeichert"):
        download(server.url, tmp_path / "cache", patience=HURRIED)


def test_a_page_in_place_of_the_file_is_not_kept(server: FileServer, tmp_path: Path) -> None:
    server.content, server.md5 = b"<!DOCTYPE html><html>Bitte anmelden</html>", None
    with pytest.raises(SourceError, match="HTML") as caught:
        download(server.url, tmp_path, patience=HURRIED)
    assert server.url in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_names_of_the_server_are_not_used(server: FileServer, content: bytes, tmp_path: Path) -> None:
    def hostile(request, answer):
        name = 'attachment; filename="../../../evil.sh"'
        loopback.send(request, 200, answer, Content_Disposition=name)

    server.always = hostile
    path = download(server.url + "/../..%2f..%2fevil?x=../../y", tmp_path / "a" / "cache", patience=HURRIED)
    assert path.parent == tmp_path / "a" / "cache"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a"]


def test_packed_on_the_way(server: FileServer, content: bytes, tmp_path: Path) -> None:
    """A server that packs although it was asked not to."""

    def packed(request, answer):
        loopback.send(request, 200, gzip.compress(answer), Content_Encoding="gzip", ETag='"z"')

    server.always = packed
    assert download(server.url, tmp_path, patience=HURRIED).read_bytes() == content
    assert server.gets[0]["Accept-Encoding"] == "identity"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other paths")
def test_what_is_a_file() -> None:
    assert not module.is_url("/data/town.osm.pbf")
    assert not module.is_url("town.osm.pbf")
    assert module.is_url("https://download.geofabrik.de/europe/germany-latest.osm.pbf")
