"""`hubsim-agent`: the program of one hub as a command, with the standard library only.

Owns options, environment, log, signals and exit codes. `hubsim agent` of the full product runs the same
program with the same options, and adds a settings file, health and metrics.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from hubsim_agent.board import EXAMPLE
from hubsim_agent.command_log import LOG_FORMATS, LOG_LEVELS, configure
from hubsim_agent.errors import BadAgentSetting
from hubsim_agent.program import SURROUNDINGS, AgentOptions, AgentProgram, UserPorts, load_ports
from hubsim_agent.settings import BOUNDS, AgentSettings, bounds_of
from hubsim_agent.user_ports import BadPort
from hubsim_contract.error_groups import leaves
from hubsim_contract.mqtt.broker_url import BadBrokerUrl, BrokerUrl
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_contract.wire.topics import DEFAULT_PREFIX

BUG_EXIT, BAD_INPUT_EXIT, CANNOT_RUN_EXIT = 1, 2, 3
SIGNAL_EXIT_BASE = 128
"""The exit code after a second signal is this plus the number of the signal, as in shells."""
DEFAULT_BROKER = "mqtt://127.0.0.1:1883"
_SETTINGS: Mapping[str, str | None] = {
    "broker": DEFAULT_BROKER,
    "prefix": DEFAULT_PREFIX,
    "ca": None,
    "hub_password": None,
    "log_format": "console",
    "log_level": "info",
}
"""The settings that an environment variable can give, such as `HUBSIM_BROKER`, with their defaults."""
_log = logging.getLogger("hubsim_agent")


class _BadInput(Exception):
    """An option or an environment variable with a value that cannot be used."""


def main() -> NoReturn:
    """Run the command of this process, and end it with an exit code."""
    parser = _parser()
    given = parser.parse_args()
    try:
        settings = _settings(vars(given), os.environ)
        options = _options(given, settings)
        ports = load_ports(options)
    except (_BadInput, BadPort) as error:
        parser.error(str(error))
    configure(settings["log_format"], settings["log_level"], sys.stderr)
    code = _run(options, ports)
    _discard_unwritable_output()
    sys.exit(code)


# ------------------------------------------------------------------ options and environment


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hubsim-agent",
        usage="hubsim-agent --hardware FILE|MODULE:CLASS --memory FILE|MODULE:CLASS [OPTIONS] HUB",
        allow_abbrev=False,
        description="Run the program of hub HUB (8 hex digits) until SIGTERM or Ctrl-C. It prints a line of "
        "JSON whenever the display of the hub changes.",
        epilog="Exit codes: 0 clean shutdown, 2 bad options, 3 cannot run, 143 or 130 after a second signal. "
        "Each option with a [variable] can be set in the environment instead.",
    )
    add = parser.add_argument
    add("hub", metavar="HUB", help="the id on the hub's label, 8 hex digits")
    add(
        "--hardware",
        required=True,
        metavar="FILE|MODULE:CLASS",
        help="the hub's hardware: a TOML file, read again when it changes and on SIGHUP, or a class of yours",
    )
    add(
        "--memory",
        required=True,
        metavar="FILE|MODULE:CLASS",
        help="the hub's flash memory: a file in an existing folder, or a class of yours",
    )
    for port in ("hardware", "memory"):
        add(
            f"--{port}-option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"an argument for the class of the {port}; several times for several",
        )
    add(
        "--broker", metavar="URL", help=f"mqtt(s)://user:password@host:port [HUBSIM_BROKER; {DEFAULT_BROKER}]"
    )
    add("--prefix", metavar="TEXT", help=f"the first levels of all topics [HUBSIM_PREFIX; {DEFAULT_PREFIX}]")
    add("--ca", metavar="FILE", help="the PEM file with the authority of an mqtts broker [HUBSIM_CA]")
    add("--hub-password", metavar="TEXT", help="the hub's MQTT password [prefer: HUBSIM_HUB_PASSWORD]")
    add(
        "--bound",
        action="append",
        default=[],
        metavar="NAME=SECONDS",
        help=f"a bound other than that of the contract, for tests: {', '.join(BOUNDS)}",
    )
    add("--log-format", metavar="|".join(LOG_FORMATS), help="[HUBSIM_LOG_FORMAT; console]")
    add("--log-level", metavar="|".join(LOG_LEVELS), help="[HUBSIM_LOG_LEVEL; info]")
    add("--example", action=_Example, help="print a sample hardware file and exit")
    add("--version", action="version", version=f"hubsim-agent, version {version('hubsim-agent')}")
    return parser


class _Example(argparse.Action):
    """Prints the sample hardware file and exits, without the other options."""

    def __init__(self, option_strings: Sequence[str], dest: str, **rest: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **rest)

    def __call__(self, parser: argparse.ArgumentParser, *_rest: object) -> None:
        sys.stdout.write(EXAMPLE)
        parser.exit()


def _settings(given: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """Return the value of each setting: from its option, the environment, or the default."""
    found: dict[str, Any] = {}
    for name, default in _SETTINGS.items():
        found[name] = given[name]
        if found[name] is None:
            found[name] = env.get(_variable(name)) or default
    for name, allowed in (("log_format", LOG_FORMATS), ("log_level", LOG_LEVELS)):
        if found[name] not in allowed:
            raise _BadInput(
                f"{_place(name, given)}: expected one of {', '.join(allowed)}, not {found[name]!r}"
            )
    return found


def _options(given: argparse.Namespace, settings: Mapping[str, Any]) -> AgentOptions:
    places = vars(given)
    try:
        number = hub_id(given.hub)
        agent = AgentSettings(hub_id=number, prefix=settings["prefix"], **bounds_of(given.bound))
        broker = BrokerUrl.parse(settings["broker"])
    except BadIdentifier as error:
        raise _BadInput(f"HUB: {error}") from error
    except BadAgentSetting as error:
        place = _place("prefix", places) if error.field == "prefix" else "--bound"
        raise _BadInput(f"{place}: {error}") from error
    except BadBrokerUrl as error:
        raise _BadInput(f"{_place('broker', places)}: {error}") from error
    if settings["hub_password"] is not None:
        broker = msgspec.structs.replace(
            broker, username=broker.username or number, password=settings["hub_password"]
        )
    ca = None if settings["ca"] is None else Path(settings["ca"])
    if ca is not None and not os.access(ca, os.R_OK):
        raise _BadInput(f"{_place('ca', places)}: {ca} cannot be read, or does not exist")
    return AgentOptions(
        settings=agent,
        broker=broker,
        ca=ca,
        hardware=given.hardware,
        memory=given.memory,
        hardware_options=tuple(given.hardware_option),
        memory_options=tuple(given.memory_option),
    )


def _place(name: str, given: Mapping[str, Any]) -> str:
    """Return where the value of a setting comes from."""
    return f"--{name.replace('_', '-')}" if given[name] is not None else f"environment {_variable(name)}"


def _variable(name: str) -> str:
    return f"HUBSIM_{name.upper()}"


# ------------------------------------------------------------------ one run


def _run(options: AgentOptions, ports: UserPorts) -> int:
    """Run the program, and return the exit code. Logs one line for each reason of an end."""
    try:
        asyncio.run(_stoppable(options, ports))
    except Exception as error:  # noqa: BLE001 (logged with its traceback, if it is a bug)
        reasons = list(leaves(error))
        if not all(isinstance(each, SURROUNDINGS) for each in reasons):
            _log.critical("ended by a bug", exc_info=error)
            return BUG_EXIT
        for each in reasons:
            _log.error("cannot run", extra={"reason": str(each)})
            _log.debug("the place of this error", exc_info=each)
        return CANNOT_RUN_EXIT
    return 0


async def _stoppable(options: AgentOptions, ports: UserPorts) -> None:
    """Run the program until the first signal; the second one ends it at once."""
    program = AgentProgram(options, ports, _print_line)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def receive(number: signal.Signals) -> None:
        if stop.is_set():
            raise SystemExit(SIGNAL_EXIT_BASE + number)
        stop.set()

    async def asked() -> None:
        await stop.wait()

    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, receive, number)
    await program.run(asked)


def _print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the output of the command)


def _discard_unwritable_output() -> None:
    """Discard what cannot be written, so that the interpreter does not fail when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())
