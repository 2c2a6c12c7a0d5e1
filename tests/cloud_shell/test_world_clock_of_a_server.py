"""The world clock of a server: it follows the host clock over sleep, corrections and restarts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from hubsim_cloud.world.world import CloudWorld, WorldPlan
from hubsim_contract.lab.protocol import ClockReading
from hubsim_contract.mqtt.port import PortEffect, PortEvent

HOUR_MS = 3_600_000
START_MS = 1_768_464_000_000
SLACK_MS = 60_000
"""An upper limit for the real time of a test, even on a busy machine."""


class NullPort:
    """A port without a broker."""

    def __init__(self, deliver: Callable[[PortEvent], None]) -> None:
        self._deliver = deliver

    def perform(self, effect: PortEffect) -> None:
        """Do nothing."""

    def sever(self) -> None:
        """Do nothing."""

    async def aclose(self) -> None:
        """Do nothing."""


class Host:
    """A host whose clock the test sets."""

    def __init__(self) -> None:
        self.now_ms = START_MS

    def __call__(self) -> int:
        return self.now_ms


@asynccontextmanager
async def world(folder: Path, host: Host, clock: ClockReading | None = None) -> AsyncIterator[CloudWorld]:
    plan = WorldPlan(prefix="hubsim/v1", clock=clock)
    opened = await CloudWorld.open(plan, folder / "cloud.db", NullPort, host)
    try:
        yield opened
    finally:
        await opened.close()


def about(instant_ms: int, seen_ms: int) -> bool:
    return instant_ms <= seen_ms <= instant_ms + SLACK_MS


async def test_the_world_clock_follows_a_host_that_slept(tmp_path: Path) -> None:
    host = Host()
    async with world(tmp_path, host) as served:
        host.now_ms += 8 * HOUR_MS
        served.follow_host()

        assert about(START_MS + 8 * HOUR_MS, served.clock.world_ms())


async def test_a_host_clock_set_back_and_corrected_does_not_move_the_world(
    tmp_path: Path,
) -> None:
    host = Host()
    async with world(tmp_path, host) as served:
        host.now_ms -= HOUR_MS
        served.follow_host()
        back_ms = served.clock.world_ms()
        await served.keep_clock()
        host.now_ms += HOUR_MS
        served.follow_host()

        assert about(START_MS, back_ms)
        assert about(START_MS, served.clock.world_ms())


async def test_a_held_clock_does_not_follow_the_host(tmp_path: Path) -> None:
    host = Host()
    async with world(tmp_path, host, ClockReading(START_MS + 5, held=True)) as served:
        host.now_ms += HOUR_MS
        served.follow_host()

        assert served.clock.world_ms() == START_MS + 5


async def test_a_world_moved_ahead_stays_ahead_after_a_restart(tmp_path: Path) -> None:
    host = Host()
    async with world(tmp_path, host) as served:
        served.clock.move_to(START_MS + 30 * 24 * HOUR_MS)
        await served.clock_was_set()
    host.now_ms += HOUR_MS
    async with world(tmp_path, host) as again:
        assert about(START_MS + 30 * 24 * HOUR_MS + HOUR_MS, again.clock.world_ms())


async def test_a_restart_on_a_host_that_was_set_back_continues_from_the_last_world_time(
    tmp_path: Path,
) -> None:
    host = Host()
    async with world(tmp_path, host) as served:
        host.now_ms += 2 * HOUR_MS
        served.follow_host()
    host.now_ms -= 5 * HOUR_MS
    async with world(tmp_path, host) as again:
        assert about(START_MS + 2 * HOUR_MS, again.clock.world_ms())
