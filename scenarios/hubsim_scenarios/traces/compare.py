"""Finds the first difference between two plays, with the events before it.

Two virtual plays under the same conditions are compared exactly, event by event. Other plays are normalised
(`hubsim_scenarios.traces.normalise`) and compared instant by instant.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from hubsim_contract.lab.trace import PACKET
from hubsim_scenarios.traces.normalise import Normalised, NormalisedInstant, instants
from hubsim_scenarios.traces.reader import RecordedEvent, RecordedPlay, was_played

CONTEXT = 3
"""The number of events that are shown before a difference."""
_SCENARIO = ("file", "case", "scenario", "sha256")
_CONDITIONS = (*_SCENARIO, "seed", "world", "broker", "market", "hubsim", "zone_rules")


class FirstDifference(NamedTuple):
    """The first difference. A side is empty if the other one has an additional event there."""

    at_ms: int
    before: tuple[RecordedEvent, ...]
    """The last events of the first play before the difference."""
    first: tuple[RecordedEvent, ...]
    second: tuple[RecordedEvent, ...]
    pair: tuple[dict[str, Any], dict[str, Any]] | None
    """Two events that differ only in some fields, in the compared form. None: there is no such pair."""
    what: str = ""
    """The difference in words, if it is not between events."""


def compare(
    first: RecordedPlay, second: RecordedPlay, *, exact: bool | None = None
) -> FirstDifference | None:
    """Return the first difference between two plays of a scenario, or None.

    `exact` None: compare exactly if both plays have the same conditions. Packets are not compared: their
    order and their times are those of the machine.
    """
    first, second = without_packets(first), without_packets(second)
    skipped = [side for side, play in (("A", first), ("B", second)) if not was_played(play)]
    if skipped:
        what = f"{skipped[0]} was skipped: there is nothing to compare"
        return _without_events(first, what) if len(skipped) == 1 else None
    wanted = same_conditions(first, second) if exact is None else exact
    difference = _compare_exactly(first, second) if wanted else _compare_normalised(first, second)
    return difference or _compare_ends(first, second)


def without_packets(play: RecordedPlay) -> RecordedPlay:
    """Return the play without the packets of `hubsim run --packets`."""
    if not any(each.event.event == PACKET for each in play.events):
        return play
    events = tuple(each for each in play.events if each.event.event != PACKET)
    return msgspec.structs.replace(play, events=events)


def same_conditions(first: RecordedPlay, second: RecordedPlay) -> bool:
    """Return whether the two plays must be the same byte for byte."""
    same = all(getattr(first.head, name) == getattr(second.head, name) for name in _CONDITIONS)
    return same and first.head.world == "virtual"


def _compare_exactly(first: RecordedPlay, second: RecordedPlay) -> FirstDifference | None:
    for index, (one, other) in enumerate(zip_longest(first.events, second.events)):
        if one is None or other is None or one.event != other.event:
            either = one or other
            assert either is not None
            same_kind = (
                one is not None
                and other is not None
                and _identity(one.event.plain()) == _identity(other.event.plain())
            )
            return FirstDifference(
                at_ms=either.event.at_ms,
                before=first.events[max(0, index - CONTEXT) : index],
                first=(one,) if one is not None else (),
                second=(other,) if other is not None else (),
                pair=(_with_json(one), _with_json(other)) if same_kind and one and other else None,
            )
    return None


def _compare_normalised(first: RecordedPlay, second: RecordedPlay) -> FirstDifference | None:
    by_time = [{each.at_ms: each for each in instants(play)} for play in (first, second)]
    for at_ms in sorted(by_time[0].keys() | by_time[1].keys()):
        empty = NormalisedInstant(at_ms, ())
        only_first, only_second = _unmatched(*(each.get(at_ms, empty).events for each in by_time))
        if only_first or only_second:
            return FirstDifference(
                at_ms=at_ms,
                before=tuple(each for each in first.events if each.event.at_ms < at_ms)[-CONTEXT:],
                first=tuple(each.recorded for each in only_first),
                second=tuple(each.recorded for each in only_second),
                pair=_pair(only_first, only_second),
            )
    return None


def _unmatched(
    first: Sequence[Normalised], second: Sequence[Normalised]
) -> tuple[list[Normalised], list[Normalised]]:
    """Return the events of each side that have no equal event on the other side, in their order."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    left: dict[bytes, list[Normalised]] = {}
    for each in second:
        left.setdefault(encode(each.plain), []).append(each)
    only_first = []
    for each in first:
        found = left.get(encode(each.plain))
        if found:
            found.pop()
        else:
            only_first.append(each)
    remaining = {id(each) for group in left.values() for each in group}
    return only_first, [each for each in second if id(each) in remaining]


def _pair(
    first: Iterable[Normalised], second: Sequence[Normalised]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    for one in first:
        for other in second:
            if _identity(one.plain) == _identity(other.plain):
                return one.plain, other.plain
    return None


def _identity(plain: dict[str, Any]) -> tuple[Any, ...]:
    """Return the fields that are equal in two events if they are probably the same event."""
    return tuple(plain.get(name) for name in ("event", "who", "do", "fault", "fact", "topic"))


def _with_json(recorded: RecordedEvent) -> dict[str, Any]:
    """Return an event with its payload as JSON values, to name the fields that differ in it."""
    plain = recorded.event.plain()
    try:
        return {**plain, "payload": msgspec.json.decode(plain["payload"])} if "payload" in plain else plain
    except msgspec.DecodeError:
        return plain


def _compare_ends(first: RecordedPlay, second: RecordedPlay) -> FirstDifference | None:
    ends = [play.end.verdict.upper() if play.end else "cut off" for play in (first, second)]
    reasons = [play.end.reason if play.end else "" for play in (first, second)]
    if ends[0] == ends[1]:
        return None
    texts = [f"{end} ({reason})" if reason else end for end, reason in zip(ends, reasons, strict=True)]
    return _without_events(first, f"the events are the same, but A ended {texts[0]}, B {texts[1]}")


def _without_events(play: RecordedPlay, what: str) -> FirstDifference:
    at_ms = play.end.at_ms if play.end else play.head.at_ms
    return FirstDifference(at_ms, (), (), (), None, what)
