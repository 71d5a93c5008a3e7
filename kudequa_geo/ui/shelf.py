"""Keeps the files that browsers ask for, answered before the application is troubled.

A first visit asks for a hundred small files. Finding and reading each anew takes the server half a second in
all; from the shelf it takes half of that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: So many files and bytes are kept; the pages need about a hundred and fifty files of 3 MB in all. Who asks
#: for one file by many stamps fills no more than that.
_MOST = 400
_MOST_BYTES = 20_000_000
_NAMED_BY_CONTENT = re.compile(r"/static/(js|css)/[^/]+\.[\w-]{8,}\.(js|css)$")
_OURS = re.compile(r"/app/static/")
_STAMPED = re.compile(rb"^v=[0-9a-f]{8}$")
_FOREVER = "public, immutable, max-age=31536000"


@dataclass
class _Kept:
    """A whole answer."""

    start: Message
    body: bytearray = field(default_factory=bytearray)


class Shelf:
    """Answers requests for files whose address changes with their content, once the application has.

    Parameters
    ----------
    app
        The application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[tuple[str, bytes, bool], _Kept] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _never_changes(scope):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "range" in headers or "if-none-match" in headers:
            await self.app(scope, receive, send)
            return
        packed = "gzip" in headers.get("accept-encoding", "")
        key = (scope["path"], scope.get("query_string", b""), packed)
        kept = self._kept.get(key)
        if kept is None:
            answer = _Answer(send)
            await self.app(scope, receive, answer.take)
            self._keep(key, answer.whole)
            return
        await send(kept.start)
        await send({"type": "http.response.body", "body": bytes(kept.body)})

    def _keep(self, key: tuple[str, bytes, bool], answer: _Kept | None) -> None:
        if answer is None or len(self._kept) >= _MOST or self._bytes + len(answer.body) > _MOST_BYTES:
            return
        self._kept[key] = answer
        self._bytes += len(answer.body)


def _never_changes(scope: Scope) -> bool:
    """Tell whether a path or its query names the content."""
    path = scope["path"]
    if _NAMED_BY_CONTENT.search(path):
        return True
    return bool(_OURS.search(path) and _STAMPED.search(scope.get("query_string", b"")))


class _Answer:
    """Lets an answer pass to the browser, which may keep it, and collects it on the way."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._kept: _Kept | None = None
        #: The answer, once it is complete and worth keeping.
        self.whole: _Kept | None = None

    async def take(self, message: Message) -> None:
        """Take the next message of the application."""
        if message["type"] == "http.response.start" and message["status"] == 200:
            headers = MutableHeaders(raw=list(message["headers"]))
            headers["Cache-Control"] = _FOREVER
            message = {**message, "headers": headers.raw}
            self._kept = _Kept(message)
        elif message["type"] == "http.response.body" and self._kept is not None:
            self._kept.body += message.get("body", b"")
            if not message.get("more_body"):
                self.whole = self._kept
        await self._send(message)
