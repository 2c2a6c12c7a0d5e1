"""The data of the HTML page: an overview of the run, and a view of each play. Pure.

Each view is complete, so the page can show one play without reading the others. Equal snapshots are stored
once, because most steps do not change most hubs.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubsim_cloud.domain.zones import zone
from hubsim_scenarios.language.steps import (
    AnyStep,
    BenchStep,
    ClockStep,
    InjectFault,
    PersonSees,
    PersonStep,
    Together,
)
from hubsim_scenarios.language.world import HubDeclaration
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.collector import Snapshots
from hubsim_scenarios.play.identity import identity, with_seeds
from hubsim_scenarios.play.play import PlayResult, StepDone
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.guide_words import chapter
from hubsim_scenarios.reports.console_report import (
    describe,
    explain,
    member_texts,
    outcome_words,
)
from hubsim_scenarios.reports.coverage import ClauseStatus, coverage
from hubsim_scenarios.reports.play_record import PlayRecord, RunFacts
from hubsim_scenarios.reports.sequence import Diagram, sequence
from hubsim_scenarios.reports.step_events import events_by_step
from hubsim_scenarios.translation.refusal_words import refusal_words
from hubsim_scenarios.translation.story_language import current_language, guide_texts


class PlayLine(msgspec.Struct, frozen=True, kw_only=True):
    """One play in the list."""

    title: str
    anchor: str
    """The play in the address of the page. It is the same in every report."""
    file: str
    covers: tuple[str, ...]
    tags: tuple[str, ...]
    world: str
    seed: int
    verdict: Verdict
    reason: str
    held: int
    steps: int
    took_s: float
    world_ms: int
    """World time that passed."""


class ClauseLine(msgspec.Struct, frozen=True, kw_only=True):
    """One clause of the guide, with the indices of the plays that cover it."""

    clause: str
    text: str
    chapter: str
    status: ClauseStatus
    plays: tuple[int, ...]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The first view of the page."""

    run: RunFacts
    lang: str
    """The language of the texts, `en` or `pl`."""
    counts: dict[Verdict, int]
    clauses: tuple[ClauseLine, ...]
    plays: tuple[PlayLine, ...]
    words: dict[str, dict[str, str]]
    """The texts of the guide for tiles and second tiles."""


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One step. The last one may be the failed step."""

    kind: str
    who: str
    told: str
    """What the step does."""
    note: str | None
    """The note of the step, which is shown next to it."""
    source: str
    at: str
    """`file:line`. Empty for a manual step."""
    at_ms: int
    after_s: float | None
    held: bool
    outcome: str
    refused: str | None
    snapshots: dict[str, int] = msgspec.field(name="looks")
    """Hub to the index of its snapshots after the step."""
    rows_end: int
    """Index after its last row in the diagram."""
    seen: Any = None
    """The view that the person saw."""
    by_hand: bool = False
    """Whether it was a manual step at a halt."""


class UnplayedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step after the one that ended the play."""

    kind: str
    who: str
    told: str
    note: str | None
    at: str
    """`file:line`."""


class PlayView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one play."""

    about: str
    explanation: tuple[str, ...]
    again: str
    zone: str
    offsets: tuple[tuple[int, int], ...]
    """Pairs: from this instant on, local time is this number of ms ahead of UTC."""
    start_ms: int
    began_at: str | None
    opened_s: float | None
    models: dict[str, str]
    opening: dict[str, int]
    opening_rows_end: int
    steps: tuple[StepView, ...]
    unplayed: tuple[UnplayedStep, ...]
    snapshots: tuple[Mapping[str, Any], ...] = msgspec.field(name="looks")
    diagram: Diagram


def overview(records: Sequence[PlayRecord], run: RunFacts) -> Overview:
    """Return the overview of a run."""
    plays = [each.result for each in records]
    places = {id(play): place for place, play in enumerate(plays)}
    anchors = with_seeds(plays, [identity(play.scenario.file, play.scenario.case) for play in plays])
    return Overview(
        run=run,
        lang=current_language().value,
        counts={verdict: sum(play.verdict is verdict for play in plays) for verdict in Verdict},
        clauses=tuple(
            ClauseLine(
                clause=covered.clause,
                text=covered.text,
                chapter=chapter(covered.clause),
                status=covered.status,
                plays=tuple(places[id(play)] for play in covered.plays),
            )
            for covered in coverage(plays)
        ),
        plays=tuple(map(_line, records, anchors)),
        words={"tiles": guide_texts("tiles"), "second_tiles": guide_texts("second_tiles")},
    )


def _line(each: PlayRecord, anchor: str) -> PlayLine:
    result, scenario = each.result, each.result.scenario
    return PlayLine(
        title=scenario.title,
        anchor=anchor,
        file=scenario.file,
        covers=scenario.covers,
        tags=scenario.tags,
        world=result.world,
        seed=result.seed,
        verdict=result.verdict,
        reason=result.reason,
        held=result.held,
        steps=len(scenario.steps),
        took_s=each.notes.took_s,
        world_ms=result.ended_at_ms - scenario.clock_ms,
    )


def play_view(each: PlayRecord) -> PlayView:
    """Return everything about a play."""
    result, notes, scenario = each.result, each.notes, each.result.scenario
    shared = _SharedSnapshots()
    ends = events_by_step(each.trace.events, result)
    instants = [scenario.clock_ms, *(event.at_ms for event in each.trace.events), result.ended_at_ms]
    opening = shared.put(notes.opening)
    return PlayView(
        about=" ".join((scenario.about or "").split()),
        explanation=tuple(explain(result, each.again)),
        again=each.again,
        zone=scenario.zone,
        offsets=_offsets(instants, scenario.zone),
        start_ms=scenario.clock_ms,
        began_at=notes.began_at.isoformat(timespec="milliseconds") if notes.began_at else None,
        opened_s=notes.opened_s,
        models={alias: hub.model for alias, hub in scenario.world.hubs.items()},
        opening=opening,
        opening_rows_end=ends[0],
        steps=_steps(each, ends, shared),
        unplayed=_unplayed(result),
        snapshots=tuple(shared.kept),
        diagram=sequence(each.trace.events, hub_names(result.seed, scenario.world.hubs)),
    )


def hub_names(seed: int, hubs: Mapping[str, HubDeclaration]) -> dict[str, str]:
    """Return the name of each declared hub by its id, which comes from the seed."""
    aliases = Aliases(seed)
    return {aliases.hub_id(alias): alias for alias in hubs}


class _SharedSnapshots:
    """Stores equal snapshots once."""

    def __init__(self) -> None:
        self.kept: list[Mapping[str, Any]] = []
        self._places: dict[bytes, int] = {}

    def put(self, snapshots: Snapshots) -> dict[str, int]:
        """Store the snapshots. Return their indices by hub."""
        return {alias: self._place(look) for alias, look in snapshots.items()}

    def _place(self, look: Mapping[str, Any]) -> int:
        key = msgspec.json.encode(look)
        if key not in self._places:
            self._places[key] = len(self.kept)
            self.kept.append(look)
        return self._places[key]


def _steps(each: PlayRecord, ends: Sequence[int], shared: _SharedSnapshots) -> tuple[StepView, ...]:
    result, steps_s = each.result, each.notes.steps_s
    steps = [
        _step(result, done, ends[done.number], steps_s[place] if place < len(steps_s) else None, shared)
        for place, done in enumerate(result.steps)
    ]
    if result.failed_step is not None:
        steps.append(_failed(each, result.failed_step, ends[-1], shared))
    return tuple(steps)


def _step(
    result: PlayResult, done: StepDone, rows_end: int, after_s: float | None, shared: _SharedSnapshots
) -> StepView:
    refusal = done.outcome.refusal
    return StepView(
        kind=_KINDS.get(type(done.step), "check"),
        who=_who(done.step),
        told=describe(done.step),
        note=done.step.note,
        source=done.step.source,
        at="" if done.by_hand else _at(result, done.step),
        at_ms=done.at_ms,
        after_s=after_s,
        held=done.failure is None,
        outcome=_outcome(done),
        refused=refusal.name.value if refusal else None,
        snapshots=shared.put(done.snapshots),
        rows_end=rows_end,
        seen=done.outcome.seen,
        by_hand=done.by_hand,
    )


def _failed(each: PlayRecord, step: AnyStep, rows_end: int, shared: _SharedSnapshots) -> StepView:
    result = each.result
    return StepView(
        kind=_KINDS.get(type(step), "check"),
        who=_who(step),
        told=describe(step),
        note=step.note,
        source=step.source,
        at=_at(result, step),
        at_ms=result.ended_at_ms,
        after_s=each.notes.took_s if each.notes.began_at else None,
        held=False,
        outcome=result.reason,
        refused=None,
        snapshots=shared.put(result.failure_context.snapshots),
        rows_end=rows_end,
    )


def _unplayed(result: PlayResult) -> tuple[UnplayedStep, ...]:
    played = sum(1 for done in result.steps if not done.by_hand) + (result.failed_step is not None)
    return tuple(
        UnplayedStep(
            kind=_KINDS.get(type(step), "check"),
            who=_who(step),
            told=describe(step),
            note=step.note,
            at=_at(result, step),
        )
        for step in result.scenario.steps[played:]
    )


def _outcome(done: StepDone) -> str:
    outcome = done.outcome
    if done.failure is not None:
        return done.failure.reason
    if isinstance(done.step, Together):
        return "; ".join(member_texts(done))
    if outcome.refusal is not None:
        return refusal_words(outcome.refusal)
    return outcome_words(done)


def _at(result: PlayResult, step: AnyStep) -> str:
    return f"{step.file or result.scenario.file}:{step.place.line}"


_KINDS: dict[type[AnyStep], str] = {
    PersonStep: "act",
    PersonSees: "look",
    BenchStep: "bench_action",
    InjectFault: "fault",
    Together: "together",
    ClockStep: "clock",
}
"""All other steps are of the kind `check`."""


def _who(step: AnyStep) -> str:
    match step:
        case PersonStep() | PersonSees():
            return step.person
        case BenchStep():
            return "bench"
        case _:
            return _KINDS.get(type(step), "check")


def _offsets(instants: Sequence[int], name: str) -> tuple[tuple[int, int], ...]:
    """Return the instants at which the zone's offset changes, so the page needs no time zone data."""
    where, offsets = zone(name), list[tuple[int, int]]()
    for at_ms in sorted(set(instants)):
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(where)
        offset = local.utcoffset()
        assert offset is not None
        offset_ms = int(offset.total_seconds() * 1000)
        if not offsets or offsets[-1][1] != offset_ms:
            offsets.append((at_ms, offset_ms))
    return tuple(offsets)
