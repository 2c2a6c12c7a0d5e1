"""The TLS checks of a client: a trusted authority must have certified the server and its host name.

Belongs to the client adapter, `mqtt.client`: it reads the file with the authorities, and its sockets report
the reason of a failed handshake. There are no other versions and checks than the defaults of Python's `ssl`.
"""

import ssl
from pathlib import Path

_UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
"""The codes of OpenSSL for a chain that ends at no trusted authority (openssl-verification-options)."""


class BadAuthorities(Exception):
    """A file that should contain certificates of authorities, but does not."""

    def __init__(self, file: Path | None, detail: str) -> None:
        super().__init__(f"the CA file {file} cannot be used: {detail}")
        self.file = file
        self.detail = detail


class NoTls(OSError):
    """The handshake failed. The text gives the reason to the user who configures the connection."""


class _Socket(ssl.SSLSocket):
    """A socket that closes when its handshake fails; paho would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        """Authenticate the server; raises `NoTls`."""
        try:
            super().do_handshake(block)
        except OSError as error:
            self.close()
            raise NoTls(tls_reason(error)) from error


def trust(ca: Path | None) -> ssl.SSLContext:
    """Return a context for connections to servers that an authority in the PEM file has certified.

    None: the authorities that the system trusts. Raises `BadAuthorities`.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
    except ssl.SSLError as error:
        raise BadAuthorities(ca, "it contains no certificate") from error
    except OSError as error:
        raise BadAuthorities(ca, error.strerror or str(error)) from error
    context.sslsocket_class = _Socket
    return context


def tls_reason(error: OSError) -> str:
    """Return why a handshake failed, for the person who configures the connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = (
            "; name the PEM file of its authority with --ca"
            if error.verify_code in _UNKNOWN_AUTHORITY
            else ""
        )
        return f"the server's certificate is not accepted: {error.verify_message}{advice}"
    detail = error.reason if isinstance(error, ssl.SSLError) else error.strerror
    return f"no TLS on this port ({detail or error})"
