"""`hubsim run --step` and `--break-on`: the play halts, shows all layers, takes acts by hand, and goes on."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from prompted import behind, halts, run
from small_journey import JOURNEY

from hubsim import main

ROOT = Path(__file__).parents[2]
LAST = "{expect: villa, tile: activated, led: white, within: 15 min}"


def test_it_halts_before_each_step_and_behind_the_last(journey: Path) -> None:
    done = run(journey, ["", "", "", ""], "--step")

    assert halts(done) == ["hubsim 1/3> ", "hubsim 2/3> ", "hubsim 3/3> ", "hubsim 3/3> "]
    assert "all 3 steps held; Enter ends the play" in done.stdout
    assert "PASS  3 of 3 steps passed" in done.stdout
    assert done.exit_code == 0


def test_several_steps_are_played_at_once(journey: Path) -> None:
    done = run(journey, ["next 2", "continue"], "--step")

    assert halts(done) == ["hubsim 1/3> next 2", "hubsim 3/3> continue"]
    assert done.exit_code == 0


def test_more_steps_than_there_are_lead_to_the_halt_behind_the_last(journey: Path) -> None:
    done = run(journey, ["next 9", ""], "--step")

    assert halts(done) == ["hubsim 1/3> next 9", "hubsim 3/3> "]


def test_it_shows_the_next_step_with_its_place(journey: Path) -> None:
    done = run(journey, ["n", "q"], "--step")

    assert f"next  2/3  ivan  activate (hub villa)  ({journey}:16)" in done.stdout


def test_it_breaks_only_where_it_was_told_to(journey: Path) -> None:
    done = run(journey, ["c"], "--break-on", "2")

    assert halts(done) == ["hubsim 2/3> c"]


def test_until_goes_to_a_step_once(journey: Path) -> None:
    done = run(journey, ["until :17", "c"], "--step")

    assert halts(done) == ["hubsim 1/3> until :17", "hubsim 3/3> c"]


def test_until_is_forgotten_at_a_break_on_the_way(journey: Path) -> None:
    done = run(journey, ["until 3", "c"], "--break-on", "1", "--break-on", "2")

    assert halts(done) == ["hubsim 1/3> until 3", "hubsim 2/3> c"]


@pytest.mark.parametrize("number", ["1", "2"])
def test_until_a_step_that_is_over_or_next_goes_nowhere(journey: Path, number: str) -> None:
    done = run(journey, [f"until {number}", "c"], "--break-on", "2")

    assert behind(done, f"until {number}") == [f"'{number}' breaks before no step behind this one"]


def test_all_layers_are_shown(journey: Path) -> None:
    done = run(journey, ["look villa", "c"], "--break-on", "3")

    assert behind(done, "look villa") == [
        "2026-01-15 09:00:00.000 Europe/Warsaw; next due in 1 min",
        "villa",
        "  service  active; app: [Activated] star, online",
        "           applied version 18: active (as the cloud says)",
        "  profile  inactive; ordered: active; not attached; executed orders up to 0",
        "  card     SIM 1 ok (in use)",
        "           SIM 2 missing",
        "           registration denied, signal strong",
        "  hub      LED green; shows [Activated] star",
        "           icons cellular_off battery_100 mains star",
        "           battery 100 %, mains, lid closed",
        "  link     online by ethernet; channels ethernet",
    ]


def test_a_hub_that_is_none_is_told_with_the_one_meant(journey: Path) -> None:
    done = run(journey, ["look vila", "c"], "--break-on", "3")

    assert behind(done, "look vila") == ["no hub is called 'vila'; did you mean 'villa'?"]


def test_the_last_events_are_shown_with_names_for_ids(journey: Path) -> None:
    done = run(journey, ["messages 2", "c"], "--break-on", "2")

    assert behind(done, "messages 2") == [
        "  15 09:00:00  ivan        act stop_now",
        "  15 09:00:00  ivan        answered stop_now refused=not_active",
    ]


def test_who_quits_gets_no_verdict(journey: Path) -> None:
    done = run(journey, ["n", "q"], "--step")

    assert done.exit_code == 3
    assert "BLOCKED  1 of 3 steps passed" in done.stdout
    assert "  ended by hand before step 2" in done.stdout


def test_the_end_of_the_input_quits(journey: Path) -> None:
    done = run(journey, [], "--step")

    assert halts(done) == ["hubsim 1/3> (end of input)"]
    assert done.exit_code == 3


def test_it_halts_where_a_step_does_not_hold(journey: Path) -> None:
    journey.write_text(JOURNEY.replace("led: white", "led: red"), encoding="utf-8")

    done = run(journey, ["bench villa power_off", "look", ""], "--break-on", "fail")

    assert halts(done) == ["hubsim 3/3> bench villa power_off", "hubsim 3/3> look", "hubsim 3/3> "]
    assert "step 3 did not hold; Enter ends the play" in done.stdout
    assert "  hub      off" in behind(done, "look")
    assert done.exit_code == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--step", "--jobs", "2"], "cannot be combined with --jobs, --repeat or --watch"),
        (["--break-on", "2", "--repeat", "2"], "cannot be combined with --jobs, --repeat or --watch"),
        (["--step", "--watch"], "cannot be combined with --jobs, --repeat or --watch"),
        (["--step", "--twice"], "cannot be combined with --twice or --json -"),
        (["--break-on", "9"], "'9' breaks before no step in"),
        (["--break-on", "Z1"], "no clause of the guide"),
    ],
)
def test_what_makes_no_sense_together_is_refused(journey: Path, options: list[str], text: str) -> None:
    done = run(journey, [], *options)

    assert done.exit_code == 2
    assert text in done.stderr


@pytest.mark.live
def test_in_the_live_world_it_is_the_same(journey: Path) -> None:
    arguments = ["run", "--break-on", "3", str(journey)]

    done = CliRunner().invoke(
        main, arguments, input="bench villa remove_sim slot: 1\nlook\nc\n", catch_exceptions=False
    )

    assert "  card     SIM 1 missing" in done.stdout
    assert "step 3 did not hold" in done.stdout
    assert done.exit_code == 1
