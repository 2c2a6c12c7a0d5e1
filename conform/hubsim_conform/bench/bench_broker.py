"""The broker of a bench: one that the bench starts, or one that runs already."""

from typing import Protocol

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.mosquitto import MosquittoBroker

STARTED_KINDS = {"embedded": EmbeddedBroker, "amqtt": AmqttBroker, "mosquitto": MosquittoBroker}
"""The brokers that a bench starts, by name; any other name is a URL."""


class BenchBroker(Protocol):
    """A broker for one bench."""

    async def start(self) -> BrokerUrl:
        """Start it, and return its URL."""
        ...

    async def stop(self) -> None:
        """Stop it, if it belongs to the bench."""
        ...


class StartedBroker:
    """A broker that the bench starts on a free port of loopback."""

    def __init__(self, kind: str) -> None:
        self._broker = STARTED_KINDS[kind]()

    async def start(self) -> BrokerUrl:
        """Start it. Raises `BrokerError`."""
        await self._broker.start()
        return BrokerUrl.parse(self._broker.url)

    async def stop(self) -> None:
        """Stop it."""
        await self._broker.stop()


class GivenBroker:
    """A broker that runs already."""

    def __init__(self, url: BrokerUrl) -> None:
        self._url = url

    async def start(self) -> BrokerUrl:
        """Return its URL."""
        return self._url

    async def stop(self) -> None:
        """Leave it running."""


def bench_broker(name: str) -> BenchBroker:
    """Return a broker for `embedded`, `amqtt`, `mosquitto` or a URL. Raises `BadBrokerUrl`."""
    return StartedBroker(name) if name in STARTED_KINDS else GivenBroker(BrokerUrl.parse(name))
