"""A folder of certificates for our own servers: one authority (CA), and what it has signed.

Meant for a lab and for a company's own network: clients are given `ca.pem` by hand. Promises: no file is
ever overwritten, and private keys are readable by their owner alone.
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
"""Validity of a server certificate. Some clients refuse longer ones, whoever has signed them."""
_CA = "ca"
_PUBLIC_MODE = 0o644
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class BadFileName(CertsError):
    """A text that cannot name the files of a certificate."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot name files here: letters, digits, dots and hyphens; and not {_CA!r}"
        )
        self.name = name


class BadAuthority(CertsError):
    """The authority in the folder cannot sign."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path} cannot sign: {detail}; another folder gets an authority of its own")
        self.path = path
        self.detail = detail


class Issued(msgspec.Struct, frozen=True):
    """The files of one server certificate."""

    ca: Path
    """What clients check the server by. Not secret."""
    ca_key: Path
    certificate: Path
    key: Path
    until: datetime
    new_authority: bool
    """The authority was made too. False: it was there and has signed another certificate."""


def issue(
    folder: Path,
    hosts: Sequence[str] = DEFAULT_HOSTS,
    *,
    now: datetime,
    name: str = "server",
    days: int = DEFAULT_DAYS,
) -> Issued:
    """Make a server certificate for the hosts, and the authority first if the folder has none.

    Writes `ca.pem` and `ca-key.pem` once, and `{name}.pem` and `{name}-key.pem`. Valid from `now` (UTC) for
    1 to `MAX_DAYS` days, and no longer than the authority. Raises `CertsError`, `FileStands` or `OSError`;
    then there is no new server certificate.
    """
    assert 1 <= days <= MAX_DAYS
    named = [general_name(host) for host in hosts]
    assert named
    certificate, key = _free(folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    stored = _stored_authority(folder, now)
    authority = _make_authority(folder, now) if stored is None else stored
    until = min(now + timedelta(days=days), authority.until)
    secret = ec.generate_private_key(ec.SECP256R1())
    _store(certificate, key, server_certificate(authority, named, secret.public_key(), now, until), secret)
    return Issued(*_places(folder, _CA), certificate, key, until, stored is None)


def _places(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.pem", folder / f"{name}-key.pem"


def _free(folder: Path, name: str) -> tuple[Path, Path]:
    """Return where certificate and key go; raises `BadFileName` or `FileStands`."""
    if not _FILE_NAME.fullmatch(name) or name == _CA:
        raise BadFileName(name)
    places = _places(folder, name)
    for place in places:
        if place.exists():
            raise FileStands(str(place))
    return places


def _make_authority(folder: Path, now: datetime) -> Authority:
    authority = new_authority(now)
    _store(*_places(folder, _CA), authority.certificate, authority.key)
    return authority


def _stored_authority(folder: Path, now: datetime) -> Authority | None:
    """Return the authority in the folder, or None if there is none; raises `BadAuthority` for half of one."""
    place, key_place = _places(folder, _CA)
    if not place.exists() and not key_place.exists():
        return None
    try:
        certificate = x509.load_pem_x509_certificate(place.read_bytes())
        key = serialization.load_pem_private_key(key_place.read_bytes(), password=None)
    except OSError as error:
        raise BadAuthority(place, f"{error.filename}: {error.strerror}") from error
    except (ValueError, TypeError):  # in words of ours: the library's might quote what it has read
        raise BadAuthority(place, f"it or {key_place.name} is damaged") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise BadAuthority(place, f"{key_place.name} is not its key")
    if certificate.not_valid_after_utc <= now:
        raise BadAuthority(place, f"it was valid until {certificate.not_valid_after_utc:%Y-%m-%d}")
    return Authority(certificate, key)


def _store(
    place: Path, key_place: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    """Write both files, first the key: a certificate is of no use before its key is there."""
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(key_place, secret.decode())
    write_private(place, certificate.public_bytes(serialization.Encoding.PEM).decode())
    place.chmod(_PUBLIC_MODE)
