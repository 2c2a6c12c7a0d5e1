"""Where the brokers that we start ourselves listen: ports on this machine, and what they prove there."""

import errno
import socket
import ssl
from pathlib import Path

import msgspec

from hubsim_simulator.broker.errors import BadTls, PortTaken


class ServerTls(msgspec.Struct, frozen=True):
    """What a server needs for TLS: two PEM files, the certificate with its chain and the private key."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raise `BadTls` if a server cannot use the files: not there, not PEM, or not of one pair."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            # an encrypted key would ask for its password at the terminal; nobody sits there
            context.load_cert_chain(self.certificate, self.key, password="")
        except ssl.SSLError as error:
            why = error.reason or "an encrypted key, perhaps"
            detail = f"{self.certificate} and {self.key} are no certificate and its key ({why})"
            raise BadTls(str(self.certificate), detail) from error
        except (OSError, ValueError) as error:
            raise BadTls(str(self.certificate), f"{self.certificate} or {self.key}: {error}") from error


def url_of(host: str, port: int, tls: ServerTls | None) -> str:
    """Return where clients connect, for `BrokerUrl.parse`."""
    return f"{'mqtt' if tls is None else 'mqtts'}://{host}:{port}"


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
