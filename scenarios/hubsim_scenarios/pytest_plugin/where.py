"""The target of the tests of a run, from the options."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from hubsim_contract.mqtt.broker_url import BadBrokerUrl
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import Played, run_live
from hubsim_scenarios.play.play import Watched
from hubsim_scenarios.product.files import BadFiles, read_models, read_own_market
from hubsim_scenarios.reports.console_report import ConsoleReport
from hubsim_scenarios.running.target import PlayJob, Target, play, play_computed
from hubsim_scenarios.worlds.api import check_url
from hubsim_scenarios.worlds.brokers import EMBEDDED_NAME, MOSQUITTO_NAME, broker_of
from hubsim_scenarios.worlds.world import BadServerUrl

LIVE, VIRTUAL = "live", "virtual"


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """The target and the seed of all tests of a run."""

    target: Target
    seed: int

    @classmethod
    def of(cls, config: pytest.Config) -> "Where":
        """Return the target of the options. Files are read once per run. Raises `pytest.UsageError`."""
        if _STASHED not in config.stash:
            config.stash[_STASHED] = cls(target=_target(config), seed=config.getoption("--hubsim-seed"))
        return config.stash[_STASHED]

    @property
    def world(self) -> str:
        """The value of `--hubsim-world`: `virtual`, `live`, or the URL of a server."""
        return self.target.cloud or (LIVE if self.target.live else VIRTUAL)

    @property
    def shown(self) -> str:
        """The target without user and password, for logs."""
        return self.target.shown

    def again(self, scenario: Scenario) -> str:
        """Return the command that plays a scenario again, without user and password."""
        return self.target.again(scenario, self.seed)

    @property
    def options(self) -> Sequence[str]:
        """The pytest options for this target, without user and password."""
        target = self.target
        broker = ["--hubsim-broker", target.broker_shown] if target.broker != EMBEDDED_NAME else []
        world = ["--hubsim-world", self.world] if self.world != VIRTUAL else []
        ca = ["--hubsim-ca", str(target.ca)] if target.ca else []
        models = [word for file in target.model_files for word in ("--hubsim-model", str(file))]
        market = ["--hubsim-market", str(target.market_file)] if target.market_file else []
        return [*world, *broker, *ca, *models, *market, "--hubsim-seed", str(self.seed)]

    def play(self, scenario: Scenario, report: ConsoleReport) -> Played:
        """Play a scenario, and report its steps."""
        play_job, watched = PlayJob(scenario, self.seed, record=True), Watched(report.step, report.opening)
        if not self.target.live:
            return play_computed(self.target, play_job, watched)
        return run_live(play(self.target, play_job, watched))


_STASHED = pytest.StashKey[Where]()


def _target(config: pytest.Config) -> Target:
    world, ca = config.getoption("--hubsim-world"), config.getoption("--hubsim-ca")
    files = tuple(map(Path, config.getoption("--hubsim-model")))
    market_file = config.getoption("--hubsim-market")
    market_file = None if market_file is None else Path(market_file)
    cloud = world if world not in (LIVE, VIRTUAL) else None
    try:
        models, market = read_models(files), read_own_market(market_file)
        broker_of(config.getoption("--hubsim-broker"))
        if cloud is not None:
            check_url(cloud)
    except (BadBrokerUrl, BadFiles, BadServerUrl) as error:
        raise pytest.UsageError(str(error)) from error
    if ca is not None and not Path(ca).is_file():
        raise pytest.UsageError(f"--hubsim-ca: {ca}: there is no such file")
    target = Target(
        live=world != VIRTUAL,
        broker=config.getoption("--hubsim-broker"),
        cloud=cloud,
        ca=Path(ca) if ca is not None else None,
        models=models,
        model_files=files,
        market=market,
        market_file=market_file,
    )
    if target.cloud is not None and target.broker == MOSQUITTO_NAME:
        raise pytest.UsageError(
            "--hubsim-broker mosquitto cannot be combined with --hubsim-world URL: "
            "give the URL of the server's broker, or omit --hubsim-broker"
        )
    return target


def relative_path(file: Path) -> Path:
    """Return the path of a file relative to the working directory, for messages and commands.

    A file outside the working directory keeps its path.
    """
    shown = Path(os.path.relpath(file))
    return file if shown.parts[:1] == ("..",) else shown
