"""Telling a trace to people: one line an event, with names for ids and the time where the scenario plays."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.zones import zone
from hubsim_scenarios.reports.console_report import EVENT_WIDTH, shorten
from hubsim_scenarios.traces.names import NameTable
from hubsim_scenarios.traces.normalise import bare_topic
from hubsim_scenarios.traces.reader import RecordedPlay
from hubsim_scenarios.traces.records import PlayBegan

_TOLD_APART = ("do", "fault", "fact", "topic", "payload")
"""Fields whose value says enough without their name."""
_WHO_WIDTH = 10


class Teller:
    """Tells the events of one play, in their order: names are learnt on the way."""

    def __init__(self, head: PlayBegan, *, width: int = EVENT_WIDTH) -> None:
        self.names = NameTable(head)
        self._zone = zone(head.zone)
        self._width = width

    def line(self, event: TraceEvent) -> str:
        """Return the event in one line: day and time, who, what, and the fields that say something."""
        self.names.learn(event)
        facts = [_fact(name, value) for name, value in event.facts.items()]
        who = self.names.named(event.who).ljust(_WHO_WIDTH)
        said = " ".join([event.event.replace("_", " "), *filter(None, facts)])
        return shorten(f"{self.time(event.at_ms)}  {who}  ", self.names.named(said), self._width)

    def time(self, at_ms: int) -> str:
        """Return the day of the month and the time; milliseconds only where there are some."""
        at = self._local(at_ms)
        millis = f".{at.microsecond // 1000:03}" if at.microsecond else ""
        return f"{at.strftime('%d %H:%M:%S')}{millis}"

    def month(self, at_ms: int) -> str:
        """Return the month, as the caption above its events."""
        return self._local(at_ms).strftime("%B %Y")

    def _local(self, at_ms: int) -> datetime:
        seconds, millis = divmod(at_ms, 1000)
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=millis * 1000)
        return at.astimezone(self._zone)


def head_line(head: PlayBegan) -> str:
    """Return under what conditions a play was played."""
    broker = f", broker {head.broker}" if head.broker is not None else ""
    return f"{head.world} world{broker}; seed {head.seed}; hubsim {head.hubsim}; {head.file}"


def end_line(play: RecordedPlay, teller: Teller) -> str:
    """Return how a play ended."""
    if play.end is None:
        return "(the trace was cut off here)"
    reason = f": {play.end.reason}" if play.end.reason else ""
    return f"{play.end.verdict.upper()}  {teller.time(play.end.at_ms)}, {play.end.steps} steps held{reason}"


def field_differences(first: Any, second: Any, path: str = "") -> Iterator[str]:
    """Yield where two JSON values differ, and what each has there."""
    if isinstance(first, dict) and isinstance(second, dict):
        for name in dict.fromkeys([*first, *second]):
            below = f"{path}.{name}" if path else name
            yield from field_differences(first.get(name, _ABSENT), second.get(name, _ABSENT), below)
    elif first != second:
        yield f"{path}: {_shown(first)} in A, {_shown(second)} in B"


_ABSENT = object()


def _shown(value: object) -> str:
    return "nothing" if value is _ABSENT else msgspec.json.encode(value).decode()


def _fact(name: str, value: object) -> str:
    if value in ("", None):
        return ""
    if name == "topic":
        return bare_topic(str(value))
    said = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return said if name in _TOLD_APART else f"{name}={said}"
