"""The agent as on a device: the time until it is online, its memory, and its bytes on the wire for a day."""

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks import programs
from hubsim_agent.board import EXAMPLE
from hubsim_contract.mqtt.codec.encoding import publish_bytes
from hubsim_contract.wire.codec import encode
from hubsim_contract.wire.messages import Heard
from hubsim_contract.wire.topics import MessageKind, Topics

STARTS = 5
REPORTS = 20
REPORTS_A_DAY = 24
KEEPALIVE_S = 60
PING_BYTES = 4
"""PINGREQ and PINGRESP."""
HEADER_BYTES = 40
"""IPv4 and TCP of one segment, without options. A message and its answer are three segments, with an ACK."""
_DAY_S = 86_400
_HUB = "0A1B2C3D"
ANSWER_BYTES = 4 + len(
    publish_bytes(
        Topics().of(MessageKind.HEARD, _HUB),
        encode(Heard(hub=_HUB, boot=1_795_000_000, sequence=100)),
        1,
        retain=False,
        dup=False,
        packet_id=1,
    )
)
"""The cloud's answer to a report, with its acknowledgement. Reports that are a minute apart ask for one."""
_LIMIT_S = 20


class AgentFigures(msgspec.Struct, frozen=True):
    """One measurement."""

    online_s: float
    """The median time from the start of the process to the first display with a reachable cloud."""
    memory: programs.Memory
    connect_bytes: int
    """MQTT in both directions, from CONNECT to the acknowledgement of the first report."""
    report_bytes: float
    """MQTT in both directions: a report, its event, and their acknowledgements."""

    def day_bytes(self, *, headers: bool) -> float:
        """Return the bytes of a day with one connection and a report every hour."""
        pings = _DAY_S / (KEEPALIVE_S - 1)
        changes = REPORTS_A_DAY * (self.report_bytes + ANSWER_BYTES)
        mqtt = self.connect_bytes + changes + pings * PING_BYTES
        exchanges = pings + 3 * REPORTS_A_DAY + 6
        return mqtt + (3 * HEADER_BYTES * exchanges if headers else 0)


class _Counter:
    """A proxy on loopback that counts the bytes of both directions."""

    def __init__(self) -> None:
        self.bytes = 0

    async def serve(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection to the broker."""
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._forward(reader, there_writer))
            group.create_task(self._forward(there_reader, writer))

    async def until_quiet(self) -> int:
        """Return the number of bytes when half a second has passed without any."""
        before = -1
        while self.bytes != before:
            before = self.bytes
            await asyncio.sleep(0.5)
        return self.bytes

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65_536):
                self.bytes += len(data)
                target.write(data)
        target.close()


async def measure() -> AgentFigures:
    """Start the agent several times; count its bytes in the last run."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _edit(folder, lid_open=False)
        state = ("--state", str(folder / "cloud"), "--http-port", "0")
        async with programs.broker() as url, programs.program("cloud", "--broker", url, *state):
            return await _measured(folder, int(url.rpartition(":")[2]))


async def _measured(folder: Path, port: int) -> AgentFigures:
    """Measure with the broker at this port and its cloud."""
    counter = _Counter()
    server = await asyncio.start_server(lambda *both: counter.serve(port, *both), "127.0.0.1", 0)
    address = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    online_s = statistics.median([await _online_s(folder, address) for _ in range(STARTS)])
    counter.bytes = 0
    async with _agent(folder, address) as process:
        connect_bytes = await counter.until_quiet()
        memory = programs.memory_of(process.pid)
        report_bytes = await _report_bytes(folder, process, counter)
    server.close()
    return AgentFigures(online_s, memory, connect_bytes, report_bytes)


async def _online_s(folder: Path, url: str) -> float:
    began_s = time.perf_counter()
    async with _agent(folder, url):
        return time.perf_counter() - began_s


async def _report_bytes(folder: Path, process: asyncio.subprocess.Process, counter: _Counter) -> float:
    """Open and close the lid; return the bytes of one change."""
    before = counter.bytes
    for number in range(REPORTS):
        _edit(folder, lid_open=number % 2 == 0)
        process.send_signal(signal.SIGHUP)
        await counter.until_quiet()
    return (counter.bytes - before) / REPORTS


def _edit(folder: Path, *, lid_open: bool) -> None:
    """Replace the hardware file, as editors do."""
    text = EXAMPLE.replace("lid_open = false", f"lid_open = {str(lid_open).lower()}")
    new = folder / "hub.toml.new"
    new.write_text(text, encoding="utf-8")
    new.replace(folder / "hub.toml")


@asynccontextmanager
async def _agent(folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the agent within the context, from the moment it is online."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUBSIM_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from hubsim_agent.command import main; main()"),
        *("--hardware", str(folder / "hub.toml"), "--memory", str(folder / "flash")),
        *("--broker", url, "--log-level", "error", _HUB),
        cwd=programs.ROOT,
        env=clean,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_LIMIT_S):
            while b'"cloud_reachable":true' not in await process.stdout.readline():
                assert process.returncode is None, "the agent has ended"
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def show(figures: AgentFigures) -> None:
    """Print the figures."""
    print(
        f"agent: online {figures.online_s:.2f} s after its start, {figures.memory}; connecting takes "
        f"{figures.connect_bytes / 1e3:.1f} KB, a change {figures.report_bytes / 1e3:.2f} KB; a day with "
        f"{REPORTS_A_DAY} changes {figures.day_bytes(headers=False) / 1e3:.0f} KB of MQTT, "
        f"{figures.day_bytes(headers=True) / 1e3:.0f} KB with TCP and IP"
    )
