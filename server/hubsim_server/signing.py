"""A private certificate authority (CA) and the server certificates that it signs, as values.

All keys are EC P-256. Extensions follow RFC 5280 section 4.2 as strictly as OpenSSL 3 and Python 3.13 check
them. It uses no files and no clock. The library draws the random numbers of the keys.
"""

import ipaddress
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS = 3650
"""Validity of an authority. After that, all clients need a new authority."""
CLOCK_SKEW = timedelta(hours=1)
"""How much a client's clock may be late: certificates become valid this long before their creation."""
_MAX_HOST_LENGTH = 253  # RFC 1035 section 2.3.4, without the last dot
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class CertsError(Exception):
    """A certificate cannot be created."""


class BadHost(CertsError):
    """A host that a certificate cannot name."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host!r} is not a host: use a name such as broker.example.net, or an IP address")
        self.host = host


class Authority(msgspec.Struct, frozen=True):
    """An authority that can sign. `repr` does not show the key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def until(self) -> datetime:
        """Return when the authority and its certificates expire."""
        return self.certificate.not_valid_after_utc


def general_name(host: str) -> x509.GeneralName:
    """Return a host name or IP address as a certificate name; raises `BadHost`.

    A first label `*` matches any one label.
    """
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        name = host.lower().encode("idna").decode()
    except UnicodeError:
        raise BadHost(host) from None
    if len(name) > _MAX_HOST_LENGTH or not _HOST_NAME.fullmatch(name):
        raise BadHost(host)
    return x509.DNSName(name)


def new_authority(now: datetime) -> Authority:
    """Return an authority that is valid for `CA_DAYS` from `now` (UTC)."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("hubsim CA")
    certificate = (
        _begun(name, name, key.public_key(), now, now + timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(_issued_by(key), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def server_certificate(
    authority: Authority,
    hosts: Iterable[x509.GeneralName],
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    until: datetime,
) -> x509.Certificate:
    """Return a certificate for a server with this key and these hosts, at least one."""
    return (
        _begun(_name("hubsim server"), authority.certificate.subject, key, now, until)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_issued_by(authority.key), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES})


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
