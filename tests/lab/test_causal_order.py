"""The order of events from several sources: each source keeps its own, and causes precede effects."""

from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_cloud.lab.causal_order import WAIT_MS, CausalOrder, Report

CLOUD, BENCH, OTHER = "", "bench", "other"


class Passed:
    """An order, and what it has passed on."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.order = CausalOrder(self.events.append)

    def sent(self, source: str, message: str, now_ms: int = 0) -> None:
        self.order.put(source, Report(f"{message} sent", gives=message, has_receipt=True), now_ms)

    def gate(self, message: str, now_ms: int = 0, *, expected: bool = True) -> None:
        """The receipt of a message at the cloud, before its event."""
        report = Report(needs=message, expected=expected, once=True, cause=f"{message} assumed")
        self.order.put(CLOUD, report, now_ms)

    def note(self, source: str, text: str, now_ms: int = 0) -> None:
        self.order.put(source, Report(text), now_ms)


def test_a_receipt_waits_for_the_report_of_the_sender_and_everything_after_it_waits_too() -> None:
    passed = Passed()

    passed.gate("m")
    passed.note(CLOUD, "m got")
    passed.note(CLOUD, "act")
    assert passed.events == []
    passed.sent(BENCH, "m")

    assert passed.events == ["m sent", "m got", "act"]
    assert passed.order.due() is None


def test_a_report_that_came_before_lets_the_receipt_pass_at_once() -> None:
    passed = Passed()

    passed.sent(BENCH, "m")
    passed.gate("m")
    passed.note(CLOUD, "m got")

    assert passed.events == ["m sent", "m got"]


def test_a_sender_without_a_report_is_not_awaited() -> None:
    passed = Passed()

    passed.gate("m", expected=False)
    passed.note(CLOUD, "m got")

    assert passed.events == ["m assumed", "m got"]


def test_a_report_that_does_not_come_is_awaited_for_a_bounded_time_and_ignored_when_it_is_late() -> None:
    passed = Passed()

    passed.gate("m", 1_000)
    passed.note(CLOUD, "m got", 1_000)
    assert passed.order.due() == 1_000 + WAIT_MS
    passed.order.wake(1_000 + WAIT_MS - 1)
    assert passed.events == []
    passed.order.wake(1_000 + WAIT_MS)
    passed.sent(BENCH, "m", 1_200)

    assert passed.events == ["m assumed", "m got"]


def test_a_receipt_at_a_hub_waits_for_a_message_of_the_cloud_that_is_still_in_the_queue() -> None:
    passed = Passed()

    passed.gate("up")
    passed.order.put(CLOUD, Report("down sent", gives="down"), 0)
    passed.order.put(BENCH, Report("down got", needs="down"), 0)
    passed.note(OTHER, "else")
    assert passed.events == ["else"]
    passed.sent(OTHER, "up")

    assert passed.events == ["else", "up sent", "down sent", "down got"]


def test_two_sources_that_wait_for_each_other_continue_after_the_bound() -> None:
    passed = Passed()

    passed.gate("up")
    passed.order.put(CLOUD, Report("down sent", gives="down"), 0)
    passed.order.put(BENCH, Report("down got", needs="down"), 0)
    passed.sent(BENCH, "up")
    passed.order.wake(WAIT_MS)

    assert sorted(passed.events) == ["down got", "down sent", "up assumed"]
    assert passed.order.due() is None


@pytest.mark.parametrize("count", [1, 3])
def test_equal_messages_are_matched_one_by_one(count: int) -> None:
    passed = Passed()

    for _ in range(count):
        passed.sent(BENCH, "m")
    for _ in range(count + 1):
        passed.gate("m")

    assert passed.events == ["m sent"] * count
    assert passed.order.due() == WAIT_MS


@given(
    st.lists(st.tuples(st.sampled_from([CLOUD, BENCH, OTHER]), st.integers(0, 5), st.booleans()), max_size=40)
)
def test_nothing_is_lost_and_each_source_keeps_its_order(steps: list[tuple[str, int, bool]]) -> None:
    passed: list[tuple[str, int]] = []
    order = CausalOrder(passed.append)
    put: dict[str, list[int]] = {CLOUD: [], BENCH: [], OTHER: []}
    for number, (source, key, gives) in enumerate(steps):
        name: Hashable = key
        report = (
            Report((source, number), gives=name)
            if gives
            else Report((source, number), needs=name, expected=source == CLOUD)
        )
        put[source].append(number)
        order.put(source, report, number)

    order.wake(len(steps) + WAIT_MS)

    assert {source: [number for by, number in passed if by == source] for source in put} == put
    assert order.due() is None
