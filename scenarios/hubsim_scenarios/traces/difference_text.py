"""Telling a difference: where two plays part, what each has there, and which fields differ."""

from collections.abc import Iterator

from hubsim_scenarios.traces.compare import Parting
from hubsim_scenarios.traces.reader import RecordedEvent, RecordedPlay
from hubsim_scenarios.traces.trace_text import Teller, field_differences, head_line

SHOWN = 8
"""So many events of each side are shown; further ones are counted."""


def difference_lines(first: RecordedPlay, second: RecordedPlay, parting: Parting) -> Iterator[str]:
    """Yield the lines that tell one difference."""
    yield f"{first.head.scenario}: the runs part"
    yield f"  A  {head_line(first.head)}"
    yield f"  B  {head_line(second.head)}"
    if parting.what:
        yield f"  {parting.what}"
        return
    tellers = {"A": _teller(first), "B": _teller(second)}
    teller = tellers["A"]
    yield f"  {teller.month(parting.at_ms)}, {teller.time(parting.at_ms)} {first.head.zone}"
    for each in parting.before:
        yield f"     {teller.line(each.event)}"
    for side, own in (("A", parting.first), ("B", parting.second)):
        yield from _side(side, own, tellers[side])
    if parting.pair is not None:
        for told in field_differences(*parting.pair):
            yield f"     {told}"


def _teller(play: RecordedPlay) -> Teller:
    teller = Teller(play.head)
    for recorded in play.events:
        teller.names.learn(recorded.event)
    return teller


def _side(side: str, own: tuple[RecordedEvent, ...], teller: Teller) -> Iterator[str]:
    if not own:
        yield f"  {side}  (has nothing more there)"
    for each in own[:SHOWN]:
        yield f"  {side}  {teller.line(each.event)}  [line {each.line}]"
    if len(own) > SHOWN:
        yield f"  {side}  and {len(own) - SHOWN} more events at that instant"
