"""Certificates: strict clients accept them for exactly their hosts, and no file is overwritten."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from tls_handshake import handshake

from hubsim_server.certs import MAX_DAYS, BadAuthority, BadFileName, issue
from hubsim_server.signing import CA_DAYS, BadHost, general_name
from hubsim_simulator.broker.errors import FileStands

NOW = datetime.now(UTC).replace(microsecond=0)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_strict_client_accepts_the_server_under_each_of_its_hosts(tmp_path: Path, host: str) -> None:
    issued = issue(tmp_path, now=NOW)

    handshake(issued, host)


@pytest.mark.parametrize("host", ["broker.example.net", "BROKER.example.net", "10.0.0.7", "any.lab.example"])
def test_the_hosts_can_be_chosen(tmp_path: Path, host: str) -> None:
    issued = issue(tmp_path, ["broker.example.net", "10.0.0.7", "*.lab.example"], now=NOW)

    handshake(issued, host)


@pytest.mark.parametrize("host", ["localhost", "example.net", "10.0.0.8", "a.b.lab.example"])
def test_another_host_is_not_accepted(tmp_path: Path, host: str) -> None:
    issued = issue(tmp_path, ["broker.example.net", "10.0.0.7", "*.lab.example"], now=NOW)

    with pytest.raises(ssl.SSLCertVerificationError, match=r"(Hostname|IP address) mismatch"):
        handshake(issued, host)


def test_another_authority_is_not_accepted(tmp_path: Path) -> None:
    issued, other = issue(tmp_path / "a", now=NOW), issue(tmp_path / "b", now=NOW)

    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        handshake(issued, "localhost", other.ca)


def test_a_server_certificate_cannot_sign(tmp_path: Path) -> None:
    issued = issue(tmp_path, now=NOW)

    constraints = certificate(issued.certificate).extensions.get_extension_for_class(x509.BasicConstraints)

    assert constraints.value == x509.BasicConstraints(ca=False, path_length=None)


def test_a_certificate_is_valid_for_clocks_one_hour_slow_and_ends_as_requested(tmp_path: Path) -> None:
    issued = issue(tmp_path, now=NOW, days=30)

    made = certificate(issued.certificate)
    assert made.not_valid_before_utc == NOW - timedelta(hours=1)
    assert made.not_valid_after_utc == issued.until == NOW + timedelta(days=30)
    assert certificate(issued.ca).not_valid_before_utc == NOW - timedelta(hours=1)


def test_no_certificate_outlives_its_authority(tmp_path: Path) -> None:
    early = NOW - timedelta(days=CA_DAYS - 10)
    issue(tmp_path, now=early)

    late = issue(tmp_path, now=NOW, name="late", days=MAX_DAYS)

    assert late.until == NOW + timedelta(days=10)
    handshake(late, "localhost")


def test_key_files_are_private_and_certificate_files_are_not(tmp_path: Path) -> None:
    issued = issue(tmp_path, now=NOW)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o644, "server-key.pem": 0o600}
    assert {issued.ca, issued.ca_key, issued.certificate, issued.key} == set(tmp_path.iterdir())


def test_another_certificate_uses_the_existing_authority(tmp_path: Path) -> None:
    first = issue(tmp_path, now=NOW)
    authority = first.ca.read_bytes()

    second = issue(tmp_path, ["broker.example.net"], now=NOW, name="broker")

    assert first.new_authority
    assert not second.new_authority
    assert second.ca.read_bytes() == authority
    handshake(first, "localhost")
    handshake(second, "broker.example.net")


@pytest.mark.parametrize("existing", ["server.pem", "server-key.pem"])
def test_no_file_is_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("mine", encoding="utf-8")

    with pytest.raises(FileStands, match=existing):
        issue(tmp_path, now=NOW)

    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("damaged", "content", "message"),
    [
        ("ca.pem", None, "ca.pem: No such file"),
        ("ca-key.pem", None, "ca-key.pem: No such file"),
        ("ca.pem", "not a certificate", "damaged"),
        ("ca-key.pem", "not a key", "damaged"),
    ],
)
def test_an_incomplete_authority_is_refused_and_not_replaced(
    tmp_path: Path, damaged: str, content: str | None, message: str
) -> None:
    issue(tmp_path, now=NOW)
    if content is None:
        (tmp_path / damaged).unlink()
    else:
        (tmp_path / damaged).write_text(content, encoding="utf-8")

    with pytest.raises(BadAuthority, match=message):
        issue(tmp_path, now=NOW, name="more")

    assert not (tmp_path / "more.pem").exists()


def test_the_key_of_another_authority_is_refused(tmp_path: Path) -> None:
    issue(tmp_path / "a", now=NOW)
    other = issue(tmp_path / "b", now=NOW)
    (tmp_path / "a" / "ca-key.pem").write_bytes(other.ca_key.read_bytes())

    with pytest.raises(BadAuthority, match=r"ca-key\.pem is not its key"):
        issue(tmp_path / "a", now=NOW, name="more")


def test_an_expired_authority_is_refused(tmp_path: Path) -> None:
    issue(tmp_path, now=NOW)

    with pytest.raises(BadAuthority, match="it expired on"):
        issue(tmp_path, now=NOW + timedelta(days=CA_DAYS), name="more")


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "a b",
        "-a",
        "a-",
        "a..b",
        ".a",
        "a_b",
        "http://a",
        "a/b",
        "a:1",
        "*",
        "a.*.b",
        "x" * 64,
        "é" * 300,
    ],
)
def test_an_invalid_host_is_refused_before_anything_is_written(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadHost):
        issue(tmp_path / "new", [host], now=NOW)

    assert not (tmp_path / "new").exists()


def test_an_international_host_name_is_encoded_with_punycode() -> None:
    assert general_name("bücher.example") == x509.DNSName("xn--bcher-kva.example")


@pytest.mark.parametrize("name", ["ca", "", "../server", "a/b", ".hidden", "x" * 65])
def test_an_unsafe_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFileName):
        issue(tmp_path, now=NOW, name=name)

    assert list(tmp_path.iterdir()) == []
