"""What is noted of a play while it goes on: real time, and how the hubs looked before the first step.

It stands beside the play and never in its trace: the trace of a virtual play is the same byte for byte.
`Collector` looks at a clock; `Collected` is a value that can be handed to another process.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec

from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.play.play import UNWATCHED, StepDone, Watched

Looks = Mapping[str, Mapping[str, Snapshot]]
"""Hub alias to its looks."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """What was noted of a play while it went on. Seconds are real ones, since the play began."""

    began_at: datetime | None = None
    """In UTC; None when nothing was noted."""
    opened_s: float | None = None
    """When the world stood; None when it never did."""
    opening: Looks = {}
    """The hubs before the first step."""
    steps_s: tuple[float, ...] = ()
    """When each step was done."""
    took_s: float = 0.0


class Collector:
    """Takes the notes of one play: let `watched` watch it, and ask for `notes` when it has ended.

    Whoever listens to the play as well (a story that is told meanwhile) is given along, and told first.
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
        self._looks: Looks = {}
        self._steps_s: list[float] = []

    def opening(self, at_ms: int, looks: dict[str, dict[str, Snapshot]]) -> None:
        """Note that the world stands, and how the hubs look."""
        if self._watched.opening is not None:
            self._watched.opening(at_ms, looks)
        self._opened_s, self._looks = self._passed_s(), looks

    def watched(self, *, record: bool) -> Watched:
        """Return who hears of the play now: this, and whoever heard before.

        The opening is heard only if looks are recorded or somebody wants it; for looking costs.
        """
        opening = self.opening if record or self._watched.opening is not None else None
        return msgspec.structs.replace(self._watched, listener=self.step, opening=opening)

    def step(self, done: StepDone) -> None:
        """Note that a step is done."""
        if self._watched.listener is not None:
            self._watched.listener(done)
        self._steps_s.append(self._passed_s())

    def notes(self) -> Collected:
        """Return the notes; the play has ended now."""
        return Collected(
            began_at=self._began_at,
            opened_s=self._opened_s,
            opening=self._looks,
            steps_s=tuple(self._steps_s),
            took_s=self._passed_s(),
        )

    def _passed_s(self) -> float:
        return round(self._seconds() - self._began_s, 6)
