"""The port and a session that the broker keeps: queued messages arrive after `Connected`."""

import asyncio

import pytest

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectionLost,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_simulator.broker.mosquitto import MosquittoBroker

pytestmark = pytest.mark.mosquitto

LIMIT_S = 10
QUEUED = 50


class Station:
    """A port with its events, in order."""

    def __init__(self, url: BrokerUrl, name: str) -> None:
        self.events: list[PortEvent] = []
        self._changed = asyncio.Event()
        self._name = name
        self.port = AiomqttPort(url, self._on_event, name)

    def _on_event(self, event: PortEvent) -> None:
        self.events.append(event)
        self._changed.set()

    def connect(self) -> None:
        self.port.perform(Connect(self._name, clean=False, keepalive_s=60))

    async def until(self, kind: type[PortEvent], count: int = 1) -> None:
        async with asyncio.timeout(LIMIT_S):
            while sum(isinstance(event, kind) for event in self.events) < count:
                self._changed.clear()
                await self._changed.wait()


async def test_queued_messages_arrive_after_the_connection_and_in_order() -> None:
    broker = MosquittoBroker()
    await broker.start()
    url = BrokerUrl.parse(broker.url)
    subscriber, publisher = Station(url, "subscriber"), Station(url, "publisher")
    try:
        for station in (subscriber, publisher):
            station.connect()
            await station.until(Connected)
        subscriber.port.perform(Subscribe(("news",)))
        await subscriber.until(Subscribed)
        subscriber.port.sever()
        await subscriber.until(ConnectionLost)
        for number in range(QUEUED):
            publisher.port.perform(Publish("news", b"%d" % number, token=number + 1))
        await publisher.until(Published, QUEUED)
        subscriber.events.clear()

        subscriber.connect()
        await subscriber.until(Received, QUEUED)
    finally:
        await subscriber.port.aclose()
        await publisher.port.aclose()
        await broker.stop()

    assert subscriber.events[0] == Connected(session_present=True)
    news = [event.payload for event in subscriber.events if isinstance(event, Received)]
    assert news == [b"%d" % number for number in range(QUEUED)]
