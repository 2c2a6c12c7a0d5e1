"""The pytest plugin: its options, the collection of scenario files, and the fixtures.

Every run of pytest loads this module where hubsim is installed. So it imports the rest of hubsim only for a
scenario file or a fixture, and opens only files whose names end in `.yaml` or `.yml`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hubsim_scenarios.pytest_plugin.fixtures import BenchFixture, CloudFixture, HubFixture
    from hubsim_scenarios.pytest_plugin.world import WorldFixture

_SCENARIO = re.compile(rb"^(?:\xef\xbb\xbf)?scenario:[ \t]+\S", re.MULTILINE)
_NAMED = re.compile(rb"^(?:\xef\xbb\xbf)?(?:scenario|fragment):[ \t]+\S", re.MULTILINE)
_FRAGMENTS = "fragments"
"""The name of folders with fragments, which are not tests."""
_SEARCHED_BYTES = 64 * 1024
"""`scenario:` must be in the first bytes of a file, up to this number."""
_SUFFIXES = (".yaml", ".yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("hubsim", "scenarios of hubsim")
    group.addoption(
        "--hubsim-world",
        default="virtual",
        metavar="virtual|live|URL",
        help="World of the tests: virtual (default), live on real sockets, or the URL of a server.",
    )
    group.addoption(
        "--hubsim-seed",
        type=int,
        default=1,
        metavar="N",
        help="Root seed of all random values (default: 1).",
    )
    group.addoption(
        "--hubsim-broker",
        default="embedded",
        metavar="embedded|amqtt|mosquitto|URL",
        help="Broker of the live world (default: embedded). With a server: the URL of its broker, "
        "for bench actions.",
    )
    group.addoption(
        "--hubsim-model",
        action="append",
        default=[],
        metavar="FILE",
        help="Your own hub model, as a TOML file. Can be given several times.",
    )
    group.addoption(
        "--hubsim-market",
        metavar="FILE",
        help="Your own countries with the services, and packages with fees, as a TOML file.",
    )
    group.addoption(
        "--hubsim-ca",
        metavar="FILE",
        help="PEM file with the authority that signed the certificate of an https or mqtts server.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and reject an unknown world."""
    config.addinivalue_line(
        "markers",
        "hubsim(clock=, settings=): a scenario file; or the initial time and the settings of the test's "
        "world, for example clock='2026-01-15 09:00 Europe/Warsaw'.",
    )
    world = config.getoption("--hubsim-world")
    if world not in ("virtual", "live") and not world.startswith(("http://", "https://")):
        raise pytest.UsageError(f"--hubsim-world: {world!r} is not virtual, live or http(s)://host:port")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect every YAML file with `scenario:` and a text at its top level, except in folders of fragments.

    A fragment that the user names is also collected. The collector then reports that it is not a scenario.
    """
    if file_path.suffix.lower() not in _SUFFIXES or file_path.name.startswith("."):
        return None
    if not parent.session.isinitpath(file_path) and file_path.parent.name == _FRAGMENTS:
        return None
    wanted = _NAMED if parent.session.isinitpath(file_path) else _SCENARIO
    if not _has_key(file_path, wanted):
        return None
    from hubsim_scenarios.pytest_plugin.items import ScenarioCollector  # noqa: PLC0415 (costs nothing when unused)

    collector: pytest.Collector = ScenarioCollector.from_parent(parent, path=file_path)
    return collector


def _has_key(file: Path, wanted: re.Pattern[bytes]) -> bool:
    try:
        with file.open("rb") as opened:
            return wanted.search(opened.read(_SEARCHED_BYTES)) is not None
    except OSError:
        return False


_DEFAULTS: dict[str, Any] = {
    "world": "virtual",
    "broker": "embedded",
    "seed": 1,
    "model": [],
    "market": None,
    "ca": None,
}


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator["WorldFixture"]:
    """Return a new, empty world for the test.

    In an `async` test its verbs must be awaited. In other tests they return when they are done.
    """
    from hubsim_scenarios.pytest_plugin.setup import opened  # noqa: PLC0415 (costs nothing when unused)

    with opened(request) as fixture:
        yield fixture


@pytest.fixture
def cloud(world: "WorldFixture") -> "CloudFixture":
    """Return the cloud of the test's world."""
    return world.cloud


@pytest.fixture
def bench(world: "WorldFixture") -> "BenchFixture":
    """Return the bench of the test's world: bench actions and faults."""
    return world.bench


@pytest.fixture
def hub(world: "WorldFixture") -> "HubFixture":
    """Return a hub that can be activated: it belongs to `hub.dealer`, and has an Ajax SIM in slot 1."""
    return world.ready_hub()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Return the world, seed, models and market of the run, or None if all options have their defaults."""
    options = {name: config.getoption(f"--hubsim-{name}") for name in _DEFAULTS}
    if options == _DEFAULTS:
        return None
    from hubsim_scenarios.pytest_plugin.where import Where  # noqa: PLC0415 (costs nothing when unused)

    where = Where.of(config)
    models = f"; models {', '.join(where.target.models)}" if where.target.models else ""
    market = f"; market {where.target.market_file}" if where.target.market_file else ""
    return f"hubsim: {where.shown}; seed {where.seed}{models}{market}"
