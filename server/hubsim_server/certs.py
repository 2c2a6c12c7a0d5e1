"""A folder with one certificate authority (CA) and the server certificates that it has signed.

It is for a lab or the network of a company, where an operator copies `ca.pem` to each client. It never
overwrites a file, and only the owner can read the private keys.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hubsim_server.signing import Authority, CertsError, general_name, new_authority, server_certificate
from hubsim_simulator.broker.errors import FileStands
from hubsim_simulator.broker.keyring import write_private

DEFAULT_HOSTS = ("localhost", "127.0.0.1", "::1")
DEFAULT_DAYS = 397
MAX_DAYS = 825
"""Validity of a server certificate. Some clients refuse longer ones from any authority."""
_CA = "ca"
_PUBLIC_MODE = 0o644
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class BadFileName(CertsError):
    """An invalid name for the files of a certificate."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} is not a valid name: use letters, digits, dots and hyphens, and not {_CA!r}"
        )
        self.name = name


class BadAuthority(CertsError):
    """The authority in the folder cannot sign."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path} cannot sign: {detail}; use another folder for a new authority")
        self.path = path
        self.detail = detail


class Issued(msgspec.Struct, frozen=True):
    """The files of one server certificate."""

    ca: Path
    """The certificate with which clients verify the server. Not secret."""
    ca_key: Path
    certificate: Path
    key: Path
    until: datetime
    new_authority: bool
    """Whether the authority is new. False: it existed and has signed another certificate."""


def issue(
    folder: Path,
    hosts: Sequence[str] = DEFAULT_HOSTS,
    *,
    now: datetime,
    name: str = "server",
    days: int = DEFAULT_DAYS,
) -> Issued:
    """Create a server certificate for the hosts, and the authority first if the folder has none.

    Writes `ca.pem` and `ca-key.pem` once, and `{name}.pem` and `{name}-key.pem`. Valid from `now` (UTC) for
    1 to `MAX_DAYS` days, but not longer than the authority. Raises `CertsError`, `FileStands` or `OSError`
    without writing a server certificate.
    """
    assert 1 <= days <= MAX_DAYS
    named = [general_name(host) for host in hosts]
    assert named
    certificate, key = _new_paths(folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    stored = _stored_authority(folder, now)
    authority = _make_authority(folder, now) if stored is None else stored
    until = min(now + timedelta(days=days), authority.until)
    secret = ec.generate_private_key(ec.SECP256R1())
    _store(certificate, key, server_certificate(authority, named, secret.public_key(), now, until), secret)
    return Issued(*_paths(folder, _CA), certificate, key, until, stored is None)


def _paths(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.pem", folder / f"{name}-key.pem"


def _new_paths(folder: Path, name: str) -> tuple[Path, Path]:
    """Return the paths for a new certificate and its key; raises `BadFileName` or `FileStands`."""
    if not _FILE_NAME.fullmatch(name) or name == _CA:
        raise BadFileName(name)
    places = _paths(folder, name)
    for place in places:
        if place.exists():
            raise FileStands(str(place))
    return places


def _make_authority(folder: Path, now: datetime) -> Authority:
    authority = new_authority(now)
    _store(*_paths(folder, _CA), authority.certificate, authority.key)
    return authority


def _stored_authority(folder: Path, now: datetime) -> Authority | None:
    """Return the authority in the folder, or None; raises `BadAuthority` if it is incomplete or unusable."""
    place, key_place = _paths(folder, _CA)
    if not place.exists() and not key_place.exists():
        return None
    try:
        certificate = x509.load_pem_x509_certificate(place.read_bytes())
        key = serialization.load_pem_private_key(key_place.read_bytes(), password=None)
    except OSError as error:
        raise BadAuthority(place, f"{error.filename}: {error.strerror}") from error
    except (ValueError, TypeError):  # the library's message might quote the key
        raise BadAuthority(place, f"it or {key_place.name} is damaged") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise BadAuthority(place, f"{key_place.name} is not its key")
    if certificate.not_valid_after_utc <= now:
        raise BadAuthority(place, f"it expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
    return Authority(certificate, key)


def _store(
    place: Path, key_place: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    """Write both files, the key first: a certificate without its key is useless."""
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(key_place, secret.decode())
    write_private(place, certificate.public_bytes(serialization.Encoding.PEM).decode())
    place.chmod(_PUBLIC_MODE)
