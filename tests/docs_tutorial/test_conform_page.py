"""Executes the page about `hubsim conform`: its commands, its capabilities file, its tables."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages_run import DOCS, blocks

from hubsim_conform.checks.all_checks import CHECKS, DECIDED_RULES
from hubsim_conform.cli import SIGNAL_EXIT_BASE
from hubsim_conform.device.acts import read_act
from hubsim_conform.device.capabilities import parse_capabilities
from hubsim_conform.reporting.report_record import BAD_INPUT_EXIT
from hubsim_conform.running.outcome import RuleVerdict

PAGE = (DOCS / "conform.md").read_text(encoding="utf-8")
SMALL_HUB = Path(__file__).parents[1] / "conform"
_SECONDS = re.compile(r" *[0-9]+\.[0-9]+ s\b")
_VERSION = re.compile(r"hubsim [0-9.]+,")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the device of the page: the small hub of the tests, whose will is not retained."""
    python, program = shlex.quote(sys.executable), shlex.quote(str(SMALL_HUB / "small_hub_program.py"))
    scripts = {
        "my-hub": f"exec {python} {program} --short --defect 'will not retained'",
        "actuate": f'exec {python} {shlex.quote(str(SMALL_HUB / "small_hub_actuate.py"))} "$@"',
        "hubsim": f'exec {python} -m hubsim "$@"',
    }
    for name, line in scripts.items():
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        script.chmod(0o755)
    capabilities = next(block for block in blocks("conform.md") if block.kind == "toml")
    (tmp_path / "my-hub.toml").write_text(capabilities.text, encoding="utf-8")
    return tmp_path


def shown() -> Iterator[tuple[str, str]]:
    """Yield each command of the page with its output."""
    found = [block for block in blocks("conform.md") if block.kind in ("sh", "text")]
    for command, output in zip(found[::2], found[1::2], strict=True):
        yield command.text.strip(), output.text


def without_times(text: str) -> str:
    return _VERSION.sub("hubsim VERSION,", _SECONDS.sub(" SECONDS", text)).strip()


@pytest.mark.process
@pytest.mark.live
@pytest.mark.parametrize(("command", "output"), list(shown()))
def test_a_command_prints_what_the_page_shows(command: str, output: str, folder: Path) -> None:
    words = shlex.split(command)
    done = subprocess.run(  # noqa: S603 (our own program)
        [str(folder / words[0]), *words[1:]],
        cwd=folder,
        env=os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert without_times(done.stdout) == without_times(output), done.stderr


def test_the_capabilities_of_the_page_are_valid() -> None:
    file = next(block for block in blocks("conform.md") if block.kind == "toml")

    assert parse_capabilities(file.text.encode(), "my-hub.toml").name == "my hub"


def test_the_acts_of_the_page_are_acts() -> None:
    acts = re.findall(r'`(\{"do".*?\})`', PAGE)

    assert len(acts) >= 6
    for act in acts:
        read_act(act)


def test_the_page_counts_the_rules() -> None:
    assert f"all {len(DECIDED_RULES)} rules of a hub" in PAGE


def test_the_page_names_every_verdict_and_exit_code() -> None:
    assert re.findall(r"^\| `([A-Z]+)` \|", PAGE, re.MULTILINE) == [
        each.value.upper() for each in RuleVerdict
    ]
    codes = re.findall(r"`([0-9]+)`", PAGE.split("| code | means |")[1].split("\n\n")[0])
    assert {int(code) for code in codes} == {0, 1, BAD_INPUT_EXIT, 3, 4} | {
        SIGNAL_EXIT_BASE + number for number in (1, 2, 15)
    }


def test_the_page_of_the_checks_has_every_check_and_rule() -> None:
    page = (DOCS / "conform-checks.md").read_text(encoding="utf-8")

    for check in CHECKS:
        assert f"| `{check.name}` | {check.text} |" in page
    for rule in DECIDED_RULES:
        assert f"| `{rule}` | `" in page
