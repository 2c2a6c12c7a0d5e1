"""The log lines about messages that break a rule: one line at once for each rule, then one in each period.

A broken device sends thousands of bad messages. Each of them is counted, and none of them can fill the log.
"""

import time
from collections.abc import Callable

from hubsim_cloud.domain.verdicts import Outcome, VerdictSubject
from hubsim_cloud.ports import Complain, Judged
from hubsim_cloud.service.watcher import Watcher

LOG_PERIOD_S = 10.0
"""The shortest time between two lines about one rule."""


class _RuleLog:
    """What is not logged yet about one rule."""

    __slots__ = ("count", "last", "next_at_s")

    def __init__(self) -> None:
        self.next_at_s = 0.0
        self.count = 0
        self.last = ""


class ComplaintLog:
    """Writes with `warn`, and passes everything on to the watcher. `now_s` is a monotonic clock in s."""

    def __init__(
        self, warn: Callable[[str], None], watcher: Watcher, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._warn = warn
        self._watcher = watcher
        self._now_s = now_s
        self._rules: dict[str, _RuleLog] = {}
        self._unlogged: set[str] = set()

    def pass_on(self, effect: Complain | Judged) -> None:
        """Log what it says, and pass it on.

        A refused message and an unapplied document have a complaint, which is logged, and a verdict.
        """
        if isinstance(effect, Complain):
            self._note(effect.rule, f"refused a message on {effect.topic} by {effect.rule}: {effect.text}")
            self._watcher.complain(effect)
            return
        verdict = effect.verdict
        if verdict.outcome is not Outcome.REFUSED and verdict.about is not VerdictSubject.DESIRED:
            for finding in verdict.findings:
                text = f"a message on {verdict.topic} breaks {finding.rule}: {finding.text}"
                self._note(finding.rule, text)
        self._watcher.judged(verdict)

    def write(self) -> None:
        """Log what was counted, for each rule whose period has ended."""
        if self._unlogged:
            now_s = self._now_s()
            for rule in [name for name in self._unlogged if self._rules[name].next_at_s <= now_s]:
                self._write(rule)

    def close(self) -> None:
        """Log everything that was counted."""
        for rule in sorted(self._unlogged):
            self._write(rule)

    def _note(self, rule: str, text: str) -> None:
        entry = self._rules.setdefault(rule, _RuleLog())
        entry.count += 1
        entry.last = text
        self._unlogged.add(rule)
        if self._now_s() >= entry.next_at_s:
            self._write(rule)

    def _write(self, rule: str) -> None:
        entry = self._rules[rule]
        more = entry.count - 1
        self._warn(entry.last + (f" (and {more} more like it)" if more else ""))
        entry.count = 0
        entry.next_at_s = self._now_s() + LOG_PERIOD_S
        self._unlogged.discard(rule)
