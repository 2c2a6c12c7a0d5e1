"""A client of a real broker that receives all messages under a prefix, and publishes for a test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import Connect, PortEvent, Publish, Published, Received, Subscribe, Subscribed
from hubsim_contract.wire.topics import DEFAULT_PREFIX

BOUND_S = 20
"""Longer than anything here takes, on a busy machine too."""


class Listener:
    """A client. `messages` has all received messages, the oldest first."""

    def __init__(self, url: BrokerUrl, name: str) -> None:
        self.messages: list[Received] = []
        self._events: set[PortEvent] = set()
        self._changed = asyncio.Event()
        self._name = name
        self._serial = 0
        self.port = AiomqttPort(url, self._on_event, name)

    async def begin(self) -> None:
        self.port.perform(Connect(self._name, clean=True, keepalive_s=60))
        await self.until(lambda: bool(self._events))
        self.port.perform(Subscribe((f"{DEFAULT_PREFIX}/#",)))
        await self.until(lambda: Subscribed() in self._events)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish; on return the broker has it."""
        self._serial += 1
        self.port.perform(Publish(topic, payload, retain, self._serial))
        await self.until(lambda: Published(self._serial) in self._events)

    async def until_received(self, topic: str, words: bytes = b"") -> bytes:
        """Return the last message on a topic with these words; wait until there is one."""
        await self.until(lambda: self.last(topic, words) is not None)
        return self.last(topic, words) or b""

    def last(self, topic: str, words: bytes = b"") -> bytes | None:
        payloads = [each.payload for each in self.messages if each.topic == topic and words in each.payload]
        return payloads[-1] if payloads else None

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(BOUND_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def _on_event(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self.messages.append(event)
        else:
            self._events.add(event)
        self._changed.set()


@asynccontextmanager
async def listening_in(url: BrokerUrl, name: str = "listener") -> AsyncIterator[Listener]:
    """Yield a client that receives all messages."""
    listener = Listener(url, name)
    try:
        await listener.begin()
        yield listener
    finally:
        await listener.port.aclose()
