"""Waiting until one side of a world, or all of it, is idle: nothing is due and nothing is in flight.

The loop is the same in every kind of world on real sockets. Messages in flight must arrive first, because
their receivers may set timers for the same instant. Then due timers fire, and the loop starts again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice

LISTED = 5
"""The number of awaited things that are listed: a large fleet can have a hundred thousand in flight."""
WAKES_FOREVER = "timers keep firing at this instant"


class NotQuiescent(Exception):
    """A world did not become idle within the limit. The text lists what is still awaited."""

    def __init__(self, limit_s: float, awaited: str) -> None:
        super().__init__(f"not idle after {limit_s:g} s: {awaited}")
        self.limit_s = limit_s
        self.awaited = awaited


def first_of(awaited: Iterable[str]) -> list[str]:
    """Return the first awaited things, in words; `and more` stands for the others."""
    texts = iter(awaited)
    listed = list(islice(texts, LISTED))
    return listed if next(texts, None) is None else [*listed, "and more"]


async def wait_until_idle(
    awaited: Callable[[], list[str]],
    wake: Callable[[], bool],
    until_changed: Callable[[], Awaitable[object]],
    limit_s: float | None = None,
) -> None:
    """Return when nothing is awaited and nothing is due. Raises `NotQuiescent` after the limit.

    `awaited` lists, in words, what is in flight or in progress. `wake` fires due timers and returns whether
    there were any. `until_changed` waits for the next change. Without a limit the caller has its own.
    """
    try:
        async with asyncio.timeout(limit_s):
            while True:
                if awaited():
                    await until_changed()
                elif wake():
                    await asyncio.sleep(0)  # the limit also applies to timers that fire forever
                else:
                    return
    except TimeoutError:
        if limit_s is None:
            raise
        raise NotQuiescent(limit_s, "; ".join(awaited()) or WAKES_FOREVER) from None
