"""Ports on this machine for the brokers that we start ourselves."""

import errno
import socket

from simulator.broker.errors import PortTaken


def reserve_port(host: str, port: int) -> int:
    """Return `port`, or a free one when it is 0. Raises `PortTaken`.

    The port is free at this moment; nobody can promise for the next one.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTaken(host, port) from error
        chosen: int = probe.getsockname()[1]
        return chosen
