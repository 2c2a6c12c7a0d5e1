"""Checks of messages, their quality of service and their order (sections 3.3, 4.3, 4.4 and 4.6)."""

from itertools import permutations

from check_parts import watcher_of
from wire import Conversation

from hubsim_contract.mqtt.codec.packets import (
    PubackPacket,
    PubcompPacket,
    PublishPacket,
    PubrecPacket,
    PubrelPacket,
    SubackPacket,
    SubscribePacket,
    UnsubackPacket,
    UnsubscribePacket,
)


async def duplicates(talk: Conversation) -> None:
    first, sender = await talk.join("client", clean=False), await talk.join("sender")
    await first.subscribe("t", qos=2)
    for qos in (1, 2):
        await sender.publish("t", b"%d" % qos, qos)
    sent = [await first.get(PublishPacket) for _ in range(2)]
    first.abort()
    again = await talk.join("client", clean=False, present=True)
    repeated = [await again.get(PublishPacket) for _ in range(2)]
    assert [each.dup for each in sent] == [False, False]
    assert [(each.dup, each.packet_id, each.payload) for each in repeated] == [
        (True, each.packet_id, each.payload) for each in sent
    ]


async def duplicate_not_propagated(talk: Conversation) -> None:
    watcher, sender = await watcher_of(talk, "t"), await talk.join("sender")
    sender.send(PublishPacket("t", b"x", 1, dup=True, packet_id=9))
    await sender.get(PubackPacket)
    assert not (await watcher.get(PublishPacket)).dup


async def retained_for_later(talk: Conversation) -> None:
    sender = await talk.join("sender")
    for payload in (b"old", b"new"):
        await sender.publish("t", payload, retain=True)
    await sender.publish("t", b"not retained")
    later = await watcher_of(talk, "t")
    got = await later.get(PublishPacket)
    assert (got.payload, got.retain) == (b"new", True)


async def retained_for_established(talk: Conversation) -> None:
    watcher, sender = await watcher_of(talk, "t"), await talk.join("sender")
    await sender.publish("t", b"x", retain=True)
    assert not (await watcher.get(PublishPacket)).retain


async def retained_removed(talk: Conversation) -> None:
    sender, watcher = await talk.join("sender"), await watcher_of(talk, "t")
    await sender.publish("t", b"x", retain=True)
    await sender.publish("t", b"", retain=True)
    got = [await watcher.get(PublishPacket) for _ in range(2)]
    assert [each.payload for each in got] == [b"x", b""]
    later = await talk.join("later")
    await later.subscribe("t")
    await later.nothing_else()


async def overlapping(talk: Conversation) -> None:
    sender = await talk.join("sender")
    for number, filters in enumerate(permutations(("a/+", "a/b", "#"))):
        client = await talk.join(f"client-{number}")
        client.send(SubscribePacket(1, tuple((each, qos) for qos, each in enumerate(filters))))
        await client.get(SubackPacket)
        await sender.publish("a/b", b"x", 2)
        assert (await client.get(PublishPacket)).qos == 2


async def lower_qos(talk: Conversation) -> None:
    sender, client = await talk.join("sender"), await talk.join("client")
    for granted in (0, 1, 2):
        assert await client.subscribe("t", qos=granted) == (granted,)
        for published in (0, 1, 2):
            await sender.publish("t", b"x", published)
            got = await client.get(PublishPacket)
            assert got.qos == min(granted, published)
            if got.qos == 1:
                client.send(PubackPacket(got.packet_id))
            elif got.qos == 2:
                client.send(PubrecPacket(got.packet_id))
                assert await client.get(PubrelPacket) == PubrelPacket(got.packet_id)
                client.send(PubcompPacket(got.packet_id))


async def answers_have_the_id(talk: Conversation) -> None:
    client = await talk.join("client")
    client.send(PublishPacket("t", b"x", 1, packet_id=77))
    assert await client.get(PubackPacket) == PubackPacket(77)
    await client.publish("t", b"x", 2, packet_id=78)
    client.send(SubscribePacket(79, (("t", 1),)))
    assert (await client.get(SubackPacket)).packet_id == 79
    client.send(UnsubscribePacket(80, ("t",)))
    assert await client.get(UnsubackPacket) == UnsubackPacket(80)


async def exactly_once(talk: Conversation) -> None:
    watcher, sender = await watcher_of(talk, "t", qos=0), await talk.join("sender")
    for dup in (False, True):
        sender.send(PublishPacket("t", b"x", 2, dup=dup, packet_id=9))
        assert await sender.get(PubrecPacket) == PubrecPacket(9)
    for _ in range(2):
        sender.send(PubrelPacket(9))
        assert await sender.get(PubcompPacket) == PubcompPacket(9)
    await watcher.get(PublishPacket)
    await watcher.nothing_else()


async def released_again(talk: Conversation) -> None:
    client, sender = await talk.join("client", clean=False), await talk.join("sender")
    await client.subscribe("t", qos=2)
    await sender.publish("t", b"x", 2)
    got = await client.get(PublishPacket)
    client.send(PubrecPacket(got.packet_id))
    await client.get(PubrelPacket)
    client.abort()
    again = await talk.join("client", clean=False, present=True)
    assert await again.get(PubrelPacket) == PubrelPacket(got.packet_id)
    again.send(PubcompPacket(got.packet_id))
    await again.nothing_else()


async def order(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    await client.subscribe("t", qos=1)
    expected = [b"%d" % number for number in range(60)]
    for payload in expected:
        await sender.publish("t", payload)
    got = []
    for _ in expected:
        message = await client.get(PublishPacket)
        got.append(message.payload)
        client.send(PubackPacket(message.packet_id))
    assert got == expected


async def unused_ids(talk: Conversation) -> None:
    client, sender = await talk.join("client"), await talk.join("sender")
    await client.subscribe("t")
    for _ in range(10):
        await sender.publish("t", b"x")
    ids = [(await client.get(PublishPacket)).packet_id for _ in range(10)]
    assert len(set(ids)) == 10
    assert all(ids)
