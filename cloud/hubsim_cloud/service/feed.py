"""What changed, for people who watch: durable facts and hubs' news, told to whoever may see them.

Owns the index of facts by whom they are about, and the streams that are open. A stream is a place in that
index and no queue of its own: a slow reader costs no memory and loses nothing. The index is made when
somebody watches for the first time, and follows the log only while somebody does.

Promises: a stream that goes on from a mark tells every fact behind it once, in the order of the log, and
every hub that changed since, at least once. Facts are told only when they are durable.
"""

import asyncio
import secrets
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.permissions import allowed
from hubsim_cloud.domain.projection import Projection, read
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.visibility import ShownBy, audience, showing, standing, told
from hubsim_cloud.service.notices import HUB_CHANGED, Ended, Notice, StreamPosition

FACTS_AT_ONCE = 2_000
"""The index is made in pieces of so many facts, so that the cloud goes on serving meanwhile."""
NOTICES_AT_ONCE = 200
"""So many facts of its index a stream looks at before what it found is sent."""
STREAM_LIMIT = 10_000
"""So many streams are open at most, if nothing else is said; the next one is refused."""


class TooManyStreams(Exception):
    """As many people watch already as may. Nothing was opened."""


class LogUnreadable(Exception):
    """The cloud has no whole log in memory, because its database cannot be read. Try again later."""


class FeedSource(Protocol):
    """What the feed needs of the engine."""

    state: State
    log: list[Fact]


@dataclass(slots=True)
class _Backlog:
    """The facts that one company, person or address is told of: their positions, and by which rows."""

    positions: "array[int]" = field(default_factory=lambda: array("q"))
    rows: list[tuple[ShownBy, ...]] = field(default_factory=list)

    def behind(self, position: int, limit: int) -> list[tuple[int, tuple[ShownBy, ...]]]:
        """Return the first entries behind a position."""
        begin = bisect_right(self.positions, position)
        end = begin + limit
        return list(zip(self.positions[begin:end], self.rows[begin:end], strict=True))


_NOTHING = _Backlog()
"""Stands for a party that no fact is about. Never written."""


class Stream:
    """What one person is told, in one account. Made by `Feed.open`, let go by `Feed.leave`."""

    def __init__(self, feed: "Feed", actor: Actor, mark: StreamPosition) -> None:
        self.actor = actor
        self.ended: Ended | None = None
        self.changed: dict[str, None] = {}
        """Hubs with news that was not told yet."""
        self._feed = feed
        self._mark = mark
        self._awake = asyncio.Event()
        self._awake.set()

    async def wait(self, timeout_s: float) -> bool:
        """Return True when there may be something to take or the stream has ended; False after the time."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._awake.wait()
        except TimeoutError:
            return False

    def wake(self) -> None:
        """Let `wait` return: there may be something to take."""
        self._awake.set()

    def end(self, why: Ended) -> None:
        """End the stream: nothing is told any more. The first reason stays."""
        self.ended = self.ended or why
        self.wake()

    def take(self) -> list[Notice]:
        """Return what is to be told now; it counts as told. Nothing once the stream has ended.

        Nothing either while the log cannot be read; it comes with what happens next.
        """
        self._awake.clear()
        if not self._feed.readable:
            return []
        role = standing(self._feed.state, self.actor)
        if self.actor.account is not None and role is None:
            self.end(Ended.NOT_A_MEMBER)
        if self.ended is not None:
            return []
        notices = []
        for position, rows in self._entries():
            shown = showing(rows, role, self.actor)
            self._mark = StreamPosition(position, self._mark.epoch, self._mark.serial)
            if shown is not None:
                fact = self._feed.fact(position)
                notices.append(Notice(self._mark, str(fact.__struct_config__.tag), told(fact, shown)))
        if role is not None and allowed(role, self.actor.app, "hub_information"):
            notices += self._hubs()
        return notices

    def _entries(self) -> list[tuple[int, tuple[ShownBy, ...]]]:
        entries, more = self._feed.entries(self.actor, self._mark.position)
        if more:
            self.wake()
        return entries

    def _hubs(self) -> list[Notice]:
        """Tell the hubs' news. Only the last of them moves the mark: after a break all come again."""
        hubs = [hub for hub in self.changed if _holder(self._feed.state, hub) == self.actor.account]
        before = self._mark
        self.changed.clear()
        if not hubs:
            return []
        self._mark = StreamPosition(before.position, self._feed.epoch, self._feed.serial)
        marks = [before] * (len(hubs) - 1) + [self._mark]
        return [Notice(mark, HUB_CHANGED, {"hub": hub}) for mark, hub in zip(marks, hubs, strict=True)]


class Feed:
    """Who watches, and what they are told. `record` and `kept` are told by the service's watcher."""

    def __init__(
        self, cloud: Callable[[], FeedSource], position: int, *, stream_limit: int = STREAM_LIMIT
    ) -> None:
        """`cloud` gives the engine of now; `position` is how many facts were durable at the start."""
        self.epoch = secrets.token_hex(4)
        self.serial = 0
        """Counts the hubs' news of this epoch."""
        self._cloud = cloud
        self._durable = position
        self._stream_limit = stream_limit
        self._indexed = 0
        self._reading = Projection()
        self._shelves: dict[str, _Backlog] = {}
        self._same: dict[tuple[ShownBy, ...], tuple[ShownBy, ...]] = {}
        """One tuple for all that are equal: there are few, and as many entries as facts."""
        self._streams: dict[str, dict[Stream, None]] = {}
        """By company, or by person for their personal account."""
        self._news: dict[str, int] = {}
        """Hub to the number of its last news."""
        self._indexing = asyncio.Lock()
        self._closed = False

    @property
    def state(self) -> State:
        """The state of now."""
        return self._cloud().state

    @property
    def readable(self) -> bool:
        """Whether everything that is durable stands in memory; not while the database cannot be read."""
        return len(self._cloud().log) >= self._durable

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._streams.values()))

    # ------------------------------------------------------------------ what happens

    def record(self, first_position: int, facts: Sequence[Fact]) -> None:
        """Take note that these facts are durable now."""
        self._durable = first_position + len(facts) - 1
        if not self._streams:
            return
        people = self.state.person_by_email
        for name in self._index(self._durable):
            for stream in self._streams.get(people.get(name, name), ()):
                stream.wake()

    def kept(self, hubs: Sequence[str]) -> None:
        """Take note that these hubs have said something new, which is durable now."""
        state = self.state
        for hub in hubs:
            self.serial += 1
            self._news[hub] = self.serial
            for stream in self._streams.get(_holder(state, hub) or "", ()):
                stream.changed[hub] = None
                stream.wake()

    def close(self) -> None:
        """End every stream; a later one ends as soon as it is opened."""
        self._closed = True
        for streams in self._streams.values():
            for stream in streams:
                stream.end(Ended.STOPPING)

    # ------------------------------------------------------------------ who watches

    async def open(self, actor: Actor, after: StreamPosition | None = None) -> Stream:
        """Return a stream of what happens from now on, or of all that happened since a mark.

        The actor is signed in. Raises `TooManyStreams` and `LogUnreadable`. Whoever opens a stream lets it
        go with `leave`.
        """
        if self.streams >= self._stream_limit:
            raise TooManyStreams(f"{self._stream_limit} streams are open")
        async with self._indexing:
            while self.readable and self._indexed < self._durable:
                self._index(min(self._indexed + FACTS_AT_ONCE, self._durable))
                await asyncio.sleep(0)
        if not self.readable:
            raise LogUnreadable("the cloud's database cannot be read")
        mark = StreamPosition(self._durable, self.epoch, self.serial) if after is None else after
        # A mark behind the end is of a log that was lost: nothing is known of what it had.
        stream = Stream(
            self, actor, msgspec.structs.replace(mark, position=min(mark.position, self._durable))
        )
        if actor.account is not None:
            since = mark.serial if mark.epoch == self.epoch else None
            stream.changed.update(dict.fromkeys(self._changed_since(actor.account, since)))
        self._streams.setdefault(_watched(actor), {})[stream] = None
        if self._closed:
            stream.end(Ended.STOPPING)
        return stream

    def leave(self, stream: Stream) -> None:
        """Let go of a stream; a second call does nothing."""
        name = _watched(stream.actor)
        streams = self._streams.get(name, {})
        streams.pop(stream, None)
        if not streams:
            self._streams.pop(name, None)

    # ------------------------------------------------------------------ what a stream looks up

    def entries(self, actor: Actor, position: int) -> tuple[list[tuple[int, tuple[ShownBy, ...]]], bool]:
        """Return the next entries of the actor's account behind a position, and whether there are more."""
        names = [actor.account] if actor.account is not None else self._oneself(actor)
        found = [self._shelves.get(name, _NOTHING).behind(position, NOTICES_AT_ONCE) for name in names]
        merged = sorted((entry for some in found for entry in some), key=lambda entry: entry[0])
        return merged[:NOTICES_AT_ONCE], len(merged) >= NOTICES_AT_ONCE

    def fact(self, position: int) -> Fact:
        """Return the fact at this position."""
        return self._cloud().log[position - 1]

    def _oneself(self, actor: Actor) -> list[str]:
        person = self.state.people.get(actor.person or "")
        return [] if person is None else [person.id, person.email]

    def _changed_since(self, company: str, serial: int | None) -> list[str]:
        """Return the company's hubs with later news than this; all of them when None."""
        state = self.state
        known = state.companies.get(company)
        hubs = [hub for site in known.objects for hub in state.objects[site].hubs] if known else []
        return [hub for hub in hubs if serial is None or self._news.get(hub, 0) > serial]

    def _index(self, to_position: int) -> set[str]:
        """Take the index on as far as a durable position; return who is told of something new."""
        touched: set[str] = set()
        begin = self._indexed
        for place, fact in enumerate(read(self._reading, self._cloud().log[begin:to_position]), begin + 1):
            for name, rows in audience(self._reading, fact).items():
                shelf = self._shelves.setdefault(name, _Backlog())
                shelf.positions.append(place)
                shelf.rows.append(self._same.setdefault(rows, rows))
                touched.add(name)
        self._indexed = to_position
        return touched


def _watched(actor: Actor) -> str:
    """Return what a stream of the actor stands under: the company, or the person."""
    return actor.account or actor.person or ""


def _holder(state: State, hub: str) -> str | None:
    """Return the company that looks after the hub now, or None."""
    known = state.hubs.get(hub)
    return None if known is None or known.object is None else state.objects[known.object].company
