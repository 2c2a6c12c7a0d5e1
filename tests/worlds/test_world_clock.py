"""The world clock: it is held, or runs with real time, and never goes back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubsim_contract.clock import ClockMovedBack, WorldClock
from hubsim_contract.core import Now

START_MS = 1_768_464_000_000


class RealTime:
    """A monotonic clock that a test advances."""

    def __init__(self) -> None:
        self.ms = 5_000

    def __call__(self) -> int:
        return self.ms


def clock() -> tuple[WorldClock, RealTime]:
    real = RealTime()
    return WorldClock(START_MS, real), real


def test_a_new_clock_is_held_at_its_start() -> None:
    world, real = clock()

    real.ms += 60_000

    assert world.held
    assert world.world_ms() == START_MS


def test_a_released_clock_runs_with_real_time_from_where_it_was_held() -> None:
    world, real = clock()
    real.ms += 60_000

    world.release()
    real.ms += 250

    assert not world.held
    assert world.world_ms() == START_MS + 250


def test_a_clock_that_is_held_again_keeps_its_time() -> None:
    world, real = clock()
    world.release()
    real.ms += 250

    world.hold()
    real.ms += 9_999

    assert world.world_ms() == START_MS + 250


@pytest.mark.parametrize("held", [True, False])
def test_a_clock_moves_forward_to_the_requested_instant(held: bool) -> None:
    world, real = clock()
    if not held:
        world.release()

    world.move_to(START_MS + 86_400_000)

    assert world.world_ms() == START_MS + 86_400_000
    real.ms += 100
    assert world.world_ms() == START_MS + 86_400_000 + (0 if held else 100)


def test_a_clock_never_moves_back() -> None:
    world, _ = clock()
    world.move_to(START_MS + 10)

    with pytest.raises(ClockMovedBack, match="10 ms past"):
        world.move_to(START_MS)

    assert world.world_ms() == START_MS + 10


def test_both_clocks_of_a_simulated_world_are_the_same() -> None:
    world, _ = clock()

    assert world.now() == Now(START_MS, START_MS)


@given(st.lists(st.sampled_from(["hold", "release", "jump", "pass"]), max_size=30))
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_operations_moves_a_clock_back(operations: list[str]) -> None:
    world, real = clock()
    seen = [world.world_ms()]

    for operation in operations:
        match operation:
            case "hold":
                world.hold()
            case "release":
                world.release()
            case "jump":
                world.move_to(world.world_ms() + 77)
            case _:
                real.ms += 13
        seen.append(world.world_ms())

    assert seen == sorted(seen)


class PassingTime(RealTime):
    """A monotonic clock that advances at every reading, as real ones do."""

    def __call__(self) -> int:
        self.ms += 1
        return self.ms


@pytest.mark.parametrize("held", [True, False])
def test_catching_up_with_a_past_instant_does_not_change_a_clock(held: bool) -> None:
    world = WorldClock(START_MS, PassingTime())
    if not held:
        world.release()
    before_ms = world.world_ms()

    world.catch_up(before_ms)
    world.catch_up(START_MS - 1)

    readings_ms = 0 if held else 3
    assert world.world_ms() == before_ms + readings_ms


def test_a_clock_catches_up_with_a_future_instant() -> None:
    world, _ = clock()

    world.catch_up(START_MS + 500)

    assert world.world_ms() == START_MS + 500
