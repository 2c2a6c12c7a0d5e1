"""`hubsim validate`: say what is wrong with scenario files, and what a reviewer would ask about."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from scenarios.files import BadFiles, find, read_models
from scenarios.language.errors import ScenarioError, show
from scenarios.language.nodes import MAX_FILE_BYTES
from scenarios.language.steps import Scenario
from scenarios.review.warnings import Warned, review, same_titles
from scenarios.running.fragment_folders import FragmentFolders
from scenarios.verdict import BAD_INPUT_EXIT
from scenarios.vocabulary import language


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One file, checked."""

    file: str
    sources: dict[str, str]
    """Its text and that of the fragments it begins with, by the names of the files."""
    scenario: Scenario | None
    """The first case of it, when it has a matrix."""
    mistakes: tuple[ScenarioError, ...] = ()
    warnings: list[Warned]

    def plain(self) -> dict[str, Any]:
        """Return the file as JSON values."""
        return {
            "file": self.file,
            "scenario": self.scenario.title if self.scenario else None,
            "mistakes": [msgspec.to_builtins(mistake) for mistake in self.mistakes],
            "warnings": [msgspec.to_builtins(warning) for warning in self.warnings],
        }


@click.command("validate")
@click.option("--strict", is_flag=True, help="Warnings count as mistakes.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option(
    "--model",
    "model_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A hub model of your own, as a TOML file; may be given several times.",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(strict: bool, as_json: bool, model_files: tuple[Path, ...], paths: tuple[Path, ...]) -> None:
    """Check scenario files, or all files of folders, without playing them.

    Mistakes are what `hubsim run` would refuse. Warnings are about scenarios that can be played and are
    hardly meant so: names that nothing uses, clauses that no step can prove, ends that nobody looks at.

    Exit codes: 0 no mistake, 2 a mistake (or, with --strict, a warning).
    """
    try:
        own_models = frozenset(read_models(model_files))
        checked = [_check(file, own_models) for file in find(paths)]
    except BadFiles as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    checked = _compared(checked)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([file.plain() for file in checked])))
    else:
        _tell(checked)
    bad = any(file.mistakes or (strict and file.warnings) for file in checked)
    sys.exit(BAD_INPUT_EXIT if bad else 0)


def _check(file: Path, own_models: frozenset[str]) -> Checked:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadFiles(f"{file}: cannot be read ({error.strerror})") from error
    source = _text(data)
    found = language(own_models).cases(str(file), data, FragmentFolders(file))
    scenario = found.scenarios[0] if found.scenarios else None
    return Checked(
        file=str(file),
        sources={str(file): source, **{name: _text(bytes_) for name, bytes_ in found.sources.items()}},
        scenario=scenario,
        mistakes=found.mistakes,
        warnings=review(scenario, source) if scenario else [],
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _compared(checked: list[Checked]) -> list[Checked]:
    """Return the files with the warnings that take several files to see."""
    same = {
        warning.file: warning
        for warning in same_titles(file.scenario for file in checked if file.scenario is not None)
    }
    return [
        msgspec.structs.replace(file, warnings=[same[file.file], *file.warnings])
        if file.file in same
        else file
        for file in checked
    ]


def _tell(checked: list[Checked]) -> None:
    for file in checked:
        for mistake in file.mistakes:
            click.echo(show(mistake, file.sources[mistake.file]))
        for warning in file.warnings:
            click.echo(str(warning))
    mistakes = sum(len(file.mistakes) for file in checked)
    warnings = sum(len(file.warnings) for file in checked)
    click.echo(
        f"{_counted(len(checked), 'file')}, {_counted(mistakes, 'mistake')}, {_counted(warnings, 'warning')}"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
