"""Runs the coroutines of verbs: in the calling thread, or in an event loop in another thread.

The virtual world never waits, so its coroutines run to completion in the caller. A live world needs an event
loop until it is closed, independent of the loop of the test. So this loop is in a separate thread.
"""

import asyncio
import threading
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

from hubsim_scenarios.play.launch import finish

T = TypeVar("T")


class SyncBridge(Protocol):
    """Runs coroutines."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to completion."""
        ...

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Return an awaitable immediately."""
        ...

    def close(self) -> None:
        """Stop everything that runs."""
        ...


class InlineBridge:
    """For worlds that never wait."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to completion."""
        __tracebackhide__ = True
        return finish(coroutine)

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Return the coroutine. It never yields to another task."""
        return coroutine

    def close(self) -> None:
        """Do nothing: no resource is open."""


class ThreadBridge:
    """An event loop in a separate thread."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="hubsim world")
        self._thread.start()
        self._ready.wait()

    async def _live(self) -> None:
        self._loop, self._closed = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._closed.wait()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait until the coroutine is done in the other thread."""
        __tracebackhide__ = True
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
        """Return an awaitable for the loop of the test."""
        assert self._loop is not None
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def close(self) -> None:
        """Stop the loop, cancel its remaining tasks, and wait for the thread."""
        assert self._loop is not None
        assert self._closed is not None
        self._loop.call_soon_threadsafe(self._closed.set)
        self._thread.join()
