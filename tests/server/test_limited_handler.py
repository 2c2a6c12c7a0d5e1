"""The limit on lines of one kind: nothing can fill a disk with the log."""

import io
import json
import logging

from hypothesis import given
from hypothesis import strategies as st
from log_bench import logging_to_memory

from hubsim_server.limited_handler import KINDS_MAX, LINES_MAX, PERIOD_S, LimitedHandler
from hubsim_server.logs import get
from hubsim_server.settings import LogFormat, ServerSettings


class Site:
    """A handler with a clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.stream = io.StringIO()
        self.handler = LimitedHandler(self.stream, lambda: self.now_s)

    def log(self, text: str, *facts: object, level: int = logging.WARNING) -> None:
        self.handler.emit(logging.LogRecord("a", level, "", 0, text, facts, None))

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


def test_lines_of_one_kind_are_limited_and_the_others_are_counted() -> None:
    site = Site()

    for number in range(LINES_MAX + 7):
        site.log("bad request %s", number)
    site.log("another kind")
    site.now_s = PERIOD_S
    site.log("bad request %s", "later")

    assert site.lines == [
        *(f"bad request {number}" for number in range(LINES_MAX)),
        "another kind",
        "7 more lines of one kind not logged: bad request %s",
        "bad request later",
    ]


def test_the_end_of_the_log_has_the_numbers_that_were_not_logged() -> None:
    site = Site()
    for _ in range(LINES_MAX + 1):
        site.log("again")

    site.handler.close()

    assert site.lines[-1] == "1 more line of one kind not logged: again"


def test_debug_lines_are_not_limited() -> None:
    site = Site()

    for _ in range(2 * LINES_MAX):
        site.log("again", level=logging.DEBUG)

    assert len(site.lines) == 2 * LINES_MAX


@given(st.lists(st.text(max_size=3), max_size=3 * LINES_MAX))
def test_every_line_is_written_or_counted(texts: list[str]) -> None:
    site = Site()

    for text in texts:
        site.log("%s", text)
    site.handler.close()

    counted = [int(line.split()[0]) for line in site.lines if "of one kind not logged" in line]
    written = min(len(texts), LINES_MAX)
    assert sum(counted) == len(texts) - written


def test_the_kinds_that_are_remembered_are_bounded() -> None:
    site = Site()

    for number in range(2 * KINDS_MAX):
        site.log(f"kind {number}")

    assert len(site.handler._kinds) == KINDS_MAX


def test_the_log_of_a_process_has_the_limit() -> None:
    with logging_to_memory(ServerSettings(log_format=LogFormat.JSON)) as stream:
        for number in range(2 * LINES_MAX):
            get("cloud").warning("flooded", number=number)
            logging.getLogger("uvicorn.error").warning("Invalid request %s", number)

        events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]

    assert events.count("flooded") == LINES_MAX
    assert len(events) == 2 * LINES_MAX
