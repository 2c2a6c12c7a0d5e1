"""`hubsim contract`: the contract as files for other languages, and its rules."""

import sys
from pathlib import Path

import click
import msgspec

from hubsim_contract.wire.rule import Rule
from hubsim_contract.wire.rules import FAMILIES, RULES, cited
from hubsim_scenarios.contract_export.export_files import export_files, exported_rules
from hubsim_scenarios.language.errors import did_you_mean, quoted
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict


@click.group("contract")
def command() -> None:
    """Export the contract over MQTT, or print its rules."""


@command.command("export")
@click.option(
    "--check", is_flag=True, help="Write nothing. Exit with code 1 if a file differs or is missing."
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(check: bool, folder: Path) -> None:
    """Write AsyncAPI documents, JSON Schemas, examples and test vectors into FOLDER.

    FOLDER is created if it does not exist. Files that are equal are not written again; other files stay.
    Exit codes: 0 done, 1 a file differs (with --check), 2 bad input or a file that cannot be written.
    """
    try:
        stale = [path for path, text in export_files().items() if not _is_current(folder / path, text)]
        if not check:
            for path in stale:
                _write(folder / path, export_files()[path])
    except OSError as error:
        click.echo(f"{error.filename}: {error.strerror}", err=True)
        sys.exit(BAD_INPUT_EXIT)
    for path in stale:
        place = folder / path
        click.echo(f"{place} differs; run: hubsim contract export {folder}" if check else f"wrote {place}")
    sys.exit(EXITS[Verdict.FAIL if check and stale else Verdict.PASS])


def _is_current(place: Path, text: str) -> bool:
    return place.is_file() and place.read_bytes() == text.encode()


def _write(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8", newline="")


@command.command("rules")
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
@click.argument("ids", nargs=-1, metavar="[RULE]...")
def rules(as_json: bool, ids: tuple[str, ...]) -> None:
    """Print the rules of the contract: all, or those with the ids RULE (MQ-7.json, or the family MQ-7).

    Exit codes: 0 done, 2 bad input.
    """
    for each in ids:
        if not cited(each):
            known = [*(family.id for family in FAMILIES), *(rule.id for rule in RULES)]
            hint = did_you_mean(each, known) or "hubsim contract rules prints all of them"
            click.echo(f"{quoted(each)} is not a rule of the contract; {hint}", err=True)
            sys.exit(BAD_INPUT_EXIT)
    wanted = [rule for rule in RULES if not ids or any(rule in cited(each) for each in ids)]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(exported_rules(wanted)), indent=2))
        return
    for rule in wanted:
        _print(rule)


def _print(rule: Rule) -> None:
    click.echo(f"{click.style(rule.id, bold=True)}  {rule.side}, {rule.severity}")
    click.echo(f"    {rule.text}\n    Reason: {rule.reason}")
