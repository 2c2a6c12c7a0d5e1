"""Where the tests of a run are played, as the options say."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from contract.broker_url import BadBrokerUrl
from scenarios.files import BadFiles, read_models
from scenarios.language.steps import Scenario
from scenarios.play import Watched
from scenarios.playing import Played, run_live
from scenarios.running.venue import Turn, Venue, play, play_computed
from scenarios.telling import Story
from scenarios.worlds.api import BadServerUrl, check_url
from scenarios.worlds.brokers import EMBEDDED_NAME, MOSQUITTO_NAME, broker_of

LIVE, VIRTUAL = "live", "virtual"


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """What all tests of a run have in common."""

    venue: Venue
    seed: int

    @classmethod
    def of(cls, config: pytest.Config) -> "Where":
        """Return what the options say; their files are read once. Raises `pytest.UsageError`."""
        if _ASKED not in config.stash:
            config.stash[_ASKED] = cls(venue=_venue(config), seed=config.getoption("--hubsim-seed"))
        return config.stash[_ASKED]

    @property
    def world(self) -> str:
        """`virtual`, `live`, or the URL of a cloud elsewhere: the option that asks for it."""
        return self.venue.cloud or (LIVE if self.venue.live else VIRTUAL)

    @property
    def shown(self) -> str:
        """The place as it may stand in a log: without user and password."""
        return self.venue.shown

    def again(self, scenario: Scenario) -> str:
        """Return the command that plays a scenario again; user and password are left out."""
        return self.venue.again(scenario, self.seed)

    @property
    def options(self) -> Sequence[str]:
        """The options of pytest that ask for this; user and password are left out."""
        venue = self.venue
        broker = ["--hubsim-broker", venue.broker_shown] if venue.broker != EMBEDDED_NAME else []
        world = ["--hubsim-world", self.world] if self.world != VIRTUAL else []
        ca = ["--hubsim-ca", str(venue.ca)] if venue.ca else []
        models = [word for file in venue.model_files for word in ("--hubsim-model", str(file))]
        return [*world, *broker, *ca, *models, "--hubsim-seed", str(self.seed)]

    def play(self, scenario: Scenario, story: Story) -> Played:
        """Play a scenario there, and tell it meanwhile."""
        turn, watched = Turn(scenario, self.seed, record=True), Watched(story.step, story.opening)
        if not self.venue.live:
            return play_computed(self.venue, turn, watched)
        return run_live(play(self.venue, turn, watched))


_ASKED = pytest.StashKey[Where]()


def _venue(config: pytest.Config) -> Venue:
    world, ca = config.getoption("--hubsim-world"), config.getoption("--hubsim-ca")
    files = tuple(map(Path, config.getoption("--hubsim-model")))
    cloud = world if world not in (LIVE, VIRTUAL) else None
    try:
        models = read_models(files)
        broker_of(config.getoption("--hubsim-broker"))
        if cloud is not None:
            check_url(cloud)
    except (BadBrokerUrl, BadFiles, BadServerUrl) as error:
        raise pytest.UsageError(str(error)) from error
    if ca is not None and not Path(ca).is_file():
        raise pytest.UsageError(f"--hubsim-ca: {ca}: there is no such file")
    venue = Venue(
        live=world != VIRTUAL,
        broker=config.getoption("--hubsim-broker"),
        cloud=cloud,
        ca=Path(ca) if ca is not None else None,
        models=models,
        model_files=files,
    )
    if venue.cloud is not None and venue.broker == MOSQUITTO_NAME:
        raise pytest.UsageError("--hubsim-world URL brings its own broker: give that one's URL, or none")
    return venue


def as_named(file: Path) -> Path:
    """Return a file as it can be named from here: that is what messages and the command to paste show."""
    shown = Path(os.path.relpath(file))
    return file if shown.parts[:1] == ("..",) else shown
