"""The MQTT side of a load run: observes documents and reports, and publishes documents without a cloud.

Two users share the work, because no user may do both: `bench` observes, `cloud` publishes. Documents are only
published while no cloud is online under the prefix: the versions of two clouds would contradict each other.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from hubsim_contract.lab.protocol import LabTopics
from hubsim_contract.lab.shards import Shard
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import Connect, PortEffect, PortEvent, Publish, Received
from hubsim_contract.mqtt.station import Station
from hubsim_contract.mqtt.stream_port import StreamPort
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Desired, ServiceState
from hubsim_contract.wire.topics import MessageKind, Topics
from hubsim_server.broker_access import BrokerAccess
from hubsim_server.load.round_trips import RoundTrips

KEEPALIVE_S = 60
CONNECT_LIMIT_S = 20.0
"""How long the connections of the run may take."""


class LoadCannotRun(Exception):
    """The load run has no connection to the broker, or may not observe it."""


class _Version(msgspec.Struct):
    """The part of a document or of a report that matters here."""

    version: int = 0
    applied_version: int = 0


class _Online(msgspec.Struct):
    """The part of a cloud's presence that matters here."""

    online: bool = False


_version_decoder, _online_decoder = msgspec.json.Decoder(_Version), msgspec.json.Decoder(_Online)


class StationRunner:
    """One station on a client: connects again until it is closed. `deliver` gets its messages."""

    def __init__(
        self, access: BrokerAccess, user: str, filters: Sequence[str], deliver: Callable[[Received], None]
    ) -> None:
        self.online = asyncio.Event()
        """Set when it has been connected."""
        self._deliver = deliver
        self._port = StreamPort(MqttConnector(access.as_user(user), ca=access.ca), self._on_event)
        client_id = f"{user}-load-{secrets.token_hex(4)}"
        self._station = Station(Connect(client_id, clean=True, keepalive_s=KEEPALIVE_S), tuple(filters))
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Connect."""
        self._perform(self._station.start(_now_ms()))

    def publish(self, message: Publish) -> None:
        """Publish, if there is a connection."""
        self._port.perform(message)

    async def aclose(self) -> None:
        """Disconnect."""
        self._perform(self._station.stop(_now_ms()))
        await self._port.aclose()

    def _on_event(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self._deliver(event)
        else:
            self._perform(self._station.receive(event, _now_ms()))

    def _perform(self, effects: list[PortEffect]) -> None:
        for effect in effects:
            self._port.perform(effect)
        if self._station.online:
            self.online.set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ms = self._station.due()
        if due_ms is not None:
            wait_s = max(0, due_ms - _now_ms()) / 1000
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._wake)

    def _wake(self) -> None:
        self._perform(self._station.wake(_now_ms()))


class LoadClient:
    """Both connections of a run, and the round trips of the hubs of a shard."""

    def __init__(self, access: BrokerAccess, prefix: str, shard: Shard) -> None:
        self.trips = RoundTrips()
        self.cloud_online = False
        """Whether a cloud is online under the prefix."""
        self._topics = Topics(prefix)
        self._shard = shard
        self._cloud_presence = f"{prefix}/cloud/presence"
        observed = [self._topics.of(kind, "+") for kind in (MessageKind.DESIRED, MessageKind.REPORTED)]
        self._observer = StationRunner(access, "bench", [*observed, self._cloud_presence], self._receive)
        # a client subscribes before it publishes; this topic of the cloud is quiet
        self._cloud = StationRunner(access, "cloud", [LabTopics(prefix).presence], lambda _: None)

    async def open(self) -> None:
        """Connect. Raises `LoadCannotRun`."""
        for each in (self._observer, self._cloud):
            each.start()
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S):
                await self._observer.online.wait()
                await self._cloud.online.wait()
        except TimeoutError:
            raise LoadCannotRun(
                f"the broker did not accept the connections of the load run within {CONNECT_LIMIT_S:.0f} s; "
                "the users bench and cloud must be able to connect"
            ) from None

    async def aclose(self) -> None:
        """Disconnect."""
        await self._observer.aclose()
        await self._cloud.aclose()

    def publish_document(self, hub: str) -> None:
        """Publish the next document of a hub, as a cloud does."""
        version = self.trips.next_version(hub)
        # every second document ends the service, so that the display of the hub changes each time
        service = ServiceState.ACTIVE if version % 2 else ServiceState.ACTIVATION_REQUIRED
        document = encode(Desired(hub=hub, version=version, service=service))
        self._cloud.publish(Publish(self._topics.of(MessageKind.DESIRED, hub), document, retain=True))
        self.trips.published(hub, version, time.monotonic())

    def _receive(self, message: Received) -> None:
        """Take a message. One that cannot be read is of no interest here: the cloud counts those."""
        with suppress(msgspec.DecodeError):
            if message.topic == self._cloud_presence:
                self.cloud_online = _online_decoder.decode(message.payload).online
                return
            address = self._topics.read(message.topic)
            if address is None or not self._shard.has(address.subject):
                return
            found = _version_decoder.decode(message.payload)
            if address.kind is MessageKind.REPORTED:
                self.trips.reported(address.subject, found.applied_version, time.monotonic())
            elif not message.retained:
                self.trips.published(address.subject, found.version, time.monotonic())


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
