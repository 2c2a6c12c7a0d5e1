"""The terminal output of proofs: what each step notices, what no step notices, and the totals."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import Any

import click
import msgspec

from hubsim_contract.wire.codec import SHAPES
from hubsim_contract.wire.topics import MessageKind
from hubsim_scenarios.language.excerpts import shortened
from hubsim_scenarios.language.matching import MAX_SHOWN_CHARS
from hubsim_scenarios.language.steps import AnyStep, Scenario
from hubsim_scenarios.proving.mutant import Mutant, Part
from hubsim_scenarios.proving.mutants import BY_NAME
from hubsim_scenarios.proving.observation import BUILT, Difference
from hubsim_scenarios.proving.proof import MutantPlay, Outcome, Proof
from hubsim_scenarios.proving.suggestion import as_written, shown_values, suggestion
from hubsim_scenarios.proving.totals import Total, totals
from hubsim_scenarios.proving.weak_steps import weak_steps
from hubsim_scenarios.reports.console_report import describe
from hubsim_scenarios.translation.plural import counted

WIDTH = 110
_KINDS = frozenset(MessageKind)
_UNSAID = frozenset({"contract", "hub", "iccid"})
"""Fields of messages that do not help the reader: they repeat the topic."""


def single_play(proof: Proof) -> list[str]:
    """Return the report of one play: all mutants, by the step that notices them."""
    scenario = proof.honest.scenario
    lines = [scenario.title, f"virtual world; seed {proof.honest.seed}; {scenario.file}"]
    lines.append(f"PASS without a mutant; {counted(len(proof.plays), 'mutant')} of the world")
    lines += _noticed(proof)
    lines += _weak(proof)
    found = totals([proof])
    lines += _without_occasion(_unreached(found), counts=True)
    return [*lines, *_unnoticed(found, several=False), "", sum_line(found)]


def play_line(proof: Proof) -> str:
    """Return one line about one of several plays."""
    count = {outcome: sum(1 for play in proof.plays if play.outcome is outcome) for outcome in Outcome}
    parts = [f"{count[Outcome.NOTICED]} noticed"]
    unnoticed = count[Outcome.UNNOTICED] + count[Outcome.STOPPED]
    parts += [f"{unnoticed} not noticed"] if unnoticed else []
    weak = len(weak_steps(proof))
    parts += [f"{counted(weak, 'step')} that no mutant makes fail"] if weak else []
    noticed = count[Outcome.NOTICED] > 0
    mark = click.style("PROVED  " if noticed else "NOTHING ", fg="green" if noticed else "red")
    return f"{mark} {proof.honest.scenario.file}  {proof.honest.scenario.title}: {', '.join(parts)}"


def several_plays(proofs: Sequence[Proof]) -> list[str]:
    """Return the report after the lines of several plays: what no play notices, and the totals."""
    found = totals(proofs)
    unreached = _without_occasion(_unreached(found), counts=False)
    return [*unreached, *_unnoticed(found, several=True), "", sum_line(found)]


def _unreached(found: Sequence[Total]) -> list[str]:
    return [total.mutant for total in found if total.outcome is Outcome.NO_OCCASION]


def sum_line(found: Sequence[Total]) -> str:
    """Return the number of mutants by their outcome."""
    count = {outcome: sum(1 for total in found if total.outcome is outcome) for outcome in Outcome}
    unnoticed = count[Outcome.UNNOTICED] + count[Outcome.STOPPED]
    shown = f"{unnoticed} NOT noticed"
    if unnoticed:
        shown = click.style(shown, fg="red")
    return (
        f"{count[Outcome.NOTICED]} noticed, {shown}, {count[Outcome.NO_OCCASION]} without an occasion "
        f"({counted(len(found), 'mutant')})"
    )


def _noticed(proof: Proof) -> list[str]:
    """Return each step that is the first to notice a mutant, with those mutants."""
    by_step: dict[int, list[str]] = {}
    for play in proof.plays:
        if play.outcome is Outcome.NOTICED:
            by_step.setdefault(play.failed_steps[0], []).append(play.mutant)
    lines = ["", "noticed by"] if by_step else []
    for number, names in sorted(by_step.items()):
        step = proof.honest.scenario.steps[number - 1]
        lines.append(f"  {where(step)}  {shortened(describe(step), MAX_SHOWN_CHARS)}")
        lines.append(_filled(names))
    return lines


def _weak(proof: Proof) -> list[str]:
    steps = weak_steps(proof)
    lines = ["", "steps that no mutant makes fail"] if steps else []
    return [*lines, *(f"  {where(step)}  {shortened(describe(step), MAX_SHOWN_CHARS)}" for step in steps)]


def _without_occasion(names: Iterable[str], *, counts: bool) -> list[str]:
    """Return the mutants that make no difference by part: their names, or only their number."""
    by_part: dict[Part, list[str]] = {}
    for name in names:
        by_part.setdefault(BY_NAME[name].part, []).append(name)
    if not by_part:
        return []
    lines = ["", "without an occasion: nothing differs from the play without a mutant"]
    if counts:
        return [*lines, _filled([f"{part} {len(found)}" for part, found in by_part.items()])]
    for part, found in by_part.items():
        lines += [f"  {part}", _filled(found)]
    return lines


def _unnoticed(found: Iterable[Total], *, several: bool) -> list[str]:
    """Return the mutants that no step notices, by the advice that helps."""
    by_advice: dict[str, list[str]] = {}
    for total in found:
        if total.outcome in (Outcome.UNNOTICED, Outcome.STOPPED):
            place = f"{total.proof.honest.scenario.file}: " if several else ""
            seen, advice = explanation(total.proof.honest.scenario, total.play, total.proof.names)
            by_advice.setdefault(place + advice, []).append(_explained(BY_NAME[total.mutant], seen))
    lines = ["", click.style("NOT noticed", fg="red")] if by_advice else []
    for advice, explained in by_advice.items():
        lines += [f"  {advice}", *explained]
    return lines


def _explained(mutant: Mutant, seen: str) -> str:
    violated = f" ({', '.join(mutant.violates)})" if mutant.violates else ""
    head = " " * 6
    return fill(
        f"{mutant.name}: {mutant.breaks}{violated} {seen}",
        WIDTH,
        initial_indent=head,
        subsequent_indent=head + "  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def explanation(scenario: Scenario, play: MutantPlay, names: Mapping[str, str]) -> tuple[str, str]:
    """Return what a mutant that is not noticed changes, in a sentence, and what to do."""
    if play.outcome is Outcome.STOPPED:
        return (
            f"The play stops {_at(scenario, play.stopped_step)}: {play.reason}.",
            "the play stops: add an expectation before that step",
        )
    difference = play.difference
    assert difference is not None, "a mutant that is not noticed differs"
    seen, advice = _difference(scenario, difference, names)
    if play.reason:
        seen += f" Steps from {where(scenario.steps[play.stopped_step - 1])} on are not tried: {play.reason}."
    return seen, advice


def _difference(scenario: Scenario, difference: Difference, names: Mapping[str, str]) -> tuple[str, str]:
    after = _after(scenario, difference.step)
    place = difference.place
    expectation = suggestion(difference, names, scenario.zone)
    if place is None or expectation is None:
        honest, mutant = (_event(event, names) for event in (difference.honest, difference.mutant))
        return (
            f"Only events differ {after}: {mutant} instead of {honest}.",
            f"no state differs {after}: expect the events with `order`, if they matter",
        )
    honest, mutant = (
        shortened(as_written(value, names), MAX_SHOWN_CHARS) for value in shown_values(difference)
    )
    added = expectation if expectation.startswith("{") else f"{expectation} (in that step)"
    return f"{place.field} is {mutant} instead of {honest}.", f"add {after}: {added}"


def _event(event: Mapping[str, Any] | None, names: Mapping[str, str]) -> str:
    """Return an event of a trace in words, without ids that the scenario does not name."""
    if event is None:
        return "no event"
    words = [names.get(event["who"], event["who"]), event["event"].replace("_", " ")]
    words += [str(event[name]).replace("_", " ") for name in ("do", "fact", "refused") if event.get(name)]
    if "payload" in event:
        levels = event["topic"].split("/")
        words += [level for level in levels if level in _KINDS]
        words.append(shortened(_message(event["payload"], levels), MAX_SHOWN_CHARS))
    return f"`{' '.join(words)}`"


def _message(payload: str, levels: Sequence[str]) -> str:
    """Return a payload in the language of scenarios, without fields that have their defaults."""
    try:
        message = msgspec.json.decode(payload.encode())
    except msgspec.DecodeError:
        return payload
    if not isinstance(message, dict):
        return payload
    defaults = {
        field.name: field.default
        for level in levels
        if level in _KINDS
        for field in msgspec.structs.fields(SHAPES[MessageKind(level)])
    }
    shown = {
        name: part
        for name, part in message.items()
        if name not in _UNSAID and (name not in defaults or part != defaults[name])
    }
    return as_written(shown, {})


def _after(scenario: Scenario, step: int) -> str:
    return "before the first step" if step == BUILT else f"after {where(scenario.steps[step - 1])}"


def _at(scenario: Scenario, step: int) -> str:
    return "while the world is built" if step == BUILT else f"in {where(scenario.steps[step - 1])}"


def where(step: AnyStep) -> str:
    """Return the place of a step, with its file if that is a fragment."""
    return f"line {step.place.line}" + (f" of {step.file}" if step.file else "")


def _filled(names: Sequence[str]) -> str:
    head = " " * 6
    return fill(", ".join(names), WIDTH, initial_indent=head, subsequent_indent=head, break_on_hyphens=False)
