"""Clock moves: `+3 d`, an instant, `start of next month in America/New_York - 1 ms`.

A move is parsed with the file and resolved during the play, because "next" depends on the world clock. The
clock only moves forward. Months begin where the cloud's billing calendar begins them.
"""

import re
from enum import StrEnum

import msgspec

from hubsim_cloud.domain.calendar import next_month_start
from hubsim_contract.clock import LAST_YEAR, LATEST_MS
from hubsim_scenarios.language.durations import duration_ms
from hubsim_scenarios.language.errors import BadText, probably, quoted
from hubsim_scenarios.language.instants import instant, instant_text
from hubsim_scenarios.language.vocabulary import KeptRef
from hubsim_scenarios.language.zones import zone
from hubsim_scenarios.translation.story_language import say

FORMS = ("+3 d", "2026-02-01 00:00", "start of next month", "end of month")

_MONTH_EDGE = re.compile(
    r"(?P<edge>start of next month|end of month)"
    r"(?:\s+in\s+(?P<zone>\S+))?(?:\s*(?P<sign>[+-])\s*(?P<offset>.+?))?(?:\s+in\s+(?P<late_zone>\S+))?"
)


_KEPT = re.compile(r"(?P<ref>\$[a-z][a-z0-9_-]*?)(?:\s*(?P<sign>\+|(?<=\s)-)\s*(?P<offset>[0-9].*))?")
"""A reference to a kept instant, and an offset. A name can contain `-`, so a space must precede a minus."""


class BadMove(BadText):
    """Text that is not a clock move."""


class MoveRefused(Exception):
    """A move that is not possible at the current instant. Both instants are in milliseconds."""

    def __init__(self, text: str, now_ms: int, target_ms: int) -> None:
        super().__init__(text)
        self.now_ms = now_ms
        self.target_ms = target_ms


class MovesBackwards(MoveRefused):
    """The target is before the current instant; the world clock only moves forward."""


class MovesTooFar(MoveRefused):
    """The target is after `LATEST_MS`."""


class MonthEdge(StrEnum):
    """The edges of a month."""

    START_OF_NEXT = "start of next month"
    """The first instant of the next local month, also where 00:00 of the 1st is missing or occurs twice."""
    END = "end of month"
    """The last millisecond of the local month."""


class MoveBy(msgspec.Struct, frozen=True):
    """Forward by `ms` milliseconds."""

    ms: int


class MoveTo(msgspec.Struct, frozen=True):
    """To the instant `ms`, in milliseconds since 1970."""

    ms: int


class MoveToMonth(msgspec.Struct, frozen=True):
    """To the edge of a month, plus `offset_ms`. `zone` None is the scenario's zone."""

    edge: MonthEdge
    offset_ms: int = 0
    zone: str | None = None


class MoveToKept(msgspec.Struct, frozen=True):
    """To the instant that a step has kept, plus `offset_ms`."""

    ref: KeptRef
    offset_ms: int = 0


Move = MoveBy | MoveTo | MoveToMonth


def move(text: str, zone_name: str) -> Move:
    """Return the clock move in a text; an instant without a zone is in `zone_name`. Raises `BadText`."""
    text = text.strip()
    if text.startswith("+"):
        return MoveBy(duration_ms(text[1:]))
    if text[:1].isdigit():
        return _move_to(text, zone_name)
    parts = _MONTH_EDGE.fullmatch(text)
    if parts is None:
        close = probably(text, FORMS)
        if text.startswith("-") and _is_duration(text[1:]):
            hint = f"the clock only moves forward: write '+{text[1:].strip()}'"
            raise BadMove(f"{quoted(text)} is not a clock move", hint)
        hint = f"did you mean {close!r}?" if close else f"for example {', '.join(FORMS)}"
        raise BadMove(f"{quoted(text)} is not a clock move", hint)
    return _month_move(text, parts)


def kept_offset(text: str) -> tuple[str, int]:
    """Return the reference in `$ends - 1 ms`, and the offset in milliseconds. Raises `BadText`."""
    parts = _KEPT.fullmatch(text.strip())
    if parts is None:
        raise BadMove(f"{quoted(text)} is not a clock move", "for example $ends, $ends + 2 h or $ends - 1 ms")
    offset_ms = duration_ms(parts["offset"]) if parts["sign"] else 0
    return parts["ref"], -offset_ms if parts["sign"] == "-" else offset_ms


def _move_to(text: str, zone_name: str) -> MoveTo:
    try:
        return MoveTo(instant(text, zone_name).ms)
    except BadText as error:
        if _is_duration(text):
            raise BadMove(f"{quoted(text)} is not a clock move", f"did you mean '+{text}'?") from error
        raise


def _is_duration(text: str) -> bool:
    try:
        duration_ms(text)
    except BadText:
        return False
    return True


def _month_move(text: str, parts: re.Match[str]) -> MoveToMonth:
    name = parts["zone"] or parts["late_zone"]
    if parts["zone"] and parts["late_zone"]:
        raise BadMove(f"{quoted(text)} names two zones")
    if name is not None:
        zone(name)
    offset_ms = duration_ms(parts["offset"]) if parts["sign"] else 0
    if parts["sign"] == "-":
        offset_ms = -offset_ms
    return MoveToMonth(MonthEdge(parts["edge"]), offset_ms, name)


def resolve(move: Move, now_ms: int, zone_name: str) -> int:
    """Return the target of the move in world milliseconds, never before `now_ms`.

    `zone_name` is the scenario's zone. Raises `MovesBackwards` or `MovesTooFar`.
    """
    target_ms = _target_ms(move, now_ms, zone_name)
    if target_ms > LATEST_MS:
        text = say("the world clock cannot move past 1 December {year}", year=LAST_YEAR)
        raise MovesTooFar(text, now_ms, target_ms)
    if target_ms < now_ms:
        now, target = instant_text(now_ms, zone_name), instant_text(target_ms, zone_name)
        text = say("the world clock is at {now} and cannot move back to {target}", now=now, target=target)
        raise MovesBackwards(text, now_ms, target_ms)
    return target_ms


def _target_ms(move: Move, now_ms: int, zone_name: str) -> int:
    match move:
        case MoveBy(ms):
            return now_ms + ms
        case MoveTo(ms):
            return ms
        case MoveToMonth(edge, offset_ms, name):
            turn_ms = next_month_start(now_ms, name or zone_name)
            last_ms = 1 if edge is MonthEdge.END else 0
            return turn_ms - last_ms + offset_ms
