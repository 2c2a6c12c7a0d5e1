"""`hubsim run` with steps at the same time: orders, their output, and the command that repeats one."""

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small_scenarios import HOLDS

from hubsim import main

STEPS = """\
steps:
  - together:
      - {as: ivan, do: activate, hub: villa, may_be_refused: already_active}
      - {as: olga, do: activate, hub: villa, may_be_refused: already_active}
    succeed: 1
"""
WHO_WINS = HOLDS[: HOLDS.index("steps:")] + STEPS + "  - {expect: villa, tile: activated, within: 1 min}\n"
ONE_ORDER_FAILS = WHO_WINS.replace(
    "do: activate, hub: villa, may_be_refused: already_active}",
    "do: stop_now, hub: villa, may_be_refused: not_active}",
    1,
).replace("    succeed: 1\n", "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wins.yaml").write_text(WHO_WINS, encoding="utf-8")
    (tmp_path / "fails.yaml").write_text(ONE_ORDER_FAILS, encoding="utf-8")
    return tmp_path


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["run", *arguments], input=typed, catch_exceptions=False)


@pytest.mark.usefixtures("folder")
def test_a_single_scenario_is_printed_with_a_line_for_each_order() -> None:
    done = run("--virtual", "wins.yaml")

    assert done.exit_code == 0
    assert "olga activate: refused (already_active) - " in done.stdout
    assert done.stdout.splitlines()[-3:] == [
        "PASS     order 1-2  ivan activate: done; olga activate: refused (already_active)",
        "PASS     order 2-1  ivan activate: refused (already_active); olga activate: done",
        "2 passed",
    ]


@pytest.mark.usefixtures("folder")
def test_several_scenarios_get_one_line_with_the_number_of_orders() -> None:
    done = run("--virtual", "--repeat", "3", "wins.yaml", "fails.yaml")

    heads = [line for line in done.stdout.splitlines() if line.startswith(("PASS", "FAIL"))]
    assert done.exit_code == 1
    passed = "passed in 3 of 6 plays: 2 orders, 3 seeds; not in order 2-1"
    assert heads == [
        "PASS     wins.yaml  A hub with a cable is green  (2 orders, each with 3 seeds)",
        f"FAIL     fails.yaml  A hub with a cable is green [order 2-1]  ({passed})",
    ]
    assert done.stdout.splitlines()[-1] == "9 passed, 3 failed"


@pytest.mark.usefixtures("folder")
def test_the_command_that_repeats_a_failure_plays_exactly_its_order() -> None:
    first = run("--virtual", "fails.yaml")
    again = next(line for line in first.stdout.splitlines() if "rerun: " in line).partition("rerun: ")[2]

    second = run(*shlex.split(again)[2:])

    assert again == "hubsim run --virtual --seed 1 --case order=2-1 fails.yaml"
    assert second.exit_code == 1
    assert "A hub with a cable is green [order 2-1]" in second.stdout
    assert "at the same time: ivan stop now: done; olga activate: done" in second.stdout
    assert "order 1-2" not in second.stdout


@pytest.mark.usefixtures("folder")
def test_fail_fast_ends_at_the_first_order_that_fails() -> None:
    done = run("--virtual", "--fail-fast", "fails.yaml")

    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed"


@pytest.mark.parametrize("case", ["order=1-2-3", "order=3-1"])
@pytest.mark.usefixtures("folder")
def test_an_unknown_order_is_refused(case: str) -> None:
    done = run("--virtual", "--case", case, "wins.yaml")

    assert done.exit_code == 2
    assert f"no matrix or table has the case '{case}'" in done.stderr


@pytest.mark.usefixtures("folder")
def test_an_order_of_a_live_run_is_refused_with_the_reason() -> None:
    done = run("--live", "--case", "order=2-1", "wins.yaml")

    assert done.exit_code == 2
    assert "only 'together' steps in the virtual world have orders" in done.stderr


@pytest.mark.usefixtures("folder")
def test_the_debugger_plays_the_order_of_the_file_or_the_selected_one() -> None:
    first = run("--virtual", "--step", "wins.yaml", typed="c\n")
    chosen = run("--virtual", "--step", "--case", "order=2-1", "wins.yaml", typed="c\n")

    assert "(in the order 1-2)" in first.stdout
    assert "[order 2-1]" not in first.stdout
    assert "(in the order 2-1)" in chosen.stdout


@pytest.mark.usefixtures("folder")
def test_break_on_fail_plays_every_order_and_halts_where_one_fails() -> None:
    done = run("--virtual", "--break-on", "fail", "fails.yaml", typed="\n")

    assert done.stdout.count("step 2 failed; Enter ends the play") == 1
    assert "[order 2-1]" in done.stdout


def test_a_trace_of_an_order_is_replayed_in_that_order(folder: Path) -> None:
    trace = folder / "run.jsonl"
    run("--virtual", "--trace", str(trace), "wins.yaml")
    heads = [
        json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines() if '"sha256"' in line
    ]

    done = CliRunner().invoke(main, ["trace", "replay", str(trace)], catch_exceptions=False)

    assert [head["case"] for head in heads] == [{"order": "1-2"}, {"order": "2-1"}]
    assert done.exit_code == 0, done.output


def test_reports_have_each_order_and_the_outcome_of_each_member(folder: Path) -> None:
    run("--virtual", "--json", "r.json", "--junit", "r.xml", "--html", "r.html", "wins.yaml")

    plays = json.loads((folder / "r.json").read_text(encoding="utf-8"))["plays"]
    assert [play["case"] for play in plays] == [{"order": "1-2"}, {"order": "2-1"}]
    assert [[member["refused"] for member in play["steps"][0]["members"]] for play in plays] == [
        [None, "already_active"],
        ["already_active", None],
    ]
    assert 'name="A hub with a cable is green [order 2-1]"' in (folder / "r.xml").read_text(encoding="utf-8")
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert "ivan activate: refused (already_active); olga activate: done" in page


def test_a_member_that_is_never_refused_gets_a_note(folder: Path) -> None:
    text = WHO_WINS.replace("do: activate, hub: villa", "do: activate, hub: villa", 1).replace(
        "olga, do: activate, hub: villa, may_be_refused: already_active",
        "olga, sees: hub_information, hub: villa, may_be_refused: not_permitted",
    )
    (folder / "weak.yaml").write_text(text.replace("    succeed: 1\n", ""), encoding="utf-8")

    done = run("--virtual", "weak.yaml")

    notes = [line for line in done.stdout.splitlines() if line.startswith("note: ")]
    assert notes == [
        "note: weak.yaml:13: ivan activate is never refused: remove 'may_be_refused'",
        "note: weak.yaml:14: olga looks at hub information is never refused: remove 'may_be_refused'",
    ]


def test_a_formatted_file_keeps_the_members_and_their_keys_are_in_order(folder: Path) -> None:
    file = folder / "wins.yaml"
    file.write_text(
        WHO_WINS.replace(
            "{as: ivan, do: activate, hub: villa, may_be_refused: already_active}",
            "{may_be_refused: already_active, hub: villa, do: activate, as: ivan}  # first",
        ),
        encoding="utf-8",
    )

    CliRunner().invoke(main, ["fmt", str(file)], catch_exceptions=False)

    assert (
        "      - {as: ivan, do: activate, hub: villa, may_be_refused: already_active}  # first\n"
        "      - {as: olga, do: activate, hub: villa, may_be_refused: already_active}\n"
        "    succeed: 1\n"
    ) in file.read_text(encoding="utf-8")
