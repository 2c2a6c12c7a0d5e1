"""The bounds on what one hub sends: rates of messages, and jumps of its numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.domain.message_rates import ENTRIES_BEFORE_TIDYING, MessageRates
from hubsim_cloud.domain.plausibility import ImplausibleNumber, check_numbers
from hubsim_cloud.domain.state import Device
from hubsim_contract.wire.hub_bounds import (
    BOOT_CLOCK_MAX,
    FIRST_NUMBER_MAX,
    NUMBER_JUMP_MAX,
    REPORTS_BOUND,
    RateBound,
)
from hubsim_contract.wire.messages import Hardware, HubEvent, Presence, Reported

HUB = "0000AA01"
NOW_MS = 1_768_464_000_000
LATE_MS = 16_700_000_000_000
"""An instant in the year 2499."""
BOUND = RateBound(burst=3, pause_ms=100)


def times_admitted(rates: MessageRates, count: int, now_ms: int, key: str = "hub") -> int:
    return sum(rates.admit(key, BOUND, now_ms) is None for _ in range(count))


def test_a_burst_passes_and_then_one_message_in_each_pause() -> None:
    rates = MessageRates()

    assert times_admitted(rates, 10, 1_000) == 3
    assert rates.admit("hub", BOUND, 1_000) == 1_100
    assert [times_admitted(rates, 5, at_ms) for at_ms in (1_099, 1_100, 1_200, 1_450)] == [0, 1, 1, 2]


def test_a_silent_hub_earns_its_burst_again_and_no_more() -> None:
    rates = MessageRates()
    times_admitted(rates, 10, 0)

    assert times_admitted(rates, 10, 1_000_000) == 3


def test_hubs_and_kinds_have_separate_bounds() -> None:
    rates = MessageRates()
    times_admitted(rates, 10, 0)

    assert times_admitted(rates, 10, 0, "another") == 3


@given(st.lists(st.integers(0, 400), max_size=60))
def test_no_window_has_more_than_the_burst_and_what_it_earned(gaps_ms: list[int]) -> None:
    rates, now_ms, admitted = MessageRates(), 0, []

    for gap_ms in gaps_ms:
        now_ms += gap_ms
        allowed_ms = rates.admit("hub", BOUND, now_ms)
        if allowed_ms is None:
            admitted.append(now_ms)
        else:
            assert now_ms < allowed_ms <= now_ms + BOUND.pause_ms

    for first in range(len(admitted)):
        for last in range(first, len(admitted)):
            earned = (admitted[last] - admitted[first]) // BOUND.pause_ms
            assert last - first + 1 <= BOUND.burst + earned


def test_silent_hubs_cost_no_memory() -> None:
    rates = MessageRates()

    for number in range(3 * ENTRIES_BEFORE_TIDYING):
        rates.admit(f"hub {number}", REPORTS_BOUND, number * REPORTS_BOUND.pause_ms)

    assert len(rates._fillings) <= ENTRIES_BEFORE_TIDYING


# ------------------------------------------------------------------ jumps


def presence(boot: int, connection: int = 1) -> Presence:
    return Presence(hub=HUB, online=False, boot=boot, connection=connection)


def report(boot: int, sequence: int, connection: int = 0) -> Reported:
    parts = Hardware(model="hub-2", firmware="1")
    return Reported(
        hub=HUB, boot=boot, sequence=sequence, connection=connection, applied_version=0, hardware=parts
    )


def event(boot: int, number: int) -> HubEvent:
    return HubEvent(hub=HUB, boot=boot, number=number, kind="x", at_ms=1)


KNOWN = Device(boot=5, connection=7, reported=report(5, 9), events=[event(5, 11)])


@pytest.mark.parametrize(
    ("device", "message", "rule"),
    [
        (None, presence(2**53 - 1), "MQ-2.boot"),
        (KNOWN, report(2**53 - 1, 1), "MQ-2.boot"),
        (KNOWN, event(BOOT_CLOCK_MAX + NUMBER_JUMP_MAX + 1, 1), "MQ-2.boot"),
        (KNOWN, presence(5, 8 + NUMBER_JUMP_MAX), "MQ-2.connection"),
        (None, presence(5, FIRST_NUMBER_MAX + 1), "MQ-2.connection"),
        (KNOWN, report(5, 10 + NUMBER_JUMP_MAX), "MQ-2.sequence"),
        (KNOWN, report(5, 10, connection=8 + NUMBER_JUMP_MAX), "MQ-2.connection"),
        (KNOWN, report(6, FIRST_NUMBER_MAX + 1), "MQ-2.sequence"),
        (KNOWN, event(5, 12 + NUMBER_JUMP_MAX), "MQ-2.number"),
    ],
)
def test_a_number_that_no_hub_can_have_reached_is_refused(
    device: Device | None, message: Reported | Presence | HubEvent, rule: str
) -> None:
    with pytest.raises(ImplausibleNumber) as refused:
        check_numbers(device, message, NOW_MS)

    assert refused.value.rule == rule
    assert str(refused.value.value) in str(refused.value)


@pytest.mark.parametrize(
    ("device", "message", "now_ms"),
    [
        (None, presence(NOW_MS // 1000), NOW_MS),
        (None, presence(NOW_MS // 1000), 0),
        (None, presence(LATE_MS // 1000), LATE_MS),
        (Device(boot=BOOT_CLOCK_MAX + 9), presence(BOOT_CLOCK_MAX + 9 + NUMBER_JUMP_MAX), NOW_MS),
        (None, report(1, FIRST_NUMBER_MAX), NOW_MS),
        (KNOWN, report(5, 9 + NUMBER_JUMP_MAX), NOW_MS),
        (KNOWN, event(6, 1), NOW_MS),
        (KNOWN, presence(1), NOW_MS),
    ],
    ids=["clock", "clock in an early world", "clock in 2499", "jump", "years", "reports lost", "boot", "old"],
)
def test_numbers_of_honest_hubs_are_believed(
    device: Device | None, message: Reported | Presence | HubEvent, now_ms: int
) -> None:
    check_numbers(device, message, now_ms)
