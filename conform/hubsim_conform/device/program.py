"""A device that is a program: the bench starts it, kills it for a power cut, and stops it in an orderly way.

The program finds its hub number in `HUBSIM_HUB`, the address of the broker in `HUBSIM_BROKER`, the prefix of
all topics in `HUBSIM_PREFIX`, and the folder for what it keeps over a restart in `HUBSIM_STATE`.
It ends after SIGTERM.
"""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hubsim_conform.device.acts import DeviceAct
from hubsim_conform.device.actuator import HUB_VARIABLE, ActFailed, ActImpossible, Actuator, CommandActuator
from hubsim_conform.device.bench_hardware import BenchHardware, SocketActuator
from hubsim_conform.device.capabilities import Capabilities, DeclaredBounds
from hubsim_contract.mqtt.broker_url import BrokerUrl

BROKER_VARIABLE, STATE_VARIABLE, PREFIX_VARIABLE = "HUBSIM_BROKER", "HUBSIM_STATE", "HUBSIM_PREFIX"
STOP_LIMIT_S = 20.0
"""The time for an orderly end after SIGTERM."""
_LOG_TAIL_BYTES = 400
OWN_BOUNDS = DeclaredBounds(
    connack_s=2.0,
    suback_s=2.0,
    puback_s=3.0,
    reconnect_first_s=0.2,
    reconnect_longest_s=1.6,
    online_after_s=1.0,
    heard_s=4.0,
    report_s=5.0,
    boot_s=20.0,
    act_s=0.01,
)
"""The bounds of our agent on the bench: shorter than those of the contract, to save time."""
OWN_CAPABILITIES = Capabilities(name="hubsim agent", bounds=OWN_BOUNDS)
_AGENT_BOUNDS = (
    "connack_s",
    "puback_s",
    "heard_s",
    "reconnect_first_s",
    "reconnect_longest_s",
    "online_after_s",
)


class BadProgram(ValueError):
    """A text that is not a command line."""


class ProgramDevice:
    """One program as a device. Words and actuator may use the folder for what the program keeps.

    An actuator None: it has no hardware that can be operated.
    """

    fresh = True
    many_acts = True

    def __init__(
        self,
        hub: str,
        prefix: str,
        make_words: Callable[[Path], Sequence[str]],
        make_actuator: Callable[[Path], Actuator | None],
    ) -> None:
        self.ended = ""
        self._hub = hub
        self._prefix = prefix
        self._state = TemporaryDirectory(prefix="hubsim-conform-", ignore_cleanup_errors=True)
        self._words = tuple(make_words(self.folder))
        self._actuator = make_actuator(self.folder)
        self._output = TemporaryDirectory(prefix="hubsim-conform-output-", ignore_cleanup_errors=True)
        self._log = Path(self._output.name) / "program.log"
        self._url: BrokerUrl | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._on_end: Callable[[], None] = lambda: None

    @property
    def folder(self) -> Path:
        """The folder for what the program keeps."""
        return Path(self._state.name)

    def watch(self, on_end: Callable[[], None]) -> None:
        """Call `on_end` each time that the program has ended by itself."""
        self._on_end = on_end

    async def begin(self, url: BrokerUrl) -> None:
        """Start the program. Raises `ActFailed`."""
        self._url = url
        await self.power_on()

    async def power_on(self) -> None:
        """Start the program again. Raises `ActFailed`."""
        environment = os.environ | {
            HUB_VARIABLE: self._hub,
            BROKER_VARIABLE: str(self._url),
            STATE_VARIABLE: str(self.folder),
            PREFIX_VARIABLE: self._prefix,
        }
        self.ended = ""
        try:
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._words,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    start_new_session=True,
                )
        except (OSError, ValueError) as error:
            raise ActFailed(f"the device {self._words[0]} cannot be started: {error}") from error
        self._watching = asyncio.create_task(self._watch(self._process), name=f"program of {self._hub}")

    async def power_off(self) -> None:
        """Kill the program. Raises `ActFailed` if it has ended by itself."""
        await self._kill(self._take_process())

    async def stop(self) -> None:
        """End the program in an orderly way.

        Raises `ActFailed` if it does not end, or has ended by itself.
        """
        process = self._take_process()
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await process.wait()
        except TimeoutError:
            await self._kill(process)
            raise ActFailed(
                f"the device {self._words[0]} did not end within {STOP_LIMIT_S:g} s after SIGTERM"
            ) from None

    async def act(self, act: DeviceAct) -> None:
        """Ask the actuator. Raises `ActImpossible` and `ActFailed`."""
        if self._actuator is None:
            raise ActImpossible("an actuator")
        await self._actuator.act(act)

    async def aclose(self) -> None:
        """Kill the program, and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            await self._kill(process)
        if self._watching is not None:
            await self._watching
        self._state.cleanup()
        self._output.cleanup()

    def _take_process(self) -> asyncio.subprocess.Process:
        """Return the running program, whose end is then of the bench. Raises `ActFailed` if it has ended."""
        process, self._process = self._process, None
        if process is not None and process.returncode is not None:
            self._note_end(process.returncode)
        if process is None or self.ended:
            raise ActFailed(self.ended or "the program does not run")
        return process

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        if process is self._process:
            self._process = None
            self._note_end(code)

    def _note_end(self, code: int) -> None:
        self.ended = f"the program ended with exit code {code}: {self._log_tail()}"
        self._on_end()

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    def _log_tail(self) -> str:
        data = self._log.read_bytes()[-_LOG_TAIL_BYTES:] if self._log.exists() else b""
        return " ".join(data.decode(errors="replace").split()) or "no output"


def program_words(command: str) -> list[str]:
    """Return the words of a command line. Raises `BadProgram`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadProgram(f"{command!r} is not a command line: {error}") from error
    if not words:
        raise BadProgram("the command of the device is empty")
    return words


def user_program(hub: str, prefix: str, command: str, actuator: str | None) -> ProgramDevice:
    """Return a program of the user as a device. Raises `BadProgram` and `BadActuator`."""
    words = program_words(command)

    def make_actuator(folder: Path) -> Actuator | None:
        state = {STATE_VARIABLE: str(folder), PREFIX_VARIABLE: prefix}
        return None if actuator is None else CommandActuator(actuator, hub, environment=state)

    return ProgramDevice(hub, prefix, lambda _: words, make_actuator)


def own_agent(hub: str, prefix: str, bounds: DeclaredBounds) -> ProgramDevice:
    """Return the agent of this product as a device with these bounds."""
    bound_words = [
        word for name in _AGENT_BOUNDS for word in ("--bound", f"{name}={getattr(bounds, name):g}")
    ]
    start = (sys.executable, "-c", "from hubsim_agent.command import main; main()", "--prefix", prefix)
    hardware = ("--hardware", f"{BenchHardware.__module__}:{BenchHardware.__name__}")

    def socket(folder: Path) -> Path:
        return folder / "hardware.sock"

    def words(folder: Path) -> Sequence[str]:
        places = ("--hardware-option", f"socket={socket(folder)}", "--memory", str(folder / "memory"))
        return (*start, *hardware, *places, *bound_words, hub)

    return ProgramDevice(hub, prefix, words, lambda folder: SocketActuator(socket(folder)))
