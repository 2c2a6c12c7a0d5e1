"""`hubsim run --step` and `--break-on`: the play halts, shows all layers, takes acts by hand, and goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_journey import BEGINS, DEALER, JOURNEY

from hubsim import main
from scenarios.stepping.keeping import keep
from scenarios.stepping.wishes import MAX_LINE_CHARS
from scenarios.stepping.written import CannotWrite

ROOT = Path(__file__).parents[2]
LAST = "{expect: villa, tile: activated, led: white, within: 15 min}"


@pytest.fixture
def journey(tmp_path: Path) -> Path:
    file = tmp_path / "journey.yaml"
    file.write_text(JOURNEY, encoding="utf-8")
    return file


def run(file: Path, typed: list[str], *options: str) -> Result:
    """Run with these lines at the prompt."""
    arguments = ["run", "--virtual", *options, str(file)]
    return CliRunner().invoke(
        main, arguments, input="".join(f"{line}\n" for line in typed), catch_exceptions=False
    )


def halts(done: Result) -> list[str]:
    """Return what was typed where."""
    return [line for line in done.stdout.splitlines() if line.startswith("hubsim ")]


def behind(done: Result, typed: str) -> list[str]:
    """Return what was said to what was typed."""
    lines = done.stdout.splitlines()
    start = next(place for place, line in enumerate(lines) if line.endswith(f"> {typed}")) + 1
    ends = (
        place for place in range(start, len(lines)) if lines[place].startswith(("hubsim ", "next", "write"))
    )
    return lines[start : next(ends, len(lines))]


def test_it_halts_before_each_step_and_behind_the_last(journey: Path) -> None:
    done = run(journey, ["", "", "", ""], "--step")

    assert halts(done) == ["hubsim 1/3> ", "hubsim 2/3> ", "hubsim 3/3> ", "hubsim 3/3> "]
    assert "all 3 steps held; Enter ends the play" in done.stdout
    assert "PASS  3 of 3 steps held" in done.stdout
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


def test_hands_and_people_and_the_clock_can_be_moved_by_hand(journey: Path) -> None:
    typed = ["bench villa set_lid open: on", "as ivan objects", "clock +1 h", "look", "c"]

    done = run(journey, typed, "--break-on", "3")

    assert any("lid open" in line for line in behind(done, "look"))
    assert behind(done, "look")[0].startswith("2026-01-15 10:00:00.000")
    assert f"  3 done by hand, which {journey} does not have" in done.stdout


def test_an_act_that_is_refused_is_taken_down_as_refused(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"

    done = run(journey, ["as ivan activate hub: villa", f"write {file}", "q"], "--break-on", "3")

    assert behind(done, f"write {file}") == [f"wrote {file}: 4 steps; played in the virtual world they pass"]
    assert "  - {as: ivan, do: activate, hub: villa, refused: already_active}\n" in file.read_text()


def test_an_expectation_that_does_not_hold_is_told_and_its_time_taken_down(
    journey: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    typed = ["expect villa led: red, within: 5 min", f"write {file}", "q"]

    done = run(journey, typed, "--break-on", "3")

    assert behind(done, typed[0])[:8] == [
        "  does not hold, and is not taken down:",
        "  villa: shows.led",
        "    expected  'red'",
        "               ^^^",
        "    saw       'green'",
        "               ^^^^^",
        "    waited 5 min of world time",
        "  15 09:05:00  clock  +5 min",
    ]
    assert "  - {clock: +5 min}\n" in file.read_text()
    assert "red" not in file.read_text()


def test_what_cannot_be_done_is_told_and_not_taken_down(journey: Path) -> None:
    done = run(journey, ["clock 2020-01-01 09:00", "c"], "--break-on", "3")

    assert behind(done, "clock 2020-01-01 09:00")[0].startswith("  cannot be done: ")
    assert "done by hand" not in done.stdout


def test_a_comment_behind_a_step_is_no_part_of_it(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    typed = "{as: ivan, do: stop_now, hub: villa} # as a Dealer would"

    done = run(journey, [typed, typed, f"write {file}", "q"], "--break-on", "2")

    assert f"wrote {file}: 4 steps; played in the virtual world they pass" in done.stdout
    assert "{as: ivan, do: stop_now, hub: villa, refused: not_active}" in file.read_text(encoding="utf-8")


def test_a_mistake_is_told_under_its_place(journey: Path) -> None:
    done = run(journey, ["as ivan activte hub: villa", "c"], "--break-on", "3")

    assert behind(done, "as ivan activte hub: villa") == [
        "  {as: ivan, do: activte, hub: villa}",
        "                 ^ 'activte' is not an action; did you mean 'activate'?",
    ]


def test_what_is_seen_of_a_hub_is_taken_down_as_an_expectation(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"

    run(journey, ["expect villa", f"write {file}", "q"], "--break-on", "2")

    written = file.read_text(encoding="utf-8")
    assert written.endswith(
        """\
  - expect: villa
    service: activation_required
    tile: activation_required
    star: off
    led: green
    registration: denied
    online: on
    carrier: {profile: inactive}
"""
    )


def test_what_was_done_is_offered_to_be_written_at_the_end(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    taken = tmp_path / "journey.yaml"

    done = run(journey, ["clock +1 h", "c", str(taken), str(file)], "--break-on", "3")

    assert f"{taken} is there already: give another name" in done.stdout
    assert taken.read_text(encoding="utf-8") == JOURNEY
    assert f"wrote {file}: 4 steps; played in the virtual world they pass" in done.stdout


def test_what_was_written_is_not_offered_again(journey: Path, tmp_path: Path) -> None:
    done = run(journey, ["clock +1 h", f"write {tmp_path / 'mine.yaml'}", "c"], "--break-on", "3")

    assert done.exit_code == 0
    assert "write what was done" not in done.stdout


def test_a_step_that_did_not_hold_is_not_written(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    journey.write_text(JOURNEY.replace("led: white", "led: red"), encoding="utf-8")

    done = run(journey, ["clock +1 h", f"write {file}", ""], "--break-on", "fail")

    assert f"wrote {file}: 4 steps; played in the virtual world they pass" in done.stdout
    assert "led: red" not in file.read_text(encoding="utf-8")


def test_another_refusal_than_was_typed_is_told_and_not_taken_down(journey: Path) -> None:
    typed = "as ivan stop_now hub: villa, refused: not_permitted"

    done = run(journey, [typed, "c"], "--break-on", "2")

    assert "expected the refusal 'not_permitted', saw 'not_active'" in " ".join(behind(done, typed))
    assert "done by hand" not in done.stdout


def test_nothing_is_offered_when_nothing_was_done_by_hand(journey: Path) -> None:
    done = run(journey, ["c"], "--break-on", "3")

    assert "write what was done" not in done.stdout


def test_a_scenario_with_a_shared_beginning_is_written_with_it(tmp_path: Path) -> None:
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "a-dealer.yaml").write_text(DEALER, encoding="utf-8")
    file, mine = tmp_path / "begins.yaml", tmp_path / "mine.yaml"
    file.write_text(BEGINS, encoding="utf-8")

    done = run(file, ["clock +1 h", f"write {mine}", "c"], "--break-on", "3")

    assert f"wrote {mine}: 4 steps; played in the virtual world they pass" in done.stdout
    assert "begin: a-dealer" in mine.read_text(encoding="utf-8")


def test_who_quits_gets_no_verdict(journey: Path) -> None:
    done = run(journey, ["n", "q"], "--step")

    assert done.exit_code == 3
    assert "BLOCKED  1 of 3 steps held" in done.stdout
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


def test_what_is_done_behind_the_verdict_comes_into_no_trace_and_no_report(
    journey: Path, tmp_path: Path
) -> None:
    journey.write_text(JOURNEY.replace("led: white", "led: red"), encoding="utf-8")
    plain, stepped, results = tmp_path / "plain.jsonl", tmp_path / "stepped.jsonl", tmp_path / "results.json"
    run(journey, [], "--trace", str(plain))

    typed = ["bench villa power_off", "clock +1 h", "", ""]
    run(journey, typed, "--break-on", "fail", "--trace", str(stepped), "--json", str(results))

    assert stepped.read_bytes() == plain.read_bytes()
    (play,) = json.loads(results.read_bytes())["plays"]
    assert [step["by_hand"] for step in play["steps"]] == [False, False]


def test_a_step_typed_by_hand_may_name_something_for_later(journey: Path) -> None:
    typed = [
        "as ivan create_object name: Barn, called: barn",
        "as ivan add_hub object: barn, hub: villa, model: hub-2-plus",
        "c",
    ]

    done = run(journey, typed, "--break-on", "3")

    assert "2 done by hand" in done.stdout


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--step", "--jobs", "2"], "play one play at a time"),
        (["--break-on", "2", "--repeat", "2"], "play one play at a time"),
        (["--step", "--watch"], "play one play at a time"),
        (["--step", "--twice"], "talk with you"),
        (["--break-on", "9"], "'9' breaks before no step in"),
        (["--break-on", "Z1"], "no clause of the guide"),
    ],
)
def test_what_makes_no_sense_together_is_refused(journey: Path, options: list[str], text: str) -> None:
    done = run(journey, [], *options)

    assert done.exit_code == 2
    assert text in done.stderr


@pytest.mark.parametrize(
    "act", ["{clock: +1 min}", "{as: ivan, do: activate, hub: villa, screen: device_list}"]
)
def test_a_comment_behind_a_step_by_hand_is_left_out(journey: Path, tmp_path: Path, act: str) -> None:
    kept = tmp_path / "kept.yaml"

    done = run(journey, [f"{act}  # whatever {{}}", f"write {kept}", "q"], "--step")

    assert f"wrote {kept}: 2 steps; played in the virtual world they pass" in done.stdout
    assert "whatever" not in kept.read_text(encoding="utf-8")


def test_a_comment_is_no_part_of_an_act_that_is_refused(journey: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.yaml"

    run(journey, ["{as: ivan, do: stop_now, hub: villa}  # }", f"write {kept}", "q"], "--step")

    assert "{as: ivan, do: stop_now, hub: villa, refused: not_active}" in kept.read_text(encoding="utf-8")


def test_a_name_that_no_file_can_have_is_told(journey: Path) -> None:
    done = run(journey, ["clock +1 min", "write a\0b", "q", "a\0b", ""], "--step")

    assert done.stdout.count("'a\\x00b' is no name of a file") == 2
    assert done.exit_code == 3


def test_of_what_cannot_be_written_whole_nothing_is_left(tmp_path: Path) -> None:
    file = tmp_path / "kept.yaml"
    text = "# \ud800\n"  # cannot be written, as on a disk that is full

    with pytest.raises(CannotWrite):
        keep("x" * 100_000 + text, file, {})

    assert not file.exists()


def test_bytes_that_are_no_text_are_told_and_the_play_goes_on(journey: Path) -> None:
    strict = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8:strict"}

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-P", "-m", "hubsim", "run", "--virtual", "--step", str(journey)],
        input=b"\xff\xfe\nquit\n",
        env=strict,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert r"'\\xff\\xfe' is no word here" in done.stdout.decode()
    assert done.returncode == 3


def test_a_line_that_is_far_too_long_is_refused_and_the_next_one_is_heard(journey: Path) -> None:
    done = run(journey, ["clock " + "9" * 200_000, "steps", "q"], "--step")

    assert f"the line has more than {MAX_LINE_CHARS} characters" in done.stdout
    assert len(halts(done)) == 3
    assert halts(done)[-2:] == ["hubsim 1/3> steps", "hubsim 1/3> q"]


def test_in_the_live_world_it_is_the_same(journey: Path) -> None:
    arguments = ["run", "--break-on", "3", str(journey)]

    done = CliRunner().invoke(
        main, arguments, input="bench villa remove_sim slot: 1\nlook\nc\n", catch_exceptions=False
    )

    assert "  card     SIM 1 missing" in done.stdout
    assert "step 3 did not hold" in done.stdout
    assert done.exit_code == 1


def test_reports_tell_what_was_done_by_hand_and_do_not_count_it(journey: Path, tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "page.html"
    options = ["--break-on", "3", "--json", str(results), "--html", str(page)]

    done = run(journey, ["bench villa set_lid open: on", "c"], *options)

    (play,) = json.loads(results.read_bytes())["plays"]
    assert [step["by_hand"] for step in play["steps"]] == [False, False, True, False]
    assert play["steps"][2]["step"] == "{bench: villa, do: set_lid, open: on}"
    assert play["steps"][2]["file"] == ""
    assert "PASS  3 of 3 steps held" in done.stdout
    assert "by hand" in page.read_text(encoding="utf-8")
