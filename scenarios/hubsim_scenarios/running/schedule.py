"""The series of plays of a run: hands out jobs, and reports their results in order. Pure.

With `fail_fast`, the last reported play is the first one in the series that fails or is blocked. So a
parallel run reports the same plays as a sequential one.
"""

from collections.abc import Callable, Sequence

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.running.target import PlayJob

STOPPING = (Verdict.FAIL, Verdict.BLOCKED)
"""The verdicts that end a series with `fail_fast`."""

OnPlayed = Callable[[Played], None]


def jobs_of(
    scenarios: Sequence[Scenario], seed: int, *, repeat: int = 1, record: bool = False
) -> list[PlayJob]:
    """Return the jobs of a run: each scenario under `seed`, `seed + 1`, ..., then the next scenario."""
    return [PlayJob(scenario, each, record) for scenario in scenarios for each in range(seed, seed + repeat)]


class Series:
    """The jobs of one run and their results. `report` is called with each finished play, in order."""

    def __init__(self, play_jobs: Sequence[PlayJob], report: OnPlayed, *, fail_fast: bool = False) -> None:
        self.play_jobs = play_jobs
        self._report = report
        self._fail_fast = fail_fast
        self._handed_out = 0
        self._end = len(play_jobs)
        self._finished: dict[int, Played] = {}
        self.reported: list[Played] = []

    def take(self) -> int | None:
        """Return the index of the next job, or None if there are no more."""
        if self._handed_out >= self._end:
            return None
        self._handed_out += 1
        return self._handed_out - 1

    def finish(self, place: int, played: Played) -> None:
        """Store a finished play, and report all plays that have no unfinished one before them."""
        if self._fail_fast and played.result.verdict in STOPPING:
            self._end = min(self._end, place + 1)
        self._finished[place] = played
        while len(self.reported) < self._end and len(self.reported) in self._finished:
            ready = self._finished.pop(len(self.reported))
            self.reported.append(ready)
            self._report(ready)

    @property
    def unplayed(self) -> int:
        """The number of jobs that were not reported, because a failure ended the series."""
        return len(self.play_jobs) - len(self.reported)
