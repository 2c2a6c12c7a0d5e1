"""An MQTT client that publishes to hubs as the cloud does, and stores the messages of the hubs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import Connect, PortEvent, Publish, Published, Received, Subscribe, Subscribed
from hubsim_contract.wire.codec import decode, encode
from hubsim_contract.wire.messages import CloudPresence, Desired, Heard, HubEvent, Presence, Reported
from hubsim_contract.wire.topics import MessageKind, Topics

BOUND_S = 20
TOPICS = Topics()
KINDS = (MessageKind.REPORTED, MessageKind.PRESENCE, MessageKind.EVENTS)


class HubListener:
    """One connection to the broker."""

    def __init__(self, url: BrokerUrl) -> None:
        self.reported: list[Reported] = []
        self.presence: list[Presence] = []
        self.events: list[HubEvent] = []
        self.port = AiomqttPort(url, self._receive, "listener")
        self._port_events: list[PortEvent] = []
        self._changed = asyncio.Event()
        self._token = 0

    def desire(self, desired: Desired) -> None:
        """Publish a desired document."""
        self.port.perform(Publish(TOPICS.of(MessageKind.DESIRED, desired.hub), encode(desired), retain=True))

    async def forget_desired(self, hub: str) -> None:
        """Delete the retained document from the broker, and wait until it is gone."""
        self._token += 1
        self.port.perform(Publish(TOPICS.of(MessageKind.DESIRED, hub), b"", retain=True, token=self._token))
        await self.until(lambda: Published(self._token) in self._port_events)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for this condition, which is checked after each message. Only for one waiter."""
        async with asyncio.timeout(BOUND_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def applied(self, version: int) -> None:
        """Wait until the last report has this or a newer version as the applied one."""
        await self.until(lambda: bool(self.reported) and self.reported[-1].applied_version >= version)

    async def begin(self) -> None:
        """Connect and subscribe."""
        self.port.perform(Connect("listener", clean=True, keepalive_s=60))
        await self.until(lambda: bool(self._port_events))
        self.port.perform(Subscribe(tuple(TOPICS.of(kind, "+") for kind in KINDS)))
        await self.until(lambda: Subscribed() in self._port_events)
        presence = CloudPresence(online=True, boot=1, connection=1)
        self.port.perform(Publish(TOPICS.of(MessageKind.CLOUD_PRESENCE), encode(presence), retain=True))

    def _receive(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self._store(event)
        else:
            self._port_events.append(event)
        self._changed.set()

    def _store(self, event: Received) -> None:
        address = TOPICS.read(event.topic)
        assert address is not None
        message = decode(address.kind, event.payload)
        match message:
            case Reported():
                self.reported.append(message)
                if message.ask:
                    self._answer(message)
            case Presence():
                self.presence.append(message)
            case HubEvent():
                self.events.append(message)

    def _answer(self, report: Reported) -> None:
        heard = Heard(hub=report.hub, boot=report.boot, sequence=report.sequence)
        self.port.perform(Publish(TOPICS.of(MessageKind.HEARD, report.hub), encode(heard)))


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[HubListener]:
    """Connect to the broker within the context."""
    listener = HubListener(BrokerUrl.parse(url))
    try:
        await listener.begin()
        yield listener
    finally:
        await listener.port.aclose()
