"""The target of a run: the kind of world, the broker or server, and the user's own files.

A target can be sent to another process. The URL of a broker may contain a password, but no text made from a
target contains it.
"""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_contract.lab.bench_actions import Snapshot
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.device_settings import DEFAULT_DEVICES, DeviceSettings
from hubsim_scenarios.play.launch import (
    Played,
    play_live,
    play_remote,
    play_virtual,
    play_virtual_intercepted,
)
from hubsim_scenarios.play.play import NO_INTERCEPTOR, UNWATCHED, OnWaiting, StepDone, Watched
from hubsim_scenarios.product.files import read_models, read_own_market
from hubsim_scenarios.translation.story_language import StoryLanguage, msg, say
from hubsim_scenarios.worlds.brokers import AMQTT_NAME, EMBEDDED_NAME, MOSQUITTO_NAME, OWN_NAMES
from hubsim_simulator.hardware.profile import ModelProfile

_SHOWN = {
    EMBEDDED_NAME: msg("embedded broker"),
    AMQTT_NAME: msg("amqtt"),
    MOSQUITTO_NAME: msg("private Mosquitto"),
}


class Target(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """The settings that all plays of a run share, except the seed."""

    live: bool = True
    """Play over real sockets; False: in the virtual world."""
    broker: str = EMBEDDED_NAME
    """`embedded`, `amqtt`, `mosquitto`, or a URL."""
    packets: tuple[str, ...] = ()
    """The stations whose packets are recorded in the trace of a live play: names of hubs, `cloud`, `carrier`,
    or `all`."""
    cloud: str | None = None
    """The URL of a server to play on, if any. `live` is True then."""
    ca: Path | None = None
    """The PEM file with the certificate authority of the server."""
    models: dict[str, ModelProfile] = {}
    """The user's own hub models, by name."""
    model_files: tuple[Path, ...] = ()
    """The files of the models, for the command that repeats a play."""
    market: Market = DEFAULT_MARKET
    """The user's own countries and packages."""
    market_file: Path | None = None
    """The file of the market, for the command that repeats a play."""
    devices: DeviceSettings = DEFAULT_DEVICES
    """How real hubs are attached."""
    attach_options: tuple[str, ...] = ()
    """The options for real hubs, for the command that repeats a play."""
    language: StoryLanguage = StoryLanguage.ENGLISH
    """The language in which plays are described."""

    def __repr__(self) -> str:
        return f"Target({self.shown})"

    @property
    def broker_shown(self) -> str:
        """The broker for logs: a URL without user and password."""
        return self.broker if self.broker in OWN_NAMES else str(BrokerUrl.parse(self.broker))

    @property
    def remote_broker(self) -> BrokerUrl | None:
        """The server's broker, to which bench actions are sent. None: they are sent over HTTP."""
        return None if self.broker in OWN_NAMES else BrokerUrl.parse(self.broker)

    @property
    def shown(self) -> str:
        """A description of the world, without secrets."""
        if self.cloud is not None:
            return say("new world at {url}", url=self.cloud)
        if not self.live:
            return say("virtual world")
        if self.broker in _SHOWN:
            broker = say(_SHOWN[self.broker])
            return say("live world: {broker} on loopback, cloud in SQLite", broker=broker)
        return say("live world: broker {broker}, cloud in SQLite", broker=self.broker_shown)

    def again(self, scenario: Scenario, seed: int) -> str:
        """Return the command that repeats a play, without user and password of a broker."""
        case = [word for axis, value in scenario.case.items() for word in ("--case", f"{axis}={value}")]
        return self.command(seed, [*case, scenario.file])

    def command(self, seed: int, further: Sequence[str]) -> str:
        """Return a command that plays on this target, without user and password of a broker."""
        return shlex.join(
            ["hubsim", "run", *self._options, "--seed", str(seed), *self.file_options, *further]
        )

    @property
    def file_options(self) -> list[str]:
        """The command line options for the user's own models and market, real hubs, and the language."""
        models = [word for file in self.model_files for word in ("--model", str(file))]
        market = ["--market", str(self.market_file)] if self.market_file else []
        english = self.language is StoryLanguage.ENGLISH
        language = [] if english else ["--lang", self.language.value]
        return [*models, *market, *self.attach_options, *language]

    @property
    def own_files(self) -> tuple[Path, ...]:
        """The user's own files that all plays depend on."""
        return (*self.model_files, *([self.market_file] if self.market_file else []))

    def with_files(self) -> "Target":
        """Return the same target with its files read again. Raises `BadFiles`."""
        return msgspec.structs.replace(
            self, models=read_models(self.model_files), market=read_own_market(self.market_file)
        )

    @property
    def _options(self) -> list[str]:
        if self.cloud is not None:
            broker = ["--broker", self.broker_shown] if self.remote_broker else []
            return ["--cloud", self.cloud, *broker, *(["--ca", str(self.ca)] if self.ca else [])]
        if not self.live:
            return ["--virtual"]
        return ["--live", *(["--broker", self.broker_shown] if self.broker != EMBEDDED_NAME else [])]


class PlayJob(msgspec.Struct, frozen=True):
    """One play to run: a scenario and a seed."""

    scenario: Scenario
    seed: int
    record: bool = False
    """Record snapshots of the hubs after each step."""


async def play(target: Target, play_job: PlayJob, watched: Watched = UNWATCHED) -> Played:
    """Play on the target.

    A virtual play without an interceptor does not yield to other tasks.
    """
    if not target.live and watched.interceptor is NO_INTERCEPTOR:
        return play_computed(target, play_job, watched)
    if not target.live:
        return await play_virtual_intercepted(
            play_job.scenario,
            play_job.seed,
            models=target.models,
            market=target.market,
            record=play_job.record,
            watched=watched,
        )
    if target.cloud is not None:
        return await play_remote(
            play_job.scenario,
            play_job.seed,
            url=target.cloud,
            broker=target.remote_broker,
            ca=target.ca,
            models=target.models,
            market=target.market,
            record=play_job.record,
            watched=watched,
            devices=target.devices,
        )
    return await play_live(
        play_job.scenario,
        play_job.seed,
        broker=target.broker,
        packets=target.packets,
        models=target.models,
        market=target.market,
        record=play_job.record,
        watched=watched,
        devices=target.devices,
    )


def play_computed(target: Target, play_job: PlayJob, watched: Watched = UNWATCHED) -> Played:
    """Play in the virtual world."""
    return play_virtual(
        play_job.scenario,
        play_job.seed,
        models=target.models,
        market=target.market,
        record=play_job.record,
        watched=watched,
    )


AtStep = Callable[[int], None]
"""Called with the number of the step that begins, from 1; 0: the world is being built."""


def with_progress(at_step: AtStep, waiting: OnWaiting, watched: Watched = UNWATCHED) -> Watched:
    """Return callbacks that also call `at_step` and `waiting`. Calls `at_step(0)` at once."""
    at_step(0)
    opening, listener = watched.opening, watched.listener

    def opened(at_ms: int, snapshots: dict[str, dict[str, Snapshot]]) -> None:
        if opening is not None:
            opening(at_ms, snapshots)
        at_step(1)

    def stepped(done: StepDone) -> None:
        if listener is not None:
            listener(done)
        at_step(done.number + 1)

    return msgspec.structs.replace(watched, listener=stepped, opening=opened, waiting=waiting)
