"""The inbound queue of a cloud's service: items in their order, and the number that are not done yet."""

import asyncio
from collections import deque

from hubsim_cloud.ports import QueryReceived
from hubsim_cloud.service.decision_batch import Item


class InboundQueue:
    """The queue. Every item is open from `put` until `done`."""

    def __init__(self) -> None:
        self.open = 0
        """The number of items that are not done, in the queue and outside of it."""
        self._items: deque[Item] = deque()
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Put an item at the end; never blocks."""
        self.open += 1
        self._items.append(item)
        self._filled.set()

    async def take(self, most: int) -> list[Item]:
        """Wait for the first item, and return at most this number of items from the front."""
        await self._filled.wait()
        batch = [self._items.popleft() for _ in range(min(len(self._items), most))]
        self._mark()
        return batch

    def take_queries(self) -> list[QueryReceived]:
        """Return all queries, out of their turn."""
        queries = [item for item in self._items if isinstance(item, QueryReceived)]
        if queries:
            self._items = deque(item for item in self._items if not isinstance(item, QueryReceived))
            self._mark()
        return queries

    def done(self, count: int) -> None:
        """Count items as done."""
        self.open -= count

    def _mark(self) -> None:
        if not self._items:
            self._filled.clear()
