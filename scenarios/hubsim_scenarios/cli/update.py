"""`hubsim run --update`: shows how expected values would change, and writes the files if the user agrees."""

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict
from hubsim_scenarios.product.atomic_write import replace_text
from hubsim_scenarios.product.files import BadFiles, read, start_of
from hubsim_scenarios.product.fragment_folders import FragmentFolders
from hubsim_scenarios.product.vocabulary import language
from hubsim_scenarios.translation.plural import counted
from hubsim_scenarios.updating.update import OwnFiles, Update, update

_BOM = "\ufeff"


def update_files(files: Sequence[Path], seed: int, own: OwnFiles, *, confirmed: bool) -> int:
    """Update one file after another, and return the exit code: 0 if all plays pass in the end, else 1.

    `confirmed`: write without asking. Otherwise standard input must be a terminal. Nothing is written to a
    file if the user does not agree, or if the file changes in the meantime.
    """
    if not confirmed and not is_terminal():
        click.echo("--update asks before it writes: run it in a terminal, or add --yes", err=True)
        return BAD_INPUT_EXIT
    passes = True
    for file in files:
        passes = _update_file(file, seed, own, confirmed=confirmed) and passes
    return EXITS[Verdict.PASS if passes else Verdict.FAIL]


def is_terminal() -> bool:
    """Return whether the user can answer a question."""
    return sys.stdin.isatty()


def _update_file(file: Path, seed: int, own: OwnFiles, *, confirmed: bool) -> bool:
    """Return whether all plays of the file pass in the end."""
    # A fragment that this run has changed before may be one of its fragments.
    read([file], own.models, own.market)
    text = _text(file)
    found = update(
        str(file),
        text,
        language(frozenset(own.models.values()), own.market),
        FragmentFolders(file),
        seed,
        own,
    )
    for remaining in found.remaining:
        click.echo(str(remaining))
    if not found.after:
        click.echo(f"{file}: {_verdict(found)}; nothing to update")
        if not found.passes and not found.remaining:
            click.echo(f"  {next(each.reason for each in found.results if each.reason)}")
        return found.passes
    for name, new in found.after.items():
        _show(name, found.before[name], new)
        if name != str(file):
            click.echo(f"{name} is a fragment: other scenarios that begin with it change, too", err=True)
    click.echo(f"after the update: {_verdict(found)}")
    if not confirmed and not click.confirm(f"write {counted(len(found.after), 'file')}?"):
        click.echo("nothing was written")
        return False
    return _write(found) and found.passes


def _verdict(found: Update) -> str:
    passed = sum(1 for result in found.results if result.verdict is Verdict.PASS)
    return f"{passed} of {counted(len(found.results), 'play')} passed"


def _show(name: str, before: str, after: str) -> None:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    click.echo("".join(difflib.unified_diff(old, new, name, name)), nl=False)


def _write(found: Update) -> bool:
    for name, new in found.after.items():
        file = Path(name)
        try:
            raw = start_of(file).decode("utf-8")
            if raw.removeprefix(_BOM) != found.before[name]:
                click.echo(f"{name}: not written: the file was changed in the meantime", err=True)
                return False
            replace_text(file, (_BOM if raw.startswith(_BOM) else "") + new)
        except OSError as error:
            click.echo(f"{name}: not written: {error.strerror}", err=True)
            return False
        click.echo(f"updated {name}")
    return True


def _text(file: Path) -> str:
    try:
        return start_of(file).decode("utf-8").removeprefix(_BOM)
    except OSError as error:
        raise BadFiles(f"{file}: cannot be read ({error.strerror})") from error
