"""The bounds of the agent are those of the contract, unless an operator gives others for tests."""

import pytest
from click.testing import CliRunner

from hubsim_agent.cloud_contact import ANSWER_LIMIT_MS, ASKS_MAX
from hubsim_agent.errors import BadAgentSetting
from hubsim_agent.settings import BOUNDS, AgentSettings, bounds_of
from hubsim_server.cli.agent import command

HUB = "0A1B2C3D"


def test_without_options_the_bounds_are_those_of_the_contract() -> None:
    settings = AgentSettings(hub_id=HUB)

    assert (settings.answer_limit_ms, settings.ack_limit_ms) == (30_000, 60_000)
    assert settings.heard_limit_ms == ASKS_MAX * ANSWER_LIMIT_MS
    assert (settings.reconnect_min_ms, settings.reconnect_max_ms) == (1_000, 60_000)
    assert settings.steady_ms == 10_000


def test_bounds_are_given_in_seconds() -> None:
    found = bounds_of(["connack_s=2.5", "heard_s=4"])

    assert found == {"answer_limit_ms": 2_500, "heard_limit_ms": 4_000}
    assert AgentSettings(hub_id=HUB, **found).answer_limit_ms == 2_500


@pytest.mark.parametrize("text", ["", "connack_s", "connack=1", "connack_s=", "connack_s=soon", "puback_s=0"])
@pytest.mark.parametrize("given", [(), ("connack_s=1",)])
def test_a_bad_bound_is_refused(text: str, given: tuple[str, ...]) -> None:
    with pytest.raises(BadAgentSetting):
        bounds_of([*given, text])


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "3601", "1e-9"])
def test_a_bound_has_a_range(name: str, value: str) -> None:
    with pytest.raises(BadAgentSetting, match=r"seconds from 0\.001 to 3600"):
        bounds_of([f"{name}={value}"])


def test_pauses_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(BadAgentSetting, match="reconnect_max_ms"):
        AgentSettings(hub_id=HUB, **bounds_of(["reconnect_first_s=3", "reconnect_longest_s=2"]))


def test_the_command_names_a_bad_bound() -> None:
    result = CliRunner().invoke(command, ["--memory", "m", "--hardware", "h", "--bound", "connak_s=1", HUB])

    assert result.exit_code == 2
    assert "'connak_s=1'; NAME=SECONDS with one of connack_s, puback_s" in " ".join(result.output.split())
