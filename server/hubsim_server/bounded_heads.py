"""The HTTP protocol of the servers: that of uvicorn, with limits for what a client sends and does not read.

An application bounds the bodies that it reads. This module bounds the rest: heads, trailers, a body that no
application reads, pipelined requests, and responses that the client does not read.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_LIMIT_BYTES = 65_536
"""The largest head or trailer of a request. A larger one closes the connection."""
PIPELINED_MAX = 64
"""Requests of one connection that wait for the responses before them. One more closes the connection."""
READ_BYTES_MIN = 32_768
"""What a client must read of a waiting response in each period of `unread_s`, or the whole rest of it."""


class TooManyPipelined(Exception):
    """A client sends requests faster than it can get responses."""


class BoundedHeads(HttpToolsProtocol):
    """One connection.

    `head_s`: the time for each head in s, and for the rest of a request after its response.
    `unread_s`: the period in s in which a client must read `READ_BYTES_MIN` of a response that waits for it.
    """

    def __init__(self, *arguments: Any, head_s: float, unread_s: float, **further: Any) -> None:
        super().__init__(*arguments, **further)
        self._head_s = head_s
        self._unread_s = unread_s
        self._outside_bytes = 0
        """Received bytes of the current head or trailer."""
        self._receiving = False
        """Whether a request has begun and not ended."""
        self._running: RequestResponseCycle | None = None
        """The request whose response is not complete. Others wait in `pipeline`."""
        self._head_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._unread_bytes = 0

    # ------------------------------------------------------------------ the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """End all waits, and the request that runs; uvicorn ends only the one that arrived last."""
        self._end_wait()
        self._end_unread()
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse a head or a trailer that is too large."""
        if self.transport.is_closing():
            return
        self._outside_bytes += len(data)
        super().data_received(data)
        if self._outside_bytes > HEAD_LIMIT_BYTES and not self.transport.is_closing():
            if self._running is None:
                self.send_400_response("The head of the request is too large.")
            else:  # the client would read a 400 as the response to the request before it
                self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are not a request, unless the connection is closed already."""
        if not self.transport.is_closing():
            super().send_400_response(msg)
            self._expect_reader()

    def pause_writing(self) -> None:
        """Wait for a client that does not read."""
        super().pause_writing()
        self._expect_reader()

    def resume_writing(self) -> None:
        """Continue with a client that reads."""
        self._end_unread()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection."""
        super().timeout_keep_alive_handler()
        self._expect_reader()

    def shutdown(self) -> None:
        """Stop. A client that has not sent its request or does not read its response is disconnected.

        uvicorn would wait for it, then cancel its request and log a traceback.
        """
        if self._receiving or self.flow.write_paused:
            self.transport.abort()
        else:
            super().shutdown()

    # ------------------------------------------------------------------ requests

    def on_message_begin(self) -> None:
        """Wait for a head."""
        self._receiving = True
        self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the wait: the head is complete. Raises `TooManyPipelined`, which ends the parser."""
        self._outside_bytes = 0
        self._end_wait()
        if len(self.pipeline) >= PIPELINED_MAX:
            self.transport.abort()
            raise TooManyPipelined
        super().on_headers_complete()
        if not self.pipeline:
            self._running = self.cycle

    def on_body(self, body: bytes) -> None:
        """Pass on a part of a body."""
        self._outside_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the wait for the rest of a request."""
        self._receiving = False
        self._outside_bytes = 0
        self._end_wait()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the rest of the request, which no application reads."""
        self._running = self.pipeline[-1][0] if self.pipeline else None
        super().on_response_complete()
        if self._receiving and self._running is None:
            self._wait()
        if self.transport.is_closing():
            self._expect_reader()

    # ------------------------------------------------------------------ waits

    def _wait(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._head_s, self._close_slow)

    def _end_wait(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.close()
            self._expect_reader()

    def _expect_reader(self) -> None:
        """Disconnect the client if it does not read what waits for it."""
        self._unread_bytes = self.transport.get_write_buffer_size()
        if self._unread_bytes and self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self._unread_s, self._check_reader)

    def _check_reader(self) -> None:
        self._unread_timer = None
        before = self._unread_bytes
        if before - self.transport.get_write_buffer_size() < min(before, READ_BYTES_MIN):
            self.transport.abort()
        else:
            self._expect_reader()

    def _end_unread(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None
