"""The port and a session that the broker keeps: what was queued meanwhile is told after `Connected`."""

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
    """A port with what it has told, in order."""

    def __init__(self, url: BrokerUrl, name: str) -> None:
        self.told: list[PortEvent] = []
        self._news = asyncio.Event()
        self._name = name
        self.port = AiomqttPort(url, self._hear, name)

    def _hear(self, event: PortEvent) -> None:
        self.told.append(event)
        self._news.set()

    def connect(self) -> None:
        self.port.perform(Connect(self._name, clean=False, keepalive_s=60))

    async def hears(self, kind: type[PortEvent], count: int = 1) -> None:
        async with asyncio.timeout(LIMIT_S):
            while sum(isinstance(event, kind) for event in self.told) < count:
                self._news.clear()
                await self._news.wait()


async def test_messages_that_waited_at_the_broker_are_told_after_the_connection_and_in_order() -> None:
    broker = MosquittoBroker()
    await broker.start()
    url = BrokerUrl.parse(broker.url)
    sleeper, speaker = Station(url, "sleeper"), Station(url, "speaker")
    try:
        for station in (sleeper, speaker):
            station.connect()
            await station.hears(Connected)
        sleeper.port.perform(Subscribe(("news",)))
        await sleeper.hears(Subscribed)
        sleeper.port.sever()
        await sleeper.hears(ConnectionLost)
        for number in range(QUEUED):
            speaker.port.perform(Publish("news", b"%d" % number, token=number + 1))
        await speaker.hears(Published, QUEUED)
        sleeper.told.clear()

        sleeper.connect()
        await sleeper.hears(Received, QUEUED)
    finally:
        await sleeper.port.aclose()
        await speaker.port.aclose()
        await broker.stop()

    assert sleeper.told[0] == Connected(session_present=True)
    news = [event.payload for event in sleeper.told if isinstance(event, Received)]
    assert news == [b"%d" % number for number in range(QUEUED)]
