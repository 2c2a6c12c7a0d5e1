"""The modem's record of the card in one slot, and the waits between its attempts to attach.

After `attempts_before_t3402` failures in a row, every further attempt waits for T3402. All waits of one modem
are longer by the same part of `attempt_jitter_ms`. Modems that fail together therefore do not ask together.
"""

from zlib import crc32

import msgspec

from hubsim_simulator.hardware.modem_states import ModemState
from hubsim_simulator.hardware.settings import HardwareSettings


class CardRecord(msgspec.Struct, gc=False):
    """The modem's data about the card in one slot, until a restart or re-insertion."""

    failures: int = 0
    """The number of failed attempts in a row."""
    network: int = 0
    """The network that the next request is for, counted from 0."""
    ended: ModemState | None = None
    """The state in which the modem does not ask with this card again; None: it asks."""
    forbidden: tuple[int, ...] = ()
    """The forbidden networks, if the list is in the modem."""


class AttemptWaits:
    """The waits of the modem with this IMEI. Times are milliseconds."""

    __slots__ = (
        "_few",
        "_long_ms",
        "_short_ms",
        "first_ms",
    )

    def __init__(self, settings: HardwareSettings, imei: str) -> None:
        jitter_ms = crc32(imei.encode()) % (settings.attempt_jitter_ms + 1)
        self.first_ms = settings.attach_ms + jitter_ms if settings.attach_ms else 0
        """The wait before the first attempt."""
        self._few = settings.attempts_before_t3402
        self._short_ms = settings.t3411_ms + jitter_ms
        self._long_ms = settings.t3402_ms + jitter_ms

    def are_many(self, failures: int) -> bool:
        """Return whether this number of failures in a row makes the waits long."""
        return failures >= self._few

    def after(self, failures: int) -> int:
        """Return the wait after this number of failures in a row."""
        return self._long_ms if self.are_many(failures) else self._short_ms

    def skip(self, record: CardRecord, next_ms: int, now_ms: int) -> int:
        """Count the attempts since `next_ms` and before now as failures; return when the next one is due."""
        while next_ms < now_ms:
            record.failures += 1
            if self.are_many(record.failures):
                waits = max(1, -(-(now_ms - next_ms) // self._long_ms))
                record.failures += waits - 1
                return next_ms + waits * self._long_ms
            next_ms += self._short_ms
        return next_ms
