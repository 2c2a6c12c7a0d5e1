"""The client of a device's stream: opens it, reads its events, and opens it again after a break."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec

from hubsim_cloud.domain.views.device import DeviceSummary
from hubsim_cloud.http.devices import (
    MISSED,
    SUMMARY,
    VERDICT,
    MissedVerdicts,
    NumberedVerdict,
)
from hubsim_cloud.http.problems import ProblemDocument, ProblemName
from hubsim_cloud.http.server_sent import MEDIA_TYPE, RETRY_MS, STREAM_ENDED
from hubsim_contract.mqtt.tls import trust
from hubsim_scenarios.worlds.api import check_url

SILENCE_LIMIT_S = 60.0
"""A stream without a byte for this time is dead: the server sends a heartbeat much more often."""
CONNECT_LIMIT_S = 10.0
_TOKEN_REFUSED = frozenset({401, 403})
GIVE_UP_S = 60.0
"""How long a lost stream is opened again; then the watch ends."""


class CannotWatch(Exception):
    """The server refuses the stream: wrong token, no lab, no such world, or not a cloud."""


class StreamLost(Exception):
    """The server does not answer, or not for `GIVE_UP_S` after it did."""


class StreamSource(NamedTuple):
    """The place of a stream."""

    url: str
    """The server, `http(s)://host:port`."""
    hub: str
    world: str = ""
    """The name of a world of the lab; empty for the main one."""
    token: str | None = None
    """The operator's token; None: the stream of the lab, which needs no token."""
    ca: Path | None = None

    @property
    def path(self) -> str:
        """The path of the stream."""
        world = f"/worlds/{self.world}" if self.world else ""
        if self.token is None:
            return f"{world}/lab/hubs/{self.hub}/messages"
        return f"{world}/v1/operator/hubs/{self.hub}/device/messages"


class SentEvent(NamedTuple):
    """One server-sent event."""

    name: str
    data: str
    id: str


class EventDecoder:
    """Server-sent events from lines of text (HTML Living Standard, section 9.2.6). Total: any text."""

    def __init__(self) -> None:
        self._name, self._data, self._id = "", list[str](), ""

    def feed(self, line: str) -> SentEvent | None:
        """Take a line without its end; return the event that it completes, or None."""
        if not line:
            name, data = self._name, self._data
            self._name, self._data = "", []
            return SentEvent(name or "message", "\n".join(data), self._id) if data else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "id":
            self._id = value
        return None


Watched = DeviceSummary | NumberedVerdict | MissedVerdicts
_TYPES: dict[str, msgspec.json.Decoder[Any]] = {
    SUMMARY: msgspec.json.Decoder(DeviceSummary),
    VERDICT: msgspec.json.Decoder(NumberedVerdict),
    MISSED: msgspec.json.Decoder(MissedVerdicts),
}


def watched(event: SentEvent) -> Watched | None:
    """Return the content of an event, or None for an unknown one. Raises `CannotWatch` for another form."""
    decoder = _TYPES.get(event.name)
    if decoder is None:
        return None
    try:
        content: Watched = decoder.decode(event.data)
    except msgspec.DecodeError as error:
        raise CannotWatch(f"the server sends a {event.name} of another version: {error}") from error
    return content


class DeviceStreamClient:
    """One watch. `note` receives a text when the stream is lost and when it is open again."""

    def __init__(
        self,
        source: StreamSource,
        note: Callable[[str], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the source; `pause` waits for a number of seconds. Raises `BadServerUrl`, `BadAuthorities`."""
        parsed = check_url(source.url)
        self._source = source
        self._address = str(parsed).rstrip("/")
        self._note = note
        self._pause = pause
        self._last_id = ""
        limit = httpx.Timeout(CONNECT_LIMIT_S, read=SILENCE_LIMIT_S)
        verify = trust(source.ca) if parsed.scheme == "https" else False
        self._client = httpx.AsyncClient(verify=verify, timeout=limit, trust_env=False)

    async def events(self) -> AsyncIterator[SentEvent]:
        """Yield the events, also of a stream that was opened again. Raises `CannotWatch`, `StreamLost`."""
        was_open, lost_at_s = False, time.monotonic()
        while True:
            trouble = "the server ended the stream"
            try:
                async for event in self._one_stream():
                    if lost_at_s and was_open:
                        self._note("the stream is open again")
                    was_open, lost_at_s = True, 0.0
                    yield event
            except (httpx.TransportError, httpx.DecodingError) as error:
                trouble = f"{type(error).__name__} {error}".strip()
            if not was_open:
                raise StreamLost(f"the server at {self._address} does not answer: {trouble}")
            if not lost_at_s:
                lost_at_s = time.monotonic()
                self._note(f"the stream is lost ({trouble}); trying for {GIVE_UP_S:.0f} s")
            elif time.monotonic() - lost_at_s > GIVE_UP_S:
                raise StreamLost(f"the server at {self._address} no longer answers: {trouble}")
            await self._pause(RETRY_MS / 1000)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()

    async def _one_stream(self) -> AsyncIterator[SentEvent]:
        headers = {"Accept": MEDIA_TYPE}
        if self._source.token is not None:
            headers["Authorization"] = f"Bearer {self._source.token}"
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        decoder = EventDecoder()
        async with self._client.stream("GET", self._address + self._source.path, headers=headers) as response:
            if not response.is_success:
                raise CannotWatch(_reason(response.status_code, await response.aread(), self._source))
            if not response.headers.get("content-type", "").startswith(MEDIA_TYPE):
                raise CannotWatch(f"the server at {self._address} answers, but is not a cloud")
            async for line in response.aiter_lines():
                event = decoder.feed(line)
                if event is not None and event.name != STREAM_ENDED:
                    self._last_id = event.id
                    yield event


def _reason(status: int, body: bytes, source: StreamSource) -> str:
    """Return why a server refuses the stream, and what to do."""
    try:
        problem = msgspec.json.decode(body, type=ProblemDocument)
    except msgspec.DecodeError:
        return f"the server at {source.url} answers {status}, but is not a cloud"
    if problem.name == ProblemName.NOT_FOUND and source.token is None:
        return f"the server at {source.url} has no lab: start it with --lab, or watch with --operator-token"
    if source.token is not None and status in _TOKEN_REFUSED:
        return f"the server at {source.url} refuses the operator token: give that of the server or the world"
    return f"the server refuses: {problem.detail}"
