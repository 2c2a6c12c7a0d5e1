"""The options for the user's own files: `--model` (paths in `model_files`) and `--market` (`market_file`)."""

from pathlib import Path

import click

model_option = click.option(
    "--model",
    "model_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Your own hub model, as a TOML file. May be given several times.",
)
market_option = click.option(
    "--market",
    "market_file",
    type=click.Path(path_type=Path),
    help="Your own countries with the services, and packages with fees, as a TOML file.",
)
