"""The catalog on a private ejabberd, by URL, as on any broker that hubsim does not start (`make nightly`)."""

from collections.abc import Iterator

import pytest
from catalog_plays import SCENARIOS, name_of, passed
from private_ejabberd import private_ejabberd

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_live, run_live
from hubsim_scenarios.play.verdict import Verdict

STOPS_THE_BROKER = "the broker, which this run does not own"


@pytest.fixture(scope="module")
def ejabberd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with private_ejabberd(tmp_path_factory.mktemp("ejabberd")) as url:
        yield url


@pytest.mark.nightly
@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_every_scenario_that_needs_no_stop_of_the_broker_passes_on_ejabberd(
    scenario: Scenario, ejabberd: str
) -> None:
    result = run_live(play_live(scenario, broker=ejabberd)).result

    if result.verdict is Verdict.SKIPPED:
        assert STOPS_THE_BROKER in result.reason
    else:
        passed(result)
