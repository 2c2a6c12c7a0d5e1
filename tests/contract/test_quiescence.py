"""Coming to rest: what is in flight arrives first, then what is due happens, until neither is left."""

import asyncio
from collections.abc import Callable

import pytest

from hubsim_contract.lab.quiescence import WAKES_FOREVER, NotQuiescent, wait_until_idle

Happens = Callable[["Side"], None]


class Side:
    """Something in flight, timers that are due, and a script of what happens while one waits."""

    def __init__(self, *happens: Happens, awaited: int = 0, due: int = 0) -> None:
        self.in_flight = awaited
        self.timers = due
        self.log: list[str] = []
        self._happens = list(happens)

    def awaited(self) -> list[str]:
        return [f"message {number}" for number in range(1, self.in_flight + 1)]

    def wake(self) -> bool:
        if not self.timers:
            return False
        self.timers -= 1
        self.log.append("woke")
        return True

    async def until_changed(self) -> None:
        if not self._happens:
            await asyncio.Event().wait()
        self._happens.pop(0)(self)

    async def rests(self, limit_s: float | None = 5) -> None:
        await wait_until_idle(self.awaited, self.wake, self.until_changed, limit_s)


def arrives(side: Side) -> None:
    side.in_flight -= 1
    side.log.append("arrived")


def answers(side: Side) -> None:
    """Let a message arrive whose receiver says something in turn."""
    side.log.append("answered")


def sets_a_timer(side: Side) -> None:
    arrives(side)
    side.timers += 1


async def test_a_side_at_rest_is_left_at_once() -> None:
    side = Side()

    await side.rests()

    assert side.log == []


async def test_what_is_in_flight_arrives_before_anything_that_is_due_happens() -> None:
    side = Side(arrives, arrives, awaited=2, due=1)

    await side.rests()

    assert side.log == ["arrived", "arrived", "woke"]


async def test_a_message_that_is_answered_by_another_is_waited_for_to_the_end() -> None:
    side = Side(answers, answers, arrives, awaited=1)

    await side.rests()

    assert side.log == ["answered", "answered", "arrived"]


async def test_a_timer_that_is_set_by_what_arrives_happens_too() -> None:
    side = Side(sets_a_timer, awaited=1)

    await side.rests()

    assert side.log == ["arrived", "woke"]


async def test_all_that_is_due_happens_one_after_the_other() -> None:
    side = Side(due=3)

    await side.rests()

    assert side.log == ["woke"] * 3


async def test_what_is_said_by_a_timer_is_waited_for() -> None:
    side = Side(arrives, due=1)
    wake = side.wake

    def wakes_and_says() -> bool:
        woke = wake()
        side.in_flight += woke
        return woke

    await wait_until_idle(side.awaited, wakes_and_says, side.until_changed, 5)

    assert side.log == ["woke", "arrived"]


async def test_a_message_that_never_arrives_meets_the_limit_and_is_named() -> None:
    side = Side(awaited=2)

    with pytest.raises(NotQuiescent) as stuck:
        await side.rests(limit_s=0.01)

    assert str(stuck.value) == "not idle after 0.01 s: message 1; message 2"
    assert (stuck.value.limit_s, stuck.value.awaited) == (0.01, "message 1; message 2")


async def test_a_side_that_wakes_for_ever_meets_the_limit_too() -> None:
    side = Side()

    with pytest.raises(NotQuiescent, match=WAKES_FOREVER):
        await wait_until_idle(side.awaited, lambda: True, side.until_changed, 0.01)


async def test_without_a_limit_of_its_own_the_limit_around_it_holds() -> None:
    side = Side(awaited=1)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await side.rests(limit_s=None)


async def test_an_error_in_what_is_awaited_ends_the_wait() -> None:
    def broken() -> list[str]:
        raise RuntimeError("the cloud has ended")

    with pytest.raises(RuntimeError, match="the cloud has ended"):
        await wait_until_idle(broken, lambda: False, Side().until_changed, 5)
