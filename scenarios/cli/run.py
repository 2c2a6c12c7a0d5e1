"""`hubsim run`: play scenario files."""

import logging
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from contract.broker_url import BadBrokerUrl, BrokerUrl
from scenarios.cli.interrupts import Interruption, interruptible
from scenarios.cli.twice import HASH_SEEDS, NotPassedError, difference, traces
from scenarios.files import BadFiles, find, read, read_models
from scenarios.language.steps import Scenario
from scenarios.play import PlayResult
from scenarios.playing import NO_MODELS, Played, collecting_rarely, play_live, play_remote, play_virtual
from scenarios.telling import Story, explain
from scenarios.verdict import BAD_INPUT_EXIT, EXITS, Verdict, exit_code
from scenarios.worlds.api import BadServerUrl, check_url
from scenarios.worlds.brokers import EMBEDDED_NAME, MOSQUITTO_NAME, broker_of
from simulator.broker.errors import BrokerError
from simulator.hardware.profile import ModelProfile


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    live: bool
    broker: str
    cloud: str | None = None
    """The URL of a cloud elsewhere; then `live` means there."""
    ca: Path | None = None
    seed: int
    as_json: bool
    trace: Path | None
    model_files: tuple[Path, ...] = ()
    models: Mapping[str, ModelProfile] = NO_MODELS
    """Read from the files."""

    @property
    def broker_shown(self) -> str:
        """The broker as it may stand in a log: a URL without user and password."""
        own = (EMBEDDED_NAME, MOSQUITTO_NAME)
        return self.broker if self.broker in own else str(BrokerUrl.parse(self.broker))

    @property
    def remote_broker(self) -> BrokerUrl | None:
        """The broker of the cloud elsewhere, over which hands go; None: they go over HTTP."""
        own = (EMBEDDED_NAME, MOSQUITTO_NAME)
        return None if self.broker in own else BrokerUrl.parse(self.broker)

    def again(self, scenario: Scenario) -> str:
        """Return the command that plays this again; user and password of a broker are left out."""
        seed = ["--seed", str(self.seed)]
        return shlex.join(["hubsim", "run", *self._where, *seed, *self.model_options, scenario.file])

    @property
    def _where(self) -> list[str]:
        """The options that say in which world."""
        if self.cloud is not None:
            broker = ["--broker", self.broker_shown] if self.remote_broker else []
            return ["--cloud", self.cloud, *broker, *(["--ca", str(self.ca)] if self.ca else [])]
        if not self.live:
            return ["--virtual"]
        return ["--live", *(["--broker", self.broker_shown] if self.broker != EMBEDDED_NAME else [])]

    @property
    def model_options(self) -> list[str]:
        """The options that name the models of the user's own."""
        return [word for file in self.model_files for word in ("--model", str(file))]


@click.command("run")
@click.option("--live/--virtual", default=True, help="Real sockets and SQLite, or computed. Live is default.")
@click.option(
    "--broker",
    default=EMBEDDED_NAME,
    metavar="embedded|mosquitto|URL",
    help="Broker for live plays: embedded amqtt, a private Mosquitto, or mqtt(s)://host:port. With --cloud: "
    "the URL of its broker, over which hands are laid then.",
)
@click.option(
    "--cloud",
    metavar="URL",
    help="Play against a cloud elsewhere that has its lab on, in a world of its own there: http(s)://host:port.",
)
@click.option(
    "--ca",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="The PEM file with the authority that an https or mqtts server's certificate is checked against.",
)
@click.option("--seed", default=1, show_default=True, help="Root of all that is drawn by chance.")
@click.option("--twice", is_flag=True, help="Virtual: play twice and compare the traces byte for byte.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option(
    "--trace", type=click.Path(dir_okay=False, path_type=Path), help="Write the trace as JSON lines."
)
@click.option(
    "--model",
    "model_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A hub model of your own, as a TOML file; may be given several times.",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(
    live: bool,
    broker: str,
    cloud: str | None,
    ca: Path | None,
    seed: int,
    twice: bool,
    as_json: bool,
    trace: Path | None,
    model_files: tuple[Path, ...],
    paths: tuple[Path, ...],
) -> None:
    """Play scenario files, or all files of folders.

    Exit codes: 0 every play passed, 1 one failed, 2 bad input (nothing was played), 3 one was blocked
    (it could not be played to the end), 4 one was skipped; among several the first of 1, 3, 4 counts.
    130 or 143: interrupted by Ctrl-C or SIGTERM; what was started is stopped.
    """
    _check_together(live=live, broker=broker, cloud=cloud, twice=twice, as_json=as_json)
    try:
        broker_of(broker)
        if cloud is not None:
            check_url(cloud)
        models = read_models(model_files)
        scenarios = read(find(paths), models)
        if trace is not None:
            trace.write_bytes(b"")  # fails before anything is played, not after
    except (BadFiles, BadBrokerUrl, BadServerUrl, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    logging.basicConfig(level=logging.ERROR)
    options = Options(
        live=live,
        broker=broker,
        cloud=cloud,
        ca=ca,
        seed=seed,
        as_json=as_json,
        trace=trace,
        model_files=model_files,
        models=models,
    )
    if twice:
        with interruptible():
            sys.exit(_twice(options, paths, scenarios))
    try:
        with interruptible() as interruption, collecting_rarely():
            plays = _play_all(options, scenarios, interruption)
    except BrokerError as error:
        click.echo(str(error), err=True)
        sys.exit(EXITS[Verdict.BLOCKED])
    if trace is not None:
        trace.write_bytes(b"".join(play.trace.lines() for play in plays))
    results = [play.result for play in plays]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([plain(result) for result in results])))
    sys.exit(exit_code([result.verdict for result in results]))


def _check_together(*, live: bool, broker: str, cloud: str | None, twice: bool, as_json: bool) -> None:
    """Refuse options that contradict each other. Raises `UsageError`."""
    if cloud is not None and broker == MOSQUITTO_NAME:
        raise click.UsageError("--cloud brings its own broker: give that one's URL, or leave --broker out")
    if cloud is not None and not live:
        raise click.UsageError("--cloud plays live, elsewhere: leave --virtual out")
    if twice and live:
        raise click.UsageError("--twice needs --virtual: only computed plays are the same byte for byte")
    if twice and as_json:
        raise click.UsageError("--twice compares traces and has no results to print as JSON")


def plain(result: PlayResult) -> dict[str, Any]:
    """Return a result as JSON values."""
    return {
        "scenario": result.scenario.title,
        "file": result.scenario.file,
        "covers": list(result.scenario.covers),
        "world": result.world,
        "seed": result.seed,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "failed_line": result.failed_step.place.line if result.failed_step else None,
        "aftermath": msgspec.to_builtins(result.aftermath),
        "steps": [
            {
                "number": done.number,
                "line": done.step.place.line,
                "step": done.step.source,
                "at_ms": done.at_ms,
                "refused": done.outcome.refusal.name.value if done.outcome.refusal else None,
                "screen": done.outcome.screen,
                "hubs": done.looks,
            }
            for done in result.steps
        ],
    }


def _play_all(options: Options, scenarios: list[Scenario], interruption: Interruption) -> list[Played]:
    told = len(scenarios) == 1
    plays = []
    for scenario in scenarios:
        if told and not options.as_json:
            plays.append(_tell(options, scenario, interruption))
            continue
        played = _play(options, scenario, interruption, record=told)
        plays.append(played)
        if not options.as_json:
            _say_line(options, played.result)
    if not told and not options.as_json:
        _say_sum([play.result for play in plays])
    return plays


def _play(
    options: Options,
    scenario: Scenario,
    interruption: Interruption,
    *,
    record: bool,
    story: Story | None = None,
) -> Played:
    """Play; with a story that is told meanwhile. What was seen after each step is kept for single plays."""
    listener, opening = (story.step, story.opening) if story else (None, None)
    if options.cloud is not None:
        return interruption.run(
            play_remote(
                scenario,
                options.seed,
                url=options.cloud,
                broker=options.remote_broker,
                ca=options.ca,
                models=options.models,
                record=record,
                listener=listener,
                opening=opening,
            )
        )
    if options.live:
        return interruption.run(
            play_live(
                scenario,
                options.seed,
                broker=options.broker,
                models=options.models,
                record=record,
                listener=listener,
                opening=opening,
            )
        )
    return play_virtual(
        scenario,
        options.seed,
        models=options.models,
        record=record,
        listener=listener,
        opening=opening,
    )


def _tell(options: Options, scenario: Scenario, interruption: Interruption) -> Played:
    story = Story(scenario, click.echo)
    story.begin(scenario, _where(options), options.seed)
    began = time.monotonic()
    played = _play(options, scenario, interruption, record=True, story=story)
    story.end(played.result, time.monotonic() - began, options.again(scenario))
    return played


def _where(options: Options) -> str:
    if options.cloud is not None:
        return f"a world of its own at {options.cloud}"
    if not options.live:
        return "virtual world"
    if options.broker == EMBEDDED_NAME:
        return "live world: embedded amqtt broker on loopback, cloud in SQLite"
    if options.broker == MOSQUITTO_NAME:
        return "live world: private Mosquitto on loopback, cloud in SQLite"
    return f"live world: broker {options.broker_shown}, cloud in SQLite"


def _say_line(options: Options, result: PlayResult) -> None:
    click.echo(f"{result.verdict.upper():8} {result.scenario.file}  {result.scenario.title}")
    for line in explain(result, options.again(result.scenario)):
        click.echo(line)


def _say_sum(results: list[PlayResult]) -> None:
    counts = {verdict: sum(1 for result in results if result.verdict is verdict) for verdict in Verdict}
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))


def _twice(options: Options, paths: tuple[Path, ...], scenarios: list[Scenario]) -> int:
    arguments = ["--virtual", "--seed", str(options.seed), *options.model_options, *map(str, paths)]
    try:
        first, second = traces(arguments)
    except NotPassedError as error:
        click.echo(error.output, nl=False)
        return error.exit_code
    if options.trace is not None:
        options.trace.write_bytes(first)
    parting = difference(first, second)
    if parting is not None:
        click.echo(parting, err=True)
        return EXITS[Verdict.FAIL]
    events = first.count(b"\n")
    click.echo(
        f"same trace twice, byte for byte: {len(scenarios)} scenarios, {events} events, "
        f"{len(first)} bytes, seed {options.seed}, PYTHONHASHSEED {' and '.join(HASH_SEEDS)}"
    )
    return EXITS[Verdict.PASS]
