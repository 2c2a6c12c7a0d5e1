"""The normative statements of MQTT 3.1.1 about a server that can be observed, each with its check.

A check passes if the statement holds. Statements about a single packet are checks of bytes that a server must
refuse. Statements about clients, and those that cannot be observed, are not here.
"""

from collections.abc import Awaitable, Callable
from itertools import permutations
from typing import NamedTuple

from wire import Conversation, Wire

from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    PacketWill,
    PingreqPacket,
    PingrespPacket,
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

WILL = PacketWill("will", b"gone", 1)
Check = Callable[[Conversation], Awaitable[None]]


class Statement(NamedTuple):
    """A statement in our words, with the numbers of those that say the same."""

    ids: str
    text: str
    check: Check


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


# ------------------------------------------------------------------ 3.1 and 3.2


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


# ------------------------------------------------------------------ 3.3, 4.3, 4.4, 4.6


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


# ------------------------------------------------------------------ 3.8 to 3.14


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


# ------------------------------------------------------------------ 4.7


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


STATEMENTS = (
    Statement("1.5.3-1", "Text that is not UTF-8 closes the connection", closes(publish(b"\xed\xa0\x80"))),
    Statement("1.5.3-2, 4.7.3-2", "A text with U+0000 closes the connection", closes(publish(b"a\x00b"))),
    Statement("1.5.3-3", "A byte order mark is a part of the text", byte_order_mark),
    Statement(
        "2.2.2-2, 3.6.1-1, 3.8.1-1, 3.10.1-1, 3.14.1-1",
        "Wrong reserved flags close the connection",
        closes(
            b"\x60\x02\x00\x01",
            b"\x80\x06\x00\x01\x00\x01a\x01",
            b"\xa0\x05\x00\x01\x00\x01a",
            b"\xe1\x00",
        ),
    ),
    Statement("2.3.1-1", "A packet id of 0 closes the connection", closes(b"\x32\x05\x00\x01t\x00\x00")),
    Statement("2.3.1-4, 2.3.1-1", "The server uses packet ids that are not in use and not 0", unused_ids),
    Statement(
        "2.3.1-6, 2.3.1-7, 3.8.4-2, 3.10.4-4",
        "An answer has the packet id of its request",
        answers_have_the_id,
    ),
    Statement("3.1.0-1", "The first packet must be CONNECT", closes(b"\xc0\x00", publish(b"t"), first=True)),
    Statement("3.1.0-2", "A second CONNECT closes the connection", second_connect),
    Statement(
        "3.1.2-1", "Another protocol name is refused", closes(connect(2, text(b"a"), b"MQTX"), first=True)
    ),
    Statement("3.1.2-2", "Another protocol level is answered with code 1", other_level),
    Statement(
        "3.1.2-3", "The reserved flag of CONNECT must be 0", closes(connect(3, text(b"a")), first=True)
    ),
    Statement(
        "3.1.2-4, 3.1.2-5, 3.2.2-2, 4.1.0-1",
        "A kept session and its messages survive a disconnect",
        kept_session,
    ),
    Statement("3.1.2-6, 3.2.2-1, 3.2.2-3", "A clean session discards an earlier one", clean_session),
    Statement("3.1.2-7", "Retained messages do not belong to a session", retained_outlives_session),
    Statement("3.1.2-8", "A lost connection sends its will", will_after_loss),
    Statement("3.1.2-10, 3.14.4-3", "A DISCONNECT discards the will", no_will_after_disconnect),
    Statement(
        "3.1.2-11, 3.1.2-13, 3.1.2-15",
        "Without a will, its QoS and RETAIN must be 0",
        closes(connect(0x0A, text(b"a")), connect(0x22, text(b"a")), first=True),
    ),
    Statement(
        "3.1.2-14",
        "The QoS of a will must not be 3",
        closes(connect(0x1E, text(b"a") + text(b"t") + text(b"")), first=True),
    ),
    Statement("3.1.2-16, 3.1.2-17", "A will is retained if its flag is set", will_retained),
    Statement(
        "3.1.2-22",
        "A password needs a user name",
        closes(connect(0x42, text(b"a") + text(b"secret")), first=True),
    ),
    Statement("3.1.2-24", "A client that is silent for 1.5 keepalives is disconnected", silence),
    Statement(
        "3.1.3-1, 3.1.3-3",
        "The fields of a CONNECT must be those of its flags",
        closes(connect(0x82, text(b"a")), connect(2, text(b"a") + b"x"), first=True),
    ),
    Statement("3.1.3-5", "Client ids of 1 to 23 letters and digits are accepted", usual_client_ids),
    Statement("3.1.3-6", "A client without an id gets a unique one", assigned_client_id),
    Statement(
        "3.1.3-8, 3.2.2-4, 3.2.2-5", "A kept session without an id gets code 2", no_id_for_a_kept_session
    ),
    Statement("3.1.4-2", "A connection with a client id in use closes the older one", takeover),
    Statement("3.1.4-4, 3.2.0-1", "The first packet of the server is CONNACK", connack_first),
    Statement("3.3.1-1, 4.4.0-1", "Unacknowledged messages are sent again as duplicates", duplicates),
    Statement("3.3.1-2", "DUP at QoS 0 closes the connection", closes(b"\x38\x03\x00\x01t")),
    Statement("3.3.1-3", "DUP of a publisher is not propagated", duplicate_not_propagated),
    Statement("3.3.1-4", "QoS 3 closes the connection", closes(b"\x36\x05\x00\x01t\x00\x01")),
    Statement(
        "3.3.1-5, 3.3.1-6, 3.3.1-8, 3.3.1-12",
        "A later subscriber gets the last retained message",
        retained_for_later,
    ),
    Statement("3.3.1-9", "An established subscriber gets it without RETAIN", retained_for_established),
    Statement("3.3.1-10, 3.3.1-11", "An empty retained message removes the retained one", retained_removed),
    Statement(
        "3.3.2-2, 4.7.1-1",
        "A topic with a wildcard closes the connection",
        closes(publish(b"a/+"), publish(b"#")),
    ),
    Statement("3.3.5-1", "Overlapping filters deliver at the highest QoS", overlapping),
    Statement("3.3.4-1, 3.8.4-6", "A message has the lower QoS of publisher and subscription", lower_qos),
    Statement("3.8.3-3", "SUBSCRIBE has at least one filter", closes(b"\x82\x02\x00\x01")),
    Statement(
        "3-8.3-4", "The QoS of a subscription is 0, 1 or 2", closes(subscribe(b"a", 3), subscribe(b"a", 0x80))
    ),
    Statement(
        "3.8.4-3", "A repeated subscription replaces the first and gets retained messages", resubscribe
    ),
    Statement(
        "3.8.4-1, 3.8.4-4, 3.8.4-5, 3.9.3-1",
        "SUBACK has a code for each filter, in order",
        one_code_for_each_filter,
    ),
    Statement("3.10.3-2", "UNSUBSCRIBE has at least one filter", closes(b"\xa2\x02\x00\x01")),
    Statement(
        "3.10.4-1, 3.10.4-2, 3.10.4-5, 3.10.4-6", "UNSUBSCRIBE removes equal filters only", unsubscribe
    ),
    Statement("3.10.4-3", "Messages in flight are completed after UNSUBSCRIBE", delivery_continues),
    Statement("3.12.4-1", "PINGREQ is answered with PINGRESP", ping),
    Statement(
        "4.3.3-2, 4.3.3-1", "A QoS 2 message is delivered once, although it is sent twice", exactly_once
    ),
    Statement("4.3.3-1, 4.4.0-1", "PUBREL is sent again after a loss, PUBLISH is not", released_again),
    Statement("4.6.0-5, 4.6.0-6, 4.5.0-1", "Messages of a topic arrive in order", order),
    Statement(
        "4.7.1-2, 4.7.1-3",
        "Misplaced wildcards in a filter close the connection",
        closes(subscribe(b"a#"), subscribe(b"a/#/b"), subscribe(b"a+"), subscribe(b"")),
    ),
    Statement("4.7.3-4, 4.7.1-2, 4.7.1-3", "Filters match as in the examples of section 4.7", wildcards),
    Statement("4.7.2-1", "A first wildcard does not match topics that begin with $", dollar),
    Statement("4.7.3-1", "A topic has at least one character", closes(publish(b""))),
    Statement(
        "4.8.0-1",
        "Bytes that are not a packet close the connection",
        closes(b"\x00\x00", b"\xf0\x00", b"\x20\x02\x00\x00", b"\x30\xff\xff\xff\xff\x01", b"\x40\x01\x01"),
    ),
)
