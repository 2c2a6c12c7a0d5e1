"""The codec agrees with paho, which sends what a client sends, and with amqtt, which knows all packets."""

import asyncio
import warnings
from typing import Any

import pytest
from drawn_packets import FROM_SIDE, PAYLOADS, QOS, TOPICS
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_contract.mqtt.codec.decoding import PacketReader
from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import (
    ConnectPacket,
    Packet,
    PacketWill,
    PingreqPacket,
    PublishPacket,
    Sender,
    SubscribePacket,
    UnsubscribePacket,
)


class Paho:
    """A client of paho with a list instead of a socket."""

    def __init__(self) -> None:
        from paho.mqtt.client import CallbackAPIVersion, Client  # noqa: PLC0415 (only this test needs it)

        self.client = Client(CallbackAPIVersion.VERSION2, client_id="paho", clean_session=False)
        self.sent = bytearray()
        self.client._packet_queue = self._take  # type: ignore[method-assign]  # instead of its socket
        self.client._sock = object()  # type: ignore[assignment]  # it checks that there is one

    def _take(self, command: int, packet: bytes, mid: int, qos: int, info: Any = None) -> Any:  # noqa: ARG002
        self.sent += packet
        return 0

    def close(self) -> None:
        self.client._sock = None

    def packets(self) -> list[Packet]:
        return list(PacketReader(Sender.CLIENT).feed(bytes(self.sent)))


@given(TOPICS, PAYLOADS, QOS, st.booleans())
@settings(max_examples=50)
def test_a_publish_of_paho_is_read(topic: str, payload: bytes, qos: int, retain: bool) -> None:
    paho = Paho()

    info = paho.client.publish(topic, payload, qos, retain)
    paho.close()

    packet_id = info.mid if qos else 0
    assert paho.packets() == [PublishPacket(topic, payload, qos, retain, packet_id=packet_id)]
    assert b"".join(map(encode, paho.packets())) == paho.sent


@given(st.lists(st.tuples(TOPICS, QOS), min_size=1, max_size=4))
@settings(max_examples=50)
def test_subscriptions_of_paho_are_read(filters: list[tuple[str, int]]) -> None:
    paho = Paho()

    _, subscribed = paho.client.subscribe(filters)
    _, unsubscribed = paho.client.unsubscribe([wanted for wanted, _ in filters])
    paho.client._send_pingreq()
    paho.close()

    assert paho.packets() == [
        SubscribePacket(subscribed or 0, tuple(filters)),
        UnsubscribePacket(unsubscribed or 0, tuple(wanted for wanted, _ in filters)),
        PingreqPacket(),
    ]
    assert b"".join(map(encode, paho.packets())) == paho.sent


@given(TOPICS, PAYLOADS, QOS, st.booleans(), st.none() | TOPICS, st.integers(1, 65_535))
@settings(max_examples=50)
def test_a_connect_of_paho_is_read(
    topic: str, payload: bytes, qos: int, retain: bool, user: str | None, keepalive_s: int
) -> None:
    paho = Paho()
    paho.client.will_set(topic, payload, qos, retain)
    if user is not None:
        paho.client.username_pw_set(user, "secret")

    paho.client._send_connect(keepalive_s)
    paho.close()

    password = None if user is None else b"secret"
    will = PacketWill(topic, payload, qos, retain)
    assert paho.packets() == [ConnectPacket("paho", False, keepalive_s, will, user, password)]
    assert b"".join(map(encode, paho.packets())) == paho.sent


def amqtt_keeps(packet: Packet) -> bool:
    """Return whether amqtt writes what it has read.

    It replaces an empty client id, and writes the repr of a password that is not a text.
    """
    if not isinstance(packet, ConnectPacket):
        return True
    return bool(packet.client_id) and (packet.password is None or packet.password.isascii())


async def through_amqtt(raw: bytes) -> bytes:
    """Return what amqtt writes after it has read these bytes."""
    from amqtt.adapters import BufferReader  # noqa: PLC0415 (takes half a second)
    from amqtt.mqtt import packet_class  # noqa: PLC0415
    from amqtt.mqtt.packet import MQTTFixedHeader  # noqa: PLC0415

    reader = BufferReader(raw)
    header = await MQTTFixedHeader.from_stream(reader)
    packet = await packet_class(header).from_stream(reader, fixed_header=header)
    return bytes(packet.to_bytes())


@pytest.mark.parametrize("sender", Sender)
def test_amqtt_reads_the_packets_and_writes_the_same_bytes(sender: Sender) -> None:
    @given(FROM_SIDE[sender].filter(amqtt_keeps))
    @settings(max_examples=150, deadline=None)
    def check(packet: Packet) -> None:
        raw = encode(packet)
        assert asyncio.run(through_amqtt(raw)) == raw

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check()
