"""Formats a difference between two plays: its place, the events of each side, and the fields that differ."""

from collections.abc import Iterator

from hubsim_scenarios.traces.compare import FirstDifference
from hubsim_scenarios.traces.reader import RecordedEvent, RecordedPlay
from hubsim_scenarios.traces.trace_text import Teller, field_differences, head_line

SHOWN = 8
"""The number of events of each side that are shown. Further events are counted."""


def difference_lines(first: RecordedPlay, second: RecordedPlay, difference: FirstDifference) -> Iterator[str]:
    """Yield the lines of a difference."""
    yield f"{first.head.scenario}: the runs differ"
    yield f"  A  {head_line(first.head)}"
    yield f"  B  {head_line(second.head)}"
    if first.head.zone_rules != second.head.zone_rules:
        yield "  the time zone rules differ, so month ends and local times can differ"
    if first.head.market != second.head.market:
        yield f"  the markets differ: A {_market(first)}, B {_market(second)}"
    if difference.what:
        yield f"  {difference.what}"
        return
    tellers = {"A": _teller(first), "B": _teller(second)}
    teller = tellers["A"]
    yield f"  {teller.month(difference.at_ms)}, {teller.time(difference.at_ms)} {first.head.zone}"
    for each in difference.before:
        yield f"     {teller.line(each.event)}"
    for side, own in (("A", difference.first), ("B", difference.second)):
        yield from _side(side, own, tellers[side])
    if difference.pair is not None:
        for text in field_differences(*difference.pair):
            yield f"     {text}"


def _market(play: RecordedPlay) -> str:
    return "has none" if play.head.market is None else play.head.market


def _teller(play: RecordedPlay) -> Teller:
    teller = Teller(play.head)
    for recorded in play.events:
        teller.names.learn(recorded.event)
    return teller


def _side(side: str, own: tuple[RecordedEvent, ...], teller: Teller) -> Iterator[str]:
    if not own:
        yield f"  {side}  (no event)"
    for each in own[:SHOWN]:
        yield f"  {side}  {teller.line(each.event)}  [line {each.line}]"
    if len(own) > SHOWN:
        count = len(own) - SHOWN
        yield f"  {side}  and {count} more {'event' if count == 1 else 'events'} at that instant"
