"""A fleet in several processes on this machine: one state, one readiness, one stop."""

import asyncio
import os
from collections.abc import Sequence

from hubsim_contract.lab.shards import Shard
from hubsim_server.fleet.shard_messages import AnyShardCommand, ShardReport
from hubsim_server.fleet.shard_totals import total
from hubsim_server.fleet.watched_shard import ProcessState, WatchedShard
from hubsim_server.settings import AUTO, ServerSettings

HUBS_OF_A_PROCESS = 1_000
"""`--processes auto` starts at most one process for each of this many hubs, because each needs 40 MB."""
AWAITED_SHOWN = 8
"""The number of conditions that a health check lists; more are only counted."""


def shards_of(settings: ServerSettings, hubs: int) -> tuple[Shard, ...]:
    """Return the shards of this machine, one for each process. Raises `BadShard` for too many."""
    machine = Shard.parse(settings.shard)
    if settings.processes == AUTO:
        count = max(1, min(processors(), -(-hubs // HUBS_OF_A_PROCESS)))
    else:
        count = int(settings.processes)
    return tuple(machine.part(number, count) for number in range(1, count + 1))


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ShardedFleet:
    """The fleet. `run` until `stop`."""

    def __init__(self, settings: ServerSettings, shards: Sequence[Shard]) -> None:
        self.shards = tuple(WatchedShard(settings, shard, self._on_change) for shard in shards)
        self._changed = asyncio.Event()

    @property
    def awaited(self) -> list[str]:
        """What the fleet waits for; empty when all its hubs have been connected and all processes run."""
        found = [each for shard in self.shards for each in shard.awaited]
        rest = len(found) - AWAITED_SHOWN
        return found if rest <= 0 else [*found[:AWAITED_SHOWN], f"{rest} more shard{'s' if rest > 1 else ''}"]

    @property
    def total(self) -> ShardReport:
        """The sum of the reports of all shards."""
        return total(shard.report for shard in self.shards)

    @property
    def restarts(self) -> int:
        """How often a process was started again."""
        return sum(shard.restarts for shard in self.shards)

    @property
    def running(self) -> int:
        """The number of processes that run and report."""
        return sum(shard.state is ProcessState.RUNNING for shard in self.shards)

    @property
    def is_ready(self) -> bool:
        """Whether all processes run, and all hubs have been connected."""
        return not self.awaited

    async def until_changed(self) -> None:
        """Wait for the next report, start or end."""
        await self._changed.wait()

    async def until_ready(self) -> None:
        """Wait until all hubs of all shards have been connected."""
        while not self.is_ready:
            await self.until_changed()

    def send(self, command: AnyShardCommand) -> None:
        """Send a command to all shards."""
        for shard in self.shards:
            shard.send(command)

    def stop(self) -> None:
        """Stop all processes gracefully; `run` ends soon."""
        for shard in self.shards:
            shard.stop()

    async def run(self) -> None:
        """Run all shards. Raises `ShardCannotRun`; then all processes are stopped."""
        async with asyncio.TaskGroup() as group:
            for shard in self.shards:
                group.create_task(shard.run(), name=f"shard {shard.shard}")

    def _on_change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
