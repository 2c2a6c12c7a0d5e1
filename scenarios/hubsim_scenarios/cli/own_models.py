"""The option by which a command gets hub models of the user's own: as `model_files`, paths of TOML files."""

from pathlib import Path

import click

model_option = click.option(
    "--model",
    "model_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A hub model of your own, as a TOML file; may be given several times.",
)
