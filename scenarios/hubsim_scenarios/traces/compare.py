"""Where two runs part: the first difference between two plays, with what stood before it.

Two virtual plays under the same conditions are compared exactly, event by event. Any others are compared
by what is alike in them (`hubsim_scenarios.traces.normalise`), instant by instant.
"""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from hubsim_scenarios.traces.normalise import Normalised, NormalisedInstant, instants
from hubsim_scenarios.traces.reader import RecordedEvent, RecordedPlay, was_played

CONTEXT = 3
"""So many events before a difference are shown."""
_CONDITIONS = ("file", "case", "scenario", "sha256", "seed", "world", "broker", "hubsim")


class Parting(NamedTuple):
    """The first difference. A side that has nothing of its own there is empty."""

    at_ms: int
    before: tuple[RecordedEvent, ...]
    """The last events of the first play before the difference."""
    first: tuple[RecordedEvent, ...]
    second: tuple[RecordedEvent, ...]
    pair: tuple[dict[str, Any], dict[str, Any]] | None
    """The two events that differ in some fields only, as they were compared; None: no such two."""
    what: str = ""
    """Said where it is no event that differs."""


def compare(first: RecordedPlay, second: RecordedPlay, *, exact: bool | None = None) -> Parting | None:
    """Return where two plays of one scenario part, or None. `exact` None: exact where it can be so."""
    skipped = [side for side, play in (("A", first), ("B", second)) if not was_played(play)]
    if skipped:
        what = f"{skipped[0]} was skipped, there is nothing to compare with"
        return _without_events(first, what) if len(skipped) == 1 else None
    wanted = same_conditions(first, second) if exact is None else exact
    parting = _exactly(first, second) if wanted else _alike(first, second)
    return parting or _ends(first, second)


def same_conditions(first: RecordedPlay, second: RecordedPlay) -> bool:
    """Return whether the two must be the same byte for byte."""
    same = all(getattr(first.head, name) == getattr(second.head, name) for name in _CONDITIONS)
    return same and first.head.world == "virtual"


def _exactly(first: RecordedPlay, second: RecordedPlay) -> Parting | None:
    for place, (one, other) in enumerate(zip_longest(first.events, second.events)):
        if one is None or other is None or one.event != other.event:
            either = one or other
            assert either is not None
            alike = (
                one is not None and other is not None and _kin(one.event.plain()) == _kin(other.event.plain())
            )
            return Parting(
                at_ms=either.event.at_ms,
                before=first.events[max(0, place - CONTEXT) : place],
                first=(one,) if one is not None else (),
                second=(other,) if other is not None else (),
                pair=(_opened(one), _opened(other)) if alike and one and other else None,
            )
    return None


def _alike(first: RecordedPlay, second: RecordedPlay) -> Parting | None:
    mine = {each.at_ms: each for each in instants(first)}
    yours = {each.at_ms: each for each in instants(second)}
    for at_ms in sorted(mine.keys() | yours.keys()):
        nothing = NormalisedInstant(at_ms, ())
        only_mine, only_yours = _apart(mine.get(at_ms, nothing).events, yours.get(at_ms, nothing).events)
        if only_mine or only_yours:
            return Parting(
                at_ms=at_ms,
                before=tuple(each for each in first.events if each.event.at_ms < at_ms)[-CONTEXT:],
                first=tuple(each.recorded for each in only_mine),
                second=tuple(each.recorded for each in only_yours),
                pair=_pair(only_mine, only_yours),
            )
    return None


def _apart(
    first: Sequence[Normalised], second: Sequence[Normalised]
) -> tuple[list[Normalised], list[Normalised]]:
    """Return what only one of the two has, in its order; what both have as often is struck out."""
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
            if _kin(one.plain) == _kin(other.plain):
                return one.plain, other.plain
    return None


def _kin(plain: dict[str, Any]) -> tuple[Any, ...]:
    """Return what two events share that are probably meant to be the same."""
    return tuple(plain.get(name) for name in ("event", "who", "do", "fault", "fact", "topic"))


def _opened(recorded: RecordedEvent) -> dict[str, Any]:
    """Return an event with a payload as JSON values, so that a difference in it can be named."""
    plain = recorded.event.plain()
    try:
        return {**plain, "payload": msgspec.json.decode(plain["payload"])} if "payload" in plain else plain
    except msgspec.DecodeError:
        return plain


def _ends(first: RecordedPlay, second: RecordedPlay) -> Parting | None:
    said = [play.end.verdict.upper() if play.end else "cut off" for play in (first, second)]
    reasons = [play.end.reason if play.end else "" for play in (first, second)]
    if said[0] == said[1]:
        return None
    told = [f"{word} ({reason})" if reason else word for word, reason in zip(said, reasons, strict=True)]
    return _without_events(first, f"the events are the same, but A ended {told[0]}, B {told[1]}")


def _without_events(play: RecordedPlay, what: str) -> Parting:
    at_ms = play.end.at_ms if play.end else play.head.at_ms
    return Parting(at_ms, (), (), (), None, what)
