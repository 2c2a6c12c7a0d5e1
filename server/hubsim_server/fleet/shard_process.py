"""One shard of a fleet as a process: `hubsim fleet` starts `python -m hubsim_server.fleet.shard_process`.

Runs a simulator with the settings from the first line of stdin, performs the commands of the further lines,
and reports its state on stdout. Ends gracefully at the end of stdin.
"""

import asyncio
import os
import resource
import time
from contextlib import suppress
from random import Random

from structlog.contextvars import bind_contextvars

from hubsim_server.broker_access import line_of
from hubsim_server.fleet.random_acts import RandomActs
from hubsim_server.fleet.shard_messages import (
    AnyShardCommand,
    BeginActs,
    CutAll,
    EndActs,
    ShardReport,
    decode_command,
    decode_settings,
    encode_line,
)
from hubsim_server.process import run
from hubsim_server.signals import StopRequest
from hubsim_server.simulator_composition import simulator
from hubsim_simulator.broker.errors import BadKeyring
from hubsim_simulator.fleet_file import BadFleet
from hubsim_simulator.hardware.refusals import BenchActionRefused
from hubsim_simulator.serving.errors import SimulatorError
from hubsim_simulator.serving.server import MAIN, SimulatorServer
from hubsim_storage.errors import StoreError

REPORT_S = 0.5
"""The time between two reports."""
TICK_S = 0.05
"""The time between two groups of random actions."""
UNSENT_BYTES_MAX = 1024 * 1024
"""Bytes that wait for the process of the fleet to read them. With more, reports are left out."""
_PAGE = resource.getpagesize()
STDIN, STDOUT = 0, 1


class ShardServer:
    """A simulator with the commands of a fleet."""

    def __init__(self, server: SimulatorServer) -> None:
        self._server = server
        self._acting: asyncio.Task[None] | None = None
        self._acts = self._acts_refused = 0

    def perform(self, command: AnyShardCommand) -> None:
        """Perform a command. Does nothing before the simulator serves."""
        bench = self._server.benches.get(MAIN)
        if bench is None:
            return
        match command:
            case CutAll():
                for hub in bench.fleet.hubs:
                    bench.cut(hub)
            case EndActs():
                self.end()
            case BeginActs():
                self.end()
                self._acting = asyncio.create_task(self._act(command), name="random actions")

    def end(self) -> None:
        """End the random actions."""
        if self._acting is not None:
            self._acting.cancel()
            self._acting = None

    def report(self) -> ShardReport:
        """Return the current state."""
        bench = self._server.benches.get(MAIN)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cpu_s = usage.ru_utime + usage.ru_stime
        if bench is None:
            awaited = tuple(self._server.awaited)
            return ShardReport(awaited=awaited, cpu_s=cpu_s, memory_bytes=_memory_bytes())
        count, meter = bench.connections, bench.meter
        return ShardReport(
            awaited=tuple(self._server.awaited),
            hubs=len(bench.fleet.hubs),
            on=count.on,
            able=count.able,
            online=count.online,
            attempts=meter.attempts,
            failed=meter.failed,
            lost=meter.lost,
            acts=self._acts,
            acts_refused=self._acts_refused,
            refused=self._server.refused_by_part,
            connect=meter.durations.buckets,
            cpu_s=cpu_s,
            memory_bytes=_memory_bytes(),
        )

    async def _act(self, command: BeginActs) -> None:
        """Perform actions on random hubs at the rate of the command."""
        bench = self._server.benches[MAIN]
        chance = Random(command.seed)  # noqa: S311 (not for secrets)
        acts, hubs = RandomActs(chance), list(bench.fleet.hubs.values())
        began_s, done = time.monotonic(), 0
        while hubs:
            await asyncio.sleep(TICK_S)
            while done < (time.monotonic() - began_s) * command.per_s:
                done += 1
                hub = chance.choice(hubs)
                try:
                    bench.perform(hub.id, acts.draw(hub))
                    self._acts += 1
                except BenchActionRefused:
                    self._acts_refused += 1


async def _obey(shard: ShardServer, stop: StopRequest) -> None:
    """Perform the commands of stdin, and request the stop at its end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(STDIN, "rb", 0))
    while line := await reader.readline():
        shard.perform(decode_command(line))
    stop.ask()


async def _report(shard: ShardServer) -> None:
    """Write a report again and again."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(STDOUT, "wb", 0))
    while True:
        if transport.get_write_buffer_size() < UNSENT_BYTES_MAX:
            transport.write(encode_line(shard.report()))
        await asyncio.sleep(REPORT_S)


def _memory_bytes() -> int:
    """Return the memory in use, or 0 where the system does not show it."""
    with suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 (every half second)
        return int(file.read().split()[1]) * _PAGE
    return 0


def main() -> None:
    """Run the shard."""
    with os.fdopen(STDIN, "rb", 0, closefd=False) as commands:
        settings = decode_settings(commands.readline())
    bind_contextvars(shard=settings.shard)

    async def serve(stop: StopRequest) -> None:
        async with simulator(settings, line_of(settings)) as server, asyncio.TaskGroup() as group:
            shard = ShardServer(server)
            serving = group.create_task(server.run(), name="simulator")
            helpers = [
                group.create_task(_obey(shard, stop), name="commands"),
                group.create_task(_report(shard), name="reports"),
            ]
            await stop.wait()
            shard.end()
            server.stop()
            await serving
            for helper in helpers:
                helper.cancel()

    run("simulator", settings, serve, (StoreError, BadKeyring, BadFleet, SimulatorError))


if __name__ == "__main__":
    main()
