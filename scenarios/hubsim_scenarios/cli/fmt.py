"""`hubsim fmt`: put scenario files into the one layout, and lose nothing."""

import difflib
import sys
from pathlib import Path
from shutil import copymode

import click

from hubsim_scenarios.cli.own_models import model_option
from hubsim_scenarios.language.language import Language
from hubsim_scenarios.layout.layout import CannotLayOut, laid_out
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT
from hubsim_scenarios.product.files import BadFiles, find, read_models, start_of
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language

CHANGES_EXIT = 1
"""With --check or --diff: at least one file is not in its layout."""


@click.command("fmt")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is not in its layout.")
@click.option("--diff", "as_diff", is_flag=True, help="Write nothing; print what would change.")
@model_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
def command(check: bool, as_diff: bool, model_files: tuple[Path, ...], paths: tuple[Path, ...]) -> None:
    """Lay out scenario files and fragments, or all files of folders.

    That is the order of keys, one step a line, and quotes where they are needed. What a file says and its
    comments stay. A file that cannot be laid out without losing something stays as it is, with a message.

    Exit codes: 0 done, or (with --check or --diff) nothing to do; 1 with --check or --diff: something
    would change; 2 a file cannot be laid out.
    """
    try:
        words = language(frozenset(read_models(model_files)))
        files = find(paths, fragments=True)
    except BadFiles as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    changed, failed = 0, 0
    for file in files:
        try:
            text, result = _laid_out(file, words)
            if result != text and not (check or as_diff):
                _write(file, result)
        except (CannotLayOut, OSError, UnicodeDecodeError) as error:
            failed += 1
            click.echo(f"{file}: left as it is: {_why(error)}", err=True)
            continue
        if result != text:
            changed += 1
            _tell(file, text, result, check=check, as_diff=as_diff)
    if failed:
        sys.exit(BAD_INPUT_EXIT)
    sys.exit(CHANGES_EXIT if changed and (check or as_diff) else 0)


def _why(error: CannotLayOut | OSError | UnicodeDecodeError) -> str:
    match error:
        case CannotLayOut():
            return error.reason
        case OSError():
            return f"it cannot be read or written ({error.strerror})"
        case _:
            return "it is not UTF-8"


def _laid_out(file: Path, words: Language) -> tuple[str, str]:
    """Return the text of a file and its layout."""
    text = start_of(file).decode("utf-8")
    return text, laid_out(text, words, FragmentFolders(file))


def _write(file: Path, text: str) -> None:
    """Put a text into the place of a file: whatever happens, either the old or the new one is there."""
    place = file.resolve()
    new = place.with_name(f".{place.name}.new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        copymode(place, new)
        new.replace(place)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _tell(file: Path, text: str, result: str, *, check: bool, as_diff: bool) -> None:
    if as_diff:
        before, after = text.splitlines(keepends=True), result.splitlines(keepends=True)
        click.echo("".join(difflib.unified_diff(before, after, str(file), str(file))), nl=False)
    elif check:
        click.echo(f"{file} is not in its layout; run: hubsim fmt {file}")
    else:
        click.echo(f"laid out {file}")
