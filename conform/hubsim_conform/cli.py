"""`hubsim conform`: check a device against the rules of the contract."""

import asyncio
import logging
import shlex
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import nullcontext, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from hubsim_conform.bench.bench_broker import STARTED_KINDS, bench_broker
from hubsim_conform.bench.cloud_double import BrokerUnreachable
from hubsim_conform.bench.device_bench import AddressUnusable
from hubsim_conform.checks.check import Suite
from hubsim_conform.device.actuator import ActFailed, BadActuator, CommandActuator, PromptActuator
from hubsim_conform.device.capabilities import EVERYTHING, BadCapabilities, Capabilities, read_capabilities
from hubsim_conform.device.device_control import AttachedDevice, DeviceControl, SimulatedDevice
from hubsim_conform.device.line_input import ask_on_terminal
from hubsim_conform.device.program import OWN_CAPABILITIES, BadProgram, own_agent, program_words, user_program
from hubsim_conform.reporting.console import console_lines
from hubsim_conform.reporting.report_files import (
    CannotWriteReport,
    ReportTargets,
    check_targets,
    write_reports,
)
from hubsim_conform.reporting.report_record import BAD_INPUT_EXIT, ConformReport, report_of
from hubsim_conform.running.outcome import CheckOutcome
from hubsim_conform.running.run import RunPlan, run_checks, wanted_rules
from hubsim_contract.error_groups import leaves
from hubsim_contract.mqtt.broker_url import BadBrokerUrl, BrokerUrl
from hubsim_contract.mqtt.tls import BadAuthorities
from hubsim_contract.wire.identifiers import BadIdentifier, hub_id
from hubsim_contract.wire.topics import DEFAULT_PREFIX, Topics
from hubsim_server.listen_option import DEFAULT_LISTEN, listen_address
from hubsim_simulator.broker.errors import BrokerError
from hubsim_simulator.tap.tap_events import TcpAddress

CANNOT_RUN_EXIT = 3
SIGNAL_EXIT_BASE = 128
DEVICES_MAX = 16
_DEVICES = 5
"""Programs at the same time: most checks wait, so more of them than processors."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ALIKE = 0.8
"""How alike a suggested id is, as `difflib` measures it."""
_NOT_AGAIN = frozenset({"seed", "junit", "html", "json"})


def _rules(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    try:
        wanted_rules(given)
    except ValueError as error:
        raise click.BadParameter(
            f"{str(error)!r} is not a rule that the bench checks; "
            f"{_suggested(str(error))}write an id such as MQ-4.once, or a family: {', '.join(_families())}"
        ) from error
    return given


def _families() -> list[str]:
    """Return the families with rules that the bench checks, in the order of the contract."""
    return list(dict.fromkeys(rule.partition(".")[0] for rule in wanted_rules(())))


def _suggested(text: str) -> str:
    """Return a question with the id that differs in upper and lower case only, or else in a few letters."""
    known = {each.lower(): each for each in (*_families(), *wanted_rules(()))}
    near = [text.lower()] if text.lower() in known else get_close_matches(text.lower(), known, 1, _ALIKE)
    return f"did you mean {known[near[0]]}? " if near else ""


def _prefix(_context: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        Topics(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return text


def _hub(_context: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        return hub_id(text)
    except BadIdentifier as error:
        raise click.BadParameter(str(error)) from error


def _broker(_context: click.Context, _option: click.Parameter, text: str) -> str:
    try:
        bench_broker(text)
    except BadBrokerUrl as error:
        raise click.BadParameter(f"{error}; or one of {', '.join(STARTED_KINDS)}") from error
    return text


@click.command("conform")
@click.option(
    "--broker",
    default="embedded",
    show_default=True,
    metavar="embedded|amqtt|mosquitto|URL",
    callback=_broker,
    help="The broker that the tap uses: one that the run starts, or mqtt(s)://user:password@host:port.",
)
@click.option(
    "--listen",
    default=DEFAULT_LISTEN,
    show_default=True,
    metavar="HOST:PORT",
    callback=listen_address,
    help="The address that an attached device connects to; port 0 is any free one.",
)
@click.option(
    "--capabilities",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The TOML file that says what the device has; without it, everything.",
)
@click.option(
    "--actuator", metavar="CMD", help="The command that operates the device; without it, a person is asked."
)
@click.option(
    "--device", metavar="CMD", help="A program as the device: the run starts, kills and restarts it."
)
@click.option("--own-agent", is_flag=True, help="Check the agent of this product.")
@click.option(
    "--simulated",
    is_flag=True,
    help="HUB is simulated: its simulator has --lab, and --broker with the address of --listen.",
)
@click.option(
    "--devices",
    type=click.IntRange(1, DEVICES_MAX),
    help=f"Programs at the same time, each with its own hub number.  [default: {_DEVICES}]",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="ID",
    callback=_rules,
    help="Only this rule or family; repeatable.",
)
@click.option(
    "--suite",
    "suites",
    multiple=True,
    type=click.Choice([suite.value for suite in Suite]),
    default=[Suite.STANDARD.value],
    show_default=True,
    help="The checks to run; repeatable.",
)
@click.option(
    "--hours",
    type=click.FloatRange(0.01, 1000),
    default=1.0,
    show_default=True,
    help="The length of the suite `long`.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="The seed of random choices."
)
@click.option(
    "--prefix", default=DEFAULT_PREFIX, show_default=True, callback=_prefix, help="The prefix of all topics."
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The PEM file with the authority of an mqtts broker.",
)
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit XML report.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write an HTML report.")
@click.option("--json", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON report.")
@click.argument("hub", callback=_hub)
def command(**given: Any) -> None:
    """Check the device with hub id HUB against the rules of the contract.

    Plays cloud, carrier and network against it, and gives PASS, FAIL, BLOCKED or SKIPPED for each rule, with
    the packets that prove it. Exit codes: 0 all rules passed; 1 a rule failed; 2 bad input, nothing was run;
    3 a rule is blocked, or the run is not possible; 4 no rule was decided; 129, 130, 143 interrupted.
    """
    targets = ReportTargets(given["junit"], given["html"], given["json"])
    given["again"] = _again(click.get_current_context(), given)
    try:
        capabilities = _capabilities(given)
        make_device = _device_maker(given, capabilities)
        check_targets(targets)
    except (BadCapabilities, BadActuator, BadProgram, CannotWriteReport) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INPUT_EXIT)
    report, stopped_by = _interruptible(lambda: _run(given, capabilities, make_device))
    with suppress(OSError) if stopped_by is signal.SIGHUP else nullcontext():  # the terminal may be closed
        for line in console_lines(report):
            click.echo(line)
    try:
        write_reports(report, targets)
    except CannotWriteReport as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(CANNOT_RUN_EXIT)
    sys.exit(report.exit_code if stopped_by is None else SIGNAL_EXIT_BASE + stopped_by)


def _again(context: click.Context, given: dict[str, Any]) -> str:
    """Return the command that repeats the run, without its reports."""
    words = ["hubsim", "conform", "--seed", str(given["seed"])]
    for param in context.command.params:
        name = param.name or ""
        source = context.get_parameter_source(name)
        if not isinstance(param, click.Option) or source is not ParameterSource.COMMANDLINE:
            continue
        if name in _NOT_AGAIN:
            continue
        if param.is_flag:
            words.append(param.opts[0])
            continue
        values = given[name] if param.multiple else (given[name],)
        for value in values:
            words += [param.opts[0], str(value)]
    return shlex.join((*words, given["hub"]))


def _capabilities(given: dict[str, Any]) -> Capabilities:
    if given["capabilities"] is not None:
        return read_capabilities(given["capabilities"])
    return OWN_CAPABILITIES if given["own_agent"] else EVERYTHING


def _device_maker(given: dict[str, Any], capabilities: Capabilities) -> Callable[[str], DeviceControl]:
    """Return what makes the device. Raises `BadActuator`, `BadProgram`, `click.UsageError`."""
    device, actuator = given["device"], given["actuator"]
    if given["own_agent"] and (device or actuator):
        raise click.UsageError("--own-agent has its own program and actuator: omit --device and --actuator")
    if given["simulated"] and (given["own_agent"] or device or actuator):
        raise click.UsageError("--simulated has its own actuator: omit --own-agent, --device and --actuator")
    if given["devices"] not in (None, 1) and not (given["own_agent"] or device):
        raise click.UsageError("--devices needs a device that the run can start: --device or --own-agent")
    if actuator is not None:
        CommandActuator(actuator, given["hub"])
    if given["own_agent"]:
        return lambda hub: own_agent(hub, given["prefix"], capabilities.bounds)
    if device is not None:
        program_words(device)
        return lambda hub: user_program(hub, given["prefix"], device, actuator)
    if given["simulated"]:
        return lambda hub: SimulatedDevice(hub, given["prefix"])
    if actuator is not None:
        return lambda hub: AttachedDevice(CommandActuator(actuator, hub), many_acts=True)
    return lambda hub: AttachedDevice(PromptActuator(hub, ask_on_terminal), many_acts=False)


def _quiet_amqtt() -> None:
    """Silence amqtt, which logs a traceback for each packet that the bench withholds."""
    for name in ("amqtt", "asyncio", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


async def _run(
    given: dict[str, Any], capabilities: Capabilities, make_device: Callable[[str], DeviceControl]
) -> ConformReport:
    started = given["own_agent"] or given["device"] is not None
    broker = given["broker"]
    if broker == "amqtt":
        _quiet_amqtt()
    own_broker = broker in STARTED_KINDS
    # devices of one run need a cloud each, so they share no broker
    devices = (given["devices"] or _DEVICES) if started and own_broker else 1
    listen: TcpAddress = given["listen"]
    plan = RunPlan(
        hub=given["hub"],
        prefix=given["prefix"],
        broker=broker if own_broker else str(BrokerUrl.parse(broker)),
        capabilities=capabilities,
        seed=given["seed"],
        rules=given["rules"],
        suites=tuple(Suite(each) for each in given["suites"]),
        devices=devices,
        long_s=given["hours"] * 3600,
        again=given["again"],
        only_client=f"hub-{given['hub']}" if given["simulated"] else None,
        host="127.0.0.1" if started else listen.host,
        port=0 if started else listen.port,
        ca=given["ca"],
    )

    def progress(outcome: CheckOutcome) -> None:
        reason = f": {outcome.reason}" if outcome.reason else ""
        click.echo(f"{outcome.end.value:<8} {outcome.check}{reason}", err=True)

    def announce(url: str) -> None:
        if not started:
            what = "the simulator of hub" if given["simulated"] else "the hub"
            click.echo(f"connect {what} {plan.hub} to {url}", err=True)

    run = await run_checks(plan, make_device, lambda: bench_broker(broker), progress, announce)
    return report_of(run)


def _interruptible(
    main: Callable[[], Coroutine[Any, Any, ConformReport]],
) -> tuple[ConformReport, signal.Signals | None]:
    """Run to the end. A signal cancels the run, which ends all started processes; the report is then partial.

    Exits if a signal comes before there is anything to report.
    """
    received: list[signal.Signals] = []

    async def watched() -> ConformReport:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(main())

        def stop(number: signal.Signals) -> None:
            received.append(number)
            task.cancel()

        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, stop, number)
        return await task

    try:
        report = asyncio.run(watched())
        if not received:
            return report, None
        with suppress(OSError):  # the terminal may be closed
            click.echo(f"interrupted by {received[0].name}: the checks that are left are blocked", err=True)
        return report, received[0]
    except asyncio.CancelledError:
        with suppress(OSError):
            click.echo(f"interrupted by {received[0].name}: no verdict", err=True)
        sys.exit(SIGNAL_EXIT_BASE + received[0])
    except Exception as error:
        reasons = list(leaves(error))
        expected = (BrokerError, BrokerUnreachable, AddressUnusable, ActFailed, BadAuthorities)
        if not all(isinstance(each, expected) for each in reasons):
            raise
        for each in dict.fromkeys(map(str, reasons)):
            click.echo(f"Error: cannot run: {each}", err=True)
        sys.exit(CANNOT_RUN_EXIT)
