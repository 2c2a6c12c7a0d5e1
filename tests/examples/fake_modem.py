"""A modem on a pseudo-terminal that answers as 3GPP TS 27.007 says, from a script that tests change."""

import os
import select
import threading
import tty
from pathlib import Path

ICCID = "89883000000000000003"
READY = {
    "AT": "OK",
    "ATE0": "OK",
    "AT+CMEE=1": "OK",
    "AT+CREG=1": "OK",
    "AT+CEREG=1": "OK",
    "AT+CPIN?": "+CPIN: READY\nOK",
    "AT+CCID": f"+CCID: {ICCID}F\nOK",
    "AT+CSQ": "+CSQ: 24,99\nOK",
    "AT+CREG?": "+CREG: 1,0\nOK",
    "AT+CEREG?": '+CEREG: 1,5,"1A2B","01C3D4E5",7\nOK',
    "AT+COPS?": '+COPS: 0,0,"Plus",7\nOK',
}
"""A registered modem: each command with its lines."""
SILENCE = ""
"""The script of a command that gets no answer."""


class FakeModem:
    """One modem. `answers` can be changed at any time; other commands are an ERROR."""

    def __init__(self, device: Path) -> None:
        self.device = device
        self.answers = dict(READY)
        self.echo = False
        self.asked: list[str] = []
        """All commands so far."""
        self._master = self._slave = -1
        self._gone = threading.Event()
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        """Create the device."""
        # the slave stays open here, so that the terminal lives while no program has it open
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.device.symlink_to(os.ttyname(self._slave))
        self._gone.clear()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Remove the device while it may be open, as pulling a USB plug does."""
        if self._thread is None:
            return
        self.device.unlink()
        self._gone.set()
        self._thread.join()
        self._thread = None
        os.close(self._master)
        os.close(self._slave)

    def print(self, data: bytes) -> None:
        """Print bytes that answer nothing."""
        os.write(self._master, data)

    def _serve(self) -> None:
        received = b""
        while not self._gone.is_set():
            if select.select([self._master], [], [], 0.02)[0]:
                received += os.read(self._master, 1024)
            while b"\r" in received:
                command, _, received = received.partition(b"\r")
                self._answer(command.decode())

    def _answer(self, command: str) -> None:
        self.asked.append(command)
        if self.echo:
            self.print(f"{command}\r\n".encode())
        script = self.answers.get(command, "ERROR")
        if script:
            self.print("".join(f"\r\n{line}\r\n" for line in script.split("\n")).encode())
