"""Every option of every command works with the runtime dependencies only.

The options come from the commands themselves: one without a case fails. A case runs the command; it must end
with its exit code and without a traceback.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
import pytest
import runtime_environment
from option_cases import CASES, FILES, PREPARED, VALUES, Case

from hubsim import main

RUN_OPTIONS = Path(__file__).with_name("run_options.py")
SETTINGS = "{settings}"
DEVELOPER_TOOLS = ("pytest", "hypothesis", "babel", "playwright", "schemathesis", "hatchling", "pip_audit")


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Return each command with its name, those of groups with both names."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))
        else:
            yield " ".join((*path, name)), found


COMMANDS = dict(commands())


def options(command: click.Command) -> dict[str, bool]:
    """Return each spelling of each option of a command, and whether it takes a value."""
    return {
        spelling: not each.is_flag
        for each in command.params
        if isinstance(each, click.Option)
        for spelling in (*each.opts, *each.secondary_opts)
    }


def expanded(command: str, case: Case) -> list[str]:
    """Return the words of a case, with a value for each setting that it does not have."""
    words = shlex.split(case.words)
    if SETTINGS not in words:
        return words
    known = options(COMMANDS[command])
    rest = [
        word
        for option in known
        if option in VALUES and option not in words and not (option == "--ca" and "{mqtt}" in words)
        for word in (option, VALUES[option])
    ]
    at = words.index(SETTINGS)
    return [*words[:at], *rest, *words[at + 1 :]]


class Outcome(msgspec.Struct, array_like=True):
    """The exit code and the output of a command."""

    code: int
    output: str


class RuntimeOnly:
    """Runs commands in a folder, in the environment with the runtime dependencies only."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.python = python
        self.folder = folder
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HUBSIM"))
        }
        self.env = {**kept, "BROWSER": "true"}  # the program that does nothing opens each page

    def run(self, commands: list[tuple[list[str], str | None]]) -> list[Outcome]:
        given = json.dumps([{"words": words, "until": until} for words, until in commands])
        done = subprocess.run(  # noqa: S603 (our own program)
            [self.python, RUN_OPTIONS],
            cwd=self.folder,
            env=self.env,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return msgspec.json.decode(done.stdout, type=list[Outcome])

    @contextmanager
    def server(self, *words: str) -> Iterator[tuple[str, str]]:
        """Run `hubsim up` with a lab; yields the URLs of its cloud and of its broker."""
        free = ("--http-port", "0", "--mqtt-port", "0", "--log-level", "error")
        with subprocess.Popen(  # noqa: S603 (our own program)
            [self.python, "-m", "hubsim", "up", "--lab", *free, *words],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdout is not None
            try:
                yield running.stdout.readline().split(" ")[0], running.stdout.readline().split(" ")[0]
            finally:
                running.terminate()


@pytest.fixture(scope="module")
def runtime(wheel: Path, agent_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> RuntimeOnly:
    """The environment, with a folder in which all files are that the cases read."""
    python = runtime_environment.make(tmp_path_factory.mktemp("runtime"), (agent_wheel, wheel))
    made = RuntimeOnly(python, tmp_path_factory.mktemp("files"))
    for name, text in FILES.items():
        (made.folder / name).write_text(text, encoding="utf-8")
    for outcome in made.run([(shlex.split(words), None) for words in PREPARED]):
        assert outcome.code == 0, outcome.output
    return made


@pytest.fixture(scope="module")
def servers(runtime: RuntimeOnly) -> Iterator[dict[str, str]]:
    """The URLs of a server with a lab, and of one that has TLS and a token of its operator."""
    tls = ("--tls-certificate", VALUES["--tls-certificate"], "--tls-key", VALUES["--tls-key"])
    token = ("--ca", VALUES["--ca"], "--operator-token", VALUES["--operator-token"], "--state", "secure")
    with runtime.server("--state", "plain") as plain, runtime.server(*tls, *token) as secure:
        (outcome,) = runtime.run([(["backup", "plain/cloud.db", "copy.db"], None)])
        assert outcome.code == 0, outcome.output
        yield {
            **dict(zip(("{cloud}", "{mqtt}"), plain, strict=True)),
            **dict(zip(("{secure_cloud}", "{secure_mqtt}"), secure, strict=True)),
        }


def test_every_option_has_a_case_and_every_case_has_a_command() -> None:
    tried = {
        name: {word for case in CASES.get(name, ()) for word in expanded(name, case)} for name in COMMANDS
    }

    missing = {
        f"hubsim {name} {spelling}"
        for name, command in COMMANDS.items()
        for spelling in options(command)
        if spelling not in tried[name]
    }

    assert missing == set(), "add cases to option_cases.py"
    assert CASES.keys() == COMMANDS.keys()


@pytest.mark.process
def test_the_environment_has_no_developer_tools(runtime: RuntimeOnly) -> None:
    script = f"""from importlib.util import find_spec
print([name for name in {DEVELOPER_TOOLS} if find_spec(name)])"""

    done = subprocess.run(  # noqa: S603 (our own program)
        [runtime.python, "-c", script],
        cwd=runtime.folder,
        env=runtime.env,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"


@pytest.mark.process
@pytest.mark.live
@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_works(
    runtime: RuntimeOnly, servers: Mapping[str, str], name: str, tmp_path: Path
) -> None:
    own = RuntimeOnly(runtime.python, tmp_path / "files")
    shutil.copytree(runtime.folder, own.folder, ignore=shutil.ignore_patterns("secure"))
    placed = re.compile("|".join(map(re.escape, servers)))
    cases = (*CASES[name], Case("--help", prints="Usage: "), Case("-h", prints="Usage: "))
    lines = [
        (
            [
                *name.split(),
                *(placed.sub(lambda found: servers[found[0]], word) for word in expanded(name, each)),
            ],
            each,
        )
        for each in cases
    ]

    outcomes = own.run([(words, case.until) for words, case in lines])

    wrong = [
        f"$ hubsim {shlex.join(words)}\nexit code {outcome.code}, expected {case.code}:\n{outcome.output}"
        for (words, case), outcome in zip(lines, outcomes, strict=True)
        if outcome.code != case.code
        or case.prints not in outcome.output
        or (case.until or "") not in outcome.output
        or "Traceback (most recent call last)" in outcome.output
    ]
    assert wrong == [], "\n\n".join(wrong)
