"""A shell completes commands, options, clauses, tags, cases and files."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from hubsim import COMMANDS, main
from hubsim_scenarios.product.guide import CLAUSES

SCENARIO = """\
scenario: A
tags: [month-end, stop]
clock: 2026-01-15 09:00 Europe/Warsaw
world: {hubs: {villa: {model: hub-2}}}
matrix: {model: [hub-2, hub-4g]}
steps:
  - {expect: villa, led: red}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("scenario: [", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yaml").write_text(SCENARIO.replace("stop", "zones"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def completed(*args: str) -> list[str]:
    """Return the completions of the last argument."""
    *before, begun = args
    return [
        item.value
        for item in BashComplete(main, {}, "hubsim", "_HUBSIM_COMPLETE").get_completions(before, begun)
    ]


def test_commands_are_completed() -> None:
    assert completed("") == list(COMMANDS)
    assert completed("va") == ["validate"]
    assert completed("nothing") == []


def test_options_are_completed() -> None:
    assert "--covers" in completed("run", "--co")
    assert "--version" in completed("--v")


def test_clauses_are_completed_with_their_texts() -> None:
    items = BashComplete(main, {}, "hubsim", "_HUBSIM_COMPLETE").get_completions(["run", "--covers"], "x")

    assert {item.value for item in items} == {"X", *(clause for clause in CLAUSES if clause.startswith("X"))}
    assert all(item.help for item in items)


@pytest.mark.usefixtures("folder")
def test_tags_are_those_of_the_files_on_the_command_line() -> None:
    assert completed("run", "--tag", "") == ["month-end", "stop", "zones"]
    assert completed("run", "a.yaml", "--tag", "") == ["month-end", "stop"]
    assert completed("run", "missing", "--tag", "") == []
    assert completed("run", "broken.yaml", "--tag", "") == []


@pytest.mark.usefixtures("folder")
def test_cases_are_those_of_the_files() -> None:
    assert completed("run", "a.yaml", "--case", "model=") == ["model=hub-2", "model=hub-4g"]


@pytest.mark.usefixtures("folder")
def test_brokers_and_breaks_are_completed() -> None:
    assert completed("run", "--broker", "") == ["embedded", "mosquitto"]
    assert completed("run", "--break-on", "fa") == ["fail"]


def test_paths_are_completed_by_the_shell() -> None:
    (item,) = BashComplete(main, {}, "hubsim", "_HUBSIM_COMPLETE").get_completions(["run"], "a")

    assert item.type == "file"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_hubsim(shell: str) -> None:
    done = CliRunner().invoke(main, ["completion", shell], prog_name="hubsim")

    assert done.exit_code == 0
    assert f"_HUBSIM_COMPLETE={shell}_complete" in done.output


@pytest.mark.process
def test_bash_accepts_the_script() -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = CliRunner().invoke(main, ["completion", "bash"], prog_name="hubsim").output

    done = subprocess.run([bash, "-n"], input=script, capture_output=True, text=True, check=False)  # noqa: S603 (bash)

    assert (done.returncode, done.stderr) == (0, "")
