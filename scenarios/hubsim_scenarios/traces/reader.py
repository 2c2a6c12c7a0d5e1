"""Reads the plays of a trace file. Any bytes give plays or a `BadTrace` with the line and the reason."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from hubsim_contract.lab.trace import TraceEvent
from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.language.zones import zone
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.traces.records import (
    FORMAT,
    KINDS,
    LATEST_MS,
    EventRecord,
    PlayBegan,
    PlayEnded,
    record_of,
)

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line is rejected without parsing. The longest message that a broker accepts is far shorter."""
MAX_EVENTS = 2_000_000
"""A play with more events is rejected, because it is in memory while it is shown or compared."""


class BadTrace(Exception):
    """The file is not a valid trace. `line` counts from 1; 0 means the whole file."""

    def __init__(self, file: Path, line: int, text: str, hint: str = "") -> None:
        where = f"{file}:{line}" if line else str(file)
        super().__init__(f"{where}: {text}" + (f"; {hint}" if hint else ""))
        self.file = file
        self.line = line


class RecordedEvent(msgspec.Struct, frozen=True):
    """An event and its line in the file."""

    line: int
    event: TraceEvent


class RecordedPlay(msgspec.Struct, frozen=True, kw_only=True):
    """A play that was read from a trace."""

    line: int
    """The line of its head."""
    head: PlayBegan
    events: tuple[RecordedEvent, ...]
    end: PlayEnded | None
    """None: the play was cut off, by the end of the file or by the head of the next play."""


def was_played(play: RecordedPlay) -> bool:
    """Return whether the play was not skipped."""
    return play.end is None or play.end.verdict is not Verdict.SKIPPED


def read_plays(file: Path) -> Iterator[RecordedPlay]:
    """Yield the plays of a file. Raises `BadTrace`, possibly after it has yielded some plays."""
    try:
        with file.open("rb") as opened:
            yield from _plays(file, _lines(file, opened))
    except OSError as error:
        raise BadTrace(file, 0, f"cannot be read ({error.strerror})") from error


def parse(file: Path, lines: bytes) -> Iterator[RecordedPlay]:
    """Yield the plays in these bytes. `file` is named in errors. Raises `BadTrace`."""
    return _plays(file, _lines(file, BytesIO(lines)))


def _lines(file: Path, opened: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := opened.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise BadTrace(file, number, f"the line has more than {MAX_LINE_BYTES} bytes")
        if line.strip():
            yield number, line


def _plays(file: Path, lines: Iterator[tuple[int, bytes]]) -> Iterator[RecordedPlay]:
    begun: tuple[int, PlayBegan] | None = None
    events: list[RecordedEvent] = []
    for number, line in lines:
        plain = _object(file, number, line)
        record = _record(file, number, plain)
        if isinstance(record, EventRecord) and begun is not None:
            if len(events) == MAX_EVENTS:
                raise BadTrace(file, number, f"the play has more than {MAX_EVENTS} events")
            events.append(RecordedEvent(number, _event(plain)))
            continue
        if begun is not None:
            end = record if isinstance(record, PlayEnded) else None
            yield RecordedPlay(line=begun[0], head=begun[1], events=tuple(events), end=end)
        elif not isinstance(record, PlayBegan):
            hint = (
                "a play begins with the event 'play_began'; record the trace again if it is older than that"
            )
            raise BadTrace(file, number, f"{plain['event']!r} is before the head of a play", hint)
        begun = (number, record) if isinstance(record, PlayBegan) else None
        events = []
    if begun is not None:
        yield RecordedPlay(line=begun[0], head=begun[1], events=tuple(events), end=None)


def _object(file: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        plain = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        cut = "" if line.endswith(b"\n") else "; the file ends in the middle of this line"
        raise BadTrace(
            file,
            number,
            f"this line is not JSON ({error}){cut}",
            "a trace has one JSON object per line; `hubsim run --trace FILE` writes one",
        ) from None
    if not isinstance(plain, dict):
        raise BadTrace(file, number, "an object is expected, with `event` and `at_ms`")
    return plain


def _record(file: Path, number: int, plain: dict[str, Any]) -> Any:
    kind = plain.get("event")
    if not isinstance(kind, str):
        raise BadTrace(file, number, "`event` is missing", f"one of {', '.join(KINDS)}")
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        raise BadTrace(file, number, f"unknown kind of event {quoted(kind)}", hint)
    _check_format(file, number, plain)
    try:
        record = record_of(plain)
        if isinstance(record, PlayBegan):
            zone(record.zone)
        _check_date(record.at_ms)
    except (msgspec.ValidationError, ValueError) as error:
        fields = ", ".join(field.encode_name for field in msgspec.structs.fields(KINDS[kind]))
        raise BadTrace(file, number, f"{kind}: {error}", f"it has the fields {fields}") from None
    return record


def _check_date(at_ms: int) -> None:
    """Raise `ValueError` for a time that has no date."""
    if not 0 <= at_ms <= LATEST_MS:
        raise ValueError("`at_ms` is before 1970 or after 9998")


def _check_format(file: Path, number: int, plain: dict[str, Any]) -> None:
    written = plain.get("format")
    if plain["event"] == "play_began" and isinstance(written, int) and written > FORMAT:
        raise BadTrace(
            file, number, f"the trace has format {written}, this program reads {FORMAT}", "update hubsim"
        )


def _event(plain: dict[str, Any]) -> TraceEvent:
    facts = {name: value for name, value in plain.items() if name not in ("at_ms", "event", "who")}
    return TraceEvent(plain["at_ms"], plain["event"], plain["who"], facts)
