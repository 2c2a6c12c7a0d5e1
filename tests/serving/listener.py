"""Somebody at a real broker who hears everything under a prefix, and says what a test wants."""

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
    """A client. `heard` holds all messages, the oldest first."""

    def __init__(self, url: BrokerUrl, name: str) -> None:
        self.heard: list[Received] = []
        self._told: set[PortEvent] = set()
        self._news = asyncio.Event()
        self._name = name
        self._serial = 0
        self.port = AiomqttPort(url, self._hear, name)

    async def begin(self) -> None:
        self.port.perform(Connect(self._name, clean=True, keepalive_s=60))
        await self.until(lambda: bool(self._told))
        self.port.perform(Subscribe((f"{DEFAULT_PREFIX}/#",)))
        await self.until(lambda: Subscribed() in self._told)

    async def says(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish; on return the broker has it."""
        self._serial += 1
        self.port.perform(Publish(topic, payload, retain, self._serial))
        await self.until(lambda: Published(self._serial) in self._told)

    async def hears(self, topic: str, words: bytes = b"") -> bytes:
        """Return the last message on a topic that holds these words, waiting for the first."""
        await self.until(lambda: self.last(topic, words) is not None)
        return self.last(topic, words) or b""

    def last(self, topic: str, words: bytes = b"") -> bytes | None:
        said = [each.payload for each in self.heard if each.topic == topic and words in each.payload]
        return said[-1] if said else None

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(BOUND_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def _hear(self, event: PortEvent) -> None:
        if isinstance(event, Received):
            self.heard.append(event)
        else:
            self._told.add(event)
        self._news.set()


@asynccontextmanager
async def listening_in(url: BrokerUrl, name: str = "somebody") -> AsyncIterator[Listener]:
    """Give a client that hears everything."""
    listener = Listener(url, name)
    try:
        await listener.begin()
        yield listener
    finally:
        await listener.port.aclose()
