"""`hubsim run`: its output, its reports, and its exit codes."""

import json
import re
import shlex
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner
from scenario_folder import BLOCKED, FAILING, GOOD, Folder

from hubsim import main
from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.reports.results import results_schema

# ------------------------------------------------------------------ plays


def test_one_file_is_printed_step_by_step(folder: Folder, good: str) -> None:
    done = folder.run("--virtual", good)

    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "A hub with a cable is green",
        "The shortest there is.",
        f"virtual world; seed 1; {good}",
    ]
    assert "January 2026" in lines
    assert re.search(r"15 09:00:00 +ivan +stop now \(hub villa\)\n +refused: not_active - ", done.stdout)
    assert re.search(r"15 09:00:00 +ivan +activate \(hub villa\)\n +screen: device list", done.stdout)
    assert re.search(r"villa +app: \[Activated\] star, online", done.stdout)
    assert re.search(r"PASS +4 of 4 steps passed, 1 expected refusal; \d", lines[-1])
    assert done.stderr == ""


def test_the_output_begins_with_the_initial_state_of_the_hubs(folder: Folder, good: str) -> None:
    done = folder.run("--virtual", good)

    lines = done.stdout.splitlines()
    begins = next(place for place, line in enumerate(lines) if line.endswith("Initial state"))
    assert re.match(r" +villa +app: \[Activation required\] no star, online", lines[begins + 1])
    assert re.match(r"  15 09:00:00  ivan ", lines[begins + 4])


def test_a_note_is_printed_after_the_description_of_its_step(folder: Folder) -> None:
    noted = GOOD.replace("screen: device_list}", "screen: device_list, note: Ivan activates}")

    printed = folder.run("--virtual", folder.file("noted.yaml", noted)).stdout

    assert "ivan   activate (hub villa)  # Ivan activates\n" in printed


def test_checks_without_a_note_are_printed_as_they_are_written_in_the_file(folder: Folder) -> None:
    steps = """\
  - {bench: villa, do: set_lid, open: yes}
  - {expect: villa, within: 1 min, shows: {lid_open: on}, carrier: {profile: inactive}}
  - expect: villa
    shows: {led: green}
  - {never: villa, for: 1 s, led: red}
  - {order: [{event: bench, do: set_lid}, {event: published, who: '@villa'}]}
"""
    file = folder.file("checks.yaml", GOOD[: GOOD.index("  - {as: ivan")] + steps)

    printed = folder.run("--virtual", file).stdout

    assert "set lid at villa (open on)\n" in printed
    assert "villa within 1 min: shows: {lid_open: on}, carrier: {profile: inactive}\n" in printed
    assert "villa: shows: {led: 'green'}\n" in printed
    assert "never for 1 s: villa: led: red\n" in printed
    assert (
        "in this order: {event: 'bench', do: 'set_lid'}, then {event: 'published', who: the id of villa}\n"
        in printed
    )


def test_several_files_get_a_line_each_and_totals(folder: Folder, good: str, failing: str) -> None:
    done = folder.run("--virtual", good, failing)

    lines = done.stdout.splitlines()
    assert lines[0] == f"PASS     {good}  A hub with a cable is green"
    assert lines[1].startswith(f"FAIL     {failing}  ")
    assert lines[-1] == "1 passed, 1 failed"


def test_a_folder_stands_for_its_scenario_files_in_order_and_each_once(folder: Folder) -> None:
    folder.file("b.yaml", GOOD)
    folder.file("deep/a.yml", GOOD)
    first = folder.file("a.yaml", GOOD)
    folder.file("notes.txt", "no scenario")

    done = folder.run("--virtual", folder.path, first)

    names = [Path(line.split()[1]).name for line in done.stdout.splitlines()[:-1]]
    assert names == ["a.yaml", "b.yaml", "a.yml"]
    assert done.stdout.endswith("\n3 passed\n")


@pytest.mark.live
def test_the_live_world_is_the_default(folder: Folder, good: str) -> None:
    done = folder.run(good)

    assert done.exit_code == 0
    assert "live world: embedded broker on loopback, cloud in SQLite" in done.stdout
    assert "PASS  4 of 4 steps passed" in done.stdout


# ------------------------------------------------------------------ other verdicts


def test_a_failure_is_explained_with_step_values_time_hub_events_and_command(
    folder: Folder, failing: str
) -> None:
    done = folder.run("--virtual", "--seed", "7", failing)

    assert done.exit_code == 1
    assert "FAIL  3 of 4 steps passed" in done.stdout
    tail = done.stdout[done.stdout.index("FAIL") :].splitlines()
    assert tail[1] == f"  {failing}:15:5: {{expect: villa, led: red}}"
    assert tail[2:7] == [
        "  villa: shows.led",
        "    expected  'red'",
        "               ^^^",
        "    saw       'green'",
        "               ^^^^^",
    ]
    assert tail[7] == "    it did not become so until 2026-02-15 09:01 Europe/Warsaw, 31 d later"
    assert tail[8] == "  at 2026-01-15 09:01:00 Europe/Warsaw, world time"
    assert tail[9] == "  villa  app: [Activated] star, online; icons cellular_off battery_100 mains star"
    assert tail[10] == "         hub: LED green, ethernet; shows [Activated]"
    assert "  last events about villa:" in tail
    assert (
        tail[-4] == "    15 Jan 09:01:00 carrier published carrier/confirmations/villa/sim-1"
        " changed {stage: 'executed'}"
    )
    assert tail[-2] == f"  debug: hubsim run --break-on fail --virtual --seed 7 {failing}"
    assert tail[-1] == f"  rerun: hubsim run --virtual --seed 7 {failing}"


def test_a_failure_among_several_plays_is_explained_too(folder: Folder, good: str, failing: str) -> None:
    done = folder.run("--virtual", good, failing)

    assert done.exit_code == 1
    assert "    expected  'red'\n" in done.stdout
    assert f"rerun: hubsim run --virtual --seed 1 {failing}" in done.stdout


def test_a_scenario_that_cannot_be_played_is_blocked(folder: Folder) -> None:
    done = folder.run("--virtual", folder.file("blocked.yaml", BLOCKED))

    assert done.exit_code == 3
    assert "BLOCKED  2 of 4 steps passed" in done.stdout
    assert "blocked.yaml:14:5: {fault: replay, " in done.stdout
    assert "only 3 different messages were published so far" in done.stdout


def test_a_failure_has_precedence_over_a_blocked_play(folder: Folder, failing: str) -> None:
    blocked = folder.file("blocked.yaml", BLOCKED)

    assert folder.run("--virtual", blocked, failing).exit_code == 1


def test_a_scenario_that_stops_a_shared_broker_is_skipped(folder: Folder) -> None:
    restart = GOOD.replace("{clock: +1 min}", "{fault: restart_process, process: broker}")

    done = folder.run("--broker", "mqtt://127.0.0.1:1", folder.file("restart.yaml", restart))

    assert done.exit_code == 4
    assert "SKIPPED  0 of 4 steps passed" in done.stdout
    assert "line 14 stops the broker" in done.stdout


# ------------------------------------------------------------------ for programs


def test_json_on_standard_output_is_the_only_output(folder: Folder, good: str, failing: str) -> None:
    done = folder.run("--virtual", "--json", "-", good, failing)

    report = json.loads(done.stdout)
    assert done.exit_code == 1
    jsonschema_rs.validator_for(json.loads(results_schema())).validate(report)
    assert report["counts"] == {"pass": 1, "fail": 1, "blocked": 0, "skipped": 0}
    assert [play["file"] for play in report["plays"]] == [good, failing]
    assert report["plays"][1]["failed"]["line"] == 15
    assert done.stderr == ""


def test_json_of_a_single_play_is_the_only_output(folder: Folder, good: str) -> None:
    done = folder.run("--virtual", "--json", "-", good)

    (play,) = json.loads(done.stdout)["plays"]
    assert play["steps"][-1]["hubs"]["villa"]["app"]["tile"] == "activated"


def test_with_json_in_a_file_the_steps_are_printed(folder: Folder, good: str) -> None:
    file = folder.path / "results.json"

    done = folder.run("--virtual", "--json", file, good)

    (play,) = json.loads(file.read_bytes())["plays"]
    assert done.stdout.startswith(f"{play['scenario']}\n")


def test_the_trace_is_written_as_json_lines(folder: Folder, good: str) -> None:
    trace = folder.path / "trace.jsonl"

    done = folder.run("--virtual", "--trace", trace, good)

    events = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    assert done.exit_code == 0
    assert {"published", "fact", "act"} <= {event["event"] for event in events}
    assert (events[0]["event"], events[-1]["event"]) == ("play_began", "play_ended")
    assert all({"at_ms", "event", "who"} <= event.keys() for event in events[1:-1])


def test_a_trace_that_cannot_be_written_is_bad_input_before_anything_is_played(
    folder: Folder, good: str
) -> None:
    done = folder.run("--virtual", "--trace", folder.path / "nowhere" / "trace.jsonl", good)

    assert done.exit_code == 2
    assert "nowhere" in done.stderr
    assert "PASS" not in done.stdout


@pytest.mark.process
def test_twice_compares_two_processes_byte_for_byte(folder: Folder, good: str) -> None:
    done = folder.run("--virtual", "--twice", good)

    assert done.exit_code == 0
    assert re.fullmatch(
        r"the traces are equal byte for byte: 1 scenario, \d+ lines, \d+ bytes, seed 1, "
        r"PYTHONHASHSEED 1 and 2\n",
        done.stdout,
    )


@pytest.mark.process
def test_twice_writes_the_common_trace(folder: Folder, good: str) -> None:
    once, both = folder.path / "once.jsonl", folder.path / "both.jsonl"

    folder.run("--virtual", "--trace", once, good)
    folder.run("--virtual", "--twice", "--trace", both, good)

    assert both.read_bytes() == once.read_bytes() != b""


@pytest.mark.process
def test_twice_prints_the_failure_of_a_scenario(
    folder: Folder, failing: str, capfd: pytest.CaptureFixture[str]
) -> None:
    done = folder.run("--virtual", "--twice", failing)

    assert done.exit_code == 1
    assert "    expected  'red'\n" in done.stdout
    assert capfd.readouterr().err == ""


def test_the_command_to_repeat_a_play_is_quoted_for_the_shell(folder: Folder) -> None:
    file = folder.file("it's a test.yaml", FAILING)

    done = folder.run("--virtual", file)

    again = done.stdout.splitlines()[-1].removeprefix("  rerun: ")
    assert shlex.split(again) == ["hubsim", "run", "--virtual", "--seed", "1", file]


@pytest.mark.mosquitto
def test_the_command_to_repeat_a_play_names_its_broker(folder: Folder, failing: str) -> None:
    done = folder.run("--broker", "mosquitto", failing)

    assert done.exit_code == 1
    assert f"rerun: hubsim run --live --broker mosquitto --seed 1 {failing}" in done.stdout


def test_the_output_of_the_first_scenario_of_the_catalog_has_no_internal_names(
    folder: Folder,
) -> None:
    done = folder.run("--virtual", CATALOG / "001-first-login-to-stop-now.yaml")

    assert done.exit_code == 0
    assert "<" not in done.stdout
    assert "Struct" not in done.stdout


def test_the_help_has_every_option_under_a_heading() -> None:
    printed = CliRunner().invoke(main, ["run", "--help"]).stdout

    headings = re.findall(r"^(\S.*):$", printed, re.MULTILINE)
    assert headings == [
        "World",
        "Real hubs",
        "Selection",
        "Execution",
        "Reports",
        "Debugging",
        "Console",
        "Other",
    ]
    assert re.findall("--[a-z-]+", printed.partition("Other:")[2]) == ["--help"]
