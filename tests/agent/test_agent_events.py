"""The events that the agent reports, and their delivery to the cloud exactly once."""

import msgspec
import pytest
from agent_bench import HARDWARE, HUB_ID, ICCID, Bench, desired, of, published
from hypothesis import given
from hypothesis import strategies as st

from hubsim_agent.buffer import IN_FLIGHT_MAX, EventBuffer
from hubsim_agent.hub_events import DetectedEvent, diff
from hubsim_agent.ports import WriteMemory
from hubsim_contract.mqtt.port import ConnectionLost, Publish, Published
from hubsim_contract.wire.limits import DETAIL_CHARS_MAX
from hubsim_contract.wire.messages import (
    Channel,
    Hardware,
    HubEvent,
    Registration,
    Reported,
    SimCard,
    SimSlot,
)

OTHER_ICCID = "8988300000000000013"
EMPTY = SimSlot(2, SimCard.MISSING)


def hardware(**fields: object) -> Hardware:
    return msgspec.structs.replace(HARDWARE, **fields)


def second_slot(card: SimCard, iccid: str | None = None) -> Hardware:
    return hardware(sims=(HARDWARE.sims[0], SimSlot(2, card, iccid)))


@pytest.mark.parametrize(
    ("old", "new", "events"),
    [
        ({}, {"mains": False}, [("mains_lost", "")]),
        ({"mains": False}, {}, [("mains_restored", "")]),
        ({}, {"lid_open": True}, [("lid_opened", "")]),
        ({"lid_open": True}, {}, [("lid_closed", "")]),
        ({}, {"malfunction": True}, [("malfunction_found", "")]),
        ({"malfunction": True}, {}, [("malfunction_cleared", "")]),
        ({"battery_percent": 25}, {"battery_percent": 20}, [("battery_low", "20 %")]),
        ({"battery_percent": 20}, {"battery_percent": 15}, []),
        ({"battery_percent": 20}, {"battery_percent": 25}, [("battery_recovered", "25 %")]),
        ({}, {"channels": (Channel.ETHERNET,)}, [("channel_lost", "cellular")]),
        ({"channels": ()}, {"channels": (Channel.WIFI,)}, [("channel_restored", "wifi")]),
        ({}, {"registration": Registration.DENIED}, [("registration_denied", "")]),
        ({"registration": Registration.SEARCHING}, {}, [("registered", "roaming")]),
        ({"registration": Registration.HOME}, {}, []),
        ({}, {"registration": Registration.SEARCHING}, []),
        ({}, {"active_sim": 2}, [("sim_switched", "slot 1 to slot 2")]),
        ({"active_sim": None}, {}, []),
        ({}, {"firmware": "2.31"}, []),
        ({}, {}, []),
    ],
)
def test_a_change_of_the_hardware_gives_events(
    old: dict[str, object], new: dict[str, object], events: list[tuple[str, str]]
) -> None:
    assert diff(hardware(**old), hardware(**new)) == events


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (second_slot(SimCard.MISSING), second_slot(SimCard.OK, ICCID), ["sim_inserted"]),
        (second_slot(SimCard.MISSING), second_slot(SimCard.UNKNOWN), ["sim_inserted"]),
        (second_slot(SimCard.UNKNOWN), second_slot(SimCard.OK, ICCID), []),
        (second_slot(SimCard.UNKNOWN), second_slot(SimCard.MISSING), []),
        (second_slot(SimCard.OK, ICCID), second_slot(SimCard.MISSING), ["sim_removed"]),
        (
            second_slot(SimCard.OK, ICCID),
            second_slot(SimCard.OK, OTHER_ICCID),
            ["sim_removed", "sim_inserted"],
        ),
        (second_slot(SimCard.OK, ICCID), second_slot(SimCard.MALFUNCTION), ["sim_defective"]),
        (second_slot(SimCard.MISSING), second_slot(SimCard.MALFUNCTION), ["sim_inserted", "sim_defective"]),
        (second_slot(SimCard.OK, ICCID), second_slot(SimCard.LOCKED, ICCID), ["sim_locked"]),
        (second_slot(SimCard.LOCKED, ICCID), second_slot(SimCard.OK, ICCID), []),
        (
            second_slot(SimCard.LOCKED, ICCID),
            second_slot(SimCard.LOCKED, OTHER_ICCID),
            ["sim_removed", "sim_inserted", "sim_locked"],
        ),
    ],
)
def test_a_change_of_a_card_gives_events(old: Hardware, new: Hardware, kinds: list[str]) -> None:
    assert [kind for kind, _ in diff(old, new)] == kinds


def test_a_card_event_contains_slot_and_number() -> None:
    assert diff(second_slot(SimCard.MISSING), second_slot(SimCard.OK, ICCID)) == [
        (DetectedEvent.SIM_INSERTED, f"slot 2, ICCID {ICCID}")
    ]


def test_changed_hardware_gives_a_full_report_and_events() -> None:
    bench = Bench().online()

    effects = bench.change(lid_open=True)

    assert published(effects, Reported)[0].hardware.lid_open is True
    assert [event.kind for event in published(effects, HubEvent)] == ["lid_opened"]


def test_unchanged_hardware_sends_nothing() -> None:
    assert Bench().online().change() == []


def test_a_modem_that_is_denied_repeatedly_gives_one_event() -> None:
    bench = Bench()
    bench.start()

    for _ in range(20):
        bench.change(registration=Registration.DENIED)
        bench.change(registration=Registration.SEARCHING)

    assert bench.agent.view().buffered_events == 1


def test_a_card_that_is_locked_again_gives_another_event() -> None:
    bench = Bench().online()
    fine, locked = bench.hardware.sims, (SimSlot(1, SimCard.LOCKED, ICCID), SimSlot(2, SimCard.MISSING))

    effects = [effect for sims in (locked, fine, locked) for effect in bench.change(sims=sims)]

    assert [event.kind for event in published(effects, HubEvent)] == ["sim_locked", "sim_locked"]


def test_events_are_numbered_from_one_and_carry_the_world_time() -> None:
    bench = Bench().online()

    events = published(bench.change(lid_open=True) + bench.change(lid_open=False), HubEvent)

    assert [event.number for event in events] == [1, 2]
    assert {event.boot for event in events} == {bench.agent.view().boot}
    assert events[0].at_ms == bench.now.world_ms


def test_an_acknowledged_event_is_not_sent_again() -> None:
    bench = Bench().online()
    bench.acknowledge(bench.change(lid_open=True))
    bench.finish_writes()
    bench.lose()

    again = bench.reconnect()
    after_a_crash = bench.restarted().online()

    assert published(again, HubEvent) == []
    assert published(after_a_crash.effects, HubEvent) == []


def test_buffered_events_survive_a_crash_with_their_numbers() -> None:
    bench = Bench()
    bench.start()
    bench.change(lid_open=True)
    bench.finish_writes()
    boot = bench.agent.view().boot

    again = bench.restarted().online()
    again.change(mains=False)

    events = published(again.effects, HubEvent)
    assert [(event.boot, event.number) for event in events] == [(boot, 1), (again.agent.view().boot, 1)]


def test_at_most_twenty_events_are_in_flight() -> None:
    bench = Bench()
    bench.start()
    for number in range(30):
        bench.change(lid_open=number % 2 == 0)

    first = bench.answer_connect()
    rest = bench.acknowledge(first)

    assert [event.number for event in published(first, HubEvent)] == list(range(1, IN_FLIGHT_MAX + 1))
    assert [event.number for event in published(rest, HubEvent)] == list(range(IN_FLIGHT_MAX + 1, 31))


def test_a_full_buffer_drops_the_oldest_and_reports_the_number() -> None:
    bench = Bench(event_buffer=3)
    bench.start()
    for number in range(5):
        bench.change(lid_open=number % 2 == 0)

    events = published(bench.answer_connect(), HubEvent)

    assert [event.number for event in events] == [3, 4, 5]
    assert [event.detail for event in events] == ["", "events_dropped=1", "events_dropped=2"]
    assert bench.agent.view().events_dropped == 2


@given(detail=st.text(min_size=150, max_size=250), drops=st.integers(0, 12))
def test_mq_10_a_detail_has_at_most_200_characters_with_the_dropped_events(detail: str, drops: int) -> None:
    buffer = EventBuffer(HUB_ID, 1, 1)
    for _ in range(drops):
        buffer.add(DetectedEvent.LID_OPENED, 0)

    buffer.add(DetectedEvent.MESSAGE_REFUSED, 0, detail)

    (event,) = buffer.kept()
    assert len(event.detail) <= DETAIL_CHARS_MAX
    assert event.detail.startswith(detail[:150])
    assert event.detail.endswith(f"; events_dropped={drops}" if drops else detail[:200][-10:])


def test_a_smaller_buffer_after_a_restart_keeps_the_newest() -> None:
    bench = Bench()
    bench.start()
    for number in range(5):
        bench.change(lid_open=number % 2 == 0)
    bench.finish_writes()

    again = bench.restarted(event_buffer=2).online()

    assert [event.number for event in published(again.effects, HubEvent)] == [4, 5]
    assert again.agent.view().events_dropped == 3


def test_an_acknowledgement_of_an_older_connection_is_ignored() -> None:
    bench = Bench().online()
    bench.change(lid_open=True)
    bench.lose()
    bench.reconnect()

    assert bench.feed(Published(1)) == []
    assert bench.agent.view().buffered_events == 1


def test_a_drained_buffer_is_written_once() -> None:
    bench = Bench()
    bench.start()
    for number in range(10):
        bench.change(lid_open=number % 2 == 0)
    bench.finish_writes()

    writes = 0
    for publish in of(bench.answer_connect(), Publish):
        writes += len(of(bench.acknowledge([publish]), WriteMemory))
        bench.finish_writes()

    assert writes == 1


def test_a_long_detail_is_truncated() -> None:
    buffer = EventBuffer(HUB_ID, 1, 10)

    buffer.add(DetectedEvent.MESSAGE_REFUSED, 0, "x" * 10_000)

    assert len(buffer.kept()[0].detail) == 200


OPS = st.lists(st.sampled_from(["add", "take", "acknowledge", "lose"]), max_size=120)


@given(ops=OPS, limit=st.integers(1, 8))
def test_every_event_is_kept_until_acknowledged_or_dropped_in_order(ops: list[str], limit: int) -> None:
    buffer = EventBuffer(HUB_ID, 1, limit)
    added = acknowledged = 0
    in_flight: list[int] = []

    for op in ops:
        if op == "add":
            added += buffer.add(DetectedEvent.LID_OPENED, 0)
        elif op == "take" and (taken := buffer.take(0)):
            in_flight.append(taken[0])
        elif op == "acknowledge" and in_flight:
            acknowledged += buffer.acknowledge(in_flight.pop(0), 0)
        elif op == "lose":
            buffer.connection_lost()
            in_flight.clear()

        numbers = [event.number for event in buffer.kept()]
        assert len(buffer) <= limit
        assert numbers == sorted(set(numbers))
        assert added == acknowledged + buffer.dropped + len(buffer)


@given(
    ops=st.lists(st.sampled_from(["happen", "acknowledge", "lose", "write", "crash"]), max_size=40),
)
def test_after_deduplication_the_cloud_has_every_durable_event_once(ops: list[str]) -> None:
    bench = Bench(event_buffer=1000).online()
    received: list[HubEvent] = []
    durable: set[tuple[int, int]] = set()

    for number, op in enumerate([*ops, "write", "lose"]):
        if op == "happen":
            bench.change(lid_open=not bench.hardware.lid_open)
        elif op == "write":
            bench.finish_writes()
            durable |= {(event.boot, event.number) for event in bench.agent._events.kept()}
        elif op == "acknowledge":
            bench.acknowledge(bench.effects[-3:])
        elif op == "lose":
            bench.feed(ConnectionLost())
            bench.reconnect()
        elif op == "crash":
            received += published(bench.effects, HubEvent)
            bench = bench.restarted().online()
        assert bench.agent.view().events_dropped == 0, number
    received += published(bench.effects, HubEvent)

    known = {(event.boot, event.number): event for event in received}
    assert durable <= known.keys()
    assert all(known[event.boot, event.number] == event for event in received)


def test_a_refused_document_does_not_hide_the_next_event() -> None:
    bench = Bench().online()
    bench.receive(b"{")
    bench.apply(desired(1))

    assert [event.kind for event in published(bench.change(lid_open=True), HubEvent)] == ["lid_opened"]
