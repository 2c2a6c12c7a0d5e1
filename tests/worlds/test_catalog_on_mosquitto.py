"""The catalog on real sockets with a private Mosquitto, which keeps sessions and delivers queued messages."""

import pytest
from catalog_plays import SCENARIOS, name_of, passed

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_live, run_live


@pytest.mark.mosquitto
@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_every_scenario_passes_on_mosquitto(scenario: Scenario) -> None:
    passed(run_live(play_live(scenario, broker="mosquitto")).result)
