"""Whether the cloud is in reach of a hub: the cloud's presence, and its answers to the hub's reports.

Owns both for one connection at a time. An open connection proves only that a broker answers. The cloud is in
reach when it has answered a report of this connection and has not gone offline since. Promises that a
connection over which no report arrives is closed `ANSWER_LIMIT_MS` times `ASKS_MAX` after a report that asks.
"""

from hubsim_contract.wire.messages import CloudPresence, Heard

ASK_AGAIN_AFTER_MS = 60_000
"""A report asks for an answer if the last one is at least this old. A hub without changes sends nothing."""
ANSWER_LIMIT_MS = 30_000
"""Longest wait for an answer of a cloud that is online. Consequence: another report asks again."""
PRESENCE_LIMIT_MS = 300_000
"""The same where the broker has no presence of a cloud. It may have lost it while the cloud is away, so the
connection may be good. While the presence is offline, there is no limit."""
ASKS_MAX = 2
"""Reports without an answer. After the last one the connection is treated as dead, and closed."""


class CloudContact:
    """The contact of one boot of one hub. Times are mono, in ms."""

    __slots__ = (
        "_answer_limit_ms",
        "_asked_ms",
        "_asks",
        "_boot",
        "_first_asked",
        "_heard_ms",
        "_is_away",
        "_newest",
        "silent_since_ms",
        "unheard",
    )

    def __init__(self, boot: int, answer_limit_ms: int = ANSWER_LIMIT_MS) -> None:
        self._boot = boot
        self._answer_limit_ms = answer_limit_ms
        self.unheard = 0
        """Connections that were closed because the cloud did not answer."""
        self.reset()

    def reset(self) -> None:
        """Forget everything about the last connection."""
        self._newest: CloudPresence | None = None
        self._is_away = False
        """Whether the presence went offline, and the cloud has not answered since."""
        self._heard_ms: int | None = None
        self._asks = 0
        self._first_asked = 0
        self._asked_ms = 0
        self.silent_since_ms = 0
        """When the first report was sent that has no answer."""

    @property
    def in_reach(self) -> bool:
        """Whether the cloud has answered on this connection, and is online."""
        return self._heard_ms is not None and not self._is_away

    @property
    def deadline_ms(self) -> int | None:
        """When an answer is overdue; None: no answer is awaited, or the cloud is known to be offline."""
        return None if self._is_away or not self._asks else self._asked_ms + self._limit_ms

    @property
    def exhausted(self) -> bool:
        """Whether the hub has asked as often as it may without an answer."""
        return self._asks >= ASKS_MAX

    @property
    def _limit_ms(self) -> int:
        return PRESENCE_LIMIT_MS if self._newest is None else self._answer_limit_ms

    # ------------------------------------------------------------------ reports

    def must_ask(self, now_ms: int) -> bool:
        """Return whether the report that is sent now has to ask for an answer."""
        if self._asks:
            return now_ms - self._asked_ms >= self._limit_ms
        return self._heard_ms is None or now_ms - self._heard_ms >= ASK_AGAIN_AFTER_MS

    def asked(self, sequence: int, now_ms: int) -> None:
        """Record that the report with this sequence asks."""
        if not self._asks:
            self._first_asked, self.silent_since_ms = sequence, now_ms
        self._asks += 1
        self._asked_ms = now_ms

    # ------------------------------------------------------------------ messages of the cloud

    def heard(self, answer: Heard, now_ms: int) -> None:
        """Record an answer, which a cloud without a presence can also give.

        One to a report of an earlier connection or boot proves nothing.
        """
        if self._asks and answer.boot == self._boot and answer.sequence >= self._first_asked:
            self._asks, self._heard_ms, self._is_away = 0, now_ms, False

    def presence(self, presence: CloudPresence, now_ms: int) -> None:
        """Record the cloud's presence if it is newer: a late will must not hide a cloud that is back (MQ-6).

        A cloud that comes back gets the whole time for its answer.
        """
        known = self._newest
        if known is not None:
            this, newest = (presence.boot, presence.connection), (known.boot, known.connection)
            if this < newest or (this == newest and presence.online >= known.online):
                return
        self._newest, self._is_away = presence, not presence.online
        self._asked_ms = max(self._asked_ms, now_ms)
