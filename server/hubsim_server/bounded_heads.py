"""The HTTP protocol of the servers: that of uvicorn, with limits for the head of a request."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT_BYTES = 65_536
"""The largest request head. A larger one gets a 400 response, and the connection is closed."""


class BoundedHeads(HttpToolsProtocol):
    """One connection. `head_s`: the time for each head in s; an idle connection without one is closed."""

    def __init__(self, *arguments: Any, head_s: float, **further: Any) -> None:
        super().__init__(*arguments, **further)
        self._head_s = head_s
        self._head: object | None = None
        """The bytes of the incomplete head."""
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._end_wait()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for a further head."""
        self._head, self._head_bytes = object(), 0
        if self._head_timer is None:
            self._wait_for_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the wait: the head is complete."""
        self._head = None
        self._end_wait()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(self._head_s, self._close_slow)

    def _end_wait(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Refuse a head that is too large."""
        head = self._head
        super().data_received(data)
        if head is None or head is not self._head:
            return  # the rest of `data` is another request
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")
