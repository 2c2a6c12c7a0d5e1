"""`hubsim`, `hubsim guide`, `hubsim docs`: help, coverage of the guide, and generated pages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubsim import COMMANDS, main
from hubsim_scenarios.pages.pages import pages
from hubsim_scenarios.product.files import CATALOG
from hubsim_scenarios.product.guide import CLAUSES
from hubsim_scenarios.reports import coverage

ROOT = Path(__file__).parents[2]
FIRST = CATALOG / "001-first-login-to-stop-now.yaml"
HEAVY = ("amqtt", "aiomqtt", "aiosqlite", "yaml", "cloud", "simulator", "scenarios", "importlib.metadata")
"""Modules that no command may import before it is called."""
LIVE_ONLY = (
    *("amqtt", "aiomqtt", "paho", "aiosqlite", "sqlite3", "httpx", "starlette", "fastapi", "uvicorn"),
    *("argon2", "cryptography", "prometheus_client", "structlog", "prompt_toolkit", "importlib.metadata"),
    *(
        "hubsim_cloud.service.service",
        "hubsim_cloud.http",
        "hubsim_scenarios.worlds.live",
        "hubsim_scenarios.worlds.remote",
    ),
    *("hubsim_scenarios.reports.html", "hubsim_scenarios.reports.junit", "xml"),
)
"""Modules that a virtual play without debugger and reports may not import."""


def hubsim(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


# ------------------------------------------------------------------ hubsim


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command_with_a_description(option: str) -> None:
    done = hubsim(option)

    assert done.exit_code == 0
    for name, (_, text) in COMMANDS.items():
        assert name in done.stdout
        assert text.split(",")[0] in " ".join(done.stdout.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_own_help(command: str) -> None:
    done = hubsim(command, "--help")

    assert done.exit_code == 0
    assert done.stdout.startswith("Usage: ")


def test_an_unknown_command_is_refused() -> None:
    done = hubsim("rum")

    assert done.exit_code == 2
    assert "No such command 'rum'. Did you mean 'run'?" in done.stderr


@pytest.mark.process
def test_help_imports_no_heavy_modules() -> None:
    program = (
        "import sys, hubsim\n"
        "try:\n    hubsim.main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stderr.strip() == "[]"


@pytest.mark.process
def test_a_virtual_play_imports_no_broker_no_database_no_client_and_no_prompt() -> None:
    program = (
        "import sys, hubsim\n"
        f"try:\n    hubsim.main(['run', '--virtual', {str(FIRST)!r}])\n"
        "except SystemExit:\n    pass\n"
        f"print([name for name in {LIVE_ONLY} if name in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "PASS" in done.stdout
    assert done.stderr.strip() == "[]"


def test_the_version_is_printed() -> None:
    done = hubsim("--version")

    assert done.exit_code == 0
    assert done.stdout.startswith("hubsim, version ")


# ------------------------------------------------------------------ guide


def test_the_catalog_covers_every_clause_of_the_guide_and_passes() -> None:
    done = hubsim("guide")

    assert done.exit_code == 0, done.stdout
    assert done.stdout.endswith(f"\n{len(CLAUSES)} of {len(CLAUSES)} clauses passed\n")
    assert "OPEN" not in done.stdout


def short(folder: Path, name: str, led: str) -> Path:
    """Write a scenario that covers C1, and passes if the LED of a hub with a cable has this colour."""
    file = folder / f"{name}.yaml"
    file.write_text(
        f"scenario: {name}\ncovers: [C1]\nclock: 2026-01-15 09:00 Europe/Warsaw\n"
        "world: {hubs: {villa: {model: hub-2, links: [ethernet]}}}\n"
        f"steps:\n  - {{expect: villa, led: {led}}}\n",
        encoding="utf-8",
    )
    return file


def test_clauses_are_passed_failed_or_open(tmp_path: Path) -> None:
    passing, failing = short(tmp_path, "passing", "green"), short(tmp_path, "failing", "red")

    passed, failed = hubsim("guide", passing), hubsim("guide", failing)

    assert (passed.exit_code, failed.exit_code) == (1, 1)
    assert "passed C1" in passed.stdout
    assert "OPEN   C2" in passed.stdout
    assert "no scenario covers this clause" in passed.stdout
    assert "FAILED C1" in failed.stdout
    open_clauses = len(CLAUSES) - 1
    assert passed.stdout.endswith(f"\n1 of {len(CLAUSES)} clauses passed, {open_clauses} not covered\n")


def test_a_clause_shows_passing_and_failing_scenarios(tmp_path: Path) -> None:
    passing, failing = short(tmp_path, "passing", "green"), short(tmp_path, "failing", "red")

    done = hubsim("guide", CATALOG, passing, failing)

    assert done.exit_code == 1
    assert "           pass    passing.yaml\n" in done.stdout
    assert "           fail    failing.yaml\n" in done.stdout
    assert f"\nFAILED {next(iter(CLAUSES))}  " in done.stdout
    assert (
        f"{len(CLAUSES) - 1} of {len(CLAUSES)} clauses passed, 1 with a play that did not pass\n"
        in done.stdout
    )


def test_the_coverage_can_be_printed_as_json(tmp_path: Path) -> None:
    done = hubsim("guide", "--json", short(tmp_path, "failing", "red"))

    clauses = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [clause["clause"] for clause in clauses] == list(CLAUSES)
    assert all(
        set(clause) == {"clause", "text", "status", "holds", "walks", "scenarios"} for clause in clauses
    )
    (play,) = clauses[0]["scenarios"]
    assert set(play) == {"file", "scenario", "verdict", "reason"}
    assert (clauses[0]["holds"], play["verdict"]) == (False, "fail")


def test_the_guide_names_the_browser_tests_of_a_path_and_finds_one_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = short(tmp_path, "passing", "green")

    walked = hubsim("guide", passing)
    monkeypatch.setattr(coverage, "walks", dict)
    unwalked = hubsim("guide", passing)

    assert "passed C1" in walked.stdout
    assert "           walked  tests/console/browser/" in walked.stdout
    assert "OPEN   C1" in unwalked.stdout
    assert "           no browser test walks this path" in unwalked.stdout
    assert unwalked.stdout.endswith(" not covered, 1 not walked in a browser\n")


def test_the_guide_refuses_bad_files() -> None:
    done = hubsim("guide", "nowhere.yaml")

    assert done.exit_code == 2
    assert "nowhere.yaml: no such file or folder" in done.stderr


# ------------------------------------------------------------------ docs


def _files(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def test_docs_writes_every_page_once(tmp_path: Path) -> None:
    first, second = hubsim("docs", tmp_path / "docs"), hubsim("docs", tmp_path / "docs")

    assert _files(tmp_path / "docs") == sorted(pages())
    assert first.stdout.count("wrote ") == len(pages())
    assert second.stdout == ""


def test_check_reports_a_page_that_is_not_up_to_date_and_does_not_change_it(tmp_path: Path) -> None:
    hubsim("docs", tmp_path)
    stale = tmp_path / "refusals.md"
    stale.write_text("old", encoding="utf-8")

    done = hubsim("docs", "--check", tmp_path)

    assert done.exit_code == 1
    assert done.stdout == f"{stale} is not up to date; run: hubsim docs\n"
    assert stale.read_text(encoding="utf-8") == "old"


def test_check_prints_nothing_if_all_pages_are_up_to_date(tmp_path: Path) -> None:
    hubsim("docs", tmp_path)

    done = hubsim("docs", "--check", tmp_path)

    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_pages_in_the_repository_are_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name], "run: hubsim docs"


@pytest.mark.process
def test_generated_pages_do_not_depend_on_the_hash_seed() -> None:
    program = "import hubsim_scenarios.pages.pages as p, sys; sys.stdout.write(repr(p.pages()))"

    written = {
        subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(written) == 1


@pytest.mark.process
@pytest.mark.parametrize("arguments", [("run", "--virtual", str(CATALOG)), ("guide",), ("guide", "--json")])
def test_output_to_a_full_disk_ends_with_one_error_message(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "hubsim", *arguments],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 3
    assert done.stderr == "Error: cannot write the output: No space left on device\n"
