"""A broker with authentication, the keyring with its passwords, and clients that connect to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from raw_mqtt import RawClient

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.port import Will
from hubsim_contract.wire.identifiers import HUB_ID
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_simulator.broker.amqtt_broker import AmqttBroker
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.mosquitto import MosquittoBroker

HUB, OTHER, REVOKED, LATER = "0000AAAA", "0000BBBB", "0000CCCC", "0000DDDD"
P = DEFAULT_PREFIX
WORLD = f"{P}/world-7"
WHOLE = Keyring.new()
"""The keyring before a hub was revoked."""
KEYRING = WHOLE.without([REVOKED])
NOT_AUTHORISED = 5


class Gate:
    """Connects clients as given users, and closes all of them at the end."""

    def __init__(self, port: int, hub_port: int | None = None) -> None:
        self.port = port
        self.hub_port = port if hub_port is None else hub_port
        """The port for hubs with their own passwords."""
        self._clients: list[RawClient] = []

    @staticmethod
    def client_id(user: str | None) -> str:
        """Return a client id that the user may have."""
        return f"hub-{user}" if user and HUB_ID.fullmatch(user) else f"{user}"

    async def try_connect(
        self,
        user: str | None,
        password: str | None,
        will: Will | None = None,
        client_id: str = "",
        clean: bool = True,
        port: int | None = None,
    ) -> RawClient:
        """Try to connect, at the usual port of the user; `code` is the result."""
        client = RawClient()
        self._clients.append(client)
        name = client_id or f"{self.client_id(user)}-{len(self._clients)}"
        is_hub = user is not None and HUB_ID.fullmatch(user) is not None
        usual = self.hub_port if is_hub else self.port
        await client.connect(port or usual, name, clean, will=will, user=user, password=password)
        return client

    async def connect(
        self, user: str, will: Will | None = None, client_id: str = "", clean: bool = True
    ) -> RawClient:
        """Connect with the right password."""
        client = await self.try_connect(user, KEYRING.password(user), will, client_id, clean)
        assert client.code == 0
        return client

    async def watcher(self) -> RawClient:
        """Return a bench client, which receives everything."""
        bench = await self.connect("bench")
        assert await bench.subscribe((f"{P}/#",)) == (1,)
        return bench

    def close(self) -> None:
        for client in self._clients:
            client.kill()


@asynccontextmanager
async def gate_of(broker: EmbeddedBroker | AmqttBroker | MosquittoBroker) -> AsyncIterator[Gate]:
    await broker.start()
    gate = Gate(broker.port, BrokerUrl.parse(broker.hub_url).port)
    try:
        yield gate
    finally:
        gate.close()
        await broker.stop()


def guarded_embedded() -> tuple[EmbeddedBroker, Guard]:
    guard = Guard(KEYRING)
    return EmbeddedBroker(guard=guard), guard


def guarded_amqtt() -> tuple[AmqttBroker, Guard]:
    guard = Guard(KEYRING)
    return AmqttBroker(guard=guard), guard


def guarded_mosquitto() -> MosquittoBroker:
    return MosquittoBroker(keyring=KEYRING, hubs=(HUB, OTHER, REVOKED))
