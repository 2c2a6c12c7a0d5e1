"""Collects facts of a play that are not in its trace: real times, and the hubs before the first step.

They are kept apart because two traces of a virtual play must be equal byte for byte. `Collector` reads the
real clock. `Collected` is a value that can be sent to another process.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.play.play import UNWATCHED, StepDone, Watched

Snapshots = Mapping[str, Mapping[str, Snapshot]]
"""Hub alias to its snapshots, by aspect."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one play. Seconds are real time since the start of the play."""

    began_at: datetime | None = None
    """In UTC. None: nothing was collected."""
    opened_s: float | None = None
    """When the world was built. None: it was not."""
    opening: Snapshots = {}
    """The hubs before the first step."""
    steps_s: tuple[float, ...] = ()
    """When each step ended."""
    took_s: float = 0.0


class Collector:
    """Collects the facts of one play: pass `watched()` to the play, and call `notes()` when it has ended.

    The callbacks of the given `watched` are called before the collector's.
    """

    def __init__(
        self,
        watched: Watched = UNWATCHED,
        *,
        seconds: Callable[[], float] = time.monotonic,
        began_at: datetime | None = None,
    ) -> None:
        self._watched = watched
        self._seconds = seconds
        self._began_at = began_at or datetime.now(UTC)
        self._began_s = seconds()
        self._opened_s: float | None = None
        self._snapshots: Snapshots = {}
        self._steps_s: list[float] = []

    def opening(self, at_ms: int, snapshots: dict[str, dict[str, Snapshot]]) -> None:
        """Store the time at which the world was built, and the state of the hubs."""
        if self._watched.opening is not None:
            self._watched.opening(at_ms, snapshots)
        self._opened_s, self._snapshots = self._passed_s(), snapshots

    def watched(self, *, record: bool) -> Watched:
        """Return callbacks that also call this collector.

        There is an `opening` only if the play records snapshots or a callback needs it, because snapshots
        take time.
        """
        opening = self.opening if record or self._watched.opening is not None else None
        return msgspec.structs.replace(self._watched, listener=self.step, opening=opening)

    def step(self, done: StepDone) -> None:
        """Store the time at which a step ended."""
        if self._watched.listener is not None:
            self._watched.listener(done)
        self._steps_s.append(self._passed_s())

    def notes(self) -> Collected:
        """Return the collected facts. Call it once, when the play has ended."""
        return Collected(
            began_at=self._began_at,
            opened_s=self._opened_s,
            opening=self._snapshots,
            steps_s=tuple(self._steps_s),
            took_s=self._passed_s(),
        )

    def _passed_s(self) -> float:
        return round(self._seconds() - self._began_s, 6)
