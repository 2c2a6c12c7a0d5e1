"""The option `--model`: the user's own hub models, as paths of TOML files in `model_files`."""

from pathlib import Path

import click

model_option = click.option(
    "--model",
    "model_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Your own hub model, as a TOML file. May be given several times.",
)
