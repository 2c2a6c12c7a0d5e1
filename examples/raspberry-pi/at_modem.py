"""A dialogue with a modem over a serial port: one command at a time, each with a time limit.

Owns lines, time limits and unsolicited lines. Refuses nothing that a modem may print: echo, empty lines,
bytes that are not text, and lines of any length are dropped. Promises that every call ends: with the answer,
`ModemRefused`, `ModemSilent`, or `ModemGone`.
"""

import threading
import time
from collections import deque
from pathlib import Path

import serial

ANSWER_LIMIT_S = 5.0
"""From a command to its final result. TS 27.007 has no limit; the commands used here take milliseconds."""
READ_S = 0.2
"""The longest wait for bytes in one call of the operating system."""
LINE_BYTES_MAX = 4096
"""More bytes without a line feed are dropped."""
UNSOLICITED_MAX = 100
"""Unsolicited lines that are kept; the oldest is dropped first."""
_FINAL = ("OK", "ERROR", "+CME ERROR", "+CMS ERROR", "NO CARRIER")


class ModemRefused(Exception):
    """The modem answers a command with an error. `result` is the line, such as `+CME ERROR: 10`."""

    def __init__(self, command: str, result: str) -> None:
        super().__init__(f"{command}: {result}")
        self.result = result


class ModemSilent(Exception):
    """No final result within the time limit."""


class ModemGone(Exception):
    """The device does not exist, cannot be opened, or has been unplugged."""


class AtModem:
    """One opened modem, for one thread. While `stop` is set, each call raises `ModemGone`."""

    def __init__(
        self, device: Path, speed: int, stop: threading.Event, *, answer_limit_s: float = ANSWER_LIMIT_S
    ) -> None:
        """Open the device, with `speed` in baud. Raises `ModemGone`."""
        self._stop = stop
        self._limit_s = answer_limit_s
        self._bytes = bytearray()
        self._unsolicited: deque[str] = deque(maxlen=UNSOLICITED_MAX)
        try:
            self._port = serial.Serial(str(device), speed, timeout=READ_S, write_timeout=answer_limit_s)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise ModemGone(f"{device} cannot be opened: {error}") from error

    def close(self) -> None:
        """Close the device."""
        self._port.close()

    def ask(self, command: str, prefix: str = "") -> list[str]:
        """Send a command; return its lines of information, those that begin with the prefix.

        All other lines are unsolicited. Raises `ModemRefused`, `ModemSilent` and `ModemGone`. After
        `ModemSilent`, close the modem: its late answer would be taken for that of the next command.
        """
        self._write(f"{command}\r")
        deadline_s = time.monotonic() + self._limit_s
        answer: list[str] = []
        while time.monotonic() < deadline_s and (line := self._line(deadline_s)) is not None:
            if line == "OK":
                return answer
            if line.startswith(_FINAL):
                raise ModemRefused(command, line)
            if line == command:
                continue  # an echo
            if line.startswith(prefix):
                answer.append(line)
            else:
                self._unsolicited.append(line)
        raise ModemSilent(f"{command}: no answer within {self._limit_s:g} s")

    def wait(self, limit_s: float) -> None:
        """Wait for an unsolicited line, at most this time. Lines since the last wait count."""
        if not self._unsolicited:
            self._line(time.monotonic() + limit_s)

    def forget(self) -> None:
        """Drop the unsolicited lines so far."""
        self._unsolicited.clear()

    def _write(self, text: str) -> None:
        try:
            self._port.write(text.encode("ascii"))
        except serial.SerialTimeoutException as error:
            raise ModemSilent("the modem takes no commands") from error
        except OSError as error:
            raise ModemGone(str(error)) from error

    def _line(self, deadline_s: float) -> str | None:
        """Return the next line that is not empty; None at the deadline."""
        while True:
            end = self._bytes.find(b"\n")
            if end >= 0:
                line = bytes(self._bytes[:end]).decode("ascii", errors="replace").strip()
                del self._bytes[: end + 1]
                if line:
                    return line
            elif time.monotonic() >= deadline_s:
                return None
            else:
                self._read()

    def _read(self) -> None:
        if self._stop.is_set():
            raise ModemGone("the watch has stopped")
        try:
            received = self._port.read(self._port.in_waiting or 1)
        except OSError as error:
            raise ModemGone(str(error)) from error
        self._bytes += received
        if len(self._bytes) > LINE_BYTES_MAX and b"\n" not in self._bytes:
            self._bytes.clear()
