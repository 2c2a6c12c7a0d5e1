"""Formats a trace for people: one line per event, with names instead of ids, in the scenario's time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.excerpts import shortened
from hubsim_scenarios.language.odd_characters import visible
from hubsim_scenarios.language.zones import zone
from hubsim_scenarios.reports.console_report import EVENT_WIDTH
from hubsim_scenarios.traces.names import NameTable
from hubsim_scenarios.traces.normalise import bare_topic
from hubsim_scenarios.traces.reader import RecordedPlay
from hubsim_scenarios.traces.records import PlayBegan

_WITHOUT_NAME = ("do", "fault", "fact", "topic", "payload", "packet", "direction")
"""Fields whose value is clear without the name of the field."""
_WHO_WIDTH = 10


class Teller:
    """Formats the events of one play. Call `line` in their order, because events define names."""

    def __init__(self, head: PlayBegan, *, width: int = EVENT_WIDTH, dated: bool = False) -> None:
        """Format for a list under headings with months, or with the month in every line (`dated`)."""
        self.names = NameTable(head)
        self._day = "%d %b" if dated else "%d"
        self._zone = zone(head.zone)
        self._width = width

    def line(self, event: TraceEvent) -> str:
        """Return the event in one line: day, time, `who`, kind, and the fields that are not empty."""
        self.names.learn(event)
        facts = [_fact(name, value) for name, value in event.facts.items()]
        who = self.names.named(event.who).ljust(_WHO_WIDTH)
        text = " ".join([event.event.replace("_", " "), *filter(None, facts)])
        line = f"{self.time(event.at_ms)}  {who}  {self.names.named(text)}"
        return visible(shortened(line, self._width))

    def time(self, at_ms: int) -> str:
        """Return the day and the time, with milliseconds only if they are not zero."""
        at = self._local(at_ms)
        millis = f".{at.microsecond // 1000:03}" if at.microsecond else ""
        return f"{at.strftime(f'{self._day} %H:%M:%S')}{millis}"

    def month(self, at_ms: int) -> str:
        """Return the month and year, for the heading of its events."""
        return self._local(at_ms).strftime("%B %Y")

    def _local(self, at_ms: int) -> datetime:
        seconds, millis = divmod(at_ms, 1000)
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=millis * 1000)
        return at.astimezone(self._zone)


def head_line(head: PlayBegan) -> str:
    """Return the conditions of a play in one line."""
    broker = f", broker {head.broker}" if head.broker is not None else ""
    rules = "" if head.zone_rules is None else f"; zone rules {head.zone_rules}"
    return f"{head.world} world{broker}; seed {head.seed}; hubsim {head.hubsim}{rules}; {head.file}"


def end_line(play: RecordedPlay, teller: Teller) -> str:
    """Return the verdict of a play in one line."""
    if play.end is None:
        return "(the trace was cut off here)"
    reason = f": {play.end.reason}" if play.end.reason else ""
    steps = f"{play.end.steps} {'step' if play.end.steps == 1 else 'steps'} passed"
    return f"{play.end.verdict.upper()}  {teller.time(play.end.at_ms)}, {steps}{reason}"


def field_differences(first: Any, second: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each difference between two JSON values, with both values."""
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
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if name in _WITHOUT_NAME else f"{name}={text}"
