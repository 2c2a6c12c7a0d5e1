"""The progress display on a terminal, and how it is cleared."""

import io
import re

from small_scenarios import scenario

from hubsim_scenarios.play.play import AwaitedMessages
from hubsim_scenarios.running.progress import TerminalProgress, awaited, progress_display
from hubsim_scenarios.running.target import PlayJob

EXPECTING = PlayJob(scenario(file="folder/holds.yaml"), 1)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def drawn(out: io.StringIO) -> list[str]:
    """Return the lines that are on the terminal after the output."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[\??\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+", out.getvalue()):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b[1A":
            row -= 1
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith(("\x1b", "\r")):
            lines[row] += part
    return [line for line in lines if line]


def test_a_play_is_shown_with_its_step_and_its_expectation() -> None:
    out = io.StringIO()
    progress = TerminalProgress(out, 3, Clock())

    progress.count()
    progress.at(0, EXPECTING, 2)

    assert drawn(out) == ["2/3  holds.yaml  step 2 of 2: waits for villa: led: green"]


def test_a_slow_step_is_shown_with_the_awaited_message_and_the_seconds() -> None:
    out, clock = io.StringIO(), Clock()
    progress = TerminalProgress(out, 1, clock)
    progress.at(0, EXPECTING, 2)
    clock.s = 2.0

    progress.waits(0, EXPECTING, AwaitedMessages(2, 0, ("villa: waits for SUBACK", "another")))

    assert drawn(out) == ["holds.yaml  step 2 of 2, 2 s: villa: waits for SUBACK, and 1 more"]


def test_a_slow_step_without_awaited_messages_is_shown_with_the_world_time() -> None:
    out, clock = io.StringIO(), Clock()
    progress = TerminalProgress(out, 1, clock)
    progress.at(0, EXPECTING, 2)
    clock.s = 1.0

    progress.waits(0, EXPECTING, AwaitedMessages(2, EXPECTING.scenario.clock_ms, ()))

    assert drawn(out) == ["holds.yaml  step 2 of 2, 1 s: waits for villa: led: green (2026-01-15 09:00:00)"]


def test_the_next_step_replaces_the_awaited_message() -> None:
    out = io.StringIO()
    progress = TerminalProgress(out, 1, Clock())

    progress.at(0, EXPECTING, 0)
    progress.waits(0, EXPECTING, AwaitedMessages(0, 0, ("cloud: waits for CONNACK",)))
    waiting = drawn(out)
    progress.at(0, EXPECTING, 1)

    assert waiting == ["holds.yaml  building the world, 0 s: cloud: waits for CONNACK"]
    assert drawn(out) == ["holds.yaml  step 1 of 2: activate (hub villa)"]


def test_parallel_plays_have_a_line_each() -> None:
    out = io.StringIO()
    progress = TerminalProgress(out, 1, Clock())

    progress.at(1, EXPECTING, 1)
    progress.at(0, EXPECTING, 0)

    assert drawn(out) == [
        "holds.yaml  building the world",
        "holds.yaml  step 1 of 2: activate (hub villa)",
    ]


def test_clearing_removes_all_lines() -> None:
    out = io.StringIO()
    progress = TerminalProgress(out, 1, Clock())
    progress.at(0, EXPECTING, 1)
    progress.at(1, EXPECTING, 1)

    progress.clear()

    assert drawn(out) == []


def test_steps_that_are_too_fast_to_read_are_not_drawn() -> None:
    out, clock = io.StringIO(), Clock()
    progress = TerminalProgress(out, 1, clock, gap_s=0.05)

    progress.at(0, EXPECTING, 1)
    clock.s = 0.01
    progress.at(0, EXPECTING, 2)
    early = drawn(out)
    clock.s = 0.06
    progress.at(0, EXPECTING, 2)

    assert "step 1 of 2" in early[0]
    assert "step 2 of 2" in drawn(out)[0]


def test_control_characters_of_a_file_name_are_not_written() -> None:
    out = io.StringIO()
    progress = TerminalProgress(out, 1, Clock())

    progress.at(0, PlayJob(scenario(file="a\x1b[2Jb.yaml"), 1), 0)

    assert "\x1b[2J" not in out.getvalue()


def test_after_the_last_step_the_world_is_closed() -> None:
    assert awaited(EXPECTING.scenario, 3) == "closing the world"


def test_without_a_terminal_nothing_is_shown() -> None:
    display = progress_display(1, Clock(), computed=True)

    assert not isinstance(display, TerminalProgress)
