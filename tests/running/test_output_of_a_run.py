"""The output of a run: the steps of a single play, or a line for each scenario and the totals."""

import click
import pytest
from click.testing import CliRunner
from small_scenarios import FAILS, HOLDS, scenario, verdicts

from hubsim_scenarios.play.launch import Played
from hubsim_scenarios.running.interrupts import interruptible
from hubsim_scenarios.running.options import running_options
from hubsim_scenarios.running.run import Running, run_selected
from hubsim_scenarios.running.selection import Selection
from hubsim_scenarios.running.target import Target

VIRTUAL = Target(live=False)


def run(*texts: str, quiet: bool = False, **running: int) -> list[Played]:
    scenarios = [scenario(text, f"{number}.yaml") for number, text in enumerate(texts)]
    how = Running(**running)
    with interruptible() as interruption:
        return run_selected(VIRTUAL, scenarios, 1, how, interruption, quiet=quiet)


def test_a_single_play_is_printed_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    (play,) = run(HOLDS)

    printed = capsys.readouterr()
    assert "virtual world; seed 1; 0.yaml" in printed.out
    assert "PASS  2 of 2 steps passed" in printed.out
    assert printed.err == ""
    assert play.result.steps[-1].snapshots["villa"]["shows"]["led"] == "green"


def test_a_failure_in_an_hour_that_occurs_twice_says_in_which_of_the_two(
    capsys: pytest.CaptureFixture[str],
) -> None:
    night = FAILS.replace("2026-01-15 09:00 Europe/Warsaw", "2026-10-25 02:30 Europe/Warsaw (second)")

    run(night)

    assert "at 2026-10-25 02:30:00 Europe/Warsaw (second), world time" in capsys.readouterr().out


@pytest.mark.process
@pytest.mark.parametrize("jobs", [1, 2])
def test_several_plays_get_a_line_each_in_their_order_and_totals(
    jobs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    run(HOLDS, FAILS, HOLDS, jobs=jobs)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "PASS     0.yaml  A hub with a cable is green"
    assert lines[1] == "FAIL     1.yaml  It is red"
    assert "  rerun: hubsim run --virtual --seed 1 1.yaml" in lines
    assert lines[-2:] == ["PASS     2.yaml  A hub with a cable is green", "2 passed, 1 failed"]


@pytest.mark.process
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_with_fail_fast_ends_at_the_first_failure(
    jobs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    plays = run(HOLDS, FAILS, HOLDS, HOLDS, jobs=jobs, fail_fast=True)

    assert verdicts(plays) == ["0.yaml 1 pass", "1.yaml 1 fail"]
    assert capsys.readouterr().out.endswith("1 passed, 1 failed, 2 not played\n")


def test_a_repeated_scenario_gets_one_line_with_its_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    plays = run(HOLDS, FAILS, repeat=3)

    lines = capsys.readouterr().out.splitlines()
    assert [play.result.seed for play in plays] == [1, 2, 3, 1, 2, 3]
    assert lines[0] == "PASS     0.yaml  A hub with a cable is green  (passed with 3 of 3 seeds)"
    assert lines[1].endswith("It is red  (passed with 0 of 3 seeds; not with seeds 1, 2, 3)")
    assert lines[-1] == "3 passed, 3 failed"


def test_a_quiet_run_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    run(HOLDS, FAILS, quiet=True)

    assert capsys.readouterr().out == ""


def test_the_command_to_repeat_names_the_case_of_a_matrix() -> None:
    matrix = "matrix: {links: [[ethernet, wifi]], carrier.cut_delay_ms: [2 h]}\n"
    case = scenario(HOLDS.replace("steps:", f"{matrix}steps:"))

    assert VIRTUAL.again(case, 7) == (
        "hubsim run --virtual --seed 7 --case links=ethernet+wifi "
        "--case 'carrier.cut_delay_ms=2 h' holds.yaml"
    )


def test_no_text_about_a_target_contains_the_password_of_its_broker() -> None:
    target = Target(broker="mqtt://ci:s3cret@127.0.0.1:1")

    texts = [repr(target), target.shown, target.again(scenario(), 1)]

    assert "mqtt://127.0.0.1:1" in texts[2]
    assert "s3cret" not in "".join(texts)


def test_a_command_gets_the_options_as_selection_and_running() -> None:
    seen: list[tuple[Selection, Running]] = []

    @click.command()
    @running_options
    def command(selection: Selection, running: Running) -> None:
        seen.append((selection, running))

    done = CliRunner().invoke(
        command,
        ["--tag", "not slow", "--covers", "X2", "--name", "stop", "--case", "a=b", "-j", "2", "--fail-fast"],
    )

    assert done.exit_code == 0, done.output
    assert seen == [
        (
            Selection(tags=("not slow",), covers=("X2",), names=("stop",), case=("a=b",)),
            Running(jobs=2, fail_fast=True),
        )
    ]


@pytest.mark.parametrize(
    "arguments", [["--jobs", "0"], ["--repeat", "0"], ["--watch", "--repeat", "2"]], ids=" ".join
)
def test_numbers_and_combinations_that_are_not_allowed_are_refused(arguments: list[str]) -> None:
    @click.command()
    @running_options
    def command(selection: Selection, running: Running) -> None:
        del selection, running

    assert CliRunner().invoke(command, arguments).exit_code == 2


def test_no_color_switches_off_colours_on_a_terminal() -> None:
    @click.command()
    @running_options
    def command(selection: Selection, running: Running) -> None:
        del selection, running
        click.echo(click.style("red", fg="red"))

    coloured = CliRunner(env={"NO_COLOR": ""}).invoke(command, [], color=True)
    plain = CliRunner(env={"NO_COLOR": "1"}).invoke(command, [], color=True)

    assert (coloured.stdout, plain.stdout) == ("\x1b[31mred\x1b[0m\n", "red\n")


def test_the_slowest_plays_are_printed_after_the_totals(capsys: pytest.CaptureFixture[str]) -> None:
    plays = run(HOLDS, FAILS, HOLDS, durations=2)

    lines = capsys.readouterr().out.splitlines()
    slowest = sorted((play.notes.took_s for play in plays), reverse=True)[:2]
    assert lines[-4:-2] == ["2 passed, 1 failed", "slowest 2 plays of 3, in real seconds:"]
    assert [line.split()[0] for line in lines[-2:]] == [f"{seconds:.3f}" for seconds in slowest]


def test_zero_durations_stand_for_all_plays(capsys: pytest.CaptureFixture[str]) -> None:
    run(HOLDS, HOLDS, durations=0)

    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[1] for line in lines[-2:]} == {"0.yaml", "1.yaml"}
