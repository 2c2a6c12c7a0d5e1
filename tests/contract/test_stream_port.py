"""The port of a fleet without sockets: order, limits, keepalive, cuts, and attempts in turns."""

import asyncio

import pytest
from stream_bench import CONNECT, SocketlessConnector, StreamBench, rest

from hubsim_contract.mqtt.adapter import MAX_INFLIGHT, MAX_UNACKNOWLEDGED
from hubsim_contract.mqtt.codec.packets import (
    ConnackPacket,
    ConnectCode,
    ConnectPacket,
    DisconnectPacket,
    PingreqPacket,
    PingrespPacket,
    PubackPacket,
    PublishPacket,
    SubackPacket,
)
from hubsim_contract.mqtt.port import (
    AttemptBegan,
    AttemptQueued,
    Connected,
    ConnectFailed,
    ConnectionLost,
    Disconnect,
    PortEvent,
    Publish,
    Published,
    Received,
    Subscribe,
    Subscribed,
)
from hubsim_contract.mqtt.publish_window import PublishWindow
from hubsim_contract.mqtt.stream_port import StreamPort

ACCEPTED = ConnackPacket(False, ConnectCode.ACCEPTED)


async def test_answers_and_acknowledgements_of_one_chunk_are_sent_together_in_order() -> None:
    bench = await StreamBench().connected()
    port, events = bench.port, bench.events

    def answer(event: PortEvent) -> None:
        events.append(event)
        if isinstance(event, Received):
            port.perform(Publish("reported", event.payload))

    bench.port._deliver = answer
    before = len(bench.transport.writes)

    await bench.receive(
        PublishPacket("desired", b"1", 1, packet_id=7), PublishPacket("desired", b"2", 1, packet_id=8)
    )

    assert len(bench.transport.writes) == before + 1
    assert bench.transport.packets()[1:] == [
        PublishPacket("reported", b"1", 1, packet_id=1),
        PubackPacket(7),
        PublishPacket("reported", b"2", 1, packet_id=2),
        PubackPacket(8),
    ]


async def test_more_messages_than_the_limit_wait_in_order_for_an_acknowledgement() -> None:
    bench = await StreamBench().connected()

    await bench.perform(
        *(Publish("t", str(number).encode(), token=number) for number in range(1, MAX_INFLIGHT + 3))
    )
    sent_before = len(bench.transport.packets()) - 1
    await bench.receive(PubackPacket(2), PubackPacket(1))

    assert sent_before == MAX_INFLIGHT
    assert [packet.payload for packet in bench.transport.packets()[1:]] == [  # type: ignore[union-attr]
        str(number).encode() for number in range(1, MAX_INFLIGHT + 3)
    ]
    assert bench.events[1:] == [Published(2), Published(1)]


async def test_too_many_unacknowledged_messages_cut_the_connection() -> None:
    bench = await StreamBench().connected()

    await bench.perform(*(Publish("t", b"") for _ in range(MAX_UNACKNOWLEDGED + 1)))
    bench.transport.end()

    assert bench.transport.aborted
    assert bench.events == [Connected(), ConnectionLost()]


async def test_a_broker_that_does_not_read_is_cut() -> None:
    bench = await StreamBench().connected()

    bench.transport.protocol.pause_writing()
    bench.transport.end()

    assert bench.transport.aborted
    assert bench.events == [Connected(), ConnectionLost()]


async def test_after_a_cut_nothing_is_written_and_nothing_received() -> None:
    bench = await StreamBench().connected()

    bench.port.sever()
    await bench.perform(Publish("t", b"late"))
    await bench.receive(PublishPacket("t", b"late", 1, packet_id=1))
    bench.transport.end()

    assert bench.transport.packets()[1:] == []
    assert bench.events == [Connected(), ConnectionLost()]


async def test_silence_is_broken_by_a_ping_and_an_answered_ping_keeps_the_connection() -> None:
    bench = await StreamBench().connected()

    bench.check(58)
    early = bench.transport.packets()[1:]
    bench.check(59.5)
    await bench.receive(PingrespPacket())
    bench.check(125)

    assert early == []
    assert bench.transport.packets()[1:] == [PingreqPacket(), PingreqPacket()]
    assert not bench.transport.aborted


async def test_a_ping_without_an_answer_ends_the_connection() -> None:
    bench = await StreamBench().connected()

    due_s = bench.check(60)
    bench.check(121)
    bench.transport.end()

    assert due_s is not None
    assert bench.transport.aborted
    assert bench.events == [Connected(), ConnectionLost()]


async def test_a_disconnect_that_cannot_be_sent_in_time_cuts_the_connection() -> None:
    bench = await StreamBench().connected()

    await bench.perform(Disconnect())
    closed_first = bench.transport.closed and not bench.transport.aborted
    bench.check(2.5)

    assert closed_first
    assert bench.transport.aborted


async def test_the_next_connection_waits_until_the_disconnect_was_sent() -> None:
    bench = await StreamBench().connected()
    first = bench.transport

    await bench.perform(Disconnect(), CONNECT)
    waits = bench.transport is first
    first.end()
    await rest()

    assert waits
    assert first.packets()[-1] == DisconnectPacket()
    assert isinstance(bench.transport.packets()[0], ConnectPacket)
    assert bench.transport is not first


async def test_an_abandoned_attempt_does_not_let_the_next_one_pass_the_disconnect_before_it() -> None:
    bench = await StreamBench().connected()
    first = bench.transport

    await bench.perform(Disconnect(), CONNECT)
    await bench.perform(Disconnect(), CONNECT)
    waits = bench.transport is first
    first.end()
    await rest()

    assert waits
    assert len(bench.connector.transports) == 2


@pytest.mark.parametrize("end", ["sever", "leave", "close"])
async def test_an_attempt_whose_socket_does_not_open_ends_at_once(end: str) -> None:
    bench = StreamBench()
    bench.connector.opens = False
    await bench.perform(CONNECT)

    if end == "sever":
        bench.port.sever()
    elif end == "leave":
        bench.port.perform(Disconnect())
    async with asyncio.timeout(1):
        await rest()
        await bench.port.aclose()

    expected = [ConnectFailed(f"{bench.connector.url}: the connection was cut")] if end == "sever" else []
    assert bench.events == expected


async def test_a_disconnect_after_the_connect_packet_is_sent_when_the_broker_has_answered() -> None:
    bench = StreamBench()
    await bench.perform(CONNECT)
    await bench.perform(Disconnect())
    before = bench.transport.packets()

    await bench.receive(ACCEPTED)

    assert DisconnectPacket() not in before
    assert bench.transport.packets()[-1] == DisconnectPacket()
    assert bench.events == []


@pytest.mark.parametrize("code", [code for code in ConnectCode if code])
async def test_each_refusal_of_the_broker_has_words(code: ConnectCode) -> None:
    bench = StreamBench()
    await bench.perform(CONNECT)

    await bench.receive(ConnackPacket(False, code))

    (failed,) = bench.events
    assert isinstance(failed, ConnectFailed)
    assert failed.reason.startswith(f"{bench.connector.url}: ")
    assert "broker" in failed.reason or "not authorised" in failed.reason


@pytest.mark.parametrize("packets", [(PublishPacket("t", b"", 2, packet_id=1),), (ACCEPTED,)])
async def test_a_packet_that_the_broker_may_not_send_ends_the_connection(
    packets: tuple[PublishPacket],
) -> None:
    bench = await StreamBench().connected()

    await bench.receive(*packets)
    bench.transport.end()

    assert bench.transport.aborted
    assert bench.events == [Connected(), ConnectionLost()]


async def test_a_broker_that_ends_the_connection_before_its_answer_is_a_failed_connect() -> None:
    bench = StreamBench()
    await bench.perform(CONNECT)

    bench.transport.end()
    await rest()

    assert bench.events == [ConnectFailed(f"{bench.connector.url}: closed before the broker answered")]


async def test_attempts_run_in_turns_and_each_knows_when_its_turn_begins() -> None:
    connector = SocketlessConnector(at_once=2)
    events: list[list[PortEvent]] = [[] for _ in range(4)]
    for each in events:
        StreamPort(connector, each.append).perform(CONNECT)
    await rest()
    opened_first = len(connector.transports)

    for number in range(4):
        connector.transports[number].protocol.data_received(b"\x20\x02\x00\x00")
        await rest()

    assert opened_first == 2
    assert events[:2] == [[Connected()]] * 2
    assert events[2:] == [[AttemptQueued(), AttemptBegan(), Connected()]] * 2


async def test_a_severed_attempt_in_the_queue_fails_and_its_turn_is_not_used() -> None:
    connector = SocketlessConnector(at_once=1)
    first, second = StreamBench(connector), StreamBench(connector)
    await first.perform(CONNECT)
    await second.perform(CONNECT)

    second.port.sever()
    await rest()
    await first.receive(ACCEPTED)

    assert second.events == [AttemptQueued(), ConnectFailed(f"{connector.url}: the connection was cut")]
    assert len(connector.transports) == 1


async def test_a_subscription_is_confirmed() -> None:
    bench = await StreamBench().connected()

    await bench.perform(Subscribe(("desired",)))
    await bench.receive(SubackPacket(1, (1,)))

    assert bench.events == [Connected(), Subscribed()]


def test_a_packet_id_in_use_is_never_given_again() -> None:
    window = PublishWindow(in_flight=3, unacknowledged=10)
    first = window.reserve()
    seen = set()

    for _ in range(70_000):
        packet_id = window.reserve()
        seen.add(packet_id)
        window.acknowledge(packet_id)

    assert first not in seen
    assert max(seen) == 65_535


async def test_nothing_is_written_to_a_connection_that_has_ended() -> None:
    bench = await StreamBench().connected()
    bench.transport.aborted = True  # asyncio will report the end soon, and logs a warning for each write
    before = len(bench.transport.writes)

    await bench.perform(*(Publish("reported", b"x") for _ in range(10)))

    assert len(bench.transport.writes) == before
