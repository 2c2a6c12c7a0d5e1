"""The options of a command that shows a page in the browser."""

from collections.abc import Callable
from typing import Any

import click

from hubsim_server.settings import ServerSettings

Command = Callable[..., Any]

port_option = click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="The port of the page; 0 means any free port.  "
    f"[default: {ServerSettings().http_port}, or a free one]",
)
browser_option = click.option(
    "--browser/--no-browser", default=True, help="Open the page in the browser.  [default: browser]"
)
lang_option = click.option(
    "--lang", type=click.Choice(["en", "pl"]), help="The language.  [default: that of the browser]"
)
