"""Logs limits of wrong passwords, at a bounded rate for each account and address."""

import logging
from collections import OrderedDict

from hubsim_cloud.service.sign_in_limits import ENTRIES_MAX, Limited, LimitKind, Visitor

LOG_MS = 60_000
"""The shortest time between two lines of the log about the same account or address."""
LOGGED_CHARS = 80
"""A longer account is cut in the log."""

log = logging.getLogger(__name__)


class SignInLog:
    """The lines of the log about limits. Times are in ms on one clock that does not go back."""

    def __init__(self) -> None:
        self._logged_ms: OrderedDict[str, int] = OrderedDict()
        """The last line about an account or an address that is limited."""

    def write(self, visitor: Visitor, limited: Limited, now_ms: int) -> None:
        """Log that a limit applies, for each account and address at most once in `LOG_MS`."""
        subject = visitor.address if limited.kind is LimitKind.ADDRESS else visitor.account
        if now_ms - self._logged_ms.get(subject, -LOG_MS) < LOG_MS:
            return
        self._logged_ms[subject] = now_ms
        self._logged_ms.move_to_end(subject)
        if len(self._logged_ms) > ENTRIES_MAX:
            self._logged_ms.popitem(last=False)
        log.warning(
            "too many wrong passwords for %r from %s: attempts wait for %d s (limit by %s)",
            visitor.account[:LOGGED_CHARS],
            visitor.address,
            -(-limited.wait_ms // 1_000),
            limited.kind.value,
        )
