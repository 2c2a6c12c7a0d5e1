"""Where the tests of a run are played, as the options say."""

import os
import shlex
from pathlib import Path

import msgspec
import pytest

from contract.broker_url import BadBrokerUrl, BrokerUrl
from scenarios.language.steps import Scenario
from scenarios.play import Watched
from scenarios.playing import Played, play_live, play_remote, play_virtual, run_live
from scenarios.telling import Story
from scenarios.worlds.api import BadServerUrl, check_url
from scenarios.worlds.brokers import EMBEDDED_NAME, MOSQUITTO_NAME, broker_of

_OWN_BROKERS = (EMBEDDED_NAME, MOSQUITTO_NAME)


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """The kind of world, the broker, and the seed."""

    world: str
    """`virtual`, `live`, or the URL of a cloud elsewhere."""
    broker: str
    seed: int

    @classmethod
    def of(cls, config: pytest.Config) -> "Where":
        """Return what the options say. Raises `pytest.UsageError`."""
        where = cls(
            world=config.getoption("--hubsim-world"),
            broker=config.getoption("--hubsim-broker"),
            seed=config.getoption("--hubsim-seed"),
        )
        try:
            broker_of(where.broker)
            if where.remote:
                check_url(where.world)
        except (BadBrokerUrl, BadServerUrl) as error:
            raise pytest.UsageError(str(error)) from error
        if where.remote and where.broker == MOSQUITTO_NAME:
            raise pytest.UsageError("--hubsim-world URL brings its own broker: give that one's URL, or none")
        return where

    @property
    def remote(self) -> bool:
        """Whether it is a cloud elsewhere."""
        return self.world not in ("virtual", "live")

    @property
    def remote_broker(self) -> BrokerUrl | None:
        """The broker of the cloud elsewhere, over which hands go; None: they go over HTTP."""
        return None if self.broker in _OWN_BROKERS else BrokerUrl.parse(self.broker)

    @property
    def shown(self) -> str:
        """The place as it may stand in a log: without user and password."""
        if self.remote:
            return f"a world of its own at {self.world}"
        broker = f", broker {self.broker_shown}" if self.world == "live" else ""
        return f"{self.world} world{broker}"

    @property
    def broker_shown(self) -> str:
        """The broker as it may stand in a log."""
        return self.broker if self.broker in _OWN_BROKERS else str(BrokerUrl.parse(self.broker))

    def again(self, file: str) -> str:
        """Return the command that plays a scenario file again; user and password are left out."""
        broker = [] if self.broker == EMBEDDED_NAME else ["--broker", self.broker_shown]
        if self.remote:
            place = ["--cloud", self.world, *broker]
        else:
            place = ["--virtual"] if self.world == "virtual" else ["--live", *broker]
        return shlex.join(["hubsim", "run", *place, "--seed", str(self.seed), file])

    def play(self, scenario: Scenario, story: Story) -> Played:
        """Play a scenario there, and tell it meanwhile."""
        told = Watched(story.step, story.opening)
        if self.remote:
            url, broker = self.world, self.remote_broker
            return run_live(
                play_remote(scenario, self.seed, url=url, broker=broker, record=True, watched=told)
            )
        if self.world == "live":
            return run_live(play_live(scenario, self.seed, broker=self.broker, record=True, watched=told))
        return play_virtual(scenario, self.seed, record=True, watched=told)


def as_named(file: Path) -> Path:
    """Return a file as it can be named from here: that is what messages and the command to paste show."""
    shown = Path(os.path.relpath(file))
    return file if shown.parts[:1] == ("..",) else shown
