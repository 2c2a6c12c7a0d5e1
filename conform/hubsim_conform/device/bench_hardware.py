"""The hardware of an agent on a bench.

`hubsim agent --hardware hubsim_conform.device.bench_hardware:BenchHardware` uses it. A client connects to its
Unix socket and writes one act as JSON on a line. The hardware answers with a line when the agent has received
the change: `done`, or `cannot: ...` for an act that it does not know.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from hubsim_agent.ports import HubDisplay
from hubsim_agent.system_clock import system_time_ms
from hubsim_conform.device.acts import DeviceAct, SetClock, SetRegistration, act_json, read_act
from hubsim_conform.device.actuator import ActFailed, ActImpossible
from hubsim_contract.lab.bench_actions import Plug, SetBattery, SetLid, SetMains, Unplug
from hubsim_contract.wire.limits import BATTERY_FULL_PERCENT, BATTERY_STEP_PERCENT
from hubsim_contract.wire.messages import Channel, Hardware, Registration, Signal, SimCard, SimSlot

LINE_BYTES_MAX = 16_384
ACT_LIMIT_S = 10.0
"""The time for an act; then it has failed."""
BATTERY_STEPS = range(0, BATTERY_FULL_PERCENT + 1, BATTERY_STEP_PERCENT)
NORMAL = Hardware(
    model="hub-2-plus",
    firmware="2.20.0",
    channels=(Channel.CELLULAR, Channel.ETHERNET),
    sims=(SimSlot(1, SimCard.OK, "89883000000000000003"), SimSlot(2, SimCard.MISSING)),
    active_sim=1,
    registration=Registration.ROAMING,
    generation="4G",
    signal=Signal.STRONG,
)
"""The hardware at the start of the agent."""


class BenchHardware:
    """The hardware port of one agent. Serves the socket while the agent reads the changes."""

    def __init__(self, socket: str) -> None:
        self._socket = Path(socket)
        self._hardware = NORMAL
        self._clock = self._socket.with_name("clock")
        """How far the clock is ahead, in s; the clock of a board runs on without power."""
        self._ahead_s = int(self._clock.read_text(encoding="ascii")) if self._clock.exists() else 0
        self._changes: asyncio.Queue[tuple[Hardware, asyncio.Event]] = asyncio.Queue()

    def read(self) -> Hardware:
        """Return the current hardware."""
        return self._hardware

    async def changes(self) -> AsyncIterator[Hardware]:
        """Yield the hardware after each act."""
        self._socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, self._socket, limit=LINE_BYTES_MAX)
        async with server:
            while True:
                hardware, received = await self._changes.get()
                yield hardware
                received.set()

    def show(self, face: HubDisplay) -> None:
        """Do nothing: the agent prints the display."""

    def time_ms(self) -> int:
        """Return the time of the board's clock."""
        return system_time_ms() + self._ahead_s * 1000

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write((await self._answer(line)).encode() + b"\n")
        except (OSError, ValueError):
            pass  # the client left, or its line is too long
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> str:
        try:
            act = read_act(line)
            if isinstance(act, SetClock):
                self._ahead_s = act.ahead_s
                self._clock.write_text(str(act.ahead_s), encoding="ascii")
                return "done"
            changed = with_act(self._hardware, act)
        except ValueError as error:
            return f"cannot: {error}"
        self._hardware = changed
        received = asyncio.Event()
        self._changes.put_nowait((changed, received))
        await received.wait()
        return "done"


def with_act(hardware: Hardware, act: DeviceAct) -> Hardware:
    """Return the hardware after an act. Raises `ValueError` for one that is unknown here."""
    match act:
        case SetLid(open=is_open):
            return replace(hardware, lid_open=is_open)
        case SetMains(present=present):
            return replace(hardware, mains=present)
        case SetBattery(percent=percent) if percent in BATTERY_STEPS:
            return replace(hardware, battery_percent=percent)
        case Plug(link=link) if link in set(Channel):
            return replace(hardware, channels=tuple(sorted({*hardware.channels, Channel(link)})))
        case Unplug(link=link):
            return replace(hardware, channels=tuple(each for each in hardware.channels if each != link))
        case SetRegistration():
            return replace(
                hardware,
                registration=act.registration,
                generation=act.generation,
                signal=act.signal,
                active_sim=act.active_sim,
            )
    raise ValueError(f"{type(act).__name__} is not an act of this hardware")


class SocketActuator:
    """An actuator over the socket of a `BenchHardware`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def act(self, act: DeviceAct) -> None:
        """Perform one act. Raises `ActImpossible` and `ActFailed`."""
        try:
            async with asyncio.timeout(ACT_LIMIT_S):
                answer = await self._exchange(act_json(act).encode() + b"\n")
        except (OSError, TimeoutError) as error:
            raise ActFailed(
                f"the hardware at {self._socket} does not answer: {str(error) or 'no answer'}"
            ) from error
        if answer.startswith("cannot"):
            raise ActImpossible(answer.removeprefix("cannot: "))

    async def _exchange(self, line: bytes) -> str:
        reader, writer = await asyncio.open_unix_connection(self._socket, limit=LINE_BYTES_MAX)
        try:
            writer.write(line)
            return (await reader.readline()).decode().strip()
        finally:
            writer.close()
