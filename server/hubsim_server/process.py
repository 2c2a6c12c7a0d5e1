"""Runs one process from its settings to its exit code.

Configures the log, the signals, and the limit on open files. Logs the reason of an end: one line if the
environment caused it, a traceback for a bug. Both go through the log, which removes secrets.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from hubsim_contract.error_groups import leaves
from hubsim_server.logs import configure, get
from hubsim_server.monitor import CannotListen
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest, stopping
from hubsim_server.socket_limits import raise_open_files
from hubsim_simulator.broker.errors import BrokerError

BUG_EXIT = 1
CANNOT_RUN_EXIT = 3
"""The environment prevents a start: a port is in use, a file is unreadable, no broker runs."""

Main = Callable[[StopRequest], Awaitable[None]]


def run(
    process: str, settings: ServerSettings, main: Main, surroundings: tuple[type[Exception], ...] = ()
) -> None:
    """Run `main` in an event loop until it returns. It must return soon after a stop request.

    Errors of brokers, servers and the system, and those of the classes in `surroundings`, end the program
    with `CANNOT_RUN_EXIT` and one line each. Any other error ends it with `BUG_EXIT`.
    """
    raise_open_files()
    configure(settings, sys.stderr)
    log = get(process)
    expected = (BrokerError, CannotListen, OSError, *surroundings)
    try:
        asyncio.run(_stoppable(main))
    except Exception as error:
        reasons = list(leaves(error))
        if not all(isinstance(each, expected) for each in reasons):
            log.critical("ended by a bug", exc_info=error)
            sys.exit(BUG_EXIT)
        for each in reasons:
            log.error("cannot run", reason=str(each))  # noqa: TRY400 (no traceback: it is not a bug)
        sys.exit(CANNOT_RUN_EXIT)


async def _stoppable(main: Main) -> None:
    async with stopping() as stop:
        await main(stop)
