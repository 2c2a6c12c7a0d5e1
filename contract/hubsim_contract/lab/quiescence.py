"""Coming to rest: one side of a world, or all of it, lets happen what is due and waits until nothing is left.

The loop is the same in every kind of world on real sockets. What is in flight first has to arrive, because
whoever receives it may set a timer for this very instant; then what is due happens; and again.
"""

import asyncio
from collections.abc import Awaitable, Callable

WAKES_FOREVER = "it wakes again and again"


class NotQuiescent(Exception):
    """Something did not come to rest within the limit. The text says what it still awaits."""

    def __init__(self, limit_s: float, awaited: str) -> None:
        super().__init__(f"not at rest after {limit_s:g} s: {awaited}")
        self.limit_s = limit_s
        self.awaited = awaited


async def come_to_rest(
    awaited: Callable[[], list[str]],
    wake: Callable[[], bool],
    moved: Callable[[], Awaitable[object]],
    limit_s: float | None = None,
) -> None:
    """Return when nothing is awaited and nothing is due. Raises `NotQuiescent` past the limit.

    `awaited` says, in words, what is in flight or being worked at. `wake` lets everything act whose time has
    come, and says whether anything did. `moved` waits until something has happened. Whoever gives no limit
    has one of their own.
    """
    try:
        async with asyncio.timeout(limit_s):
            while True:
                if awaited():
                    await moved()
                elif wake():
                    await asyncio.sleep(0)  # what wakes for ever meets the limit, too
                else:
                    return
    except TimeoutError:
        if limit_s is None:
            raise
        raise NotQuiescent(limit_s, "; ".join(awaited()) or WAKES_FOREVER) from None
