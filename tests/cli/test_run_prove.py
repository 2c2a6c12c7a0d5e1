"""`hubsim run --prove`: its output, its exit codes, and the options that it refuses."""

import json
import subprocess
import sys

import jsonschema_rs
import pytest
from scenario_folder import BLOCKED, FAILING, GOOD, Folder

from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict
from hubsim_scenarios.proving.mutants import MUTANTS
from hubsim_scenarios.proving.proof_record import proof_schema

STRONG = """\
scenario: A person without a company has a personal account
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  people: [olga]
steps:
  - {as: olga, sees: accounts, shows: {accounts: [{account: null, name: Olga}]}}
  - {order: [{event: published, who: cloud, message: {online: on}}]}
"""
"""A scenario that notices the only mutants with an occasion."""


def test_one_file_is_reported_by_the_steps_that_notice(folder: Folder, good: str) -> None:
    done = folder.run("--prove", good)

    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "A hub with a cable is green",
        f"virtual world; seed 1; {good}",
        f"PASS without a mutant; {len(MUTANTS)} mutants of the world",
    ]
    noticed = lines.index("noticed by")
    assert lines[noticed + 1].startswith("  line 12  stop now (hub villa)")
    assert lines[noticed + 2] == "      unrefused_not_active"
    unnoticed = lines.index("NOT noticed")
    assert noticed < unnoticed
    assert "  add after line 13: {expect: villa, shows: {star: on}}" in lines[unnoticed:]
    assert "      star_missing: The hub never shows the star. (A7) star is off instead of on." in lines
    assert lines[-1].endswith(f"without an occasion ({len(MUTANTS)} mutants)")
    assert done.exit_code == EXITS[Verdict.FAIL]


def test_the_same_file_gives_the_same_report(folder: Folder, good: str) -> None:
    assert folder.run("--prove", good).stdout == folder.run("--prove", good).stdout


def test_a_step_that_no_mutant_makes_fail_is_listed(folder: Folder) -> None:
    file = folder.file(
        "weak.yaml", GOOD.replace("{expect: villa, led: green}", "{expect: villa, sim_card: ok}")
    )

    lines = folder.run("--prove", file).stdout.splitlines()

    assert lines[lines.index("steps that no mutant makes fail") + 1] == "  line 15  villa: sim_card: ok"


def test_several_files_are_proved_together(folder: Folder, good: str) -> None:
    star = folder.file("star.yaml", GOOD.replace("{expect: villa, led: green}", "{expect: villa, star: on}"))

    done = folder.run("--prove", good, star)

    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"PROVED   {good}  A hub with a cable is green: ")
    assert lines[1].startswith(f"PROVED   {star}  ")
    assert not any("star_missing" in line for line in lines)  # the second file notices it
    assert any(line.startswith(f"  {good}: add ") for line in lines)


def test_a_file_without_checks_is_marked(folder: Folder, good: str) -> None:
    empty = folder.file("empty.yaml", GOOD[: GOOD.index("steps:")] + "steps:\n  - {clock: +1 min}\n")

    lines = folder.run("--prove", good, empty).stdout.splitlines()

    assert lines[1].startswith(f"NOTHING  {empty}  A hub with a cable is green: 0 noticed")


def test_exit_code_0_means_that_every_mutant_with_an_occasion_is_noticed(folder: Folder) -> None:
    done = folder.run("--prove", folder.file("strong.yaml", STRONG))

    assert "view_blank_accounts" in done.stdout
    assert "0 NOT noticed" in done.stdout
    assert done.exit_code == EXITS[Verdict.PASS]


@pytest.mark.parametrize(("text", "verdict"), [(FAILING, Verdict.FAIL), (BLOCKED, Verdict.BLOCKED)])
def test_a_scenario_that_does_not_pass_without_a_mutant_is_not_proved(
    folder: Folder, text: str, verdict: Verdict
) -> None:
    file = folder.file("bad.yaml", text)

    done = folder.run("--prove", file)

    assert done.stdout.startswith(f"{verdict.upper():8} {file}")
    assert f"rerun: hubsim run --virtual --seed 1 {file}" in done.stdout
    assert "noticed" not in done.stdout
    assert done.exit_code == EXITS[verdict]


def test_fail_fast_stops_at_a_scenario_that_fails_without_a_mutant(
    folder: Folder, failing: str, good: str
) -> None:
    done = folder.run("--prove", "--fail-fast", failing, good)

    assert "1 scenario not proved: without a mutant, a step fails" in done.stdout
    assert "1 scenario not played" in done.stdout
    assert "PROVED" not in done.stdout


def test_the_json_follows_its_schema_and_names_every_mutant(folder: Folder, good: str) -> None:
    done = folder.run("--prove", "--json", "-", good)

    results = json.loads(done.stdout)
    jsonschema_rs.validate(json.loads(proof_schema()), results)
    assert [row["mutant"] for row in results["mutants"]] == [mutant.name for mutant in MUTANTS]
    (play,) = results["plays"]
    unseen = next(row for row in play["mutants"] if row["mutant"] == "star_missing")
    assert unseen["outcome"] == "unnoticed"
    assert unseen["differs"] == "star is off instead of on."
    assert unseen["suggestion"] == "{expect: villa, shows: {star: on}}"
    seen = next(row for row in play["mutants"] if row["mutant"] == "unrefused_not_active")
    assert [step["line"] for step in seen["failed"]] == [12]


def test_the_json_can_be_written_to_a_file(folder: Folder, good: str) -> None:
    target = folder.path / "proof.json"

    folder.run("--prove", "--json", target, good)

    assert json.loads(target.read_bytes())["format"] == 1


@pytest.mark.process
def test_parallel_proofs_print_the_same(folder: Folder, good: str, failing: str) -> None:
    one = folder.run("--prove", good, failing)
    two = folder.run("--prove", "--jobs", "2", good, failing)

    assert two.stdout == one.stdout
    assert two.exit_code == one.exit_code == EXITS[Verdict.FAIL]


@pytest.mark.process
def test_modules_in_the_users_folder_do_not_hide_modules_of_the_program(folder: Folder) -> None:
    folder.file("strong.yaml", STRONG)
    folder.file("again.yaml", STRONG)
    for name in ("random.py", "socket.py"):
        (folder.path / name).write_text("raise SystemExit('hidden')\n", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-P", "-m", "hubsim", "run", "--prove", "--jobs", "2", "."],
        cwd=folder.path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.returncode == EXITS[Verdict.PASS]


def test_a_matrix_is_proved_case_by_case(folder: Folder) -> None:
    text = GOOD.replace("steps:\n", "matrix:\n  model: [hub-2, hub-2-plus]\nsteps:\n")
    file = folder.file("cases.yaml", text)

    both = folder.run("--prove", file).stdout.splitlines()
    one = folder.run("--prove", "--case", "model=hub-2", file).stdout.splitlines()

    assert sum(line.startswith("PROVED") for line in both) == 2
    assert one[0] == "A hub with a cable is green [model=hub-2]"


@pytest.mark.parametrize(
    "options",
    [
        ("--live",),
        ("--broker", "mosquitto"),
        ("--cloud", "http://localhost:1"),
        ("--repeat", "2"),
        ("--watch",),
        ("--twice",),
        ("--step",),
        ("--break-on", "fail"),
        ("--trace", "trace.jsonl"),
        ("--html", "report.html"),
        ("--junit", "junit.xml"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(
    folder: Folder, good: str, options: tuple[str, ...]
) -> None:
    done = folder.run("--prove", *options, good)

    assert done.exit_code == BAD_INPUT_EXIT
    assert f"--prove cannot be combined with {options[0]}: it plays each scenario" in done.stderr


def test_virtual_may_be_given(folder: Folder) -> None:
    file = folder.file("strong.yaml", STRONG)

    assert "noticed by" in folder.run("--prove", "--virtual", file).stdout
