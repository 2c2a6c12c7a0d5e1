"""From a scenario to a finished play: the right world, with the scenario's settings, run to its end.

Worlds that need sockets or a database are imported when they are played in: a virtual play starts without.
"""

import asyncio
import gc
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from hubsim_contract.lab.trace import Trace
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.language.steps import InjectFault, Scenario
from hubsim_scenarios.play.collector import Collected, Collector
from hubsim_scenarios.play.play import UNWATCHED, Play, PlayResult, Watched
from hubsim_scenarios.play.slow_steps import run_watched
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import Conditions, Settings, World
from hubsim_simulator.broker.profiles import EMBEDDED, MOSQUITTO, BrokerProfile
from hubsim_simulator.hardware.profile import ModelProfile

if TYPE_CHECKING:
    from hubsim_scenarios.worlds.brokers import Broker

T = TypeVar("T")
NO_MODELS: Mapping[str, ModelProfile] = MappingProxyType({})
"""No hub models but those that come with the program."""
_RARELY = (200_000, 10, 10)
"""Objects between two looks at the youngest ones (a play keeps some thousands), and so on up."""
_OWN_BROKER_ONLY = {"stop_process", "start_process", "restart_process"}


class Played(NamedTuple):
    """A finished play with its trace."""

    result: PlayResult
    trace: Trace
    notes: Collected = Collected()
    """What was noted beside the trace: real time, and the looks before the first step."""


def conditions(
    scenario: Scenario, seed: int, broker: BrokerProfile, models: Mapping[str, ModelProfile] = NO_MODELS
) -> Conditions:
    """Return what the scenario's world starts from."""
    settings = Settings()
    groups = {
        group: msgspec.structs.replace(getattr(settings, group), **values)
        for group, values in scenario.settings.items()
    }
    return Conditions(
        start_ms=scenario.clock_ms,
        seed=seed,
        settings=msgspec.structs.replace(settings, **groups),
        broker=broker,
        models=models,
    )


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Let the garbage collector look on rarely: plays make many objects, and little garbage in cycles."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def play_virtual(
    scenario: Scenario,
    seed: int = 1,
    *,
    broker: BrokerProfile = EMBEDDED,
    models: Mapping[str, ModelProfile] = NO_MODELS,
    record: bool = False,
    watched: Watched = UNWATCHED,
) -> Played:
    """Play in the virtual world. Needs no event loop: nothing there waits unless it is attended."""
    world = VirtualWorld(conditions(scenario, seed, broker, models))
    return finish(_watched(scenario, world, _not_waiting(watched), record=record))


async def play_virtual_intercepted(
    scenario: Scenario,
    seed: int = 1,
    *,
    models: Mapping[str, ModelProfile] = NO_MODELS,
    record: bool = False,
    watched: Watched = UNWATCHED,
) -> Played:
    """Play in the virtual world for somebody who may halt it; only for them does it wait."""
    world = VirtualWorld(conditions(scenario, seed, EMBEDDED, models))
    return await _watched(scenario, world, _not_waiting(watched), record=record)


async def play_live(
    scenario: Scenario,
    seed: int = 1,
    *,
    broker: str = "embedded",
    models: Mapping[str, ModelProfile] = NO_MODELS,
    record: bool = False,
    watched: Watched = UNWATCHED,
) -> Played:
    """Play in the live world, on a broker of its own (`embedded`, `mosquitto`) or one by URL."""
    from hubsim_scenarios.worlds.brokers import broker_of  # noqa: PLC0415 (see above)
    from hubsim_scenarios.worlds.live import LiveWorld  # noqa: PLC0415 (see above)

    station = broker_of(broker)
    start = conditions(scenario, seed, station.profile, models)
    reason = _why_not(scenario, station)
    if reason is not None:
        return Played(_skipped(scenario, seed, "live", reason), Trace())
    with TemporaryDirectory(prefix="hubsim-") as folder:
        world: World = LiveWorld(start, station, Path(folder))
        return await _watched(scenario, world, watched, record=record)


async def play_remote(
    scenario: Scenario,
    seed: int = 1,
    *,
    url: str,
    broker: BrokerUrl | None = None,
    ca: Path | None = None,
    models: Mapping[str, ModelProfile] = NO_MODELS,
    record: bool = False,
    watched: Watched = UNWATCHED,
) -> Played:
    """Play against a cloud and a simulator that run elsewhere, in a world of its own there.

    Hands go over the lab's HTTP, or over MQTT if the broker is given.
    """
    from hubsim_scenarios.worlds.api import Api  # noqa: PLC0415 (see above)
    from hubsim_scenarios.worlds.bench_line import BenchLine  # noqa: PLC0415 (see above)
    from hubsim_scenarios.worlds.remote import RemoteWorld  # noqa: PLC0415 (see above)

    reason = _needs_processes(scenario)
    if reason is not None:
        return Played(_skipped(scenario, seed, "remote", reason), Trace())
    bench = BenchLine(broker, ca) if broker is not None else None
    world = RemoteWorld(conditions(scenario, seed, MOSQUITTO, models), Api(url, ca), bench)
    return await _watched(scenario, world, watched, record=record)


async def _watched(scenario: Scenario, world: World, watched: Watched, *, record: bool) -> Played:
    collector = Collector(watched)
    play = Play(scenario, world, record=record, watched=collector.watched(record=record))
    return Played(await run_watched(play, watched.waiting), world.trace, collector.notes())


def _not_waiting(watched: Watched) -> Watched:
    """Return the same without those who hear what is awaited: a computed play waits for nothing."""
    return msgspec.structs.replace(watched, waiting=None)


def run_live(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a live play to its end in an event loop of its own."""
    return asyncio.run(coroutine)


def _why_not(scenario: Scenario, broker: "Broker") -> str | None:
    """Return why a scenario cannot be played on this broker, or None."""
    if not broker.shared:
        return None
    for step in scenario.steps:
        if (
            isinstance(step, InjectFault)
            and step.fault in _OWN_BROKER_ONLY
            and step.fields["process"] == "broker"
        ):
            return f"{_where(step)} stops the broker, and this one is not ours to stop"
    return None


def _needs_processes(scenario: Scenario) -> str | None:
    """Return why a scenario cannot be played on a server that others use too, or None."""
    for step in scenario.steps:
        if isinstance(step, InjectFault) and step.fault in _OWN_BROKER_ONLY:
            what = step.fields["process"]
            return f"{_where(step)} stops or starts the {what}, and the server's is not ours to stop"
    return None


def _where(step: InjectFault) -> str:
    return f"line {step.place.line}" + (f" of {step.file}" if step.file else "")


def _skipped(scenario: Scenario, seed: int, world: str, reason: str) -> PlayResult:
    return PlayResult(
        scenario=scenario,
        world=world,
        seed=seed,
        verdict=Verdict.SKIPPED,
        steps=(),
        reason=reason,
        ended_at_ms=scenario.clock_ms,
    )


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits: one of the virtual world."""
    __tracebackhide__ = True  # no frame of interest in a failure of a test in Python
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise AssertionError("the virtual world waited for something")
