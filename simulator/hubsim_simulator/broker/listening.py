"""Ports, URLs and TLS files of the brokers that hubsim starts on this machine."""

import errno
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec

from hubsim_contract.mqtt.broker_url import BrokerUrl
from hubsim_simulator.broker.errors import BadTls, PortTaken
from hubsim_simulator.broker.free_ports import bind

PORT_TRIES = 5
"""The number of free ports that are tried; programs on a busy machine can take a few of them."""


class ServerTls(msgspec.Struct, frozen=True):
    """The two PEM files of a TLS server: the certificate with its chain, and the private key."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raise `BadTls` if a file is missing or not PEM, or if the key and the certificate do not match."""
        self.context()

    def context(self) -> ssl.SSLContext:
        """Return the context of a server with these files. Raises `BadTls`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # without a password here, an encrypted key would ask for one at the terminal
            context.load_cert_chain(self.certificate, self.key, password="")
        except ssl.SSLError as error:
            why = error.reason or "the key may be encrypted"
            detail = f"{self.certificate} and {self.key} are not a certificate and its key ({why})"
            raise BadTls(str(self.certificate), detail) from error
        except (OSError, ValueError) as error:
            raise BadTls(str(self.certificate), f"{self.certificate} or {self.key}: {error}") from error
        return context


def url_of(host: str, port: int, tls: ServerTls | None) -> str:
    """Return the URL for clients, in the form that `BrokerUrl.parse` reads."""
    return str(BrokerUrl(host, port, tls=tls is not None))


def reserve_ports(host: str, ports: tuple[int, ...]) -> tuple[int, ...]:
    """Return the ports, with a different free one for each 0. Raises `PortTaken`.

    Another program can still take a port before the caller listens on it.
    """
    with ExitStack() as probes:  # all are open until the last port is chosen
        return tuple(_reserve(probes.enter_context(socket.socket()), host, port) for port in ports)


def _reserve(probe: socket.socket, host: str, port: int) -> int:
    try:
        bind(probe, (host, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(host, port) from error
    chosen: int = probe.getsockname()[1]
    return chosen


async def start_on_port(host: str, port: int, start: Callable[[int], Awaitable[None]]) -> None:
    """Start a server that cannot take over a socket, as `start_on_ports` with one port."""
    await start_on_ports(host, (port,), lambda ports: start(*ports))


async def start_on_ports(
    host: str, ports: tuple[int, ...], start: Callable[[tuple[int, ...]], Awaitable[None]]
) -> None:
    """Start a server that cannot take over sockets, on `ports`; each 0 stands for a free one.

    `start` gets the ports, and raises `PortTaken` if another program took one before it could listen. Free
    ports are then chosen again, at most `PORT_TRIES` times in total. Raises `PortTaken`, at once for a port
    that was given.
    """
    for tries_left in reversed(range(PORT_TRIES)):
        try:
            await start(reserve_ports(host, ports))
        except PortTaken as error:
            if (error.port in ports and error.port != 0) or tries_left == 0:
                raise
        else:
            return


def taken_of(host: str, ports: tuple[int, ...]) -> int:
    """Return the first of these ports that another program has; the first one if none is taken now."""
    for port in ports:
        try:
            reserve_ports(host, (port,))
        except PortTaken:
            return port
    return ports[0]


def is_port_taken(text: str) -> bool:
    """Return whether a server's own text says that its port is taken."""
    return os.strerror(errno.EADDRINUSE).lower() in text.lower()
