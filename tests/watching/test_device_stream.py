"""The client of `hubsim watch`: it reads a stream, and opens it again after a break."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_scenarios.watching import device_stream
from hubsim_scenarios.watching.device_stream import (
    CannotWatch,
    DeviceStreamClient,
    EventDecoder,
    SentEvent,
    StreamLost,
    StreamSource,
    watched,
)

HUB = "0A1B2C3D"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def problem(status: int, name: str, detail: str) -> bytes:
    """Return the reply with a problem."""
    facts = {"type": "", "title": "", "status": status, "detail": detail, "name": name, "facts": {}}
    return b"HTTP/1.1 %d X\r\nconnection: close\r\n\r\n%s" % (status, json.dumps(facts).encode())


def decoded(text: str) -> list[SentEvent]:
    decoder = EventDecoder()
    events = [decoder.feed(line) for line in text.split("\n")]
    return [event for event in events if event is not None]


def test_an_event_ends_with_an_empty_line_and_keeps_the_last_id() -> None:
    text = "retry: 1\n\n: beat\n\nid: 7\nevent: a\ndata: 1\ndata: 2\n\nevent:b\ndata:x\n\nevent: c\n\n"

    assert decoded(text) == [SentEvent("a", "1\n2", "7"), SentEvent("b", "x", "7")]


@given(st.text())
def test_any_text_is_decoded(text: str) -> None:
    assert all(isinstance(event, SentEvent) for event in decoded(text))


def test_an_event_of_another_version_is_explained_and_an_unknown_one_ignored() -> None:
    with pytest.raises(CannotWatch, match="another version"):
        watched(SentEvent("verdict", '{"number": "x"}', ""))

    assert watched(SentEvent("weather", "{}", "")) is None


class Replies:
    """An HTTP server that gives each request the next reply, and stores the requests."""

    def __init__(self, *replies: bytes) -> None:
        self.requests: list[str] = []
        self._replies = list(replies)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if self._replies:
            writer.write(self._replies.pop(0))
            await writer.drain()
        writer.close()


@asynccontextmanager
async def connected(
    replies: Replies, notes: list[str], token: str | None = None
) -> AsyncIterator[DeviceStreamClient]:
    server = await asyncio.start_server(replies.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def no_pause(_seconds: float) -> None:
        await asyncio.sleep(0)

    client = DeviceStreamClient(
        StreamSource(f"http://127.0.0.1:{port}", HUB, "", token), notes.append, no_pause
    )
    try:
        yield client
    finally:
        await client.aclose()
        server.close()
        await server.wait_closed()


@pytest.mark.live
async def test_a_stream_that_ends_is_opened_again_after_the_last_event() -> None:
    replies, notes = (
        Replies(HEAD + b"id: 5\nevent: a\ndata: 1\n\n", HEAD + b"id: 6\nevent: b\ndata: 2\n\n"),
        [],
    )

    async with connected(replies, notes) as client:
        events = client.events()
        names = [(await anext(events)).name, (await anext(events)).name]
        await events.aclose()  # type: ignore[attr-defined]  # a generator

    assert names == ["a", "b"]
    assert "last-event-id: 5" in replies.requests[1].lower()
    assert [note.partition(" (")[0] for note in notes] == ["the stream is lost", "the stream is open again"]


@pytest.mark.live
async def test_a_server_that_never_answers_and_one_that_is_gone_end_the_watch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(device_stream, "GIVE_UP_S", -1.0)
    notes: list[str] = []

    async with connected(Replies(), notes) as client:
        with pytest.raises(StreamLost, match="does not answer:"):
            [event async for event in client.events()]
    async with connected(Replies(HEAD + b"event: a\ndata: 1\n\n"), notes) as client:
        with pytest.raises(StreamLost, match="no longer answers"):
            [event async for event in client.events()]


@pytest.mark.live
@pytest.mark.parametrize(
    ("reply", "token", "words"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", None, "is not a cloud"),
        (b"HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\nok", None, "answers 500, but is not a cloud"),
        (
            problem(401, "not_signed_in", "no"),
            "token",
            "refuses the operator token",
        ),
        (
            problem(503, "too_busy", "Too many."),
            None,
            "the server refuses: Too many.",
        ),
    ],
)
async def test_a_refused_stream_is_explained(reply: bytes, token: str | None, words: str) -> None:
    async with connected(Replies(reply), [], token) as client:
        with pytest.raises(CannotWatch, match=words):
            [event async for event in client.events()]
