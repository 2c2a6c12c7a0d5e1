"""The clock of sessions: the host's, which an operator can set back.

A small step back does not count: the highest time seen stays until the host's clock has passed it. After a
larger one the host's clock is right again, and the sessions move back with it: each keeps the time that it
has left, so none lives longer than a new one, and none that had expired is valid again.
"""

from collections.abc import Callable, Iterable

import msgspec

from hubsim_cloud.service.rows import UserSession

SMALL_STEP_MS = 60_000
"""The largest step back, in ms, that leaves the clock where it is."""


class SessionClock:
    """The time of sessions, in ms since 1970 in UTC.

    `stepped_back` gets the old time and the size of each step.
    """

    def __init__(
        self, host_ms: Callable[[], int], seen_ms: int, stepped_back: Callable[[int, int], None]
    ) -> None:
        self._host_ms = host_ms
        self._latest_ms = seen_ms
        self._stepped_back = stepped_back
        self._steps_ms = 0

    def now_ms(self) -> int:
        """Return the time, after the sessions have moved with a clock that was set back."""
        host_ms, latest_ms = self._host_ms(), self._latest_ms
        if latest_ms - host_ms > SMALL_STEP_MS:
            self._latest_ms = host_ms
            self._steps_ms += latest_ms - host_ms
            self._stepped_back(latest_ms, latest_ms - host_ms)
        self._latest_ms = max(self._latest_ms, host_ms)
        return self._latest_ms

    def steady_ms(self) -> int:
        """Return a time that advances as the host's clock and never goes back. It has no epoch."""
        return self.now_ms() + self._steps_ms


def moved_back(sessions: Iterable[UserSession], old_ms: int, by_ms: int) -> dict[str, UserSession]:
    """Return the sessions that had not expired at the old time, moved back, by token hash."""
    return {
        session.token_hash: msgspec.structs.replace(
            session, expires_ms=session.expires_ms - by_ms, created_ms=session.created_ms - by_ms
        )
        for session in sessions
        if session.expires_ms > old_ms
    }
