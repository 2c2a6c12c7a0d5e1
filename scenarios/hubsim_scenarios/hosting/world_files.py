"""World files: a scenario whose world and steps a world of the lab starts with.

A file may lack what a scenario needs in addition: its title, its clock, its steps. It is played in the
virtual world first, so that a file that cannot be played changes nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from starlette.types import ASGIApp

from hubsim_cloud.lab.errors import BadRequest, NotThere
from hubsim_cloud.lab.records import WorldContent
from hubsim_cloud.lab.seeding import PreparedWorld, SeedView
from hubsim_cloud.world.worlds import CloudWorlds
from hubsim_scenarios.language import nodes
from hubsim_scenarios.language.errors import quoted
from hubsim_scenarios.language.fragments import Fragments
from hubsim_scenarios.language.language import NO_FRAGMENTS
from hubsim_scenarios.language.nodes import compose, text_of
from hubsim_scenarios.language.problems import Problems
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import conditions, play_virtual
from hubsim_scenarios.play.play import Play, PlayResult
from hubsim_scenarios.play.verdict import Verdict
from hubsim_scenarios.product.files import shown, start_of
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.worlds.hosted import HostedWorld
from hubsim_simulator.broker.profiles import EMBEDDED

_MISSING = {
    "scenario": "A world from a file",
    "clock": "2026-01-15 09:00 Europe/Warsaw",
    "steps": "[{clock: +1 s}]",
}
"""The values of the keys that a world file may omit."""
_NAME = "file"
"""The name of a file in messages that has none."""


class BadWorldFile(Exception):
    """A text that is not a world file, with every mistake; or a file that cannot be played."""


def read_world(name: str, source: str | bytes, fragments: Fragments = NO_FRAGMENTS) -> Scenario:
    """Return the scenario of a world file. `name` is for messages. Raises `BadWorldFile`."""
    whole = _completed(source)
    found = language().cases(name, whole, fragments)
    if found.mistakes:
        raise BadWorldFile("\n".join(shown(each, whole) for each in found.mistakes))
    if len(found.scenarios) > 1:
        raise BadWorldFile(f"{name}: a world file is played once: remove the matrix or the table")
    return found.scenarios[0]


def read_world_file(file: Path) -> Scenario:
    """Return the scenario of a world file on the disk. Raises `BadWorldFile`."""
    try:
        source = start_of(file)
    except OSError as error:
        raise BadWorldFile(f"{file}: cannot be read ({error.strerror})") from error
    return read_world(str(file), source, FragmentFolders(file))


def _completed(source: str | bytes) -> bytes:
    """Return the text with the keys that it omits after it, so that all lines keep their numbers."""
    data = source.encode() if isinstance(source, str) else source
    problems = Problems(_NAME)
    text = text_of(data, problems)
    root = compose(text, problems) if text is not None else None
    if not isinstance(root, nodes.Mapping) or data.lstrip().startswith(b"{"):
        return data
    missing = [f"{key}: {value}\n" for key, value in _MISSING.items() if root.get(key) is None]
    return data.rstrip() + b"\n" + "".join(missing).encode() if missing else data


def try_out(scenario: Scenario, seed: int = 1) -> None:
    """Play the world file in the virtual world. Raises `BadWorldFile` if it does not pass."""
    result = play_virtual(scenario, seed).result
    if result.verdict is not Verdict.PASS:
        raise BadWorldFile(f"{scenario.file}: {reason_of(result)}")


def reason_of(result: PlayResult) -> str:
    """Return why a play did not pass, with the line of the step."""
    step = result.failed_step
    return f"line {step.place.line}: {result.reason}" if step is not None else result.reason


class WorldFile(msgspec.Struct, frozen=True):
    """A seed: a world file by its name."""

    file: Path
    password: str | None = None
    """The password of its people. None: a random one."""


class _Prepared:
    """A scenario for a new world of the server."""

    def __init__(self, scenario: Scenario, files: "WorldFiles", password: str | None) -> None:
        self.start_ms = scenario.clock_ms
        self.settings: dict[str, dict[str, Any]] = {
            group: msgspec.to_builtins(values) for group, values in scenario.settings.items()
        }
        self._scenario = scenario
        self._files = files
        self._password = password

    async def fill(self, world: str) -> None:
        """Play the file in a world. Raises `BadRequest` if it does not pass there."""
        start = conditions(self._scenario, 1, EMBEDDED)
        hosted = HostedWorld(start, self._files.app(), self._files.worlds.get(world), password=self._password)
        result = await Play(self._scenario, hosted).run()
        if result.verdict is not Verdict.PASS:
            raise BadRequest("cannot_fill", f"{self._scenario.file}: {reason_of(result)}")


class WorldFiles:
    """The reader of world files of a server, with its seeds by name."""

    def __init__(
        self, worlds: CloudWorlds, app: Callable[[], ASGIApp], seeds: Mapping[str, WorldFile]
    ) -> None:
        """Take the worlds, the API that serves them, and the seeds."""
        self.worlds = worlds
        self.app = app
        self._seeds = dict(seeds)

    def seeds(self) -> list[SeedView]:
        """Return the seeds."""
        read = {name: read_world_file(seed.file) for name, seed in self._seeds.items()}
        return [
            SeedView(seed=name, title=scenario.title, about=scenario.about or "")
            for name, scenario in read.items()
        ]

    async def prepare(self, content: WorldContent) -> PreparedWorld:
        """Read a file or a seed, and try it out. Raises `BadRequest` and `NotThere`."""
        if content.file is not None and content.seed is not None:
            raise BadRequest("cannot", "give one of `file` and `seed`")
        password = None
        try:
            if content.file is not None:
                scenario = read_world(_NAME, content.file)
            else:
                seed = self._seeds.get(content.seed or "")
                if seed is None:
                    known = ", ".join(self._seeds) or "none"
                    raise NotThere(
                        "no_such_seed", f"unknown seed {quoted(content.seed or '')}; known: {known}"
                    )
                scenario, password = read_world_file(seed.file), seed.password
            await asyncio.to_thread(try_out, scenario)
        except BadWorldFile as error:
            raise BadRequest("bad_file", str(error)) from error
        return _Prepared(scenario, self, password)
