"""The results as JSON, for programs: typed records, and the JSON Schema that follows from them.

Fields are only ever added within one `format`; a reader ignores what it does not know. Instants of the
world are `_ms` since 1970-01-01T00:00Z, real time is `_at` in ISO 8601 and `_s` in seconds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from hubsim_scenarios.language.steps import AnyStep
from hubsim_scenarios.play.collector import Collected, Looks
from hubsim_scenarios.play.failure_context import FailureContext
from hubsim_scenarios.play.play import PlayResult, StepDone
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.console_report import describe, explain
from hubsim_scenarios.reports.coverage import coverage
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts

FORMAT: Literal[1] = 1


class ResultRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Every record of the results."""


class StepResult(ResultRecord, frozen=True, kw_only=True):
    """One step that held."""

    number: int
    """From 1, in the order in which things were done."""
    by_hand: bool
    """Whether somebody did it at a halt: the file does not have it."""
    file: str
    """Where it stands; empty for a step by hand, whose line is 0."""
    line: int
    step: str
    """As it stands in the file, or was typed."""
    told: str
    """In words: its caption if it has one."""
    at_ms: int
    """World time when it was done."""
    after_s: float | None
    """Real seconds from the beginning of the play until it was done; null when nobody noted them."""
    refused: str | None
    """The refusal that was expected, and came."""
    screen: str | None
    """What the person's client shows afterwards."""
    hubs: Looks
    """Hub to its looks after the step; empty unless the play recorded them."""


class FailedStep(ResultRecord, frozen=True, kw_only=True):
    """The step that did not hold."""

    file: str
    line: int
    column: int
    step: str
    told: str


class PlayedScenario(ResultRecord, frozen=True, kw_only=True):
    """One play."""

    scenario: str
    file: str
    case: Mapping[str, str]
    """Which case of the file's matrix, by axis."""
    covers: tuple[str, ...]
    tags: tuple[str, ...]
    world: str
    seed: int
    verdict: Verdict
    reason: str
    """Why it is no pass."""
    failed: FailedStep | None
    explanation: tuple[str, ...]
    """What the terminal says of a play that is no pass, line by line."""
    failure_context: FailureContext = msgspec.field(name="aftermath")
    """How things stood at the end; empty when it is a pass."""
    again: str
    """The command that plays it again."""
    began_at: datetime | None
    took_s: float
    world_began_ms: int
    world_ended_ms: int
    steps_in_file: int
    opening: Looks
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
    holds: bool
    """At least one scenario that covers it passes."""
    plays: tuple[ClausePlay, ...]


class Results(ResultRecord, frozen=True, kw_only=True):
    """The results of a run of hubsim."""

    format: Literal[1]
    run: RunFacts
    counts: Mapping[Verdict, int]
    """How many plays ended in each verdict."""
    guide: tuple[Clause, ...]
    plays: tuple[PlayedScenario, ...]


def results(accounts: Sequence[PlayRecord], run: RunFacts) -> Results:
    """Return everything about a run."""
    verdicts = [each.result.verdict for each in accounts]
    return Results(
        format=FORMAT,
        run=run,
        counts={verdict: verdicts.count(verdict) for verdict in Verdict},
        guide=_guide([each.result for each in accounts]),
        plays=tuple(map(_play, accounts)),
    )


def results_json(accounts: Sequence[PlayRecord], run: RunFacts) -> bytes:
    """Return the results as JSON, in one line."""
    return msgspec.json.encode(results(accounts, run)) + b"\n"


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
        failed=_failed(result, result.failed_step),
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
        told=describe(done.step),
        at_ms=done.at_ms,
        after_s=notes.steps_s[done.number - 1] if done.number <= len(notes.steps_s) else None,
        refused=outcome.refusal.name.value if outcome.refusal else None,
        screen=outcome.screen,
        hubs=done.looks,
    )


def _failed(result: PlayResult, step: AnyStep | None) -> FailedStep | None:
    if step is None:
        return None
    return FailedStep(
        file=step.file or result.scenario.file,
        line=step.place.line,
        column=step.place.column,
        step=step.source,
        told=describe(step),
    )


def _guide(plays: list[PlayResult]) -> tuple[Clause, ...]:
    return tuple(
        Clause(
            clause=covered.clause,
            text=covered.text,
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
