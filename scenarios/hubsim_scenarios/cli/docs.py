"""`hubsim docs`: write the pages that are generated from the code, or check that they are up to date."""

import sys
from pathlib import Path

import click

from hubsim_scenarios.pages.pages import pages


@click.command("docs")
@click.option("--check", is_flag=True, help="Write nothing. Exit with code 1 if a page is not up to date.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"))
def command(check: bool, folder: Path) -> None:
    """Write the generated pages into FOLDER (default: docs)."""
    stale = []
    for name, text in pages().items():
        path = folder / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(str(path))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path_text in stale:
        click.echo(f"{path_text} is not up to date; run: hubsim docs" if check else f"wrote {path_text}")
    if check and stale:
        sys.exit(1)
