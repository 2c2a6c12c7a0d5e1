"""`python -m tools.console`: make and check the web pages of the console.

`words` compiles the texts, `missing` prints the texts without a translation, `types` makes the types of the
HTTP API, `build` makes the files that the server serves. `check` says which of these are out of date.
"""

from pathlib import Path

import click

from tools.console.building import BUNDLES, NodeMissing, check_node, make_types, stale_types
from tools.console.catalogs import compiled, compiled_quotes, entries, missing, mistakes, template
from tools.console.sources import Text, TextMistake, texts

ROOT = Path(__file__).parents[2]
WEB = ROOT / "console/web/src"
PARTS = ROOT / "console/locale/pl/parts"


@click.group()
def main() -> None:
    """Write the files of the console that Python makes."""


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; report what is out of date or not translated.")
def words(*, check: bool) -> None:
    """Compile the texts of the console."""
    translated = entries(PARTS)
    made = {WEB / "words/pl.json": compiled(translated), WEB / "words/guide.json": compiled_quotes()}
    found = mistakes(_used(), translated) if check else []
    for path, content in made.items():
        if not check:
            path.write_text(content, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != content:
            found.append(f"{path.relative_to(ROOT)} is out of date; run: make words")
    _end(found)


@main.command(name="missing")
def show_missing() -> None:
    """Print the texts without a translation as entries of a gettext file."""
    click.echo(template(missing(_used(), entries(PARTS))), nl=False)


@main.command()
def types() -> None:
    """Make the types of the HTTP API for the pages."""
    make_types(WEB / "api/schema.d.ts")


@main.command()
def node() -> None:
    """Check that there is a Node that can build the pages."""
    check_node()


@main.command()
def build() -> None:
    """Build the files that the server and the report serve, in place."""
    for bundle in BUNDLES:
        bundle.build(bundle.folder)


@main.command()
def check() -> None:
    """Report what is out of date: types of the API and built files."""
    _end([*stale_types(WEB / "api/schema.d.ts"), *(line for bundle in BUNDLES for line in bundle.stale())])


def _used() -> list[Text]:
    try:
        return list(texts(WEB))
    except TextMistake as mistake:
        _end([str(mistake)])
        raise


def _end(found: list[str]) -> None:
    for line in found:
        click.echo(line)
    if found:
        raise SystemExit(1)


if __name__ == "__main__":
    try:
        main()
    except NodeMissing as trouble:
        raise SystemExit(str(trouble)) from None
