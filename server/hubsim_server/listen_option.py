"""The option `--listen`: the address of a proxy for devices."""

import click

from hubsim_simulator.tap.tap_events import TcpAddress

DEFAULT_LISTEN = "127.0.0.1:1884"
PORT_MAX = 65_535


def listen_address(_context: click.Context, _option: click.Parameter, text: str) -> TcpAddress:
    """Return the address of the option. An IPv6 host may be in brackets."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > PORT_MAX:
        raise click.BadParameter(
            f"{text!r} is not HOST:PORT, for example {DEFAULT_LISTEN}; port 0 is any free one"
        )
    return TcpAddress(host, int(port))
