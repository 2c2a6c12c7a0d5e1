"""`hubsim run --model`: the user's own hub model is a file, without code."""

from pathlib import Path

import pytest
from scenario_folder import run, written

PROTOTYPE = """\
name = "prototype"
sim_slots = 1
generations = ["2G"]
ethernet = true
wifi = false
"""
SCENARIO = """\
scenario: A prototype on the bench
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    proto: {model: prototype, links: [ethernet], slots: {1: ordinary}}
steps:
  - {expect: proto, channels: [cellular, ethernet], generation: 2G, sims: {'1': ok}}
  - {bench: proto, do: plug, link: wifi, refused: no_such_link}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return written(tmp_path / "prototype.yaml", SCENARIO)


def model(folder: Path, text: str = PROTOTYPE, name: str = "prototype.toml") -> Path:
    return written(folder / name, text)


@pytest.mark.parametrize("world", ["--virtual", pytest.param("--live", marks=pytest.mark.live)])
def test_a_scenario_plays_on_the_users_own_model(scenario: Path, tmp_path: Path, world: str) -> None:
    outcome = run(world, "--model", model(tmp_path), scenario)

    assert outcome.exit_code == 0, outcome.output


def test_the_model_in_the_documentation_can_be_used_unchanged(scenario: Path, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]

    outcome = run("--virtual", "--model", model(tmp_path, example), scenario)

    assert "name = " in example
    assert outcome.exit_code == 1, "played, though the scenario expects less of the model"


def test_without_its_file_the_model_is_unknown(scenario: Path) -> None:
    outcome = run("--virtual", scenario)

    assert outcome.exit_code == 2
    assert "'prototype' is not a hub model" in outcome.stderr


@pytest.mark.process
def test_a_play_on_the_users_own_model_has_the_same_trace_twice(scenario: Path, tmp_path: Path) -> None:
    outcome = run("--virtual", "--twice", "--model", model(tmp_path), scenario)

    assert outcome.exit_code == 0, outcome.output


def test_the_command_to_repeat_names_the_model_file(scenario: Path, tmp_path: Path) -> None:
    own = model(tmp_path, PROTOTYPE.replace('["2G"]', '["4G"]'))

    outcome = run("--virtual", "--model", own, scenario)

    assert outcome.exit_code == 1
    assert f"--model {own}" in outcome.stdout


def test_a_name_that_is_taken_is_refused(scenario: Path, tmp_path: Path) -> None:
    shipped = model(tmp_path, PROTOTYPE.replace("prototype", "hub-2"), "mine.toml")
    own, again = model(tmp_path), model(tmp_path, name="again.toml")

    assert run("--virtual", "--model", shipped, scenario).exit_code == 2
    outcome = run("--virtual", "--model", own, "--model", again, scenario)

    assert outcome.exit_code == 2
    assert "a model 'prototype' exists already" in outcome.stderr


@pytest.mark.parametrize("text", ["sim_slots = ", PROTOTYPE.replace("wifi", "wify"), "\x00"])
def test_a_bad_model_file_is_refused_with_its_path_before_anything_is_played(
    scenario: Path, tmp_path: Path, text: str
) -> None:
    own = model(tmp_path, text)

    outcome = run("--virtual", "--model", own, scenario)

    assert outcome.exit_code == 2
    assert str(own) in outcome.stderr
    assert outcome.stdout == ""
