"""The event streams: durable facts and hub changes, sent to the people who may see them.

Owns the index of facts by receiver, and the open streams. A stream is a position in that index and has no
queue: a slow reader costs no memory and loses nothing. The index is built when the first stream opens, and
follows the log only while a stream is open.

Promises: a stream that continues from a mark sends every later fact once, in the order of the log, and
every hub that changed since then at least once. Facts are sent only after they are durable.
"""

import asyncio
import secrets
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import msgspec

from hubsim_cloud.domain.authorization import current_role, may
from hubsim_cloud.domain.fact_log import FactLog
from hubsim_cloud.domain.facts import Fact
from hubsim_cloud.domain.projection import Projection, advance
from hubsim_cloud.domain.settings import CloudSettings
from hubsim_cloud.domain.state import State
from hubsim_cloud.domain.types import Actor
from hubsim_cloud.domain.visibility import ShownBy, audience, visible_by, visible_fields
from hubsim_cloud.service.notices import HUB_CHANGED, Ended, Notice, StreamPosition
from hubsim_cloud.service.open_stream import OpenStream

FACTS_AT_ONCE = 2_000
"""The index is built in parts of this number of facts. In between, the cloud serves other requests."""
NOTICES_AT_ONCE = 200
"""The number of facts that a stream reads from its index before it sends them."""
WOKEN_AT_ONCE = 20
"""The number of streams that are woken before the cloud serves others. A command's answer is one of them."""
STREAM_LIMIT = 10_000
"""The default limit of open streams; the next one is refused."""


class TooManyStreams(Exception):
    """The limit of open streams is reached. No stream was opened."""


class LogUnreadable(Exception):
    """The log in memory is incomplete, because the database cannot be read. Try again later."""


class FeedSource(Protocol):
    """The part of the engine that the feed needs."""

    state: State
    log: FactLog

    @property
    def settings(self) -> CloudSettings:
        """The settings of the business."""
        ...


@dataclass(slots=True)
class _Backlog:
    """The facts for one company, person or address: their positions and their visibility rules."""

    positions: "array[int]" = field(default_factory=lambda: array("q"))
    rows: list[tuple[ShownBy, ...]] = field(default_factory=list)

    def after(self, position: int, limit: int) -> list[tuple[int, tuple[ShownBy, ...]]]:
        """Return the first entries after a position."""
        begin = bisect_right(self.positions, position)
        end = begin + limit
        return list(zip(self.positions[begin:end], self.rows[begin:end], strict=True))


_EMPTY = _Backlog()
"""The backlog of receivers without facts. Never written."""


class Stream(OpenStream):
    """The stream of one person in one account. Opened by `Feed.open`, closed by `Feed.leave`."""

    def __init__(self, feed: "Feed", actor: Actor, mark: StreamPosition) -> None:
        super().__init__()
        self.actor = actor
        self.changed: dict[str, None] = {}
        """Hubs with changes that were not sent yet."""
        self._feed = feed
        self._mark = mark

    def take(self) -> list[Notice]:
        """Return the new notices, which then count as sent. The list is empty after the end of the stream.

        It is also empty while the log cannot be read; a later call returns the notices.
        """
        self._awake.clear()
        if not self._feed.readable:
            return []
        state, settings = self._feed.state, self._feed.settings
        role = current_role(state, self.actor)
        if self.actor.account is not None and role is None:
            self.end(Ended.NOT_A_MEMBER)
        if self.ended is not None:
            return []
        notices = []
        for position, rows in self._entries():
            shown = visible_by(rows, state, self.actor, role, settings)
            self._mark = StreamPosition(position, self._mark.epoch, self._mark.serial)
            if shown is not None:
                fact = self._feed.fact(position)
                name = str(fact.__struct_config__.tag)
                notices.append(Notice(self._mark, name, visible_fields(fact, shown)))
        if role is not None and may(state, self.actor, role, "hub_information", settings):
            notices += self._hubs()
        return notices

    def _entries(self) -> list[tuple[int, tuple[ShownBy, ...]]]:
        entries, more = self._feed.entries(self.actor, self._mark.position)
        if more:
            self.wake()
        return entries

    def _hubs(self) -> list[Notice]:
        """Return the hub changes. Only the last one moves the mark: after an interruption all are resent."""
        hubs = [hub for hub in self.changed if _holder(self._feed.state, hub) == self.actor.account]
        before = self._mark
        self.changed.clear()
        if not hubs:
            return []
        self._mark = StreamPosition(before.position, self._feed.epoch, self._feed.serial)
        marks = [before] * (len(hubs) - 1) + [self._mark]
        return [Notice(mark, HUB_CHANGED, {"hub": hub}) for mark, hub in zip(marks, hubs, strict=True)]


class Feed:
    """The open streams and their index. The service's watcher calls `record` and `kept`."""

    def __init__(
        self, cloud: Callable[[], FeedSource], position: int, *, stream_limit: int = STREAM_LIMIT
    ) -> None:
        """`cloud` returns the current engine; `position` is the number of durable facts at the start."""
        self.epoch = secrets.token_hex(4)
        self.serial = 0
        """The number of hub changes in this epoch."""
        self._cloud = cloud
        self._durable = position
        self._stream_limit = stream_limit
        self._indexed = 0
        self._projection = Projection()
        self._backlogs: dict[str, _Backlog] = {}
        self._interned: dict[tuple[ShownBy, ...], tuple[ShownBy, ...]] = {}
        """One tuple for all equal ones: few of them differ, and there are as many entries as facts."""
        self._streams: dict[str, dict[Stream, None]] = {}
        """By company, or by person for their personal account."""
        self._hub_serials: dict[str, int] = {}
        """Hub to the number of its last change."""
        self._to_wake: dict[Stream, None] = {}
        self._indexing = asyncio.Lock()
        self._closed = False

    @property
    def state(self) -> State:
        """The current state."""
        return self._cloud().state

    @property
    def settings(self) -> CloudSettings:
        """The settings of the business."""
        return self._cloud().settings

    @property
    def readable(self) -> bool:
        """Whether all durable facts are in memory; false while the database cannot be read."""
        return len(self._cloud().log) >= self._durable

    @property
    def streams(self) -> int:
        """The number of open streams."""
        return sum(map(len, self._streams.values()))

    # ------------------------------------------------------------------ changes

    def record(self, first_position: int, facts: Sequence[Fact]) -> None:
        """Wake the streams for facts that are now durable."""
        self._durable = first_position + len(facts) - 1
        if not self._streams:
            return
        people = self.state.person_by_email
        for name in self._index(self._durable):
            self._wake(self._streams.get(people.get(name, name), ()))

    def kept(self, hubs: Sequence[str]) -> None:
        """Wake the streams for hubs with new messages that are now durable."""
        state = self.state
        for hub in hubs:
            self.serial += 1
            self._hub_serials[hub] = self.serial
            streams = self._streams.get(_holder(state, hub) or "", ())
            for stream in streams:
                stream.changed[hub] = None
            self._wake(streams)

    def _wake(self, streams: Iterable[Stream]) -> None:
        """Wake streams, `WOKEN_AT_ONCE` in each iteration of the event loop."""
        is_waking = bool(self._to_wake)
        self._to_wake.update(dict.fromkeys(streams))
        if self._to_wake and not is_waking:
            self._wake_some()

    def _wake_some(self) -> None:
        for stream in list(islice(self._to_wake, WOKEN_AT_ONCE)):
            del self._to_wake[stream]
            stream.wake()
        if self._to_wake:
            asyncio.get_running_loop().call_soon(self._wake_some)

    def close(self) -> None:
        """End every stream. A stream that is opened later ends immediately."""
        self._closed = True
        for streams in self._streams.values():
            for stream in streams:
                stream.end(Ended.STOPPING)

    # ------------------------------------------------------------------ streams

    async def open(self, actor: Actor, after: StreamPosition | None = None) -> Stream:
        """Return a stream of the changes from now on, or of all changes since a mark.

        The actor is signed in. Raises `TooManyStreams` and `LogUnreadable`. The caller closes the stream
        with `leave`.
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
        # A mark after the end belongs to a lost log, whose facts are unknown.
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
        """Close a stream; a second call does nothing."""
        name = _watched(stream.actor)
        streams = self._streams.get(name, {})
        streams.pop(stream, None)
        if not streams:
            self._streams.pop(name, None)

    # ------------------------------------------------------------------ used by streams

    def entries(self, actor: Actor, position: int) -> tuple[list[tuple[int, tuple[ShownBy, ...]]], bool]:
        """Return the next entries of the actor's account after a position, and whether there are more."""
        names = [actor.account] if actor.account is not None else self._personal_names(actor)
        found = [self._backlogs.get(name, _EMPTY).after(position, NOTICES_AT_ONCE) for name in names]
        merged = sorted((entry for some in found for entry in some), key=lambda entry: entry[0])
        return merged[:NOTICES_AT_ONCE], len(merged) >= NOTICES_AT_ONCE

    def fact(self, position: int) -> Fact:
        """Return the fact at this position."""
        return self._cloud().log[position - 1]

    def _personal_names(self, actor: Actor) -> list[str]:
        person = self.state.people.get(actor.person or "")
        return [] if person is None else [person.id, person.email]

    def _changed_since(self, company: str, serial: int | None) -> list[str]:
        """Return the company's hubs with changes after `serial`; all of its hubs if it is None."""
        state = self.state
        known = state.companies.get(company)
        hubs = [hub for site in known.objects for hub in state.objects[site].hubs] if known else []
        return [hub for hub in hubs if serial is None or self._hub_serials.get(hub, 0) > serial]

    def _index(self, to_position: int) -> set[str]:
        """Extend the index to a durable position. Return the receivers of the new facts."""
        touched: set[str] = set()
        begin = self._indexed
        facts = self._cloud().log[begin:to_position]
        for position, fact in enumerate(advance(self._projection, facts), begin + 1):
            for name, rows in audience(self._projection, fact).items():
                backlog = self._backlogs.setdefault(name, _Backlog())
                backlog.positions.append(position)
                backlog.rows.append(self._interned.setdefault(rows, rows))
                touched.add(name)
        self._indexed = to_position
        return touched


def _watched(actor: Actor) -> str:
    """Return the key of the actor's streams: the company, or the person."""
    return actor.account or actor.person or ""


def _holder(state: State, hub: str) -> str | None:
    """Return the company that looks after the hub now, or None."""
    known = state.hubs.get(hub)
    return None if known is None or known.object is None else state.objects[known.object].company
