"""Manual steps at a halt: how they are recorded, saved as a scenario, and shown in reports."""

import json
from pathlib import Path

from prompt_runs import printed_after, run
from small_journey import BEGINS, DEALER, JOURNEY

ROOT = Path(__file__).parents[2]
LAST = "{expect: villa, tile: activated, led: white, within: 15 min}"


def test_manual_steps_can_be_bench_actions_actions_of_people_and_clock_moves(journey: Path) -> None:
    typed = ["bench villa set_lid open: on", "as ivan objects", "clock +1 h", "look", "c"]

    done = run(journey, typed, "--break-on", "3")

    assert any("lid open" in line for line in printed_after(done, "look"))
    assert printed_after(done, "look")[0].startswith("2026-01-15 10:00:00.000")
    assert f"  3 manual steps (not in {journey})" in done.stdout


def test_a_refused_action_is_recorded_with_its_refusal(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"

    done = run(journey, ["as ivan activate hub: villa", f"write {file}", "q"], "--break-on", "3")

    assert printed_after(done, f"write {file}") == [f"wrote {file}: 4 steps, PASS in the virtual world"]
    assert "  - {as: ivan, do: activate, hub: villa, refused: already_active}\n" in file.read_text()


def test_a_failed_expectation_is_printed_and_only_its_time_is_recorded(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    typed = ["expect villa led: red, within: 5 min", f"write {file}", "q"]

    done = run(journey, typed, "--break-on", "3")

    assert printed_after(done, typed[0])[:8] == [
        "  failed, and is not recorded:",
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


def test_a_step_that_cannot_be_done_is_printed_and_not_recorded(journey: Path) -> None:
    done = run(journey, ["clock 2020-01-01 09:00", "c"], "--break-on", "3")

    assert printed_after(done, "clock 2020-01-01 09:00")[0].startswith("  cannot be done: ")
    assert "manual step" not in done.stdout


def test_the_state_of_a_hub_can_be_recorded_as_an_expectation(journey: Path, tmp_path: Path) -> None:
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


def test_saving_is_offered_at_the_end(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    existing = tmp_path / "journey.yaml"

    done = run(journey, ["clock +1 h", "c", str(existing), str(file)], "--break-on", "3")

    assert f"{existing} already exists: give another name" in done.stdout
    assert existing.read_text(encoding="utf-8") == JOURNEY
    assert f"wrote {file}: 4 steps, PASS in the virtual world" in done.stdout


def test_saving_is_not_offered_again_after_write(journey: Path, tmp_path: Path) -> None:
    done = run(journey, ["clock +1 h", f"write {tmp_path / 'mine.yaml'}", "c"], "--break-on", "3")

    assert done.exit_code == 0
    assert "write the session" not in done.stdout


def test_a_failed_step_is_not_saved(journey: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    journey.write_text(JOURNEY.replace("led: white", "led: red"), encoding="utf-8")

    done = run(journey, ["clock +1 h", f"write {file}", ""], "--break-on", "fail")

    assert f"wrote {file}: 4 steps, PASS in the virtual world" in done.stdout
    assert "led: red" not in file.read_text(encoding="utf-8")


def test_an_action_with_an_unexpected_refusal_is_printed_and_not_recorded(journey: Path) -> None:
    typed = "as ivan stop_now hub: villa, refused: not_permitted"

    done = run(journey, [typed, "c"], "--break-on", "2")

    assert "expected the refusal 'not_permitted', saw 'not_active'" in " ".join(printed_after(done, typed))
    assert "manual step" not in done.stdout


def test_saving_is_not_offered_without_manual_steps(journey: Path) -> None:
    done = run(journey, ["c"], "--break-on", "3")

    assert "write the session" not in done.stdout


def test_a_scenario_that_begins_with_a_fragment_is_saved_with_it(tmp_path: Path) -> None:
    (tmp_path / "fragments").mkdir()
    (tmp_path / "fragments" / "a-dealer.yaml").write_text(DEALER, encoding="utf-8")
    file, mine = tmp_path / "begins.yaml", tmp_path / "mine.yaml"
    file.write_text(BEGINS, encoding="utf-8")

    done = run(file, ["clock +1 h", f"write {mine}", "c"], "--break-on", "3")

    assert f"wrote {mine}: 4 steps, PASS in the virtual world" in done.stdout
    assert "begin: a-dealer" in mine.read_text(encoding="utf-8")


def test_traces_and_reports_do_not_contain_steps_after_the_verdict(journey: Path, tmp_path: Path) -> None:
    journey.write_text(JOURNEY.replace("led: white", "led: red"), encoding="utf-8")
    plain, stepped, results = tmp_path / "plain.jsonl", tmp_path / "stepped.jsonl", tmp_path / "results.json"
    run(journey, [], "--trace", str(plain))

    typed = ["bench villa power_off", "clock +1 h", "", ""]
    run(journey, typed, "--break-on", "fail", "--trace", str(stepped), "--json", str(results))

    assert stepped.read_bytes() == plain.read_bytes()
    (play,) = json.loads(results.read_bytes())["plays"]
    assert [step["by_hand"] for step in play["steps"]] == [False, False]


def test_a_manual_step_can_define_a_name_for_later_steps(journey: Path) -> None:
    typed = [
        "as ivan create_object name: Barn, called: barn",
        "as ivan add_hub object: barn, hub: villa, model: hub-2-plus",
        "c",
    ]

    done = run(journey, typed, "--break-on", "3")

    assert "2 manual steps" in done.stdout


def test_reports_show_manual_steps_and_do_not_count_them(journey: Path, tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "page.html"
    options = ["--break-on", "3", "--json", str(results), "--html", str(page)]

    done = run(journey, ["bench villa set_lid open: on", "c"], *options)

    (play,) = json.loads(results.read_bytes())["plays"]
    assert [step["by_hand"] for step in play["steps"]] == [False, False, True, False]
    assert play["steps"][2]["step"] == "{bench: villa, do: set_lid, open: on}"
    assert play["steps"][2]["file"] == ""
    assert "PASS  3 of 3 steps passed" in done.stdout
    assert '"by_hand":true' in page.read_text(encoding="utf-8")
