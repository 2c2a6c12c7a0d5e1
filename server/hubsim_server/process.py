"""Running one process from its settings to its exit code.

Owns the set-up of log and signals, and how an end is told: in one sentence when the surroundings are to
blame, with a traceback when we are; either way through the log, so that no secret gets out.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator

from hubsim_server.logs import configure, get
from hubsim_server.monitor import CannotListen
from hubsim_server.settings import ServerSettings
from hubsim_server.signals import StopRequest, stopping
from hubsim_simulator.broker.errors import BrokerError

BUG_EXIT = 1
CANNOT_RUN_EXIT = 3
"""The surroundings do not let the process run: a port is taken, a file cannot be read, no broker is there."""

Main = Callable[[StopRequest], Awaitable[None]]


def run(
    process: str, settings: ServerSettings, main: Main, surroundings: tuple[type[Exception], ...] = ()
) -> None:
    """Run `main` in an event loop until it returns; it is to return soon after the end was asked for.

    Errors of brokers, servers and the system, and those of the classes in `surroundings`, end the program
    with `CANNOT_RUN_EXIT` and one line each; any other one with `BUG_EXIT`.
    """
    configure(settings, sys.stderr)
    log = get(process)
    expected = (BrokerError, CannotListen, OSError, *surroundings)
    try:
        asyncio.run(_stoppable(main))
    except Exception as error:
        reasons = list(_leaves(error))
        if not all(isinstance(each, expected) for each in reasons):
            log.critical("ended by a mistake of its own", exc_info=error)
            sys.exit(BUG_EXIT)
        for each in reasons:
            log.error("cannot run", reason=str(each))  # noqa: TRY400 (no traceback: it is no mistake of ours)
        sys.exit(CANNOT_RUN_EXIT)


async def _stoppable(main: Main) -> None:
    async with stopping() as stop:
        await main(stop)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error
