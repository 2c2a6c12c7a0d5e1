"""`hubsim validate`: print the mistakes in scenario files, and warnings about unusual ones."""

import sys
from pathlib import Path

import click
import msgspec

from hubsim_cloud.domain.market import Market
from hubsim_scenarios.cli.own_files import market_option, model_option
from hubsim_scenarios.language.errors import ScenarioError, show
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.lint.check import Checked, check_fragment, check_scenario, compared
from hubsim_scenarios.play.preflight import preflight
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT
from hubsim_scenarios.product.files import (
    BadFiles,
    find,
    holds_fragment,
    read_models,
    read_own_market,
    start_of,
)
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.translation.plural import counted
from hubsim_simulator.hardware.profile import ModelProfile


@click.command("validate")
@click.option("--strict", is_flag=True, help="Treat warnings as mistakes.")
@click.option("--json", "as_json", is_flag=True, help="Print the mistakes and warnings as JSON.")
@model_option
@market_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(
    strict: bool,
    as_json: bool,
    model_files: tuple[Path, ...],
    market_file: Path | None,
    paths: tuple[Path, ...],
) -> None:
    """Check scenario files and fragments, or all files of folders, without playing them.

    `hubsim run` refuses files with mistakes. Some of them prevent every play: a slot or link that the model
    does not have, a card in a full slot, a clock that moves back. Warnings are about files that can be
    played, but are probably wrong: unused names, clauses that no step can prove, actions at the end that no
    step checks, and fragments that no scenario uses.

    Exit codes: 0 no mistakes; 2 mistakes (or, with --strict, warnings).
    """
    try:
        models, market = read_models(model_files), read_own_market(market_file)
        words = language(frozenset(models.values()), market)
        checked = compared([_check(file, words, models, market) for file in find(paths, fragments=True)])
    except BadFiles as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([file.plain() for file in checked])))
    else:
        _print(checked)
    bad = any(file.mistakes or (strict and file.warnings) for file in checked)
    sys.exit(BAD_INPUT_EXIT if bad else 0)


def _check(file: Path, words: Language, models: dict[str, ModelProfile], market: Market) -> Checked:
    try:
        data = start_of(file)
    except OSError as error:
        raise BadFiles(f"{file}: cannot be read ({error.strerror})") from error
    if holds_fragment(file, data):
        return check_fragment(str(file), data, words)
    checked = check_scenario(str(file), data, words, FragmentFolders(file))
    sources = {name: text.encode() for name, text in checked.sources.items()}
    certain = preflight(checked.cases, models, market, sources.__getitem__)
    return msgspec.structs.replace(checked, mistakes=checked.mistakes + certain)


def _print(checked: list[Checked]) -> None:
    printed: set[ScenarioError] = set()  # scenarios that begin with the same fragment share its mistakes
    for file in checked:
        for mistake in file.mistakes:
            if mistake not in printed:
                click.echo(show(mistake, file.sources[mistake.file]))
        printed.update(file.mistakes)
        for warning in file.warnings:
            click.echo(str(warning))
    warnings = sum(len(file.warnings) for file in checked)
    files, mistakes = counted(len(checked), "file"), counted(len(printed), "mistake")
    click.echo(f"{files}, {mistakes}, {counted(warnings, 'warning')}")
