"""The end of a month with many services that all end then: how long the cloud gives no answer.

The cloud and the broker are separate processes. One client asks for the health of the cloud, another one for
a list, again and again, while the lab moves the clock over the end of the month.
"""

import asyncio
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.business import TOPICS, make
from benchmarks.counting import counting
from benchmarks.keepalive import KeptConnection
from benchmarks.programs import Memory, broker, program
from hubsim_cloud.world.worlds import DATABASE
from hubsim_contract.wire.topics import MessageKind

OK = 200


class MonthEndMeasurement(msgspec.Struct, frozen=True):
    """The result with this number of hubs."""

    hubs: int
    whole_s: float
    """Until the clock has moved: every service has ended, and the broker has all documents and orders."""
    health_ms: float
    """The longest wait for an answer to `/health/live`."""
    clock_ms: float
    """The longest wait for an answer to `/lab/clock`."""
    memory: Memory


def show(at: MonthEndMeasurement) -> None:
    """Print the figures."""
    print(
        f"month end, {at.hubs:7,} services end at once: done after {at.whole_s:.1f} s; the longest waits for "
        f"answers: {at.health_ms:.0f} ms (health), {at.clock_ms:.0f} ms (clock); {at.memory} (target 100 ms)"
    )


async def measure(hubs: int) -> MonthEndMeasurement:
    """Return the figures for `hubs` hubs."""
    with TemporaryDirectory(prefix="hubsim-bench-") as folder:
        state = Path(folder)
        await make(state / DATABASE, hubs, all_expire=True)
        async with broker() as url, counting(url, TOPICS.of(MessageKind.DESIRED, "+")) as counter:
            arguments = ("--broker", url, "--state", str(state), "--http-port", "0", "--lab")
            async with program("cloud", *arguments) as server:
                connections = [KeptConnection(server.port) for _ in range(3)]
                for connection in connections:
                    await connection.open()
                mover, *others = connections
                while (await mover.ask("GET", "/health/ready")).status != OK:  # noqa: ASYNC110 (the state of another process)
                    await asyncio.sleep(0.01)
                await counter.until(hubs)
                for connection in connections:
                    await connection.open()  # the server closes connections that are idle for some seconds
                waits = [
                    asyncio.create_task(_longest_ms(connection, path))
                    for connection, path in zip(others, ("/health/live", "/lab/clock"), strict=True)
                ]
                began_s = time.perf_counter()
                await mover.request_json("POST", "/lab/clock/advance", {"to": _month_end()})
                await counter.until(2 * hubs)
                whole_s = time.perf_counter() - began_s
                for wait in waits:
                    wait.cancel()
                health_ms, clock_ms = await asyncio.gather(*waits)
                for connection in connections:
                    connection.close()
                return MonthEndMeasurement(hubs, whole_s, health_ms, clock_ms, server.memory())


def _month_end() -> str:
    """Return the instant at which this month ends where the Dealers are."""
    now = datetime.now(ZoneInfo("Europe/Warsaw"))
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)  # noqa: PLR2004 (December)
    return datetime(year, month, 1, tzinfo=now.tzinfo).isoformat()


async def _longest_ms(connection: KeptConnection, path: str) -> float:
    """Ask until cancelled; return the longest wait for an answer."""
    longest_s = 0.0
    try:
        while True:
            longest_s = max(longest_s, (await connection.ask("GET", path)).took_s)
            await asyncio.sleep(0.002)
    except asyncio.CancelledError:
        return longest_s * 1000
