"""`hubsim restore`: a backup in the place of the cloud's database."""

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
    """Put BACKUP in the place of the cloud's DATABASE, which no cloud may be using.

    BACKUP is read to the last row first, and stays as it is. The replaced database is kept.
    Exit codes: 0 done, 2 bad input, and nothing is changed then.
    """
    with explained(StoreError):
        replaced = asyncio.run(restore(backup, database))
    click.echo(database)
    if replaced is not None:
        click.echo(f"the replaced database is {replaced}", err=True)
