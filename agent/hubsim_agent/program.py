"""The program of one hub, which `hubsim-agent` and `hubsim agent` run: its ports, connection and output.

Prints a line of JSON to stdout whenever the display of the hub changes. Logs each connection, and a repeated
failure once. Promises that `run` returns after the agent has disconnected and its memory is written.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hubsim_agent.board import BadBoard, FileBoard
from hubsim_agent.checked_ports import CheckedHardware, CheckedMemory, PortFailed
from hubsim_agent.errors import MemoryStuck
from hubsim_agent.file_memory import FileMemory
from hubsim_agent.ports import HardwarePort, HubDisplay, MemoryPort
from hubsim_agent.settings import AgentSettings
from hubsim_agent.shell import AgentShell
from hubsim_agent.system_clock import BoardClock, system_time_ms
from hubsim_agent.user_ports import HARDWARE, MEMORY, BadPort, load_port, names_port
from hubsim_agent.view import AgentView
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import Connected, ConnectFailed, ConnectionLost, PortEvent

SURROUNDINGS = (BadBoard, MemoryStuck, PortFailed, OSError)
"""The errors of files, ports and the system. Each has a text for the operator; any other error is a bug."""

_log = logging.getLogger("hubsim_agent")


class AgentOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator gives. The repr omits the password, because that of `BrokerUrl` does."""

    settings: AgentSettings
    broker: BrokerUrl
    ca: Path | None = None
    """The PEM file with the authority of an `mqtts` broker; None: the authorities that the system trusts."""
    hardware: str
    """A TOML file, or `module:Class`."""
    memory: str
    """A file, or `module:Class`."""
    hardware_options: tuple[str, ...] = ()
    """Arguments for the class of the hardware, each `NAME=VALUE`."""
    memory_options: tuple[str, ...] = ()
    """Arguments for the class of the memory, each `NAME=VALUE`."""


class UserPorts(msgspec.Struct, frozen=True):
    """The ports of a user's classes; None: the option names a file."""

    hardware: HardwarePort | None
    memory: MemoryPort | None


def load_ports(options: AgentOptions) -> UserPorts:
    """Load the ports that the options name. Raises `BadPort`."""
    hardware = memory = None
    if names_port(options.hardware):
        hardware = load_port(HARDWARE, options.hardware, options.hardware_options)
    else:
        _refuse_options(options.hardware_options, "--hardware", options.hardware)
    if names_port(options.memory):
        memory = load_port(MEMORY, options.memory, options.memory_options)
    else:
        _refuse_options(options.memory_options, "--memory", options.memory)
    return UserPorts(hardware, memory)


class AgentProgram:
    """One run of the program. Its creation reads the hardware file, if there is one; raises `BadBoard`."""

    def __init__(self, options: AgentOptions, ports: UserPorts, print_line: Callable[[str], None]) -> None:
        self._hub = options.settings.hub_id
        self._broker = options.broker
        self._print_line = print_line
        self._file_board: FileBoard | None = None
        hardware = self._hardware(options, ports)
        time_ms = hardware.time_ms if isinstance(hardware, CheckedHardware) else system_time_ms
        self._shell = AgentShell(
            options.settings,
            memory=_memory(options, ports),
            hardware=hardware,
            clock=BoardClock(time_ms),
            open_port=lambda deliver: AiomqttPort(
                options.broker, _LoggedEvents(deliver, self._hub), self._hub, ca=options.ca
            ),
        )

    @property
    def dropped_messages(self) -> int:
        """Messages dropped because the inbox was full."""
        return self._shell.dropped_messages

    def view(self) -> AgentView | None:
        """Return a snapshot of the agent, or None before it has booted."""
        return self._shell.view()

    async def run(self, stop: Callable[[], Awaitable[None]]) -> None:
        """Run the agent until `stop` returns, then disconnect. An error of any part ends it (a group)."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._shell.run(), name=f"hub-{self._hub}")
            with self._reading_again_on_hangup():
                _log.info("started", extra={"hub": self._hub, "broker": str(self._broker)})
                await stop()
            _log.info("stopping", extra={"hub": self._hub})
            self._shell.stop()

    def _hardware(self, options: AgentOptions, ports: UserPorts) -> CheckedHardware | FileBoard:
        if ports.hardware is not None:
            return CheckedHardware(ports.hardware, options.hardware, self._announce)
        self._file_board = FileBoard(
            Path(options.hardware), show=self._announce, complain=_complain(self._hub)
        )
        return self._file_board

    def _announce(self, face: HubDisplay) -> None:
        line = {"hub": self._hub, **msgspec.to_builtins(face)}
        self._print_line(msgspec.json.encode(line).decode())

    @contextmanager
    def _reading_again_on_hangup(self) -> Iterator[None]:
        """Read the hardware file again on SIGHUP; without a file, SIGHUP has its default effect."""
        if self._file_board is None:
            yield
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._file_board.check_again)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGHUP)


def _memory(options: AgentOptions, ports: UserPorts) -> MemoryPort:
    if ports.memory is not None:
        return CheckedMemory(ports.memory, options.memory)
    return FileMemory(Path(options.memory))


def _refuse_options(given: tuple[str, ...], option: str, file: str) -> None:
    if given:
        raise BadPort(
            f"{given[0]} needs a class as {option}, module:Class, but {file} is a file", f"{option}-option"
        )


def _complain(hub: str) -> Callable[[BadBoard], None]:
    return lambda trouble: _log.error(
        "bad hardware file; nothing was changed", extra={"hub": hub, "reason": str(trouble)}
    )


class _LoggedEvents:
    """Passes the events of the port to the agent, and logs connections. Logs a repeated failure once."""

    def __init__(self, deliver: Callable[[PortEvent], None], hub: str) -> None:
        self._deliver = deliver
        self._hub = hub
        self._failure = ""

    def __call__(self, event: PortEvent) -> None:
        match event:
            case Connected():
                self._failure = ""
                _log.info("connected", extra={"hub": self._hub})
            case ConnectFailed(reason=reason) if reason != self._failure:
                self._failure = reason
                _log.warning("cannot connect; trying again", extra={"hub": self._hub, "reason": reason})
            case ConnectionLost():
                _log.warning("connection lost; connecting again", extra={"hub": self._hub})
        self._deliver(event)
