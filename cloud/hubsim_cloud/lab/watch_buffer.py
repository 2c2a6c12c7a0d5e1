"""The last events of one watched world as bytes, and the readers that send them.

An event is encoded once, however many readers there are. A reader is a position in the buffer and has no
queue, so a slow one costs no memory: when the buffer has dropped what it has not read, it skips to the oldest
kept event and learns how many it has missed.
"""

import secrets
from collections import deque
from collections.abc import Callable, Collection
from itertools import islice
from typing import Any, NamedTuple

from hubsim_cloud.http.server_sent import event_bytes
from hubsim_cloud.service.message_watch import TooManyWatchers
from hubsim_cloud.service.notices import Ended, StreamPosition
from hubsim_cloud.service.open_stream import OpenStream

EVENTS_KEPT = 10_000
"""The number of events kept for slow and resumed readers."""
BYTES_KEPT = 16 * 1024 * 1024
"""The size of the kept events."""
BYTES_AT_ONCE = 256 * 1024
"""A reader takes at least one event, and further ones up to this size, before it sends them."""
READERS_MAX = 500
"""The number of readers of one world; the next one is refused."""
QUIET_NUMBERS = 1_000
"""A reader with a filter learns its position at least after this number of events."""
HELLO = "hello"

Greeting = Callable[[int], Any]
"""Returns the data of `hello` for a reader that has missed this number of events."""


class _Kept(NamedTuple):
    content: bytes
    hubs: frozenset[str] | None
    """The hubs that the event is about; None: it is for every reader."""


class WatchBuffer:
    """The events of one watch. `run` is part of each position."""

    def __init__(self, greeting: Greeting) -> None:
        self.run = secrets.token_hex(4)
        self.count = 0
        """The number of events so far: the number of the newest one."""
        self._greeting = greeting
        self._kept: deque[_Kept] = deque()
        self._size = 0
        self.readers: dict[WatchReader, None] = {}

    def append(self, name: str, data: Any, hubs: frozenset[str] | None) -> None:
        """Add an event, and drop the oldest ones above the limits."""
        self.count += 1
        content = event_bytes(name, data, self.mark(self.count))
        self._kept.append(_Kept(content, hubs))
        self._size += len(content)
        while len(self._kept) > EVENTS_KEPT or (self._size > BYTES_KEPT and len(self._kept) > 1):
            self._size -= len(self._kept.popleft().content)

    def wake(self) -> None:
        """Wake the readers: there are new events."""
        for reader in self.readers:
            reader.wake()

    def open(self, hubs: frozenset[str] | None, after: StreamPosition | None) -> "WatchReader":
        """Return a reader of the events after a position, or from now on. Raises `TooManyWatchers`.

        A position of another run counts as none. The caller closes it with `leave`.
        """
        if len(self.readers) >= READERS_MAX:
            raise TooManyWatchers(f"{READERS_MAX} readers watch this world")
        resumes = after is not None and after.epoch == self.run and after.serial <= self.count
        reader = WatchReader(self, hubs, after.serial if resumes and after is not None else self.count)
        self.readers[reader] = None
        return reader

    def leave(self, reader: "WatchReader") -> None:
        """Close a reader; a second call does nothing."""
        self.readers.pop(reader, None)

    def end(self, reason: Ended) -> None:
        """End all readers."""
        for reader in self.readers:
            reader.end(reason)

    def mark(self, number: int) -> StreamPosition:
        """Return the position after the event with this number."""
        return StreamPosition(0, self.run, number)

    def hello(self, missed: int, number: int) -> bytes:
        """Return the event that greets a reader, which continues after `number`."""
        return event_bytes(HELLO, self._greeting(missed), self.mark(number))

    @property
    def first(self) -> int:
        """The number of the oldest kept event."""
        return self.count - len(self._kept) + 1

    def after(self, number: int) -> list[_Kept]:
        """Return the events after a number, which is at least `first - 1`, of about `BYTES_AT_ONCE`."""
        found: list[_Kept] = []
        size = 0
        for kept in islice(self._kept, number + 1 - self.first, None):
            found.append(kept)
            size += len(kept.content)
            if size >= BYTES_AT_ONCE:
                break
        return found


class WatchReader(OpenStream):
    """One reader. It begins with `hello`, and greets again when it has missed events."""

    def __init__(self, buffer: WatchBuffer, hubs: frozenset[str] | None, number: int) -> None:
        super().__init__()
        self._buffer = buffer
        self._hubs = hubs
        self._number = number
        """The number of the last event that was taken."""
        self._marked = number
        """The number that the client knows."""
        self._greeted = False

    def take(self) -> bytes:
        """Return the new events, which then count as sent."""
        self._awake.clear()
        buffer = self._buffer
        missed = max(0, buffer.first - 1 - self._number)
        self._number += missed
        parts = []
        if missed or not self._greeted:
            parts.append(buffer.hello(missed, self._number))
            self._greeted, self._marked = True, self._number
        events = buffer.after(self._number)
        self._number += len(events)
        if self._number < buffer.count:
            self.wake()
        passed = [event.content for event in events if self._concerns(event.hubs)]
        if passed and self._concerns(events[-1].hubs):
            self._marked = self._number
        elif self._number - self._marked >= QUIET_NUMBERS:
            self._marked = self._number
            passed.append(b"id: %s\n\n" % str(buffer.mark(self._number)).encode())
        return b"".join(parts + passed)

    def _concerns(self, hubs: Collection[str] | None) -> bool:
        return self._hubs is None or hubs is None or not self._hubs.isdisjoint(hubs)
