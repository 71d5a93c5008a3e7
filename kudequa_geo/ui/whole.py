"""An answer of the server collected until it is complete, to be changed before it is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.types import Message, Send


class Whole:
    """Collects an answer that is wanted, and lets any other pass as it comes.

    Parameters
    ----------
    send
        Sends a message to the browser.
    wanted
        Tells by the first message whether to collect the answer.
    finish
        Takes the first message and the whole body, and sends what comes of them.
    """

    def __init__(
        self,
        send: Send,
        wanted: Callable[[Message], bool],
        finish: Callable[[Message, bytes], Awaitable[None]],
    ) -> None:
        self._send = send
        self._wanted = wanted
        self._finish = finish
        self._start: Message | None = None
        self._body = bytearray()

    async def take(self, message: Message) -> None:
        """Take the next message of the application."""
        if message["type"] == "http.response.start" and self._wanted(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start, bytes(self._body))
