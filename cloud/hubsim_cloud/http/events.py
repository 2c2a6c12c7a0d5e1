"""The event stream: the changes in the current account, as server-sent events, resumable after a break.

A stream ends with its reader, its session or the cloud. A reader that receives nothing for too long is
disconnected.
"""

import asyncio
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from hubsim_cloud.http.authentication import actor_of, session_of
from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.requests import read_query
from hubsim_cloud.http.server_sent import (
    BEGINNING,
    HEARTBEAT,
    MEDIA_TYPE,
    STREAM_ENDED,
    STREAM_HEADERS,
    event_bytes,
    part,
    read_mark,
    until_disconnect,
)
from hubsim_cloud.http.settings import HttpSettings
from hubsim_cloud.service.feed import Stream
from hubsim_cloud.service.notices import Ended, StreamPosition
from hubsim_cloud.service.rows import UserSession


def events_handler(settings: HttpSettings) -> Handler:
    """Return the handler of the event stream."""

    async def watch(request: Request, world: ServedWorld) -> Response:
        """Watch the changes in the current account, as server-sent events.

        `event` is the name of a fact, or `hub_changed` for a hub that reported something new. A reader that
        reconnects with `Last-Event-ID` misses nothing. The stream ends with its session, or when the session
        switches to another account; its last event, `stream_ended`, has the reason.
        """
        session = session_of(request, world)
        read_query(request, ())
        mark = read_mark(request)
        if request.method == "HEAD":
            return Response(headers=STREAM_HEADERS, media_type=MEDIA_TYPE)
        return EventStream(world, session, mark, settings)

    return watch


class EventStream(Response):
    """A response that continues until the reader, the session or the cloud ends it."""

    def __init__(
        self, world: ServedWorld, session: UserSession, mark: StreamPosition | None, settings: HttpSettings
    ) -> None:
        super().__init__(headers=STREAM_HEADERS, media_type=MEDIA_TYPE)
        del self.headers["content-length"]
        self._world = world
        self._session = session
        self._mark = mark
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's shape)
        """Send events. Raises `TooManyStreams` before anything is sent."""
        stream = await self._world.feed.open(actor_of(self._session), self._mark)
        self._world.auth.watch(self._session.token_hash, stream.wake)
        try:
            async with asyncio.TaskGroup() as group:
                disconnect = group.create_task(
                    until_disconnect(receive, lambda: stream.end(Ended.LEFT)), name="event-stream-reader"
                )
                with suppress(TimeoutError):
                    await self._send_events(stream, send)
                disconnect.cancel()
        finally:
            self._world.auth.unwatch(self._session.token_hash, stream.wake)
            self._world.feed.leave(stream)

    async def _send_events(self, stream: Stream, send: Send) -> None:
        """Send until the stream ends. Raises `TimeoutError` when the reader is stuck."""
        await self._send(
            send, {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        await self._send(send, part(BEGINNING))
        while True:
            self._check_session(stream)
            content = b"".join(event_bytes(notice.name, notice.data, notice.mark) for notice in stream.take())
            if stream.ended is None:
                if content:
                    await self._send(send, part(content))
                elif not await stream.wait(self._idle_limit_s()):
                    await self._send(send, part(HEARTBEAT))
            else:
                last = (
                    b""
                    if stream.ended is Ended.LEFT
                    else event_bytes(STREAM_ENDED, {"reason": stream.ended.value})
                )
                await self._send(send, part(last, more=False))
                return

    def _idle_limit_s(self) -> float:
        """Return how long to wait for an event: until the heartbeat, or the end of the session."""
        left_ms = self._session.expires_ms - self._world.auth.now_ms()
        return min(self._settings.sse_heartbeat_s, max(0, left_ms) / 1000)

    def _check_session(self, stream: Stream) -> None:
        current = self._world.auth.current(self._session.token_hash)
        if current is None:
            stream.end(Ended.SIGNED_OUT)
        elif current.account != self._session.account:
            stream.end(Ended.ACCOUNT_SWITCHED)

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._settings.sse_stuck_s):
            await send(message)
