"""The life of one MQTT connection, for agent, carrier and cloud: its state, and the deadline of that state.

Owns the state table, the limit of each wait and the backoff; knows nothing about messages. Refuses an answer
without a request (`IllegalLinkTransition`). Promises that every state except OFFLINE, ONLINE and STOPPED has
a deadline.
"""

from enum import StrEnum
from types import MappingProxyType
from zlib import crc32

import msgspec

from hubsim_contract.mqtt.port import (
    AttemptBegan,
    AttemptQueued,
    Connected,
    ConnectFailed,
    ConnectionLost,
    PortEvent,
    Subscribed,
)

TURN_LIMIT_MS = 600_000
"""Longest wait for the turn to connect among many stations. Consequence: as for a missing answer."""
ANSWER_LIMIT_MS = 30_000
"""Longest wait for CONNACK or SUBACK. Consequence: disconnect, and retry after the backoff."""
STEADY_MS = 10_000
"""A connection that worked at least this long resets the count of failures.

Without it, two hubs with one id that take over each other's session would reconnect without any wait.
"""
_CRC_RANGE = 1 << 32


class IllegalLinkTransition(Exception):
    """The port gave an answer that is impossible in this state: a bug in the port."""

    def __init__(self, state: str, what: str) -> None:
        super().__init__(f"the link is {state}: the input '{what}' is impossible in this state")
        self.state = state
        self.what = what


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The pauses between attempts to connect."""

    first_pause_ms: int = 1_000
    """Before the second attempt in a row, doubled for each further one. The first attempt does not wait."""
    longest_pause_ms: int = 60_000
    """A station reconnects at most one minute after its broker is back."""
    answer_limit_ms: int = ANSWER_LIMIT_MS
    """For CONNACK and SUBACK, each."""
    steady_ms: int = STEADY_MS


class LinkState(StrEnum):
    """The state of the connection."""

    OFFLINE = "offline"
    """No path to the cloud: no channel is connected, or the station may not connect yet."""
    CONNECTING = "connecting"
    """Connect was requested; waits for CONNACK."""
    SUBSCRIBING = "subscribing"
    """Connected; waits for SUBACK."""
    ONLINE = "online"
    """Subscribed; messages can be published (rule MQ-3)."""
    BACKOFF = "backoff"
    """There is a path, but the last connection failed or died; waits for the next attempt."""
    STOPPED = "stopped"
    """The station was shut down; final."""


class LinkInput(StrEnum):
    """The inputs of the state table."""

    WAY_OPENED = "way opened"
    """Another channel is connected, or the station may now connect and has a channel."""
    WAY_CLOSED = "way closed"
    """No channel is left. An open connection is not closed: its port reports when it is dead."""
    QUEUED = "queued"
    """The attempt waits for its turn among those of many stations."""
    BEGAN = "began"
    """The turn has come: the limit for the answer counts from here."""
    CONNECTED = "connected"
    CONNECT_FAILED = "connect failed"
    SUBSCRIBED = "subscribed"
    LOST = "lost"
    TIMED_OUT = "timed out"
    """The answer expected in this state did not arrive in time."""
    RETRY_DUE = "retry due"
    STOP = "stop"


_S, _I = LinkState, LinkInput

_MOVES = {
    (_S.OFFLINE, _I.WAY_OPENED): _S.CONNECTING,
    (_S.CONNECTING, _I.CONNECTED): _S.SUBSCRIBING,
    (_S.CONNECTING, _I.CONNECT_FAILED): _S.BACKOFF,
    (_S.CONNECTING, _I.LOST): _S.BACKOFF,
    (_S.CONNECTING, _I.TIMED_OUT): _S.BACKOFF,
    (_S.SUBSCRIBING, _I.SUBSCRIBED): _S.ONLINE,
    (_S.SUBSCRIBING, _I.LOST): _S.BACKOFF,
    (_S.SUBSCRIBING, _I.TIMED_OUT): _S.BACKOFF,
    (_S.ONLINE, _I.LOST): _S.BACKOFF,
    (_S.ONLINE, _I.TIMED_OUT): _S.BACKOFF,
    (_S.BACKOFF, _I.RETRY_DUE): _S.CONNECTING,
    (_S.BACKOFF, _I.WAY_OPENED): _S.CONNECTING,
    (_S.BACKOFF, _I.WAY_CLOSED): _S.OFFLINE,
}
_STOPS = {(state, _I.STOP): _S.STOPPED for state in _S if state is not _S.STOPPED}
_LIMITED = (_I.QUEUED, _I.BEGAN)
"""Inputs that give the attempt a new deadline."""
_UNMOVED = {
    **{(_S.CONNECTING, progress): _S.CONNECTING for progress in _LIMITED},
    **{(state, _I.WAY_OPENED): state for state in (_S.CONNECTING, _S.SUBSCRIBING, _S.ONLINE)},
    **{(state, _I.WAY_CLOSED): state for state in (_S.OFFLINE, _S.CONNECTING, _S.SUBSCRIBING, _S.ONLINE)},
    # The answer of a connection that was just abandoned may still arrive.
    **{
        (state, answer): state
        for state in (_S.OFFLINE, _S.BACKOFF)
        for answer in (_I.QUEUED, _I.BEGAN, _I.CONNECTED, _I.CONNECT_FAILED, _I.SUBSCRIBED, _I.LOST)
    },
}

TRANSITIONS = MappingProxyType({**_MOVES, **_STOPS, **_UNMOVED})
"""(state, input) to the next state; a missing pair is impossible. Source of the state diagram."""

ANSWERS: dict[type[PortEvent], LinkInput] = {
    AttemptQueued: LinkInput.QUEUED,
    AttemptBegan: LinkInput.BEGAN,
    Connected: LinkInput.CONNECTED,
    ConnectFailed: LinkInput.CONNECT_FAILED,
    ConnectionLost: LinkInput.LOST,
    Subscribed: LinkInput.SUBSCRIBED,
}
"""The port's answers as inputs of the link; other events of the port do not affect the connection."""


def retry_delay_ms(settings: LinkSettings, name: str, failures: int, attempt: int) -> int:
    """Return the wait in ms after this number of failures in a row, counted from 1.

    0 after the first one, then `first_pause_ms` doubled each time up to `longest_pause_ms`, times a jitter of
    0.5 to 1.0. The jitter is derived from name and attempt: many hubs that lose one broker spread out, and a
    replay waits exactly as long as the original.
    """
    if failures <= 1:
        return 0
    doublings = min(failures - 2, settings.longest_pause_ms.bit_length())
    base_ms = min(settings.first_pause_ms << doublings, settings.longest_pause_ms)
    spread = crc32(f"{name} {attempt}".encode())
    half_ms = base_ms - base_ms // 2
    return half_ms + (base_ms - half_ms) * spread // _CRC_RANGE


class Link:
    """The state of one link; times are in ms, on one axis that its owner chooses.

    `name` spreads the pauses: each station, and each boot of a station, should have a different one.
    """

    __slots__ = (
        "_failures",
        "_name",
        "_online_since_ms",
        "_settings",
        "connection",
        "deadline_ms",
        "state",
    )

    def __init__(self, name: str, settings: LinkSettings | None = None) -> None:
        self._name = name
        self._settings = settings or LinkSettings()
        self._failures = 0
        self._online_since_ms = 0
        self.state = LinkState.OFFLINE
        self.connection = 0
        """The number of attempts to connect since the station started."""
        self.deadline_ms: int | None = None
        """The end of this state: RETRY_DUE in BACKOFF, otherwise TIMED_OUT."""

    def step(self, what: LinkInput, now_ms: int, answered_ms: int | None = None) -> bool:
        """Apply one input; return whether the state changed. Raises `IllegalLinkTransition`.

        `answered_ms`: until when the connection worked, if it ends without an answer; None: until now.
        """
        before = self.state
        after = TRANSITIONS.get((before, what))
        if after is None:
            raise IllegalLinkTransition(before.value, what.value)
        if after is before:
            if after is LinkState.CONNECTING and what in _LIMITED:
                self.deadline_ms = now_ms + self._limit_ms(what)
            return False
        self.state = after
        self._enter(before, after, now_ms, now_ms if answered_ms is None else answered_ms)
        return True

    def _enter(self, before: LinkState, after: LinkState, now_ms: int, answered_ms: int) -> None:
        self.deadline_ms = None
        if after is LinkState.CONNECTING:
            self.connection += 1
            self.deadline_ms = now_ms + self._settings.answer_limit_ms
        elif after is LinkState.SUBSCRIBING:
            self.deadline_ms = now_ms + self._settings.answer_limit_ms
        elif after is LinkState.ONLINE:
            self._online_since_ms = now_ms
        elif after is LinkState.BACKOFF:
            self._count_failure(before, now_ms, answered_ms)

    def _limit_ms(self, what: LinkInput) -> int:
        return TURN_LIMIT_MS if what is LinkInput.QUEUED else self._settings.answer_limit_ms

    def _count_failure(self, before: LinkState, now_ms: int, answered_ms: int) -> None:
        if before is LinkState.ONLINE and answered_ms - self._online_since_ms >= self._settings.steady_ms:
            self._failures = 0
        self._failures += 1
        self.deadline_ms = now_ms + retry_delay_ms(
            self._settings, self._name, self._failures, self.connection
        )
