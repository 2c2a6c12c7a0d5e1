"""The command-line options of a process, made from the record of settings.

A command gets the loaded `ServerSettings` as `settings`. Bad settings end it with exit code 2 before anything
starts. `hubsim_server.settings_sources` converts and checks options like all other sources.
"""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hubsim_server.settings import SECRETS, USED_BY
from hubsim_server.settings_fields import UNSET, SettingField, setting_fields
from hubsim_server.settings_sources import SETTINGS_FILE, BadSettings, load

Command = Callable[..., Any]


def with_settings(process: str) -> Callable[[Command], Command]:
    """Add the options of this process to a click command, and pass its settings as `settings`."""
    names = [name for name in setting_fields() if name in USED_BY[process]]

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def with_loaded_settings(*args: Any, config: Path | None, **options: Any) -> Any:
            flags = {name: options.pop(name) for name in names}
            try:
                settings = load(process, flags, os.environ, config)
            except BadSettings as error:
                click.echo(str(error), err=True)
                sys.exit(error.exit_code)
            return function(*args, settings=settings, **options)

        # click lists the last added option first
        for name in reversed(names):
            _option(setting_fields()[name])(with_loaded_settings)
        return _CONFIG(with_loaded_settings)

    return decorate


_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"The settings file; without this option, {SETTINGS_FILE} in the working directory, if it exists. "
    "Each option below is also a key of that file (http_port) and an environment variable "
    "(HUBSIM_HTTP_PORT).",
)


def _option(field: SettingField) -> Callable[[Command], Command]:
    help_text = f"{field.sentence}."
    if field.name in SECRETS:
        help_text += f"  [prefer: {field.variable}]"
    elif field.default_text != UNSET:
        help_text += f"  [default: {field.default_text}]"
    if field.base is bool:
        return click.option(f"{field.flag}/--no-{field.flag[2:]}", field.name, default=None, help=help_text)
    return click.option(field.flag, field.name, metavar=field.metavar, help=help_text)
