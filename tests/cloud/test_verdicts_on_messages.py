"""The verdict on each message of a hub: its outcome, and the rules that it breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.domain.inspection import content_findings, inspect
from hubsim_cloud.domain.observations import accept_event, accept_presence, accept_reported
from hubsim_cloud.domain.state import EVENTS_KEPT, Device, Hub, State, Wanted
from hubsim_cloud.domain.verdicts import MessageOutcome
from hubsim_contract.mqtt.port import Received
from hubsim_contract.wire.messages import (
    Channel,
    Hardware,
    HubEvent,
    Presence,
    Reported,
    ServiceState,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.rules import RULE_IDS

HUB = "0000AA01"
NOW_MS = 1_768_464_000_000
LIVE, RETAINED, DUP, QOS_0 = (
    Received("topic", b"{}"),
    Received("topic", b"{}", retained=True),
    Received("topic", b"{}", dup=True),
    Received("topic", b"{}", qos=0),
)
AnyHubMessage = Reported | Presence | HubEvent


def hardware(**fields: object) -> Hardware:
    return Hardware(**{"model": "hub-2", "firmware": "1", **fields})  # type: ignore[arg-type]


def report(boot: int = 1, sequence: int = 1, applied: int = 0, **fields: object) -> Reported:
    usual = {"hub": HUB, "boot": boot, "sequence": sequence, "applied_version": applied}
    return Reported(**{**usual, "hardware": hardware(), **fields})  # type: ignore[arg-type]


def presence(online: bool, boot: int = 1, connection: int = 1) -> Presence:
    return Presence(hub=HUB, online=online, boot=boot, connection=connection)


def event(number: int, boot: int = 1, **fields: object) -> HubEvent:
    usual = {"hub": HUB, "boot": boot, "number": number, "kind": "lid_opened", "at_ms": NOW_MS}
    return HubEvent(**{**usual, **fields})  # type: ignore[arg-type]


class Seen:
    """A cloud that inspects and stores the messages of one hub."""

    def __init__(self, *messages: AnyHubMessage) -> None:
        self.state = State()
        self.device = self.state.devices[HUB] = Device()
        for message in messages:
            self.takes(message)

    def takes(self, message: AnyHubMessage, received: Received = LIVE) -> tuple[MessageOutcome, list[str]]:
        """Inspect a message, store it if it is newer, and return its outcome and the broken rules."""
        outcome, findings = inspect(self.state, message, received, NOW_MS)
        match message:
            case Reported():
                stored = accept_reported(self.device, message, NOW_MS)
            case Presence():
                stored = accept_presence(self.device, message, NOW_MS)
            case HubEvent():
                stored = accept_event(self.device, message)
        assert stored is (outcome is MessageOutcome.TAKEN)
        assert {finding.rule for finding in findings} <= RULE_IDS
        return outcome, [f"{finding.rule} {finding.field}".strip() for finding in findings]

    def wants(self, version: int, **fields: object) -> None:
        self.state.hubs[HUB] = Hub(HUB, version=version, wanted=Wanted(**fields))  # type: ignore[arg-type]


ONLINE = presence(True)


def test_an_honest_life_has_no_finding() -> None:
    seen = Seen()
    seen.wants(5, service=ServiceState.ACTIVE)
    life: list[AnyHubMessage] = [
        presence(True),
        report(connection=1),
        event(1),
        report(sequence=2, connection=1, applied=5, service=ServiceState.ACTIVE),
        event(2),
        presence(False),
        presence(True, connection=2),
        report(sequence=3, connection=2, applied=5, service=ServiceState.ACTIVE),
        presence(True, boot=2),
        report(boot=2, connection=1, applied=5, service=ServiceState.ACTIVE),
        event(1, boot=2),
    ]

    assert [seen.takes(message) for message in life] == [(MessageOutcome.TAKEN, [])] * len(life)


@pytest.mark.parametrize(
    ("before", "message", "expected"),
    [
        ([report(2)], report(1, 9), (MessageOutcome.STALE, ["MQ-2.boot boot"])),
        ([report(sequence=5)], report(sequence=4), (MessageOutcome.STALE, ["MQ-2.sequence sequence"])),
        ([report()], report(), (MessageOutcome.DUPLICATE, ["MQ-2.sequence sequence"])),
        ([report()], report(armed=True), (MessageOutcome.DUPLICATE, ["MQ-2.sequence sequence"])),
        ([], report(connection=1), (MessageOutcome.TAKEN, ["MQ-3.presence connection"])),
        (
            [presence(True, 1, 2)],
            report(connection=1),
            (MessageOutcome.TAKEN, ["MQ-2.connection connection"]),
        ),
        (
            [ONLINE, presence(False)],
            report(connection=1),
            (MessageOutcome.TAKEN, ["MQ-6.forward connection"]),
        ),
        ([], report(applied=9), (MessageOutcome.TAKEN, ["MQ-5.faithful applied_version"])),
        ([], report(armed=True), (MessageOutcome.TAKEN, ["MQ-5.faithful armed"])),
        (
            [],
            report(ends_at_ms=1, service=ServiceState.EXPIRING),
            (MessageOutcome.TAKEN, ["MQ-5.faithful service", "MQ-5.faithful ends_at_ms"]),
        ),
        (
            [],
            report(hardware=hardware(battery_percent=37)),
            (MessageOutcome.TAKEN, ["MQ-7.words hardware.battery_percent"]),
        ),
        (
            [],
            report(hardware=hardware(sims=(SimSlot(1, SimCard.OK, "123"),))),
            (MessageOutcome.TAKEN, ["MQ-7.iccid hardware.sims[0].iccid"]),
        ),
        (
            [],
            report(hardware=hardware(channels=(Channel.WIFI, Channel.WIFI))),
            (MessageOutcome.TAKEN, ["MQ-7.words hardware.channels"]),
        ),
        ([ONLINE], presence(True), (MessageOutcome.DUPLICATE, ["MQ-2.connection connection"])),
        ([presence(True, 2)], presence(True, 1, 9), (MessageOutcome.STALE, ["MQ-2.boot boot"])),
        (
            [presence(True, 1, 3)],
            presence(True, 1, 2),
            (MessageOutcome.STALE, ["MQ-2.connection connection"]),
        ),
        ([ONLINE, presence(False)], ONLINE, (MessageOutcome.STALE, ["MQ-6.forward online"])),
        ([event(1)], event(4), (MessageOutcome.TAKEN, ["MQ-2.number number"])),
        ([event(3)], event(2, boot=2), (MessageOutcome.TAKEN, ["MQ-2.number number"])),
        ([event(1)], event(1, kind="other"), (MessageOutcome.DUPLICATE, ["MQ-2.number number"])),
        ([event(1), event(3)], event(2), (MessageOutcome.TAKEN, ["MQ-4.order number"])),
        ([], event(1, at_ms=0), (MessageOutcome.TAKEN, ["MQ-4.time at_ms"])),
        ([], event(1, at_ms=NOW_MS + 2 * 86_400_000), (MessageOutcome.TAKEN, ["MQ-4.time at_ms"])),
        ([], event(1, detail="x" * 201), (MessageOutcome.TAKEN, ["MQ-10.detail detail"])),
        ([], event(1, kind="Lid Opened"), (MessageOutcome.TAKEN, ["MQ-7.words kind"])),
    ],
)
def test_a_message_that_breaks_a_rule_has_a_finding_with_rule_and_field(
    before: list[AnyHubMessage], message: AnyHubMessage, expected: tuple[MessageOutcome, list[str]]
) -> None:
    assert Seen(*before).takes(message) == expected


@pytest.mark.parametrize(
    ("before", "message", "outcome"),
    [
        ([presence(True, 1, 2)], presence(False, 1, 1), MessageOutcome.STALE),
        ([ONLINE, presence(False)], presence(False), MessageOutcome.DUPLICATE),
        ([event(1)], event(1), MessageOutcome.DUPLICATE),
        ([event(1)], event(5, detail="; events_dropped=3"), MessageOutcome.TAKEN),
    ],
    ids=["late will", "will after a goodbye", "event sent again", "dropped events"],
)
def test_what_the_contract_expects_has_no_finding(
    before: list[AnyHubMessage], message: AnyHubMessage, outcome: MessageOutcome
) -> None:
    assert Seen(*before).takes(message) == (outcome, [])


@pytest.mark.parametrize("copy", [RETAINED, DUP], ids=["retained", "delivered again"])
def test_copies_of_a_broker_are_not_faults_of_the_hub(copy: Received) -> None:
    seen = Seen(presence(True, 1, 2), report(sequence=2, connection=2))

    outcomes = [
        seen.takes(message, copy)
        for message in (report(sequence=2, connection=2), report(), presence(True, 1, 2), presence(True))
    ]

    assert outcomes == [
        (MessageOutcome.DUPLICATE, []),
        (MessageOutcome.STALE, []),
        (MessageOutcome.DUPLICATE, []),
        (MessageOutcome.STALE, []),
    ]


def test_a_retained_event_and_qos_0_are_found() -> None:
    assert Seen().takes(event(1), RETAINED)[1] == ["MQ-7.retain"]
    assert [Seen().takes(each, QOS_0)[1] for each in (report(), ONLINE, event(1))] == [["MQ-7.qos"]] * 3


def test_a_report_is_compared_with_the_document_of_its_version() -> None:
    seen = Seen()
    seen.wants(7, service=ServiceState.EXPIRING, ends_at_ms=900, sim_cut_off=False, armed=True)

    older = seen.takes(report(sequence=1, applied=6, service=ServiceState.ACTIVE))
    wrong = seen.takes(report(sequence=2, applied=7, service=ServiceState.ACTIVE, armed=True))
    right = seen.takes(
        report(sequence=3, applied=7, service=ServiceState.EXPIRING, ends_at_ms=900, armed=True)
    )

    assert older == (MessageOutcome.TAKEN, [])
    assert wrong[1] == ["MQ-5.faithful service", "MQ-5.faithful ends_at_ms"]
    assert right == (MessageOutcome.TAKEN, [])


def test_an_applied_version_that_goes_back_was_not_persisted() -> None:
    seen = Seen()
    seen.wants(7)

    seen.takes(report(sequence=1, applied=7))

    assert seen.takes(report(boot=2, applied=0))[1] == ["MQ-5.persisted applied_version"]


@pytest.mark.parametrize(
    ("broken", "finding"),
    [
        (
            hardware(sims=(SimSlot(1, SimCard.OK, "8988300000000000014"),)),
            "MQ-7.iccid hardware.sims[0].iccid",
        ),
        (hardware(battery_percent=37), "MQ-7.words hardware.battery_percent"),
        (hardware(active_sim=3), "MQ-7.words hardware.active_sim"),
        (hardware(channels=(Channel.WIFI, Channel.WIFI)), "MQ-7.words hardware.channels"),
    ],
    ids=["ICCID", "charge", "slot", "channels"],
)
def test_a_wrong_value_is_found_once_and_stays_visible_in_the_record(broken: Hardware, finding: str) -> None:
    seen = Seen(report(sequence=1))

    first = seen.takes(report(sequence=2, hardware=broken))
    second = seen.takes(report(sequence=3, hardware=broken))

    assert (first[1], second[1]) == ([finding], [])
    assert seen.device.reported is not None
    (kept,) = content_findings(None, seen.device.reported)
    assert f"{kept.rule} {kept.field}" == finding


def test_an_event_older_than_all_kept_ones_is_dropped_with_a_finding() -> None:
    seen = Seen(*(event(number) for number in range(2, EVENTS_KEPT + 2)))

    assert seen.takes(event(1)) == (MessageOutcome.STALE, ["MQ-4.order number"])


_MESSAGES = st.one_of(
    st.builds(report, st.integers(1, 3), st.integers(1, 3), connection=st.integers(0, 3)),
    st.builds(presence, st.booleans(), st.integers(1, 3), st.integers(1, 3)),
    st.builds(event, st.integers(1, 5), st.integers(1, 3)),
)


@given(st.lists(_MESSAGES, max_size=30), st.sampled_from([LIVE, RETAINED, DUP, QOS_0]))
def test_a_message_is_stored_exactly_if_its_outcome_is_taken(
    messages: list[AnyHubMessage], received: Received
) -> None:
    seen = Seen()

    for message in messages:
        seen.takes(message, received)  # asserts it
