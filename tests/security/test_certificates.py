"""Certificates: strict clients accept them for their hosts alone, and no file is lost."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from handshake import shake_hands

from hubsim_server.certs import MAX_DAYS, BadAuthority, BadFileName, issue
from hubsim_server.signing import CA_DAYS, BadHost, general_name
from hubsim_simulator.broker.errors import FileStands

NOW = datetime.now(UTC).replace(microsecond=0)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_strict_client_accepts_the_server_under_each_of_its_hosts(tmp_path: Path, host: str) -> None:
    issued = issue(tmp_path, now=NOW)

    shake_hands(issued, host)


@pytest.mark.parametrize("host", ["broker.example.net", "BROKER.example.net", "10.0.0.7", "any.lab.example"])
def test_hosts_are_of_ones_own_choice(tmp_path: Path, host: str) -> None:
    issued = issue(tmp_path, ["broker.example.net", "10.0.0.7", "*.lab.example"], now=NOW)

    shake_hands(issued, host)


@pytest.mark.parametrize("host", ["localhost", "example.net", "10.0.0.8", "a.b.lab.example"])
def test_another_host_is_not_accepted(tmp_path: Path, host: str) -> None:
    issued = issue(tmp_path, ["broker.example.net", "10.0.0.7", "*.lab.example"], now=NOW)

    with pytest.raises(ssl.SSLCertVerificationError, match=r"(Hostname|IP address) mismatch"):
        shake_hands(issued, host)


def test_another_authority_is_not_accepted(tmp_path: Path) -> None:
    issued, other = issue(tmp_path / "a", now=NOW), issue(tmp_path / "b", now=NOW)

    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        shake_hands(issued, "localhost", other.ca)


def test_a_server_certificate_cannot_sign(tmp_path: Path) -> None:
    issued = issue(tmp_path, now=NOW)

    constraints = certificate(issued.certificate).extensions.get_extension_for_class(x509.BasicConstraints)

    assert constraints.value == x509.BasicConstraints(ca=False, path_length=None)


def test_a_clock_that_is_behind_is_no_obstacle_and_the_end_is_the_asked_one(tmp_path: Path) -> None:
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
    shake_hands(late, "localhost")


def test_keys_are_private_and_certificates_are_not(tmp_path: Path) -> None:
    issued = issue(tmp_path, now=NOW)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o644, "server-key.pem": 0o600}
    assert {issued.ca, issued.ca_key, issued.certificate, issued.key} == set(tmp_path.iterdir())


def test_the_authority_is_used_again_for_a_further_certificate(tmp_path: Path) -> None:
    first = issue(tmp_path, now=NOW)
    authority = first.ca.read_bytes()

    second = issue(tmp_path, ["broker.example.net"], now=NOW, name="broker")

    assert first.new_authority
    assert not second.new_authority
    assert second.ca.read_bytes() == authority
    shake_hands(first, "localhost")
    shake_hands(second, "broker.example.net")


@pytest.mark.parametrize("standing", ["server.pem", "server-key.pem"])
def test_no_file_is_overwritten(tmp_path: Path, standing: str) -> None:
    (tmp_path / standing).write_text("mine", encoding="utf-8")

    with pytest.raises(FileStands, match=standing):
        issue(tmp_path, now=NOW)

    assert [path.name for path in tmp_path.iterdir()] == [standing]
    assert (tmp_path / standing).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("spoilt", "content", "complaint"),
    [
        ("ca.pem", None, "ca.pem: No such file"),
        ("ca-key.pem", None, "ca-key.pem: No such file"),
        ("ca.pem", "not a certificate", "damaged"),
        ("ca-key.pem", "not a key", "damaged"),
    ],
)
def test_half_an_authority_signs_nothing_and_is_not_replaced(
    tmp_path: Path, spoilt: str, content: str | None, complaint: str
) -> None:
    issue(tmp_path, now=NOW)
    if content is None:
        (tmp_path / spoilt).unlink()
    else:
        (tmp_path / spoilt).write_text(content, encoding="utf-8")

    with pytest.raises(BadAuthority, match=complaint):
        issue(tmp_path, now=NOW, name="more")

    assert not (tmp_path / "more.pem").exists()


def test_the_key_of_another_authority_signs_nothing(tmp_path: Path) -> None:
    issue(tmp_path / "a", now=NOW)
    other = issue(tmp_path / "b", now=NOW)
    (tmp_path / "a" / "ca-key.pem").write_bytes(other.ca_key.read_bytes())

    with pytest.raises(BadAuthority, match=r"ca-key\.pem is not its key"):
        issue(tmp_path / "a", now=NOW, name="more")


def test_an_authority_past_its_time_signs_nothing(tmp_path: Path) -> None:
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
def test_what_is_no_host_is_refused_before_anything_is_written(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadHost):
        issue(tmp_path / "new", [host], now=NOW)

    assert not (tmp_path / "new").exists()


def test_a_host_name_of_other_letters_is_written_as_on_the_wire() -> None:
    assert general_name("bücher.example") == x509.DNSName("xn--bcher-kva.example")


@pytest.mark.parametrize("name", ["ca", "", "../server", "a/b", ".hidden", "x" * 65])
def test_a_name_that_would_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFileName):
        issue(tmp_path, now=NOW, name=name)

    assert list(tmp_path.iterdir()) == []
