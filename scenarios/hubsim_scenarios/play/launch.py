"""Plays a scenario to its end in a world of the requested kind, with the scenario's settings.

Worlds with sockets or a database are imported when a play needs them. A virtual play starts without them.
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

from hubsim_cloud.domain.market import DEFAULT_MARKET, Market
from hubsim_contract.lab.trace import Trace
from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_scenarios.language.steps import InjectFault, Scenario, single_steps
from hubsim_scenarios.play.aliases import Aliases
from hubsim_scenarios.play.collector import Collected, Collector
from hubsim_scenarios.play.device_settings import DEFAULT_DEVICES, DeviceSettings, attached_hubs
from hubsim_scenarios.play.play import UNWATCHED, Play, PlayResult, Watched
from hubsim_scenarios.play.slow_steps import run_watched
from hubsim_scenarios.play.step_place import line_of
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.translation.story_language import name_of, say
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import Conditions, Settings, World
from hubsim_simulator.broker.profiles import EMBEDDED, MOSQUITTO, BrokerProfile
from hubsim_simulator.hardware.profile import ModelProfile

if TYPE_CHECKING:
    from hubsim_scenarios.worlds.brokers import Broker
    from hubsim_scenarios.worlds.tapped_broker import TappedBroker

T = TypeVar("T")
NO_MODELS: Mapping[str, ModelProfile] = MappingProxyType({})
"""Only the hub models that come with the program."""
_RARELY = (200_000, 10, 10)
"""Thresholds of the garbage collector by generation. A play keeps some thousand objects."""
_OWN_BROKER_ONLY = {"stop_process", "start_process", "restart_process"}


class Played(NamedTuple):
    """A finished play with its trace."""

    result: PlayResult
    trace: Trace
    notes: Collected = Collected()
    """Facts that are not in the trace: real time, and the hubs before the first step."""


def conditions(
    scenario: Scenario,
    seed: int,
    broker: BrokerProfile,
    models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
) -> Conditions:
    """Return the conditions in which the scenario's world starts."""
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
        market=market,
    )


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Run the garbage collector rarely inside this context: plays create many objects, but few cycles."""
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
    market: Market = DEFAULT_MARKET,
    record: bool = False,
    watched: Watched = UNWATCHED,
) -> Played:
    """Play in the virtual world, without an event loop. The interceptor must not wait."""
    world = VirtualWorld(conditions(scenario, seed, broker, models, market))
    return finish(_watched(scenario, world, _without_waiting(watched), record=record))


async def play_virtual_intercepted(
    scenario: Scenario,
    seed: int = 1,
    *,
    models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
    record: bool = False,
    watched: Watched = UNWATCHED,
) -> Played:
    """Play in the virtual world, with an interceptor that may halt the play."""
    world = VirtualWorld(conditions(scenario, seed, EMBEDDED, models, market))
    return await _watched(scenario, world, _without_waiting(watched), record=record)


async def play_live(
    scenario: Scenario,
    seed: int = 1,
    *,
    broker: str = "embedded",
    packets: tuple[str, ...] = (),
    models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
    record: bool = False,
    watched: Watched = UNWATCHED,
    devices: DeviceSettings = DEFAULT_DEVICES,
) -> Played:
    """Play in the live world, on `embedded`, `amqtt`, `mosquitto`, or the broker with this URL.

    `devices`: how the hubs are attached that the scenario declares as real ones. `packets` names the stations
    whose packets the trace has: hubs, `cloud`, `carrier`, or `all`.
    """
    from hubsim_scenarios.play.attaching import attached_live, lacking  # noqa: PLC0415 (see above)
    from hubsim_scenarios.worlds.brokers import broker_of  # noqa: PLC0415 (see above)
    from hubsim_scenarios.worlds.live import LiveWorld  # noqa: PLC0415 (see above)

    station = broker_of(broker)
    start = conditions(scenario, seed, station.profile, models, market)
    reason = _skip_reason(scenario, station) or lacking(scenario, devices, server=False)
    if reason is not None:
        return Played(_skipped(scenario, seed, "live", reason), Trace())
    tap = _tap_before(station, scenario, seed, packets) if packets else None
    with TemporaryDirectory(prefix="hubsim-") as folder:
        # devices have a fixed topic prefix
        own_prefix = not attached_hubs(scenario)
        world = LiveWorld(start, tap or station, Path(folder), own_prefix=own_prefix)
        attached = attached_live(scenario, world, devices)
        if tap is None:
            return await _watched(scenario, attached, watched, record=record)
        async with tap.recording(world.trace, world.clock, world.topics):
            played = await _watched(scenario, attached, watched, record=record)
        return played._replace(trace=tap.recorded())


def _tap_before(station: "Broker", scenario: Scenario, seed: int, packets: tuple[str, ...]) -> "TappedBroker":
    """Return the broker with a tap for the packets of the named stations."""
    from hubsim_scenarios.worlds.tapped_broker import ALL, TappedBroker  # noqa: PLC0415 (see above)

    aliases = Aliases(seed)
    ids = {name: hub.attach or aliases.hub_id(name) for name, hub in scenario.world.hubs.items()}
    wanted = None if ALL in packets else frozenset(ids.get(name, name) for name in packets)
    return TappedBroker(station, wanted)


async def play_remote(
    scenario: Scenario,
    seed: int = 1,
    *,
    url: str,
    broker: BrokerUrl | None = None,
    ca: Path | None = None,
    models: Mapping[str, ModelProfile] = NO_MODELS,
    market: Market = DEFAULT_MARKET,
    record: bool = False,
    watched: Watched = UNWATCHED,
    devices: DeviceSettings = DEFAULT_DEVICES,
) -> Played:
    """Play on a server with a cloud and a simulator, in a new world on that server.

    Bench actions use the HTTP API of the lab, or MQTT if the broker is given.
    """
    from hubsim_conform.device.bench_line import BenchLine  # noqa: PLC0415 (see above)
    from hubsim_scenarios.play.attaching import (  # noqa: PLC0415 (see above)
        SERVER_WORLD,
        attached_remote,
        lacking,
    )
    from hubsim_scenarios.worlds.api import Api  # noqa: PLC0415 (see above)
    from hubsim_scenarios.worlds.remote import RemoteWorld  # noqa: PLC0415 (see above)

    reason = _remote_skip_reason(scenario) or lacking(scenario, devices, server=True)
    if reason is not None:
        return Played(_skipped(scenario, seed, "remote", reason), Trace())
    bench = BenchLine(broker, ca) if broker is not None else None
    start = conditions(scenario, seed, MOSQUITTO, models, market)
    name = SERVER_WORLD if attached_hubs(scenario) else None
    world = RemoteWorld(start, Api(url, ca), bench, world=name)
    return await _watched(scenario, attached_remote(scenario, world, broker, devices), watched, record=record)


async def play_hosted(scenario: Scenario, world: World, watched: Watched = UNWATCHED) -> Played:
    """Play in a world of the server in whose process this is; record the hubs after each step."""
    from hubsim_scenarios.play.attaching import lacking  # noqa: PLC0415 (see above)

    reason = _remote_skip_reason(scenario) or lacking(scenario, DEFAULT_DEVICES, server=True)
    if reason is not None:
        return Played(_skipped(scenario, world.conditions.seed, world.name, reason), Trace())
    return await _watched(scenario, world, watched, record=True)


async def _watched(scenario: Scenario, world: World, watched: Watched, *, record: bool) -> Played:
    collector = Collector(watched)
    play = Play(scenario, world, record=record, watched=collector.watched(record=record))
    return Played(await run_watched(play, watched.waiting), world.trace, collector.notes())


def _without_waiting(watched: Watched) -> Watched:
    """Return the same without `waiting`: a virtual play waits for nothing."""
    return msgspec.structs.replace(watched, waiting=None)


def run_live(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a live play to its end in a new event loop."""
    return asyncio.run(coroutine)


def _skip_reason(scenario: Scenario, broker: "Broker") -> str | None:
    """Return the reason why the scenario cannot be played on this broker, or None."""
    if not broker.shared:
        return None
    for step in single_steps(scenario.steps):
        if (
            isinstance(step, InjectFault)
            and step.fault in _OWN_BROKER_ONLY
            and step.fields["process"] == "broker"
        ):
            return say("{line} stops the broker, which this run does not own", line=line_of(step))
    return None


def _remote_skip_reason(scenario: Scenario) -> str | None:
    """Return the reason why the scenario cannot be played on a server, which others use too, or None."""
    for step in single_steps(scenario.steps):
        if isinstance(step, InjectFault) and step.fault in _OWN_BROKER_ONLY:
            text = "{line} stops or starts the {process}, which this run does not own"
            return say(text, line=line_of(step), process=name_of(step.fields["process"]))
    return None


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
    """Run a coroutine of the virtual world. It must not wait."""
    __tracebackhide__ = True  # this frame does not help in a traceback of a test in Python
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise AssertionError("a coroutine of the virtual world must not wait")
