"""The brokers that a live world can stand on, behind one face."""

from typing import Protocol

import msgspec

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.worlds.world import CannotPlay
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.mosquitto import MosquittoBroker
from hubsim_simulator.broker.profiles import EMBEDDED, MOSQUITTO, BrokerProfile

EMBEDDED_NAME, MOSQUITTO_NAME = "embedded", "mosquitto"


class Broker(Protocol):
    """A broker that can be started, and perhaps stopped."""

    profile: BrokerProfile
    """How it behaves."""
    shared: bool
    """Others may be on it: names must be our own, and nothing may be left behind."""

    async def start(self) -> BrokerUrl:
        """Bring it up, and return where it is."""
        ...

    async def stop(self) -> None:
        """Take it down at once, without a last word. Raises `CannotPlay` when it is not ours to stop."""
        ...


class OwnBroker:
    """A broker of this play alone: embedded amqtt, or a private Mosquitto process."""

    shared = False

    def __init__(self, broker: EmbeddedBroker | MosquittoBroker, profile: BrokerProfile) -> None:
        self.profile = profile
        self._broker = broker

    async def start(self) -> BrokerUrl:
        """Start it on a free port of loopback; later starts take the same port."""
        await self._broker.start()
        return BrokerUrl.parse(self._broker.url)

    async def stop(self) -> None:
        """Stop it; no will is sent."""
        if isinstance(self._broker, MosquittoBroker):
            await self._broker.crash()
        else:
            await self._broker.stop()


class RemoteBroker:
    """Somebody else's broker, by URL."""

    profile = MOSQUITTO
    shared = True

    def __init__(self, url: BrokerUrl) -> None:
        self._url = url

    async def start(self) -> BrokerUrl:
        """Return where it is."""
        return self._url

    async def stop(self) -> None:
        """Refuse."""
        raise CannotPlay(f"the broker at {self._url} is not ours to stop")


def broker_of(name: str) -> Broker:
    """Return the broker meant by `embedded`, `mosquitto`, or a URL. Raises `BadBrokerUrl`."""
    if name == EMBEDDED_NAME:
        return OwnBroker(EmbeddedBroker(), EMBEDDED)
    if name == MOSQUITTO_NAME:
        return OwnBroker(MosquittoBroker(), msgspec.structs.replace(MOSQUITTO, can_persist=False))
    return RemoteBroker(BrokerUrl.parse(name))
