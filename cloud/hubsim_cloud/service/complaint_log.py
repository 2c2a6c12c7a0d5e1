"""The log lines about messages that break a rule, and the way of these messages to the watcher."""

import time
from collections.abc import Callable

from hubsim_cloud.domain.verdicts import MessageOutcome, VerdictSubject
from hubsim_cloud.ports import Complain, Judged
from hubsim_cloud.service.limited_log import LimitedLog
from hubsim_cloud.service.watcher import Watcher


class ComplaintLog:
    """Logs with `warn`, limited for each rule, and passes everything on to the watcher."""

    def __init__(
        self, warn: Callable[[str], None], watcher: Watcher, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = LimitedLog(warn, now_s)
        self._watcher = watcher

    def pass_on(self, effect: Complain | Judged) -> None:
        """Log what it says, and pass it on.

        A refused message and an unapplied document have a complaint, which is logged, and a verdict.
        """
        if isinstance(effect, Complain):
            text = f"refused a message on {effect.topic} by {effect.rule}: {effect.text}"
            self._log.note(effect.rule, text)
            self._watcher.complain(effect)
            return
        verdict = effect.verdict
        if verdict.outcome is not MessageOutcome.REFUSED and verdict.about is not VerdictSubject.DESIRED:
            for finding in verdict.findings:
                text = f"a message on {verdict.topic} breaks {finding.rule}: {finding.text}"
                self._log.note(finding.rule, text)
        self._watcher.judged(verdict)

    def write(self) -> None:
        """Log what was counted, for each rule whose period has ended."""
        self._log.write()

    def close(self) -> None:
        """Log everything that was counted."""
        self._log.close()
