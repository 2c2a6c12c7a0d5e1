"""Waiting until idle: messages in flight arrive first, then due timers fire, until neither is left."""

import asyncio
from collections.abc import Callable

import pytest

from hubsim_contract.lab.quiescence import LISTED, WAKES_FOREVER, NotQuiescent, first_of, wait_until_idle

Step = Callable[["Side"], None]


class Side:
    """A side with messages in flight, due timers, and a script of the events during the wait."""

    def __init__(self, *script: Step, awaited: int = 0, due: int = 0) -> None:
        self.in_flight = awaited
        self.timers = due
        self.log: list[str] = []
        self._script = list(script)

    def awaited(self) -> list[str]:
        return [f"message {number}" for number in range(1, self.in_flight + 1)]

    def wake(self) -> bool:
        if not self.timers:
            return False
        self.timers -= 1
        self.log.append("woke")
        return True

    async def until_changed(self) -> None:
        if not self._script:
            await asyncio.Event().wait()
        self._script.pop(0)(self)

    async def becomes_idle(self, limit_s: float | None = 5) -> None:
        await wait_until_idle(self.awaited, self.wake, self.until_changed, limit_s)


def arrives(side: Side) -> None:
    side.in_flight -= 1
    side.log.append("arrived")


def answers(side: Side) -> None:
    """Deliver a message whose receiver sends another one in response."""
    side.log.append("answered")


def sets_a_timer(side: Side) -> None:
    arrives(side)
    side.timers += 1


async def test_the_wait_for_an_idle_side_returns_immediately() -> None:
    side = Side()

    await side.becomes_idle()

    assert side.log == []


async def test_messages_in_flight_arrive_before_due_timers_fire() -> None:
    side = Side(arrives, arrives, awaited=2, due=1)

    await side.becomes_idle()

    assert side.log == ["arrived", "arrived", "woke"]


async def test_the_wait_includes_messages_sent_in_response() -> None:
    side = Side(answers, answers, arrives, awaited=1)

    await side.becomes_idle()

    assert side.log == ["answered", "answered", "arrived"]


async def test_a_timer_set_by_an_arriving_message_fires_too() -> None:
    side = Side(sets_a_timer, awaited=1)

    await side.becomes_idle()

    assert side.log == ["arrived", "woke"]


async def test_all_due_timers_fire_one_after_the_other() -> None:
    side = Side(due=3)

    await side.becomes_idle()

    assert side.log == ["woke"] * 3


async def test_the_wait_includes_messages_sent_by_a_timer() -> None:
    side = Side(arrives, due=1)
    wake = side.wake

    def wakes_and_sends() -> bool:
        woke = wake()
        side.in_flight += woke
        return woke

    await wait_until_idle(side.awaited, wakes_and_sends, side.until_changed, 5)

    assert side.log == ["woke", "arrived"]


async def test_the_error_at_the_limit_lists_messages_that_never_arrive() -> None:
    side = Side(awaited=2)

    with pytest.raises(NotQuiescent) as stuck:
        await side.becomes_idle(limit_s=0.01)

    assert str(stuck.value) == "not idle after 0.01 s: message 1; message 2"
    assert (stuck.value.limit_s, stuck.value.awaited) == (0.01, "message 1; message 2")


async def test_the_limit_also_applies_to_timers_that_fire_forever() -> None:
    side = Side()

    with pytest.raises(NotQuiescent, match=WAKES_FOREVER):
        await wait_until_idle(side.awaited, lambda: True, side.until_changed, 0.01)


async def test_without_a_limit_the_limit_of_the_caller_applies() -> None:
    side = Side(awaited=1)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await side.becomes_idle(limit_s=None)


async def test_an_error_in_awaited_ends_the_wait() -> None:
    def broken() -> list[str]:
        raise RuntimeError("the cloud has ended")

    with pytest.raises(RuntimeError, match="the cloud has ended"):
        await wait_until_idle(broken, lambda: False, Side().until_changed, 5)


def test_of_many_awaited_things_the_first_are_listed() -> None:
    few, many = ["a", "b"], (f"message {number}" for number in range(100_000))

    assert first_of(few) == few
    assert first_of(many) == [*(f"message {number}" for number in range(LISTED)), "and more"]
