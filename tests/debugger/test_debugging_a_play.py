"""`hubsim run --step` and `--break-on`: halts, output of the layers, manual steps, and continuing."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from prompt_runs import halts, printed_after, run
from small_journey import JOURNEY

from hubsim import main

ROOT = Path(__file__).parents[2]
LAST = "{expect: villa, tile: activated, led: white, within: 15 min}"


def test_it_halts_before_each_step_and_after_the_last(journey: Path) -> None:
    done = run(journey, ["", "", "", ""], "--step")

    assert halts(done) == ["hubsim 1/3> ", "hubsim 2/3> ", "hubsim 3/3> ", "hubsim 3/3> "]
    assert "all steps passed; Enter ends the play" in done.stdout
    assert "PASS  3 of 3 steps passed" in done.stdout
    assert done.exit_code == 0


def test_next_plays_several_steps(journey: Path) -> None:
    done = run(journey, ["next 2", "continue"], "--step")

    assert halts(done) == ["hubsim 1/3> next 2", "hubsim 3/3> continue"]
    assert done.exit_code == 0


def test_next_with_a_large_number_halts_after_the_last_step(journey: Path) -> None:
    done = run(journey, ["next 9", ""], "--step")

    assert halts(done) == ["hubsim 1/3> next 9", "hubsim 3/3> "]


def test_it_shows_the_next_step_with_its_file_and_line(journey: Path) -> None:
    done = run(journey, ["n", "q"], "--step")

    assert f"next  2/3  ivan  activate (hub villa)  ({journey}:16)" in done.stdout


def test_it_halts_only_at_breakpoints(journey: Path) -> None:
    done = run(journey, ["c"], "--break-on", "2")

    assert halts(done) == ["hubsim 2/3> c"]


def test_until_plays_to_a_step_once(journey: Path) -> None:
    done = run(journey, ["until :17", "c"], "--step")

    assert halts(done) == ["hubsim 1/3> until :17", "hubsim 3/3> c"]


def test_a_breakpoint_on_the_way_cancels_until(journey: Path) -> None:
    done = run(journey, ["until 3", "c"], "--break-on", "1", "--break-on", "2")

    assert halts(done) == ["hubsim 1/3> until 3", "hubsim 2/3> c"]


@pytest.mark.parametrize("number", ["1", "2"])
def test_until_rejects_a_step_that_is_past_or_next(journey: Path, number: str) -> None:
    done = run(journey, [f"until {number}", "c"], "--break-on", "2")

    assert printed_after(done, f"until {number}") == [f"no later step matches '{number}'"]


def test_all_layers_are_shown(journey: Path) -> None:
    done = run(journey, ["look villa", "c"], "--break-on", "3")

    assert printed_after(done, "look villa") == [
        "2026-01-15 09:00:00.000 Europe/Warsaw; next due in 1 min",
        "villa",
        "  service  active; app: [Activated] star, online",
        "           applied version 18: active (same as in the cloud)",
        "  profile  inactive; ordered: active; not attached; executed orders up to 0",
        "  card     SIM 1 ok (in use)",
        "           SIM 2 missing",
        "           registration denied, signal strong",
        "  hub      LED green; shows [Activated] star",
        "           icons cellular_off battery_100 mains star",
        "           battery 100 %, mains, lid closed",
        "  link     online by ethernet; channels ethernet",
    ]


def test_an_unknown_hub_is_reported_with_a_suggestion(journey: Path) -> None:
    done = run(journey, ["look vila", "c"], "--break-on", "3")

    assert printed_after(done, "look vila") == ["unknown hub 'vila'; did you mean 'villa'?"]


def test_the_last_events_are_shown_with_names_instead_of_ids(journey: Path) -> None:
    done = run(journey, ["messages 2", "c"], "--break-on", "2")

    assert printed_after(done, "messages 2") == [
        "  15 09:00:00  ivan        act stop_now",
        "  15 09:00:00  ivan        answered stop_now refused=not_active",
    ]


def test_a_play_that_the_user_quits_is_blocked(journey: Path) -> None:
    done = run(journey, ["n", "q"], "--step")

    assert done.exit_code == 3
    assert "BLOCKED  1 of 3 steps passed" in done.stdout
    assert "  quit in the debugger before step 2" in done.stdout


def test_the_end_of_the_input_quits(journey: Path) -> None:
    done = run(journey, [], "--step")

    assert halts(done) == ["hubsim 1/3> (end of input)"]
    assert done.exit_code == 3


def test_it_halts_after_a_failed_step(journey: Path) -> None:
    journey.write_text(JOURNEY.replace("led: white", "led: red"), encoding="utf-8")

    done = run(journey, ["bench villa power_off", "look", ""], "--break-on", "fail")

    assert halts(done) == ["hubsim 3/3> bench villa power_off", "hubsim 3/3> look", "hubsim 3/3> "]
    assert "step 3 failed; Enter ends the play" in done.stdout
    assert "  hub      off" in printed_after(done, "look")
    assert done.exit_code == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--step", "--jobs", "2"], "cannot be combined with --jobs, --repeat or --watch"),
        (["--break-on", "2", "--repeat", "2"], "cannot be combined with --jobs, --repeat or --watch"),
        (["--step", "--watch"], "cannot be combined with --jobs, --repeat or --watch"),
        (["--step", "--twice"], "cannot be combined with --twice or --json -"),
        (["--break-on", "9"], "matches '9': the last step number is 3"),
        (["--break-on", "Z1"], "'Z1' is not a step number"),
    ],
)
def test_options_that_cannot_be_combined_or_match_nothing_are_rejected(
    journey: Path, options: list[str], text: str
) -> None:
    done = run(journey, [], *options)

    assert done.exit_code == 2
    assert text in done.stderr


@pytest.mark.live
def test_it_halts_in_the_live_world(journey: Path) -> None:
    arguments = ["run", "--break-on", "3", str(journey)]

    done = CliRunner().invoke(
        main, arguments, input="bench villa remove_sim slot: 1\nlook\nc\n", catch_exceptions=False
    )

    assert "  card     SIM 1 missing" in done.stdout
    assert "step 3 failed" in done.stdout
    assert done.exit_code == 1


def test_a_soft_check_that_fails_is_a_halt_from_which_the_play_continues(tmp_path: Path) -> None:
    file = tmp_path / "soft.yaml"
    file.write_text(
        JOURNEY + "  - {expect: villa, led: red, soft: yes}\n  - {clock: +1 h}\n", encoding="utf-8"
    )

    done = run(file, ["look villa", "c"], "--break-on", "fail")

    assert len(halts(done)) == 2
    assert "soft step 4 failed; 'continue' plays on" in done.stdout
    assert "FAIL  4 of 5 steps passed" in done.stdout
    assert done.exit_code == 1


def test_quitting_after_a_soft_failure_is_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "soft.yaml"
    file.write_text(
        JOURNEY + "  - {expect: villa, led: red, soft: yes}\n  - {clock: +1 h}\n", encoding="utf-8"
    )

    done = run(file, ["q"], "--break-on", "fail")

    assert "  quit in the debugger after step 4" in done.stdout
    assert done.exit_code == 1


def test_steps_at_the_same_time_can_be_typed_at_a_halt(journey: Path) -> None:
    lid = "{bench: villa, do: set_lid, open: yes}"

    done = run(journey, [f"together [{lid}, {lid}]", "c"], "--break-on", "2")

    assert done.stdout.count("villa set lid: done") == 2
    assert done.exit_code == 0
