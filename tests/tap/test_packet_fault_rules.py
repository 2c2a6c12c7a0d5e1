"""Rules of packet faults: every text gives a fault or an error that says what to do."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_contract.mqtt.codec.packets import PacketKind, Sender
from hubsim_contract.wire.topics import MessageKind
from hubsim_simulator.tap.fault_rule import RULE_CHARS_MAX, parse_fault
from hubsim_simulator.tap.packet_faults import (
    COUNT_MAX,
    DURATION_MAX_MS,
    FAULTS_MAX,
    TIMED,
    BadPacketFault,
    PacketAction,
    PacketFault,
    PacketFaults,
    TappedPacket,
)

NUMBERS = st.integers(1, COUNT_MAX)
CLIENTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.sampled_from(
    ("*", "any", "broker", "Broker", "to", "hub-*", "times")
)


@st.composite
def faults(draw: st.DrawFn) -> PacketFault:
    action = draw(st.sampled_from(PacketAction))
    return PacketFault(
        action=action,
        kind=draw(st.none() | st.sampled_from(PacketKind)),
        message=draw(st.none() | st.sampled_from(MessageKind)),
        sender=draw(st.none() | st.sampled_from(Sender)),
        client=draw(CLIENTS),
        topic=draw(st.none() | st.sampled_from(("#", "a/+", "a b/c", "on", 'a"b', "hubs/+/desired"))),
        after=draw(st.just(0) | NUMBERS),
        count=draw(st.none() | NUMBERS),
        for_ms=draw(st.none() | st.integers(1, DURATION_MAX_MS)) if action in TIMED else None,
        byte=draw(st.none() | st.integers(0, 99)) if action is PacketAction.CORRUPT else None,
    )


def same(fault: PacketFault) -> PacketFault:
    """Return the fault as a rule can express it: a client called `any` is written as a pattern."""
    return parse_fault(str(fault))


@given(faults())
def test_the_text_of_a_fault_gives_the_same_fault(fault: PacketFault) -> None:
    again = same(fault)

    assert same(again) == again
    if fault.client.lower() not in ("any", "broker"):
        assert again == fault


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            (
                "drop",
                "hold",
                "corrupt",
                "PUBACK",
                "desired",
                "any",
                "to",
                "of",
                "broker",
                "x",
                "on",
                "a/#",
                "for",
                "5",
                "s",
                "5s",
                "byte",
                "after",
                "2",
                "times",
                "once",
                "always",
                '"',
            )
        ),
        max_size=9,
    ).map(" ".join)
)
def test_every_text_gives_a_fault_or_one_known_error(text: str) -> None:
    with suppress(BadPacketFault):
        assert same(parse_fault(text)) == parse_fault(text)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            "drop PUBACK to hub-1 2 times",
            PacketFault(
                action=PacketAction.DROP,
                kind=PacketKind.PUBACK,
                sender=Sender.SERVER,
                client="hub-1",
                count=2,
            ),
        ),
        (
            "Hold connack for 5 s",
            PacketFault(action=PacketAction.HOLD, kind=PacketKind.CONNACK, for_ms=5_000),
        ),
        (
            "stall desired to broker for 2min always",
            PacketFault(
                action=PacketAction.STALL,
                kind=PacketKind.PUBLISH,
                message=MessageKind.DESIRED,
                sender=Sender.CLIENT,
                for_ms=120_000,
                count=None,
            ),
        ),
        (
            "cut PUBACK events of front-door after 3",
            PacketFault(
                action=PacketAction.CUT,
                kind=PacketKind.PUBACK,
                message=MessageKind.EVENTS,
                client="front-door",
                after=3,
            ),
        ),
        ("double any from any on 'a b/#'", PacketFault(
            action=PacketAction.DOUBLE, sender=Sender.CLIENT, topic="a b/#")),
        ("corrupt SUBACK byte 4 once", PacketFault(
            action=PacketAction.CORRUPT, kind=PacketKind.SUBACK, byte=4)),
    ],
)  # fmt: skip
def test_rules_are_read(rule: str, expected: PacketFault) -> None:
    assert parse_fault(rule) == expected


@pytest.mark.parametrize(
    ("rule", "advice"),
    [
        ("", "the rule is empty"),
        ("drop", "the packet is missing"),
        ("drop to hub-1", "the packet is missing"),
        ("dorp PUBACK", "'dorp' is not an action; did you mean 'drop'?"),
        ("drop PUBAK", "'PUBAK' is not a packet or a message; did you mean 'PUBACK'?"),
        ("drop xyz", "one of these is expected: desired"),
        ("drop PUBACK hub-1", "'hub-1' is not a clause of a rule; one of these is expected: from, to, of"),
        ("drop PUBACK to", "the rule ends after 'to': write a client id"),
        ("drop PUBACK to a to b", "the client is given twice"),
        ("drop PUBACK 2 times always", "the number of packets is given twice"),
        ("drop PUBACK 0 times", "it must be from 1 to"),
        ("drop PUBACK for 5 s", "'drop' has no duration"),
        ("drop PUBACK byte 1", "'drop' has no byte"),
        ("hold PUBACK for soon", "'soon' is not a duration"),
        ("hold PUBACK for 5", "'5' is not a duration"),
        ("hold PUBACK for 25 h", "it must be from 1 to 86400000"),
        ("hold PUBACK for 0 s", "it must be from 1 to"),
        ("corrupt PUBACK byte two", "'two' is not a number"),
        ("drop PUBLISH on a/#/b", "is not a topic filter"),
        ("drop PUBLISH to ''", "the client is missing"),
        ("drop PUBLISH to 'a", "a quote or a backslash has no end"),
        ("drop PUBLISH to " + "a" * RULE_CHARS_MAX, "at most 2000 are allowed"),
    ],
)
def test_the_error_says_what_to_do(rule: str, advice: str) -> None:
    with pytest.raises(BadPacketFault) as raised:
        parse_fault(rule)

    assert advice in str(raised.value)


PUBACK = TappedPacket(
    PacketKind.PUBACK, Sender.SERVER, ("hub-1", "0A1B2C3D"), ("hubs/1/events",), MessageKind.EVENTS
)


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        ("drop PUBACK", True),
        ("drop any", True),
        ("drop PUBREC", False),
        ("drop PUBACK events", True),
        ("drop PUBACK desired", False),
        ("drop events", False),
        ("drop PUBACK to hub-?", True),
        ("drop PUBACK of 0A1B2C3D", True),
        ("drop PUBACK to hub-2", False),
        ("drop PUBACK from hub-1", False),
        ("drop PUBACK from broker", True),
        ("drop PUBACK to broker", False),
        ("drop PUBACK on hubs/+/events", True),
        ("drop PUBACK on hubs/2/#", False),
    ],
)
def test_a_fault_applies_to_the_packets_that_its_rule_describes(rule: str, applies: bool) -> None:
    assert parse_fault(rule).applies_to(PUBACK) is applies


def test_the_first_fault_that_fits_applies_alone() -> None:
    faults = PacketFaults((parse_fault("drop PUBACK after 1"), parse_fault("cut PUBACK 2 times")))

    taken = [faults.take(PUBACK) for _ in range(4)]

    assert [None if fault is None else fault.action.value for fault in taken] == ["cut", "drop", "cut", None]
    assert [armed.applied for armed in faults.armed] == [1, 2]


def test_a_tap_has_a_limited_number_of_faults_and_replaces_spent_ones() -> None:
    faults = PacketFaults(tuple(parse_fault("drop PUBACK") for _ in range(FAULTS_MAX)))

    with pytest.raises(BadPacketFault, match="at most 1000 faults"):
        faults.arm(parse_fault("drop any"))
    faults.take(PUBACK)
    faults.arm(parse_fault("drop any"))

    assert len(faults.armed) == FAULTS_MAX
