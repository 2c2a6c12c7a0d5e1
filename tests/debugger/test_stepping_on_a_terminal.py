"""On a terminal the prompt suggests words, keeps a history, and ends in good order."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_journey import JOURNEY

LIMIT_S = 60.0
"""Only a play that hangs takes so long."""
ROOT = Path(__file__).parents[2]
WHERE_IS_THE_CURSOR = b"\x1b[6n"
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Seat:
    """Somebody at a terminal."""

    def __init__(self, file: Path) -> None:
        self._terminal, inner = pty.openpty()
        self.process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", "-m", "hubsim", "run", "--virtual", "--step", str(file)],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        os.close(inner)
        self._seen = ""
        self._is_open = True

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def until(self, text: str) -> str:
        """Read until this is shown, and return what was shown since the last time."""
        while text not in self._seen:
            shown = self._read()
            assert shown is not None, f"{text!r} never came: {self._seen}"
            self._seen += shown
        before, found, self._seen = self._seen.partition(text)
        return before + found

    def _read(self) -> str | None:
        """Return what is shown next, which may be nothing but colours; None when nothing comes any more."""
        ready, _, _ = select.select([self._terminal], [], [], LIMIT_S)
        try:
            shown = os.read(self._terminal, 65536) if ready else b""
        except OSError:  # the other end of the terminal was closed
            return None
        if not shown:
            return None
        if WHERE_IS_THE_CURSOR in shown:
            os.write(self._terminal, b"\x1b[1;1R")
        return _STYLE.sub("", shown.decode(errors="replace"))

    def exit_code(self) -> int:
        while self._read() is not None:
            pass
        return self.process.wait(LIMIT_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.leave()

    def leave(self) -> None:
        """Close the terminal. The kernel tells only who has it for its own: the signal comes from here."""
        if self._is_open:
            self._is_open = False
            os.close(self._terminal)


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    file = tmp_path / "journey.yaml"
    file.write_text(JOURNEY, encoding="utf-8")
    seat = Seat(file)
    yield seat
    seat.close()


@pytest.mark.process
def test_words_are_completed_and_played(seat: Seat) -> None:
    seat.until("1/3>")
    seat.type("bench v")
    seat.until("villa")
    seat.type("\t power_o")
    seat.until("power_off")
    seat.type("\t\r")

    assert "power off at villa" in seat.until("power off at villa")

    seat.type("c\r")
    seat.until("did not hold")
    seat.until("3/3>")
    seat.type("\r")
    seat.until("Enter for no")
    seat.type("\r")
    seat.until("1 manual step")
    assert seat.exit_code() == 1


@pytest.mark.process
@pytest.mark.parametrize("key", ["\x04", "\x03"])
def test_ctrl_d_and_ctrl_c_quit(seat: Seat, key: str) -> None:
    seat.until("1/3>")

    seat.type(key)

    seat.until("ended by hand before step 1")
    assert seat.exit_code() == 3


@pytest.mark.process
def test_a_run_that_is_stopped_from_outside_ends_and_leaves_the_terminal_as_it_was(seat: Seat) -> None:
    seat.until("1/3>")

    seat.process.terminate()

    seat.until("interrupted by SIGTERM: no verdict")
    assert seat.exit_code() == 143


@pytest.mark.process
def test_a_terminal_that_is_closed_ends_the_play_in_order(seat: Seat) -> None:
    seat.until("1/3>")

    seat.leave()
    seat.process.send_signal(signal.SIGHUP)

    assert seat.process.wait(LIMIT_S) == 129
