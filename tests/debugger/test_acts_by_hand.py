"""Acts by hand at a halt: what is taken down of them, written as a scenario, and told in reports."""

import json
from pathlib import Path

from prompted import behind, run
from small_journey import BEGINS, DEALER, JOURNEY

ROOT = Path(__file__).parents[2]
LAST = "{expect: villa, tile: activated, led: white, within: 15 min}"


def test_hands_and_people_and_the_clock_can_be_moved_by_hand(journey: Path) -> None:
    typed = ["bench villa set_lid open: on", "as ivan objects", "clock +1 h", "look", "c"]

    done = run(journey, typed, "--break-on", "3")

    assert any("lid open" in line for line in behind(done, "look"))
    assert behind(done, "look")[0].startswith("2026-01-15 10:00:00.000")
    assert f"  3 manual steps (not in {journey})" in done.stdout


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
    assert "manual step" not in done.stdout


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
    assert "manual step" not in done.stdout


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

    assert "2 manual steps" in done.stdout


def test_reports_tell_what_was_done_by_hand_and_do_not_count_it(journey: Path, tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "page.html"
    options = ["--break-on", "3", "--json", str(results), "--html", str(page)]

    done = run(journey, ["bench villa set_lid open: on", "c"], *options)

    (play,) = json.loads(results.read_bytes())["plays"]
    assert [step["by_hand"] for step in play["steps"]] == [False, False, True, False]
    assert play["steps"][2]["step"] == "{bench: villa, do: set_lid, open: on}"
    assert play["steps"][2]["file"] == ""
    assert "PASS  3 of 3 steps passed" in done.stdout
    assert '"by_hand":true' in page.read_text(encoding="utf-8")
