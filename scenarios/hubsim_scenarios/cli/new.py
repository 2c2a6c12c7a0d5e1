"""`hubsim new`: ask what to test, and write a first scenario that passes."""

import shlex
import sys
from pathlib import Path

import click

from hubsim_scenarios.debugger.as_scenario import CannotWrite
from hubsim_scenarios.debugger.save import create_file
from hubsim_scenarios.language.errors import BadText
from hubsim_scenarios.language.instants import instant
from hubsim_scenarios.language.steps import Scenario
from hubsim_scenarios.play.launch import play_virtual
from hubsim_scenarios.play.verdict import BAD_INPUT_EXIT, Verdict
from hubsim_scenarios.product.files import SUFFIXES
from hubsim_scenarios.product.first_scenarios import COUNTRY, JOURNEYS, MODEL, START, first_scenario
from hubsim_scenarios.product.vocabulary import language, vocabulary
from hubsim_simulator.hardware.profile import model_names


@click.command("new")
@click.option(
    "--journey", type=click.Choice(list(JOURNEYS)), help="What the scenario tests. Default: activate."
)
@click.option(
    "--model", type=click.Choice(sorted(model_names())), help=f"The model of the hub. Default: {MODEL}."
)
@click.option(
    "--country",
    type=click.Choice(sorted(vocabulary().countries), case_sensitive=False),
    metavar="CODE",
    help=f"The country of the companies, such as DE. Default: {COUNTRY}.",
)
@click.option(
    "--start",
    metavar="TIME",
    help=f"The start of the scenario, local time in the country. Default: '{START}'.",
)
@click.option("--yes", is_flag=True, help="Ask nothing, and use the defaults for options that are not given.")
@click.argument("name", required=False)
def command(
    journey: str | None,
    model: str | None,
    country: str | None,
    start: str | None,
    yes: bool,
    name: str | None,
) -> None:
    """Write a first scenario, which passes, to the new file NAME.yaml.

    Asks for each option that is not given. Plays the scenario in the virtual world before it writes the file,
    and never overwrites a file.

    Exit codes: 0 the file is written; 2 it is not.
    """
    try:
        journey = journey or _asked(yes, "activate", "What should happen?", list(JOURNEYS), _journeys())
        model = model or _asked(yes, MODEL, "Which hub model?", sorted(model_names()))
        country = country or _asked(
            yes, COUNTRY, "Which country?", sorted(vocabulary().countries), listed=False
        )
        start = start or (START if yes else click.prompt("When does it start?", default=START, err=True))
        name = name or (journey if yes else click.prompt("Name of the file?", default=journey, err=True))
    except click.Abort as end:
        text = "there are no more answers: answer the questions, or add --yes to use the defaults"
        raise click.UsageError(text) from end
    file = Path(name if name.lower().endswith(SUFFIXES) else f"{name}.yaml")
    try:
        text = _checked(first_scenario(journey, model, country.upper(), _local(start)), file)
        create_file(text, file)
    except (BadText, CannotWrite) as error:
        click.echo(f"hubsim new: {error}", err=True)
        sys.exit(BAD_INPUT_EXIT)
    click.echo(f"wrote {file}, which passes in the virtual world")
    name = f"./{file}" if str(file).startswith("-") else str(file)
    click.echo(f"play it:   {shlex.join(['hubsim', 'run', '--virtual', name])}")
    watched = shlex.join(["hubsim", "run", "--virtual", "--watch", name])
    click.echo(f"change it, and play it after each change:   {watched}")


def _asked(
    yes: bool, default: str, question: str, words: list[str], shown: str = "", *, listed: bool = True
) -> str:
    """Return the answer to a question, or with `--yes` the default."""
    if yes:
        return default
    if shown:
        click.echo(shown, err=True)
    choice = click.Choice(words, case_sensitive=False)
    answer = click.prompt(question, type=choice, default=default, show_choices=listed, err=True)
    return str(answer)


def _journeys() -> str:
    return "\n".join(f"  {name:<13} {journey.about}" for name, journey in JOURNEYS.items())


def _local(start: str) -> str:
    """Return the time if it is a local time without a zone. Raises `BadText`."""
    if instant(start, "UTC").zone != "UTC" or "UTC" in start:
        raise BadText(f"{start!r} names a time zone", "the zone is that of the country")
    return start.strip()


def _checked(text: str, file: Path) -> str:
    """Return the text if it is a scenario that passes. Raises `BadText`."""
    found = language().read(str(file), text)
    if not isinstance(found, Scenario):
        reason = "; ".join(error.text for error in found)
        raise BadText(f"no scenario passes with these answers: {reason}", "nothing was written")
    result = play_virtual(found).result
    if result.verdict is not Verdict.PASS:
        raise BadText(f"no scenario passes with these answers: {result.reason}", "nothing was written")
    return text
