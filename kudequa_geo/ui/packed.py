"""Makes what the server sends smaller: files compressed once and kept, no font loaded that no page shows.

Streamlit sends its own scripts uncompressed, which is three quarters of what a first visit needs. Here each
such file is compressed when it is first asked for, and the result is kept for the next reader.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kudequa_geo.memory import Memory
from kudequa_geo.ui.whole import Whole

#: So many files are kept compressed; the pages need about a hundred.
_KEPT = 400
_SMALLEST = 500
_LEVEL = 6
_PACKED = re.compile(r"text/|javascript|json|svg|font/ttf|font/otf|font/sfnt")
#: Fonts of Streamlit that every page loads, and what is sent in their place: the same typeface with the signs
#: that pages show (375 and 170 kB become 9 and 28).
_INSTEAD = {
    re.compile(r"/static/media/MaterialSymbols-Rounded\.[^/]+\.woff2$"): (
        "/app/static/vendor/material-symbols/MaterialSymbols-Rounded-subset.woff2"
    ),
    re.compile(r"/static/media/SourceSansVF-Upright\.[^/]+\.woff2$"): (
        "/app/static/vendor/source-sans-3/source-sans-3-latin-wght-normal.woff2"
    ),
}
#: Streamlit has the browser fetch its own text font in advance; the pages bring theirs.
_FONT_AHEAD = re.compile(rb"<link\s[^>]*rel=\"preload\"[^>]*as=\"font\"[^>]*>")


@dataclass(frozen=True)
class _File:
    """A response as it is sent."""

    headers: list[tuple[bytes, bytes]]
    body: bytes


class Packed:
    """Answers requests for files from compressed copies.

    Parameters
    ----------
    app
        The application; what it answers to a path with one entity tag must not change.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._files = Memory(_KEPT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _wants_packed(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        path = _instead(scope["path"])
        answer = _packing(path, self._files, send)
        # The application itself must not compress what is compressed here.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        asked = {**scope, "headers": headers, "path": path, "raw_path": path.encode()}
        await self.app(asked, receive, answer.take)


def _instead(path: str) -> str:
    """Return the path of what is sent to a request, below the same base."""
    for pattern, other in _INSTEAD.items():
        found = pattern.search(path)
        if found:
            return path[: found.start()] + other
    return path


def _wants_packed(headers: Headers) -> bool:
    return "gzip" in headers.get("accept-encoding", "") and "range" not in headers


def _packing(path: str, files: Memory, send: Send) -> Whole:
    """Return what packs an answer that can be packed, unless it has been packed before."""

    async def finish(start: Message, body: bytes) -> None:
        raw = start["headers"]
        tag = Headers(raw=raw).get("etag")

        def pack() -> _File:
            return _packed(raw, body)

        packed = await to_thread.run_sync(pack if tag is None else lambda: files.get((path, tag), pack))
        await send({**start, "headers": packed.headers})
        await send({"type": "http.response.body", "body": packed.body})

    return Whole(send, _is_packable, finish)


def _is_packable(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    if start["status"] != 200 or "content-encoding" in headers:
        return False
    size = int(headers.get("content-length", _SMALLEST))
    return size >= _SMALLEST and bool(_PACKED.search(headers.get("content-type", "")))


def _packed(raw: list[tuple[bytes, bytes]], body: bytes) -> _File:
    headers = MutableHeaders(raw=list(raw))
    if headers.get("content-type", "").startswith("text/html"):
        body = _FONT_AHEAD.sub(b"", body)
    content = gzip.compress(body, _LEVEL, mtime=0)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(content))
    headers.add_vary_header("Accept-Encoding")
    return _File(headers.raw, content)
