"""Checks of subscriptions, pings, the end of a connection, and topics (sections 3.8 to 3.14, 4.7)."""

from wire import Conversation

from hubsim_contract.mqtt.codec.packets import (
    PingreqPacket,
    PingrespPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    SubackPacket,
    SubscribePacket,
    UnsubackPacket,
    UnsubscribePacket,
)


async def resubscribe(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    await sender.publish("t", b"kept", retain=True)
    for qos in (1, 0):
        assert await client.subscribe("t", qos=qos) == (qos,)
        got = await client.get(PublishPacket)
        assert (got.payload, got.qos) == (b"kept", qos)
    await sender.publish("t", b"x")
    assert (await client.get(PublishPacket)).qos == 0
    await client.nothing_else()


async def one_code_for_each_filter(talk: Conversation) -> None:
    client = await talk.join("client")
    client.send(SubscribePacket(1, (("a", 2), ("b", 0), ("c", 1))))
    assert await client.get(SubackPacket) == SubackPacket(1, (2, 0, 1))


async def unsubscribe(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    await client.subscribe("a", "b", "+", qos=0)
    client.send(UnsubscribePacket(7, ("+", "b", "never")))
    assert await client.get(UnsubackPacket) == UnsubackPacket(7)
    await sender.publish("b", b"x")
    await sender.publish("a", b"y")
    assert (await client.get(PublishPacket)).payload == b"y"


async def delivery_continues(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    await client.subscribe("t", qos=2)
    await sender.publish("t", b"x", 2)
    got = await client.get(PublishPacket)
    client.send(UnsubscribePacket(7, ("t",)))
    await client.get(UnsubackPacket)
    client.send(PubrecPacket(got.packet_id))
    assert await client.get(PubrelPacket) == PubrelPacket(got.packet_id)


async def ping(talk: Conversation) -> None:
    client = await talk.join("client")
    client.send(PingreqPacket())
    assert await client.get(PingrespPacket) == PingrespPacket()


async def wildcards(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    cases = [
        ("sport/#", "sport", True),
        ("sport/#", "sport/a/b", True),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("Accounts", "ACCOUNTS", False),
        ("a/b", "a//b", False),
    ]
    for topic_filter, topic, match in cases:
        await client.subscribe(topic_filter, qos=0)
        await sender.publish(topic, b"x")
        if match:
            assert (await client.get(PublishPacket)).topic == topic
        await client.nothing_else()
        client.send(UnsubscribePacket(7, (topic_filter,)))
        await client.get(UnsubackPacket)


async def dollar(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    await client.subscribe("#", "+/x", "$own/#", qos=0)
    await sender.publish("$own/x", b"x")
    await client.get(PublishPacket)
    client.send(UnsubscribePacket(7, ("$own/#",)))
    await client.get(UnsubackPacket)
    await sender.publish("$own/x", b"x")
    await client.nothing_else()


async def byte_order_mark(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    await client.subscribe("\ufefft", qos=0)
    await sender.publish("t", b"without")
    await sender.publish("\ufefft", b"with")
    assert (await client.get(PublishPacket)).payload == b"with"
