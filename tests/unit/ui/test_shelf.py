"""Files are kept only where their address changes with their content."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kudequa_geo.ui.shelf import Shelf
from tests.fixtures.asgi import Client


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def client(asked: list[str]) -> Client:
    async def tell(request: Request) -> Response:
        asked.append(request.url.path)
        status = 404 if "lost" in request.url.path else 200
        packed = request.headers.get("accept-encoding", "")
        return PlainTextResponse(f"{len(asked)} {request.url.query} {packed}", status)

    return Client(Shelf(Starlette(routes=[Route("/{rest:path}", tell)])))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/static/js/index.DormvYxC.js", ""),
        ("/below/static/css/index.C1JORDN2.css", ""),
        ("/component/streamlit_folium.st_folium/static/js/main.521860b0.js", ""),
        ("/app/static/kudequa/map.js", "v=0123abcd"),
    ],
)
def test_a_file_named_by_its_content_is_asked_for_once(
    client: Client, asked: list[str], path: str, query: str
) -> None:
    first, second = (client.get(path, query=query, accept_encoding="gzip") for _ in range(2))
    assert len(asked) == 1
    assert second.body == first.body
    assert second.headers == first.headers
    assert "immutable" in first.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/", ""),
        ("/app/static/kudequa/map.js", ""),
        ("/app/static/kudequa/map.js", "v=0.1.0"),
        ("/app/static/tiles/ground.pmtiles", ""),
        ("/media/2c2e717c09d4bec206554363b98517f4.jpg", ""),
        ("/static/js/lost.DormvYxC.js", ""),
    ],
)
def test_anything_else_is_asked_for_each_time(
    client: Client, asked: list[str], path: str, query: str
) -> None:
    for _ in range(2):
        client.get(path, query=query, accept_encoding="gzip")
    assert len(asked) == 2


def test_packed_and_plain_files_are_kept_apart(client: Client, asked: list[str]) -> None:
    path = "/static/js/index.DormvYxC.js"
    packed = client.get(path, accept_encoding="gzip")
    plain = client.get(path, accept_encoding="identity")
    assert packed.body != plain.body
    assert client.get(path, accept_encoding="gzip, br").body == packed.body
    assert len(asked) == 2


@pytest.mark.parametrize("headers", [{"range": "bytes=0-9"}, {"if_none_match": '"tag"'}])
def test_a_part_or_a_check_goes_to_the_application(
    client: Client, asked: list[str], headers: dict[str, str]
) -> None:
    for _ in range(2):
        client.get("/static/js/index.DormvYxC.js", **headers)
    assert len(asked) == 2


def test_many_stamps_of_one_file_fill_no_more_than_its_room(
    client: Client, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kudequa_geo.ui.shelf._MOST_BYTES", 40)
    for number in range(8):
        client.get("/app/static/kudequa/map.js", query=f"v=0000000{number}")
    assert 0 < sum(len(kept.body) for kept in client.app._kept.values()) <= 40
    before = len(asked)
    client.get("/app/static/kudequa/map.js", query="v=00000007")
    assert len(asked) == before + 1
    client.get("/app/static/kudequa/map.js", query="v=00000000")
    assert len(asked) == before + 1
