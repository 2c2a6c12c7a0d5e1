"""Runs a blocking call in a thread that cannot keep the program from ending.

The threads of `asyncio.to_thread` are joined when the event loop closes. A call that never returns, such as a
write to broken flash, would keep the program alive without an agent, and its supervisor would not restart it.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

ResultT = TypeVar("ResultT")


async def in_daemon_thread(function: Callable[..., ResultT], *arguments: object) -> ResultT:
    """Call the function in a new thread; return its result, or raise its error.

    A cancelled call continues in its thread, and its result is dropped.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[ResultT] = loop.create_future()

    def work() -> None:
        error: Exception | None = None
        try:
            result = function(*arguments)
        except Exception as raised:  # noqa: BLE001 (raised again in the caller)
            error = raised
        with suppress(RuntimeError):  # the loop is closed
            if error is None:
                loop.call_soon_threadsafe(_unless_done, future, lambda: future.set_result(result))
            else:
                loop.call_soon_threadsafe(_unless_done, future, lambda: future.set_exception(error))

    threading.Thread(target=work, daemon=True, name=f"call {function!r}").start()
    return await future


def _unless_done(future: "asyncio.Future[ResultT]", conclude: Callable[[], None]) -> None:
    if not future.done():
        conclude()
