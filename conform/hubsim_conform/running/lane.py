"""Plays checks one after the other on one device, and judges the whole recording at the end."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from hubsim_conform.bench.cloud_double import BrokerUnreachable
from hubsim_conform.bench.device_bench import NOTICED_S, DeviceBench, DeviceEnded
from hubsim_conform.checks.all_checks import FIRST
from hubsim_conform.checks.check import Check
from hubsim_conform.checks.situation import CheckBlocked, CheckFailed, DocumentLedger, Situation
from hubsim_conform.device.actuator import ActFailed, ActImpossible
from hubsim_conform.evidence.entries import BenchNoteKind
from hubsim_conform.judges.judges import judge
from hubsim_conform.judges.violation import Violation, violation
from hubsim_conform.running.outcome import CheckEnd, CheckOutcome, LaneResult
from hubsim_contract.wire.topics import MessageKind

CONTROL_MAX_S = 10.0
"""The longest time in which a program shows that it does not end without a bad message."""
INTERRUPTED = "the run was interrupted"
"""The reason of a check that a cancelled lane has not played to its end."""
Progress = Callable[[CheckOutcome], None]


class CheckLane:
    """The checks on one bench."""

    def __init__(self, bench: DeviceBench, progress: Progress = lambda _: None) -> None:
        self._bench = bench
        self._progress = progress
        self._ledger = DocumentLedger(bench.hub)
        self._violations: list[Violation] = []
        self._outcomes: list[CheckOutcome] = []
        self._hopeless = ""

    async def run(self, checks: Sequence[Check]) -> LaneResult:
        """Play the first contact, then the checks.

        A lane that is cancelled returns what it has decided: the checks that are left are BLOCKED.
        """
        planned = (FIRST, *(each for each in checks if each is not FIRST))
        with suppress(asyncio.CancelledError):
            for check in planned:
                outcome = await self._play(check)
                self._outcomes.append(outcome)
                self._progress(outcome)
                if check is FIRST:
                    self._after_first_contact(outcome)
        self._outcomes += map(self._not_played, planned[len(self._outcomes) :])
        found = (*self._violations, *judge(self._bench.recording))
        return LaneResult(
            hub=self._bench.hub,
            recording=self._bench.recording,
            outcomes=tuple(self._outcomes),
            violations=tuple(dict.fromkeys(found)),
        )

    def _not_played(self, check: Check) -> CheckOutcome:
        newest = self._bench.recording.newest
        return CheckOutcome(
            check=check.name, end=CheckEnd.BLOCKED, reason=INTERRUPTED, first=newest, last=newest
        )

    def _after_first_contact(self, outcome: CheckOutcome) -> None:
        if outcome.end is CheckEnd.BLOCKED or self._violations:
            reason = outcome.reason or f"see {self._violations[0].rule}"
            self._hopeless = f"the hub was never online ({reason})"
            return
        for entry in self._bench.recording.messages():
            if entry.message is not None and entry.message.kind is MessageKind.REPORTED:
                self._ledger.exceed(entry.message.get("applied_version") or 0)

    async def _play(self, check: Check) -> CheckOutcome:
        bench = self._bench
        first, began_s = bench.recording.newest, bench.now_s()
        lacking = check.needs(bench.capabilities)
        if lacking is None and check.many_acts and not bench.device.many_acts:
            lacking = "an actuator that needs no person"
        if lacking is None and bench.plan.broker in check.not_on:
            lacking = f"another broker than {bench.plan.broker}"
        if lacking is not None:
            return CheckOutcome(
                check=check.name, end=CheckEnd.SKIPPED, reason=lacking, first=first, last=first
            )
        if self._hopeless:
            return CheckOutcome(
                check=check.name, end=CheckEnd.BLOCKED, reason=self._hopeless, first=first, last=first
            )
        bench.note(BenchNoteKind.CHECK_BEGAN, check.name)
        end, reason = await self._attempt(check)
        bench.note(BenchNoteKind.CHECK_ENDED, check.name)
        undecided = check.undecided(bench.capabilities)
        done = end is CheckEnd.DONE
        return CheckOutcome(
            check=check.name,
            end=end,
            reason=reason,
            decided=tuple(rule for rule in check.decides if done and rule not in undecided),
            undecided=undecided,
            first=first,
            last=bench.recording.newest,
            took_s=bench.now_s() - began_s,
        )

    async def _attempt(self, check: Check) -> tuple[CheckEnd, str]:
        """Run the script, and bring the environment back to normal."""
        situation = Situation(self._bench, self._ledger)
        result = await self._result(check, situation)
        self._violations += situation.violations
        await self._restore()
        return result

    async def _result(self, check: Check, situation: Situation) -> tuple[CheckEnd, str]:
        try:
            await check.script(situation)
        except CheckFailed:
            ended = await self._ended_shortly()
            if ended:
                situation.violations.clear()
                await self._blame(situation, ended)
                return CheckEnd.BLOCKED, ended
        except DeviceEnded as error:
            await self._blame(situation, str(error))
            return CheckEnd.BLOCKED, str(error)
        except (CheckBlocked, ActFailed, BrokerUnreachable) as error:
            return CheckEnd.BLOCKED, str(error)
        except ActImpossible as error:
            return CheckEnd.SKIPPED, str(error)
        return CheckEnd.DONE, ""

    async def _ended_shortly(self) -> str:
        """Return how the program ended by itself, if it did; its end is seen after that of its connection."""
        bench = self._bench
        if not bench.powered:
            return bench.device.ended
        with suppress(DeviceEnded):
            await bench.wait(lambda: bench.device.ended or None, NOTICED_S)
        return bench.device.ended

    async def _blame(self, situation: Situation, ended: str) -> None:
        """Record a crash after a bad message, if the program does not end without such a message too."""
        crash = situation.last_entry()
        if situation.provoked and await self._runs_unprovoked(self._bench.lived_s):
            expected = f"the program runs on after a bad message ({situation.provoked})"
            situation.violations.append(violation("MQ-7.robust", expected, ended, crash))

    async def _runs_unprovoked(self, lived_s: float) -> bool:
        """Return whether the program, started again, lives longer than before without a bad message."""
        control = Situation(self._bench, self._ledger)
        try:
            await self._bench.restore()
            await control.settle()
            await self._bench.idle(min(lived_s, CONTROL_MAX_S))
        except (DeviceEnded, CheckFailed, CheckBlocked, ActFailed, ActImpossible, BrokerUnreachable):
            return False
        return True

    async def _restore(self) -> None:
        try:
            await self._bench.restore()
        except (ActImpossible, ActFailed, BrokerUnreachable) as error:
            self._hopeless = self._hopeless or f"the environment cannot be brought back to normal ({error})"
