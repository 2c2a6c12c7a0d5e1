"""The Raspberry Pi as the hardware of an agent: links, inputs, LED, and its modem on a pseudo-terminal."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_modem import ICCID, FakeModem
from process_bench import program

from hubsim_agent.checked_ports import CheckedHardware
from hubsim_agent.ports import HubDisplay
from hubsim_agent.user_ports import HARDWARE, load_port
from hubsim_contract.wire.messages import (
    Channel,
    Hardware,
    Registration,
    ServiceState,
    Signal,
    SimCard,
    SimSlot,
)
from hubsim_contract.wire.service import Tile
from hubsim_simulator.broker.embedded import EmbeddedBroker

BOUND_S = 20
HUB = "0A1B2C3D"
AGENT = "from hubsim_agent.command import main; main()"
FACE = HubDisplay(ServiceState.ACTIVE, Tile.ACTIVATED, star=True, sim_cut_off=False, cloud_reachable=True)


class Pi:
    """The files of a Raspberry Pi, and its modem."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modem = FakeModem(folder / "modem")
        self.led, self.lid = folder / "led", folder / "lid"
        self.lid.write_text("0\n", encoding="ascii")
        self.link("eth0", "up")
        self.link("wlan0", "down")

    def link(self, name: str, state: str) -> None:
        (self.folder / "net" / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "net" / name / "operstate").write_text(f"{state}\n", encoding="ascii")

    @property
    def options(self) -> tuple[str, ...]:
        """The options for the board."""
        files = {"device": self.modem.device, "links": self.folder / "net", "lid": self.lid, "led": self.led}
        return ("poll_s=0.05", *(f"{name}={file}" for name, file in files.items()))


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[Pi]:
    pi = Pi(tmp_path)
    yield pi
    pi.modem.unplug()


@pytest.fixture
def board(pi: Pi) -> CheckedHardware:
    return CheckedHardware(load_port(HARDWARE, "pi_board:PiBoard", pi.options), "pi_board:PiBoard", print)


async def until(changes: Any, **expected: object) -> Hardware:
    """Return the first hardware with these fields."""
    async with asyncio.timeout(BOUND_S):
        async for hardware in changes:
            if {name: getattr(hardware, name) for name in expected} == expected:
                return hardware  # type: ignore[no-any-return]
    raise AssertionError("the board has ended")


async def test_the_hardware_has_the_modem_the_links_and_the_inputs(pi: Pi, board: CheckedHardware) -> None:
    first = board.read()
    pi.modem.plug()
    changes = board.changes()

    registered = await until(changes, registration=Registration.ROAMING)
    pi.link("wwan0", "unknown")
    online = await until(changes, channels=(Channel.CELLULAR, Channel.ETHERNET))
    pi.lid.write_text("1\n", encoding="ascii")
    opened = await until(changes, lid_open=True)
    pi.modem.unplug()
    broken = await until(changes, malfunction=True)
    await changes.aclose()  # type: ignore[attr-defined]

    assert first.sims == broken.sims == (SimSlot(1, SimCard.UNKNOWN),)
    assert (first.malfunction, first.channels) == (False, (Channel.ETHERNET,))
    assert registered.sims == (SimSlot(1, SimCard.OK, ICCID),)
    assert (registered.active_sim, registered.generation, registered.signal) == (1, "4G", Signal.STRONG)
    assert (online.malfunction, opened.malfunction) == (False, False)


async def test_a_change_before_the_watch_begins_is_not_lost(pi: Pi, board: CheckedHardware) -> None:
    pi.modem.answers |= {"AT+CPIN?": "ERROR", "AT+CEREG?": "+CEREG: 1,0\nOK", "AT+CSQ": "+CSQ: 99,99\nOK"}
    pi.modem.plug()  # it has nothing to report
    first = board.read()
    pi.link("wlan0", "up")
    changes = board.changes()

    later = await until(changes, channels=(Channel.ETHERNET, Channel.WIFI))
    await changes.aclose()  # type: ignore[attr-defined]

    assert (first.channels, later.malfunction) == ((Channel.ETHERNET,), False)


def test_the_led_shows_whether_the_cloud_is_reachable(pi: Pi, board: CheckedHardware) -> None:
    board.show(FACE)
    lit = pi.led.read_text(encoding="ascii")
    board.show(HubDisplay(ServiceState.ACTIVE, Tile.ACTIVATED, True, False, cloud_reachable=False))

    assert (lit, pi.led.read_text(encoding="ascii")) == ("1", "0")


@pytest.mark.live
async def test_an_agent_runs_on_it(pi: Pi) -> None:
    pi.modem.plug()
    broker = EmbeddedBroker()
    await broker.start()
    ports = ["--hardware", "pi_board:PiBoard", "--memory", str(pi.folder / "flash")]
    for option in pi.options:
        ports += ["--hardware-option", option]
    path = os.pathsep.join(sys.path)
    try:
        async with program(AGENT, *ports, "--broker", broker.url, HUB, PYTHONPATH=path) as agent:
            await agent.logged("] connected hub=")
            agent.send(signal.SIGTERM)
            code, _ = await agent.end()
    finally:
        await broker.stop()

    assert (code, "Traceback" in "".join(agent.log)) == (0, False)
    assert pi.led.read_text(encoding="ascii") == "0"  # a broker alone is not a cloud
