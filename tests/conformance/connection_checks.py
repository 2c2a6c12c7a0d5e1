"""Checks of CONNECT and CONNACK (MQTT 3.1.1 sections 3.1 and 3.2)."""

from check_parts import WILL, watcher_of
from wire import Conversation

from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    PacketWill,
    PingreqPacket,
    PubackPacket,
    PublishPacket,
    SubscribePacket,
)


async def second_connect(talk: Conversation) -> None:
    wire = await talk.join("client")
    wire.send(ConnectPacket("client"))
    assert await wire.is_closed()


async def other_level(talk: Conversation) -> None:
    wire = await talk.open(b"\x10\x0d\x00\x04MQTT\x09\x02\x00\x3c\x00\x01a")
    assert await wire.get(ConnackPacket) == ConnackPacket(False, ConnectCode.UNACCEPTABLE_PROTOCOL)
    assert await wire.is_closed()


async def kept_session(talk: Conversation) -> None:
    first, sender = await talk.join("client", clean=False), await talk.join("sender")
    await first.subscribe("t", qos=2)
    first.send(DisconnectPacket())
    assert await first.is_closed()
    for qos in (1, 2):
        await sender.publish("t", b"%d" % qos, qos)
    again = await talk.join("client", clean=False, present=True)
    got = [await again.get(PublishPacket) for _ in range(2)]
    assert [(each.payload, each.qos) for each in got] == [(b"1", 1), (b"2", 2)]


async def clean_session(talk: Conversation) -> None:
    first, sender = await talk.join("client", clean=False), await talk.join("sender")
    await first.subscribe("t")
    first.send(DisconnectPacket())
    assert await first.is_closed()
    await sender.publish("t", b"queued")
    await (await talk.join("client")).nothing_else()
    await (await talk.join("client", clean=False)).nothing_else()


async def retained_outlives_session(talk: Conversation) -> None:
    first = await talk.join("client")
    await first.publish("t", b"kept", retain=True)
    first.send(DisconnectPacket())
    assert await first.is_closed()
    later = await watcher_of(talk, "t")
    assert (await later.get(PublishPacket)).payload == b"kept"


async def will_after_loss(talk: Conversation) -> None:
    watcher = await watcher_of(talk, "will")
    (await talk.join("client", will=WILL)).abort()
    assert (await watcher.get(PublishPacket)).payload == b"gone"


async def no_will_after_disconnect(talk: Conversation) -> None:
    watcher, client = await watcher_of(talk, "will"), await talk.join("client", will=WILL)
    client.send(DisconnectPacket())
    assert await client.is_closed()
    await watcher.nothing_else()


async def will_retained(talk: Conversation) -> None:
    watcher = await watcher_of(talk, "#")
    for retain in (False, True):
        topic = f"will/{retain}"
        (await talk.join("client", will=PacketWill(topic, b"gone", 1, retain))).abort()
        assert (await watcher.get(PublishPacket)).topic == topic
    later = await talk.join("later")
    await later.subscribe("will/+")
    got = await later.get(PublishPacket)
    assert (got.topic, got.retain) == ("will/True", True)
    later.send(PubackPacket(got.packet_id))
    await later.nothing_else()


async def silence(talk: Conversation) -> None:
    watcher = await watcher_of(talk, "will")
    silent = await talk.join("silent", will=WILL, keepalive_s=1)
    assert await silent.is_closed()
    assert (await watcher.get(PublishPacket)).payload == b"gone"


async def usual_client_ids(talk: Conversation) -> None:
    await (await talk.join("abcdefghijklmnopqrstuvw")).nothing_else()
    await (await talk.join("0123456789ABCDEFGHXYZ")).nothing_else()


async def assigned_client_id(talk: Conversation) -> None:
    first, second = await talk.join(""), await talk.join("")
    await first.nothing_else()
    await second.nothing_else()


async def no_id_for_a_kept_session(talk: Conversation) -> None:
    wire = await talk.open(ConnectPacket("", clean=False))
    assert await wire.get(ConnackPacket) == ConnackPacket(False, ConnectCode.IDENTIFIER_REJECTED)
    assert await wire.is_closed()


async def takeover(talk: Conversation) -> None:
    old = await talk.join("client")
    await (await talk.join("client")).nothing_else()
    assert await old.is_closed()


async def connack_first(talk: Conversation) -> None:
    sender, first = await talk.join("sender"), await talk.join("client", clean=False)
    await first.subscribe("t")
    first.abort()
    await sender.publish("t", b"queued")
    again = await talk.open(
        ConnectPacket("client", clean=False), SubscribePacket(5, (("u", 1),)), PingreqPacket()
    )
    assert await again.get(ConnackPacket) == ConnackPacket(True)
