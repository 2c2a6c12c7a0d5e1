"""The handler of `order` steps, which finds events in the trace, each one after the previous one.

A failure names the event that is missing: whether it occurred too early, or which event comes nearest to it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from hubsim_scenarios.language.excerpts import shortened
from hubsim_scenarios.language.matching import Mismatch, differences, fits
from hubsim_scenarios.language.patterns import Matching
from hubsim_scenarios.language.steps import ExpectOrder, Since
from hubsim_scenarios.play.context import PlayContext, StepFailed, StepOutcome
from hubsim_scenarios.play.event_text import EVENT_CHARS, day_and_time, event_words
from hubsim_scenarios.play.value_keeping import keep
from hubsim_scenarios.translation.story_language import say


async def order(context: PlayContext, step: ExpectOrder) -> StepOutcome:
    """Find the events in the trace, each one after the previous one."""
    begin = context.mark if step.since is Since.LAST_STEP else 0
    plain = (event.plain() for event in context.world.trace.events[begin:])
    with_message = any("message" in pattern.fields for pattern in step.events)
    events = [_opened(event) if with_message else event for event in plain]
    found: list[int] = []
    for place, pattern in enumerate(step.events, 1):
        first = found[-1] + 1 if found else 0
        index = _find(context, events, pattern, first)
        if index is None:
            after = say(" after event {number}", number=place - 1) if place > 1 else ""
            raise StepFailed(
                say(
                    "event {number} of {count} did not occur{after}: {event}",
                    number=place,
                    count=len(step.events),
                    after=after,
                    event=context.words.pattern(pattern),
                ),
                remarks=(*_occurred(context, events, found), *_explain(context, events, pattern, first)),
            )
        found.append(index)
    matched = zip(step.events, (events[index] for index in found), strict=True)
    return StepOutcome(kept=keep(context, matched))


def _opened(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its decoded payload as `message`, if it has one that is JSON."""
    if "payload" in event:
        with suppress(msgspec.DecodeError):
            event["message"] = msgspec.json.decode(event["payload"].encode())
    return event


def _find(
    context: PlayContext, events: Sequence[Mapping[str, Any]], pattern: Matching, first: int
) -> int | None:
    indices = range(first, len(events))
    return next((each for each in indices if fits(pattern, events[each], context.aliases.any_id)), None)


def _occurred(context: PlayContext, events: Sequence[Mapping[str, Any]], found: Sequence[int]) -> list[str]:
    """Return when each of the previous events occurred."""
    return [
        say("event {number} occurred: {event}", number=place, event=_text(context, events[index]))
        for place, index in enumerate(found, 1)
    ]


def _explain(
    context: PlayContext, events: Sequence[Mapping[str, Any]], pattern: Matching, first: int
) -> list[str]:
    """Return where the missing event is instead: before the previous one, or which event is nearest."""
    early = _find(context, events[:first], pattern, 0)
    if early is not None:
        event = _text(context, events[early])
        return [say("it occurred before that, in the wrong order: {event}", event=event)]
    nearest = _nearest(context, events, pattern, first)
    if nearest is None:
        return [say("no similar event occurred")]
    index, found = nearest
    shown = (context.aliases.with_values(each, context.words) for each in found)
    too_early = say(", before the previous event") if index < first else ""
    head = say("nearest event{early}: {event}", early=too_early, event=_text(context, events[index]))
    return [head, *(f"  {each}" for each in shown)]


def _nearest(
    context: PlayContext, events: Sequence[Mapping[str, Any]], pattern: Matching, first: int
) -> tuple[int, list[Mismatch]] | None:
    """Return the event of this kind with the fewest differences, later ones first; None: none is similar."""
    kind = pattern.fields.get("event")
    best: tuple[int, list[Mismatch]] | None = None
    for index in (*range(first, len(events)), *range(first)):
        event = events[index]
        if kind is not None and not fits(kind, event["event"], context.aliases.any_id):
            continue
        found = list(differences(pattern, event, context.aliases.any_id, "event", context.words))
        if best is None or len(found) < len(best[1]):
            best = index, [each._replace(path=each.path.removeprefix("event.")) for each in found]
    return best if best is not None and len(best[1]) < _size(pattern) else None


def _size(pattern: Matching) -> int:
    """Return the number of fields, with those of a message."""
    inner = [part for part in pattern.fields.values() if isinstance(part, Matching)]
    return len(pattern.fields) - len(inner) + sum(map(_size, inner))


def _text(context: PlayContext, event: Mapping[str, Any]) -> str:
    shown = {name: value for name, value in event.items() if name != "message"}
    text = f"{day_and_time(event['at_ms'], context.scenario.zone)} {event_words(shown, context.words)}"
    return shortened(context.aliases.named(text), EVENT_CHARS)
