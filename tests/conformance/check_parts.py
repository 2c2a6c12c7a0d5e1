"""Parts that several checks of conformance share."""

from collections.abc import Awaitable, Callable

from wire import Conversation, Wire

from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    PacketWill,
)

WILL = PacketWill("will", b"gone", 1)
Check = Callable[[Conversation], Awaitable[None]]


async def watcher_of(talk: Conversation, *filters: str, qos: int = 1) -> Wire:
    wire = await talk.join("watcher")
    await wire.subscribe(*filters, qos=qos)
    return wire


def closes(*packets: bytes, first: bool = False) -> Check:
    """Return a check that each of these bytes closes the connection, after a CONNECT or as the first."""

    async def check(talk: Conversation) -> None:
        for number, data in enumerate(packets):
            wire = await talk.open(data) if first else await talk.join(f"client-{number}")
            wire.send(data)
            answer = await wire.receive()
            refused = isinstance(answer, ConnackPacket) and answer.code
            assert answer is None or refused, f"{data!r} was answered with {answer}"

    return check


def text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def connect(flags: int, rest: bytes, name: bytes = b"MQTT") -> bytes:
    body = text(name) + bytes([4, flags]) + b"\x00\x3c" + rest
    return bytes([0x10, len(body)]) + body


def publish(topic: bytes) -> bytes:
    return bytes([0x30, len(topic) + 2]) + text(topic)


def subscribe(topic_filter: bytes, qos: int = 1) -> bytes:
    body = b"\x00\x01" + text(topic_filter) + bytes([qos])
    return bytes([0x82, len(body)]) + body
