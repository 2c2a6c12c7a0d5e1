"""The progress while hubs connect: a bar on a terminal, lines of the log elsewhere."""

import asyncio
import io
import logging

import pytest

from hubsim_server import connecting
from hubsim_server.connecting import Connecting, bar, shown


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class Fleet:
    """A fleet whose hubs connect one by one, each time it is looked at."""

    def __init__(self, hubs: int) -> None:
        self.hubs = hubs
        self.online = 0
        self._connected = asyncio.Event()

    def look(self) -> Connecting:
        self.online += 1
        if self.online == self.hubs:
            self._connected.set()
        return Connecting(self.online, self.hubs, self.hubs, 0, ("hubs",))

    async def until_connected(self) -> None:
        await self._connected.wait()


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (Connecting(0, 0, 0, 0, ("the broker",)), "waiting for the broker, 3 s"),
        (Connecting(0, 10, 10, 0), "[..............................] 0 of 10 hubs connected, 3 s"),
        (
            Connecting(4_950, 9_900, 9_912, 12),
            "[###############...............] 4,950 of 9,900 hubs connected, 12 failed attempts, 3 s",
        ),
        (Connecting(10, 10, 10, 0), "[##############################] 10 of 10 hubs connected, 3 s"),
    ],
)
def test_the_bar_shows_hubs_and_failed_attempts(state: Connecting, text: str) -> None:
    assert bar(state, 3.2) == text


async def test_a_terminal_gets_a_bar_that_is_removed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "BAR_S", 0.001)
    terminal, fleet = Terminal(), Fleet(3)

    await shown(fleet.until_connected(), fleet.look, "fleet", terminal)

    states = terminal.getvalue().split("\r\x1b[K")
    assert states[1].startswith("[##########....................] 1 of 3 hubs connected")
    assert states[-1] == ""
    assert "\n" not in terminal.getvalue()


async def test_a_line_of_the_log_replaces_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "BAR_S", 0.001)
    terminal, fleet = Terminal(), Fleet(2)
    handler, root = logging.StreamHandler(terminal), logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler])

    def look() -> Connecting:
        root.warning("a shard's process ended")
        return fleet.look()

    await shown(fleet.until_connected(), look, "fleet", terminal)
    root.warning("after it")

    assert "\r\x1b[Ka shard's process ended\n" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[Kafter it\n")
    assert handler.filters == []


async def test_a_file_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "PROGRESS_S", 0.001)
    file, fleet = io.StringIO(), Fleet(3)

    await shown(fleet.until_connected(), fleet.look, "fleet", file)

    assert file.getvalue() == ""
    assert fleet.online == 3


async def test_an_error_of_the_fleet_ends_the_bar() -> None:
    terminal = Terminal()

    async def broken() -> None:
        raise OSError("no broker")

    with pytest.raises(OSError, match="no broker"):
        await shown(broken(), lambda: Connecting(0, 0, 0, 0), "fleet", terminal)

    assert terminal.getvalue().endswith("\r\x1b[K")
