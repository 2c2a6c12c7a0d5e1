"""Scenario files as tests of pytest."""

import pytest
from plugin_runs import A_HUB, BLOCKED, FAILING, GOOD, VARIED, Runs

pytest_plugins = ("pytester",)


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(pytester, monkeypatch)


@pytest.mark.process
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


@pytest.mark.process
def test_a_failure_is_reported_as_on_the_command_line_with_all_steps(runs: Runs) -> None:
    runs.scenarios(failing=FAILING)

    done = runs.run()

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "FAIL  villa: shows.led: expected 'red', saw 'green'",
            "  failing.yaml:8:5: {expect: villa, led: red}",
            "  villa  app:*",
            "  rerun: hubsim run --virtual --seed 1 failing.yaml",
            "*hubsim report*",
            "virtual world; seed 1; failing.yaml",
            "*Initial state",
            "FAILED failing.yaml::* - FAIL  villa: shows.led: *",
        ]
    )
    done.stdout.no_fnmatch_line("*scenarios/playing.py*")


@pytest.mark.process
def test_each_case_of_a_matrix_is_a_test_and_fragments_are_not(runs: Runs) -> None:
    runs.fragments(**{"a-hub": A_HUB, "no-fragment": GOOD})
    runs.scenarios(varied=VARIED)

    done = runs.run("-v")

    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(
        [
            "varied.yaml::A hub of any model is green [[]villa.model=hub[]] PASSED*",
            "varied.yaml::A hub of any model is green [[]villa.model=hub-2[]] PASSED*",
        ]
    )


@pytest.mark.process
def test_a_case_can_be_selected_by_its_name(runs: Runs) -> None:
    runs.fragments(**{"a-hub": A_HUB})
    runs.scenarios(varied=VARIED)

    done = runs.run("varied.yaml::A hub of any model is green [villa.model=hub-2]")

    done.assert_outcomes(passed=1)


@pytest.mark.process
@pytest.mark.parametrize(
    ("fragment", "scenario"),
    [(A_HUB, VARIED.replace("{1: missing}", "{1: ok}")), (A_HUB.replace("green", "red"), VARIED)],
    ids=["in the scenario", "in the fragment"],
)
def test_a_failing_case_is_reported_as_on_the_command_line(runs: Runs, fragment: str, scenario: str) -> None:
    runs.fragments(**{"a-hub": fragment})
    runs.scenarios(varied=scenario)

    printed = runs.hubsim("run", "--virtual", "--case", "villa.model=hub-2", "varied.yaml").outlines
    done = runs.run("-k", "hub-2")

    done.assert_outcomes(failed=1, deselected=1)
    assert printed[-1] == "  rerun: hubsim run --virtual --seed 1 --case villa.model=hub-2 varied.yaml"
    begin = next(number for number, line in enumerate(printed) if line.startswith("FAIL"))
    done.stdout.fnmatch_lines([line.replace("[", "[[]") for line in printed[begin + 1 :]], consecutive=True)
    place = "fragments/a-hub.yaml:5:5" if "red" in fragment else "varied.yaml:6:5"
    done.stdout.fnmatch_lines([f"  {place}: *"])


@pytest.mark.process
def test_a_fragment_as_an_argument_is_an_error(runs: Runs) -> None:
    runs.fragments(**{"a-hub": A_HUB})

    done = runs.run("fragments/a-hub.yaml")

    done.stdout.fnmatch_lines(["fragments/a-hub.yaml:1:1: this is a fragment, which cannot be played alone*"])
    done.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.process
def test_scenarios_can_use_the_users_models(runs: Runs) -> None:
    runs.model()
    runs.scenarios(failing=FAILING.replace("hub-2", "prototype"))

    done = runs.run("--hubsim-model", "prototype.toml")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "hubsim: virtual world; seed 1; models prototype",
            "  rerun: hubsim run --virtual --seed 1 --model prototype.toml failing.yaml",
        ]
    )


@pytest.mark.process
def test_scenarios_can_use_the_users_market(runs: Runs) -> None:
    runs.market("[countries.PL]\nservices = false\n")
    runs.scenarios(failing=FAILING)

    done = runs.run("--hubsim-market", "market.toml")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "hubsim: virtual world; seed 1; market market.toml",
            "  rerun: hubsim run --virtual --seed 1 --market market.toml failing.yaml",
        ]
    )


@pytest.mark.process
def test_a_blocked_play_is_a_failed_test(runs: Runs) -> None:
    runs.scenarios(blocked=BLOCKED)

    done = runs.run()

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["BLOCKED  the cloud is running already"])


@pytest.mark.process
def test_a_mistake_in_a_file_is_a_collection_error_with_a_hint(runs: Runs) -> None:
    runs.scenarios(typo=GOOD.replace("led: green", "led: grene"))

    done = runs.run()

    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["typo.yaml:8:*: 'grene' is not a led colour; did you mean 'green'?"])
    done.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.process
@pytest.mark.parametrize("marker", ["month_end", "tag_4g", "tag_skip", "hubsim"])
def test_tags_are_markers(runs: Runs, marker: str) -> None:
    runs.scenarios(good=GOOD, other=GOOD.replace("tags: [month-end, 4g, skip]\n", ""))

    done = runs.run("-m", marker, "-W", "error")

    done.assert_outcomes(passed=2 if marker == "hubsim" else 1, deselected=0 if marker == "hubsim" else 1)


@pytest.mark.process
def test_the_seed_is_that_of_the_option(runs: Runs) -> None:
    runs.scenarios(failing=FAILING)

    done = runs.run("--hubsim-seed", "7")

    done.stdout.fnmatch_lines(
        ["hubsim: virtual world; seed 7", "  rerun: hubsim run --virtual --seed 7 failing.yaml"]
    )


@pytest.mark.live
def test_scenarios_can_be_played_in_the_live_world(runs: Runs) -> None:
    runs.scenarios(failing=FAILING)

    done = runs.run("--hubsim-world", "live")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "hubsim: live world: embedded amqtt broker on loopback, cloud in SQLite; seed 1",
            "  rerun: hubsim run --live --seed 1 failing.yaml",
            "live world: embedded amqtt broker on loopback, cloud in SQLite; seed 1; failing.yaml",
        ]
    )


@pytest.mark.live
def test_a_scenario_that_the_world_cannot_play_is_skipped(runs: Runs) -> None:
    runs.scenarios(
        stops=GOOD.replace("{expect: villa, led: green}", "{fault: stop_process, process: broker}")
    )

    done = runs.run("--hubsim-world", "live", "--hubsim-broker", "mqtt://127.0.0.1:1", "-rs")

    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*line 8 stops the broker, which this run does not own"])


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hubsim-world", "moon"], "--hubsim-world: 'moon' is not virtual, live or http(s)://host:port"),
        (["--hubsim-world", "live", "--hubsim-broker", "kafka"], "not a broker URL"),
        (
            ["--hubsim-world", "http://h", "--hubsim-broker", "mosquitto"],
            "cannot be combined with --hubsim-world URL",
        ),
        (["--hubsim-model", "none.toml"], "none.toml: "),
        (["--hubsim-market", "none.toml"], "none.toml: cannot be read"),
        (["--hubsim-ca", "none.pem"], "--hubsim-ca: none.pem: there is no such file"),
    ],
)
def test_invalid_options_are_reported_before_the_first_play(
    runs: Runs, arguments: list[str], message: str
) -> None:
    runs.scenarios(good=GOOD)

    done = runs.run(*arguments)

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*{message}*"])


@pytest.mark.process
def test_xdist_distributes_the_scenarios_of_a_folder(runs: Runs) -> None:
    runs.fragments(**{"a-hub": A_HUB})
    runs.model()
    own = GOOD.replace("hub-2", "prototype").replace("A hub", "Another hub")
    runs.scenarios(one=GOOD, two=own, three=FAILING, varied=VARIED)
    runs.tests("def test_hub(hub):\n    hub.expect(led='green')\n")

    done = runs.run("-n", "2", "--hubsim-model", "prototype.toml")

    done.assert_outcomes(passed=5, failed=1)


@pytest.mark.process
def test_a_project_without_scenarios_does_not_import_hubsim(runs: Runs) -> None:
    runs.scenarios(settings="a: 1\n")
    runs.tests(
        "import sys\n"
        "def test_modules():\n"
        "    parts = {name.partition('.')[0] for name in sys.modules}\n"
        "    ours = {'hubsim_cloud', 'hubsim_simulator', 'hubsim_contract'}\n"
        "    assert not parts & {'msgspec', 'yaml', 'click', *ours}\n"
    )

    done = runs.run()

    done.assert_outcomes(passed=1)


@pytest.mark.process
def test_each_order_of_steps_at_the_same_time_is_a_test(runs: Runs) -> None:
    lid = "{bench: villa, do: set_lid, open: yes}"
    runs.scenarios(lids=GOOD.replace("{expect: villa, led: green}", f"{{together: [{lid}, {lid}]}}"))

    done = runs.run("-v")

    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["*[[]order 1-2[]] PASSED*", "*[[]order 2-1[]] PASSED*"])
