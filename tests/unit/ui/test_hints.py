"""Pages get their style sheet and name what they will ask for; all they name is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from streamlit import file_util

from kudequa_geo.maps.assets import SCRIPTS, SHEETS
from kudequa_geo.ui.hints import Hints, map_links, page_links
from kudequa_geo.ui.style import Style
from tests.conftest import ROOT
from tests.fixtures.asgi import Client

STATIC = Path(file_util.get_static_dir())
_PAGE = "<html><head><title>Grün</title></head><body><main></main></body></html>"


@pytest.fixture
def client() -> Iterator[Client]:
    async def answer(request: Request) -> Response:
        if "health" in request.url.path:
            return PlainTextResponse("<head></head>")
        return HTMLResponse(_PAGE, 404 if "lost" in request.url.path else 200, {"ETag": '"same"'})

    yield Client(Hints(Starlette(routes=[Route("/{rest:path}", answer)]), STATIC))
    Style.in_page = False


@pytest.mark.parametrize("path", ["/", "/Erreichbarkeit", "/below/Vergleich"])
def test_a_page_has_its_style_last_and_its_links_in_the_head(client: Client, path: str) -> None:
    answer = client.get(path)
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.headers["ETag"] != '"same"'
    assert "<title>Grün</title>" in answer.text
    head, body = answer.text.split("</head>")
    assert page_links(STATIC).decode() in head
    assert body.index("<main>") < body.index("<style>") < body.index("</style></body>")
    for sheet in ("page.css", "present.css"):
        assert (ROOT / "static" / "kudequa" / sheet).read_text(encoding="utf-8") in body


@pytest.mark.parametrize("path", ["/_stcore/health", "/lost", "/component/other/index.html", "/favicon.png"])
def test_other_answers_pass_as_they_are(client: Client, path: str) -> None:
    assert client.get(path).text in (_PAGE, "<head></head>")


def test_the_frame_of_a_map_names_its_files(client: Client) -> None:
    answer = client.get("/component/streamlit_folium.st_folium/index.html")
    assert answer.text == _PAGE.replace("</head>", f"{map_links().decode()}</head>")
    addresses = re.findall(r'href="([^"]+)"', map_links().decode())
    assert addresses == [address for _, address in (*SCRIPTS, *SHEETS)]


def test_every_script_that_a_page_names_is_there_once_and_not_named_by_streamlit() -> None:
    names = re.findall(r'modulepreload" crossorigin href="\./static/js/([^"]+)"', page_links(STATIC).decode())
    assert len(set(names)) == len(names) > 10
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    for name in names:
        assert (STATIC / "static" / "js" / name).is_file()
        assert name not in page
    # What the elements import is named with them.
    assert any(name.startswith("Html.") for name in names)
    assert any(name.startswith("purify.") for name in names)


def test_sheets_are_sent_by_the_page_where_the_server_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Path] = []
    monkeypatch.setattr("kudequa_geo.ui.style.st.html", sent.append)
    Style.begin()
    assert [path.name for path in sent] == ["page.css", "present.css"]
    monkeypatch.setattr(Style, "in_page", True)
    Style.begin()
    assert len(sent) == 2
