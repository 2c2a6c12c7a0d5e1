"""A port of loopback that stays ours until the program that is to listen on it does.

A test that chooses a free port and closes it can lose it: another test's client or server gets the number in
the meantime. Here a socket keeps it. It does not listen, so connections are refused until another program
listens; Linux lets a program do that which sets SO_REUSEADDR, as all servers in these tests do.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

LOOPBACK = "127.0.0.1"


@contextmanager
def held_port() -> Iterator[int]:
    """Yield a port that no program gets by chance within the context."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((LOOPBACK, 0))
        port: int = holder.getsockname()[1]
        yield port
