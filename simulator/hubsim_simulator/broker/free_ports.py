"""Free ports that a server can still have after a restart.

For port 0, the system draws from the ports that it also gives to outgoing connections. While a server
restarts, a connection of another program can get its port. So the free ports of hubsim are below those.
"""

import errno
import secrets
import socket
from typing import Any

FREE_PORTS = range(20_000, 32_000)
"""Outgoing connections begin at 32768 on Linux, and at 49152 on macOS and Windows (RFC 6335)."""
DRAWS = 20
"""The ports that are tried. If all of them are in use, the system chooses."""


def bind(server: socket.socket, where: tuple[Any, ...]) -> None:
    """Bind the socket of a server to an address; port 0 stands for a free port. Raises `OSError`.

    The socket gets `SO_REUSEADDR`, without which a server could not restart while connections of before end.
    """
    if where[1] == 0:
        _bind_free(server, where)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if where[1] != 0:
        server.bind(where)


def _bind_free(server: socket.socket, where: tuple[Any, ...]) -> None:
    """Bind without `SO_REUSEADDR`: with it, two sockets that do not listen can share a port."""
    host, _, *more = where
    for _ in range(DRAWS):
        try:
            server.bind((host, secrets.choice(FREE_PORTS), *more))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return
    server.bind((host, 0, *more))
