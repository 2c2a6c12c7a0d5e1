"""A small MQTT broker on sockets and on the codec, which misbehaves on purpose while a test wants it to.

Honest, it does what the stations need: QoS 1, retained messages, wills, takeover, kept sessions without a
queue. Each `Misbehaviour` breaks one thing. Tests only.
"""

import asyncio
from enum import Enum, auto

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode, puback_bytes, publish_bytes
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectPacket,
    DisconnectPacket,
    Packet,
    PacketWill,
    PingreqPacket,
    PingrespPacket,
    PublishPacket,
    Sender,
    SubackPacket,
    SubscribePacket,
)
from hubsim_simulator.broker.filters import matches
from hubsim_simulator.broker.profiles import REPAIRED_AMQTT

CARRIER = "carrier"
WRONG_BY = 7_000


class Misbehaviour(Enum):
    """What the broker does wrong."""

    DROPS = auto()
    """It acknowledges every message, and delivers none."""
    DEAF = auto()
    """It accepts connections and reads nothing."""
    MUTE = auto()
    """It reads, and answers nothing."""
    DOUBLES_WILLS = auto()
    """It sends the will of a connection again after each new connection of the client."""
    MIXES_SESSIONS = auto()
    """It delivers every message to every client, also without a subscription."""
    FORGETS_SUBSCRIPTIONS = auto()
    """It confirms subscriptions and forgets them, also the old ones, of hubs and cloud."""
    DELIVERS_THE_PAST = auto()
    """It delivers the first retained message of each topic, not the newest."""
    WRONG_IDS = auto()
    """It acknowledges ids that were not used."""


class _Client(asyncio.Protocol):
    def __init__(self, broker: "MisbehavingBroker") -> None:
        self.broker = broker
        self.client_id = ""
        self.will: PacketWill | None = None
        self.filters: list[str] = []
        self._reader = PacketReader(Sender.CLIENT)
        self._next_id = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.broker.sockets.append(self)
        self.broker.note()

    def data_received(self, data: bytes) -> None:
        if Misbehaviour.DEAF in self.broker.does:
            return
        for packet in self._reader.feed(data):
            self.broker.take(self, packet)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the reason is not needed)
        self.broker.lost(self)

    def send(self, data: bytes) -> None:
        if not self._transport.is_closing() and Misbehaviour.MUTE not in self.broker.does:
            self._transport.write(data)

    def deliver(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._next_id = self._next_id % 65_535 + 1
        self.send(publish_bytes(topic, payload, 1, retain, False, self._next_id))

    def close(self) -> None:
        self._transport.abort()


class MisbehavingBroker:
    """The broker of one live world. `does` is what it does wrong at the moment."""

    profile = REPAIRED_AMQTT
    """It keeps no sessions and nothing durable."""
    shared = False

    def __init__(self) -> None:
        self.does: set[Misbehaviour] = set()
        self.sockets: list[_Client] = []
        self.seen: list[tuple[str, Packet]] = []
        """Every packet that was read, with the client id."""
        self._clients: dict[str, _Client] = {}
        self._retained: dict[str, bytes] = {}
        self._first: dict[str, bytes] = {}
        self._old_wills: dict[str, PacketWill] = {}
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._port = 0

    async def start(self) -> BrokerUrl:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return BrokerUrl.parse(f"mqtt://127.0.0.1:{self._port}")

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for client in list(self.sockets):
            client.close()
        await self._server.wait_closed()

    # ------------------------------------------------------------------ for tests

    def begin(self, misbehaviour: Misbehaviour) -> None:
        """Misbehave from now on."""
        self.does.add(misbehaviour)
        if misbehaviour is Misbehaviour.FORGETS_SUBSCRIPTIONS:
            for client in self._clients.values():
                if client.client_id != CARRIER:
                    client.filters.clear()
        if misbehaviour is Misbehaviour.DELIVERS_THE_PAST:
            for client in list(self._clients.values()):
                self._send_retained(client, client.filters)

    def behave(self) -> None:
        """Do everything right from now on. One that did not read or answer loses its connections."""
        silent = self.does & {Misbehaviour.DEAF, Misbehaviour.MUTE}
        self.does.clear()
        for client in list(self.sockets) if silent else ():
            client.close()

    def count(self, client_id: str, kind: type[Packet]) -> int:
        """Return the number of packets of a kind that a client has sent."""
        return sum(sender == client_id and isinstance(packet, kind) for sender, packet in self.seen)

    def published(self, client_id: str, ending: str) -> list[bytes]:
        """Return the payloads that a client has published on topics with this ending."""
        return [
            packet.payload
            for sender, packet in self.seen
            if sender == client_id and isinstance(packet, PublishPacket) and packet.topic.endswith(ending)
        ]

    def note(self) -> None:
        self._changed.set()

    async def until_changed(self) -> None:
        """Wait for the next packet, connection or end."""
        self._changed.clear()
        await self._changed.wait()

    # ------------------------------------------------------------------ packets

    def take(self, client: _Client, packet: Packet) -> None:
        if isinstance(packet, ConnectPacket):
            client.client_id = packet.client_id
        self.seen.append((client.client_id, packet))
        match packet:
            case ConnectPacket():
                self._connect(client, packet)
            case SubscribePacket():
                self._subscribe(client, packet)
            case PublishPacket():
                self._publish(client, packet)
            case PingreqPacket():
                client.send(encode(PingrespPacket()))
            case DisconnectPacket():
                client.will = None
                client.close()
            case _:
                pass
        self.note()

    def lost(self, client: _Client) -> None:
        self.sockets.remove(client)
        if self._clients.get(client.client_id) is client:
            del self._clients[client.client_id]
        self._send_will(client)
        self.note()

    def _connect(self, client: _Client, packet: ConnectPacket) -> None:
        before = self._clients.pop(packet.client_id, None)
        if before is not None:
            self._send_will(before)
            before.close()
        self._clients[packet.client_id] = client
        client.will = packet.will
        client.send(encode(ConnackPacket(session_present=False)))

    def _subscribe(self, client: _Client, packet: SubscribePacket) -> None:
        filters = [topic_filter for topic_filter, _ in packet.filters]
        wrong = WRONG_BY if Misbehaviour.WRONG_IDS in self.does else 0
        client.send(encode(SubackPacket(packet.packet_id + wrong, (1,) * len(filters))))
        if Misbehaviour.FORGETS_SUBSCRIPTIONS not in self.does:
            client.filters = filters
            self._send_retained(client, filters)
        old = self._old_wills.get(client.client_id)
        if old is not None and Misbehaviour.DOUBLES_WILLS in self.does:
            self._route(old.topic, old.payload, retain=old.retain)

    def _publish(self, client: _Client, packet: PublishPacket) -> None:
        wrong = WRONG_BY if Misbehaviour.WRONG_IDS in self.does else 0
        client.send(puback_bytes(packet.packet_id + wrong))
        self._route(packet.topic, packet.payload, retain=packet.retain)

    # ------------------------------------------------------------------ delivery

    def _send_will(self, client: _Client) -> None:
        will, client.will = client.will, None
        if will is not None:
            self._old_wills[client.client_id] = will
            self._route(will.topic, will.payload, retain=will.retain)

    def _send_retained(self, client: _Client, filters: list[str]) -> None:
        if Misbehaviour.DROPS in self.does:
            return
        kept = self._first if Misbehaviour.DELIVERS_THE_PAST in self.does else self._retained
        for topic, payload in list(kept.items()):
            if any(matches(each, topic) for each in filters):
                client.deliver(topic, payload, retain=True)

    def _route(self, topic: str, payload: bytes, *, retain: bool) -> None:
        if Misbehaviour.DROPS in self.does:
            return
        if retain:
            self._retained[topic] = payload
            self._first.setdefault(topic, payload)
        mixes = Misbehaviour.MIXES_SESSIONS in self.does
        for client in list(self._clients.values()):
            if mixes or any(matches(each, topic) for each in client.filters):
                client.deliver(topic, payload)
