"""The series of plays of a run: handed out and told in order, whoever plays them and however they finish.

Pure bookkeeping. With `fail_fast` the first play in the order of the series that did not hold is the last one
told, so that a run side by side tells the same as one after the other.
"""

from collections.abc import Callable, Sequence

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.running.target import PlayJob

STOPPING = (Verdict.FAIL, Verdict.BLOCKED)
"""With `fail_fast`, what ends a series."""

Tell = Callable[[Played], None]


def jobs_of(
    scenarios: Sequence[Scenario], seed: int, *, repeat: int = 1, record: bool = False
) -> list[PlayJob]:
    """Return the turns of a run: each scenario under `seed`, `seed + 1`, ..., then the next scenario."""
    return [PlayJob(scenario, each, record) for scenario in scenarios for each in range(seed, seed + repeat)]


class Series:
    """The turns of one run and what came of them. `tell` hears each finished play, in order."""

    def __init__(self, play_jobs: Sequence[PlayJob], tell: Tell, *, fail_fast: bool = False) -> None:
        self.play_jobs = play_jobs
        self._tell = tell
        self._fail_fast = fail_fast
        self._handed_out = 0
        self._end = len(play_jobs)
        self._finished: dict[int, Played] = {}
        self.told: list[Played] = []

    def take(self) -> int | None:
        """Hand out the place of the next turn, or None when there is none to play any more."""
        if self._handed_out >= self._end:
            return None
        self._handed_out += 1
        return self._handed_out - 1

    def finish(self, place: int, played: Played) -> None:
        """Take a finished play, and tell whatever is no longer behind an unfinished one."""
        if self._fail_fast and played.result.verdict in STOPPING:
            self._end = min(self._end, place + 1)
        self._finished[place] = played
        while len(self.told) < self._end and len(self.told) in self._finished:
            ready = self._finished.pop(len(self.told))
            self.told.append(ready)
            self._tell(ready)

    @property
    def unplayed(self) -> int:
        """How many turns were given up after a failure."""
        return len(self.play_jobs) - len(self.told)
