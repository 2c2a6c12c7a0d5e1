"""Event streams: the way of an event to many readers of a watch, and a command's answer next to many streams.

Cloud and broker are separate processes. This process is the client and all readers, so half of the time from
a command to the last reader is its own work; `cloud_us` is the CPU of the cloud alone.
"""

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.http import Client
from benchmarks.keepalive import KeptConnection
from benchmarks.programs import Program, broker, program

WATCHERS = 50
STREAMS = 1_000
COMMANDS = 60
WARM_UP = 10
PAUSE_S = 0.05
"""Between two commands, so that each is measured alone."""
LONG_PAUSE_S = 0.4
"""The same, until all streams have the fact of the command before."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_CPU_FIELDS = slice(11, 13)
"""User and system time in `/proc/PID/stat`, after the name of the program."""


class StreamFigures(msgspec.Struct, frozen=True):
    """Medians in ms, and the CPU time of the cloud in µs for one event and one reader of a watch."""

    last_reader_ms: float
    """From the request of a command until the last of `WATCHERS` readers has its event."""
    cloud_us: float
    alone_ms: float
    """From the request of a command to its answer, without streams."""
    answer_ms: float
    """The same next to `STREAMS` event streams that get the fact of each command."""
    slowest_ms: float
    """The slowest of those answers."""


class Reader(asyncio.Protocol):
    """One event stream: it counts the events with one name."""

    def __init__(self, path: str, token: str | None, event: str) -> None:
        head = f"GET {path} HTTP/1.1\r\nhost: localhost\r\n"
        self._request = head + (f"authorization: Bearer {token}\r\n\r\n" if token else "\r\n")
        self._event = f"event: {event}\n".encode()
        self.count = 0
        self.is_open = asyncio.Event()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request.encode("ascii"))

    def data_received(self, data: bytes) -> None:
        """Count the events; each is in one part."""
        self.is_open.set()
        self.count += data.count(self._event)


async def measure() -> StreamFigures:
    """Return the figures. Takes about half a minute."""
    with TemporaryDirectory(prefix="hubsim-bench-") as folder:
        async with _cloud(Path(folder)) as server:
            client = Client(KeptConnection(server.port), "0")
            await client.set_up()
            alone = [await _answer_ms(client) for _ in range(COMMANDS)]
            async with _reading(server, "/lab/watch", None, "act", WATCHERS) as readers:
                for _ in range(WARM_UP):
                    await _last_ms(client, readers)
                before_s = _cpu_s(server)
                last = [await _last_ms(client, readers) for _ in range(COMMANDS)]
                watched_s = _cpu_s(server) - before_s
            before_s = _cpu_s(server)
            for _ in range(COMMANDS):
                await _answer_ms(client)
            unwatched_s = _cpu_s(server) - before_s
            token = client.connection.token
            async with _reading(server, "/v1/events", token, "object_created", STREAMS):
                answers = [await _answer_ms(client, LONG_PAUSE_S) for _ in range(COMMANDS)]
            client.connection.close()
    return StreamFigures(
        last_reader_ms=statistics.median(last),
        cloud_us=(watched_s - unwatched_s) / COMMANDS / WATCHERS * 1e6,
        alone_ms=statistics.median(alone),
        answer_ms=statistics.median(answers),
        slowest_ms=max(answers),
    )


def show(figures: StreamFigures) -> None:
    """Print the figures."""
    print(
        f"streams: the last of {WATCHERS} readers of a watch has an event {figures.last_reader_ms:.1f} ms "
        f"after the request of its command (target 20), for {figures.cloud_us:.0f} µs of the cloud's CPU each"
    )
    print(
        f"streams: a command is answered in {figures.answer_ms:.1f} ms next to {STREAMS:,} event streams "
        f"({figures.slowest_ms:.1f} ms at most), in {figures.alone_ms:.1f} ms without them"
    )


@asynccontextmanager
async def _cloud(state: Path) -> AsyncIterator[Program]:
    async with broker() as url:
        arguments = ("--broker", url, "--state", str(state), "--http-port", "0", "--lab")
        async with program("cloud", *arguments) as server:
            yield server


@asynccontextmanager
async def _reading(
    server: Program, path: str, token: str | None, event: str, count: int
) -> AsyncIterator[list[Reader]]:
    """Open this number of streams; they are closed after the context."""
    loop, readers = asyncio.get_running_loop(), list[Reader]()
    try:
        for _ in range(count):
            reader = Reader(path, token, event)
            await loop.create_connection(partial(_the_same, reader), "127.0.0.1", server.port)
            readers.append(reader)
            await reader.is_open.wait()
        yield readers
    finally:
        for reader in readers:
            reader.transport.close()


def _the_same(reader: Reader) -> Reader:
    return reader


async def _last_ms(client: Client, readers: list[Reader]) -> float:
    """Return the time from the request of a command until the last reader has its event."""
    await asyncio.sleep(PAUSE_S)
    wanted = [reader.count + 1 for reader in readers]
    began_s = time.perf_counter()
    await client.command()
    while any(reader.count < count for reader, count in zip(readers, wanted, strict=True)):  # noqa: ASYNC110 (the state of another process)
        await asyncio.sleep(0)
    return (time.perf_counter() - began_s) * 1e3


async def _answer_ms(client: Client, pause_s: float = PAUSE_S) -> float:
    """Return the time of a command after a pause, in ms."""
    await asyncio.sleep(pause_s)
    await client.connection.open()
    return (await client.command()).took_s * 1e3


def _cpu_s(server: Program) -> float:
    """Return the CPU time that a program has used."""
    stat = Path(f"/proc/{server.process_id}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(")")[2].split()[_CPU_FIELDS]
    return (int(user) + int(system)) / _TICKS_PER_S


if __name__ == "__main__":
    show(asyncio.run(measure()))
