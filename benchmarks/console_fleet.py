"""The Fleet page of the console: the browser's CPU time with 5,000 hubs of which 50 change each second.

The built console runs in Chromium, with a made-up fleet (`benchmarks.console_stub`) in a separate process.
The CPU time is that of all processes of the browser.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn
from playwright.async_api import Browser, async_playwright

from benchmarks.console_stub import MadeUpFleet, console_app
from tools.console.demo_server import ALONE, chromium

HUBS = 5_000
CHANGES_PER_S = 50
MEASURED_S = 15
SETTLE_S = 4
START_S = 30
"""The longest wait for the server, and for the page with all hubs."""


class FleetCost(msgspec.Struct, frozen=True):
    """The load of the Fleet page."""

    ready_s: float
    """From the navigation to the grid with all hubs."""
    idle_percent: float
    """CPU time in percent of a core, of a page without a stream of changes."""
    busy_percent: float
    """CPU time with `CHANGES_PER_S` changes a second."""
    heap_mb: float


async def measure() -> FleetCost | None:
    """Return the load; None without Chromium."""
    try:
        program = chromium()
    except FileNotFoundError:
        return None
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program, args=ALONE)
        with _served(0) as quiet:
            _, idle, _ = await _load(browser, quiet)
        with _served(CHANGES_PER_S) as busy:
            ready_s, busy_percent, heap_mb = await _load(browser, busy)
        await browser.close()
    return FleetCost(ready_s, idle, busy_percent, heap_mb)


def show(cost: FleetCost | None) -> None:
    """Print the figures."""
    if cost is None:
        print("console: not measured, Chromium is not installed")
        return
    print(
        f"console, {HUBS:,} hubs in the grid: ready in {cost.ready_s:.1f} s; in the browser "
        f"{cost.busy_percent:.1f} % of a core with {CHANGES_PER_S} changes a second (target 10), "
        f"{cost.idle_percent:.1f} % without; JavaScript heap {cost.heap_mb:.0f} MB"
    )


async def _load(browser: Browser, address: str) -> tuple[float, float, float]:
    """Return the seconds until the page is ready, its CPU time in percent of a core, and its heap in MB."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    began_s = time.monotonic()
    await page.goto(f"{address}/console/#/fleet")
    await page.wait_for_selector(f'[role="grid"][aria-rowcount="{HUBS + 1}"]', timeout=START_S * 1000)
    ready_s = time.monotonic() - began_s
    await asyncio.sleep(SETTLE_S)
    before_s, from_s = await _cpu_s(browser), time.monotonic()
    await asyncio.sleep(MEASURED_S)
    used_s, passed_s = await _cpu_s(browser) - before_s, time.monotonic() - from_s
    heap_bytes = await page.evaluate("performance.memory.usedJSHeapSize")
    await page.close()
    return ready_s, used_s / passed_s * 100, heap_bytes / 2**20


async def _cpu_s(browser: Browser) -> float:
    """Return the CPU time of all processes of the browser."""
    devtools = await browser.new_browser_cdp_session()
    shown = await devtools.send("SystemInfo.getProcessInfo")
    await devtools.detach()
    return float(sum(process["cpuTime"] for process in shown["processInfo"]))


@contextmanager
def _served(changes_per_s: int) -> Iterator[str]:
    """Run this module as a server. Yields its address, where connections wait until it has started."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        file = listener.fileno()
        command = [sys.executable, "-m", __spec__.name, str(file), str(changes_per_s)]
        with subprocess.Popen(command, cwd=Path(__file__).parents[1], pass_fds=(file,)) as server:  # noqa: S603 (a trusted program)
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.terminate()


def _serve(file: int, changes_per_s: int) -> None:
    app = console_app(MadeUpFleet(HUBS), changes_per_s)
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=file)])


if __name__ == "__main__":
    match sys.argv[1:]:
        case [file, changes_per_s]:
            _serve(int(file), int(changes_per_s))
        case _:
            show(asyncio.run(measure()))
