"""TLS on both brokers that hubsim starts: our certificates work, and errors have a clear reason."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tls_station import Station, open_stream

from hubsim_contract.mqtt.client import AiomqttPort
from hubsim_contract.mqtt.port import Connected, Publish, Published, Received, Subscribe, Subscribed
from hubsim_contract.wire.topics import DEFAULT_PREFIX
from hubsim_server.certs import Issued, issue
from hubsim_simulator.broker.embedded import EmbeddedBroker
from hubsim_simulator.broker.errors import BadTls
from hubsim_simulator.broker.guard import Guard
from hubsim_simulator.broker.keyring import Keyring
from hubsim_simulator.broker.listening import ServerTls
from hubsim_simulator.broker.mosquitto import MosquittoBroker

pytestmark = pytest.mark.live
HUB = "0000AAAA"
KEYRING = Keyring.new()
DESIRED = f"{DEFAULT_PREFIX}/hubs/{HUB}/desired"
BROKERS = ["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)]
Broker = EmbeddedBroker | MosquittoBroker


@pytest.fixture(autouse=True, params=[AiomqttPort, open_stream], ids=["aiomqtt", "stream"])
def adapter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with every adapter of the port."""
    monkeypatch.setattr(Station, "open_port", staticmethod(request.param))


def made(kind: str, tls: ServerTls | None) -> Broker:
    if kind == "embedded":
        return EmbeddedBroker(guard=Guard(KEYRING), tls=tls)
    return MosquittoBroker(keyring=KEYRING, hubs=(HUB,), tls=tls)


@asynccontextmanager
async def running(broker: Broker) -> AsyncIterator[Broker]:
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issue(tmp_path_factory.mktemp("certs"), now=datetime.now(UTC))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    return issue(tmp_path_factory.mktemp("foreign"), ["elsewhere.example"], now=datetime.now(UTC))


@pytest.fixture(params=BROKERS)
async def broker(request: pytest.FixtureRequest, issued: Issued) -> AsyncIterator[Broker]:
    async with running(made(request.param, ServerTls(issued.certificate, issued.key))) as broker:
        yield broker


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_message_is_delivered_over_tls(broker: Broker, issued: Issued, host: str) -> None:
    hub_url, url = (each.replace("127.0.0.1", host) for each in (broker.hub_url, broker.url))
    hub = Station(hub_url, issued.ca, HUB, KEYRING.password(HUB))
    cloud = Station(url, issued.ca, "cloud", KEYRING.cloud)
    try:
        for client_id, station in ((f"hub-{HUB}", hub), ("cloud", cloud)):
            station.connect(client_id)
            await station.next(Connected)
        hub.port.perform(Subscribe((DESIRED,)))
        await hub.next(Subscribed)

        cloud.port.perform(Publish(DESIRED, b"state", token=1))

        await cloud.next(Published)
        assert await hub.next(Received) == Received(DESIRED, b"state")
    finally:
        await hub.port.aclose()
        await cloud.port.aclose()


async def test_the_url_has_the_tls_scheme(broker: Broker) -> None:
    assert broker.url == f"mqtts://127.0.0.1:{broker.port}"
    assert broker.hub_url.startswith("mqtts://127.0.0.1:")


async def test_a_certificate_of_another_authority_is_a_failed_connect(
    broker: Broker, foreign: Issued
) -> None:
    reason = await Station(broker.url, foreign.ca).failure()

    assert reason.startswith(f"{broker.url}: the server's certificate is not accepted: ")


async def test_without_a_ca_file_only_the_authorities_of_the_system_are_trusted(broker: Broker) -> None:
    reason = await Station(broker.url).failure()

    assert "the server's certificate is not accepted" in reason
    assert reason.endswith("; name the PEM file of its authority with --ca")


@pytest.mark.parametrize("kind", BROKERS)
async def test_a_certificate_for_another_host_is_a_failed_connect(kind: str, foreign: Issued) -> None:
    async with running(made(kind, ServerTls(foreign.certificate, foreign.key))) as broker:
        reason = await Station(broker.url, foreign.ca).failure()

    assert "not accepted: IP address mismatch, certificate is not valid for '127.0.0.1'" in reason


async def test_a_ca_file_that_cannot_be_read_is_a_failed_connect(broker: Broker, issued: Issued) -> None:
    missing = await Station(broker.url, issued.ca.with_name("none.pem")).failure()
    unfit = await Station(broker.url, issued.key).failure()

    assert missing.endswith("none.pem cannot be used: No such file or directory")
    assert unfit.endswith("server-key.pem cannot be used: it contains no certificate")


async def test_a_plain_client_at_a_tls_port_is_a_failed_connect(broker: Broker) -> None:
    reason = await Station(broker.url.replace("mqtts", "mqtt")).failure()

    assert reason


async def test_a_tls_client_at_a_plain_port_is_a_failed_connect(issued: Issued) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"no TLS here\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    reason = await Station(f"mqtts://127.0.0.1:{port}", issued.ca).failure()

    assert reason.startswith(f"mqtts://127.0.0.1:{port}: no TLS on this port (")
    server.close()


@pytest.mark.parametrize(
    ("user", "password"),
    [(HUB, "wrong-wrong-wrong"), ("nobody", "wrong-wrong-wrong"), (None, None)],
)
async def test_a_refused_user_is_a_failed_connect_that_shows_no_password(
    broker: Broker, issued: Issued, user: str | None, password: str | None
) -> None:
    reason = await Station(broker.url, issued.ca, user, password).failure()

    assert reason == f"{broker.url}: not authorised: user or password is wrong"


@pytest.mark.parametrize("kind", BROKERS)
@pytest.mark.parametrize("flaw", ["missing", "no pem", "not a pair", "encrypted"])
async def test_a_broker_with_invalid_files_does_not_start_and_names_the_reason(
    kind: str, flaw: str, issued: Issued, foreign: Issued, tmp_path: Path
) -> None:
    invalid, locked = tmp_path / "invalid.pem", tmp_path / "locked.pem"
    invalid.write_text("invalid", encoding="utf-8")
    locked.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    tls = {
        "missing": ServerTls(tmp_path / "none.pem", issued.key),
        "no pem": ServerTls(invalid, issued.key),
        "not a pair": ServerTls(issued.certificate, foreign.key),
        "encrypted": ServerTls(issued.certificate, locked),
    }[flaw]

    with pytest.raises(BadTls, match="hubsim certs"):
        await made(kind, tls).start()
