"""`hubsim validate`: say what is wrong with scenario files, and what a reviewer would ask about."""

import sys
from pathlib import Path

import click
import msgspec

from hubsim_scenarios.cli.own_models import model_option
from hubsim_scenarios.language.errors import ScenarioError, show
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.lint.check import Checked, check_fragment, check_scenario, compared
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT
from hubsim_scenarios.product.files import BadFiles, find, holds_fragment, read_models, start_of
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language


@click.command("validate")
@click.option("--strict", is_flag=True, help="Warnings count as mistakes.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@model_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(strict: bool, as_json: bool, model_files: tuple[Path, ...], paths: tuple[Path, ...]) -> None:
    """Check scenario files and fragments, or all files of folders, without playing them.

    Mistakes are what `hubsim run` would refuse. Warnings are about scenarios that can be played and are
    hardly meant so: names that nothing uses, clauses that no step can prove, ends that nobody looks at,
    fragments with which no scenario begins.

    Exit codes: 0 no mistake, 2 a mistake (or, with --strict, a warning).
    """
    try:
        words = language(frozenset(read_models(model_files)))
        checked = compared([_check(file, words) for file in find(paths, fragments=True)])
    except BadFiles as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([file.plain() for file in checked])))
    else:
        _tell(checked)
    bad = any(file.mistakes or (strict and file.warnings) for file in checked)
    sys.exit(BAD_INPUT_EXIT if bad else 0)


def _check(file: Path, words: Language) -> Checked:
    try:
        data = start_of(file)
    except OSError as error:
        raise BadFiles(f"{file}: cannot be read ({error.strerror})") from error
    if holds_fragment(file, data):
        return check_fragment(str(file), data, words)
    return check_scenario(str(file), data, words, FragmentFolders(file))


def _tell(checked: list[Checked]) -> None:
    told: set[ScenarioError] = set()  # scenarios that begin with one fragment have its mistakes in common
    for file in checked:
        for mistake in file.mistakes:
            if mistake not in told:
                click.echo(show(mistake, file.sources[mistake.file]))
        told.update(file.mistakes)
        for warning in file.warnings:
            click.echo(str(warning))
    warnings = sum(len(file.warnings) for file in checked)
    click.echo(
        f"{_counted(len(checked), 'file')}, {_counted(len(told), 'mistake')}, {_counted(warnings, 'warning')}"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
