"""The part that all open event streams have in common: they wake their reader, and end for a reason."""

import asyncio

from hubsim_cloud.service.notices import Ended


class OpenStream:
    """A stream that a client reads. It is awake at first, so that the reader takes what there is already."""

    def __init__(self) -> None:
        self.ended: Ended | None = None
        self._awake = asyncio.Event()
        self._awake.set()

    async def wait(self, timeout_s: float) -> bool:
        """Return True when there may be something new or the stream has ended; False after the timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                return self.ended is not None or await self._awake.wait()
        except TimeoutError:
            return False

    def wake(self) -> None:
        """Make `wait` return: there may be something new."""
        self._awake.set()

    def end(self, reason: Ended) -> None:
        """End the stream. If it has already ended, the first reason stays."""
        self.ended = self.ended or reason
        self.wake()
