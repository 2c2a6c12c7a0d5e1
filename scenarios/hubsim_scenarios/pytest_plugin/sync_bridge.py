"""How verbs of tests are carried out: here and now, or in an event loop beside the test.

The virtual world never waits, so its coroutines are run to their end where they are called. A live world
needs a loop for as long as it lives, whatever the test does with its own, so it has one in a thread.
"""

import asyncio
import threading
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

from hubsim_scenarios.play.launch import finish

T = TypeVar("T")


class SyncBridge(Protocol):
    """Carries coroutines out."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return when it is done."""
        ...

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Return at once, with something to await."""
        ...

    def close(self) -> None:
        """Leave nothing running."""
        ...


class InlineBridge:
    """For worlds that never wait."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return when it is done."""
        __tracebackhide__ = True
        return finish(coroutine)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Return the coroutine: awaiting it never lets another task in."""
        return coroutine

    def close(self) -> None:
        """Nothing is held."""


class ThreadBridge:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="hubsim world")
        self._thread.start()
        self._ready.wait()

    async def _live(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._over.wait()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Return when it is done in the other thread."""
        __tracebackhide__ = True
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Return something to await in the test's own loop."""
        assert self._loop is not None
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def close(self) -> None:
        """End the loop, cancel what is left in it, and wait for the thread."""
        assert self._loop is not None
        assert self._over is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
