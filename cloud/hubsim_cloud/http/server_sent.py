"""Server-sent events: the parts that all streams have in common (HTML Living Standard, section 9.2)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.types import Message, Receive

from hubsim_cloud.http.problems import Problem, ProblemName
from hubsim_cloud.service.notices import StreamPosition

MEDIA_TYPE = "text/event-stream"
STREAM_ENDED = "stream_ended"
"""The name of the last event of a stream that the cloud ends; its data has the reason."""
RETRY_MS = 2_000
"""The wait before a reader reconnects, sent at the beginning of each stream."""
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
BEGINNING = f"retry: {RETRY_MS}\n\n".encode()
HEARTBEAT = b":\n\n"

_encode = msgspec.json.Encoder().encode


def part(content: bytes, *, more: bool = True) -> Message:
    """Return a part of the body; `more`: another part follows."""
    return {"type": "http.response.body", "body": content, "more_body": more}


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


async def until_disconnect(receive: Receive, end: Callable[[], None]) -> None:
    """Call `end` when the reader has disconnected."""
    with suppress(Problem):  # the body is too large: such a client does not read events
        while (await receive())["type"] != "http.disconnect":
            pass
    end()
