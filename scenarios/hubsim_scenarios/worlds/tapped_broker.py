"""A broker with a tap before it: all stations of a play connect through the tap, which records their packets.

The packets are kept apart from the trace while the play runs, so expectations never match them. `recorded`
returns the trace with the packets at the places where they passed.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from hubsim_contract.clock import WorldClock
from hubsim_contract.lab.trace import PACKET, Trace, TraceEvent
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.wire.topics import Topics
from hubsim_scenarios.worlds.brokers import Broker
from hubsim_simulator.broker.bounded_listener import ConnectionLimits
from hubsim_simulator.tap.proxy import TapProxy
from hubsim_simulator.tap.tap_core import PacketTap
from hubsim_simulator.tap.tap_events import (
    BytesSeen,
    ConnectionCut,
    PacketSeen,
    SideEnded,
    TapEffect,
    TapTime,
)
from hubsim_simulator.tap.tap_records import as_json

ALL = "all"
"""In place of names: the packets of all stations."""
CONNECTIONS_MAX = 20_000
_HUB = re.compile(r"hub-([0-9A-F]{8})")
_STATION = re.compile(r"(cloud|carrier)(-[0-9a-f]{8})?")
_UNUSED = ("event", "wall_us", "mono_us", "kind", "message", "subject", "client")


class TappedBroker:
    """A `Broker` that starts another one and a tap before it. Start it within `recording`.

    `wanted` has the stations whose packets are recorded: hub ids, `cloud`, `carrier`; None for all clients.
    """

    def __init__(self, inner: Broker, wanted: frozenset[str] | None) -> None:
        self.profile = inner.profile
        self.shared = inner.shared
        self._inner = inner
        self._wanted = wanted
        self._trace = Trace()
        self._clock: WorldClock | None = None
        self._topics = Topics()
        self._packets: list[tuple[int, TraceEvent]] = []
        """Each with the number of events in the trace before it."""
        self._first_us: int | None = None
        self._serving: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self._url: BrokerUrl | None = None

    @asynccontextmanager
    async def recording(self, trace: Trace, clock: WorldClock, topics: Topics) -> AsyncIterator[None]:
        """Record within the context, at the places of this trace and the times of this clock; then end."""
        self._trace, self._clock, self._topics = trace, clock, topics
        try:
            yield
        finally:
            self._ended.set()
            if self._serving is not None:
                await self._serving

    async def start(self) -> BrokerUrl:
        """Start the broker, and return the URL of the tap; the tap stays for later starts."""
        url = await self._inner.start()
        if self._url is None:
            ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self._serving = asyncio.create_task(self._serve(url, ready), name="tap")
            self._serving.add_done_callback(lambda task: _fail(ready, task))
            port = await ready
            self._url = msgspec.structs.replace(url, host="127.0.0.1", port=port, tls=False)
        return self._url

    async def stop(self) -> None:
        """Stop the broker, as it does without a tap."""
        await self._inner.stop()

    def recorded(self) -> Trace:
        """Return the trace with all recorded packets."""
        merged, place = Trace(), 0
        for before, packet in self._packets:
            merged.events += self._trace.events[place:before]
            merged.events.append(packet)
            place = before
        merged.events += self._trace.events[place:]
        return merged

    async def _serve(self, url: BrokerUrl, ready: "asyncio.Future[int]") -> None:
        tap = PacketTap(topics=self._topics)
        proxy = TapProxy(tap, url, self._observe, limits=ConnectionLimits(total=CONNECTIONS_MAX))
        async with proxy.running():
            ready.set_result(proxy.port)
            await self._ended.wait()

    def _observe(self, effect: TapEffect, _at: TapTime) -> None:
        if not isinstance(effect, PacketSeen | BytesSeen | ConnectionCut | SideEnded):
            return
        if isinstance(effect, BytesSeen) and not effect.begins:
            return  # further bytes of an undecoded part
        who = _station(effect.client_id)
        if self._clock is None or (self._wanted is not None and who not in self._wanted):
            return
        if self._first_us is None:
            self._first_us = effect.at.mono_us
        facts = _facts(effect, effect.at.mono_us - self._first_us)
        event = TraceEvent(self._clock.world_ms(), PACKET, who, facts)
        self._packets.append((len(self._trace.events), event))


def _facts(event: PacketSeen | BytesSeen | ConnectionCut | SideEnded, real_us: int) -> dict[str, Any]:
    """Return the facts as `hubsim tap --json` has them, with the fields that every packet of a trace has."""
    found = as_json(event)
    packet = found.get("kind", found["event"])
    topics = event.topics if isinstance(event, PacketSeen) else ()
    facts = {"packet": packet, "connection": event.connection, "real_us": real_us}
    facts |= {"topic": topics[0]} if topics else {}
    return facts | {name: value for name, value in found.items() if name not in _UNUSED}


def _station(client_id: str | None) -> str:
    """Return the station of a client: a hub id, `cloud` or `carrier`; for any other one its client id."""
    if client_id is None:
        return "unknown"
    hub = _HUB.match(client_id)
    if hub is not None:
        return hub[1]
    station = _STATION.fullmatch(client_id)
    return client_id if station is None else station[1]


def _fail(ready: "asyncio.Future[int]", task: "asyncio.Task[None]") -> None:
    """Pass the error of the tap to the start that waits for it."""
    if not ready.done() and not task.cancelled():
        error = task.exception()
        assert error is not None
        ready.set_exception(error)
