"""The pace of a hub's reports and events, which keeps it within the bounds of rule MQ-10.rate."""

from hubsim_contract.wire.hub_bounds import RateBound

SPARE = 20
"""Messages of the bound's burst that are left for the reports that never wait: the first one of a connection,
and those that ask the cloud again."""


class SendingPace:
    """Counts the messages of one kind. Times are in ms on the mono axis."""

    __slots__ = (
        "_full_ms",
        "_pause_ms",
        "_window_ms",
        "deadline_ms",
    )

    def __init__(self, bound: RateBound) -> None:
        self._pause_ms = bound.pause_ms
        self._window_ms = (bound.burst - SPARE - 1) * bound.pause_ms
        self._full_ms = 0
        """When the whole burst is available again."""
        self.deadline_ms: int | None = None
        """When the message that waits can be sent; None: no message waits."""

    def take(self, now_ms: int) -> bool:
        """Count a message and return True; or return False and set the deadline: it has to wait."""
        if self._full_ms - now_ms > self._window_ms:
            self.deadline_ms = self._full_ms - self._window_ms
            return False
        self.count(now_ms)
        return True

    def count(self, now_ms: int) -> None:
        """Count a message that does not wait. It replaces the message that waits."""
        self._full_ms = max(self._full_ms, now_ms) + self._pause_ms
        self.deadline_ms = None

    def forget(self) -> None:
        """Forget the message that waits: it is not needed, or something else delays it."""
        self.deadline_ms = None
