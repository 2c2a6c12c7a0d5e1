"""A board whose hardware is a TOML file. Edits of the file insert a SIM, open the lid or cut the power.

Owns reading and checking the file, again after each change. Refuses a file that describes an impossible
hub; the error names the field and the expected value. Promises that a bad edit is reported once and changes
nothing: the last good hardware stays in use.
"""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from hubsim_agent.errors import AgentError
from hubsim_agent.hardware_form import BadHardware, checked
from hubsim_agent.ports import HubDisplay
from hubsim_contract.wire.messages import Hardware, SimSlot

CHECK_PERIOD_S = 1.0
"""Polling interval. An edit takes effect after at most this time, or at once with `look_again`."""
BOARD_FILE_BYTES_MAX = 64 * 1024
"""A larger file is refused; no real hardware needs it."""
_NEVER = (-1, -1, -1)  # differs from the fingerprint of every file

EXAMPLE = """\
# The hardware of a hub. Edit it while the agent runs; it is read again within a second.
model = "hub-2-plus"
firmware = "2.20.0"
channels = ["ethernet", "cellular"]  # connected now, of ethernet, wifi, cellular; none: []
active_sim = 1                       # the slot in use; omit it for none
registration = "roaming"             # not_registered, home, searching, denied, unknown, roaming
generation = "4G"                    # 2G, 3G, 4G; omit it without registration
signal = "strong"                    # no_signal, weak, normal, strong
battery_percent = 100                # 0 to 100 in steps of 5
mains = true                         # external power is there
lid_open = false
malfunction = false

[[sims]]
slot = 1
card = "ok"                          # ok, missing, malfunction, locked, unknown
iccid = "89883000000000000003"       # omit it when it cannot be read

[[sims]]
slot = 2
card = "missing"
"""
"""A file to start from."""


class BadBoard(AgentError):
    """A file that does not describe valid hardware. `field` is empty if the whole file is the problem."""

    def __init__(self, file: Path, field: str, expected: str) -> None:
        place = f"{file}, {field}" if field else str(file)
        super().__init__(f"{place}: {expected}")
        self.file = file
        self.field = field
        self.expected = expected


class FileBoard:
    """The hardware port of an agent (`hubsim_agent.ports.HardwarePort`) over one file.

    The file is read on construction; raises `BadBoard`. `show` receives each display, `complain` each bad
    edit; neither may block.
    """

    def __init__(
        self, path: Path, *, show: Callable[[HubDisplay], None], complain: Callable[[BadBoard], None]
    ) -> None:
        self._path = path
        self._show = show
        self._complain = complain
        self._again = asyncio.Event()
        self._seen: tuple[int, int, int] | None = _fingerprint(path)
        self._hardware = read_hardware(path)

    def read(self) -> Hardware:
        """Return the hardware from the last good version of the file."""
        return self._hardware

    async def changes(self) -> AsyncIterator[Hardware]:
        """Yield the hardware after each good edit."""
        while True:
            await self._wait_for_poll()
            fingerprint = _fingerprint(self._path)
            if fingerprint == self._seen:
                continue
            self._seen = fingerprint
            try:
                hardware = read_hardware(self._path)
            except BadBoard as error:
                self._complain(error)
                continue
            self._hardware = hardware
            yield hardware

    def show(self, face: HubDisplay) -> None:
        """Pass the display to the `show` callback."""
        self._show(face)

    def check_again(self) -> None:
        """Read the file again now, even if it looks unchanged. Call it in the event loop."""
        self._seen = _NEVER
        self._again.set()

    async def _wait_for_poll(self) -> None:
        try:
            async with asyncio.timeout(CHECK_PERIOD_S):
                await self._again.wait()
        except TimeoutError:
            return
        self._again.clear()


def read_hardware(path: Path) -> Hardware:
    """Return the hardware that the file describes. Raises `BadBoard`."""
    try:
        with path.open("rb") as file:
            data = file.read(BOARD_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise BadBoard(path, "", f"cannot be read: {error.strerror}") from error
    if len(data) > BOARD_FILE_BYTES_MAX:
        raise BadBoard(path, "", f"it has more than {BOARD_FILE_BYTES_MAX} bytes")
    try:
        fields = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise BadBoard(path, "", f"not a TOML file: {error}") from error
    _check_names(path, fields)
    try:
        return checked(fields)
    except BadHardware as error:
        raise BadBoard(path, error.field, error.expected) from error


def _check_names(path: Path, fields: dict[str, Any]) -> None:
    """Refuse unknown fields. An ignored typing error would look like a broken hub."""
    sims = fields.get("sims")
    tables: list[tuple[dict[str, Any], type[msgspec.Struct], str]] = [(fields, Hardware, "")]
    for number, sim in enumerate(sims if isinstance(sims, list) else ()):
        if isinstance(sim, dict):
            tables.append((sim, SimSlot, f"sims[{number}]."))
    for table, record, place in tables:
        known = record.__struct_fields__
        for name in table:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                advice = f"did you mean {close[0]}?" if close else f"known fields are {', '.join(known)}"
                raise BadBoard(path, place + name, f"unknown field; {advice}")


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    """Return a value that changes with the file; None if it is missing, which is reported like a bad edit."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
