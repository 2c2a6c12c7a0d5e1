"""The options of `hubsim run` that attach real hubs."""

import functools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from hubsim_conform.device.actuator import BadActuator, CommandActuator
from hubsim_conform.device.capabilities import BadCapabilities, read_capabilities
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.device_settings import DEFAULT_DEVICES, AttachedName, DeviceSettings, attached_hubs
from hubsim_scenarios.running.run import Running
from hubsim_server.listen_option import listen_address

WAIT_MAX_S = 86_400.0


class AttachRequest(msgspec.Struct, frozen=True):
    """The real hubs that the command line attaches, and how."""

    devices: DeviceSettings = DEFAULT_DEVICES
    options: tuple[str, ...] = ()
    """The same options as words, for the command that repeats a play."""

    def check(self, running: Running, *, virtual: bool) -> None:
        """Refuse options that cannot be combined. Raises `UsageError`."""
        if self.options and virtual:
            raise click.UsageError(
                "options for real hubs cannot be combined with --virtual: a virtual world simulates every hub"
            )
        if self.devices.attach and running.watch:
            raise click.UsageError(
                "--attach cannot be combined with --watch: write 'attach: ID' into the file"
            )


def attached(scenarios: Iterable[Scenario], devices: DeviceSettings) -> list[Scenario]:
    """Return the scenarios with the hubs of `--attach` declared as real ones, where they have such hubs."""
    return [_attached(scenario, devices.attach) for scenario in scenarios]


def _attached(scenario: Scenario, names: Sequence[AttachedName]) -> Scenario:
    hubs = dict(scenario.world.hubs)
    for each in names:
        alias = each.alias_in(hubs)
        if alias is not None:
            hubs[alias] = msgspec.structs.replace(hubs[alias], attach=each.hub)
    world = msgspec.structs.replace(scenario.world, hubs=hubs)
    return msgspec.structs.replace(scenario, world=world) if names else scenario


def check_attached(scenarios: Iterable[Scenario], running: Running) -> None:
    """Refuse plays in parallel with one device. Raises `UsageError`."""
    if running.jobs > 1 and any(map(attached_hubs, scenarios)):
        raise click.UsageError("--jobs cannot be combined with real hubs: a device is in one play at a time")


def _names(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> tuple[AttachedName, ...]:
    found: list[AttachedName] = []
    for text in texts:
        name, _, number = text.rpartition("=")
        try:
            found.append(AttachedName(name or None, hub_id(number)))
        except BadIdentifier as error:
            raise click.BadParameter(f"{error}; write NAME=ID, for example front-door=0A1B2C3D") from error
    for field in ("name", "hub"):
        given = [getattr(each, field) for each in found]
        twice = next((value for value in given if given.count(value) > 1), None)
        if twice is not None:
            raise click.BadParameter(f"{twice} is given twice: attach each hub once")
    if len(found) > 1 and any(each.name is None for each in found):
        raise click.BadParameter("give the names of all hubs, as in front-door=0A1B2C3D, or attach one hub")
    return tuple(found)


def _command(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    if text is not None:
        try:
            CommandActuator(text, "")
        except BadActuator as error:
            raise click.BadParameter(str(error)) from error
    return text


_OPTIONS = (
    click.option(
        "--attach",
        multiple=True,
        metavar="[NAME=]ID",
        callback=_names,
        help="The hub NAME of the files is the real hub with this id; without NAME, the first hub of each "
        "file. May be given several times. See docs/attach.md.",
    ),
    click.option(
        "--actuator",
        metavar="COMMAND",
        callback=_command,
        help="The command that operates the real hubs, with an act as JSON as its last argument. Without it, "
        "a person at the terminal is asked.",
    ),
    click.option(
        "--capabilities",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="What the real hubs have, as a TOML file. A play that needs more is SKIPPED.",
    ),
    click.option(
        "--listen",
        metavar="HOST:PORT",
        default="127.0.0.1:0",
        callback=listen_address,
        help="The address to which real hubs connect in live plays; port 0 means any free port.  "
        "[default: 127.0.0.1:0]",
    ),
    click.option(
        "--device-wait",
        type=click.FloatRange(0, WAIT_MAX_S, min_open=True),
        default=DEFAULT_DEVICES.wait_s,
        show_default=True,
        metavar="S",
        help="How long to wait for the first report of a real hub, in seconds.",
    ),
    click.option(
        "--real-time",
        is_flag=True,
        help="Moves of the clock take as much real time as world time.",
    ),
)
_WORDS = ("attach", "actuator", "capabilities", "listen", "device_wait", "real_time")


def attach_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add these options to a command, which gets them as `attaching`."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> Any:
        context = click.get_current_context()
        given = {word: options.pop(word) for word in _WORDS}
        file: Path | None = given["capabilities"]
        try:
            device = DEFAULT_DEVICES.capabilities if file is None else read_capabilities(file)
        except BadCapabilities as error:
            raise click.BadParameter(str(error), param_hint="'--capabilities'") from error
        devices = DeviceSettings(
            attach=given["attach"],
            capabilities=device,
            actuator=given["actuator"],
            listen=given["listen"],
            wait_s=given["device_wait"],
            real_time=given["real_time"],
        )
        changed = [word for word in _WORDS if context.get_parameter_source(word) is _COMMAND_LINE]
        words = tuple(part for word in changed for part in _option_words(word, given[word]))
        return command(attaching=AttachRequest(devices, words), **options)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


_COMMAND_LINE = click.core.ParameterSource.COMMANDLINE


def _option_words(word: str, value: Any) -> list[str]:
    name = f"--{word.replace('_', '-')}"
    match value:
        case True:
            return [name]
        case tuple():
            return [part for each in value for part in (name, str(each))]
        case float():
            return [name, f"{value:g}"]
        case _:
            return [name, str(value)]
