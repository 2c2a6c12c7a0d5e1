"""`hubsim guide`: the scenarios and browser tests that cover each clause of the guide, and the results."""

import sys
from collections import Counter
from pathlib import Path

import click
import msgspec

from hubsim_scenarios.language.orders import in_every_order
from hubsim_scenarios.play.launch import collecting_rarely, play_virtual
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, EXITS, Verdict
from hubsim_scenarios.product.files import CATALOG, BadFiles, find, read
from hubsim_scenarios.product.guide_words import chapter
from hubsim_scenarios.reports.coverage import ClauseStatus, Covered, coverage
from hubsim_scenarios.translation.plural import counted

_MARKS = {
    ClauseStatus.PASSED: click.style("passed", fg="green"),
    ClauseStatus.FAILED: click.style("FAILED", fg="red"),
    ClauseStatus.NOT_COVERED: click.style("OPEN  ", fg="yellow"),
    ClauseStatus.NOT_WALKED: click.style("OPEN  ", fg="yellow"),
}


@click.command("guide")
@click.option("--json", "as_json", is_flag=True, help="Print the coverage as JSON.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
def command(as_json: bool, paths: tuple[Path, ...]) -> None:
    """Play the catalog (or PATHs) in the virtual world, and print the coverage of the guide.

    A clause that is a path through the screens also needs a browser test; its tests are listed, and hubsim's
    own test run plays them.

    Exit codes: 0 all plays passed and all clauses are covered; 1 a play did not pass, or a clause is not
    covered; 2 bad input.
    """
    try:
        scenarios = in_every_order(read(find(paths or (CATALOG,))))
    except BadFiles as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT_EXIT)
    with collecting_rarely():
        results = [play_virtual(scenario).result for scenario in scenarios]
    clauses = coverage(results)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([clause.plain() for clause in clauses])))
    else:
        _print(clauses)
    passed = all(result.verdict is Verdict.PASS for result in results)
    whole = passed and all(clause.status is ClauseStatus.PASSED for clause in clauses)
    sys.exit(EXITS[Verdict.PASS if whole else Verdict.FAIL])


def _print(clauses: list[Covered]) -> None:
    title = ""
    for clause in clauses:
        if chapter(clause.clause) != title:
            title = chapter(clause.clause)
            click.echo("\n" + click.style(title, bold=True))
        click.echo(f"{_MARKS[clause.status]} {clause.clause:3} {clause.text}")
        for play in clause.plays:
            click.echo(f"           {play.verdict:8}{Path(play.scenario.file).name}")
        if not clause.plays:
            click.echo("           no scenario covers this clause")
        for test in clause.walks:
            click.echo(f"           walked  {test}")
        if clause.status is ClauseStatus.NOT_WALKED:
            click.echo("           no browser test walks this path")
    count = Counter(clause.status for clause in clauses)
    failed, missing = count[ClauseStatus.FAILED], count[ClauseStatus.NOT_COVERED]
    unwalked = count[ClauseStatus.NOT_WALKED]
    click.echo(
        f"\n{count[ClauseStatus.PASSED]} of {counted(len(clauses), 'clause')} passed"
        + (f", {failed} with a play that did not pass" if failed else "")
        + (f", {missing} not covered" if missing else "")
        + (f", {unwalked} not walked in a browser" if unwalked else "")
    )
