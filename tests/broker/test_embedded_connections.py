"""Connections to the embedded broker: broken ones, limits, slow clients. No client can harm another."""

import asyncio
import logging
import os
from random import Random

import pytest
from raw_mqtt import BOUND_S, RawClient
from served import serving

from hubsim_contract.mqtt.codec.encoding import encode
from hubsim_contract.mqtt.codec.packets import ConnectPacket, PacketWill, PublishPacket
from hubsim_contract.mqtt.port import Will
from hubsim_simulator.broker.limits import BrokerLimits
from hubsim_simulator.broker.refusal_log import LOG_PERIOD_S, RefusalLog

pytestmark = pytest.mark.live
BROKEN = 300
HELLO = encode(ConnectPacket("broken", keepalive_s=60, will=PacketWill("will", b"gone")))


def broken_connect(chance: Random) -> bytes:
    """Return a CONNECT with a few wrong bytes, random bytes, or the beginning of a CONNECT."""
    match chance.randrange(3):
        case 0:
            damaged = bytearray(HELLO)
            for _ in range(chance.randint(1, 4)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            return bytes(damaged)
        case 1:
            return chance.randbytes(chance.randint(1, 60))
        case _:
            return HELLO[: chance.randrange(1, len(HELLO))]


async def test_broken_connects_write_no_traceback_and_few_log_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chance, errors = Random(1), list[dict[str, object]]()  # noqa: S311 (a test plan, not a secret)
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    caplog.set_level(logging.DEBUG)
    loop = asyncio.get_running_loop()
    async with serving() as site:
        began_s = loop.time()
        for _ in range(BROKEN):
            client = await site.opened()
            await client.send_raw(broken_connect(chance))
        lines_due = 1 + (loop.time() - began_s) // LOG_PERIOD_S

        known = await site.joined("known", "t")
        await known.publish("t", b"served")
        await known.arrived(lambda got: got.payload == b"served")

    broker_lines = [record for record in caplog.records if record.name == "broker"]
    assert errors == []
    assert [record for record in caplog.records if record.exc_info] == []
    assert len(broker_lines) <= lines_due
    assert broker_lines[0].getMessage().startswith("closed 1 connection, the last from 127.0.0.1 port ")


def test_the_log_has_one_line_for_all_refusals_of_a_period() -> None:
    log = RefusalLog()

    first = log.note("no CONNECT", "a", 100.0)
    during = [log.note("no CONNECT", "b", 101.0), log.note("wrong password", "c", 102.0)]
    early, later, nothing = log.line(109.9), log.line(110.0), log.line(130.0)

    assert first == "closed 1 connection, the last from a: no CONNECT"
    assert during == [None, None]
    assert early is None
    assert later == "closed 2 connections, the last from c: 1 x no CONNECT; 1 x wrong password"
    assert nothing is None
    assert log.total.total() == 3


@pytest.mark.parametrize("begun", [b"", HELLO[:1], HELLO[:-1], b"GET /mqtt HTTP/1.1\r\n"])
async def test_a_connection_without_a_whole_connect_is_closed_in_time(begun: bytes) -> None:
    async with serving(BrokerLimits(connect_timeout_s=0.01)) as site:
        client = await site.opened()
        client.send(begun)

        await client.end()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00", 1),
        (b"\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00", 1),
        (encode(ConnectPacket("", clean=False)), 2),
    ],
    ids=["MQTT 5", "MQTT 3.1", "no client id"],
)
async def test_a_connect_that_cannot_be_served_is_answered_with_its_code(data: bytes, code: int) -> None:
    async with serving() as site:
        client = await site.opened()
        client.send(data)

        answer = await client.read_packet()
        await client.end()

    assert answer == (0x20, bytes([0, code]))


async def test_clients_without_an_id_get_different_ones() -> None:
    async with serving() as site:
        first, second = await site.joined("", "t"), await site.joined("", "t")

        await first.publish("t", b"for both")
        await second.arrived(lambda got: got.payload == b"for both")
        await first.ping()


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00",
        b"\x30\x03\x00\x05a",
        HELLO,
        encode(PublishPacket("a/+", b"")),
        b"\x82\x06\x00\x01\x00\x01a\x03",
        b"\x82\x07\x00\x01\x00\x02a#\x01",
        b"\x20\x02\x00\x00",
    ],
    ids=["reserved", "cut", "second CONNECT", "wildcard", "QoS 3", "filter", "CONNACK"],
)
async def test_a_client_that_breaks_the_protocol_is_closed_and_its_will_is_sent(data: bytes) -> None:
    async with serving() as site:
        watcher, client = await site.joined("watcher", "will"), site.client()
        await client.connect(site.broker.port, "client", will=Will("will", b"gone"))

        client.send(data)
        await client.end()

        await watcher.arrived(lambda got: got.payload == b"gone")


async def test_a_packet_above_the_limit_closes_the_connection_before_it_is_stored() -> None:
    async with serving(BrokerLimits(max_packet_bytes=1000)) as site:
        cloud, client = await site.joined("cloud", "t"), await site.joined("client")
        await client.publish("t", bytes(1000 - 5))

        client.send(b"\x30\xff\xff\xff\x7f")
        await client.end()
        await cloud.arrived(lambda got: len(got.payload) == 995)


async def test_connections_above_the_limit_are_closed_and_later_ones_are_served() -> None:
    async with serving(BrokerLimits(max_connections=2)) as site:
        first, _ = await site.joined("first"), await site.joined("second")

        third = await site.opened()
        await third.end()
        await first.disconnect()

        await site.joined("fourth")


async def test_sessions_above_the_limit_are_refused() -> None:
    async with serving(BrokerLimits(max_sessions=1)) as site:
        first = await site.joined("first", clean=False)
        await first.disconnect()

        second, again = site.client(), site.client()
        await second.connect(site.broker.port, "second")
        await again.connect(site.broker.port, "first", clean=False)

    assert (second.code, again.code) == (3, 0)


async def test_subscriptions_above_the_limit_are_refused() -> None:
    async with serving(BrokerLimits(max_subscriptions=2)) as site:
        client = await site.joined("client")

        granted = await client.subscribe(("a", "b", "a", "c"))

    assert granted == (1, 1, 1, 0x80)


async def test_qos_2_messages_without_a_release_are_bounded() -> None:
    async with serving(BrokerLimits(max_unreleased=2)) as site:
        client = await site.joined("client")

        for packet_id in range(1, 4):
            client.send(encode(PublishPacket("t", b"x", 2, packet_id=packet_id)))

        await client.end()


async def test_the_bytes_of_qos_2_messages_without_a_release_are_bounded() -> None:
    async with serving(BrokerLimits(max_unreleased_bytes=1000)) as site:
        client = await site.joined("client")

        for packet_id, size in ((1, 400), (1, 600), (2, 400), (3, 1)):  # the second replaces the first
            client.send(encode(PublishPacket("t", bytes(size), 2, packet_id=packet_id)))

        answers = [await client.read_packet() for _ in range(3)]
        await client.end()
    assert [body for _, body in answers] == [b"\x00\x01", b"\x00\x01", b"\x00\x02"]


async def test_one_large_qos_2_message_is_accepted_alone() -> None:
    async with serving(BrokerLimits(max_unreleased_bytes=1000)) as site:
        cloud, client = await site.joined("cloud", "t"), await site.joined("client")

        await client.publish("t", bytes(2000), qos=2)
        await cloud.arrived(lambda got: len(got.payload) == 2000)


async def test_a_fast_client_is_slowed_down_and_loses_nothing() -> None:
    async with serving(BrokerLimits(max_packets_per_s=200)) as site:
        cloud, client = await site.joined("cloud", "t"), await site.joined("client")

        client.send(b"".join(encode(PublishPacket("t", b"%d" % number)) for number in range(250)))
        await client.ping()
        await cloud.arrived_in_all(250)

    assert [got.payload for got in cloud.arrivals] == [b"%d" % number for number in range(250)]


async def test_a_client_that_does_not_read_loses_qos_0_messages_and_disturbs_no_other() -> None:
    limits = BrokerLimits(write_buffer_bytes=10_000)
    async with serving(limits) as site:
        deaf, cloud = await site.joined("deaf", "t"), await site.joined("cloud", "t")
        sender = await site.joined("sender")
        deaf.stop_reading()

        for number in range(100):
            await sender.publish("t", os.urandom(100_000), qos=0)
            await cloud.arrived_in_all(number + 1)

        assert len(cloud.arrivals) == 100
        await sender.ping()


async def test_a_client_that_does_not_read_for_too_long_is_disconnected_and_its_will_is_sent() -> None:
    limits = BrokerLimits(write_buffer_bytes=10_000, stall_limit_s=0.05)
    async with serving(limits) as site:
        watcher, deaf = await site.joined("watcher", "will"), site.client()
        await deaf.connect(site.broker.port, "deaf", keepalive_s=0, will=Will("will", b"gone"))
        await deaf.subscribe(("t",), 0)
        sender = await site.joined("sender")
        deaf.stop_reading()

        async with asyncio.timeout(BOUND_S):
            while not watcher.arrivals:
                await sender.publish("t", bytes(500_000), qos=0)
                await watcher.ping()

    assert [got.payload for got in watcher.arrivals] == [b"gone"]


async def test_answers_to_a_client_that_does_not_read_are_bounded() -> None:
    limits = BrokerLimits(write_buffer_bytes=1000, stall_limit_s=0.05)
    async with serving(limits) as site:
        rude = await site.joined("rude")
        rude.stop_reading()
        other = await site.joined("other")

        for _ in range(2000):
            rude.send(b"\xc0\x00" * 10_000)
            if rude.closing:
                break
            await other.ping()

    assert rude.closing


async def test_a_stop_does_not_wait_for_a_client_that_does_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hubsim_simulator.broker.broker_server.STOP_TIMEOUT_S", 0.05)
    async with serving() as site:
        deaf, sender = await site.joined("deaf", "t"), await site.joined("sender")
        deaf.stop_reading()
        for _ in range(100):
            await sender.publish("t", os.urandom(100_000), qos=0)

        await site.broker.stop()
        await sender.end()


async def test_a_client_that_was_accepted_while_the_broker_stops_is_closed() -> None:
    async with serving() as site:
        clients: list[RawClient] = [await site.opened() for _ in range(20)]

        await site.broker.stop()

        for client in clients:
            await client.end()


async def test_messages_to_a_client_that_was_just_reset_write_no_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving() as site:
        await site.joined("reader", "t")
        running = site.broker._running
        assert running is not None
        [connection] = running[1]._connections.values()
        assert connection._transport is not None
        connection._transport.abort()  # its end is reported after these writes

        for _ in range(10):
            connection.write(HELLO)
            connection.flush()

    assert caplog.records == []
