"""The event stream: the changes in the current account, as server-sent events, resumable after a break."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hubsim_cloud.http.authentication import actor_of, session_of
from hubsim_cloud.http.endpoints import Handler
from hubsim_cloud.http.ports import ServedWorld
from hubsim_cloud.http.requests import read_query
from hubsim_cloud.http.server_sent import StreamResponse, event_bytes, read_mark, stream_head
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
            return stream_head()
        return EventStream(world, session, mark, settings)

    return watch


class EventStream(StreamResponse[Stream]):
    """The changes in one account, until the session ends or switches to another account."""

    def __init__(
        self, world: ServedWorld, session: UserSession, mark: StreamPosition | None, settings: HttpSettings
    ) -> None:
        super().__init__(settings)
        self._world = world
        self._session = session
        self._mark = mark

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's shape)
        """Send events. Raises `TooManyStreams` before anything is sent."""
        stream = await self._world.feed.open(actor_of(self._session), self._mark)
        self._world.auth.watch(self._session.token_hash, stream.wake)
        try:
            await self.serve(stream, receive, send)
        finally:
            self._world.auth.unwatch(self._session.token_hash, stream.wake)
            self._world.feed.leave(stream)

    def news(self, stream: Stream) -> bytes:
        """Return the new notices. Ends the stream of a session that has ended or switched."""
        current = self._world.auth.current(self._session.token_hash)
        if current is None:
            stream.end(Ended.SIGNED_OUT)
        elif current.account != self._session.account:
            stream.end(Ended.ACCOUNT_SWITCHED)
        return b"".join(event_bytes(notice.name, notice.data, notice.mark) for notice in stream.take())

    def idle_limit_s(self) -> float:
        """Return how long to wait for an event: until the heartbeat, or the end of the session."""
        left_ms = self._session.expires_ms - self._world.auth.now_ms()
        return min(super().idle_limit_s(), max(0, left_ms) / 1000)
