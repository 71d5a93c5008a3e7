"""No answer of the server lets a page call another host."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from kudequa_geo.ui.headers import Headers
from tests.fixtures.asgi import Client


async def _page(_request: object) -> HTMLResponse:
    return HTMLResponse("<p>text</p>")


async def _none(_request: object) -> PlainTextResponse:
    return PlainTextResponse("none", 404)


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/none", 404)])
def test_every_answer_forbids_other_hosts(path: str, status: int) -> None:
    app = Starlette(routes=[Route("/", _page), Route("/none", _none)])
    answer = Client(Headers(app)).get(path)
    assert answer.status == status
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "http" not in policy
    assert "*" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
