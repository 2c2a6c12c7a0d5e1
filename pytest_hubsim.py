"""What pytest loads: options, the collection of scenario files, and the fixtures.

Loaded by every run of pytest where the program is installed, so it imports nothing of the program before a
scenario file is found or a fixture is asked for, and looks at no file that is not called `*.yaml` or `*.yml`.
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
"""Files in a folder of this name are what scenarios begin with, and no scenarios themselves."""
_LOOKED_AT_BYTES = 64 * 1024
"""`scenario:` stands at the beginning of a file; behind this many bytes it is not looked for."""
_SUFFIXES = (".yaml", ".yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("hubsim", "scenarios of hubsim")
    group.addoption(
        "--hubsim-world",
        default="virtual",
        metavar="virtual|live|URL",
        help="Where scenarios are played: computed (default), on real sockets, or at a cloud elsewhere.",
    )
    group.addoption(
        "--hubsim-seed",
        type=int,
        default=1,
        metavar="N",
        help="Root of all that is drawn by chance (default: 1).",
    )
    group.addoption(
        "--hubsim-broker",
        default="embedded",
        metavar="embedded|mosquitto|URL",
        help="Broker of the live world (default: embedded); with a cloud elsewhere: its URL, for hands.",
    )
    group.addoption(
        "--hubsim-model",
        action="append",
        default=[],
        metavar="FILE",
        help="A hub model of your own, as a TOML file; may be given several times.",
    )
    group.addoption(
        "--hubsim-ca",
        metavar="FILE",
        help="The PEM file with the authority that checks the certificate of an https or mqtts server.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and refuse a world that cannot be."""
    config.addinivalue_line(
        "markers",
        "hubsim(clock=, settings=): a scenario file; or what the world of this test starts from: "
        "'2026-01-15 09:00 Europe/Warsaw', and settings as in scenarios.",
    )
    world = config.getoption("--hubsim-world")
    if world not in ("virtual", "live") and not world.startswith(("http://", "https://")):
        raise pytest.UsageError(f"--hubsim-world: {world!r} is not virtual, live or http(s)://host:port")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take every YAML file that has `scenario:` with a text at its top level, but none among fragments.

    A fragment that is named itself is taken, too: what there is to say about it is said as of any mistake.
    """
    if file_path.suffix not in _SUFFIXES:
        return None
    if not parent.session.isinitpath(file_path) and file_path.parent.name == _FRAGMENTS:
        return None
    wanted = _NAMED if parent.session.isinitpath(file_path) else _SCENARIO
    if not _begins_so(file_path, wanted):
        return None
    from hubsim_scenarios.pytest_plugin.items import ScenarioCollector  # noqa: PLC0415 (costs nothing when unused)

    collector: pytest.Collector = ScenarioCollector.from_parent(parent, path=file_path)
    return collector


def _begins_so(file: Path, wanted: re.Pattern[bytes]) -> bool:
    try:
        with file.open("rb") as opened:
            return wanted.search(opened.read(_LOOKED_AT_BYTES)) is not None
    except OSError:
        return False


_USUAL: dict[str, Any] = {"world": "virtual", "broker": "embedded", "seed": 1, "model": [], "ca": None}


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator["WorldFixture"]:
    """Return a world of the test's own, with nobody and nothing in it.

    In an `async` test its verbs are awaited, in any other they come back when they are done.
    """
    from hubsim_scenarios.pytest_plugin.setup import opened  # noqa: PLC0415 (costs nothing when unused)

    with opened(request) as one:
        yield one


@pytest.fixture
def cloud(world: "WorldFixture") -> "CloudFixture":
    """Return the cloud of the test's world."""
    return world.cloud


@pytest.fixture
def bench(world: "WorldFixture") -> "BenchFixture":
    """Return the bench of the test's world: hands and faults."""
    return world.bench


@pytest.fixture
def hub(world: "WorldFixture") -> "HubFixture":
    """Return a hub that can be activated: `hub.dealer` looks after it, an Ajax SIM is in slot 1."""
    return world.ready_hub()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say where scenarios are played, when that was asked for."""
    asked = {name: config.getoption(f"--hubsim-{name}") for name in _USUAL}
    if asked == _USUAL:
        return None
    from hubsim_scenarios.pytest_plugin.where import Where  # noqa: PLC0415 (costs nothing when unused)

    where = Where.of(config)
    models = f"; models {', '.join(where.target.models)}" if where.target.models else ""
    return f"hubsim: {where.shown}; seed {where.seed}{models}"
