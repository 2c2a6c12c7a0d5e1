"""The Dockerfile: its files exist, its wheels are whole, and the documented commands work.

There is no container engine in the tests. They follow the instructions of the file in an empty folder.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubsim import main

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SCENARIO = """\
scenario: A hub with a cable is green
clock: 2026-01-15 09:00 Europe/Warsaw
world:
  hubs:
    villa: {model: hub-2, links: [ethernet]}
steps:
  - {expect: villa, led: green}
"""


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile: the word and its arguments."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in pairs]


def sources() -> list[tuple[list[str], str]]:
    """Return what is copied from the project: the sources and the target of each instruction."""
    words = [rest.split() for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    return [(copied[:-1], copied[-1]) for copied in words]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """Return a folder with only the files that the Dockerfile copies."""
    for copied, target in sources():
        for name in copied:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, tmp_path / target)
    return tmp_path


def projects() -> list[str]:
    """Return the folders of the projects that the Dockerfile installs, relative to its own."""
    (installs,) = (rest for word, rest in instructions() if "--no-build-isolation" in rest and word == "RUN")
    return [word for word in installs.split() if word.startswith(".")]


@pytest.fixture
def installed(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the content of the wheels that are built from the copied files."""
    folder = tmp_path_factory.mktemp("image")
    program = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    for project in projects():
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-c", program],
            cwd=context / project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(folder / "site")
    return folder / "site"


@pytest.mark.process
def test_the_image_has_the_same_wheels_as_the_project(
    installed: Path, wheel: Path, agent_wheel: Path
) -> None:
    expected: set[str] = set()
    for file in (wheel, agent_wheel):
        with zipfile.ZipFile(file) as opened:
            expected |= set(opened.namelist())

    assert {str(file.relative_to(installed)) for file in installed.rglob("*") if file.is_file()} == expected


@pytest.mark.process
def test_the_image_plays_a_scenario_in_a_mounted_folder(
    installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    work = tmp_path_factory.mktemp("work")
    (work / "green.yaml").write_text(SCENARIO, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "hubsim", "run", "--virtual", "--junit", "junit.xml", "green.yaml"],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(installed), "HOME": str(work)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (work / "junit.xml").is_file()


def test_the_requirements_are_locked_with_hashes() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and "pip install" in rest]

    assert [("--require-hashes -r requirements.lock" in line) for line in installs] == [True, False]
    assert "--no-deps --no-build-isolation ./agent ." in installs[1]


def test_the_program_runs_without_root() -> None:
    users = [rest for word, rest in instructions() if word == "USER"]

    assert users
    assert all(int(user) > 0 for user in users)


def test_the_base_image_is_a_plain_name_with_a_supported_python() -> None:
    images = {rest.split()[0] for word, rest in instructions() if word == "FROM"}

    assert images == {"python:3.12-slim"}
    assert "Programming Language :: Python :: 3.12" in PROJECT["project"]["classifiers"]


def test_the_entry_point_is_the_program() -> None:
    entry, arguments = (
        json.loads(next(rest for word, rest in instructions() if word == key))
        for key in ("ENTRYPOINT", "CMD")
    )

    assert entry[0] in PROJECT["project"]["scripts"]
    assert CliRunner().invoke(main, arguments).exit_code == 0


def test_the_builder_gets_only_what_is_copied() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert lines[1] == "*"
    assert sent == {name for copied, _ in sources() for name in copied}


def test_the_commands_of_the_page_exist() -> None:
    page = (
        (ROOT / "docs" / "ci.md").read_text(encoding="utf-8").split("## In a container")[1].split("\n## ")[0]
    )
    runs = re.findall(r"docker run (.+?)(?:`|\n)", page)

    assert len(runs) >= 4
    for line in runs:
        words = shlex.split(line)
        arguments = words[words.index("hubsim") + 1 :]
        options = [word for word in arguments[1:] if word.startswith("--")]
        shown = CliRunner().invoke(main, [arguments[0], "--help"])
        assert shown.exit_code == 0
        assert [option for option in options if option not in shown.output] == []
