"""Gives every page its style sheet, and tells the browser at once which files it will need.

Streamlit's page asks for the scripts of its elements when the first message about them has arrived, and a
map asks for its scripts one after the other.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from html import escape
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kudequa_geo.maps.assets import SCRIPTS, SHEETS
from kudequa_geo.ui.style import Style
from kudequa_geo.ui.whole import Whole

#: Elements of every page, by the beginning of their script's name.
_ELEMENTS = ("Html", "PageLink", "Button", "Selectbox", "ComponentInstance", "DownloadButton")
_IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
_MAP = re.compile(r"/component/streamlit_folium\.[^/]+/index\.html$")
_FILE = re.compile(r"\.[A-Za-z0-9]{2,5}$")


class Hints:
    """Adds to the pages their style sheet and the addresses of what they will ask for.

    Parameters
    ----------
    app
        The application.
    static
        Streamlit's folder with ``index.html`` and ``static/js``.
    """

    def __init__(self, app: ASGIApp, static: Path) -> None:
        self.app = app
        self._static = static
        Style.in_page = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
        elif _MAP.search(path):
            await self.app(scope, receive, _filled(send, map_links(), b"").take)
        elif not _FILE.search(path):
            # At the end of the body, so that it comes after Streamlit's own style and outranks it.
            style = Style.element().encode()
            await self.app(scope, receive, _filled(send, page_links(self._static), style).take)
        else:
            await self.app(scope, receive, send)


@cache
def page_links(static: Path) -> bytes:
    """Return the links of a page: the scripts of its elements and of its map.

    Parameters
    ----------
    static
        Streamlit's folder with ``index.html`` and ``static/js``.
    """
    scripts = static / "static" / "js"
    named = set(_IMPORT.findall((static / "index.html").read_text(encoding="utf-8")))
    named |= set(re.findall(r"/js/([\w.-]+\.js)", (static / "index.html").read_text(encoding="utf-8")))
    wanted: dict[str, None] = {}
    left = [path.name for element in _ELEMENTS for path in sorted(scripts.glob(f"{element}.*.js"))]
    while left:
        name = left.pop()
        if name in named or name in wanted or not (scripts / name).is_file():
            continue
        wanted[name] = None
        left += _IMPORT.findall((scripts / name).read_text(encoding="utf-8"))
    links = [f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in wanted]
    ours = [address for _name, address in (*SCRIPTS, *SHEETS)]
    links += [f'<link rel="prefetch" href="{escape(address.replace("../../", "./"))}">' for address in ours]
    return "".join(links).encode()


def map_links() -> bytes:
    """Return the links of a map's frame: its scripts and style sheets, which it would ask for one by one."""
    links = [("script", address) for _name, address in SCRIPTS]
    links += [("style", address) for _name, address in SHEETS]
    return "".join(
        f'<link rel="preload" as="{kind}" href="{escape(address)}">' for kind, address in links
    ).encode()


def _filled(send: Send, links: bytes, more: bytes) -> Whole:
    """Return what puts links into the head of a page and more at its end."""

    async def finish(start: Message, page: bytes) -> None:
        body = page.replace(b"</head>", links + b"</head>", 1).replace(b"</body>", more + b"</body>", 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["Content-Length"] = str(len(body))
        # The tag of the application's file says nothing about what was added.
        headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    return Whole(send, _is_page, finish)


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    plain = "content-encoding" not in headers and start["status"] == 200
    return plain and headers.get("content-type", "").startswith("text/html")
