"""What is sent smaller is the same once unpacked, and what cannot be smaller passes as it is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from kudequa_geo.ui import packed
from kudequa_geo.ui.packed import Packed
from tests.conftest import ROOT
from tests.fixtures.asgi import Client

_PAGE = (
    '<html><link rel="stylesheet" href="a.css"><link\n  rel="preload"\n  href="x.woff2"\n  as="font"\n/>'
    + "<p>text</p>" * 100
    + "</html>"
)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.js"
    path.write_text("const umlaut = 'ä';\n" * 200, encoding="utf-8")
    return path


@pytest.fixture
def client(script: Path) -> Client:
    async def js(_: Request) -> Response:
        return FileResponse(script)

    async def page(_: Request) -> Response:
        return Response(_PAGE, media_type="text/html")

    async def path_of(request: Request) -> Response:
        return PlainTextResponse(request.url.path)

    async def picture(_: Request) -> Response:
        return Response(b"\x89PNG" * 500, media_type="image/png")

    routes = [Route("/script.js", js), Route("/page", page), Route("/picture", picture)]
    routes.append(Route("/{rest:path}", path_of))
    return Client(Packed(Starlette(routes=routes)))


def test_a_script_arrives_as_it_is_in_a_fraction_of_its_size(client: Client, script: Path) -> None:
    answer = client.get("/script.js", accept_encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) < script.stat().st_size / 10
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.content == script.read_bytes()


def test_it_is_packed_once_and_again_when_the_file_has_changed(
    client: Client, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = []
    original = gzip.compress
    monkeypatch.setattr(packed.gzip, "compress", lambda *a, **k: packs.append(a) or original(*a, **k))
    for _ in range(3):
        client.get("/script.js", accept_encoding="gzip")
    assert len(packs) == 1
    script.write_text("let other = 1;\n" * 300, encoding="utf-8")
    answer = client.get("/script.js", accept_encoding="gzip")
    assert answer.text.startswith("let other")
    assert len(packs) == 2


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/script.js", {"accept_encoding": "identity"}),
        ("/script.js", {"accept_encoding": "gzip", "range": "bytes=0-99"}),
        ("/picture", {"accept_encoding": "gzip"}),
        ("/short", {"accept_encoding": "gzip"}),
    ],
)
def test_everything_else_passes_unpacked(client: Client, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, **headers)
    assert "Content-Encoding" not in answer.headers
    assert answer.status == (206 if "range" in headers else 200)


def test_the_page_loads_no_font_ahead(client: Client) -> None:
    text = client.get("/page", accept_encoding="gzip").text
    assert "preload" not in text
    assert 'rel="stylesheet"' in text
    assert text.count("<p>text</p>") == 100


@pytest.mark.parametrize("base", ["", "/base"])
@pytest.mark.parametrize(
    "font",
    ["MaterialSymbols-Rounded.nEdyypZU.woff2", "SourceSansVF-Upright.ttf.BsWL4Kly.woff2"],
)
def test_fonts_are_the_small_ones_that_are_shipped(client: Client, font: str, base: str) -> None:
    path = client.get(f"{base}/static/media/{font}", accept_encoding="gzip").text
    assert path.startswith(f"{base}/app/static/vendor/")
    assert (ROOT / path.removeprefix(f"{base}/app/")).stat().st_size < 30_000


def test_the_fonts_are_those_that_streamlit_ships() -> None:
    import streamlit

    media = Path(streamlit.__file__).parent / "static" / "static" / "media"
    names = [f"/static/media/{path.name}" for path in media.glob("*.woff2")]
    assert sum(packed._instead(name) != name for name in names) == 2
