"""The results as JSON, for programs: typed records, and the JSON Schema generated from them.

Within one `format`, fields are added but not removed or changed. Readers ignore unknown fields. World time is
in `_ms` since 1970-01-01T00:00Z. Real time is in `_at` (ISO 8601) and `_s` (seconds).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from hubsim_scenarios.language.steps import AnyStep, Together
from hubsim_scenarios.play.collector import Collected, Snapshots
from hubsim_scenarios.play.context import FieldDifference
from hubsim_scenarios.play.failure_context import FailureContext
from hubsim_scenarios.play.play import PlayResult, StepDone
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import describe, explain, told
from hubsim_scenarios.reports.coverage import ClauseStatus, coverage
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts

FORMAT: Literal[1] = 1


class ResultRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records of the results."""


class MemberResult(ResultRecord, frozen=True, kw_only=True):
    """One member of a `together` step."""

    line: int
    step: str
    """The source text in the file."""
    told: str
    """The note of the member if it has one, else a description."""
    refused: str | None
    """The name of the refusal. Null: it was done."""


class StepResult(ResultRecord, frozen=True, kw_only=True):
    """One step that passed, or a soft step that failed."""

    number: int
    """From 1, in the order of execution."""
    by_hand: bool
    """Whether it was a manual step at a halt. The file does not have it."""
    file: str
    """The file of the step. Empty for a manual step, whose line is 0."""
    line: int
    step: str
    """The source text in the file, or the typed text."""
    told: str
    """The note of the step if it has one, else a description."""
    does: str
    """What the step does."""
    note: str | None
    """The note of the step."""
    at_ms: int
    """World time at the end of the step."""
    after_s: float | None
    """Real seconds from the start of the play to the end of the step. Null: not measured."""
    refused: str | None
    """The name of the refusal, if the step expected one."""
    screen: str | None
    """What the person's client shows afterwards."""
    kept: dict[str, str | int | bool]
    """The values that the step has kept for later steps, by name. Instants are in ms since 1970 UTC."""
    hubs: Snapshots
    """Hub to its snapshots after the step. Empty unless the play recorded them."""
    members: tuple[MemberResult, ...] = ()
    """The members of a `together` step, in the order of the file."""
    failure: str | None = None
    """Why a soft step failed, after which the play continued. Null: the step passed."""
    differences: tuple[FieldDifference, ...] = ()
    """All fields of a soft step that differ."""
    remarks: tuple[str, ...] = ()
    """Sentences that help to correct a soft step."""
    failure_context: FailureContext | None = None
    """The state when a soft step failed."""


class FailedStep(ResultRecord, frozen=True, kw_only=True):
    """The step that failed, or the first soft step that failed if the play was played to its end."""

    file: str
    line: int
    column: int
    step: str
    told: str
    does: str
    """What the step does."""
    note: str | None
    """The note of the step."""


class PlayedScenario(ResultRecord, frozen=True, kw_only=True):
    """One play."""

    scenario: str
    file: str
    case: Mapping[str, str]
    """The case of the file's matrix, by axis, and the `order` of its `together` steps in a virtual play."""
    covers: tuple[str, ...]
    tags: tuple[str, ...]
    world: str
    seed: int
    verdict: Verdict
    reason: str
    """Why the play did not pass: the first field that differs. Empty for a pass."""
    differences: tuple[FieldDifference, ...]
    """All fields of the failed step that differ, or of the first soft step that failed."""
    remarks: tuple[str, ...]
    """Sentences that help to correct the failure, for example when the expected state occurs later."""
    not_seen: Mapping[str, str]
    """The fields that steps compare and no message of an attached hub contains, each with the reason."""
    failed: FailedStep | None
    explanation: tuple[str, ...]
    """The lines that the terminal shows for a play that did not pass."""
    failure_context: FailureContext = msgspec.field(name="aftermath")
    """The state at the end. Empty for a pass."""
    again: str
    """The command that repeats the play."""
    began_at: datetime | None
    took_s: float
    world_began_ms: int
    world_ended_ms: int
    steps_in_file: int
    opening: Snapshots
    """The hubs before the first step."""
    steps: tuple[StepResult, ...]


class ClausePlay(ResultRecord, frozen=True, kw_only=True):
    """A play of a scenario that covers a clause."""

    file: str
    case: Mapping[str, str]
    scenario: str
    seed: int
    verdict: Verdict


class Clause(ResultRecord, frozen=True, kw_only=True):
    """One clause of the guide."""

    clause: str
    text: str
    status: ClauseStatus
    """The result of the plays that cover the clause."""
    holds: bool | None
    """Whether all of them passed. Null: no play covers the clause."""
    plays: tuple[ClausePlay, ...]


class Results(ResultRecord, frozen=True, kw_only=True):
    """The results of a run."""

    format: Literal[1]
    run: RunFacts
    counts: Mapping[Verdict, int]
    """How many plays ended in each verdict."""
    guide: tuple[Clause, ...]
    plays: tuple[PlayedScenario, ...]


def results(records: Sequence[PlayRecord], run: RunFacts) -> Results:
    """Return the results of a run."""
    verdicts = [each.result.verdict for each in records]
    return Results(
        format=FORMAT,
        run=run,
        counts={verdict: verdicts.count(verdict) for verdict in Verdict},
        guide=_guide([each.result for each in records]),
        plays=tuple(map(_play, records)),
    )


def results_json(records: Sequence[PlayRecord], run: RunFacts) -> bytes:
    """Return the results as JSON, in one line."""
    return msgspec.json.encode(results(records, run)) + b"\n"


def results_schema() -> bytes:
    """Return the JSON Schema (2020-12) of the results."""
    (root,), components = msgspec.json.schema_components([Results], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Results of hubsim",
        **root,
        "$defs": components,
    }
    return msgspec.json.format(msgspec.json.encode(schema)) + b"\n"


def _play(each: PlayRecord) -> PlayedScenario:
    result, scenario = each.result, each.result.scenario
    return PlayedScenario(
        scenario=scenario.title,
        file=scenario.file,
        case=scenario.case,
        covers=scenario.covers,
        tags=scenario.tags,
        world=result.world,
        seed=result.seed,
        verdict=result.verdict,
        reason=result.reason,
        differences=result.differences,
        remarks=result.remarks,
        not_seen=result.not_seen,
        failed=_failed(result, result.failed_step or _first_soft(result)),
        explanation=tuple(explain(result, each.again)),
        failure_context=result.failure_context,
        again=each.again,
        began_at=each.notes.began_at,
        took_s=each.notes.took_s,
        world_began_ms=scenario.clock_ms,
        world_ended_ms=result.ended_at_ms,
        steps_in_file=len(scenario.steps),
        opening=each.notes.opening,
        steps=tuple(_step(result, done, each.notes) for done in result.steps),
    )


def _step(result: PlayResult, done: StepDone, notes: Collected) -> StepResult:
    outcome = done.outcome
    return StepResult(
        number=done.number,
        by_hand=done.by_hand,
        file="" if done.by_hand else done.step.file or result.scenario.file,
        line=0 if done.by_hand else done.step.place.line,
        step=done.step.source,
        told=told(done.step),
        does=describe(done.step),
        note=done.step.note,
        at_ms=done.at_ms,
        after_s=notes.steps_s[done.number - 1] if done.number <= len(notes.steps_s) else None,
        refused=outcome.refusal.name.value if outcome.refusal else None,
        screen=outcome.screen,
        kept={name: value for name, value in outcome.kept.items() if isinstance(value, str | int)},
        hubs=done.snapshots,
        members=_members(done),
        failure=done.failure.reason if done.failure else None,
        differences=done.failure.differences if done.failure else (),
        remarks=done.failure.remarks if done.failure else (),
        failure_context=done.failure.failure_context if done.failure else None,
    )


def _members(done: StepDone) -> tuple[MemberResult, ...]:
    if not isinstance(done.step, Together):
        return ()
    return tuple(
        MemberResult(
            line=member.place.line,
            step=member.source,
            told=told(member),
            refused=outcome.refused,
        )
        for member, outcome in zip(done.step.members, done.outcome.members, strict=False)
    )


def _first_soft(result: PlayResult) -> AnyStep | None:
    return next((done.step for done, _ in result.soft_failures), None)


def _failed(result: PlayResult, step: AnyStep | None) -> FailedStep | None:
    if step is None:
        return None
    return FailedStep(
        file=step.file or result.scenario.file,
        line=step.place.line,
        column=step.place.column,
        step=step.source,
        told=told(step),
        does=describe(step),
        note=step.note,
    )


def _guide(plays: list[PlayResult]) -> tuple[Clause, ...]:
    return tuple(
        Clause(
            clause=covered.clause,
            text=covered.text,
            status=covered.status,
            holds=covered.holds,
            plays=tuple(
                ClausePlay(
                    file=play.scenario.file,
                    case=play.scenario.case,
                    scenario=play.scenario.title,
                    seed=play.seed,
                    verdict=play.verdict,
                )
                for play in covered.plays
            ),
        )
        for covered in coverage(plays)
    )
