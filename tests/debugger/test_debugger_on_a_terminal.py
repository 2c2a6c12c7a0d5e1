"""On a terminal the prompt completes words, ends cleanly, and restores the terminal."""

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
from tracebacks import with_watch

LIMIT_S = 60.0
"""Only a play that hangs reaches this limit."""
ROOT = Path(__file__).parents[2]
WHERE_IS_THE_CURSOR = b"\x1b[6n"
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class TerminalSession:
    """A run of the debugger on a pseudo-terminal."""

    def __init__(self, file: Path) -> None:
        self._terminal, inner = pty.openpty()
        self.process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", "-m", "hubsim", "run", "--virtual", "--step", str(file)],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**os.environ, "TERM": "xterm", "PYTHONPATH": with_watch(str(ROOT))},
            start_new_session=True,
        )
        os.close(inner)
        self._seen = ""
        self._is_open = True

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def until(self, text: str) -> str:
        """Read until this text is shown, and return the output since the last call."""
        while text not in self._seen:
            shown = self._read()
            assert shown is not None, f"{text!r} never came: {self._seen}"
            self._seen += shown
        before, found, self._seen = self._seen.partition(text)
        return before + found

    def _read(self) -> str | None:
        """Return the next output without styles, which can be empty; None at the end of the output."""
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
        """Close the terminal. It is not the controlling terminal of the run, so the test sends SIGHUP."""
        if self._is_open:
            self._is_open = False
            os.close(self._terminal)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[TerminalSession]:
    file = tmp_path / "journey.yaml"
    file.write_text(JOURNEY, encoding="utf-8")
    session = TerminalSession(file)
    yield session
    session.close()


@pytest.mark.process
def test_words_are_completed_and_played(session: TerminalSession) -> None:
    session.until("1/3>")
    session.type("bench v")
    session.until("villa")
    session.type("\t power_o")
    session.until("power_off")
    session.type("\t\r")

    assert "power off at villa" in session.until("power off at villa")

    session.type("c\r")
    session.until("step 3 failed")
    session.until("3/3>")
    session.type("\r")
    session.until("Enter for no")
    session.type("\r")
    session.until("1 manual step")
    assert session.exit_code() == 1


@pytest.mark.process
@pytest.mark.parametrize("key", ["\x04", "\x03"])
def test_ctrl_d_and_ctrl_c_quit(session: TerminalSession, key: str) -> None:
    session.until("1/3>")

    session.type(key)

    session.until("quit in the debugger before step 1")
    assert session.exit_code() == 3


@pytest.mark.process
def test_sigterm_ends_the_run_without_a_verdict(session: TerminalSession) -> None:
    session.until("1/3>")

    session.process.terminate()

    session.until("interrupted by SIGTERM: no verdict")
    assert session.exit_code() == 143


@pytest.mark.process
def test_closing_the_terminal_ends_the_run(session: TerminalSession) -> None:
    session.until("1/3>")

    session.leave()
    session.process.send_signal(signal.SIGHUP)

    assert session.process.wait(LIMIT_S) == 129
