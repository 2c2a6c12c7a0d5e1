"""Server-sent events: the part that all streams have in common (HTML Living Standard, section 9.2).

A stream ends with its reader or the cloud. A reader that receives nothing for too long is disconnected.
"""

import asyncio
from abc import abstractmethod
from contextlib import suppress
from typing import Any, Generic, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Send

from hubsim_cloud.http.problems import Problem, ProblemName
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.service.notices import Ended, StreamPosition
from hubsim_cloud.service.open_stream import OpenStream

MEDIA_TYPE = "text/event-stream"
STREAM_ENDED = "stream_ended"
"""The name of the last event of a stream that the cloud ends; its data has the reason."""
RETRY_MS = 2_000
"""The wait before a reader reconnects, sent at the beginning of each stream."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_BEGINNING = f"retry: {RETRY_MS}\n\n".encode()
_HEARTBEAT = b":\n\n"

StreamT = TypeVar("StreamT", bound=OpenStream)
_encode = msgspec.json.Encoder().encode


def event_bytes(name: str, data: Any, mark: StreamPosition | None = None) -> bytes:
    """Return an event; a reader continues after `mark` when it connects again."""
    id_line = b"" if mark is None else b"id: %s\n" % str(mark).encode()
    return b"%sevent: %s\ndata: %s\n\n" % (id_line, name.encode(), _encode(data))


def read_mark(request: Request) -> StreamPosition | None:
    """Return the position after which the reader continues, or None. Problem: `malformed_header`."""
    text = request.headers.get("last-event-id")
    if text is None or not text:
        return None
    mark = StreamPosition.parse(text)
    if mark is None:
        raise Problem(
            ProblemName.MALFORMED_HEADER,
            "Send the id of an event of this stream.",
            facts={"header": "Last-Event-ID"},
        )
    return mark


def stream_head() -> Response:
    """Return the answer to HEAD, which opens no stream."""
    return Response(headers=_HEADERS, media_type=MEDIA_TYPE)


class StreamResponse(Response, Generic[StreamT]):
    """A response that continues until the reader or the cloud ends its stream.

    A subclass opens the stream in `__call__`, passes it to `serve`, and closes it.
    """

    def __init__(self, settings: HttpSettings) -> None:
        super().__init__(headers=_HEADERS, media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._settings = settings

    @abstractmethod
    def news(self, stream: StreamT) -> bytes:
        """Return the events that were not sent yet, which then count as sent. May end the stream."""

    def idle_limit_s(self) -> float:
        """Return how long to wait for an event before the heartbeat."""
        return self._settings.sse_heartbeat_s

    async def serve(self, stream: StreamT, receive: Receive, send: Send) -> None:
        """Send events until the stream ends, and end it when the reader has left or is stuck."""
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(_until_left(receive, stream), name="event-stream-reader")
            with suppress(TimeoutError):
                await self._send_events(stream, send)
            reader.cancel()

    async def _send_events(self, stream: StreamT, send: Send) -> None:
        """Send until the stream ends. Raises `TimeoutError` when the reader is stuck."""
        await self._send(
            send, {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        await self._send(send, _part(_BEGINNING))
        while stream.ended is None:
            content = self.news(stream)
            if content:
                await self._send(send, _part(content))
            elif not await stream.wait(self.idle_limit_s()):
                await self._send(send, _part(_HEARTBEAT))
        last = event_bytes(STREAM_ENDED, {"reason": stream.ended.value})
        await self._send(send, _part(b"" if stream.ended is Ended.LEFT else last, more=False))

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._settings.sse_stuck_s):
            await send(message)


async def _until_left(receive: Receive, stream: OpenStream) -> None:
    with suppress(Problem):  # the body is too large: such a client does not read events
        while (await receive())["type"] != "http.disconnect":
            pass
    stream.end(Ended.LEFT)


def _part(content: bytes, *, more: bool = True) -> Message:
    """Return a part of the body; `more`: another part follows."""
    return {"type": "http.response.body", "body": content, "more_body": more}
