"""Shows how many hubs of a fleet are connected, until all are: a bar on a terminal, else lines of the log."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TextIO

import msgspec

from hubsim_server.logs import get
from hubsim_simulator.serving.server import SimulatorServer

PROGRESS_S = 2
"""The time between two lines of the log while hubs connect."""
BAR_S = 0.2
"""The time between two states of the bar."""
_BAR_CHARS = 30
_CLEAR = "\r\x1b[K"


class _Clearing(logging.Filter):
    """Removes the bar before a line of the log is written."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def filter(self, _record: logging.LogRecord) -> bool:
        """Remove the bar; the line is written after it."""
        self._stream.write(_CLEAR)
        return True


class Connecting(msgspec.Struct, frozen=True):
    """How far a fleet is connected."""

    online: int
    able: int
    """Hubs that are connected or connecting."""
    attempts: int
    failed: int
    awaited: tuple[str, ...] = ()
    """What the fleet waits for."""


async def until_connected(server: SimulatorServer, process: str) -> None:
    """Wait until the simulator serves and all hubs of its main world have been connected."""
    await shown(server.until_connected(), lambda: _state_of(server), process)


async def shown(
    connected: Awaitable[None], look: Callable[[], Connecting], process: str, stream: TextIO = sys.stderr
) -> None:
    """Wait for `connected`, and show what `look` returns meanwhile.

    On a terminal a bar shows it, which is removed at the end; otherwise the log of the process has a line
    every `PROGRESS_S`.
    """
    on_terminal, clearing = stream.isatty(), _Clearing(stream)
    waiting, began_s = asyncio.ensure_future(connected), time.monotonic()
    if on_terminal:
        for handler in logging.getLogger().handlers:
            handler.addFilter(clearing)
    try:
        while not (await asyncio.wait({waiting}, timeout=BAR_S if on_terminal else PROGRESS_S))[0]:
            if on_terminal:
                stream.write(_CLEAR + bar(look(), time.monotonic() - began_s))
                stream.flush()
            else:
                _log(process, look())
        waiting.result()
    finally:
        waiting.cancel()
        for handler in logging.getLogger().handlers:
            handler.removeFilter(clearing)
        if on_terminal:
            stream.write(_CLEAR)
            stream.flush()


def bar(state: Connecting, seconds: float) -> str:
    """Return the bar as text on one line."""
    if not state.able:
        return f"waiting for {state.awaited[0] if state.awaited else 'hubs'}, {seconds:.0f} s"
    full = _BAR_CHARS * state.online // state.able
    failed = f", {state.failed:,} failed attempts" if state.failed else ""
    return (
        f"[{'#' * full}{'.' * (_BAR_CHARS - full)}] {state.online:,} of {state.able:,} hubs connected"
        f"{failed}, {seconds:.0f} s"
    )


def _log(process: str, state: Connecting) -> None:
    get(process).info(
        "connecting",
        awaited=list(state.awaited),
        connected=state.online,
        hubs=state.able,
        attempts=state.attempts,
        failed=state.failed,
    )


def _state_of(server: SimulatorServer) -> Connecting:
    count, meter = server.connections, server.meter
    return Connecting(count.online, count.able, meter.attempts, meter.failed, tuple(server.awaited))
