"""The brokers of a live world, with one interface."""

from typing import Protocol

import msgspec

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.translation.story_language import say
from hubsim_scenarios.worlds.world import CannotPlay
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.mosquitto import MosquittoBroker
from hubsim_simulator.broker.profiles import EMBEDDED, MOSQUITTO, REPAIRED_AMQTT, BrokerProfile

EMBEDDED_NAME, AMQTT_NAME, MOSQUITTO_NAME = "embedded", "amqtt", "mosquitto"
OWN_NAMES = (EMBEDDED_NAME, AMQTT_NAME, MOSQUITTO_NAME)
"""The brokers that a play starts; any other value is a URL."""


class Broker(Protocol):
    """A broker that can be started, and possibly stopped."""

    profile: BrokerProfile
    """Its behaviour."""
    shared: bool
    """Whether other clients may use it: then names must be unique, and no retained message may remain."""

    async def start(self) -> BrokerUrl:
        """Start it, and return its URL."""
        ...

    async def stop(self) -> None:
        """Kill it. Raises `CannotPlay` when it belongs to someone else."""
        ...


class OwnBroker:
    """A broker for this play only: the embedded one, amqtt, or a private Mosquitto process."""

    shared = False

    def __init__(
        self, broker: EmbeddedBroker | AmqttBroker | MosquittoBroker, profile: BrokerProfile
    ) -> None:
        self.profile = profile
        self._broker = broker

    async def start(self) -> BrokerUrl:
        """Start it on a free port of loopback; later starts use the same port."""
        await self._broker.start()
        return BrokerUrl.parse(self._broker.url)

    async def stop(self) -> None:
        """Stop it; no will is sent."""
        if isinstance(self._broker, AmqttBroker):
            await self._broker.stop()
        else:
            await self._broker.crash()


class RemoteBroker:
    """An external broker, by URL."""

    profile = MOSQUITTO
    shared = True

    def __init__(self, url: BrokerUrl) -> None:
        self._url = url

    async def start(self) -> BrokerUrl:
        """Return its URL."""
        return self._url

    async def stop(self) -> None:
        """Raise `CannotPlay`."""
        raise CannotPlay(say("the broker at {url} is external: a play cannot stop it", url=self._url))


def broker_of(name: str) -> Broker:
    """Return the broker for `embedded`, `amqtt`, `mosquitto`, or a URL. Raises `BadBrokerUrl`."""
    if name == EMBEDDED_NAME:
        return OwnBroker(EmbeddedBroker(), EMBEDDED)
    if name == AMQTT_NAME:
        return OwnBroker(AmqttBroker(), REPAIRED_AMQTT)
    if name == MOSQUITTO_NAME:
        return OwnBroker(MosquittoBroker(), msgspec.structs.replace(MOSQUITTO, can_persist=False))
    return RemoteBroker(BrokerUrl.parse(name))
