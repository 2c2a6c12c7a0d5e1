"""The cloud of the bench: publishes to the device and answers its reports, over a separate connection.

It decides nothing: the checks give it the messages. It connects to the broker itself and not to the
tap, so that no fault of packets applies to it. It stays connected; what it published as retained comes back
after the broker has lost it.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.connector import MqttConnector
from hubsim_contract.mqtt.port import (
    Connect,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEvent,
    Publish,
    Published,
)
from hubsim_contract.mqtt.stream_port import StreamPort
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import CloudPresence, Desired, Heard
from hubsim_contract.wire.topics import MessageKind, Topics

CONNECT_LIMIT_S = 10.0
"""The time for a connection to the broker, and for the PUBACK of a message."""
_AGAIN_S = 0.2
_KEEPALIVE_S = 60


class BrokerUnreachable(Exception):
    """The bench cannot use the broker. The run is BLOCKED with this text."""


class CloudDouble:
    """The cloud for one device."""

    def __init__(self, hub: str, topics: Topics, url: BrokerUrl, boot: int, ca: Path | None = None) -> None:
        self.answers = True
        """Whether it answers reports that ask."""
        self.online = False
        """What its last presence says."""
        self._hub = hub
        self._topics = topics
        self._url = url
        self._boot = boot
        self._connection = 0
        self._port = StreamPort(MqttConnector(url, ca=ca), self._on_event)
        self._retained: dict[str, bytes] = {}
        self._token = 0
        self._acks: dict[int, asyncio.Future[None]] = {}
        self._connected = asyncio.Event()
        self._reason = "no answer"
        self._closing = False

    # ------------------------------------------------------------------ connection

    async def open(self) -> None:
        """Connect. Raises `BrokerUnreachable`."""
        self._connect()
        await self._until_connected()

    async def aclose(self) -> None:
        """Remove what it retained, and close the connection."""
        self._closing = True
        if self._connected.is_set():
            with suppress(BrokerUnreachable):
                for kind in (MessageKind.DESIRED, MessageKind.REPORTED, MessageKind.PRESENCE):
                    await self.send(self._topics.of(kind, self._hub), b"", retain=True)
            self._port.perform(Disconnect())
        await self._port.aclose()

    def _connect(self) -> None:
        client_id = f"conform-{self._hub}"
        self._port.perform(Connect(client_id=client_id, clean=True, keepalive_s=_KEEPALIVE_S))

    async def _until_connected(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S):
                await self._connected.wait()
        except TimeoutError:
            raise BrokerUnreachable(f"the broker at {self._url} cannot be used: {self._reason}") from None

    def _on_event(self, event: PortEvent) -> None:
        match event:
            case Connected():
                self._connected.set()
                for topic, payload in self._retained.items():
                    self._port.perform(Publish(topic, payload, retain=True))
            case Published(token=token):
                waiting = self._acks.pop(token, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(None)
            case ConnectFailed() | ConnectionLost():
                self._reason = event.reason if isinstance(event, ConnectFailed) else "the connection was lost"
                self._connected.clear()
                if not self._closing:
                    asyncio.get_running_loop().call_later(_AGAIN_S, self._connect_again)
            case _:
                pass

    def _connect_again(self) -> None:
        if not self._closing and not self._connected.is_set():
            self._connect()

    # ------------------------------------------------------------------ messages

    async def send(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Publish, and return after the PUBACK. Raises `BrokerUnreachable`."""
        await self._until_connected()
        if retain:
            self._retained[topic] = payload
            if not payload:
                del self._retained[topic]
        self._token += 1
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._acks[self._token] = done
        self._port.perform(Publish(topic, payload, retain=retain, token=self._token))
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S):
                await done
        except TimeoutError:
            raise BrokerUnreachable(f"the broker at {self._url} does not acknowledge a message") from None

    async def desire(self, document: Desired, *, retain: bool = True) -> None:
        """Publish a desired document."""
        await self.send(self._topics.of(MessageKind.DESIRED, self._hub), encode(document), retain=retain)

    async def payload(self, payload: bytes) -> None:
        """Publish any bytes on the desired topic, not retained."""
        await self.send(self._topics.of(MessageKind.DESIRED, self._hub), payload, retain=False)

    async def presence(self, *, online: bool) -> None:
        """Publish the cloud's presence: online over a new connection, or offline."""
        self.online = online
        self._connection += online
        message = CloudPresence(online=online, boot=self._boot, connection=self._connection)
        await self.send(self._topics.of(MessageKind.CLOUD_PRESENCE), encode(message), retain=True)

    def hear(self, boot: int, sequence: int) -> None:
        """Answer a report that asks, if this cloud answers."""
        if self.answers and self._connected.is_set():
            heard = Heard(hub=self._hub, boot=boot, sequence=sequence)
            self._port.perform(Publish(self._topics.of(MessageKind.HEARD, self._hub), encode(heard)))
