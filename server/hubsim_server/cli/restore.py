"""`hubsim restore`: replaces the cloud's database with a backup."""

import asyncio
from pathlib import Path

import click

from hubsim_cloud.service.backup import restore
from hubsim_server.cli.bad_input import explained
from hubsim_storage.errors import StoreError


@click.command("restore")
@click.argument("backup", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("database", type=click.Path(path_type=Path))
def command(backup: Path, database: Path) -> None:
    """Replace the cloud's DATABASE with BACKUP. Stop the cloud that uses DATABASE first.

    The command checks all rows of BACKUP first, and does not change BACKUP. It keeps the replaced database.
    Exit codes: 0 done, 2 bad input, without a change.
    """
    with explained(StoreError):
        replaced = asyncio.run(restore(backup, database))
    click.echo(database)
    if replaced is not None:
        click.echo(f"the replaced database is {replaced}", err=True)
