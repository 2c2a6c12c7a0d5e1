"""The output and the exit codes of `hubsim trace`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from recorded_plays import SHORT, Traces, changed

from hubsim import main
from hubsim_scenarios.cli.trace import command


@pytest.fixture
def traces(tmp_path: Path) -> Traces:
    return Traces(tmp_path)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)


# ------------------------------------------------------------------ show


def test_show_prints_one_line_per_event_with_names(traces: Traces) -> None:
    done = run("show", traces.file(traces.lines()))

    assert done.exit_code == 0
    assert "A hub is activated\nvirtual world, broker embedded; seed 1; hubsim " in done.stdout
    assert "\nJanuary 2026\n" in done.stdout
    assert "  15 09:00:00  olga        act activate\n" in done.stdout
    assert "cloud       fact service_activated by=olga " in done.stdout
    assert "hub=villa company=wolf reseller=northwatch" in done.stdout
    assert "15 09:00:00  cloud       published hubs/villa/desired {" in done.stdout
    assert "PASS  17 09:00:00, 5 steps passed" in done.stdout


def test_show_selects_the_events_of_a_hub_and_its_card(traces: Traces) -> None:
    done = run("show", "--hub", "villa", "--event", "published", traces.file(traces.lines()))

    assert "carrier/orders/card" in done.stdout
    assert "hubs/villa/reported" in done.stdout
    assert "hubs/shed/" not in done.stdout


def test_show_selects_a_kind_of_message_and_prints_it_completely(traces: Traces) -> None:
    file = traces.file(traces.lines())

    short = run("show", "--hub", "villa", "--event", "reported", file).stdout
    full = run("show", "--hub", "villa", "--event", "reported", "--full", file).stdout

    assert "hubs/villa/reported" in short
    assert "desired" not in short
    assert '"battery_percent"' not in short
    assert '"battery_percent":100' in full


def test_show_names_characters_that_change_the_direction_of_text(traces: Traces) -> None:
    text = traces.lines().decode()
    lines = text.replace('"payload":"', '"payload":"\u202eevil', 1).encode()

    full = run("show", "--full", traces.file(lines)).stdout

    assert "U+202Eevil" in full
    assert "\u202e" not in full


def test_show_selects_a_fact_and_a_period(traces: Traces) -> None:
    file = traces.file(traces.lines())

    assert "service_activated" in run("show", "--event", "service_activated", file).stdout
    late = run("show", "--since", "+1 d", "--until", "2026-01-17 09:00", file).stdout
    assert "set_lid" in late
    assert "service_activated" not in late


def test_show_prints_the_lines_of_the_file_with_json(traces: Traces) -> None:
    done = run("show", "--json", "--event", "act", traces.file(traces.lines()))

    assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == [
        "play_began",
        "act",
        "act",
        "play_ended",
    ]


@pytest.mark.parametrize(
    ("option", "word", "message"),
    [
        ("--hub", "vila", "this play has no hub 'vila'; did you mean 'villa'?"),
        ("--event", "None", "this play has no event, fact or message 'None'"),
        ("--event", "fakt", "this play has no event, fact or message 'fakt'; did you mean 'fact'?"),
        ("--since", "3 d", "did you mean '+3 d'?"),
    ],
)
def test_an_unknown_filter_value_is_reported_with_a_suggestion(
    traces: Traces, option: str, word: str, message: str
) -> None:
    done = run("show", option, word, traces.file(traces.lines()))

    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize("name", ["show", "replay"])
def test_a_file_that_is_not_a_trace_is_bad_input(traces: Traces, name: str) -> None:
    assert run(name, traces.file(b"")).exit_code == 2
    done = run(name, traces.file(b"hello\n"))

    assert done.exit_code == 2
    assert "trace.jsonl:1: this line is not JSON" in done.stderr
    assert run(name, traces.folder / "nowhere").exit_code == 2


# ------------------------------------------------------------------ diff


def test_diff_of_equal_runs_counts_the_plays(traces: Traces) -> None:
    file = traces.file(traces.lines() + traces.lines(seed=2))

    done = run("diff", file, file)

    assert done.exit_code == 0
    assert done.stdout.startswith("same: 2 plays, ")


def test_diff_names_the_first_difference_of_each_play(traces: Traces) -> None:
    lines = traces.lines()
    first = traces.file(lines + lines, "a.jsonl")
    second = traces.file(lines + changed(lines, "bench", do="set_mains"), "b.jsonl")

    done = run("diff", first, second)

    assert done.exit_code == 1
    assert (
        'do: "set_lid" in A, "set_mains" in B' not in done.stdout
    )  # two different actions, not one action with a difference
    assert "  A  17 09:00:00  villa       bench set_lid  [line " in done.stdout
    assert done.stdout.endswith("different: 1 of 2 plays\n")


def test_diff_reports_which_file_lacks_a_play(traces: Traces) -> None:
    first, second = traces.file(traces.lines() * 2, "a.jsonl"), traces.file(traces.lines(), "b.jsonl")

    done = run("diff", first, second)

    assert done.exit_code == 1
    file = traces.folder / "short.yaml"
    assert f"A hub is activated ({file}, seed 1): not in {second}" in done.stdout


# ------------------------------------------------------------------ replay


def test_replay_of_an_unchanged_scenario_has_no_difference(traces: Traces) -> None:
    done = run("replay", traces.file(traces.lines(seed=3)))

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("same: 1 play, ")


def test_replay_finds_the_difference_of_a_changed_scenario(traces: Traces) -> None:
    file = traces.file(traces.lines())
    traces.scenario(SHORT.replace("+2 d", "+3 d"))

    done = run("replay", file)

    assert done.exit_code == 1
    assert "short.yaml has changed since the trace was written" in done.stderr
    assert "the runs differ" in done.stdout


def test_replay_reports_a_changed_fragment(tmp_path: Path) -> None:
    (tmp_path / "fragments").mkdir()
    fragment, file, trace = (tmp_path / name for name in ("fragments/hub.yaml", "short.yaml", "trace.jsonl"))
    fragment.write_text("fragment: A hub\nworld:\n  hubs: {villa: {model: hub-2}}\n", encoding="utf-8")
    file.write_text(
        "scenario: It is dark\nclock: 2026-01-15 09:00 UTC\nbegin: hub\n"
        "steps:\n  - {expect: villa, powered: on}\n",
        encoding="utf-8",
    )
    CliRunner().invoke(main, ["run", "--virtual", "--trace", str(trace), str(file)])
    before = run("replay", trace)

    fragment.write_text(fragment.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    done = run("replay", trace)

    assert (before.stderr, before.exit_code) == ("", 0)
    assert f"{file} has changed since the trace was written" in done.stderr
    assert done.exit_code == 0


def test_replay_without_the_scenario_is_bad_input(traces: Traces) -> None:
    file = traces.file(traces.lines())
    traces.scenario().unlink()

    done = run("replay", file)

    assert done.exit_code == 2
    assert "trace.jsonl:1: cannot be replayed: " in done.stderr
