"""The buffer of a watch: one encoding for all readers, positions, filters, and bounds."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from hubsim_cloud.http.server_sent import event_bytes
from hubsim_cloud.lab import watch_buffer
from hubsim_cloud.lab.watch_buffer import EVENTS_KEPT, QUIET_NUMBERS, WatchBuffer, WatchReader
from hubsim_cloud.service.message_watch import TooManyWatchers
from hubsim_cloud.service.notices import Ended, StreamPosition

HUB, OTHER = "0000AA01", "0000AA02"
ABOUT_HUB, ABOUT_OTHER = frozenset({HUB}), frozenset({OTHER})


@pytest.fixture
def buffer() -> WatchBuffer:
    return WatchBuffer(lambda missed: {"missed": missed})


def taken(reader: WatchReader) -> list[tuple[str, Any]]:
    """Return the names and data of what a reader takes, until it has everything."""
    found: list[tuple[str, Any]] = []
    while content := reader.take():
        for part in content.decode().split("\n\n"):
            fields: Mapping[str, str] = dict(line.split(": ", 1) for line in part.splitlines() if line)
            if "event" in fields:
                found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_a_new_reader_is_greeted_and_gets_what_happens_from_then_on(buffer: WatchBuffer) -> None:
    buffer.append("act", 1, None)
    reader = buffer.open(None, None)

    buffer.append("act", 2, None)

    assert taken(reader) == [("hello", {"missed": 0}), ("act", 2)]
    assert taken(reader) == []


def test_a_reader_with_a_position_continues_after_it(buffer: WatchBuffer) -> None:
    for number in range(1, 6):
        buffer.append("act", number, None)

    reader = buffer.open(None, buffer.mark(3))

    assert taken(reader) == [("hello", {"missed": 0}), ("act", 4), ("act", 5)]


@pytest.mark.parametrize("mark", [StreamPosition(0, "00000000", 1), StreamPosition(0, "", 1)])
def test_a_position_of_another_run_does_not_count(buffer: WatchBuffer, mark: StreamPosition) -> None:
    buffer.append("act", 1, None)
    buffer.append("act", 2, None)

    assert taken(buffer.open(None, mark)) == [("hello", {"missed": 0})]


def test_a_filter_passes_events_about_its_hubs_and_those_for_every_reader(buffer: WatchBuffer) -> None:
    reader = buffer.open(ABOUT_HUB, None)

    buffer.append("hub", "own", ABOUT_HUB)
    buffer.append("hub", "other", ABOUT_OTHER)
    buffer.append("act", "nobody", frozenset())
    buffer.append("clock", "all", None)

    assert taken(reader) == [("hello", {"missed": 0}), ("hub", "own"), ("clock", "all")]


def test_a_reader_with_a_filter_learns_its_position_also_when_nothing_is_for_it(buffer: WatchBuffer) -> None:
    reader = buffer.open(ABOUT_HUB, None)
    reader.take()
    for number in range(QUIET_NUMBERS):
        buffer.append("hub", number, ABOUT_OTHER)

    content = reader.take()

    assert content == f"id: {buffer.mark(QUIET_NUMBERS)}\n\n".encode()


def test_a_slow_reader_skips_what_is_dropped_and_learns_how_much(buffer: WatchBuffer) -> None:
    reader = buffer.open(None, None)
    assert taken(reader) == [("hello", {"missed": 0})]
    for number in range(EVENTS_KEPT + 7):
        buffer.append("act", number, None)

    events = taken(reader)

    assert events[:2] == [("hello", {"missed": 7}), ("act", 7)]
    assert len(events) == 1 + EVENTS_KEPT


def test_the_size_of_the_kept_events_is_bounded(buffer: WatchBuffer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_buffer, "BYTES_KEPT", 10_000)
    for _ in range(100):
        buffer.append("act", "x" * 1_000, None)

    assert buffer.count == 100
    assert buffer.first == 92


def test_an_event_is_encoded_once_for_fifty_readers(
    buffer: WatchBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = [buffer.open(None, None) for _ in range(50)]
    for reader in readers:
        reader.take()
    encoded: list[str] = []

    def counted(name: str, data: Any, mark: StreamPosition) -> bytes:
        encoded.append(name)
        return event_bytes(name, data, mark)

    monkeypatch.setattr(watch_buffer, "event_bytes", counted)
    buffer.append("act", 1, None)
    contents = {reader.take() for reader in readers}

    assert len(contents) == 1
    assert encoded == ["act"]


def test_more_readers_than_the_limit_are_refused(
    buffer: WatchBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_buffer, "READERS_MAX", 2)
    first = buffer.open(None, None)
    buffer.open(None, None)

    with pytest.raises(TooManyWatchers):
        buffer.open(None, None)
    buffer.leave(first)
    buffer.leave(first)
    buffer.open(None, None)


def test_all_readers_end_with_the_world(buffer: WatchBuffer) -> None:
    readers = [buffer.open(None, None) for _ in range(3)]

    buffer.end(Ended.STOPPING)

    assert {reader.ended for reader in readers} == {Ended.STOPPING}
