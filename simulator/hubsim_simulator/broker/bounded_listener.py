"""A listening socket that bounds its connections: in total, from one address, and by the descriptors left.

It refuses at the accept, so before TLS, HTTP or MQTT, by closing the connection at once. It never takes the
last descriptors of the process, which databases and logs need. It is bound once: a server gets the socket, so
no other program can take a free port before the server listens on it.
"""

import errno
import os
import resource
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from hubsim_simulator.broker.errors import PortTaken
from hubsim_simulator.broker.free_ports import bind

SPARE_FILES = 128
"""The descriptors that connections leave free. More than asyncio can accept before it closes one."""
ACCEPTS_AT_ONCE = 32
"""The connections that asyncio accepts in one turn of the event loop: its parameter `backlog`."""
BACKLOG = 4_096
"""The connections that wait to be accepted: a whole fleet connects at once. The system refuses more."""
NO_LIMIT = 1_000_000


class ConnectionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one listener. One more connection is closed immediately."""

    total: int = NO_LIMIT
    """Open connections."""
    each: int = NO_LIMIT
    """Open connections from one address."""


class BoundedListener(socket.socket):
    """The socket. `refused` gets the reason and the address of a connection that is closed."""

    def __init__(
        self,
        family: int,
        limits: ConnectionLimits,
        refused: Callable[[str, str], None] = lambda _reason, _peer: None,
    ) -> None:
        # asyncio sets TCP_NODELAY on connections with this protocol only; without it an answer waits 40 ms
        super().__init__(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._limits = limits
        self._refused = refused
        self._open: Counter[str] = Counter()

    def listen(self, _backlog: int = BACKLOG, /) -> None:
        """Listen with `BACKLOG`. asyncio calls it again, with the number of accepts at once."""
        super().listen(BACKLOG)

    def accept(self) -> "tuple[socket.socket, Any]":
        """Accept a connection. Raises `ConnectionAbortedError` after one that is refused."""
        accepted, address = super().accept()
        peer = str(address[0])
        reason = self._refusal(accepted.fileno(), peer)
        if reason is not None:
            accepted.close()
            self._refused(reason, peer)
            raise ConnectionAbortedError(errno.ECONNABORTED, reason)
        self._open[peer] += 1
        counted = _CountedSocket(self.family, self.type, self.proto, fileno=accepted.detach())
        counted.setblocking(self.getblocking())
        counted.on_close = lambda: self._forget(peer)
        return counted, address

    def _refusal(self, file: int, peer: str) -> str | None:
        limits = self._limits
        if file >= _files_max() - SPARE_FILES:
            return "the process has few descriptors left"
        if self._open.total() >= limits.total:
            return f"the limit of {limits.total} connections is reached"
        if self._open[peer] >= limits.each:
            return f"the limit of {limits.each} connections from one address is reached"
        return None

    def _forget(self, peer: str) -> None:
        self._open[peer] -= 1
        if not self._open[peer]:
            del self._open[peer]


class _CountedSocket(socket.socket):
    """An accepted connection, which calls `on_close` once."""

    on_close: Callable[[], None] | None = None

    def close(self) -> None:
        super().close()
        called, self.on_close = self.on_close, None
        if called is not None:
            called()


def listen(
    host: str,
    port: int,
    limits: ConnectionLimits,
    refused: Callable[[str, str], None] = lambda _reason, _peer: None,
) -> BoundedListener:
    """Return a listening socket at an address; port 0 means a free port. Raises `PortTaken`, `OSError`.

    A name with several addresses means the first one of IPv4.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, where = min(found, key=lambda info: info[0] != socket.AF_INET)
    listener = BoundedListener(family, limits, refused)
    try:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bind(listener, where)
        listener.listen()
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise OSError(error.errno, os.strerror(error.errno or 0)) from error
    return listener


def _files_max() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return NO_LIMIT if soft == resource.RLIM_INFINITY else soft
