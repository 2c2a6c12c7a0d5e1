"""The catalog on real sockets with amqtt, which drops sessions: the cloud uses a clean one there."""

import pytest
from catalog_plays import SCENARIOS, name_of, passed

from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_live, play_virtual, run_live
from hubsim_simulator.broker.profiles import REPAIRED_AMQTT


@pytest.mark.live
@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_every_scenario_passes_on_amqtt(scenario: Scenario) -> None:
    passed(run_live(play_live(scenario, broker="amqtt")).result)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_every_scenario_passes_on_the_imitation_of_amqtt(scenario: Scenario) -> None:
    passed(play_virtual(scenario, 2, broker=REPAIRED_AMQTT).result)
