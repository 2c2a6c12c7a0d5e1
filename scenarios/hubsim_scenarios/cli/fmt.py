"""`hubsim fmt`: format scenario files without losing content."""

import difflib
import sys
from pathlib import Path

import click

from hubsim_scenarios.cli.own_files import market_option, model_option
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.layout.layout import CannotFormat, format_scenario
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT
from hubsim_scenarios.product.atomic_write import replace_text
from hubsim_scenarios.product.files import BadFiles, find, read_models, read_own_market, start_of
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language

CHANGES_EXIT = 1
"""With --check or --diff: at least one file is not formatted."""


@click.command("fmt")
@click.option("--check", is_flag=True, help="Write nothing. Exit with code 1 if a file is not formatted.")
@click.option("--diff", "as_diff", is_flag=True, help="Write nothing. Print the changes as a diff.")
@model_option
@market_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(
    check: bool,
    as_diff: bool,
    model_files: tuple[Path, ...],
    market_file: Path | None,
    paths: tuple[Path, ...],
) -> None:
    """Format scenario files and fragments, or all files of folders.

    This sets the order of keys, puts each step on one line, and adds quotes where they are needed. It keeps
    the content and the comments. A file that cannot be formatted without losing something is not changed,
    and a message says why.

    Exit codes: 0 all files are formatted; 1 with --check or --diff: a file would change; 2 a file cannot be
    formatted.
    """
    try:
        models = frozenset(read_models(model_files).values())
        words = language(models, read_own_market(market_file))
        files = find(paths, fragments=True)
    except BadFiles as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    changed, failed = 0, 0
    for file in files:
        try:
            text, result = _formatted(file, words)
            if result != text and not (check or as_diff):
                replace_text(file, result)
        except (CannotFormat, OSError, UnicodeDecodeError) as error:
            failed += 1
            click.echo(f"{file}: not changed: {_why(error)}", err=True)
            continue
        if result != text:
            changed += 1
            _print(file, text, result, check=check, as_diff=as_diff)
    if failed:
        sys.exit(BAD_INPUT_EXIT)
    sys.exit(CHANGES_EXIT if changed and (check or as_diff) else 0)


def _why(error: CannotFormat | OSError | UnicodeDecodeError) -> str:
    match error:
        case CannotFormat():
            return error.reason
        case OSError():
            return f"it cannot be read or written ({error.strerror})"
        case _:
            return "it is not UTF-8"


def _formatted(file: Path, words: Language) -> tuple[str, str]:
    """Return the text of a file, and the formatted text."""
    text = start_of(file).decode("utf-8")
    return text, format_scenario(text, words, FragmentFolders(file))


def _print(file: Path, text: str, result: str, *, check: bool, as_diff: bool) -> None:
    if as_diff:
        before, after = text.splitlines(keepends=True), result.splitlines(keepends=True)
        click.echo("".join(difflib.unified_diff(before, after, str(file), str(file))), nl=False)
    elif check:
        click.echo(f"{file} is not formatted; run: hubsim fmt {file}")
    else:
        click.echo(f"formatted {file}")
