"""Restart of a cloud with many hubs: the time until it serves, and until all documents are published again.

The cloud and the broker are separate processes. The times of reading and applying are measured in this
process, on the same database.
"""

import asyncio
import gc
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.business import TOPICS, make
from benchmarks.counting import counting
from benchmarks.keepalive import KeptConnection
from benchmarks.programs import Memory, broker, broker_kind, program
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.engine import CloudEngine
from hubsim_cloud.service.store import Store
from hubsim_cloud.world.worlds import DATABASE
from hubsim_contract.wire.topics import MessageKind

HUBS = {"mosquitto": (0, 1_000, 10_000, 100_000), "embedded": (0, 1_000)}
"""Numbers of hubs by broker. The embedded one takes minutes for more."""
ROUNDS = 2
OK = 200
POLL_S = 0.005


class CloudRestart(msgspec.Struct, frozen=True):
    """The result of a restart. Times count from the start of the process."""

    live_s: float
    """Until `/health/live` answers."""
    ready_s: float
    """Until `/health/ready` succeeds: the cloud accepts commands, and is connected to the broker."""
    published_s: float
    """Until the broker has the desired document of every hub."""
    memory: Memory
    """The cloud's memory at that time."""


class RestartMeasurement(msgspec.Struct, frozen=True):
    """The best restart with this number of hubs, and the size of its work."""

    hubs: int
    facts: int
    database_mb: float
    restart: CloudRestart
    read_s: float
    """Time to read and decode the database, a part of `live_s`."""
    apply_s: float
    """Time to apply the facts to an empty state, a part of `live_s`."""


def sizes() -> tuple[int, ...]:
    """Return the numbers of hubs to measure with the installed broker."""
    return HUBS[broker_kind()]


def show(at: RestartMeasurement) -> None:
    """Print the figures for one number of hubs."""
    back = at.restart
    print(
        f"restart, {at.hubs:7,} hubs ({at.facts:,} facts, {at.database_mb:.1f} MB): serves after "
        f"{back.live_s:.2f} s (including {at.read_s:.2f} s reading, {at.apply_s:.2f} s applying), ready "
        f"after {back.ready_s:.2f} s, all documents published after {back.published_s:.2f} s; {back.memory}"
    )


async def measure(hubs: int) -> RestartMeasurement:
    """Return the figures for `hubs` hubs. Takes up to a minute."""
    with TemporaryDirectory(prefix="hubsim-bench-") as folder:
        state = Path(folder)
        facts = await make(state / DATABASE, hubs)
        read_s, apply_s = await _parts(state / DATABASE)
        restarts = [await _restart(state, hubs) for _ in range(ROUNDS)]
        size = (state / DATABASE).stat().st_size
    best = min(restarts, key=lambda restart: restart.published_s)
    return RestartMeasurement(hubs, facts, size / 1e6, best, read_s, apply_s)


async def _restart(state: Path, hubs: int) -> CloudRestart:
    async with broker() as url, counting(url, TOPICS.of(MessageKind.DESIRED, "+")) as counter:
        began_s = time.perf_counter()
        arguments = ("--broker", url, "--state", str(state), "--http-port", "0")
        async with program("cloud", *arguments) as server:
            connection = KeptConnection(server.port)
            await connection.open()
            await connection.ask("GET", "/health/live")
            live_s = time.perf_counter() - began_s
            while (await connection.ask("GET", "/health/ready")).status != OK:  # noqa: ASYNC110 (the state of another process)
                await asyncio.sleep(POLL_S)
            ready_s = time.perf_counter() - began_s
            await counter.until(hubs)
            published_s = time.perf_counter() - began_s
            connection.close()
            return CloudRestart(live_s, ready_s, published_s, server.memory())


async def _parts(path: Path) -> tuple[float, float]:
    """Return the times of reading and of applying. As in the cloud, the garbage collector is off."""
    store = await Store.open(path)
    gc.disable()
    try:
        began_s = time.perf_counter()
        saved = await store.load()
        read_s = time.perf_counter()
        CloudEngine(CloudSettings(), TOPICS).restore(saved.facts, saved.devices)
        return read_s - began_s, time.perf_counter() - read_s
    finally:
        gc.enable()
        await store.close()
