"""From a test that asks for a world to that world, opened; closed when the test is over."""

import inspect
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from scenarios.language.errors import BadText
from scenarios.language.instants import Instant, instant
from scenarios.language.steps import Scenario
from scenarios.playing import conditions
from scenarios.pytest_plugin.driving import Beside, Driver, Here
from scenarios.pytest_plugin.phrases import Phrases
from scenarios.pytest_plugin.rehearsal import Rehearsal
from scenarios.pytest_plugin.where import Where, as_named
from scenarios.pytest_plugin.world import World
from scenarios.worlds.api import Api
from scenarios.worlds.bench_line import BenchLine
from scenarios.worlds.brokers import broker_of
from scenarios.worlds.live import LiveWorld
from scenarios.worlds.remote import RemoteWorld
from scenarios.worlds.virtual import VirtualWorld
from scenarios.worlds.world import World as AnyWorld
from simulator.broker.profiles import EMBEDDED, MOSQUITTO

START = "2026-01-15 09:00 Europe/Warsaw"
"""When the world of a test begins unless its marker says otherwise."""


@contextmanager
def opened(request: pytest.FixtureRequest) -> Iterator[World]:
    """Yield a world as options and the test's marker want it."""
    where, scenario = Where.of(request.config), _scenario(request)
    with ExitStack() as kept:
        driver: Driver = Beside() if where.venue.live else Here()
        kept.callback(driver.close)
        rehearsal = Rehearsal(
            scenario,
            _world(where, scenario, kept),
            driver,
            awaited=inspect.iscoroutinefunction(getattr(request.node, "obj", None)),
            again=shlex.join(["pytest", *where.options, request.node.nodeid]),
            say=lambda text: request.node.add_report_section("call", "hubsim", text),
        )
        kept.callback(rehearsal.close)
        rehearsal.open()
        yield World(rehearsal)


def _scenario(request: pytest.FixtureRequest) -> Scenario:
    """Return what stands for the scenario file: the marker of the test. Raises `BadVerb`."""
    marker = request.node.get_closest_marker("hubsim")
    asked: Mapping[str, Any] = marker.kwargs if marker is not None else {}
    start = _start(asked.get("clock", START))
    return Scenario(
        file=str(as_named(request.node.path)),
        title=request.node.name,
        clock_ms=start.ms,
        zone=start.zone,
        settings=Phrases(start.zone).settings(asked["settings"]) if "settings" in asked else {},
        steps=(),
    )


def _start(text: str) -> Instant:
    try:
        return instant(text)
    except BadText as error:
        raise pytest.UsageError(f"the marker hubsim, clock: {error}") from error


def _world(where: Where, scenario: Scenario, kept: ExitStack) -> AnyWorld:
    venue, seed = where.venue, where.seed
    if not venue.live:
        return VirtualWorld(conditions(scenario, seed, EMBEDDED, venue.models))
    if venue.cloud is not None:
        bench = BenchLine(venue.remote_broker, venue.ca) if venue.remote_broker is not None else None
        start = conditions(scenario, seed, MOSQUITTO, venue.models)
        return RemoteWorld(start, Api(venue.cloud, venue.ca), bench)
    broker = broker_of(venue.broker)
    folder = Path(kept.enter_context(TemporaryDirectory(prefix="hubsim-")))
    return LiveWorld(conditions(scenario, seed, broker.profile, venue.models), broker, folder)
