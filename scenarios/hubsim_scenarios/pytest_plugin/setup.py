"""Opens the world of a test, and closes it after the test."""

import inspect
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from hubsim_conform.device.bench_line import BenchLine
from hubsim_scenarios.language.errors import BadText
from hubsim_scenarios.language.instants import Instant, instant
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import conditions
from hubsim_scenarios.pytest_plugin.session import TestSession
from hubsim_scenarios.pytest_plugin.step_builder import START, StepBuilder
from hubsim_scenarios.pytest_plugin.sync_bridge import InlineBridge, SyncBridge, ThreadBridge
from hubsim_scenarios.pytest_plugin.where import Where, relative_path
from hubsim_scenarios.pytest_plugin.world import WorldFixture
from hubsim_scenarios.worlds.api import Api
from hubsim_scenarios.worlds.brokers import broker_of
from hubsim_scenarios.worlds.live import LiveWorld
from hubsim_scenarios.worlds.remote import RemoteWorld
from hubsim_scenarios.worlds.virtual import VirtualWorld
from hubsim_scenarios.worlds.world import World
from hubsim_simulator.broker.profiles import EMBEDDED, MOSQUITTO

"""The initial time of a test's world, without a marker."""


@contextmanager
def opened(request: pytest.FixtureRequest) -> Iterator[WorldFixture]:
    """Yield the world for the options and the marker of a test."""
    where, scenario = Where.of(request.config), _scenario(request)
    with ExitStack() as stack:
        bridge: SyncBridge = ThreadBridge() if where.target.live else InlineBridge()
        stack.callback(bridge.close)
        session = TestSession(
            scenario,
            _world(where, scenario, stack),
            bridge,
            awaited=inspect.iscoroutinefunction(getattr(request.node, "obj", None)),
            again=shlex.join(["pytest", *where.options, request.node.nodeid]),
            say=lambda text: request.node.add_report_section("call", "hubsim", text),
        )
        stack.callback(session.close)
        session.open()
        world = WorldFixture(session)
        fragments = _fragments(request)
        if fragments:
            world.begin_now(fragments)
        yield world


def _scenario(request: pytest.FixtureRequest) -> Scenario:
    """Return a scenario without steps, with the time and settings of the marker. Raises `BadVerb`."""
    marker = request.node.get_closest_marker("hubsim")
    options: Mapping[str, Any] = marker.kwargs if marker is not None else {}
    start = _start(options.get("clock", START))
    return Scenario(
        file=str(relative_path(request.node.path)),
        title=request.node.name,
        clock_ms=start.ms,
        zone=start.zone,
        settings=StepBuilder(start.zone).settings(options["settings"]) if "settings" in options else {},
        steps=(),
    )


def _fragments(request: pytest.FixtureRequest) -> list[str]:
    """Return the fragments of the marker."""
    marker = request.node.get_closest_marker("hubsim")
    begin = marker.kwargs.get("begin", []) if marker is not None else []
    return [begin] if isinstance(begin, str) else list(begin)


def _start(text: str) -> Instant:
    try:
        return instant(text)
    except BadText as error:
        raise pytest.UsageError(f"the marker hubsim, clock: {error}") from error


def _world(where: Where, scenario: Scenario, stack: ExitStack) -> World:
    target, seed = where.target, where.seed
    if not target.live:
        return VirtualWorld(conditions(scenario, seed, EMBEDDED, target.models, target.market))
    if target.cloud is not None:
        bench = BenchLine(target.remote_broker, target.ca) if target.remote_broker is not None else None
        start = conditions(scenario, seed, MOSQUITTO, target.models, target.market)
        return RemoteWorld(start, Api(target.cloud, target.ca), bench)
    broker = broker_of(target.broker)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="hubsim-")))
    return LiveWorld(conditions(scenario, seed, broker.profile, target.models, target.market), broker, folder)
