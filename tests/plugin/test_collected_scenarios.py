"""Scenario files as tests of pytest."""

import pytest
from plugin_runs import BLOCKED, FAILING, GOOD, Runs

pytest_plugins = ("pytester",)


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(pytester, monkeypatch)


def test_scenario_files_are_tests_and_other_yaml_files_are_not(runs: Runs) -> None:
    runs.scenarios(
        good=GOOD,
        compose="services: {web: {image: web}}\n",
        molecule="scenario:\n  name: default\n",
        inside="tests:\n  - scenario: not at the top\n",
    )

    done = runs.run("-v")

    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["good.yaml::A hub with a cable is green PASSED*"])


def test_a_failure_is_told_as_on_the_command_line_with_the_story(runs: Runs) -> None:
    runs.scenarios(failing=FAILING)

    done = runs.run()

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "FAIL  villa: shows.led: expected 'red', saw 'green'",
            "  failing.yaml:8:5: {expect: villa, led: red}",
            "  villa  app:*",
            "  again: hubsim run --virtual --seed 1 failing.yaml",
            "*hubsim story*",
            "virtual world; seed 1; failing.yaml",
            "*To begin with",
            "FAILED failing.yaml::* - FAIL  villa: shows.led: *",
        ]
    )
    done.stdout.no_fnmatch_line("*scenarios/playing.py*")


def test_a_play_that_cannot_be_played_fails_as_blocked(runs: Runs) -> None:
    runs.scenarios(blocked=BLOCKED)

    done = runs.run()

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["BLOCKED  the cloud is running already"])


def test_a_mistake_in_a_file_is_an_error_of_the_collection_with_a_hint(runs: Runs) -> None:
    runs.scenarios(typo=GOOD.replace("led: green", "led: grene"))

    done = runs.run()

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["typo.yaml:8:*: 'grene' is not a led colour; did you mean 'green'?"])
    done.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("marker", ["month_end", "tag_4g", "tag_skip", "hubsim"])
def test_tags_are_markers(runs: Runs, marker: str) -> None:
    runs.scenarios(good=GOOD, other=GOOD.replace("tags: [month-end, 4g, skip]\n", ""))

    done = runs.run("-m", marker, "-W", "error")

    done.assert_outcomes(passed=2 if marker == "hubsim" else 1, deselected=0 if marker == "hubsim" else 1)


def test_the_seed_is_the_one_that_was_asked_for(runs: Runs) -> None:
    runs.scenarios(failing=FAILING)

    done = runs.run("--hubsim-seed", "7")

    done.stdout.fnmatch_lines(
        ["hubsim: virtual world; seed 7", "  again: hubsim run --virtual --seed 7 failing.yaml"]
    )


@pytest.mark.live
def test_scenarios_are_played_live_on_demand(runs: Runs) -> None:
    runs.scenarios(failing=FAILING)

    done = runs.run("--hubsim-world", "live")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["live world, broker embedded; seed 1; failing.yaml"], consecutive=False)


@pytest.mark.live
def test_what_a_world_cannot_play_is_skipped(runs: Runs) -> None:
    runs.scenarios(
        stops=GOOD.replace("{expect: villa, led: green}", "{fault: stop_process, process: broker}")
    )

    done = runs.run("--hubsim-world", "live", "--hubsim-broker", "mqtt://127.0.0.1:1", "-rs")

    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*line 8 stops the broker, and this one is not ours to stop"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hubsim-world", "moon"], "--hubsim-world: 'moon' is not virtual, live or http(s)://host:port"),
        (["--hubsim-world", "live", "--hubsim-broker", "kafka"], "not a broker URL"),
        (["--hubsim-world", "http://h", "--hubsim-broker", "mosquitto"], "brings its own broker"),
    ],
)
def test_options_that_cannot_be_are_told_before_anything_is_played(
    runs: Runs, arguments: list[str], said: str
) -> None:
    runs.scenarios(good=GOOD)

    done = runs.run(*arguments)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*{said}*"])


def test_several_processes_share_the_scenarios_of_a_folder(runs: Runs) -> None:
    runs.scenarios(one=GOOD, two=GOOD.replace("A hub", "Another hub"), three=FAILING)
    runs.tests("def test_hub(hub):\n    hub.expect(led='green')\n")

    done = runs.run("-n", "2")

    done.assert_outcomes(passed=3, failed=1)


def test_a_project_without_scenarios_loads_nothing_of_the_program(runs: Runs) -> None:
    runs.scenarios(settings="a: 1\n")
    runs.tests(
        "import sys\n"
        "def test_modules():\n"
        "    parts = {name.partition('.')[0] for name in sys.modules}\n"
        "    assert not parts & {'msgspec', 'yaml', 'cloud', 'simulator', 'contract', 'click'}\n"
    )

    done = runs.run()

    done.assert_outcomes(passed=1)
