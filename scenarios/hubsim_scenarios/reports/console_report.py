"""The terminal output of one play: who did what and when, and what the hubs show after it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from textwrap import fill
from typing import Any

import click

from hubsim_cloud.domain.types import EmployeeRole
from hubsim_cloud.domain.zones import zone
from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_scenarios.language.durations import duration_text
from hubsim_scenarios.language.excerpts import shortened
from hubsim_scenarios.language.orders import order_text
from hubsim_scenarios.language.steps import (
    AnyMember,
    AnyStep,
    BenchStep,
    ClockStep,
    Expect,
    ExpectOrder,
    InjectFault,
    Never,
    PersonSees,
    PersonStep,
    Scenario,
    Subject,
    Together,
)
from hubsim_scenarios.language.vocabulary import AliasRef, FreshCard, KeptRef
from hubsim_scenarios.language.wording import Wording
from hubsim_scenarios.play.at_once import member_text, outcome_text
from hubsim_scenarios.play.context import StepOutcome
from hubsim_scenarios.play.event_text import day_and_time, event_words
from hubsim_scenarios.play.failure_context import FailureContext
from hubsim_scenarios.play.play import PlayResult, StepDone, StepFailure
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.reports.diff import contrast
from hubsim_scenarios.reports.hub_lines import hub_lines
from hubsim_scenarios.reports.kept_text import kept_text
from hubsim_scenarios.translation.refusal_words import bench_refusal_words, refusal_words
from hubsim_scenarios.translation.story_language import (
    guide_texts,
    month_of,
    msg,
    name_of,
    role_name,
    say,
    say_count,
)

_COLOURS = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.BLOCKED: "yellow",
    Verdict.SKIPPED: "cyan",
}
WIDTH = 110
"""Prose is wrapped at this number of columns."""
EVENT_WIDTH = 200
"""Longer events are shortened. The file of `--trace` has them in full."""
_INDENT = " " * 15
_RUN = "hubsim run "
"""The beginning of a command that can also be debugged."""
_ID = re.compile(r"[\w-]+")
"""A word that may be an id with an alias."""

_WORDS = Wording()

Say = Callable[[str], None]


class ConsoleReport:
    """Prints one play while it runs: each step, and the hubs that have changed."""

    def __init__(self, scenario: Scenario, say: Say) -> None:
        self._zone = zone(scenario.zone)
        self._who_width = max(len(who(step)) for step in scenario.steps)
        self._say = say
        self._month = ""
        self._shown: dict[str, list[str]] = {}

    def begin(self, scenario: Scenario, where: str, seed: int) -> None:
        """Print the title, the description, the world and the seed."""
        self._say(click.style(scenario.title, bold=True))
        if scenario.about:
            self._say(fill(" ".join(scenario.about.split()), WIDTH))
        self._say(say("{where}; seed {seed}; {file}", where=where, seed=seed, file=scenario.file))

    def opening(self, at_ms: int, snapshots: Mapping[str, Mapping[str, Snapshot]]) -> None:
        """Print the hubs before the first step."""
        if snapshots:
            self._line(at_ms, "", say("Initial state"))
            self._hubs(snapshots)

    def step(self, done: StepDone) -> None:
        """Print one step, and the hubs that it changed."""
        lead = len(_INDENT) + self._who_width + 2
        self._line(done.at_ms, who(done.step), f"{captioned(done.step, lead)}{_outcome(done)}")
        if done.failure is not None:
            self._say(f"{_INDENT}{click.style(say('failed (soft; the play continues)'), fg='red')}")
            for line in _contrast(done.failure):
                self._say(f"{_INDENT}{line}")
        self._hubs(done.snapshots)

    def _line(self, at_ms: int, who: str, text: str) -> None:
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)
        month = month_of(at)
        if month != self._month:
            self._month = month
            self._say("\n" + click.style(month, bold=True))
        self._say(f"  {at.strftime('%d %H:%M:%S')}  {who.ljust(self._who_width)}  {text}")

    def _hubs(self, hubs: Mapping[str, Mapping[str, Snapshot]]) -> None:
        for alias, snapshots in hubs.items():
            lines = hub_lines(snapshots)
            if lines != self._shown.get(alias):
                self._shown[alias] = lines
                head, *rest = lines
                self._say(f"{_INDENT}{click.style(alias, bold=True)}  {head}")
                for line in rest:
                    self._say(f"{_INDENT}{' ' * len(alias)}  {line}")

    def end(self, result: PlayResult, took_s: float, again: str) -> None:
        """Print the verdict. After a failure, also print the explanation and the command to repeat it."""
        refusals = sum(1 for done in result.steps if _refused(done.step) and not done.by_hand)
        expected = f", {_expected_refusals(refusals)}" if refusals else ""
        verdict = click.style(result.verdict.upper(), fg=_COLOURS[result.verdict], bold=True)
        self._say(f"\n{verdict}  {steps_passed(result)}{expected}; {took_s:.2f} s")
        for line in (*(explain(result, again) or _manual_step_lines(result)), *not_seen_lines(result)):
            self._say(line)


def steps_passed(result: PlayResult) -> str:
    """Return how many steps of the scenario passed: `2 of 3 steps passed`."""
    one, many = "{held} of {count} step passed", "{held} of {count} steps passed"
    return say_count(one, many, len(result.scenario.steps), held=result.held)


def _expected_refusals(count: int) -> str:
    return say_count("{count} expected refusal", "{count} expected refusals", count)


def not_seen_lines(result: PlayResult) -> list[str]:
    """Return the fields that steps have compared although no message of an attached hub contains them."""
    by_reason: dict[str, list[str]] = {}
    for field, reason in result.not_seen.items():
        by_reason.setdefault(reason, []).append(field)
    return [
        f"  {say('not seen: {fields} ({reason})', fields=', '.join(fields), reason=say(reason))}"
        for reason, fields in by_reason.items()
    ]


def explain(result: PlayResult, again: str) -> list[str]:
    """Return why a play did not pass: the step, the reason, and the command that repeats the play."""
    if result.verdict is Verdict.PASS:
        return []
    lines = []
    for done, failure in result.soft_failures:
        lines += _failure_lines(result, done.step, failure, done.at_ms)
    if result.failed_step is not None:
        failure = StepFailure(
            reason=result.end_reason,
            differences=result.differences,
            remarks=result.remarks,
            failure_context=result.failure_context,
        )
        lines += _failure_lines(result, result.failed_step, failure, result.ended_at_ms)
    elif result.end_reason:
        lines += [f"  {line}" for line in contrast(result.end_reason)]
    outcome = together_text(result)
    lines += [f"  {say('at the same time: {outcome}', outcome=outcome)}"] if outcome else []
    if (result.failed_step is not None or result.soft_failures) and again.startswith(_RUN):
        debug = f"{_RUN}--break-on fail {again.removeprefix(_RUN)}"
        lines.append(f"  {say('debug: {command}', command=debug)}")
    lines.append(f"  {say('rerun: {command}', command=again)}")
    return lines + _manual_step_lines(result)


def together_text(result: PlayResult) -> str:
    """Return the outcome of the members of all `together` steps that passed, in the order of the file."""
    return "; ".join(
        text for done in result.steps if isinstance(done.step, Together) for text in member_texts(done)
    )


def member_texts(done: StepDone) -> list[str]:
    """Return the outcome of each member of a `together` step: `ivan stop now: done`."""
    assert isinstance(done.step, Together)
    return [
        f"{member_text(member)}: {outcome_text(outcome)}"
        for member, outcome in zip(done.step.members, done.outcome.members, strict=False)
    ]


def _failure_lines(result: PlayResult, step: AnyStep, failure: StepFailure, at_ms: int) -> list[str]:
    """Return the step that failed, the reason, and the state at that moment."""
    place, file = step.place, step.file or result.scenario.file
    lines = [f"  {file}:{place.line}:{place.column}: {step.source}"]
    lines += [f"  {line}" for line in _contrast(failure)]
    return lines + _failure_context_lines(result, failure.failure_context, at_ms)


def _contrast(failure: StepFailure) -> list[str]:
    return contrast(failure.reason, failure.differences, failure.remarks)


def _manual_step_lines(result: PlayResult) -> list[str]:
    """Return a note about manual steps, because the play cannot be repeated without them."""
    count = sum(1 for done in result.steps if done.by_hand)
    one, many = "{count} manual step (not in {file})", "{count} manual steps (not in {file})"
    return [f"  {say_count(one, many, count, file=result.scenario.file)}"] if count else []


def _failure_context_lines(result: PlayResult, after: FailureContext, at_ms: int) -> list[str]:
    """Return the world time, the state of the hubs, and the last events."""
    where = zone(result.scenario.zone)
    at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(where)
    occurrence = say(" (second)") if at.fold else ""
    local = f"{at.strftime('%Y-%m-%d %H:%M:%S')} {result.scenario.zone}{occurrence}"
    lines = [f"  {say('at {time}, world time', time=local)}"]
    for alias, snapshots in after.snapshots.items():
        head, *rest = hub_lines(snapshots)
        lines += [f"  {alias}  {head}", *(f"  {' ' * len(alias)}  {line}" for line in rest)]
    if after.events:
        about = say("last events about {hub}:", hub=after.hub) if after.hub else say("last events:")
        lines.append(f"  {about}")
    words = Wording(result.scenario.zone)
    for event in after.events:
        text = _ID.sub(lambda found: after.names.get(found[0], found[0]), event_words(event, words))
        when = day_and_time(event["at_ms"], result.scenario.zone)
        lines.append(shortened(f"    {when} {text}", EVENT_WIDTH))
    return lines


def describe(step: AnyStep) -> str:
    """Return what a step does, in one line."""
    match step:
        case PersonStep() | PersonSees() | BenchStep() | InjectFault():
            return _describe_act(step)
        case Together():
            members = ", ".join(f"{who(member)} {describe(member)}" for member in step.members)
            order = say(" (in the order {order})", order=order_text(step.order)) if step.order else ""
            return say("at the same time{order}: {members}", order=order, members=members)
        case ClockStep():
            return _move(step.written)
        case Expect():
            within = say(" within {time}", time=duration_text(step.within_ms)) if step.within_ms else ""
            return f"{_subject(step)}{within}: {_body(step)}"
        case Never():
            time, subject, body = duration_text(step.for_ms), _subject(step), _body(step)
            return say("never for {time}: {subject}: {body}", time=time, subject=subject, body=body)
        case ExpectOrder():
            events = say(", then ").join(map(_WORDS.pattern, step.events))
            return shortened(say("in this order: {events}", events=events), EVENT_WIDTH)


def _move(text: str) -> str:
    """Return a move of the clock; its words are English in the language of scenarios."""
    for phrase in (msg("start of next month"), msg("end of month")):
        text = text.replace(phrase, say(phrase))
    return text


def captioned(step: AnyStep, lead: int) -> str:
    """Return what a step does, and its note as a comment.

    The note follows in its own line if one line would be too long after a lead of this width.
    """
    text = describe(step)
    if not step.note:
        return text
    note = f"# {' '.join(step.note.split())}"
    return f"{text}  {note}" if lead + len(text) + 2 + len(note) <= WIDTH else f"{text}\n{_INDENT}{note}"


def told(step: AnyStep) -> str:
    """Return the note of a step if it has one, else what it does."""
    return step.note or describe(step)


def _describe_act(step: AnyMember) -> str:
    match step:
        case PersonStep():
            return f"{name_of(step.action)}{_fields(step.fields)}"
        case PersonSees():
            return say("looks at {view}{fields}", view=name_of(step.view), fields=_fields(step.fields))
        case BenchStep():
            action, fields = name_of(step.action), _fields(step.fields)
            return say("{action} at {hub}{fields}", action=action, hub=step.hub, fields=fields)
        case InjectFault():
            return f"{name_of(step.fault)}{_fields(step.fields)}"


def _outcome(done: StepDone) -> str:
    if isinstance(done.step, Together):
        return "".join(
            f"\n{_INDENT}{member_text(member)}: {_member_outcome(outcome)}"
            for member, outcome in zip(done.step.members, done.outcome.members, strict=False)
        )
    outcome = done.outcome
    if outcome.refusal is not None:
        refused = say("refused: {name}", name=outcome.refusal.name)
        return click.style(f"\n{_INDENT}{refused}", fg="yellow") + f" - {refusal_words(outcome.refusal)}"
    words = outcome_words(done)
    return f"\n{_INDENT}{words}" if words else ""


def outcome_words(done: StepDone) -> str:
    """Return the outcome if the cloud did not refuse: the screen, a refusal by the bench, or kept values."""
    outcome = done.outcome
    if outcome.screen is not None:
        return say("screen: {screen}", screen=guide_texts("screens").get(outcome.screen, outcome.screen))
    return _bench_text(outcome) or kept_text(done)


def _member_outcome(outcome: StepOutcome) -> str:
    if outcome.refused is None:
        return outcome_text(outcome)
    text = refusal_words(outcome.refusal) if outcome.refusal is not None else _bench_text(outcome)
    return f"{click.style(outcome_text(outcome), fg='yellow')} - {text}"


def _bench_text(outcome: StepOutcome) -> str:
    return bench_refusal_words(outcome.refused or "", outcome.text)


def _refused(step: AnyStep) -> bool:
    return isinstance(step, PersonStep | PersonSees | BenchStep) and step.refused is not None


def who(step: AnyStep) -> str:
    """Return who does the step: a person, or the part of the harness."""
    match step:
        case PersonStep() | PersonSees():
            return step.person
        case BenchStep():
            return say("bench")
        case InjectFault():
            return say("fault")
        case Together():
            return say("together")
        case ClockStep():
            return say("clock")
        case _:
            return say("check")


def _fields(fields: Mapping[str, Any]) -> str:
    parts = [f"{name_of(name)} {_value(value)}" for name, value in fields.items() if value is not None]
    return f" ({', '.join(parts)})" if parts else ""


def _value(value: object) -> str:
    if isinstance(value, AliasRef):
        return value.name
    if isinstance(value, KeptRef):
        return value.text
    if isinstance(value, FreshCard):
        return say("a new {kind} card", kind=value.kind)
    if isinstance(value, EmployeeRole):
        return role_name(value)
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, str) else _WORDS.seen(value)


def _subject(step: Subject) -> str:
    return step.subject.name if isinstance(step.subject, AliasRef) else step.subject


def _body(step: Subject) -> str:
    """Return the expected values: the author's words if the step is in flow style, else a description."""
    if step.written:
        return step.written
    selected = [f"{name}: {_value(value)}" for name, value in step.selected.items()]
    expected = [f"{name}: {_WORDS.pattern(pattern, name)}" for name, pattern in step.fields.items()]
    return ", ".join(selected + expected)
