"""`hubsim backup`: a copy of the cloud's database, also while the cloud runs."""

from pathlib import Path

import click

from hubsim_cloud.service.backup import backup
from hubsim_server.cli.bad_input import explained
from hubsim_storage.errors import StoreError


@click.command("backup")
@click.argument("database", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def command(database: Path, target: Path) -> None:
    """Write a backup of the cloud's DATABASE to TARGET, which must not exist.

    The cloud can keep running. The backup contains everything that the cloud acknowledged before the command
    started. Exit codes: 0 done; 2 bad input, or the disk is full: there is no TARGET then.
    """
    with explained(StoreError):
        backup(database, target)
    click.echo(target)
