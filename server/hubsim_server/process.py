"""Runs one process from its settings to its exit code.

Configures the log, the signals, and the limit on open files. Logs the reason of an end: one line if the
environment caused it, a traceback for a bug. Both go through the log, which removes secrets.
"""

import asyncio
import codecs
import errno
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from hubsim_contract.error_groups import leaves
from hubsim_server.logs import configure, get
from hubsim_server.monitor import CannotListen
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest, stopping
from hubsim_server.socket_limits import raise_open_files
from hubsim_simulator.broker.errors import BrokerError
from hubsim_storage.errors import system_reason

BUG_EXIT = 1
CANNOT_RUN_EXIT = 3
"""The environment prevents a start: a port is in use, a file is unreadable, no broker runs."""

_CODECS = ("idna", "latin-1", "unicode_escape", "utf-8")
"""Codecs that Python imports at their first use, which fails when no descriptor is left."""
_NO_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

Main = Callable[[StopRequest], Awaitable[None]]


def run(
    process: str, settings: ServerSettings, main: Main, surroundings: tuple[type[Exception], ...] = ()
) -> None:
    """Run `main` in an event loop until it returns. It must return soon after a stop request.

    Errors of brokers, servers and the system, and those of the classes in `surroundings`, end the program
    with `CANNOT_RUN_EXIT` and one line each. Any other error ends it with `BUG_EXIT`.
    """
    raise_open_files()
    for name in _CODECS:
        codecs.lookup(name)
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
            reason = system_reason(each) if isinstance(each, OSError) and each.errno else str(each)
            log.error("cannot run", reason=reason)  # noqa: TRY400 (no traceback: it is not a bug)
        sys.exit(CANNOT_RUN_EXIT)


async def _stoppable(main: Main) -> None:
    asyncio.get_running_loop().set_exception_handler(_log_trouble)
    async with stopping() as stop:
        await main(stop)


def _log_trouble(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error outside of all tasks: one line if the system has no resources left, else a traceback."""
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in _NO_RESOURCES:
        # asyncio accepts again after a second
        get("sockets").warning("no new connections for a second", reason=os.strerror(error.errno or 0))
        return
    loop.default_exception_handler(context)
